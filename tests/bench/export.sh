#!/usr/bin/env bash
# Our export against tests/bench/peer.sh on the same footage: a window of 15 minutes and one of 2 hours of
# 1080p25 at 4 Mb/s, encrypted, signed and logged.
#
#   export.sh DIRECTORY
. "$(dirname "$0")/common.sh"

# Two minutes that differ, encoded once; then the same bytes under the names of two and a half hours.
make_export() {
    say 'making two minutes of 1080p25 at 4 Mb/s, once'
    ffmpeg -nostdin -y -v error -filter_complex 'testsrc2=size=1920x1080:rate=25,noise=alls=10:allf=t,format=yuv420p[v]' \
        -map '[v]' -t 120 -c:v libx264 -preset ultrafast -b:v 4M -minrate 4M -maxrate 4M -bufsize 4M \
        -x264-params nal-hrd=cbr:scenecut=0:keyint=50:min-keyint=50 \
        -f segment -segment_time 60 -reset_timestamps 1 -segment_format mp4 \
        -segment_format_options movflags=+frag_keyframe+empty_moov+default_base_moof "$1/%d.mp4"
}

made export make_export
begin
make_store store
record_as recordings/camera export 150 60
add_camera camera recordings "$layout"

minisign -G -W -p peer.pub -s peer.key >/dev/null
age-keygen -o identity 2>/dev/null
age-keygen -y identity >recipient
ssh-keygen -q -t ed25519 -N '' -C '' -f signing
git init -q log
git -C log config user.name Operator
git -C log config user.email operator@example.org
git -C log config gpg.format ssh
git -C log config user.signingkey "$work/signing.pub"

bench() { # WORDS FROM TO
    local i
    list_for_concat segments.txt "$work/recordings/camera" 60 "$2" "$3"
    rm -f ours.txt peer.txt
    for ((i = 0; i < BENCH_RUNS; i++)); do
        say "export, $1: run $((i + 1)) of $BENCH_RUNS"
        timed ours.txt "$EXHIBIT" export --case C1 --camera camera --from "$(at "$2")" --to "$(at "$3")" \
            --out out --recipient "$(cat recipient)" --quiet
        clear_ours
        timed peer.txt bash "$top/tests/bench/peer.sh" "$work"
        rm -rf peer
    done
    heading "$1 of 1080p25 at 4 Mb/s, exported (medians of $BENCH_RUNS pairs)"
    figure "export $1, wall s" "$(median ours.txt 1)" "$(median peer.txt 1)"
    figure "export $1, CPU s" "$(median ours.txt 2)" "$(median peer.txt 2)"
    figure "export $1, MB of the larger process" "$(median ours.txt 3)" "$(median peer.txt 3)"
}

bench '15 minutes' 612 1512
bench '2 hours' 612 7812
