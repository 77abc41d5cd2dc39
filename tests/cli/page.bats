#!/usr/bin/env bats
# What a package says of itself: START-HERE.html in a browser, and VERIFY.txt in a shell.
load common
load sample

# Once for all: a Master OP1 with a gap; its copies: a film OP1/1, two stills OP1/2, a redacted film OP1/3; and OP2, a file from
# elsewhere of more than one piece.
setup_file() {
    mkdir -p "$BATS_FILE_TMPDIR/made/out"
    cd "$BATS_FILE_TMPDIR/made" || return
    export EXHIBIT_STORE=$PWD/store EXHIBIT_KEY=$PWD/op.key
    ready --gap 4
    expect 7 export --case C1 --out out --camera wisbech-12 --from '2021-12-05 21:10:05' --to '2021-12-05 21:13:40'
    expect 7 transcode OP1 --burn-in --preset small
    expect 0 still OP1 --at '2021-12-05 21:11:05.280' --at +12.5s
    expect 7 redact OP1 --reason 'subject access' --mask 100,40,100,80@+5s..+20s
    seq 1 3000000 | head -c 17000000 >large.avi
    expect 7 add large.avi --case C1 --from 'J. Smith' --received '2021-12-06 10:15'
}
# package_of REFERENCE...: ./sample, of these exhibits
package_of() {
    cp -a "$BATS_FILE_TMPDIR/made/." .
    sample_package "$@"
}

# encrypted: what the last section of VERIFY.txt opens
encrypted() {
    mkdir encrypted
    age-keygen -o encrypted/YOUR-IDENTITY 2>/dev/null
    (cd sample && zip -q -0 -r - .) | age -r "$(age-keygen -y encrypted/YOUR-IDENTITY)" >encrypted/FILE.zip.age
}

# browse OPTION...: a browser that finds no host whatever; what it says on its console is in ./console
browse() {
    command -v chromium >/dev/null || skip 'no chromium here'
    timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --user-data-dir="$PWD/profile" \
        --host-resolver-rules='MAP * ~NOTFOUND' --allow-file-access-from-files --enable-logging=stderr "$@" 2>browser.log
    grep CONSOLE browser.log >console || true
}

# probe PAGE WIDTH: what a browser makes of ./PAGE in a frame so many pixels wide, as JSON in ./probed
probe() {
    sed "s|PAGE|$1|; s|WIDTH|$2|" "$BATS_TEST_DIRNAME/probe.html" >probe.html
    browse --virtual-time-budget=30000 --dump-dom "file://$PWD/probe.html" >dumped
    sed -n 's|.*<pre id="said">\(.*\)</pre>.*|\1|p' dumped | sed 's/&amp;/\&/g; s/&lt;/</g; s/&gt;/>/g' >probed
    jq -e . probed
}

fits() { jq -e --argjson width "$1" '.width <= $width and .width > $width - 30 and .scroll <= .width' probed; }
alone() { jq -e '.fetched == []' probed; }
silent() { [ ! -s console ] || { cat console; return 1; }; }

@test "every command in the VERIFY.txt of a package of several exhibits runs as written, and says what it must" {
    package_of OP1 OP1/1 OP1/2 OP1/3 OP2
    encrypted
    run_commands sample recordings encrypted
    echo "$ran commands"
    [ "$ran" -ge 30 ]
}

@test "a browser opens the page of a package from its folder: films and stills are there, and nothing is fetched" {
    package_of OP1 OP1/1 OP1/2 OP1/3
    probe sample/START-HERE.html 1280
    silent
    alone
    fits 1280
    jq -e '[.videos[].src] == ["data/copy/OP1_1_wisbech-12_20211205T211004Z.mp4", "data/copy/OP1_3_wisbech-12_20211205T211004Z.mp4"]' probed
    jq -e 'all(.videos[]; .ready >= 1 and .error == null and .width == 320 and (.duration - 158 | fabs) < 1)' probed
    jq -e '(.images | length) == 2 and all(.images[]; .width == 320)' probed
    probe sample/START-HERE.html 390
    silent
    alone
    fits 390

    # The same eyes see what a page must not do.
    sed 's|</h1>|&<div style="width:2000px">.</div><img src="https://example.invalid/x.png"><script>1</script>|' sample/START-HERE.html >sample/bad.html
    probe sample/bad.html 390
    grep -q 'Content Security Policy' console
    run ! alone
    run ! fits 390
}

@test "words without a space, however long, make no page wider than a telephone" {
    package_of OP1 OP1/1 OP1/2
    long=$(printf 'x%.0s' {1..400})
    for json in package.json exhibits/OP1/record/exhibit.json exhibits/OP1_1/record/exhibit.json; do
        jq -c --arg long "$long" 'walk(if type == "string" and (test("^(data|record)/|^[0-9]{4}-|^(OP|master|copy|clip)") | not) then . + $long else . end)' \
            "sample/record/$json" >long.json
        mv long.json "sample/record/$json"
    done
    sample_seal sample/record/exhibits/{OP1,OP1_1,OP1_2}/record/exhibit.json
    grep -q xxxxx sample/START-HERE.html
    probe sample/START-HERE.html 390
    fits 390
    probe sample/START-HERE.html 1280
    fits 1280
}

@test "the page of one exhibit plays its Master, fits a telephone, and fetches nothing" {
    cp -a "$BATS_FILE_TMPDIR/made/." .
    unpack out/*.zip
    probe "${bag#"$PWD"/}/START-HERE.html" 390
    silent
    alone
    fits 390
    jq -e '(.videos | length) == 2 and all(.videos[]; .ready >= 1 and .error == null and .width == 320)' probed
}

@test "printed on A4, a page keeps its words and leaves out the players" {
    command -v pdftotext >/dev/null || skip 'no pdftotext here'
    package_of OP1 OP1/1 OP1/2 OP1/3
    browse --no-pdf-header-footer --print-to-pdf="$PWD/page.pdf" "file://$PWD/sample/START-HERE.html"
    silent
    pdfinfo page.pdf | grep 'Page size:.*A4'
    pdftotext -layout page.pdf page.txt
    for words in 'Package C1-P1' 'police:35/91234/21' 'Exhibit OP1/3: redacted copy' 'Gap of 1 min' 'Custody of these exhibits' 'On Windows' 'What this does not show'; do
        grep -qF "$words" page.txt || { echo "the print does not say: $words"; return 1; }
    done
    # Each exhibit begins a sheet; no row of a table is torn: its digest is whole on one of them.
    [ "$(grep -c $'^\f.*Exhibit OP1' page.txt)" = 4 ]
    [ "$(pdfimages -list page.pdf | awk 'NR > 2 && $3 == "image"' | wc -l)" = 2 ]
}

@test "a parser finds the page whole: each file that it names is there, each cell has its header" {
    package_of OP1 OP1/1 OP1/2 OP1/3
    for page in sample/START-HERE.html store/exhibits/OP1/START-HERE.html store/exhibits/OP1_2/START-HERE.html; do
        python3 "$BATS_TEST_DIRNAME/page.py" "$page"
    done
    sed 's|</table>||' sample/START-HERE.html >sample/bad.html
    run ! python3 "$BATS_TEST_DIRNAME/page.py" sample/bad.html
    sed 's|href="data/|&x|' sample/START-HERE.html >sample/bad.html
    run ! python3 "$BATS_TEST_DIRNAME/page.py" sample/bad.html
}

@test "every command in the VERIFY.txt of one exhibit runs as written, and says what it must" {
    cp -a "$BATS_FILE_TMPDIR/made/." .
    unpack out/*.zip
    mv "$bag" sample
    encrypted
    run_commands sample recordings encrypted
    echo "$ran commands"
    [ "$ran" -ge 10 ]

    # A byte of the footage: the commands say so.
    printf x >>"$(find sample/data -name '*.mp4' | head -n 1)"
    run ! run_commands sample recordings encrypted
}
