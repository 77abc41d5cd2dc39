#!/usr/bin/env bats
# Damaged segments, as recorders and disks leave them: what can be delivered is delivered; the file, the reason and the
# time that is lost are named in the answer of footage, in the record and on the page; exit status 7.
load common

# The minute 21:11 is the damaged one, whole minutes stand on both sides of it.
asked=(--camera wisbech-12 --from '2021-12-05 21:10:00' --to '2021-12-05 21:13:00')
bad() { segment 21-11; }

# told REASON: footage names the segment, and why, in one finding
told() {
    expect 7 footage "${asked[@]}" --json
    json_lines
    jq -e --arg why "$1" '[.findings[] | select(.code == "damaged-segment" and (.segment | contains("21-11-00")) and (.text | contains($why)))] | length == 1' \
        <<<"$output" >/dev/null || { printf 'no finding says that 21-11-00 is damaged because of "%s":\n' "$1"; jq -c .findings <<<"$output"; return 1; }
}

# lost FROM TO: seconds of the window that are missing because of the segment: one gap, from at the earliest FROM s
# into the minute 21:11 on, and till TO s after it
lost() {
    local gaps
    gaps=$(jq -c '[.gaps[] | {from: (.from[:19] + "Z" | fromdate), to: (.to[:19] + "Z" | fromdate), cause}]' <<<"$1")
    jq -e --argjson begin "$(date -u -d 2021-12-05T21:11:00Z +%s)" --argjson from "$2" --argjson to "$3" \
        'length == 1 and .[0].from - $begin >= $from and .[0].to - $begin == $to and (.[0].cause | contains("21-11-00"))' \
        <<<"$gaps" >/dev/null || { echo "the gap is not from $2 s to $3 s of the minute, because of 21-11-00: $gaps"; return 1; }
}

# delivered REASON FIRST-LOST PACKETS: export gives PACKETS video packets or more, and says the same as footage did
delivered() {
    told "$1"
    lost "$output" "$2" 60
    expect 7 export --case C1 --out out "${asked[@]}"
    unpack out/*.zip
    lost "$(cat "$bag/record/exhibit.json")" "$2" 60
    jq -e --arg why "$1" '[.findings[] | select(.code == "damaged-segment" and (.segment | contains("21-11-00")) and (.text | contains($why)))] | length == 1' \
        "$bag/record/exhibit.json" >/dev/null
    grep -q '21-11-00' "$bag/START-HERE.html"
    grep -qF -- "$1" "$bag/START-HERE.html"
    packets=$(jq '[.parts[].video_packets] | add' "$bag/record/exhibit.json")
    [ "$packets" -ge "$3" ] || { echo "$packets video packets delivered, not $3"; return 1; }
    for file in "$bag"/data/master/*.mp4; do
        ffmpeg -nostdin -v error -xerror -i "$file" -map 0:v -c copy -f null -
    done
    expect 0 verify out/*.zip --signers store/allowed_signers
    rm -r out/*.zip unpacked
}

# offset_of BOX FILE: where the first box of that kind begins
offset_of() { grep -obUa "$1" "$2" | head -n 1 | awk -F: '{ print $1 - 4 }'; }

@test "a segment that the recorder did not finish, without its index, is named so" {
    ready --container mp4
    truncate -s "$(offset_of moov "$(bad)")" "$(bad)"
    delivered 'index' 0 1200
}

@test "of a segment whose index is in front, what lies before the cut is delivered" {
    ready --container mp4
    ffmpeg -nostdin -v error -i "$(bad)" -c copy -movflags +faststart fast.mp4
    cp fast.mp4 "$(bad)"
    truncate -s $(($(stat -c %s fast.mp4) * 6 / 10)) "$(bad)"
    delivered 'cut short' 20 1400
}

@test "of a truncated fragmented segment, what is whole is delivered" {
    ready
    truncate -s $(($(stat -c %s "$(bad)") * 6 / 10)) "$(bad)"
    delivered 'cut short' 20 1400
}

@test "zeros at the end, of a file that was laid out before it was filled, lose nothing that was recorded" {
    ready
    truncate -s +1000000 "$(bad)"
    run --separate-stderr exhibit footage "${asked[@]}" --json
    [ "$(jq '.gaps | length' <<<"$output")" = 0 ]
    expect 7 export --case C1 --out out "${asked[@]}" --json
    unpack out/*.zip
    [ "$(jq '[.parts[].video_packets] | add' "$bag/record/exhibit.json")" = 1800 ]
    jq -e '[.findings[] | select(.code == "damaged-segment" and (.segment | contains("21-11-00")))] | length == 1' "$bag/record/exhibit.json"
}

@test "text, a picture and an empty file under a segment's name are named, with the reason" {
    ready
    seq 100000 >"$(bad)"
    delivered 'footage' 0 1200
    ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=64x48 -frames:v 1 -f mjpeg -y picture.jpg
    cp picture.jpg "$(bad)"
    delivered 'footage' 0 1200
    : >"$(bad)"
    delivered 'empty' 0 1200
}

@test "900 files of random bytes are each told as no footage" {
    local i=0 name file
    mkdir -p recordings/wisbech-12 random
    head -c 18000000 /dev/zero | openssl enc -aes-128-ctr -nosalt -K 00112233445566778899aabbccddeeff -iv 00 2>/dev/null | split -b 20000 -a 3 - random/
    for file in random/*; do
        printf -v name '%(%Y-%m-%d_%H-%M-%S)T-000000.mp4' $((1638738000 + i++ * 10))
        echo "$file" "recordings/wisbech-12/$name"
    done | perl -lane 'rename $F[0], $F[1] or die'
    make_store
    add_camera
    expect 1 footage --camera wisbech-12 --from '2021-12-05 21:00:00' --to '2021-12-05 23:30:00' --json
    [ "$(jq '[.findings[] | select(.code == "damaged-segment") | .segment] | unique | length' <<<"$output")" = 900 ]
    [ "$(jq '.stretches | length' <<<"$output")" = 0 ]
    # What they are told as: by far the most as nothing known, some as what they happen to look like.
    jq -r '.findings[] | select(.code == "damaged-segment") | .text | sub("^.*: "; "") | sub(" \\(it begins .*"; "")' <<<"$output" | sort | uniq -c | sort -rn >words
    [ "$(awk '/is in no known footage format/ { print $1 }' words)" -ge 800 ] || { cat words; return 1; }
}

@test "a directory, a FIFO and a socket under a segment's name are named, and hold nothing up" {
    ready
    rm "$(bad)"
    mkdir "$(bad)"
    delivered 'regular' 0 1200
    rmdir "$(bad)"
    mkfifo "$(bad)"
    delivered 'regular' 0 1200
    rm "$(bad)"
    perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0) && bind(S, pack_sockaddr_un($ARGV[0])) or die "no socket: $!\n"' "$(bad)"
    [ -S "$(bad)" ]
    delivered '21-11-00' 0 1200
}

@test "a segment that may not be read is named, with the reason" {
    [ "$(id -u)" != 0 ] || skip 'root reads everything'
    ready
    chmod 000 "$(bad)"
    delivered 'Permission denied' 0 1200
}

@test "a segment that is being written is delivered as far as it goes, or the export says that it changed" {
    ready
    whole=$(bad)
    mv "$whole" whole.mp4
    head -c 102400 whole.mp4 >"$whole"
    # What the recorder has still to write, a little at a time, for two seconds at least.
    for ((at = 25; at < 125; at++)); do
        dd if=whole.mp4 bs=4096 skip=$at count=1 status=none
        sleep 0.02
    done >>"$whole" 3>&- &
    writer=$!
    for _ in 1 2 3; do
        run --separate-stderr exhibit export --case C1 --out out "${asked[@]}"
        case $status in
        0 | 7) ;;
        4) sentence '21-11-00' ;;
        *) echo "exit status $status: $stderr"; return 1 ;;
        esac
    done
    wait $writer
    expect 0 log verify
    for package in out/*.zip; do
        [ ! -e "$package" ] || expect 0 verify "$package" --signers store/allowed_signers
    done
}

@test "zeros within the pictures' bytes are told" {
    ready --container mp4
    size=$(stat -c %s "$(bad)")
    dd if=/dev/zero of="$(bad)" bs=1 seek=$((size / 2)) count=$((size / 10)) conv=notrunc status=none
    told 'are zeros and are left out'
    # The time that they stand for is a gap, and the file is its cause.
    jq -e '.gaps | length == 1 and (.[0].from | startswith("2021-12-05T21:11:")) and (.[0].to | startswith("2021-12-05T21:11:"))
        and (.[0].cause | contains("21-11-00"))' <<<"$output"
    expect 7 export --case C1 --out out "${asked[@]}"
    unpack out/*.zip
    grep -q '21-11-00' "$bag/START-HERE.html"
}

