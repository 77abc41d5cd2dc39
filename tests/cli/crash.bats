#!/usr/bin/env bats
# Kill the process at any instruction: the store verifies, what was finished is there, and nothing is half-made.
load common

# settled: after a kill and one more act, everything is whole or gone
settled() {
    local left reference act
    expect 0 case open --type other --reference police:1 --requested-by police --basis consent || return 1
    expect 0 log verify || return 1
    left=$(find . -name '*.partial'; find store/staging -mindepth 1 2>/dev/null)
    [ -z "$left" ] || { printf 'left after recovery:\n%s\n' "$left"; return 1; }
    # Each reference that was taken since last time has its end in the log, and the files that go with that end.
    exhibit log show --json | jq -r '.entry | select(.exhibit != null and (.act | startswith("export-"))) | "\(.exhibit) \(.act)"' |
        awk '{ last[$1] = $2 } END { for (e in last) print e, last[e] }' | sort >ends
    touch judged
    comm -23 ends judged >new
    while read -r reference act; do
        case $act in
        export-done)
            [ -d "store/exhibits/$reference" ] || return 1
            [ "$(find out -name "${reference}_*.zip" | wc -l)" = 1 ] || return 1
            expect 0 verify out/"${reference}"_*.zip --signers store/allowed_signers || return 1 ;;
        export-failed | export-abandoned)
            [ ! -e "store/exhibits/$reference" ] || return 1
            [ "$(find out -name "${reference}_*" | wc -l)" = 0 ] || return 1 ;;
        *) echo "$reference has no end: $act"; return 1 ;;
        esac
    done <new
    mv ends judged
}

@test "an export that is killed at some moment leaves the store whole" {
    ready
    for delay in 0.005 0.01 0.015 0.02 0.03 0.04 0.06 0.08 0.12 0.2; do
        ended=0
        timeout -s KILL $delay "$EXHIBIT" export --case C1 --out out "${window[@]}" </dev/null >/dev/null 2>&1 || ended=$?
        [ $ended = 0 ] || [ $ended = 137 ]
        settled
    done
}

# killed_at CALL STEP: kills exports at the first call of that name, then STEP calls later, until one gets through
killed_at() {
    local n ended   # not status: run sets that
    for ((n = 1; n < 1000; n += $2)); do
        ended=0
        strace -f -o /dev/null -e "trace=$1" -e "inject=$1:signal=KILL:when=$n" \
            "$EXHIBIT" export --case C1 --out out "${window[@]}" </dev/null >/dev/null 2>&1 || ended=$?
        [ $ended = 0 ] || [ $ended = 137 ] || { echo "$1 number $n: exit status $ended"; return 1; }
        settled || { echo "killed at $1 number $n"; return 1; }
        [ $ended != 0 ] || break
    done 2>/dev/null   # bash tells of each death
    echo "$1: killed $(((n - 1) / $2)) times"
    [ $ended = 0 ]
}

traceable() {
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99   # the leak checker cannot work under strace
    strace -o /dev/null true 2>/dev/null || skip 'strace cannot be used here'
}

@test "killed at any renaming, linking or removal, it leaves the store whole" {
    traceable
    ready
    for call in rename renameat2 link unlink unlinkat mkdir mkdirat; do
        killed_at $call 1
    done
    [ "$(wc -l <judged)" -gt 20 ]
}

@test "killed between syncs and writes, it leaves the store whole" {
    traceable
    ready
    killed_at fsync 4
    killed_at pwrite64 4
    killed_at ftruncate 5
    [ "$(wc -l <judged)" -gt 10 ]
}

@test "an export that is asked to stop says so, and leaves the store whole" {
    ready
    # Long enough to be stopped on the way: the same minutes under many names.
    for hour in 10 11 12 13; do
        for minute in $(seq -w 0 59); do ln "$(segment 21-09)" "recordings/wisbech-12/2021-12-06_$hour-$minute-00-000000.mp4"; done
    done
    "$EXHIBIT" export --case C1 --camera wisbech-12 --from '2021-12-06 10:00' --to '2021-12-06 14:00' --out out </dev/null >stopped 2>&1 &
    pid=$!
    sleep 0.3
    kill -TERM $pid
    ended=0
    wait $pid || ended=$?
    # Finished before it was asked, or stopped with words: never half-made.
    [ $ended = 0 ] || [ $ended = 3 ] || [ $ended = 143 ]
    settled
}
