#!/usr/bin/env bash
# Our export against tests/bench/peer.sh on the same footage: a window of 15 minutes and one of 2 hours of
# 1080p25 at 4 Mb/s. The two take turns; the figures are medians, and their ratio. Judges nothing.
#
#   export.sh DIRECTORY [RUNS]        DIRECTORY keeps the footage for the next time (about 70 MB)
set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC

top=$(cd "$(dirname "$0")/../.." && pwd)
: "${EXHIBIT:=$top/build/release/exhibit}"
runs=${2:-3}
mkdir -p "${1:?usage: export.sh DIRECTORY [RUNS]}"
directory=$(cd "$1" && pwd)
exec </dev/null

# Two minutes that differ, encoded once; then the same bytes under the names of two and a half hours.
minutes=$directory/minutes
if [ ! -d "$minutes" ]; then
    echo 'making two minutes of 1080p25 at 4 Mb/s' >&2
    mkdir "$minutes.new"
    ffmpeg -nostdin -y -v error -filter_complex 'testsrc2=size=1920x1080:rate=25,noise=alls=10:allf=t,format=yuv420p[v]' \
        -map '[v]' -t 120 -c:v libx264 -preset ultrafast -b:v 4M -minrate 4M -maxrate 4M -bufsize 4M \
        -x264-params nal-hrd=cbr:scenecut=0:keyint=50:min-keyint=50 \
        -f segment -segment_time 60 -reset_timestamps 1 -segment_format mp4 \
        -segment_format_options movflags=+frag_keyframe+empty_moov+default_base_moof "$minutes.new/%d.mp4"
    mv "$minutes.new" "$minutes"
fi

work=$directory/work
rm -rf "$work"
mkdir -p "$work/recordings/market-place" "$work/out"
trap 'rm -rf "$work"' EXIT
start=$(date -u -d 2021-12-05T20:00:00Z +%s)
for ((i = 0; i < 150; i++)); do
    printf -v name '%(%Y-%m-%d_%H-%M-%S)T-000000.mp4' $((start + i * 60))
    ln "$minutes/$((i % 2)).mp4" "$work/recordings/market-place/$name"
done

cd "$work"
export EXHIBIT_STORE=$work/store EXHIBIT_KEY=$work/op.key
"$EXHIBIT" key new --name Operator --initials OP --role admin --out op.key --no-passphrase --quiet >/dev/null
"$EXHIBIT" init store --organisation Bench --zone UTC >/dev/null
"$EXHIBIT" source add nvr --root recordings --layout mediamtx --zone UTC >/dev/null
"$EXHIBIT" camera add market-place --source nvr --path market-place --name 'Market Place' >/dev/null
"$EXHIBIT" case open --type other --reference bench:1 --requested-by bench --basis none >/dev/null

minisign -G -W -p peer.pub -s peer.key >/dev/null
age-keygen -o identity 2>/dev/null
age-keygen -y identity >recipient
ssh-keygen -q -t ed25519 -N '' -C '' -f signing
git init -q log
git -C log config user.name Operator
git -C log config user.email operator@example.org
git -C log config gpg.format ssh
git -C log config user.signingkey "$work/signing.pub"

timed() { # NAME COMMAND...: adds a line of wall seconds, CPU seconds and peak MB to NAME
    /usr/bin/time -f '%e %U %S %M' -o time.txt "${@:2}" >/dev/null
    tail -n 1 time.txt | awk '{ printf "%.2f %.2f %.0f\n", $1, $2 + $3, $4 / 1000 }' >>"$1"
}
median() { cut -d' ' -f"$2" "$1" | sort -n | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }

bench() { # WORDS FROM-SECOND TO-SECOND, counted from the start
    local first=$(($2 / 60)) last=$((($3 - 1) / 60)) from to i name
    printf -v from '%(%Y-%m-%dT%H:%M:%SZ)T' $((start + $2))
    printf -v to '%(%Y-%m-%dT%H:%M:%SZ)T' $((start + $3))
    for ((i = first; i <= last; i++)); do
        printf -v name '%(%Y-%m-%d_%H-%M-%S)T-000000.mp4' $((start + i * 60))
        echo "file '$work/recordings/market-place/$name'"
        [ "$i" != "$first" ] || echo "inpoint $(($2 - first * 60))"
        [ "$i" != "$last" ] || echo "outpoint $(($3 - last * 60))"
    done >segments.txt
    rm -f ours peers
    for ((i = 0; i < runs; i++)); do
        echo "$1: run $((i + 1)) of $runs" >&2
        timed ours "$EXHIBIT" export --case C1 --camera market-place --from "$from" --to "$to" \
            --out out --recipient "$(cat recipient)" --quiet
        rm -rf out/*
        chmod -R u+w store/exhibits
        rm -rf store/exhibits/*
        timed peers bash "$top/tests/bench/peer.sh" "$work"
        rm -rf peer
    done
    printf '\n%s\n%-12s %10s %10s %8s\n' "$1" '' ours script ratio
    local column=1 label
    for label in 'wall s' 'CPU s' 'peak MB'; do
        awk -v l="$label" -v a="$(median ours $column)" -v b="$(median peers $column)" \
            'BEGIN { printf "%-12s %10.2f %10.2f %8.3f\n", l, a, b, b ? a / b : 0 }'
        column=$((column + 1))
    done
}

bench '15 minutes, 1080p25, 4 Mb/s (peak: the larger process)' 612 1512
bench '2 hours, 1080p25, 4 Mb/s (peak: the larger process)' 612 7812
