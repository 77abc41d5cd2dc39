#!/usr/bin/env bash
# A working copy of two minutes of 1080p25, camera, local time, UTC and reference burnt in below the picture, against the ffmpeg
# program with the same encoder, settings and a band of the same text; both hash the file and make it durable. Ours judges the
# Master first, seals and logs; the peer does not.
#
#   copy.sh DIRECTORY
. "$(dirname "$0")/common.sh"

seconds=120
made minutes make_minutes
begin
make_store store
record_as recordings/camera minutes 4 60
add_camera camera recordings "$layout"
"$EXHIBIT" extract --case C1 --camera camera --from "$(at 0)" --to "$(at $seconds)" --quiet >/dev/null || [ $? = 7 ]
master=$(find store/exhibits/OP1/data/master -name '*.mp4')

font=/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf
text="fontfile=$font:fontsize=28:fontcolor=white"
words="pad=1920:1152:0:0:black,drawtext=$text:x=20:y=1088:text='camera Market Place %{pts\:gmtime\:$start}',"
words+="drawtext=$text:x=20:y=1120:text='%{pts\:gmtime\:$start} UTC OP1/1 COPY'"
ours=("$EXHIBIT" transcode OP1 --burn-in --quiet)
peer=(bash -c 'ffmpeg -nostdin -y -v error -i "$1" -vf "$2" -c:v libx264 -preset veryfast -crf 20 -profile:v high \
    -pix_fmt yuv420p -bf 0 -g 50 -c:a aac -b:a 64k -movflags +faststart peer.mp4 && sha256sum peer.mp4 && sync peer.mp4' \
    peer "$master" "$words")

clear_copies() {
    chmod -R u+w store/exhibits
    rm -rf store/exhibits/OP1_*
}

for ((i = 0; i < BENCH_RUNS; i++)); do
    say "copy: run $((i + 1)) of $BENCH_RUNS"
    timed ours.txt "${ours[@]}"
    timed peer.txt "${peer[@]}"
    copy=$(find store/exhibits -path '*OP1_*/data/copy/*.mp4')
    mine=$(video_packets "$copy")
    [ "$mine" = "$(video_packets "$master")" ] || fail "copy: ours holds $mine pictures, not those of the Master"
    sizes="ours $(stat -c %s "$copy"), peer $(stat -c %s peer.mp4) bytes"
    clear_copies
    "$top/tests/bench/peak.sh" peak.txt "${ours[@]}" >said.txt || [ $? = 7 ] || fail "our command failed"
    awk '{ print $1 / 1000 }' peak.txt >>ours.peak
    "$top/tests/bench/peak.sh" peak.txt "${peer[@]}" >said.txt
    awk '{ print $1 / 1000 }' peak.txt >>peer.peak
    clear_copies
    rm peer.mp4
done
heading "a working copy of $seconds s of 1080p25, burnt in (exhibit transcode; medians of $BENCH_RUNS pairs; $sizes)"
figure "copy, wall s" "$(median ours.txt 1)" "$(median peer.txt 1)" 1.0
figure "copy, CPU s" "$(median ours.txt 2)" "$(median peer.txt 2)"
figure "copy, peak memory of all processes, MB" "$(median ours.peak 1)" "$(median peer.peak 1)"
