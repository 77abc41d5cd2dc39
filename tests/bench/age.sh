#!/usr/bin/env bash
# One stream of 4 GiB from the page cache sealed for one X25519 recipient, and opened again, by our age writer and reader,
# against the age program: on one processor with one thread, and on two with two. What comes out is thrown away; once
# before, the two are held against each other.
#
#   age.sh DIRECTORY       BENCH_GIB: how much (4)
. "$(dirname "$0")/common.sh"

: "${BENCH_GIB:=4}"
[[ $BENCH_GIB =~ ^[1-9][0-9]?$ ]] || fail "BENCH_GIB is '$BENCH_GIB', not a number from 1 to 99"
ours=${EXHIBIT_OUT:-$top/build/release}/tests/unit/age_seal
[ -x "$ours" ] || fail "there is no $ours: make bench builds it"

begin
age-keygen -o identity 2>/dev/null
recipient=$(age-keygen -y identity)
say "making $BENCH_GIB GiB of random bytes"
head -c "$BENCH_GIB"G /dev/urandom >plain

"$ours" 2 "$recipient" <plain >sealed
age -d -i identity sealed | cmp - plain || fail 'the age program does not get back what we sealed'
"$ours" 2 -i identity <sealed | cmp - plain || fail 'we do not get back what we sealed'
sync -f .

# compare WORDS THREADS TARGET OURS-OPTION... -- PEER-OPTION...: both as filters
compare() {
    local i words=$1 threads=$2 target=$3 cpus=0-$(($2 - 1)) mine=() in
    shift 3
    while [ "$1" != -- ]; do
        mine+=("$1")
        shift
    done
    shift
    if [ "${mine[0]}" = -i ]; then in=sealed; else in=plain; fi
    rm -f ours.txt peer.txt
    for ((i = 0; i < BENCH_RUNS; i++)); do
        say "age, $words, $threads thread(s): run $((i + 1)) of $BENCH_RUNS"
        timed ours.txt taskset -c "$cpus" bash -c 'exec "$@" <"$0" >/dev/null' $in "$ours" "$threads" "${mine[@]}"
        timed peer.txt taskset -c "$cpus" bash -c 'exec "$@" <"$0" >/dev/null' $in age "$@"
    done
    figure "age $words, $threads thread(s), wall s" "$(median ours.txt 1)" "$(median peer.txt 1)" "$target"
    figure "age $words, $threads thread(s), CPU s" "$(median ours.txt 2)" "$(median peer.txt 2)"
    figure "age $words, $threads thread(s), MB" "$(median ours.txt 3)" "$(median peer.txt 3)"
}

heading "$BENCH_GIB GiB as an age file (the library in a filter; medians of $BENCH_RUNS pairs)"
compare sealed 1 0.6 "$recipient" -- -r "$recipient"
compare sealed 2 0.35 "$recipient" -- -r "$recipient"
compare opened 1 '' -i identity -- -d -i identity
compare opened 2 '' -i identity -- -d -i identity
