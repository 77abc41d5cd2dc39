#!/usr/bin/env bats
# verify --against-source: the recorder's files are read again and held against the record.
load common

# exported [OPTION...]: an export as OP1 in $package, of the footage made with those options
exported() {
    ready "$@"
    export_it 0
    find_package
    first=$(segment 21-10)
}
find_package() { package=$PWD/$(echo out/*.zip); }

# compared STATUS ARGUMENT...: the package against the store's source
compared() { expect "$1" verify "$package" --signers store/allowed_signers --against-source "${@:2}"; }

# result FILTER: of the comparison, by jq; compare with --json first
result() { jq -r ".source | $1" <<<"$output"; }

# run_of FILE: offset and length of the first run taken from it
run_of() {
    unzip -p "$package" record/exhibit.json | jq -r --arg n "${1#recordings/}" '.segments[] | select(.name == $n) | .runs[0] | "\(.offset) \(.length)"'
}

# change FILE OFFSET: one bit of that byte, leaving the file's size and time as they are
change() {
    local byte
    byte=$(od -An -tu1 -j "$2" -N1 "$1")
    touch -r "$1" time
    # shellcheck disable=SC2059  # the format is the byte
    printf "\\x$(printf %02x $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
    touch -r time "$1"
}

@test "footage that nobody touched is equal to the recorder's files" {
    exported
    compared 0
    shows VERIFIED "equal to the recorder's files" "${first#recordings/}"
    [[ $output != *DIFFERS* ]]
    compared 0 --json
    json_lines
    [ "$(result .result)" = equal ]
    [ "$(result .equal)" = 2 ]
    [ "$(result .record_signed)" = true ]
    # Every byte that the record names was read.
    [ "$(result .bytes_compared)" = "$(unzip -p "$package" record/exhibit.json | jq '[.segments[].runs[].length] | add')" ]
}

@test "without --against-source the recorder's files are not asked for" {
    exported
    rm -r recordings
    expect 0 verify "$package" --signers store/allowed_signers --json
    [ "$(jq -r .source <<<"$output")" = null ]
}

@test "an auditor with a copy of the disk and no store compares too" {
    exported
    mkdir elsewhere
    mv recordings elsewhere/image
    cp store/allowed_signers signers
    mv store put-away
    unset EXHIBIT_STORE EXHIBIT_KEY
    expect 0 verify "$package" --signers signers --against-source --source-root elsewhere/image
    shows 'equal to the recorder' elsewhere/image
}

@test "a byte changed inside a run differs, and the run, its part and both digests are told" {
    exported
    read -r offset length <<<"$(run_of "$first")"
    change "$first" $((offset + length / 2))
    compared 1
    shows VERIFIED DIFFERS "${first#recordings/}" "$length bytes from byte $offset on, in data/master/OP1_"
    compared 1 --json
    json_lines
    [ "$(result .result)" = differs ]
    [ "$(result .differs)" = 1 ]
    [ "$(result .equal)" = 1 ]
    [ "$(result '.segments[0].state')" = differs ]
    [ "$(result '.segments[0].differing[0].offset')" = "$offset" ]
    [ "$(result '.segments[0].differing[0].found_sha256')" = "$(tail -c +$((offset + 1)) "$first" | head -c "$length" | sha256sum | cut -d' ' -f1)" ]
    [ "$(result '.segments[0].differing[0].sha256')" != "$(result '.segments[0].differing[0].found_sha256')" ]
}

@test "the first and the last byte of a run count, and those just outside do not" {
    exported
    read -r offset length <<<"$(run_of "$first")"
    [ "$offset" -gt 0 ]
    for at in "$offset" $((offset + length - 1)); do
        change "$first" "$at"
        compared 1
        change "$first" "$at"
    done
    change "$first" $((offset - 1))
    compared 0
}

@test "a byte changed outside all runs is equal, and a changed time is told" {
    exported
    change "$first" 0
    touch -d '2022-01-01T00:00:00Z' "$first"
    compared 0
    shows "equal to the recorder's files" 'time of modification is 2022-01-01T00:00:00Z, and was 2021-12-05T21:11:00Z'
    compared 0 --json
    [ "$(result '.segments[0].state')" = equal ]
    [ "$(result '.segments[0].found_modified')" = 2022-01-01T00:00:00Z ]
}

@test "a file that grew is equal in what was taken, and its size is told" {
    exported
    size=$(stat -c %s "$first")
    echo more >>"$first"
    compared 0
    shows "size is $((size + 5)) bytes, and was $size"
}

@test "a file cut short inside a run differs" {
    exported
    read -r offset length <<<"$(run_of "$first")"
    truncate -s $((offset + length - 1)) "$first"
    compared 1
    shows DIFFERS 'the file ends before they do'
    compared 1 --json
    [ "$(result '.segments[0].differing[0].found_sha256')" = null ]
    truncate -s 0 "$first"
    compared 1
}

@test "a file that the recorder no longer has is missing, which is no difference" {
    exported
    rm "$first"
    compared 7
    shows VERIFIED MISSING 'the recorder no longer has it'
    compared 7 --json
    [ "$(result .result)" = incomplete ]
    [ "$(result .missing)" = 1 ]
    [ "$(result .equal)" = 1 ]
    rm -r recordings/wisbech-12
    compared 7
}

@test "a difference weighs more than a file that is missing" {
    exported
    rm "$first"
    second=$(segment 21-11)
    read -r offset _ <<<"$(run_of "$second")"
    change "$second" "$offset"
    compared 1
    shows MISSING DIFFERS
}

@test "a link that leads out of the source's root is not followed" {
    exported
    mv "$first" away.mp4
    ln -s "$PWD/away.mp4" "$first"
    compared 7
    shows UNREAD 'not followed'
    ln -sfn ../../away.mp4 "$first"
    compared 7
    shows UNREAD
    rm "$first"
    mkdir elsewhere
    mv recordings/wisbech-12 elsewhere/
    ln -s ../elsewhere/wisbech-12 recordings/wisbech-12
    compared 7
}

@test "a FIFO or a directory in a file's place holds nothing up, and is told" {
    exported
    rm "$first"
    mkfifo "$first"
    run --separate-stderr timeout 10 "$EXHIBIT" verify "$package" --signers store/allowed_signers --against-source </dev/null
    [ "$status" = 7 ]
    shows UNREAD 'not a regular file'
    rm "$first"
    mkdir "$first"
    compared 7
    shows UNREAD 'not a regular file'
}

@test "a file that may not be read is told" {
    [ "$(id -u)" != 0 ] || skip 'root may read everything'
    exported
    chmod 0 "$first"
    compared 7
    shows UNREAD 'Permission denied'
}

@test "a root that cannot be opened is an error, and the verdict on the package stands" {
    exported
    mv recordings away
    compared 3
    shows VERIFIED 'not compared'
    sentence recordings
    compared 3 --source-root nowhere --json
    json_lines
    [ "$(head -n 1 <<<"$output" | jq -r .source.result)" = 'not compared' ]
    [ "$(tail -n 1 <<<"$output" | jq -r .status)" = 3 ]
}

@test "where the files are must be said, and --source-root alone says nothing" {
    exported
    cp store/allowed_signers signers
    unset EXHIBIT_STORE
    expect 2 verify "$package" --signers signers --against-source
    mentions --source-root --store
    expect 2 verify "$package" --signers signers --source-root recordings
    mentions --against-source
    exhibit init other --organisation Other --zone UTC
    expect 2 verify "$package" --signers signers --against-source --store other
    mentions nvr --source-root
}

@test "several parts with a gap between are compared whole" {
    ready --gap 3
    expect 7 export --case C1 --out out --camera wisbech-12 --from '2021-12-05 21:10:05' --to '2021-12-05 21:12:30'
    find_package
    compared 0 --json
    [ "$(result .equal)" = 2 ]
    last=$(segment 21-12)
    read -r offset _ <<<"$(run_of "$last")"
    change "$last" "$offset"
    compared 1
    shows data/master/OP1_part0002_
}

@test "of MPEG-TS the whole file is compared" {
    exported --container ts
    one=$(segment 21-10 ts)
    compared 0 --json
    [ "$(result .bytes_compared)" = $(($(stat -c %s "$one") + $(stat -c %s "$(segment 21-11 ts)"))) ]
    change "$one" 0
    compared 1
    change "$one" 0
    change "$one" $(($(stat -c %s "$one") - 1))
    compared 1
}

@test "plain MP4 is compared like fragmented" {
    exported --container mp4
    compared 0
    shows "equal to the recorder's files"
    read -r offset _ <<<"$(run_of "$first")"
    change "$first" "$offset"
    compared 1
}

@test "an encrypted package is compared with its identity" {
    ready
    age-keygen -o officer.txt 2>/dev/null
    export_it 0 --recipient "$(age-keygen -y officer.txt)"
    expect 0 verify out/*.age --signers store/allowed_signers --identity officer.txt --against-source
    shows VERIFIED "equal to the recorder's files"
    rm "$(segment 21-10)"
    expect 7 verify out/*.age --signers store/allowed_signers --identity officer.txt --against-source
}

@test "a folder is compared like its ZIP" {
    exported
    unpack "$package"
    expect 0 verify "$bag" --signers store/allowed_signers --against-source
    shows "equal to the recorder's files"
}

@test "an exhibit of the store is compared, and the log says what came of it" {
    exported
    facts() { git --git-dir store/custody.git show custody:entry.json | jq -r "[.act, .facts.verdict, .facts.source // \"none\", ((.facts.source_bytes // 0) > 0)] | join(\" \")"; }
    expect 0 verify OP1
    [ "$(facts)" = 'verify VERIFIED none false' ]
    expect 0 verify OP1 --against-source
    shows "equal to the recorder's files"
    [ "$(facts)" = 'verify VERIFIED equal true' ]
    rm "$first"
    expect 7 verify OP1 --against-source
    [ "$(facts)" = 'verify VERIFIED incomplete true' ]
    mv recordings away
    expect 3 verify OP1 --against-source
    [ "$(facts)" = 'verify VERIFIED not compared false' ]
    expect 0 log verify
}

@test "a package whose signer nobody vouches for is partly verified, whatever the files say" {
    exported
    unset EXHIBIT_STORE
    expect 7 verify "$package" --against-source --source-root recordings
    shows PARTIAL "equal to the recorder's files"
}

@test "a damaged part does not keep the record from being compared" {
    exported
    unpack "$package"
    chmod -R u+w unpacked
    echo ' ' >>"$(echo "$bag"/data/master/*.mp4)"
    expect 1 verify "$bag" --signers store/allowed_signers --against-source
    shows FAILED "equal to the recorder's files"
}

@test "a record that was altered is not believed, and nothing is compared" {
    exported
    unpack "$package"
    chmod -R u+w unpacked
    echo ' ' >>"$bag/record/exhibit.json"
    expect 1 verify "$bag" --signers store/allowed_signers --against-source --json
    [ "$(result .result)" = 'not compared' ]
    [ "$(result .bytes_compared)" = 0 ]
    expect 1 verify "$bag" "$package" --signers store/allowed_signers --against-source
    shows FAILED "equal to the recorder's files"
}

# forge FILTER: the record of the unpacked bag after that jq filter, in tag manifests made to fit; signatures go
forge() {
    unpack "$package"
    chmod -R u+w unpacked
    jq -cS "$1" "$bag/record/exhibit.json" | tr -d '\n' >record.json
    mv record.json "$bag/record/exhibit.json"
    rm "$bag"/tagmanifest-sha256.txt.*
    (cd "$bag" && cut -c67- tagmanifest-sha256.txt | xargs sha256sum >new && mv new tagmanifest-sha256.txt)
}

@test "a record without a valid signature is compared with a word of it" {
    exported
    forge .
    expect 1 verify "$bag" --against-source
    shows 'NOT SIGNED' 'no valid signature stands behind the record'
    expect 1 verify "$bag" --against-source --json
    [ "$(result .record_signed)" = false ]
    [ "$(result .result)" = equal ]
}

@test "a hostile record is malformed, and opens nothing outside the root" {
    exported
    mkdir -p recordings/a
    : >trace
    tracer=(strace -f -qq -e "trace=openat,openat2" -o trace)
    [ -z "$SAN" ] || tracer=()           # the leak checker does not work under strace
    while read -r filter; do
        forge "$filter"
        run --separate-stderr timeout 10 "${tracer[@]}" "$EXHIBIT" verify "$bag" --against-source </dev/null
        [ "$status" = 4 ] || { printf '%s: exit status %s\n%s\n%s\n' "$filter" "$status" "$output" "$stderr"; return 1; }
        shows 'not compared'
        run ! grep -q passwd trace
    done <<'END'
.segments[0].name = "/etc/passwd"
.segments[0].name = "../../../../../../../../etc/passwd"
.segments[0].name = "a/../../../../../../../etc/passwd"
.segments[0].name = ""
.segments[0].name = "./wisbech-12/x.mp4"
.segments[0].name = "wisbech-12//x.mp4"
.segments[0].name = 5
.segments[0].name = ("a/" * 5000 + "b")
.segments[1].name = .segments[0].name
.segments[0].size = -1
.segments[0].size = "1"
.segments[0].modified = "yesterday"
.segments[0].runs = null
.segments[0].runs[0].offset = -1
.segments[0].runs[0].length = -1
.segments[0].runs[0].length = 0
.segments[0].runs[0].offset = 9007199254740991
.segments[0].runs[0].length = 9007199254740991
.segments[0].runs[0].length = .segments[0].size + 1
.segments[0].runs[0].sha256 = "x"
.segments[0].runs[0].part = "data/master/none.mp4"
.segments[0].runs += [range(1; 20) as $i | .segments[0].runs[0] | .length -= $i]
.segments[].runs = []
.segments = []
.segments = {}
.segments += [null]
.parts = []
.parts += [.parts[0]]
.parts[0].file = 1
END
}

@test "a run that goes beyond the recorder's file differs, however far" {
    exported
    forge '.segments[0].size = 9007199254740991 | .segments[0].runs[0].length = 9007199254000000'
    expect 1 verify "$bag" --against-source
    shows DIFFERS 'the file ends before they do'
}

@test "thousands of segments are compared without a crash" {
    exported
    forge '.segments += [range(20000) as $i | .segments[0] | .name = "wisbech-12/\($i).mp4"]'
    run --separate-stderr timeout 20 "$EXHIBIT" verify "$bag" --against-source --json </dev/null
    [ "$status" = 1 ]
    [ "$(result .missing)" = 20000 ]
    [ "$(result .equal)" = 2 ]
}

@test "the same bytes taken for two parts are read once and told for both" {
    exported
    forge '.segments[0].runs += [.segments[0].runs[0]]'
    expect 1 verify "$bag" --against-source --json
    [ "$(result .equal)" = 2 ]
    bytes=$(result .bytes_compared)
    [ "$bytes" = "$(unzip -p "$package" record/exhibit.json | jq '[.segments[].runs[].length] | add')" ]
    forge '.segments[0].runs += [.segments[0].runs[0] | .sha256 = "0" * 64]'
    expect 1 verify "$bag" --against-source --json
    [ "$(result '.segments[0].differing | length')" = 1 ]
}

@test "where a part is one run and nothing else, the first byte that differs is told" {
    exported
    unpack "$package"
    chmod -R u+w unpacked
    # A native Master: the recorder's file as it is.
    name=$(cd "$bag" && echo data/master/*.mp4)
    cp "$first" "$bag/$name"
    size=$(stat -c %s "$first")
    digest=$(sha256sum <"$first" | cut -d' ' -f1)
    jq -cS --arg d "$digest" --argjson n "$size" '.parts[0].sha256 = $d | .parts[0].size = $n
        | .segments = [.segments[0] | .runs = [.runs[0] | .offset = 0 | .length = $n | .sha256 = $d]]' "$bag/record/exhibit.json" | tr -d '\n' >record.json
    mv record.json "$bag/record/exhibit.json"
    (cd "$bag" && sha256sum data/master/* >manifest-sha256.txt && cut -c67- tagmanifest-sha256.txt | xargs sha256sum >new && mv new tagmanifest-sha256.txt)
    expect 1 verify "$bag" --against-source --json
    [ "$(result .equal)" = 1 ]
    change "$first" 54321
    change "$first" 60000
    expect 1 verify "$bag" --against-source --json
    [ "$(result '.segments[0].differing[0].first_difference')" = 54321 ]
    expect 1 verify "$bag" --against-source
    shows 'first differing at byte 54321'
    # A part that is not the one recorded shows no place.
    echo more >>"$bag/$name"
    change "$bag/$name" 100
    expect 1 verify "$bag" --against-source --json
    [ "$(result '.segments[0].differing[0].first_difference')" = null ]
}

@test "a recorder's name that is not UTF-8 is found again" {
    make_footage made
    make_store
    mkdir -p recordings/wisbech-12
    for minute in 21-10 21-11; do
        cp -p "made/wisbech-12/2021-12-05_$minute-00-000000.mp4" "recordings/wisbech-12/2021-12-05_$minute-00_"$'\xff\x07'.mp4
    done
    exhibit source add nvr --root recordings --layout '{camera}/%Y-%m-%d_%H-%M-%S_*.mp4' --zone UTC
    exhibit camera add wisbech-12 --source nvr --path wisbech-12 --name 'Market Place'
    check_clock
    open_case
    export_it 0
    find_package
    compared 0
    shows '\xff\x07.mp4' "equal to the recorder's files"
}

@test "comparing writes nothing below the source's root" {
    exported
    chmod -R a-w recordings
    find recordings -printf '%p %s %T@ %C@\n' | sort >before
    compared 0
    find recordings -printf '%p %s %T@ %C@\n' | sort >after
    chmod -R u+w recordings
    cmp before after
}
