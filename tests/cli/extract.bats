#!/usr/bin/env bats
# The step alone: an exhibit in the store, no package yet; as a clip, or as the recorder's whole files.
load common

extract_it() { # STATUS [OPTION...]
    local wanted=$1
    shift
    expect "$wanted" extract --case C1 "${window[@]}" "$@"
}
record() { jq -r "$1" store/exhibits/OP1/record/exhibit.json; }

@test "extract makes an exhibit in the store, and no package" {
    ready
    extract_it 0
    shows OP1
    [ -z "$(ls out)" ]
    [ -d store/exhibits/OP1 ]
    [ "$(acts | tail -n 2 | xargs)" = 'extract-begun extract-done' ]
    expect 0 verify OP1
    expect 0 log verify
}

@test "an extracted clip is the one that export packs" {
    ready
    extract_it 0
    export_it 0
    unpack out/*.zip
    ours=store/exhibits/OP1/$(record '.parts[0].file')
    packed=$bag/$(jq -r '.parts[0].file' "$bag/record/exhibit.json")
    [ -s "$ours" ]
    [ -s "$packed" ]
    [ "$(stat -c %s "$ours")" = "$(stat -c %s "$packed")" ]
    # each says when it was made, in a box of the ONVIF Export File Format
    (($({ cmp -l "$ours" "$packed" || true; } | wc -l) <= 8))
}

@test "the JSON says what was made, and that nothing was packed" {
    ready
    extract_it 0 --json
    json_lines
    [ "$(jq -r '.type + " " + .exhibit + " " + (.package | tostring) + " " + .record.mode' <<<"$output")" = 'extract OP1 null clip' ]
    [ "$(jq -r .size <<<"$output")" = "$(stat -c %s store/exhibits/OP1/data/master/*.mp4)" ]
}

@test "native takes the recorder's files whole, bit for bit" {
    ready
    extract_it 0 --mode native
    [ "$(record .mode)" = native ]
    [ "$(record '.parts | length')" = 2 ]
    cmp "$(segment 21-10)" "$(echo store/exhibits/OP1/data/master/OP1_part0001_*.mp4)"
    cmp "$(segment 21-11)" "$(echo store/exhibits/OP1/data/master/OP1_part0002_*.mp4)"
    [ "$(record '.parts[0].original')" = "$(segment 21-10 | cut -d/ -f2-)" ]
    [ "$(record '.segments[0].runs[0] | "\(.offset) \(.sha256)"')" = "0 $(sha256sum <"$(segment 21-10)" | cut -d' ' -f1)" ]
    [ "$(record '.parts[0] | "\(.from) \(.to) \(.lead_in_ns)"')" = '2021-12-05T21:10:00Z 2021-12-05T21:11:00Z 5000000000' ]
    expect 0 verify OP1
}

@test "native keeps a damaged file as it is, and says so" {
    ready
    truncate -s 1000 "$(segment 21-11)"
    extract_it 7 --mode native
    cmp "$(segment 21-11)" "$(echo store/exhibits/OP1/data/master/OP1_part0002_*.mp4)"
    [ "$(record '.parts[1].problem')" != null ]
    [ "$(record '.findings[].code' | sort -u | xargs)" = 'damaged-segment gap' ]
    grep -q "$(basename "$(segment 21-11)")" store/exhibits/OP1/START-HERE.html
}

@test "native of nothing but damage still delivers the files" {
    ready
    for minute in 21-09 21-10 21-11; do echo 'no footage' >"$(segment $minute)"; done
    extract_it 7 --mode native
    cmp "$(segment 21-10)" "$(echo store/exhibits/OP1/data/master/OP1_part0002_*.mp4)"
    [ "$(record '.parts[1].from')" = null ]
    extract_it 1
}

@test "native says which file under a segment's name cannot be delivered" {
    ready
    rm "$(segment 21-11)"
    mkdir "$(segment 21-11)"
    extract_it 7 --mode native
    [ "$(record '.parts | length')" = 1 ]
    record '.findings[] | select(.code == "not-deliverable").text' | grep -q '21-11.*not a regular file'
}

@test "export packs whole files just as well" {
    ready
    export_it 0 --mode native
    unpack out/*.zip
    cmp "$(segment 21-10)" "$(echo "$bag"/data/master/OP1_part0001_*.mp4)"
    grep -q 'whole files of the recorder, bit for bit' "$bag/START-HERE.html"
}

@test "each second of a clip has its local time and UTC beside it" {
    ready
    extract_it 0
    local times
    times=$(echo store/exhibits/OP1/data/master/*.vtt)
    [ "${times%.vtt}" = "$(echo store/exhibits/OP1/data/master/*.mp4 | sed 's/.mp4$//')" ]
    [ "$(head -n 1 "$times")" = WEBVTT ]
    [ "$(grep -c -- '-->' "$times")" = 116 ]
    [ "$(grep -A 2 '^00:00:01.000 -->' "$times" | tail -n 2 | xargs)" = '2021-12-05 21:10:05 GMT 2021-12-05T21:10:05Z' ]
    [ "$(record '.parts[0].times | "\(.file) \(.sha256)"')" = "data/master/$(basename "$times") $(sha256sum <"$times" | cut -d' ' -f1)" ]
    # Stock ffmpeg reads it, every cue.
    [ "$(ffprobe -v error -count_packets -show_entries stream=codec_name,nb_read_packets -of csv=p=0 "$times")" = webvtt,116 ]
}

@test "the times beside a clip skip what a gap skips" {
    ready --gap 3
    extract_it 7 --from '2021-12-05 21:10:58' --to '2021-12-05 21:12:02'
    [ "$(grep -h '^2021.*Z$' store/exhibits/OP1/data/master/*.vtt | xargs)" = \
        '2021-12-05T21:10:58Z 2021-12-05T21:10:59Z 2021-12-05T21:12:00Z 2021-12-05T21:12:01Z' ]
}

@test "where a segment begins later than the one before it ended, so do the times" {
    ready
    mv "$(segment 21-11)" recordings/wisbech-12/2021-12-05_21-11-00-900000.mp4
    extract_it 0
    [ "$(record '.parts | length')" = 1 ]
    # The part itself goes on without a hole: 56 s into it is 21:11:00.9.
    grep -A 2 '^00:00:56.000 --> 00:00:56.100' store/exhibits/OP1/data/master/*.vtt | grep -q '2021-12-05T21:11:00Z'
    grep -A 2 '^00:00:56.100 --> 00:00:57.100' store/exhibits/OP1/data/master/*.vtt | grep -q '2021-12-05T21:11:01Z'
}

@test "an estimate comes before the making, with size and time" {
    ready
    extract_it 0 --estimate --json
    json_lines
    [ "$(jq -r .type <<<"$output" | xargs)" = 'estimate extract' ]
    [ "$(jq -s '.[0].size == .[1].size and .[0].duration_ns > 0' <<<"$output")" = true ]
    extract_it 0 --mode native --estimate --json
    [ "$(jq -s '.[0].size == .[1].size and .[0].duration_ns > 0' <<<"$output")" = true ]
    extract_it 0 --estimate
    [[ ${lines[0]} = estimate* ]]
}

# without_key MINUTE: footage in which no picture can be decoded by itself
without_key() {
    ffmpeg -nostdin -v error -i "$(segment "$1")" -c copy -bsf:v 'noise=drop=key' \
        -f mp4 -movflags +empty_moov+default_base_moof -frag_duration 1000000 nokey.mp4
    mv nokey.mp4 "$(segment "$1")"
}

@test "footage of which nothing can be delivered is a finding and a gap, in a dry run and after an estimate too" {
    ready
    rm "$(segment 21-11)" "$(segment 21-13)"
    without_key 21-12
    local asked=(--case C1 --camera wisbech-12 --from '2021-12-05 21:10:00' --to '2021-12-05 21:13:00') option
    for option in --dry-run --estimate --quiet; do
        expect 7 extract "${asked[@]}" "$option" --json
        [ "$(tail -n 1 <<<"$output" | jq -c '[.record.findings[].code]')" = '["no-key-frame","gap","not-deliverable"]' ]
        [ "$(tail -n 1 <<<"$output" | jq -c '[.record.gaps[] | .from, .to]')" = \
            '["2021-12-05T21:11:00Z","2021-12-05T21:12:00Z","2021-12-05T21:12:00Z","2021-12-05T21:12:59.900Z"]' ]
    done
    # Of that alone there is nothing, and no reference is left in the making.
    for option in --dry-run --estimate --quiet; do
        expect 1 extract --case C1 --camera wisbech-12 --from '2021-12-05 21:12:10' --to '2021-12-05 21:12:50' "$option"
        mentions 'can be delivered'
    done
    [ "$(acts | tail -n 1)" = extract-failed ]
    [ -z "$(find store/staging -mindepth 1)" ]
}

@test "an estimate rests on a file that is taken" {
    ready
    rm "$(segment 21-10)"
    mkdir "$(segment 21-10)"
    extract_it 7 --mode native --estimate --json
    [ "$(head -n 1 <<<"$output" | jq '.duration_ns > 0 and .duration_ns < 10000000000')" = true ]
}

@test "a dry run with an estimate says it and makes nothing" {
    ready
    acts >before
    extract_it 0 --estimate --dry-run
    shows estimate 'none: dry run'
    acts | cmp - before
    nothing_left
}

@test "no footage at all makes no exhibit, and the log says that it was asked for" {
    ready
    expect 1 extract --case C1 --camera wisbech-12 --from '2021-12-05 03:00' --to '2021-12-05 03:10'
    sentence 'no footage' 'the log says so'
    [ "$(acts | tail -n 1)" = extract-nothing ]
    nothing_left
}

@test "what cannot be meant is refused" {
    ready
    expect 2 extract --case C1 "${window[@]}" --mode exact
    mentions "'clip' or 'native'" exact
    expect 2 extract --case C1 --camera wisbech-12 --from '2021-12-05 21:10'
    expect 2 extract --case C9 "${window[@]}"
    expect 2 extract --case C1 --camera wisbech-13 --from '2021-12-05 21:10' --to '2021-12-05 21:11'
    sentence wisbech-12
    expect 2 extract --case C1 "${window[@]}" --out out
    nothing_left
}

@test "a key without the right makes no exhibit" {
    ready
    make_key au AU auditor
    exhibit key trust au.pub --name Auditor --initials AU --role auditor >/dev/null
    EXHIBIT_KEY=$PWD/au.key expect 5 extract --case C1 "${window[@]}"
    nothing_left
}

@test "a damaged store is told as such" {
    ready
    echo '[nonsense' >>store/config
    expect 4 extract --case C1 "${window[@]}"
}

@test "a source that is away is told as such, and nothing is made" {
    ready
    mv recordings elsewhere
    expect 3 extract --case C1 "${window[@]}"
    sentence nvr
    nothing_left
}

@test "a full disk says so, leaves no exhibit, and the log says what became of the reference" {
    ready
    for mode in clip native; do
        run --separate-stderr bash -c 'ulimit -f 200; exec "$0" extract --case C1 --mode '$mode' "${@}" </dev/null' "$EXHIBIT" "${window[@]}"
        [ "$status" = 3 ]
        sentence 'exhibit: '
        [ "$(acts | tail -n 1)" = extract-failed ]
        nothing_left
    done
    expect 0 log verify
    extract_it 0
    shows OP3
}

@test "a store in use makes it wait, and then say so" {
    ready
    exec 8<>store/lock
    flock 8
    expect 6 extract --case C1 "${window[@]}"
    flock -u 8
    nothing_left
}

# One segment by many names: ten minutes of 5 GB, of which the disk holds eight seconds.
@test "a clip too large for one file is cut at key frames into parts that abut, each with room below 4 GB" {
    make_store
    mkdir -p recordings/wisbech-12
    head -c $((640 * 360 * 120 * 3 / 2)) /dev/urandom |
        ffmpeg -nostdin -v error -f rawvideo -pix_fmt yuv420p -s 640x360 -r 15 -i pipe: -c:v libx264 -preset ultrafast -qp 1 -g 5 noise.mp4
    for ((second = 0; second < 600; second += 8)); do
        ln noise.mp4 "recordings/wisbech-12/2021-12-05_$(date -u -d "@$((1638738000 + second))" +%H-%M-%S)-000000.mp4"
    done
    add_camera
    open_case
    window=(--camera wisbech-12 --from '2021-12-05 21:00:00' --to '2021-12-05 21:10:00')
    extract_it 0 --dry-run --json
    of_dry_run() { jq -r "$1" <<<"$output"; }
    [ "$(of_dry_run .size)" -gt 4294967295 ]
    [ "$(of_dry_run '.record.parts | length')" = 2 ]
    [ "$(of_dry_run '.record.parts[0] | .media_bytes <= 3900000000 and .size < 3901000000')" = true ]
    [ "$(of_dry_run '.record.parts[0] | .media_bytes > 3895000000')" = true ]
    [ "$(of_dry_run '[.record.parts[].video_packets] | add')" = 9000 ]
    [ "$(of_dry_run '.record.parts | .[1].from == .[0].to')" = true ]
    [ "$(of_dry_run '.record | "\(.complete) \(.gaps) \(.parts[0].from) \(.parts[1].to)"')" = 'true [] 2021-12-05T21:00:00Z 2021-12-05T21:10:00Z' ]
}
