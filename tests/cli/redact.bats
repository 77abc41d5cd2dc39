#!/usr/bin/env bats
# Redacted copies: what is covered is not in them, and nothing in their records tells what it was.
load common

reason='hide the face of witness Jane'

# luma TIME X,Y,W,H [NUMBER]: the brightest pixel of that part of the picture then
luma() {
    IFS=, read -r x y w h <<<"$2"
    ffmpeg -nostdin -v error -ss "$1" -i "$(echo "$(copied "${3:-1}")"/data/copy/*.mp4)" -frames:v 1 \
        -vf "crop=$w:$h:$x:$y,format=gray" -f rawvideo - | od -An -v -tu1 | tr -s ' ' '\n' | sort -n | tail -n 1
}

@test "what is covered is black, when and where it was asked for" {
    mastered
    expect 0 redact OP1 --reason "$reason" --mask 40,40,80,60@+5s..+10s
    shows OP1/1 '1 mask'
    [ "$(acts | tail -n 2 | xargs)" = 'redact-begun redact-done' ]
    [ "$(copy_record 1 '"\(.item) \(.mode)"')" = 'redacted redact' ]
    [ "$(luma 7 44,44,72,52)" -le 20 ]
    [ "$(luma 7 130,44,72,52)" -gt 20 ]
    [ "$(luma 3 44,44,72,52)" -gt 20 ]
    [ "$(luma 12 44,44,72,52)" -gt 20 ]
    expect 0 verify OP1/1 --reproduce
}

@test "all but a rectangle can be covered" {
    mastered
    expect 0 redact OP1 --reason "$reason" --outside 100,60,80,60 --from +1s --to +3s
    [ "$(luma 1 0,0,90,180)" -le 20 ]
    [ "$(luma 1 104,64,72,52)" -gt 20 ]
}

@test "nothing that leaves the store tells why, or what a mask file is called" {
    mastered
    echo '{"version":1,"masks":[{"rectangle":[10,10,20,20]}],"mute":"all"}' >"jane's face.json"
    expect 0 redact OP1 --reason "$reason" --masks "jane's face.json" --from +1s --to +2s --out out
    expect 0 redact OP1 --reason="$reason" --masks="jane's face.json" --from +1s --to +2s --out out
    for package in out/*.zip; do
        unpack "$package"
        run ! grep -rqiF jane "$bag"
        [ "$(jq -cS . "$bag/record/masks.json")" = "$(jq -cS . "jane's face.json")" ]
    done
    [ "$(copy_record 1 .conversion.reason)" = null ]
    copy_record 1 '.made.arguments | join(" ")' | grep -qF -- '--reason (in the custody log) --masks (in the custody log)'
    copy_record 2 '.made.arguments | join(" ")' | grep -qF -- '--reason=(in the custody log)'
    git --git-dir store/custody.git log -p custody >everything
    run ! grep -qiF jane everything
}

@test "nor how files from elsewhere were called, or who handed them over" {
    make_footage recordings
    make_store
    open_case
    cp "$(segment 21-10)" 'jane at the door.mp4'
    head -c 30000 "$(segment 21-11)" >'jane leaves.mp4'
    expect 7 add jane*.mp4 --case C1 --from 'Jane Doe' --received '2021-12-06 10:15' --description 'Jane at her door'
    expect 7 redact OP1 --reason "$reason" --mask 1,1,5,5 --out out
    unpack out/*.zip
    run ! grep -rqiF jane "$bag"
    [ "$(copy_record 1 '.of[0].parts[0] | "\(.file) \(.sha256)"')" = "null $(sha256sum <'jane at the door.mp4' | cut -d' ' -f1)" ]
    copy_record 1 '.findings[].text' | grep -q 'file 2 of OP1'
    expect 0 verify OP1/1 --reproduce
}

@test "sound is taken out where it was asked for" {
    mastered --audio
    expect 0 redact OP1 --reason "$reason" --mute +5s..+10s
    volume() { ffmpeg -nostdin -hide_banner -ss "$1" -t 2 -i "$(echo "$(copied 1)"/data/copy/*.mp4)" -af volumedetect -f null - 2>&1 | sed -n 's/.*max_volume: \(.*\)\..* dB/\1/p'; }
    [ "$(volume 7)" -lt -80 ]
    [ "$(volume 2)" -gt -60 ]
    expect 0 redact OP1 --reason "$reason" --mute all
    [ -z "$(ffprobe -v error -select_streams a -show_entries stream=codec_name -of csv=p=0 "$(copied 2)"/data/copy/*.mp4)" ]
    grep -q 'all sound was taken out' "$(copied 2)/START-HERE.html"
}

@test "pixels count in the picture before it is made smaller" {
    ready --size 1600x900 --minutes 1
    expect 0 extract --case C1 --camera wisbech-12 --from '2021-12-05 21:08:01' --to '2021-12-05 21:08:02'
    expect 0 redact OP1 --reason "$reason" --mask 801,0,799,900 --preset small
    [ "$(copy_record 1 '.conversion.job.inputs[0].masks[0].keys[0] | join(",")')" = 0,640,0,640,720 ]
    [ "$(luma 0.5 644,0,632,720)" -le 20 ]
}

@test "the schema of mask files takes what the program takes" {
    for python in python3 /usr/bin/python3 ''; do
        [ -n "$python" ] || skip 'python3-jsonschema is not here'
        "$python" -c 'import jsonschema; jsonschema.Draft202012Validator' 2>/dev/null && break
    done
    mastered
    while read -r wanted words; do
        echo "$words" >masks.json
        expect $((wanted ? 4 : 0)) redact OP1 --reason "$reason" --masks masks.json --dry-run
        run "$python" -c 'import json, sys, jsonschema
schema, masks = (json.load(open(name)) for name in sys.argv[1:])
sys.exit(not jsonschema.Draft202012Validator(schema).is_valid(masks))' "$EXHIBIT_TOP/docs/formats/masks.schema.json" masks.json
        [ "$status" = "$wanted" ] || { echo "$words: $output"; return 1; }
    done <<'END'
0 {"version":1,"masks":[{"rectangle":[1,2,3,4]}]}
0 {"version":1,"masks":[{"rectangle":[-1,2,3,4],"outside":true,"from":"+1s","to":null}],"mute":"all"}
0 {"version":1,"masks":[{"keys":[{"at":"+1s","rectangle":[1,2,3,4]},{"at":"+2s","rectangle":[5,6,7,8]}]}],"mute":[{"to":"+3s"}]}
1 {"version":2,"masks":[]}
1 {"version":1}
1 {"version":1,"masks":[{"rectangle":[1,2,3]}]}
1 {"version":1,"masks":[{"rectangle":[1,2,3,0]}]}
1 {"version":1,"masks":[{"rectangle":[1,2,3,4],"keys":[]}]}
1 {"version":1,"masks":[{"rectangle":[1,2,3,4],"who":"x"}]}
1 {"version":1,"masks":[{"rectangle":[1,2,3,4],"from":5}]}
1 {"version":1,"masks":[],"mute":"some"}
END
}

@test "what cannot be meant is refused" {
    mastered
    expect 2 redact OP1 --mask 1,1,5,5
    mentions --reason
    expect 2 redact OP1 --reason "$reason"
    mentions --mask
    expect 2 redact OP1 --reason "$reason" --mask 1,1,5
    expect 2 redact OP1 --reason "$reason" --mask 400,1,5,5
    sentence 320x180
    expect 2 redact OP1 --reason "$reason" --mask 1,1,5,5@+60min..
    sentence 'shows nothing'
    expect 2 redact OP1 --reason "$reason" --mask 1,1,5,5 --style red
    expect 2 redact OP1 --reason "$reason" --mute sometimes
    expect 3 redact OP1 --reason "$reason" --masks nowhere.json
    echo nonsense >masks.json
    expect 4 redact OP1 --reason "$reason" --masks masks.json
    expect 1 redact OP1 --reason "$reason" --mask 1,1,5,5 --from '2021-12-05 23:00' --to '2021-12-05 23:01'
    exec 8<>store/lock
    flock 8
    expect 6 redact OP1 --reason "$reason" --mask 1,1,5,5
    flock -u 8
    no_copy
}

@test "a gap makes a redacted copy one with findings, with a word on each picture" {
    ready --gap 3
    expect 7 extract --case C1 --camera wisbech-12 --from '2021-12-05 21:10:55' --to '2021-12-05 21:12:05'
    expect 7 redact OP1 --reason "$reason" --mask 1,1,5,5 --burn-in --json
    json_lines
    [ "$(copy_record 1 '.conversion.job.caption.items[-1]')" = 'OP1/1 REDACTED COPY' ]
}
