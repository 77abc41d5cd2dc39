#!/usr/bin/env bats
# What a clip says of itself (docs/formats/onvif.md), and that stock programs play it, and copies, none the worse for it.
load common

# clip [OPTION...]: exports, and leaves the first part of the Master in $part and the record in $record
clip() {
    ready "$@"
    export_it 0 >/dev/null
    unpack out/*.zip
    record=$bag/record/exhibit.json
    part=$(find "$bag/data/master" -type f | sort | head -n 1)
}

# hex: stdin as hexadecimal digits
hex() { od -An -v -tx1 | tr -d ' \n'; }

# words TEXT...: each as a string with its terminator, as hexadecimal digits
words() { printf '%s\0' "$@" | hex; }

# Finds the file-level meta box with od and dd alone: leaves its place in $at and its size in $size
find_meta() {
    local end
    end=$(stat -c %s "$1")
    for ((at = 0; at < end; at += size)); do
        size=$((16#$(od -An -tx1 -j "$at" -N 4 "$1" | tr -d ' \n')))
        [ "$size" -ge 8 ] || return 1
        [ "$(dd if="$1" bs=1 skip=$((at + 4)) count=4 status=none)" != meta ] || return 0
    done
    return 1
}

meta() {
    find_meta "$1"
    tail -c +$((at + 1)) "$1" | head -c "$size" | hex
}

# silenced FILE: a copy in silent.mp4 whose meta box is free space
silenced() {
    cp "$1" silent.mp4
    find_meta silent.mp4
    printf free | dd of=silent.mp4 bs=1 seek=$((at + 4)) conv=notrunc status=none
}

@test "a clip says in its suep box who exported it, when, and of which camera, byte for byte" {
    clip
    [[ $part == *.mp4 ]]
    made=$(date -u -d "$(jq -r .made.time "$record")" +%s)
    wanted=01000000$(words 'Fenland & Peterborough CCTV' '' '')
    wanted+=$(printf '%016x' $((made + 2082844800)))$(words OP)00000001
    wanted+=0001$(words 'wisbech-12, Market Place' '' '' '')
    printf 'wanted %s\ngot    %s\n' "$wanted" "$(meta "$part")"
    [[ $(meta "$part") == *"$(printf suep | hex)$wanted"????????"$(printf cstb | hex)"* ]]
}

@test "and in its cstb box when its first frame was shown, as its record has it" {
    clip
    from=$(date -u -d "$(jq -r '.parts[0].from' "$record")" +%s%N)
    wanted=$(printf cstb | hex)0000000100000001$(printf '%016x' $((from / 100 + 116444736000000000)))
    printf 'wanted %s\ngot    %s\n' "$wanted" "$(meta "$part")"
    [[ $(meta "$part") == *"$wanted" ]]
}

@test "a clip has a chapter at its beginning and at each join, in local time and in UTC" {
    clip
    ffprobe -v error -show_chapters -of json "$part" >chapters
    [ "$(jq '.chapters | length' chapters)" = "$(jq '.parts[0].joins | length' "$record")" ]
    [ "$(jq -r '.chapters[1].tags.title' chapters)" = '21:11:00 GMT, 2021-12-05T21:11:00Z' ]
    jq -e '.chapters | [.[].start_time | tonumber] | .[0] == 0 and . == sort' chapters
}

# titles FROM TO: exports a window of UTC of footage that begins at 00:58, and prints the chapters' titles
titles() {
    make_store
    add_camera
    check_clock "$1"
    open_case
    expect 0 export --case C1 --out out --camera wisbech-12 --from "$1" --to "$2"
    unpack out/*.zip
    ffprobe -v error -show_chapters -of json "$(find "$bag/data/master" -name '*.mp4')" | jq -r '.chapters[].tags.title'
}

@test "in summer the chapters show summer time" {
    make_footage recordings --start 2021-07-05T21:08:00Z
    titles 2021-07-05T21:10:05Z 2021-07-05T21:12:00Z >said
    [ "$(sed -n 2p said)" = '22:11:00 BST, 2021-07-05T21:11:00Z' ]
}

@test "and where the clocks go back inside the window, each chapter shows what they showed" {
    make_footage recordings --start 2021-10-31T00:58:00Z
    titles 2021-10-31T00:59:00Z 2021-10-31T01:01:30Z >said
    printf '%s\n' '01:59:00 BST, 2021-10-31T00:59:00Z' '01:00:00 GMT, 2021-10-31T01:00:00Z' \
        '01:01:00 GMT, 2021-10-31T01:01:00Z' | diff - said
}

@test "ffmpeg decodes a clip without a word, to the same frames as without the boxes" {
    clip --audio
    [ -z "$(ffmpeg -v warning -nostdin -i "$part" -map 0:v -map 0:a -f null - 2>&1)" ]
    silenced "$part"
    for file in "$part" silent.mp4; do
        ffmpeg -v error -nostdin -i "$file" -map 0:v -map 0:a -f framehash -
    done | sort | uniq -c | awk '$1 != 2 { print; odd = 1 } END { exit odd }'
    run cmp -s "$part" silent.mp4
    [ "$status" = 1 ]
}

@test "what is to be made is as large as what is made, whatever it says of itself" {
    ready
    expect 0 export --dry-run --json --case C1 --out out "${window[@]}"
    planned=$(jq .size <<<"$output")
    export_it 0 >/dev/null
    unpack out/*.zip
    [ "$planned" = "$(find "$bag/data/master" -name '*.mp4' -printf '%s\n' | awk '{ sum += $1 } END { print sum }')" ]
}

@test "mpv plays a clip to its end, and shows its chapters and the times beside it" {
    command -v mpv >/dev/null || skip "mpv is not installed"
    clip --audio
    # Without sound: that a busy machine plays it too late is no fault of the file.
    mpv --no-config --vo=null --no-audio --untimed --no-cache --term-status-msg= \
        '--term-playing-msg=chapters=${chapters} tracks=${track-list/count}' "$part" >said 2>&1
    grep -q "chapters=$(jq '.parts[0].joins | length' "$record") tracks=3" said
    grep -q 'End of file' said
    run ! grep -iE 'error|warn|invalid|broken' said
}

@test "and a working copy, with its cards, to its end" {
    command -v mpv >/dev/null || skip "mpv is not installed"
    ready --gap 3 --audio
    expect 7 extract --case C1 --camera wisbech-12 --from '2021-12-05 21:10:50' --to '2021-12-05 21:12:10'
    expect 7 transcode OP1 --burn-in
    mpv --no-config --vo=null --no-audio --untimed --no-cache "$(copied 1)"/data/copy/*.mp4 >said 2>&1
    grep -q 'End of file' said
    run ! grep -iE 'error|warn|invalid|broken' said
}
