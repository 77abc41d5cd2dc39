#!/usr/bin/env bash
# 37 minutes from 60 recorded minutes of 1080p25 at 8 Mb/s (the window: 12 s in, 48 s out; 36 min 36 s, 2.2 GB taken),
# cut, hashed and durable on return, against ffmpeg's concat, sha256sum and sync of the one file.
#
#   clip.sh DIRECTORY KIND       KIND: mp4 fmp4 ts mkv, or short: ten thousand segments of 10 s
. "$(dirname "$0")/common.sh"

kind=${2:?usage: clip.sh DIRECTORY KIND}
from=$((11 * 60 + 12)) to=$((47 * 60 + 48))
count=60 seconds=60 footage=$kind target=''
case $kind in
mp4) footage=minutes target=0.5 ;;
ts) target=0.7 ;;
fmp4 | mkv) ;;
short) count=10000 seconds=10 ;;
*) fail "unknown kind '$kind': mp4 fmp4 ts mkv short" ;;
esac

made minutes make_minutes
[ "$kind" = mp4 ] || made "$kind" "make_$kind"
begin
make_store store
record_as recordings/camera "$footage" "$count" $seconds
add_camera camera recordings "$layout"
list_for_concat segments.txt "$work/recordings/camera" $seconds $from $to
mapfile -t ours < <(take camera $from $to)
peer=(bash -c 'ffmpeg -nostdin -y -v fatal -f concat -safe 0 -i segments.txt -c copy peer.mp4 &&
    sha256sum peer.mp4 && sync peer.mp4')

# Every picture of the window, once: a key frame begins it, and no picture needs a later one.
check() {
    local pictures=$(((to - from) * 25)) mine theirs
    mapfile -t files < <(files_of_ours)
    mine=$(video_packets "${files[@]}")
    theirs=$(video_packets peer.mp4)
    say "$kind: video packets: ours $mine in ${#files[@]} part(s), peer $theirs, recorded $pictures"
    [ "$mine" = $pictures ] || fail "$kind: ours holds $mine video packets, not $pictures"
    "$EXHIBIT" verify store/exhibits/OP1 --signers store/allowed_signers >/dev/null || fail "$kind: ours does not verify"
}

for ((i = 0; i < BENCH_RUNS; i++)); do
    say "$kind: run $((i + 1)) of $BENCH_RUNS"
    timed ours.txt "${ours[@]}"
    timed peer.txt "${peer[@]}"
    [ $i != 0 ] || check
    clear_ours
    rm peer.mp4
    sync -f .
done
heading "clip of 36 min 36 s from $count segments of $seconds s, $kind (exhibit $act; medians of $BENCH_RUNS pairs)"
figure "clip $kind, wall s" "$(median ours.txt 1)" "$(median peer.txt 1)" $target
figure "clip $kind, CPU s" "$(median ours.txt 2)" "$(median peer.txt 2)"
