#!/usr/bin/env bash
# Our export against tests/bench/peer.sh on the same footage: a window of 15 minutes and one of 2 hours of
# 1080p25 at 4 Mb/s, encrypted, signed and logged.
#
#   export.sh DIRECTORY
. "$(dirname "$0")/common.sh"

made export make_export
begin
make_store store
record_as recordings/camera export 150 60
add_camera camera recordings "$layout"

make_peer

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
