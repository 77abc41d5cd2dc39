#!/usr/bin/env bats
# Many writers of one log at once: nothing is lost, nothing is written twice, nobody waits without bound, readers go on.
load common

: "${EXHIBIT_OUT:=$EXHIBIT_TOP/build/release}"

# seconds: how long; a minute where EXHIBIT_LONG is set
seconds() { if [ -n "${EXHIBIT_LONG:-}" ]; then echo 60; else echo 6; fi; }

# write_on NUMBER UNTIL: opens cases until then; a line each in written.NUMBER: the case, and how long it took in ms
write_on() {
    local begun id
    while [ "$EPOCHSECONDS" -lt "$2" ]; do
        begun=${EPOCHREALTIME/./}
        id=$(exhibit case open --type other --reference "police:$1" --requested-by police --basis consent --json 2>"said.$1") ||
            { echo "writer $1: status $?: $(<"said.$1")" >>failed; continue; }
        echo "$(jq -r .id <<<"$id") $(((${EPOCHREALTIME/./} - begun) / 1000))" >>"written.$1"
    done
}

# packs: the log's, by their names
packs() { find store/custody.git/objects/pack -name '*.pack' -printf '%f\n' | sort; }

# read_on UNTIL: reads the log until then; how long each reading took in ms goes to reads
read_on() {
    local begun
    while [ "$EPOCHSECONDS" -lt "$1" ]; do
        begun=${EPOCHREALTIME/./}
        exhibit log show --json >shown || echo 'reader: failed' >>failed
        jq -se 'map(.entry.seq) == [range(length)]' shown >/dev/null || echo 'reader: not in order' >>failed
        echo $(((${EPOCHREALTIME/./} - begun) / 1000)) >>reads
    done
}

@test "eight writers at once lose nothing, write nothing twice, and wait no longer than they may" {
    make_store
    # Whoever adds the 512th entry packs them, while the others go on.
    "$EXHIBIT_OUT/tests/unit/log_grow" store op.key 490 245 >/dev/null
    packs >before
    until=$((EPOCHSECONDS + $(seconds)))
    for n in 1 2 3 4 5 6 7 8; do write_on $n $until & done
    read_on $until &
    wait
    [ ! -e failed ] || { cat failed; false; }
    sort -u <(cut -d' ' -f1 written.*) >cases
    [ "$(wc -l <cases)" = "$(cat written.* | wc -l)" ]
    expect 0 log show --json
    jq -r 'select(.entry.act == "case-open" and .entry.case != "C1") | .entry.case' <<<"$output" | sort | diff - cases
    jq -se 'map(.entry.seq) == [range(length)]' <<<"$output" >/dev/null
    expect 0 log verify
    [ -z "$(comm -12 before <(packs))" ]                     # they were small, and are in another now
    # The lock is waited for 5 s at most; every writer had its turn.
    [ "$(cut -d' ' -f2 written.* | sort -n | tail -1)" -lt 6000 ]
    for n in 1 2 3 4 5 6 7 8; do [ "$(wc -l <"written.$n")" -ge 2 ]; done
    [ "$(wc -l <reads)" -ge 2 ]
    echo "# $(wc -l <cases) entries, the longest wait $(cut -d' ' -f2 written.* | sort -n | tail -1) ms, of a reader $(sort -n reads | tail -1) ms" >&3
}

@test "commands that add some entries together do not leave a pack each for ever" {
    make_store
    # 80 cases with four exhibits each: ten entries or eleven together
    "$EXHIBIT_OUT/tests/unit/case_grow" store op.key 80 4 1
    [ "$(exhibit log show --json | wc -l)" -gt 800 ]
    [ "$(packs | wc -l)" -lt 40 ]
    git -C store/custody.git fsck --no-dangling
}
