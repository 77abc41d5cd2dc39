#!/usr/bin/env bats
# Stills: the picture on show at a time, by itself or on a sheet.
load common

images() { (cd "$(copied "$1")/data/stills" && ls); }
size_of() { ffprobe -v error -show_entries stream=codec_name,width,height -of csv=p=0 "$1"; }

@test "a still is the picture on show at the time asked for" {
    mastered
    expect 0 still OP1 --at '2021-12-05 21:10:05.280' --at +30s
    shows OP1/1
    [ "$(images 1 | xargs)" = 'OP1_1_wisbech-12_20211205T211005_280Z.png OP1_1_wisbech-12_20211205T211034_000Z.png' ]
    # Ten pictures a second: the one on show at .280 was recorded at .200.
    [ "$(copy_record 1 '.parts[0].pictures[0] | "\(.asked) \(.shown) \(.shown_local)"')" = \
        '2021-12-05T21:10:05.280Z 2021-12-05T21:10:05.200Z 2021-12-05 21:10:05.200 GMT' ]
    [ "$(copy_record 1 '"\(.item) \(.mode) \(.conversion.preset) \(.conversion.job.kind)"')" = 'stills still null stills' ]
    [ "$(copy_record 1 '.parts[0].pictures[0].own_ns')" = 1200000000 ]
    # Stock ffmpeg turns colours into RGB a little otherwise; it is most like that picture, and not the one before or after.
    likeness() { # TIME: hundredths of a decibel
        ffmpeg -nostdin -hide_banner -i "$(echo store/exhibits/OP1/data/master/*.mp4)" -i "$(echo "$(copied 1)"/data/stills/*_280Z.png)" \
            -lavfi "[0]select=gte(t\,$1-0.001),trim=end_frame=1,format=rgb24,setpts=0[a];[1]format=rgb24[b];[a][b]psnr" -frames:v 1 -f null - 2>&1 |
            sed -n 's/.* min:\([0-9]*\)\.\([0-9][0-9]\).*/\1\2/p'
    }
    [ "$(likeness 1.2)" -gt "$(($(likeness 1.1) + 200))" ]
    [ "$(likeness 1.2)" -gt "$(($(likeness 1.3) + 200))" ]
    expect 0 verify OP1/1 --reproduce
}

@test "stills every so often, a sheet, and JPEG" {
    mastered
    expect 0 still OP1 --every 30s --from '2021-12-05 21:10:10' --to '2021-12-05 21:11:40' --format jpeg --quality 50
    [ "$(images 1 | wc -l)" = 3 ]
    [ "$(size_of "$(copied 1)/data/stills/OP1_1_wisbech-12_20211205T211010_000Z.jpg")" = mjpeg,320,180 ]
    expect 0 still OP1 --sheet 4x3
    [ "$(images 2)" = OP1_2_wisbech-12_sheet.png ]
    [ "$(copy_record 2 '.parts[0].pictures | length')" = 12 ]
    [ "$(copy_record 2 '.conversion.job.caption.items[0].time')" = local ]
    [ "$(copy_record 2 '.conversion.job.canvas | join("x")')" = 320x180 ]
    grep -q '<img .*src="data/stills/OP1_2_wisbech-12_sheet.png"' "$(copied 2)/START-HERE.html"
}

@test "each image says what it is, wherever it goes" {
    mastered
    expect 0 still OP1 --at +10s
    local said
    said=$(ffprobe -v error -show_entries format_tags:stream_tags:frame_tags -show_frames "$(copied 1)"/data/stills/*.png; strings "$(copied 1)"/data/stills/*.png)
    [[ $said == *'OP1/1: still of OP1, not the Master'* ]]
    [[ $said == *'2021-12-05T21:10:14Z'* ]]
}

@test "a picture that is not there is refused, and nothing is made" {
    ready --gap 3
    expect 7 extract --case C1 --camera wisbech-12 --from '2021-12-05 21:10:50' --to '2021-12-05 21:12:10'
    expect 1 still OP1 --at '2021-12-05 21:11:30'
    sentence 'no picture at 2021-12-05 21:11:30 GMT'
    expect 1 still OP1 --at '2021-12-05 22:11:30'
    no_copy
    expect 7 still OP1 --every 20s
    copy_record 1 '.findings[].code' | grep -qx no-picture
}

@test "what cannot be meant is refused" {
    mastered
    expect 2 still OP1
    mentions --at --every --sheet
    expect 2 still OP1 --at +1s --sheet 2x2
    expect 2 still OP1 --at +1s --at +1s
    sentence twice
    expect 2 still OP1 --every 0s
    expect 2 still OP1 --every 1ms
    sentence '10000'
    expect 2 still OP1 --sheet 5
    expect 2 still OP1 --sheet 100x100
    expect 2 still OP1 --at +1s --format gif
    expect 2 still OP1 --at +1s --quality 50
    expect 2 still OP1 --at +1s --format jpeg --quality 0
    expect 2 still OP9 --at +1s
    expect 2 still --at +1s
    no_copy
}

@test "a full disk, an unprivileged key and a store in use make no stills" {
    mastered
    run --separate-stderr bash -c 'ulimit -f 100; exec "$0" still OP1 --every 1s </dev/null' "$EXHIBIT"
    [ "$status" = 3 ]
    no_copy
    make_key au AU auditor
    exhibit key trust au.pub --name Auditor --initials AU --role auditor >/dev/null
    EXHIBIT_KEY=$PWD/au.key expect 5 still OP1 --at +1s
    exec 8<>store/lock
    flock 8
    expect 6 still OP1 --at +1s
    flock -u 8
    no_copy
    expect 3 still OP1 --at +1s --out nowhere
    mv store/config store/gone
    expect 4 still OP1 --at +1s
}

@test "JSON says what was made" {
    mastered
    expect 0 still OP1 --at +1s --json
    json_lines
    [ "$(tail -n 1 <<<"$output" | jq -r '"\(.type) \(.exhibit) \(.record.parts[0].width)"')" = 'still OP1/1 320' ]
}
