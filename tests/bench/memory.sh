#!/usr/bin/env bash
# The memory that a clip of 10 minutes, 1 hour and 10 hours takes, all processes together, against ffmpeg's concat:
# one-minute segments of few bytes, but with as many packets as any (25 pictures a second, and AAC).
#
#   memory.sh DIRECTORY KIND       KIND: mp4 ts
. "$(dirname "$0")/common.sh"

kind=${2:?usage: memory.sh DIRECTORY KIND}
footage=small
made small make_small
if [ "$kind" = ts ]; then
    footage=small-ts
    made small-ts make_small_ts
elif [ "$kind" != mp4 ]; then
    fail "unknown kind '$kind': mp4 ts"
fi

begin
make_store store
record_as recordings/camera $footage 605 60
add_camera camera recordings "$layout"

# measure NAME SECONDS: a line of MB to NAME.ours and NAME.peer
measure() {
    local from=72 to=$((72 + $2)) files mine ours
    mapfile -t ours < <(take camera $from $to)
    list_for_concat segments.txt "$work/recordings/camera" 60 $from $to
    "$top/tests/bench/peak.sh" peak.txt "${ours[@]}" >said.txt || [ $? = 7 ] || fail "our command failed"
    awk '{ print $1 / 1000 }' peak.txt >>"$1.ours"
    mapfile -t files < <(files_of_ours)
    mine=$(video_packets "${files[@]}")
    [ "$mine" = $(($2 * 25)) ] || fail "$kind: ours holds $mine video packets, not $(($2 * 25))"
    clear_ours
    "$top/tests/bench/peak.sh" peak.txt ffmpeg -nostdin -y -v fatal -f concat -safe 0 -i segments.txt -c copy peer.mp4
    awk '{ print $1 / 1000 }' peak.txt >>"$1.peer"
    rm peer.mp4
}

for ((i = 0; i < BENCH_RUNS; i++)); do
    say "memory, $kind: run $((i + 1)) of $BENCH_RUNS"
    measure short 600
    measure hour 3600
    measure long 36000
done
heading "peak memory of all processes together, $kind (exhibit $act; medians of $BENCH_RUNS runs)"
figure "memory $kind, 10 minutes, MB" "$(median short.ours 1)" "$(median short.peer 1)"
figure "memory $kind, 1 hour, MB" "$(median hour.ours 1)" "$(median hour.peer 1)"
figure "memory $kind, 10 hours, MB" "$(median long.ours 1)" "$(median long.peer 1)"
awk -v kind="$kind" -v short="$(median short.ours 1)" -v long="$(median long.ours 1)" 'BEGIN {
    printf "memory %s: 10 hours take %.2f times the memory of 10 minutes (flat: %s); under 64 MB: %s\n", kind, long / short,
        long < 1.1 * short ? "yes" : "no", long < 64 && short < 64 ? "yes" : "no" }'
