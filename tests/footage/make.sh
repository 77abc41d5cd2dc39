#!/usr/bin/env bash
# Makes footage as a recorder leaves it: OUT/<camera>/2021-12-05_20-30-00-000000.mp4 and so on, one
# file a segment, fragmented MP4 as MediaMTX writes it, the true UTC time burnt into each picture.
# The same arguments give the same bytes (with the same ffmpeg).
#
#   make.sh OUT [--minutes N] [--segment SECONDS] [--gap MINUTE] [--size WxH] [--rate FPS]
#               [--codec h264|hevc] [--container fmp4|mp4|ts] [--start 2021-12-05T20:30:00Z]
#               [--camera NAME] [--audio]
#
# --gap leaves out the segment that holds that minute, counted from 0.
set -euo pipefail
export LC_ALL=C TZ=UTC

usage() { sed -n '6,8s/^# *//p' "$0" >&2; exit 2; }

[ $# -ge 1 ] || usage
out=$1
shift
minutes=60 segment=60 gap='' size=640x360 rate=25 codec=h264 container=fmp4
start=2021-12-05T20:30:00Z camera=wisbech-12 audio=''
while [ $# -gt 0 ]; do
    case $1 in
    --audio) audio=yes; shift; continue ;;
    --minutes | --segment | --gap | --size | --rate | --codec | --container | --start | --camera)
        [ $# -ge 2 ] || usage
        printf -v "${1#--}" %s "$2"
        shift 2 ;;
    *) usage ;;
    esac
done
epoch=$(date -u -d "$start" +%s)
count=$((minutes * 60 / segment))
half=$(((count + 1) / 2))

font=/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf
clock=yes
if [[ $(ffmpeg -v quiet -filters) != *' drawtext '* ]] || [ ! -r $font ]; then
    clock=''
    echo "make.sh: no clock in the pictures: ffmpeg's drawtext or $font is missing" >&2
fi

# What a fixed camera sees: a still scene, one thing that moves, and the clock with the frame's number in its second.
scene() { # EPOCH
    local text="%{pts\\:gmtime\\:$1\\:%Y-%m-%d %H\\\\\\:%M\\\\\\:%S} UTC %{eif\\:mod(n\\,$rate)\\:d\\:2}"
    printf '%s' "testsrc=size=$size:rate=$rate:duration=1,trim=end_frame=1,format=yuv420p,loop=-1:1:0,setpts=N,settb=1/$rate"
    printf '%s' "[still];color=c=white:size=32x64:rate=$rate,format=yuv420p[walker];[still][walker]overlay=x=mod(n*2\\,W-32):y=H-96"
    if [ "$clock" ]; then
        printf '%s' ",drawtext=fontfile=$font:fontsize=h/18:fontcolor=white:box=1:boxcolor=black:x=16:y=16:text='$text'"
    fi
}

case $codec in
h264) encoder=(-c:v libx264 -preset ultrafast -x264-params "threads=1:scenecut=0:keyint=$((2 * rate)):min-keyint=$((2 * rate))") ;;
hevc) encoder=(-c:v libx265 -preset ultrafast -tag:v hvc1
    -x265-params "pools=none:frame-threads=1:log-level=none:scenecut=0:bframes=0:keyint=$((2 * rate)):min-keyint=$((2 * rate))") ;;
*) usage ;;
esac
case $container in
fmp4) muxer=(-segment_format mp4 -segment_format_options movflags=+frag_keyframe+empty_moov+default_base_moof) suffix=mp4 ;;
mp4) muxer=(-segment_format mp4) suffix=mp4 ;;
ts) muxer=(-segment_format mpegts) suffix=ts ;;
*) usage ;;
esac

staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT

# Encodes segments FIRST to FIRST + COUNT - 1, on one thread: two of these run side by side on any machine.
encode() { # FIRST COUNT
    local first=$1 seconds=$(($2 * segment))
    local sound=() map=(-map '[v]')
    if [ "$audio" ]; then
        sound=(-f lavfi -i "sine=frequency=440:sample_rate=16000")
        map+=(-map 0:a -c:a aac -b:a 32k)
    fi
    ffmpeg -nostdin -y -v error -threads 1 -filter_complex_threads 1 "${sound[@]}" \
        -filter_complex "$(scene $((epoch + first * segment)))[v]" "${map[@]}" -t "$seconds" \
        -fflags +bitexact -flags +bitexact "${encoder[@]}" \
        -f segment -segment_time "$segment" -segment_start_number "$first" -reset_timestamps 1 "${muxer[@]}" \
        "$staging/%05d.$suffix"
}

encode 0 "$half" &
first_half=$!
if [ "$count" -gt "$half" ]; then
    encode "$half" $((count - half))
fi
wait "$first_half"

mkdir -p "$out/$camera"
for ((i = 0; i < count; i++)); do
    at=$((epoch + i * segment))
    if [ "$gap" ] && ((gap * 60 >= i * segment && gap * 60 < (i + 1) * segment)); then
        continue
    fi
    printf -v name '%(%Y-%m-%d_%H-%M-%S)T-000000.%s' "$at" "$suffix"
    printf -v file '%s/%05d.%s' "$staging" "$i" "$suffix"
    touch -d "@$((at + segment))" "$file"
    mv "$file" "$out/$camera/$name"
done
