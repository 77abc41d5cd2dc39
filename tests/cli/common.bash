# Loaded by every bats file: a directory of its own for each test, footage made once, and a few words to
# write promises with. The programs under test come from $EXHIBIT (see the Makefile).
# shellcheck shell=bash disable=SC2034,SC2119,SC2120,SC2154

bats_require_minimum_version 1.5.0

: "${EXHIBIT_TOP:=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}"
: "${EXHIBIT:=$EXHIBIT_TOP/build/release/exhibit}"
: "${EXHIBIT_MATERIAL:=$EXHIBIT_TOP/../shared/material}"
export LC_ALL=C.UTF-8 TZ=UTC
unset EXHIBIT_STORE EXHIBIT_KEY

# The window that most tests ask for: whole, inside the footage, and not on a key frame.
window=(--camera wisbech-12 --from '2021-12-05 21:10:05' --to '2021-12-05 21:12:00')

setup() {
    mkdir -p "$BATS_TEST_TMPDIR/work/out"   # bats keeps files of its own beside it
    cd "$BATS_TEST_TMPDIR/work" || return
    export EXHIBIT_STORE=$PWD/store EXHIBIT_KEY=$PWD/op.key
}

exhibit() { "$EXHIBIT" "$@" </dev/null; }

# expect STATUS ARGUMENT...: runs exhibit; its stdout is in $output, its stderr in $stderr
expect() {
    local wanted=$1
    shift
    run --separate-stderr exhibit "$@"
    [[ " $* " != *' --json '* ]] || keep_json "$@"
    if [ "$status" != "$wanted" ]; then
        printf 'exhibit %s\nexit status %s, not %s\nstdout:\n%s\nstderr:\n%s\n' "$*" "$status" "$wanted" "$output" "$stderr"
        return 1
    fi
}

# keep_json ARGUMENT...: what it printed is held against the command's schema when the file's tests are done
keep_json() {
    mkdir -p "$BATS_FILE_TMPDIR/json"
    printf '%s\0' "$status" "$BATS_TEST_DESCRIPTION" "$#" "$@" "$output" >"$BATS_FILE_TMPDIR/json/$BATS_TEST_NUMBER-$SRANDOM"
}

teardown_file() {
    local python judged
    [ -d "$BATS_FILE_TMPDIR/json" ] || return 0
    for python in python3 /usr/bin/python3; do
        judged=0
        "$python" "$EXHIBIT_TOP/tests/cli/schemas.py" judge "$EXHIBIT_TOP" "$BATS_FILE_TMPDIR/json" || judged=$?
        case $judged in 77 | 127) ;; *) return $judged ;; esac
    done
    echo '# python3-jsonschema is not here: no output was held against its schema' >&3
}

# sentence WORDS...: stderr is one line that begins with the program's name and holds all the words
sentence() {
    local word
    if [ "$(printf '%s\n' "$stderr" | wc -l)" != 1 ] || [[ $stderr != exhibit:\ * ]]; then
        printf 'not one sentence of exhibit:\n%s\n' "$stderr"
        return 1
    fi
    mentions "$@"
}

# mentions WORDS...: stderr holds all the words
mentions() {
    local word
    for word in "$@"; do
        if [[ $stderr != *"$word"* ]]; then
            printf 'stderr does not say "%s":\n%s\n' "$word" "$stderr"
            return 1
        fi
    done
}

# shows WORDS...: stdout holds all the words
shows() {
    local word
    for word in "$@"; do
        if [[ $output != *"$word"* ]]; then
            printf 'stdout does not say "%s":\n%s\n' "$word" "$output"
            return 1
        fi
    done
}

# each line of stdout is one JSON object
json_lines() {
    [ -n "$output" ] || { echo "no line on stdout"; return 1; }
    local line
    while IFS= read -r line; do
        printf '%s' "$line" | jq -e 'type == "object"' >/dev/null || { printf 'not one JSON object: %s\n' "$line"; return 1; }
    done <<<"$output"
}

# nothing_left: no package, no exhibit, nothing in the making
nothing_left() {
    local left
    left=$(
        find out -mindepth 1 2>/dev/null
        find store/exhibits store/staging -mindepth 1 2>/dev/null
        find . -name '*.partial' 2>/dev/null
    )
    [ -z "$left" ] || { printf 'left behind:\n%s\n' "$left"; return 1; }
}

# make_key NAME INITIALS ROLE
make_key() { exhibit key new --name "Person $2" --initials "$2" --role "$3" --out "$1.key" --no-passphrase --quiet >/dev/null; }

# secret_file FILE WORDS: a file that nobody else may read
secret_file() { (umask 077 && printf '%s\n' "$2" >"$1"); }

# without_requests: ./store lets footage be taken out without one, as a new store does not: request.bats is of requests
without_requests() { git config -f store/config export.request optional; }

# make_store: an empty one, whose admin is OP, and which needs no requests
make_store() {
    make_key op OP admin
    exhibit init store --organisation 'Fenland & Peterborough CCTV' --zone Europe/London >/dev/null
    without_requests
}

# need_faketime: skips where there is none, or where it cannot stand before a sanitizer's own library
need_faketime() {
    command -v faketime >/dev/null || skip 'faketime is not here'
    [ -z "${SAN:-}" ] || skip 'faketime and a sanitizer do not go together'
}

# make_footage DIRECTORY [OPTION...]: six minutes from 21:08, small and slow, made once for each set of options
make_footage() {
    local to=$1 kind cache
    shift
    kind=$(printf '%s' "h264 $*" | tr -c 'a-z0-9' _)
    cache=$EXHIBIT_TOP/build/test-footage/$kind
    mkdir -p "$EXHIBIT_TOP/build/test-footage"
    (
        flock 9
        if [ ! -d "$cache" ]; then
            "$EXHIBIT_TOP/tests/footage/make.sh" "$cache.new" --minutes 6 --size 320x180 --rate 10 \
                --start 2021-12-05T21:08:00Z "$@"
            mv "$cache.new" "$cache"
        fi
    ) 9>"$cache.lock"
    cp -a "$cache" "$to"
}

# segment MINUTE: the recorder's file that begins then
segment() { echo "recordings/wisbech-12/2021-12-05_$1-00-000000.${2:-mp4}"; }

# check_clock [TIME [CAMERA]]: the recorder was right then: at the time of the footage
check_clock() {
    exhibit camera check-time "${2:-wisbech-12}" --shown "${1:-2021-12-05T21:00:00Z}" --actual "${1:-2021-12-05T21:00:00Z}" \
        --reference 'NTP stratum 2' --method 'both read at once' >/dev/null
}

# add_camera [ROOT]: source nvr and camera wisbech-12, whose clock is right
add_camera() {
    exhibit source add nvr --root "${1:-recordings}" --layout mediamtx --zone UTC >/dev/null
    exhibit camera add wisbech-12 --source nvr --path wisbech-12 --name 'Market Place' --town Wisbech >/dev/null
    check_clock
}

open_case() {
    exhibit case open --type arrest --reference police:35/91234/21 --requested-by 'police, collar number 1234' \
        --basis 'DPA 2018 Sch 2 Pt 1 para 2' "$@" >/dev/null
}

# ready [OPTION...]: footage, store, camera and case C1: all that an export needs
ready() {
    make_footage recordings "$@"
    make_store
    add_camera
    open_case
}

export_it() { expect "$1" export --case C1 --out out "${window[@]}" "${@:2}"; }

# unpack PACKAGE: unzips it into ./unpacked and leaves where the bag is in $bag
unpack() {
    rm -rf unpacked
    unzip -q "$1" -d unpacked
    bag=$(dirname "$(find unpacked -maxdepth 2 -name bagit.txt)")
}

# acts: the acts in the custody log, oldest first, by git alone
acts() { git --git-dir store/custody.git log --reverse --format=%H custody | while read -r c; do git --git-dir store/custody.git show "$c:entry.json" | jq -r .act; done; }

# count_acts ACT: how often it is in the log, which has one act at least
count_acts() {
    acts >acts.counted
    [ -s acts.counted ] || { echo 'no act at all'; return 1; }
    awk -v act="$1" '$0 == act { n++ } END { print n + 0 }' acts.counted
}

# mastered [OPTION...]: all of that, and the Master OP1: the window that most tests ask for
mastered() {
    ready "$@"
    run exhibit extract --case C1 "${window[@]}" --quiet
    [ "$status" = 0 ] || [ "$status" = 7 ]
}
# copied NUMBER: the folder of copy OP1/NUMBER
copied() { echo "store/exhibits/OP1_$1"; }
# copy_record NUMBER FILTER: from its record
copy_record() { jq -r "$2" "$(copied "$1")/record/exhibit.json"; }
# no_copy: nothing of a copy, whole or in the making
no_copy() {
    local left
    left=$(find store/exhibits store/staging -mindepth 1 -maxdepth 1 ! -name OP1; find out . -name '*.partial' -o -path './out/*')
    [ -z "$left" ] || { printf 'left behind:\n%s\n' "$left"; return 1; }
}

# people: an operator, a dpo and an auditor
people() {
    local one
    for one in 'po PO operator' 'dp DP dpo' 'au AU auditor'; do
        # shellcheck disable=SC2086  # words of a line
        set -- $one
        make_key "$1" "$2" "$3"
        exhibit key trust "$1.pub" --name "$2" --initials "$2" --role "$3" >/dev/null
    done
}
last_entry() { git --git-dir store/custody.git show custody:entry.json; }

# until_true COMMAND...: tries it for half a minute, and once more than that takes
until_true() {
    local end=$((EPOCHSECONDS + 30))
    while [ $EPOCHSECONDS -le $end ]; do
        ! "$@" || return 0
        sleep 0.01
    done
    echo "never: $*"
    return 1
}
