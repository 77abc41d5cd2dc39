#!/usr/bin/env bats
load common

tree() { find "$1" -printf '%P %s %T@ %m\n' | sort; find "$1" -type f -exec sha256sum {} + | sort; }

# packets FILE: digest and size of each video packet, by stock ffmpeg
packets() { ffmpeg -nostdin -v error -i "$1" -map 0:v:0 -c copy -f framehash -hash sha256 - | awk -F, '!/^#/ { print $5 $6 }' | tr -d ' '; }
sound() { ffmpeg -nostdin -v error -i "$1" -map 0:a:0 -c copy -f framehash -hash sha256 - | awk -F, '!/^#/ { print $5 $6 }' | tr -d ' '; }

# within NEEDLES HAYSTACK: the lines of the one are a run of whole lines of the other
within() {
    [ -s "$1" ]
    awk 'NR == FNR { want[NR] = $0; n = NR; next }
         { have[FNR] = $0; m = FNR }
         END { for (i = 0; i + n <= m; i++) { for (k = 1; k <= n && have[i + k] == want[k]; k++); if (k > n) exit 0 } exit 1 }' "$1" "$2"
}

# same_packets: each packet of the clip is the recorder's, in order, none missing between
same_packets() {
    for minute in 21-10 21-11; do packets "$(segment $minute)"; done >recorded
    packets "$(echo "$bag"/data/master/*.mp4)" >delivered
    within delivered recorded
}

# of_record FILTER: a value from the record, by jq
of_record() { jq -r "$1" "$bag/record/exhibit.json"; }

@test "an export makes one package, an exhibit, and entries that say so" {
    ready
    export_it 0
    shows OP1
    [ "$(ls out)" = "$(cd out && echo OP1_wisbech-12_*.zip)" ]
    [ -d store/exhibits/OP1 ]
    [ "$(acts | tail -n 2 | xargs)" = 'export-begun export-done' ]
    expect 0 verify out/OP1_*.zip --signers store/allowed_signers
    expect 0 log verify
}

@test "exhibits are numbered in the order of their making" {
    ready
    export_it 0
    export_it 0
    shows OP2
    [ "$(find out -name 'OP[12]_*.zip' | wc -l)" = 2 ]
}

@test "the packets are the recorder's own, and whole" {
    ready
    export_it 0
    unpack out/*.zip
    same_packets
}

@test "so they are for H.265" {
    ready --codec hevc
    export_it 0
    unpack out/*.zip
    same_packets
    [ "$(of_record '.parts[0].tracks[0].codec')" = hevc ]
}

@test "so they are from plain MP4" {
    ready --container mp4
    export_it 0
    unpack out/*.zip
    same_packets
}

@test "sound comes along, packet for packet" {
    ready --audio
    export_it 0
    unpack out/*.zip
    same_packets
    for minute in 21-10 21-11; do sound "$(segment $minute)"; done >recorded
    sound "$(echo "$bag"/data/master/*.mp4)" >delivered
    within delivered recorded
}

@test "the clip from MPEG-TS shows the recorder's pictures" {
    ready --container ts
    export_it 0
    unpack out/*.zip
    pictures() { ffmpeg -nostdin -v error -i "$1" -map 0:v:0 -f framehash -hash sha256 - | awk -F, '!/^#/ { print $6 }'; }
    for minute in 21-10 21-11; do pictures "$(segment $minute ts)"; done >recorded
    pictures "$(echo "$bag"/data/master/*.mp4)" >delivered
    within delivered recorded
}

@test "the clip decodes without a complaint and begins and ends where the record says" {
    ready
    export_it 0
    unpack out/*.zip
    run ffmpeg -nostdin -v warning -xerror -i "$(echo "$bag"/data/master/*.mp4)" -f null -
    [ "$status" = 0 ]
    [ -z "$output" ]
    [ "$(of_record .parts[0].from)" = 2021-12-05T21:10:04Z ]
    [ "$(of_record .parts[0].to)" = 2021-12-05T21:12:00Z ]
    [ "$(of_record .parts[0].lead_in_ns)" = 1000000000 ]
    [ "$(of_record .parts[0].tail_ns)" = 0 ]
    [ "$(ffprobe -v error -select_streams v:0 -count_packets -show_entries stream=nb_read_packets -of csv=p=0 "$bag"/data/master/*.mp4)" = 1160 ]
}

@test "the recorded byte runs are the recorder's bytes" {
    ready
    export_it 0
    unpack out/*.zip
    of_record '.segments[] | .name as $n | .runs[] | [$n, .offset, .length, .sha256] | @tsv' >runs
    [ -s runs ]
    while IFS=$'\t' read -r name offset length digest; do
        [ "$(tail -c +$((offset + 1)) "recordings/$name" | head -c "$length" | sha256sum | cut -d' ' -f1)" = "$digest" ]
    done <runs
}

@test "a gap makes two parts, and is in record, page and JSON" {
    ready --gap 3
    expect 7 export --case C1 --out out --camera wisbech-12 --from '2021-12-05 21:10:05' --to '2021-12-05 21:12:30' --json
    json_lines
    shows 2021-12-05T21:11:00Z
    unpack out/*.zip
    [ "$(of_record '.parts | length')" = 2 ]
    [ "$(of_record '.gaps | length')" = 1 ]
    [ "$(of_record .gaps[0].from)" = 2021-12-05T21:11:00Z ]
    [ "$(of_record .gaps[0].to)" = 2021-12-05T21:12:00Z ]
    [ "$(of_record .gaps[0].cause)" = 'no recording' ]
    grep -q 21:11:00 "$bag/START-HERE.html"
    [ "$(find "$bag/data/master" -name '*.mp4' | wc -l)" = 2 ]
    expect 0 verify out/*.zip --signers store/allowed_signers
}

@test "a dry run says what would be made, and makes nothing" {
    ready
    acts >before
    [ -s before ]
    export_it 0 --dry-run
    shows 21:10:04
    nothing_left
    acts >after
    cmp before after
}

@test "footage is read, never touched" {
    ready --gap 3
    chmod -R a-w recordings
    tree recordings >before
    export_it 7
    tree recordings >after
    chmod -R u+w recordings
    cmp before after
}

@test "with recipients, each of them opens the package with stock age, and nobody else" {
    ready
    for who in officer court other; do age-keygen -o $who.txt 2>/dev/null; done
    export_it 0 --recipient "$(age-keygen -y officer.txt)" --recipient "$(age-keygen -y court.txt)"
    [ "$(find out -name '*.age' | wc -l)" = 1 ]
    [ "$(find out -type f | wc -l)" = 1 ]
    age -d -i officer.txt -o officer.zip out/*.age
    age -d -i court.txt -o court.zip out/*.age
    cmp officer.zip court.zip
    run ! age -d -i other.txt -o other.zip out/*.age
    expect 0 verify officer.zip --signers store/allowed_signers
}

@test "the control room's recovery identity opens what was made for others" {
    ready
    age-keygen -o officer.txt 2>/dev/null
    export_it 0 --recipient "$(age-keygen -y officer.txt)"
    recovery=$(grep -rlE '^AGE-SECRET-KEY-1' store/private | head -n 1)
    [ -n "$recovery" ]
    age -d -i "$recovery" -o recovered.zip out/*.age
    unzip -tq recovered.zip
}

@test "a word that is no recipient is refused before anything is done" {
    ready
    for recipient in age1 age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq ssh-ed25519 'AGE-SECRET-KEY-1' ''; do
        export_it 2 --recipient "$recipient"
        mentions age1
        nothing_left
    done
}

@test "an auditor cannot export" {
    ready
    make_key au AU auditor
    exhibit key trust au.pub --name Au --initials AU --role auditor
    export_it 5 --key au.key
    sentence auditor
    nothing_left
}

@test "two exports at once both succeed, with references of their own" {
    ready
    exhibit export --case C1 --out out "${window[@]}" >one 2>&1 &
    exhibit export --case C1 --out out "${window[@]}" >two 2>&1
    wait $!
    [ "$(find out -name 'OP?_*.zip' | wc -l)" = 2 ]
    expect 0 verify out/*.zip --signers store/allowed_signers
    expect 0 log verify
}

@test "names of footage and people cannot break the page" {
    make_footage recordings
    make_store
    exhibit source add nvr --root recordings --layout mediamtx --zone UTC
    exhibit camera add wisbech-12 --source nvr --path wisbech-12 --name '<script>alert(1)</script>' --town "\"'&"
    exhibit camera check-time wisbech-12 --shown 2021-12-05T21:00:00Z --actual 2021-12-05T21:00:00Z \
        --reference '<script>alert(2)</script>' --method "\"'&"
    open_case
    export_it 0
    unpack out/*.zip
    run ! grep -q '<script>alert' "$bag/START-HERE.html"
    grep -q '&lt;script&gt;alert' "$bag/START-HERE.html"
}

@test "an export takes less than 100 MB of memory, both programs together" {
    [ -z "$SAN" ] || skip 'sanitizers need memory of their own'
    ready
    "$EXHIBIT_TOP/tests/bench/peak.sh" peak "$EXHIBIT" export --case C1 --out out "${window[@]}"
    kilobytes=$(cat peak)
    # Less than either program takes to start is no measurement.
    [ "$kilobytes" -gt 20000 ]
    [ "$kilobytes" -lt 100000 ] || { echo "$kilobytes kB"; return 1; }
}

@test "a window of very many packets goes on in further parts, no picture missing or doubled" {
    make_store
    mkdir -p recordings/wisbech-12
    ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=32x32:rate=1000 -t 160 -c:v libx264 -preset ultrafast -g 1000 -threads 2 many.mp4
    for minute in 21-00-00 21-02-40 21-05-20; do cp many.mp4 "recordings/wisbech-12/2021-12-05_$minute-000000.mp4"; done
    add_camera
    open_case
    window=(--camera wisbech-12 --from '2021-12-05 21:00:00' --to '2021-12-05 21:08:00')
    export_it 0
    unpack out/*.zip
    [ "$(find "$bag/data/master" -name "*.mp4" | wc -l)" = 6 ]
    [ "$(of_record '[.parts[].video_packets] | add')" = 480000 ]
    [ "$(of_record '[.parts[] | .lead_in_ns + .tail_ns] | add')" = 0 ]
    [ "$(of_record '[.parts[1:][].from] == [.parts[:-1][].to]')" = true ]
    for _ in 1 2 3; do packets many.mp4; done >recorded
    [ "$(wc -l <recorded)" = 480000 ]
    for part in "$bag"/data/master/OP1_part000[1-6]_*.mp4; do packets "$part"; done >delivered
    cmp recorded delivered
}

# signed_footage NAME: footage that a camera signs, as a recorder keeps it, from the collection
signed_footage() {
    local from=$EXHIBIT_MATERIAL/footage/onvif-media-signing/test_signed_h264.mp4
    [ -r "$from" ] || skip "no signed footage at '$from'"
    mkdir -p recordings/wisbech-12
    cp "$from" recordings/wisbech-12/2021-12-05_21-10-00-000000.mp4
    make_store
    add_camera
    open_case
}

# of_camera FROM TO: an export of some seconds of it
of_camera() { expect "$3" export --case C1 --out out --camera wisbech-12 --from "2021-12-05 21:10:$1" --to "2021-12-05 21:10:$2"; }

@test "where the camera signs, the clip ends with a signature, and the record and the page say how many" {
    signed_footage
    of_camera 03 04 7
    unpack out/*.zip
    # Its creation_time is that of the collection, which is said, and is all that is.
    [ "$(of_record '.findings | map(.code) | join(" ")')" = time-disagreement ]
    [ "$(of_record '.parts[0].camera_signing | [.scheme, .signatures, .unsigned_end_ns] | join(" ")')" = 'onvif 2 0' ]
    [ "$(of_record '.parts[0].tail_ns')" = 800000000 ]
    [ "$(of_record '.findings | map(.code) | index("unsigned-end")')" = null ]
    grep -q 'the camera signs its video (ONVIF Media Signing): 2 signatures are in this file; each is for pictures before it; exhibit does not check them' "$bag/START-HERE.html"
    [ "$(LC_ALL=C grep -oaP '\x5b\xc9\x3f\x2d\x71\x5e\x95\xad' "$bag"/data/master/*.mp4 | wc -l)" = 2 ]
}

@test "an end without the camera's signature is a finding, with its length" {
    signed_footage
    ffmpeg -nostdin -v error -ignore_editlist 1 -i recordings/wisbech-12/2021-12-05_21-10-00-000000.mp4 -map 0:v -c copy -f segment \
        -segment_time 2 -reset_timestamps 1 piece%d.mp4
    mv piece1.mp4 recordings/wisbech-12/2021-12-05_21-10-00-000000.mp4
    of_camera 01 02 7
    unpack out/*.zip
    [ "$(of_record '.parts[0].camera_signing | [.signatures, .unsigned_end_ns] | join(" ")')" = '1 1920000000' ]
    [ "$(of_record '.findings[] | select(.code == "unsigned-end") | .text' | sed 's/.*mp4: //')" = 'its last 1.920 s come after the last signature of the camera' ]
    grep -q 'its last 1.920 s come after the last one; each is for' "$bag/START-HERE.html"
}

@test "where the camera does not sign, the record says nothing of signatures" {
    ready
    export_it 0
    unpack out/*.zip
    [ "$(of_record '.parts[0] | has("camera_signing")') $(of_record '.parts[0].camera_signing')" = 'true null' ]
    run ! grep -q 'signs its video' "$bag/START-HERE.html"
}
