# Loaded by each benchmark: its directories, footage made once, timing by turns, and one form of line for all figures.
# shellcheck shell=bash
set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
: "${EXHIBIT:=$top/build/release/exhibit}"
: "${BENCH_RUNS:=3}"
exec </dev/null

fail() { echo "bench: $*" >&2; exit 1; }
say() { echo "bench: $*" >&2; }

[[ $BENCH_RUNS =~ ^[1-9][0-9]*$ ]] || fail "BENCH_RUNS is '$BENCH_RUNS', not a number of runs"
mkdir -p "${1:?name the directory that keeps the footage}"
cache=$(cd "$1" && pwd)
work=$cache/work.$$
start=$(date -u -d 2021-12-05T20:00:00Z +%s)

# begin: an empty directory to work in, on the file system of the footage, for as long as the benchmark runs
begin() {
    rm -rf "$work"
    mkdir -p "$work/out"
    trap '[ ! -d "$work/store" ] || chmod -R u+w "$work/store"; rm -rf "$work"' EXIT
    cd "$work"
    export EXHIBIT_KEY=$work/op.key
}

# make_store DIRECTORY: with a case C1, and no source
make_store() {
    export EXHIBIT_STORE=$work/$1
    [ -e op.key ] || "$EXHIBIT" key new --name Operator --initials OP --role admin --out op.key --no-passphrase --quiet >/dev/null
    "$EXHIBIT" init "$EXHIBIT_STORE" --organisation Bench --zone UTC >/dev/null
    "$EXHIBIT" config set export.request optional >/dev/null
    "$EXHIBIT" case open --type other --reference bench:1 --requested-by bench --basis none >/dev/null
}

# add_camera ID ROOT LAYOUT [PATH]: a source of that name, and its one camera
add_camera() {
    "$EXHIBIT" source add "$1" --root "$2" --layout "$3" --zone UTC >/dev/null
    "$EXHIBIT" camera add "$1" --source "$1" --path "${4:-$1}" --name 'Market Place' >/dev/null
    "$EXHIBIT" camera check-time "$1" --shown '2021-12-05 20:00:00' --actual '2021-12-05 20:00:00' \
        --reference none --method none >/dev/null
}

# make_peer: what tests/bench/peer.sh works with: a key, a recipient, a log
make_peer() {
    minisign -G -W -p peer.pub -s peer.key >/dev/null
    age-keygen -o identity 2>/dev/null
    age-keygen -y identity >recipient
    ssh-keygen -q -t ed25519 -N '' -C '' -f signing
    git init -q log
    git -C log config user.name Operator
    git -C log config user.email operator@example.org
    git -C log config gpg.format ssh
    git -C log config user.signingkey "$work/signing.pub"
}

# ---- footage ----

# made NAME FUNCTION: makes $cache/NAME by FUNCTION, which gets the directory to fill, unless it is there
made() {
    [ -d "$cache/$1" ] && return
    rm -rf "$cache/$1.new"
    mkdir "$cache/$1.new"
    "$2" "$cache/$1.new"
    mv "$cache/$1.new" "$cache/$1"
}

# Four minutes that differ, 1080p25 at a constant 8 Mb/s, no B-frames, a key frame every 2 s, sound: about 60 MB each.
make_minutes() {
    say 'making four minutes of 1080p25 at 8 Mb/s, once'
    ffmpeg -nostdin -y -v error -filter_complex 'testsrc2=size=1920x1080:rate=25,noise=alls=10:allf=t,format=yuv420p[v]' \
        -f lavfi -i 'sine=frequency=440:sample_rate=16000' -map '[v]' -map 0:a -t 240 \
        -c:v libx264 -preset ultrafast -b:v 8M -minrate 8M -maxrate 8M -bufsize 8M \
        -x264-params nal-hrd=cbr:scenecut=0:keyint=50:min-keyint=50 -c:a aac -b:a 32k \
        -f segment -segment_time 60 -reset_timestamps 1 -segment_format mp4 "$1/%d.mp4"
}

# Two minutes that differ, encoded once; then the same bytes under the names of two and a half hours.
make_export() {
    say 'making two minutes of 1080p25 at 4 Mb/s, once'
    ffmpeg -nostdin -y -v error -filter_complex 'testsrc2=size=1920x1080:rate=25,noise=alls=10:allf=t,format=yuv420p[v]' \
        -map '[v]' -t 120 -c:v libx264 -preset ultrafast -b:v 4M -minrate 4M -maxrate 4M -bufsize 4M \
        -x264-params nal-hrd=cbr:scenecut=0:keyint=50:min-keyint=50 \
        -f segment -segment_time 60 -reset_timestamps 1 -segment_format mp4 \
        -segment_format_options movflags=+frag_keyframe+empty_moov+default_base_moof "$1/%d.mp4"
}

# The same packets in another container.
make_kind() { # DIRECTORY SUFFIX OPTION...
    local minute
    for minute in "$cache"/minutes/*.mp4; do
        ffmpeg -nostdin -y -v error -i "$minute" -map 0 -c copy "${@:3}" "$1/$(basename "$minute" .mp4).$2"
    done
}
make_fmp4() { make_kind "$1" mp4 -movflags +frag_keyframe+empty_moov+default_base_moof; }
make_ts() { make_kind "$1" ts; }
make_mkv() { make_kind "$1" mkv; }
make_short() { # in pieces of 10 s
    local minute
    for minute in 0 1 2 3; do
        ffmpeg -nostdin -y -v error -i "$cache/minutes/$minute.mp4" -map 0 -c copy \
            -f segment -segment_time 10 -reset_timestamps 1 -segment_start_number $((minute * 6)) -segment_format mp4 "$1/%d.mp4"
    done
}
# One minute of few bytes: as many packets as any other.
make_small() {
    ffmpeg -nostdin -y -v error -f lavfi -i testsrc2=size=64x48:rate=25 -f lavfi -i 'sine=frequency=440:sample_rate=16000' \
        -t 60 -c:v libx264 -preset ultrafast -x264-params scenecut=0:keyint=50:min-keyint=50 -c:a aac -b:a 16k "$1/0.mp4"
}
make_small_ts() { ffmpeg -nostdin -y -v error -i "$cache/small/0.mp4" -map 0 -c copy "$1/0.ts"; }

layout='{camera}/%Y-%m-%d_%H-%M-%S-%f.*'
# record_as DIRECTORY KIND COUNT SECONDS: COUNT segments of SECONDS from $start on, named by $layout, the footage of
# $cache/KIND over and over; one inode for each that differs
record_as() {
    local distinct i name suffix
    distinct=$(find "$cache/$2" -type f | wc -l)
    suffix=$(basename "$(find "$cache/$2" -name '0.*')")
    suffix=${suffix#0.}
    mkdir -p "$1"
    for ((i = 0; i < $3; i++)); do
        printf -v name '%(%Y-%m-%d_%H-%M-%S)T-000000.%s' $((start + i * $4)) "$suffix"
        echo "$cache/$2/$((i % distinct)).$suffix" "$1/$name"
    done | perl -lane 'link $F[0], $F[1] or die "cannot link $F[1]: $!\n"'
}

at() { printf '%(%Y-%m-%dT%H:%M:%SZ)T' $((start + $1)); }

# list_for_concat FILE DIRECTORY SECONDS FROM TO: the list for ffmpeg's concat of the window from FROM s to TO s after
# $start, cut by time as the segments count it
list_for_concat() {
    local i first=$(($4 / $3)) last=$((($5 - 1) / $3)) name zero
    zero=$(ffprobe -v error -show_entries format=start_time -of csv=p=0 "$(find "$2" -type f | sort | sed -n 1p)")
    for ((i = first; i <= last; i++)); do
        printf -v name '%(%Y-%m-%d_%H-%M-%S)T-000000' $((start + i * $3))
        echo "file '$(echo "$2/$name".*)'"
        [ "$i" != "$first" ] || awk -v z="$zero" -v s=$(($4 - first * $3)) 'BEGIN { printf "inpoint %.6f\n", z + s }'
        [ "$i" != "$last" ] || awk -v z="$zero" -v s=$(($5 - last * $3)) 'BEGIN { printf "outpoint %.6f\n", z + s }'
    done >"$1"
}

# ---- turns ----

# timed NAME COMMAND...: adds a line of wall seconds, CPU seconds and the larger process's peak MB to NAME
timed() {
    local status=0 before=${EPOCHREALTIME/./} after
    /usr/bin/time -q -f '%U %S %M' -o time.txt "${@:2}" >said.txt || status=$?
    after=${EPOCHREALTIME/./}
    # 7: done, with findings. Footage that is linked many times over has one time of modification.
    [ $status = 0 ] || [ $status = 7 ] || fail "exit status $status of: ${*:2}"
    tail -n 1 time.txt | awk -v us=$((after - before)) '{ printf "%.3f %.2f %.0f\n", us / 1e6, $1 + $2, $3 / 1000 }' >>"$1"
}

# median FILE COLUMN
median() { awk -v c="$2" '{ print $c }' "$1" | sort -g | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }

# figure WORDS OURS PEER [TARGET]: the one form of line
figure() {
    awk -v words="$1" -v ours="$2" -v peer="$3" -v target="${4:+(target ${4:-})}" 'BEGIN {
        printf "%-52s ours %9.3f   peer %9.3f   ratio %6.3f %s\n", words, ours, peer, peer ? ours / peer : 0, target }'
}

# heading WORDS: what the figures below it are of
heading() { printf '\n%s\n' "$1"; }

# video_packets FILE...: in all of them together
video_packets() {
    local file
    for file; do
        ffprobe -v error -select_streams v:0 -count_packets -show_entries stream=nb_read_packets -of csv=p=0 "$file"
    done | awk -F, '{ n += $1 } END { print n + 0 }'
}

# ---- what is measured: extract, an exhibit in the store alone, where there is such a command ----

if "$EXHIBIT" extract --help >/dev/null 2>&1; then act='extract'; else act='export'; fi

# take CAMERA FROM TO: prints the command of ours for that window, one word a line
take() {
    printf '%s\n' "$EXHIBIT" $act --case C1 --camera "$1" --from "$(at "$2")" --to "$(at "$3")" --quiet
    [ $act = extract ] || printf '%s\n' --out out
}

# files_of_ours: the Master's files of the exhibit in the store
files_of_ours() { find store/exhibits -path '*/data/master/*' -type f ! -name '*.vtt' | sort; }

# clear_ours: what the last run of ours made, so that each finds the same room
clear_ours() {
    rm -rf out/*
    chmod -R u+w store/exhibits
    rm -rf store/exhibits/*
}
