#!/usr/bin/env bats
# Bad input: one clear sentence, the right exit status, and nothing left behind.
load common

@test "an unknown camera is a usage error that names the nearest" {
    ready
    expect 2 export --case C1 --camera wisbech-21 --from '2021-12-05 21:10' --to '2021-12-05 21:12' --out out
    sentence "camera 'wisbech-21'" wisbech-12
    nothing_left
    expect 2 footage --camera wisbech-21 --from '2021-12-05 21:10' --to '2021-12-05 21:12'
    sentence wisbech-21
}

@test "an unknown case is a usage error" {
    ready
    expect 2 export --case C7 --out out "${window[@]}"
    sentence "case 'C7'"
    nothing_left
}

@test "an unknown command is a usage error" {
    expect 2 exprot
    sentence exprot export
    expect 2 case opne
    sentence opne
}

@test "an unknown option is a usage error that says how to get help" {
    expect 2 footage --frum now
    mentions frum help
}

@test "a window that ends before it begins is a usage error" {
    ready
    expect 2 export --case C1 --camera wisbech-12 --from '2021-12-05 21:12' --to '2021-12-05 21:10' --out out
    sentence '21:12' '21:10' --to --from
    nothing_left
}

@test "so is an empty window" {
    ready
    expect 2 export --case C1 --camera wisbech-12 --from '2021-12-05 21:10' --to '2021-12-05 21:10' --out out
    sentence 21:10
    nothing_left
}

@test "a local time that happened twice is refused with both candidates" {
    ready
    expect 2 export --case C1 --camera wisbech-12 --from '2025-10-26 01:30' --to '2025-10-26 03:00' --out out
    sentence 'twice' Europe/London '2025-10-26 01:30 BST' '00:30:00 UTC' '2025-10-26 01:30 GMT' '01:30:00 UTC'
    nothing_left
}

@test "a local time that never was is refused with both candidates" {
    ready
    expect 2 export --case C1 --camera wisbech-12 --from '2025-03-30 01:30' --to '2025-03-30 03:00' --out out
    sentence 'never' Europe/London '2025-03-30 00:30 GMT' '00:30:00 UTC' '2025-03-30 02:30 BST' '01:30:00 UTC'
    nothing_left
}

@test "what is no time is refused with an example" {
    ready
    for words in yesterday '2021-12-05' '2021-02-30 21:10' '2021-12-05 25:00' '05/12/2021 21:10' '2021-12-05 21:10 PST' ''; do
        expect 2 export --case C1 --camera wisbech-12 --from "$words" --to '2021-12-05 21:12' --out out
        sentence --from
        nothing_left
    done
}

@test "no footage at all: the answer is no, no package, and the log says that it was asked for" {
    ready
    acts >before
    expect 1 export --case C1 --camera wisbech-12 --from '2021-12-04 21:10' --to '2021-12-04 21:12' --out out
    sentence wisbech-12 'no footage'
    nothing_left
    [ "$(acts | wc -l)" -gt "$(wc -l <before)" ]
    export_it 0
    shows OP1
}

# damaged NAME: the minute 21:11 is bad, and that is reported as damage while the rest is delivered
damaged() {
    expect 7 export --case C1 --camera wisbech-12 --from '2021-12-05 21:10:05' --to '2021-12-05 21:12:30' --out out
    unpack out/*.zip
    jq -e '[.findings[] | select(.code == "damaged-segment" and (.segment | contains("21-11-00")))] | length >= 1' "$bag/record/exhibit.json"
    jq -e '.gaps | length >= 1' "$bag/record/exhibit.json"
    jq -e '[.parts[].file] | length >= 1' "$bag/record/exhibit.json"
    grep -q '21-11-00' "$bag/START-HERE.html"
    expect 0 verify out/*.zip --signers store/allowed_signers
    rm -rf out unpacked
    mkdir out
}

@test "an empty segment is damage; the rest is delivered" {
    ready
    : >"$(segment 21-11)"
    damaged
}

@test "a truncated segment is damage; the rest is delivered" {
    ready --container mp4
    truncate -s 20000 "$(segment 21-11)"
    damaged
}

@test "a truncated fragmented segment is damage; what is whole in it may be delivered" {
    ready
    truncate -s -20000 "$(segment 21-11)"
    damaged
}

@test "a foreign file is damage; the rest is delivered" {
    ready
    seq 100000 >"$(segment 21-11)"
    damaged
    seq 1 40000 >"$(segment 21-11)"
    damaged
    cp "$EXHIBIT_TOP/Makefile" "$(segment 21-11)"
    damaged
}

@test "a segment that is a directory is damage; the rest is delivered" {
    ready
    rm "$(segment 21-11)"
    mkdir "$(segment 21-11)"
    damaged
}

@test "a segment that is a FIFO is damage and holds nothing up; the rest is delivered" {
    ready
    rm "$(segment 21-11)"
    mkfifo "$(segment 21-11)"
    damaged
}

@test "a segment that is a link out of the recorder's tree is damage, and is not followed" {
    ready
    mv "$(segment 21-11)" elsewhere.mp4
    ln -s ../../elsewhere.mp4 "$(segment 21-11)"
    damaged
}

@test "a segment that cannot be read is damage; the rest is delivered" {
    [ "$(id -u)" != 0 ] || skip 'root reads everything'
    ready
    chmod 000 "$(segment 21-11)"
    damaged
}

@test "malformed footage of others is damage, never a crash, whatever it is" {
    [ -d "$EXHIBIT_MATERIAL/malformed" ] || skip 'no test material here'
    ready
    find "$EXHIBIT_MATERIAL/malformed" -type f \( -name '*.mp4' -o -name '*.ts' -o -name '*.mov' -o -name '*.h264' -o -name '*.mkv' -o -name '*.avi' \) \
        -size -3M | sort | awk 'NR % 4 == 1' | head -n 12 >files
    [ -s files ] || skip 'no malformed footage there'
    while read -r file; do
        rm -f "$(segment 21-11)"
        cp "$file" "$(segment 21-11)"
        chmod u+w "$(segment 21-11)"
        run --separate-stderr exhibit export --case C1 --camera wisbech-12 --from '2021-12-05 21:10:05' --to '2021-12-05 21:12:30' --out out
        # A file that plays is footage with other parameters (a finding as well); none ends the export.
        [ "$status" = 7 ] || { echo "$file: exit status $status: $stderr"; return 1; }
        expect 0 verify out/*.zip --signers store/allowed_signers
        rm -f out/*
    done <files
}

@test "all segments damaged: no footage, and the reason" {
    ready
    for minute in 21-10 21-11; do seq 1000 >"$(segment $minute)"; done
    expect 1 export --case C1 --camera wisbech-12 --from '2021-12-05 21:10:05' --to '2021-12-05 21:12:00' --out out
    sentence wisbech-12
    nothing_left
}

@test "a key file that is not there says so" {
    ready
    export_it 3 --key nowhere.key
    sentence nowhere.key
    nothing_left
}

@test "a file that is no key says so" {
    ready
    seq 10 >bad.key
    chmod 600 bad.key
    export_it 4 --key bad.key
    sentence bad.key
    nothing_left
}

@test "a public key in place of the secret one says so" {
    ready
    cp op.pub wrong.key
    chmod 600 wrong.key
    export_it 4 --key wrong.key
    sentence wrong.key
    nothing_left
}

@test "a damaged key says so" {
    ready
    sed '2s/^\(.\{120\}\)..../\1AAAA/' op.key >damaged.key
    chmod 600 damaged.key
    export_it 4 --key damaged.key
    sentence damaged
    nothing_left
}

@test "a key file that others can read is refused, with the remedy" {
    ready
    for mode in 644 640 604 660; do
        chmod $mode op.key
        export_it 5
        sentence op.key 'chmod 600'
        nothing_left
    done
}

@test "a wrong passphrase is refused" {
    ready
    secret_file right right
    secret_file wrong wrong
    exhibit key new --name Bo --initials BO --out bo.key --passphrase-file right >/dev/null
    exhibit key trust bo.pub --name Bo --initials BO --role operator
    export_it 5 --key bo.key --passphrase-file wrong
    sentence passphrase
    nothing_left
    export_it 0 --key bo.key --passphrase-file right
}

@test "a passphrase file that is missing or empty says so" {
    ready
    secret_file right right
    exhibit key new --name Bo --initials BO --out bo.key --passphrase-file right >/dev/null
    exhibit key trust bo.pub --name Bo --initials BO --role operator
    export_it 3 --key bo.key --passphrase-file nowhere
    sentence nowhere
    (umask 077 && : >empty)
    export_it 5 --key bo.key --passphrase-file empty
    sentence passphrase
    nothing_left
}

@test "no store named is a usage error with the remedy" {
    make_key op OP admin
    unset EXHIBIT_STORE
    expect 2 case list
    sentence --store EXHIBIT_STORE
}

@test "a store that is not there says so" {
    make_key op OP admin
    expect 3 case list
    sentence "$PWD/store" init
}

@test "a directory that is no store says so" {
    make_key op OP admin
    mkdir store
    expect 4 case list
    sentence store
}

@test "a store whose configuration is damaged says where" {
    ready
    echo '[source "x"' >>store/config
    export_it 4
    sentence config
    nothing_left
}

@test "a store with an unknown setting says which" {
    ready
    git config -f store/config store.colour blue
    export_it 4
    sentence colour
    nothing_left
}

# lose NAME: takes an object's file away
lose() {
    local object
    object=$(git --git-dir store/custody.git rev-parse "$1")
    rm -f "store/custody.git/objects/${object:0:2}/${object:2}"
}

@test "a store whose log lost an object that was read before is reported by log verify" {
    ready
    lose custody~1:entry.json
    expect 1 log verify
    shows 'lost         entry 3' 'missing or damaged'
}

@test "a store whose log lost an object is reported by whatever reads it, and left alone" {
    ready
    lose custody~1:entry.json
    rm store/private/index*
    export_it 4
    lose custody:entry.json
    find store -type f ! -path 'store/private/index*' | sort >before
    export_it 4
    nothing_left
    find store -type f ! -path 'store/private/index*' | sort >after
    cmp before after
}

@test "a store that another holds is busy" {
    ready
    exec 8<>store/lock
    flock 8
    export_it 6
    exec 8>&-
    sentence lock
    nothing_left
}

@test "a store that is held for a moment is waited for" {
    ready
    { flock 8 && sleep 1; } 8<>store/lock &
    sleep 0.3
    export_it 0
    wait
}

@test "an output directory that is missing says so" {
    ready
    expect 3 export --case C1 --out nowhere "${window[@]}"
    sentence nowhere
    [ ! -e nowhere ]
    nothing_left
}

@test "an output directory that is a file says so" {
    ready
    echo mine >file
    expect 3 export --case C1 --out file "${window[@]}"
    sentence file
    [ "$(cat file)" = mine ]
    nothing_left
}

@test "a package of that name is not written over" {
    ready
    export_it 0
    name=$(cd out && echo OP1_*.zip)
    rm "out/$name"
    # The next reference is OP2: its name is foreseeable, and taken.
    echo mine >"out/${name/OP1/OP2}"
    export_it 5
    sentence "${name/OP1/OP2}"
    [ "$(cat "out/${name/OP1/OP2}")" = mine ]
    [ "$(ls out)" = "${name/OP1/OP2}" ]
    [ ! -e store/exhibits/OP2 ]
    [ -z "$(find . -name '*.partial')" ]
    expect 0 log verify
}

@test "a full disk says so, leaves no package, and the log says what became of the reference" {
    ready
    mkdir small
    if mount -t tmpfs -o size=256k tmpfs small 2>/dev/null; then
        expect 3 export --case C1 --out small "${window[@]}"
        left=$(ls -A small)
        umount small
        [ -z "$left" ]
    else
        run --separate-stderr bash -c 'ulimit -f 200; exec "$0" export --case C1 --out out "${@}" </dev/null' "$EXHIBIT" "${window[@]}"
        [ "$status" = 3 ]
    fi
    sentence 'exhibit: '
    nothing_left
    [ "$(acts | tail -n 1)" = export-failed ]
    expect 0 log verify
    export_it 0
    shows OP2
}

@test "a full standard output does not look like success" {
    [ -e /dev/full ] || skip 'no /dev/full here'
    make_store
    open_case
    for words in 'case list --json' 'key list'; do
        # shellcheck disable=SC2086
        run --separate-stderr bash -c '"$0" "$@" >/dev/full </dev/null' "$EXHIBIT" $words
        [ "$status" = 3 ]
        sentence 'standard output'
    done
}

@test "control characters in names reach neither terminal nor log" {
    ready
    expect 2 export --case C1 --camera "$(printf 'x\033[2Jy')" --from '2021-12-05 21:10' --to '2021-12-05 21:12' --out out
    sentence camera
    [[ $stderr != *$'\033'* ]]
    nothing_left
    [ "$(acts | wc -l)" -gt 0 ]
    git --git-dir store/custody.git log -p --format=%B%an custody >entries
    run ! grep -q $'\033' entries
}
