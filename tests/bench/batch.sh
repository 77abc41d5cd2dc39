#!/usr/bin/env bash
# Rows of a file of jobs, each an export, encrypted, signed and logged: our batch, beside a shell loop over our export and
# beside a shell loop over tests/bench/peer.sh, on the same footage.
#
#   batch.sh DIRECTORY
. "$(dirname "$0")/common.sh"

: "${BENCH_ROWS:=100}"
[[ $BENCH_ROWS =~ ^[1-9][0-9]*$ ]] || fail "BENCH_ROWS is '$BENCH_ROWS', not a number of rows"

made export make_export
begin
make_store store
for camera in 1 2 3 4; do
    record_as "recordings/camera-$camera" export 60 60
    add_camera "camera-$camera" recordings "$layout"
done
make_peer

# jobs ROWS SECONDS: each of its own camera and minute
jobs() {
    local i first
    echo 'id,case,camera,from,to,out,recipient'
    for ((i = 0; i < $1; i++)); do
        first=$((i * 61 % 3000 + 12))
        echo "$i,C1,camera-$((i % 4 + 1)),$(at $first),$(at $((first + $2))),out,$(cat recipient)"
    done
}

# What a script does for each row of jobs.csv.
cat >loop.sh <<'END'
set -euo pipefail
tail -n +2 jobs.csv | while IFS=, read -r id case camera from to out recipient; do
    "$EXHIBIT" export --case "$case" --camera "$camera" --from "$from" --to "$to" --out "$out" --recipient "$recipient" --quiet </dev/null || [ $? = 7 ]
done
END
cat >peers.sh <<'END'
set -euo pipefail
for list in lists/*; do
    cp "$list" segments.txt
    bash "$1" "$PWD"
done
END

# lists SECONDS: what each row is of, for the peers' script
lists() {
    rm -rf lists
    mkdir lists
    tail -n +2 jobs.csv | while IFS=, read -r id _ camera from _; do
        from=$(($(date -u -d "$from" +%s) - start))
        list_for_concat "lists/$id" "$work/recordings/$camera" 60 $from $((from + $1))
    done
}

bench() { # ROWS SECONDS WORDS
    local i
    jobs "$1" "$2" >jobs.csv
    lists "$2"
    rm -f ours.txt loop.txt peer.txt
    for ((i = 0; i < BENCH_RUNS; i++)); do
        say "batch, $1 rows of $3: run $((i + 1)) of $BENCH_RUNS"
        timed ours.txt "$EXHIBIT" batch jobs.csv --name "$3 $i" --quiet
        [ "$(find out -name '*.age' | wc -l)" = "$1" ] || fail "not every row was exported"
        clear_ours
        timed loop.txt bash loop.sh
        clear_ours
        timed peer.txt bash peers.sh "$top/tests/bench/peer.sh"
        rm -rf peer
    done
    heading "$1 rows of $3 of 1080p25 at 4 Mb/s, $(nproc) processors, load $(cut -d' ' -f1 /proc/loadavg) (medians of $BENCH_RUNS)"
    figure 'batch, peer: a loop over exhibit export, wall s' "$(median ours.txt 1)" "$(median loop.txt 1)"
    figure 'batch, peer: a loop over exhibit export, CPU s' "$(median ours.txt 2)" "$(median loop.txt 2)"
    figure "batch, peer: a loop over stock tools, wall s" "$(median ours.txt 1)" "$(median peer.txt 1)"
    figure "batch, peer: a loop over stock tools, CPU s" "$(median ours.txt 2)" "$(median peer.txt 2)"
    # All of it again, where the log has every row as done.
    rm -f again.txt
    timed again.txt "$EXHIBIT" batch jobs.csv --name "$3 0" --quiet
    figure "batch run again, all rows done before, wall s" "$(median again.txt 1)" "$(median ours.txt 1)"
}

bench "$BENCH_ROWS" 20 '20 seconds'
bench $((BENCH_ROWS / 10 + 1)) 600 '10 minutes'
