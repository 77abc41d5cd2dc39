#!/usr/bin/env bash
# The custody log against stock git doing the same: an entry is a signed commit, durable before it counts (core.fsync=all).
#
#   one entry       a command that enters one, process start included; peer: git add and git commit -S (ssh)
#   one process     the same one after the other in one process, each durable by itself; and a thousand durable together
#   a long log      what one entry takes on top of BENCH_ENTRIES, against on top of a thousand
#   verifying       all of it, signatures and tree included, on all processors; peer: git log --format=%G? of a few. And what was added
#   upkeep          bytes an entry once packed; the longest that an entry had to wait while all was packed anew
#   the index       made anew from the log
#
#   log.sh DIRECTORY      BENCH_ENTRIES: how many a long log has (100000; each takes a millisecond to make, and a kilobyte)
. "$(dirname "$0")/common.sh"

: "${BENCH_ENTRIES:=100000}"
[[ $BENCH_ENTRIES =~ ^[1-9][0-9]{3,6}$ ]] || fail "BENCH_ENTRIES is '$BENCH_ENTRIES', not a number from 1000 to 9999999"
grow=${EXHIBIT_OUT:-$top/build/release}/tests/unit/log_grow
[ -x "$grow" ] || fail "there is no $grow: make bench builds it"
times=20
begin
make_store store

# ---- the peer ----

ssh-keygen -q -t ed25519 -N '' -f peer.key
git init -q peer
git -C peer config user.name Operator
git -C peer config user.email op@example.org
git -C peer config gpg.format ssh
git -C peer config user.signingkey "$work/peer.key"
git -C peer config core.fsync all
echo "op@example.org $(cut -d' ' -f1,2 peer.key.pub)" >peer.allowed
git -C peer config gpg.ssh.allowedSignersFile "$work/peer.allowed"
entry=$(git -C store/custody.git show custody:entry.json)

peer_entries() {
    local i
    for ((i = 0; i < $1; i++)); do
        printf '%s\n' "$entry" "$RANDOM$RANDOM" >"peer/entry-$i-$RANDOM.json"
        git -C peer add -A
        git -C peer commit -q -S -m "entry $i"
    done
}
our_entries() {
    local i
    for ((i = 0; i < $1; i++)); do
        "$EXHIBIT" case open --type other --reference bench:1 --requested-by bench --basis none --quiet >/dev/null
    done
}
# each COMMAND...: seconds that it takes, for each of $times
each() {
    local before=${EPOCHREALTIME/./}
    "$@" "$times"
    awk -v us=$((${EPOCHREALTIME/./} - before)) -v n="$times" 'BEGIN { printf "%.6f\n", us / 1e6 / n }'
}
# ms SECONDS
ms() { awk -v s="$1" 'BEGIN { printf "%.3f", s * 1000 }'; }

heading "One entry, durable, in ms (medians of $BENCH_RUNS pairs of $times)"
for ((i = 0; i < BENCH_RUNS; i++)); do
    say "one entry: run $((i + 1)) of $BENCH_RUNS"
    each our_entries >>ours.one
    each peer_entries >>peer.one
done
peer=$(median peer.one 1)
figure 'by a command' "$(ms "$(median ours.one 1)")" "$(ms "$peer")" 0.6
for ((i = 0; i < BENCH_RUNS; i++)); do
    "$grow" store op.key 500 | awk '{ print $1 / 500 }' >>ours.process
    "$grow" store op.key 5000 1000 | awk '{ print $1 / 5000 }' >>ours.together
done
figure 'in one process, each by itself' "$(ms "$(median ours.process 1)")" "$(ms "$peer")" 0.125
figure 'in one process, a thousand together' "$(ms "$(median ours.together 1)")" "$(ms "$peer")" 0.0286

heading "A log of $BENCH_ENTRIES entries"
make_store long
"$grow" long op.key 1000 >/dev/null
short=$(each our_entries)
say "making $BENCH_ENTRIES entries"
"$grow" long op.key "$BENCH_ENTRIES" 1000 >/dev/null
"$EXHIBIT" case list >/dev/null
for ((i = 0; i < BENCH_RUNS; i++)); do each our_entries >>ours.long; done
figure 'one entry by a command, ms; peer: on top of 1000' "$(ms "$(median ours.long 1)")" "$(ms "$short")" 1.5
entries=$(git -C long/custody.git rev-list --count custody)

timed git.verify git -C peer log -100 --format=%G?
for ((i = 0; i < BENCH_RUNS; i++)); do timed ours.verify "$EXHIBIT" log verify; done
grep -q VERIFIED said.txt || fail 'the long log does not verify'
figure 'verifying, us a commit; peer: git log --format=%G?' "$(awk -v n="$entries" '{ print $1 * 1e6 / n }' <<<"$(median ours.verify 1)")" \
    "$(awk '{ print $1 * 1e6 / 100 }' git.verify)" 0.0067
figure 'verifying, MB' "$(median ours.verify 3)" 0 200
"$EXHIBIT" log verify --new >/dev/null
our_entries 1
for ((i = 0; i < BENCH_RUNS; i++)); do timed ours.new "$EXHIBIT" log verify --new; done
figure 'verifying what was added, ms' "$(ms "$(median ours.new 1)")" 0

for ((i = 0; i < BENCH_RUNS; i++)); do
    rm -f long/private/index*
    timed ours.index "$EXHIBIT" key list                 # of a case it would go through all entries once more
done
figure 'the index made anew, us an entry' "$(awk -v n="$entries" '{ print $1 * 1e6 / n }' <<<"$(median ours.index 1)")" 0 25
figure 'the index made anew, MB' "$(median ours.index 3)" 0

timed ours.pack "$EXHIBIT" log pack &
slowest=0
for ((i = 0; i < times; i++)); do
    before=${EPOCHREALTIME/./}
    our_entries 1
    took=$((${EPOCHREALTIME/./} - before))
    [ "$took" -le "$slowest" ] || slowest=$took
done
wait
figure 'packing all anew, s' "$(awk '{ print $1 }' ours.pack)" 0
figure 'the slowest entry meanwhile, ms' "$((slowest / 1000))" 0 200
"$EXHIBIT" log pack >/dev/null
figure 'bytes an entry, packed' "$(find long/custody.git/objects -type f -printf '%s\n' | awk -v n="$(git -C long/custody.git rev-list --count custody)" '{ s += $1 } END { print s / n }')" 0 1024
git -C long/custody.git fsck --full --strict || fail 'git finds the long log damaged'
