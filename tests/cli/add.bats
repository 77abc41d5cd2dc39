#!/usr/bin/env bats
# Files from elsewhere become an exhibit's Master, bit for bit, with who handed them over, and when.
load common

handed=(--case C1 --from 'J. Smith' --organisation 'Corner Shop' --received '2021-12-06 10:15' --method 'USB stick')
add_it() { # STATUS FILE... [OPTION...]
    local wanted=$1
    shift
    expect "$wanted" add "${handed[@]}" "$@"
}
record() { jq -r "$1" store/exhibits/OP1/record/exhibit.json; }

with_files() {
    ready
    cp "$(segment 21-10)" 'Shop front (2).MP4'
    head -c 5000 /dev/zero | tr '\0' 'D' >export.dav
}

@test "an added file is the Master, bit for bit, with who gave it and when" {
    with_files
    add_it 0 'Shop front (2).MP4' --description 'till, camera 2' --time-statement 'recorder read 4 min fast against a phone'
    shows OP1
    cmp 'Shop front (2).MP4' store/exhibits/OP1/data/master/OP1_Shop_front__2_.mp4
    [ "$(record '.mode + " " + .handover.from + ", " + .handover.organisation + ", " + .handover.received + ", " + .handover.method')" = \
        'added J. Smith, Corner Shop, 2021-12-06T10:15:00Z, USB stick' ]
    [ "$(record .clock.statement)" = 'recorder read 4 min fast against a phone' ]
    [ "$(record '.parts[0].original')" = 'Shop front (2).MP4' ]
    [ "$(record '.parts[0].tracks[0].codec')" = h264 ]
    [ "$(acts | tail -n 2 | xargs)" = 'add-begun add-done' ]
    grep -q 'J. Smith' store/exhibits/OP1/START-HERE.html
    expect 0 verify OP1
    expect 0 log verify
}

@test "who handed it over is not in the log in clear" {
    with_files
    add_it 0 'Shop front (2).MP4'
    git -C store/custody.git log -p custody >clear.txt
    grep -q add-done clear.txt
    run ! grep -E 'Smith|Corner|front' clear.txt
    exhibit log show --details | grep -q 'J. Smith'
}

@test "several files are one exhibit, in the order given" {
    with_files
    add_it 7 export.dav 'Shop front (2).MP4'
    cmp export.dav store/exhibits/OP1/data/master/OP1_part0001_export.dav
    cmp 'Shop front (2).MP4' store/exhibits/OP1/data/master/OP1_part0002_Shop_front__2_.mp4
}

@test "a file that cannot be read here is kept all the same, and that is said" {
    with_files
    add_it 7 export.dav --json
    json_lines
    [ "$(jq -r '.record.findings[0].code' <<<"$output")" = damaged-file ]
    cmp export.dav store/exhibits/OP1/data/master/OP1_export.dav
    expect 0 verify OP1
}

@test "a true time that is given is put beside the first file" {
    with_files
    add_it 0 'Shop front (2).MP4' --starts '2021-12-05 21:10'
    [ "$(record '.parts[0] | .from + " " + .to')" = '2021-12-05T21:10:00Z 2021-12-05T21:11:00Z' ]
    add_it 0 'Shop front (2).MP4'
    [ "$(jq -r '.parts[0].from' store/exhibits/OP2/record/exhibit.json)" = null ]
}

@test "a device's clock that was held against true time is stated" {
    with_files
    local check=(--shown '2021-12-06 10:19' --actual '2021-12-06 10:15' --reference 'speaking clock' --check-method 'both read at once')
    add_it 0 'Shop front (2).MP4' "${check[@]}"
    [ "$(record '.clock | "\(.checked) \(.offset_ns) \(.words)"')" = 'true 240000000000 recorder is 4 min FAST; true = shown - 4 min' ]
    grep -q 'recorder is 4 min FAST; true = shown - 4 min' store/exhibits/OP1/START-HERE.html
    add_it 2 export.dav --shown '2021-12-06 10:19'
    mentions '--actual'
    add_it 2 export.dav "${check[@]}" --time-statement 'fast'
    add_it 2 export.dav "${check[@]}" --actual '2099-01-01 00:00'
    sentence 'still to come'
}

@test "a dry run adds nothing" {
    with_files
    acts >before
    add_it 0 'Shop front (2).MP4' --dry-run
    acts | cmp - before
    nothing_left
}

@test "what is no file, or empty, is refused before a reference is used" {
    with_files
    mkdir directory
    mkfifo pipe
    : >nothing
    acts >before
    add_it 4 directory
    sentence directory 'not a regular file'
    add_it 4 pipe
    add_it 4 nothing
    sentence nothing empty
    add_it 3 missing.avi
    sentence missing.avi
    add_it 4 export.dav nothing
    acts | cmp - before
    nothing_left
}

@test "what cannot be meant is refused" {
    with_files
    expect 2 add --case C1 --from X --received '2021-12-06 10:15'
    expect 2 add export.dav --from X --received '2021-12-06 10:15'
    add_it 2 export.dav --received '2099-01-01 00:00'
    sentence 'still to come'
    add_it 2 export.dav --starts yesterday
    add_it 2 export.dav --case C7
    nothing_left
}

@test "a file that is written to meanwhile is not taken" {
    with_files
    cp export.dav growing.avi
    # strace stops the program when it opens the file the second time, and the file grows.
    export ASAN_OPTIONS=detect_leaks=0
    strace -o /dev/null true 2>/dev/null || skip 'strace cannot be used here'
    strace -f -o trace -e trace=openat -e inject=openat:delay_enter=1000000 -P "$PWD/growing.avi" -P growing.avi \
        "$EXHIBIT" add growing.avi "${handed[@]}" >said 2>&1 &
    local pid=$!
    sleep 1.5
    echo more >>growing.avi
    local ended=0
    wait $pid || ended=$?
    [ $ended = 4 ]
    grep -q 'growing.avi.*changed' said
    [ "$(acts | tail -n 1)" = add-failed ]
    nothing_left
}

@test "an addition that is killed leaves the store whole" {
    with_files
    export ASAN_OPTIONS=detect_leaks=0
    strace -o /dev/null true 2>/dev/null || skip 'strace cannot be used here'
    local n ended
    for ((n = 1; n < 100; n++)); do
        ended=0
        strace -f -o /dev/null -e trace=renameat2 -e "inject=renameat2:signal=KILL:when=$n" \
            "$EXHIBIT" add export.dav "${handed[@]}" </dev/null >/dev/null 2>&1 || ended=$?
        [ $ended = 7 ] || [ $ended = 137 ]
        expect 0 case open --type other --reference police:1 --requested-by police --basis consent
        [ -z "$(find . -name '*.partial'; find store/staging -mindepth 1)" ]
        [ $ended = 137 ] || break
    done 2>/dev/null
    [ "$n" -gt 2 ]
    expect 0 log verify
    for reference in store/exhibits/*; do expect 0 verify "$(basename "$reference")"; done
    [ "$(exhibit log show --json | jq -r '.entry.act' | grep -c add-abandoned)" -gt 0 ]
}

@test "a key without the right adds nothing" {
    with_files
    make_key au AU auditor
    exhibit key trust au.pub --name Auditor --initials AU --role auditor >/dev/null
    EXHIBIT_KEY=$PWD/au.key add_it 5 export.dav
    nothing_left
}

@test "a full disk says so, leaves no exhibit, and the log says what became of the reference" {
    with_files
    run --separate-stderr bash -c 'ulimit -f 200; exec "$0" add "$@" </dev/null' "$EXHIBIT" 'Shop front (2).MP4' "${handed[@]}"
    [ "$status" = 3 ]
    sentence 'exhibit: '
    [ "$(acts | tail -n 1)" = add-failed ]
    nothing_left
    expect 0 log verify
}

@test "a store in use makes it wait, and then say so" {
    with_files
    exec 8<>store/lock
    flock 8
    add_it 6 export.dav
    flock -u 8
    nothing_left
}
