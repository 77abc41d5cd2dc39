#!/usr/bin/env bash
# Sealing and verifying, against stock tools, once with four Masters and once with one: BENCH_GIB of bytes that look random.
# A package that we seal once before is checked with stock tools and by us, and must hold.
#
#   seal, encrypted     exhibit seal --recipient; peers: sha256sum, zip -0, age, minisign (seal_peer.sh) by turns, and as a pipe
#                       with openssl dgst, with and without a digest of the sealed file. Both end on the disk; ours also judges the exhibit's own seal, logs, and hashes
#                       the sealed file
#   verify              the ZIP, the folder and the age file; peer: sha256sum -c of the same files, unpacked. Ours also
#                       hashes pieces, and checks signatures, checksums and the age file's tags
#   small               exhibit verify of a package of 100 kB, process start included, in ms
#
#   seal.sh DIRECTORY      BENCH_GIB: how much (4; it takes five times as much of the disk); BENCH_OUT: an existing directory
#                          elsewhere that packages are written below
. "$(dirname "$0")/common.sh"

: "${BENCH_GIB:=4}"
[[ $BENCH_GIB =~ ^[1-9][0-9]?$ ]] || fail "BENCH_GIB is '$BENCH_GIB', not a number from 1 to 99"
begin
out=$work/out
[ -z "${BENCH_OUT:-}" ] || out=$(mktemp -d -p "$BENCH_OUT" seal.XXXXXX)
trap '[ ! -d "$work/store" ] || chmod -R u+w "$work/store"; rm -rf "$work" "$out"' EXIT
make_store store
age-keygen -o identity 2>/dev/null
age-keygen -y identity >recipient
minisign -G -W -p peer.pub -s peer.key >/dev/null
signers=$work/store/allowed_signers

# random_file NAME BYTES
random_file() {
    openssl enc -aes-256-ctr -pass "pass:$1" -nosalt -pbkdf2 </dev/zero 2>/dev/null | head -c "$2" >"$1" || [ "${PIPESTATUS[1]}" = 0 ]
}

# add_exhibit FILE...: OP1 first, then OP2, and so on. The files go; the exhibit's own are read once, so that all find them in memory.
add_exhibit() {
    "$EXHIBIT" add "$@" --case C1 --from bench --received '2021-12-06 10:15' --quiet >/dev/null || [ $? = 7 ]
    rm "$@"
}

say "making two exhibits of $BENCH_GIB GiB"
for part in 1 2 3 4; do random_file "part$part.bin" $((BENCH_GIB << 28)); done
add_exhibit part1.bin part2.bin part3.bin part4.bin
random_file whole.bin $((BENCH_GIB << 30))
add_exhibit whole.bin
random_file small.bin 100000
add_exhibit small.bin

# seal EXHIBIT OPTION...: prints the command, one word a line
seal() { printf '%s\n' "$EXHIBIT" seal "$@" --out "$out" --quiet; }
verify() { printf '%s\n' "$EXHIBIT" verify --identity identity --signers "$signers" --quiet "$@"; }

clear_out() {
    [ ! -d "$out" ] || chmod -R u+w "$out"
    rm -rf "${out:?}"/*
}

# compare WORDS PEER-FILE TARGET: wall and CPU
compare() {
    figure "$1, wall s" "$(median ours.txt 1)" "$(median "$2" 1)" "$3"
    figure "$1, CPU s" "$(median ours.txt 2)" "$(median "$2" 2)"
}

# check_once EXHIBIT: stock tools and we ourselves find the sealed package whole
check_once() {
    local ours
    mapfile -t ours < <(seal "$1" --recipient "$(cat recipient)")
    "${ours[@]}" >/dev/null || fail "cannot seal $1"
    age -d -i identity -o "$out/plain.zip" "$out"/*.age || fail "age cannot open the package of $1"
    unzip -tqq "$out/plain.zip" || fail "unzip finds the package of $1 damaged"
    rm "$out/plain.zip"
    "$EXHIBIT" verify --identity identity --signers "$signers" "$out"/*.age >said.txt || fail "the package of $1 does not verify"
    grep -q ': VERIFIED$' said.txt || fail "the package of $1 does not verify: $(head -n 1 said.txt)"
    clear_out
}

bench_seal() { # WORDS EXHIBIT
    local i way ours payload=store/exhibits/$2/data/master
    check_once "$2"
    mapfile -t ours < <(seal "$2" --recipient "$(cat recipient)")
    cat "$payload"/* | wc -c >/dev/null
    rm -f ours.txt turns.txt pipe.txt pipe-digest.txt
    for ((i = 0; i < BENCH_RUNS; i++)); do
        say "seal, $1: run $((i + 1)) of $BENCH_RUNS"
        for way in pipe pipe-digest turns; do
            timed $way.txt bash "$top/tests/bench/seal_peer.sh" $way "$payload" "$work" "$out/peer"
            clear_out
            timed ours.txt "${ours[@]}"
            clear_out
        done
    done
    heading "$BENCH_GIB GiB in $1, sealed and encrypted (exhibit seal --recipient; medians of $BENCH_RUNS runs)"
    compare 'seal, peer tool by tool' turns.txt 0.25
    compare 'seal, peer as a pipe' pipe.txt 0.4
    compare 'seal, peer as a pipe, sealed file hashed too' pipe-digest.txt 0.4
    "$top/tests/bench/peak.sh" peak.txt "${ours[@]}" >said.txt
    clear_out
    "$top/tests/bench/peak.sh" peer.peak bash "$top/tests/bench/seal_peer.sh" pipe "$payload" "$work" "$out/peer"
    clear_out
    figure 'seal, peak memory of all processes, MB' "$(in_mb peak.txt)" "$(in_mb peer.peak)"
}

in_mb() { awk '{ print $1 / 1000 }' "$1"; }

bench_verify() { # WORDS EXHIBIT FORM SEAL-OPTION...
    local i made ours payload=store/exhibits/$2/data/master
    mapfile -t made < <(seal "$2" "${@:4}")
    "${made[@]}" >/dev/null || fail "cannot seal $2"
    mapfile -t ours < <(verify "$out"/*)
    (cd "$payload" && sha256sum -- *) >sums.txt
    find "$out" -type f -exec cat {} + | wc -c >/dev/null
    rm -f ours.txt peer.txt
    for ((i = 0; i < BENCH_RUNS; i++)); do
        say "verify, $1, $3: run $((i + 1)) of $BENCH_RUNS"
        timed ours.txt "${ours[@]}"
        timed peer.txt env -C "$payload" sha256sum --quiet -c "$work/sums.txt"
    done
    heading "$BENCH_GIB GiB in $1, verified, $3 (exhibit verify; medians of $BENCH_RUNS pairs)"
    compare "verify, $3" peer.txt 0.25
    "$top/tests/bench/peak.sh" peak.txt "${ours[@]}" >said.txt
    figure "verify, $3, peak memory of all processes, MB" "$(in_mb peak.txt)" "$(median peer.txt 3)"
    clear_out
}

# Many runs of few milliseconds, timed together.
bench_small() {
    local i made ours again=50 payload=store/exhibits/OP3/data/master
    # shellcheck disable=SC2016  # the loop is bash's that is timed
    local many=(bash -c 'for ((i = 0; i < $1; i++)); do "${@:2}"; done' many "$again")
    mapfile -t made < <(seal OP3)
    "${made[@]}" >/dev/null || fail 'cannot seal OP3'
    mapfile -t ours < <(verify "$out"/*)
    (cd "$payload" && sha256sum -- *) >sums.txt
    rm -f ours.txt peer.txt
    for ((i = 0; i < BENCH_RUNS; i++)); do
        timed ours.txt "${many[@]}" "${ours[@]}"
        timed peer.txt env -C "$payload" "${many[@]}" sha256sum --quiet -c "$work/sums.txt"
    done
    heading "a package of 100 kB, verified, process start included, in ms (medians of $BENCH_RUNS times $again; ours is to be under 20)"
    figure 'verify, small, wall ms' "$(in_ms ours.txt 1 $again)" "$(in_ms peer.txt 1 $again)"
    figure 'verify, small, CPU ms' "$(in_ms ours.txt 2 $again)" "$(in_ms peer.txt 2 $again)"
    clear_out
}

# in_ms FILE COLUMN TIMES
in_ms() { awk -v s="$(median "$1" "$2")" -v times="$3" 'BEGIN { print 1000 * s / times }'; }

mkdir -p "$out"
bench_small
for of in 'four files OP1' 'one file OP2'; do
    bench_seal "${of% *}" "${of##* }"
    bench_verify "${of% *}" "${of##* }" 'a ZIP'
    bench_verify "${of% *}" "${of##* }" 'a folder' --folder
    bench_verify "${of% *}" "${of##* }" 'an age file' --recipient "$(cat recipient)"
done
