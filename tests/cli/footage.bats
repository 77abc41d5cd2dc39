#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031  # each test is a shell of its own
load common

# tree DIRECTORY: every name, size, time and digest below it
tree() { find "$1" -printf '%P %s %T@ %m\n' | sort; find "$1" -type f -exec sha256sum {} + | sort; }

@test "a covered window is answered with yes" {
    ready
    expect 0 footage "${window[@]}"
    shows wisbech-12 21:10:05 21:12:00
}

@test "a gap is shown with its times, and the status says so" {
    ready --gap 3
    expect 7 footage "${window[@]}"
    shows gap 21:11:00 21:12:00
    expect 7 footage "${window[@]}" --json
    json_lines
    shows 2021-12-05T21:11:00Z 2021-12-05T21:12:00Z
}

@test "no footage at all is answered with no" {
    ready
    expect 1 footage --camera wisbech-12 --from '2021-12-04 21:10' --to '2021-12-04 21:12'
}

@test "the end of the recordings is a gap" {
    ready
    expect 7 footage --camera wisbech-12 --from '2021-12-05 21:13:00' --to '2021-12-05 21:15:00'
    shows 21:14:00
}

# cause: of the first gap
cause() { jq -r '.gaps[0].cause' <<<"$output"; }

@test "where there is a gap, video that is not named as the layout says is told, and nothing else that lies there" {
    ready --gap 3
    expect 7 footage "${window[@]}" --json
    [ "$(cause)" = 'no recording' ]
    local here=recordings/wisbech-12
    touch $here/notes.txt $here/.2021.mp4 recordings/of-another.mp4
    mkdir $here/thumbnails
    expect 7 footage "${window[@]}" --json
    [ "$(cause)" = 'no recording' ]
    mv $here/2021-12-05_21-12-00-000000.mp4 $here/2021.12.05-21.12.00.mp4
    expect 7 footage "${window[@]}" --json
    [ "$(cause)" = "no recording; what is not named as the layout says was not looked at: 'wisbech-12/2021.12.05-21.12.00.mp4'" ]
    cp $here/2021.12.05-21.12.00.mp4 $here/2020.mp4
    expect 7 footage "${window[@]}" --json
    [[ $(cause) == *": 'wisbech-12/2020.mp4' and more" ]]
    # Where nothing is missing there is nothing to be told.
    expect 0 footage --camera wisbech-12 --from '2021-12-05 21:10:05' --to '2021-12-05 21:11:00' --json
    [ "$(jq -c .findings <<<"$output")" = '[]' ]
}

@test "a camera's directories that are named otherwise than the layout says are told, unless others are named so" {
    ready
    exhibit source add days --root "$PWD/recordings" --layout '{camera}/%Y-%m-%d/%H-%M-%S.mp4' --zone UTC >/dev/null
    exhibit camera add daily --source days --path daily --name Daily --town Wisbech >/dev/null
    mkdir -p recordings/daily/20211205
    expect 1 footage --camera daily "${window[@]:2}" --json
    [ "$(cause)" = "no recording; what is not named as the layout says was not looked at: 'daily/20211205'" ]
    mkdir recordings/daily/2021-12-04
    expect 1 footage --camera daily "${window[@]:2}" --json
    [ "$(cause)" = 'no recording' ]
}

@test "where cameras share a directory, the others' files are not told" {
    ready
    exhibit source add flat --root "$PWD/recordings" --layout '{camera}_%Y-%m-%d_%H-%M-%S.mp4' --zone UTC >/dev/null
    exhibit camera add north --source flat --path north --name North --town Wisbech >/dev/null
    touch recordings/south_2021-12-05_21-10-00.mp4
    expect 1 footage --camera north "${window[@]:2}" --json
    [ "$(cause)" = 'no recording' ]
}

@test "the window is exclusive at its end" {
    ready --gap 3
    expect 0 footage --camera wisbech-12 --from '2021-12-05 21:10:00' --to '2021-12-05 21:11:00'
}

@test "local time, UTC and an offset name the same window" {
    ready
    expect 0 footage --camera wisbech-12 --from 2021-12-05T21:10:05Z --to '2021-12-05 22:12:00+01:00' --json
    local utc=$output
    expect 0 footage "${window[@]}" --json
    [ "$output" = "$utc" ]
}

@test "in summer, local time is an hour ahead of UTC" {
    make_footage recordings --start 2021-07-01T20:08:00Z
    make_store
    add_camera
    check_clock 2021-07-01T20:00:00Z
    expect 0 footage --camera wisbech-12 --from '2021-07-01 21:10:05' --to '2021-07-01 21:12:00'
    expect 1 footage --camera wisbech-12 --from '2021-07-01 20:10:05' --to '2021-07-01 20:12:00' 
}

@test "looking changes nothing in the recorder's tree" {
    ready --gap 3
    chmod -R a-w recordings
    tree recordings >before
    expect 7 footage "${window[@]}"
    tree recordings >after
    chmod -R u+w recordings
    cmp before after
}

@test "looking needs no key" {
    ready
    unset EXHIBIT_KEY
    expect 0 footage "${window[@]}"
}

@test "a recorder's tree that is gone says so" {
    ready
    rm -r recordings
    expect 3 footage "${window[@]}"
    sentence recordings
}

# cameras: beside wisbech-12 (whole): wisbech-13 lacks 21:11, march-1 has nothing, march-2 is on a source that is gone
cameras() {
    ready
    cp -a recordings/wisbech-12 recordings/wisbech-13
    rm recordings/wisbech-13/*_21-11-*
    mkdir recordings/march-1 gone
    exhibit source add gone --root gone --layout mediamtx --zone UTC
    exhibit camera add march-2 --source gone --path march-2 --name 'High Street' --town March
    exhibit camera add march-1 --source nvr --path march-1 --name 'Broad Street' --town March
    exhibit camera add wisbech-13 --source nvr --path wisbech-13 --name 'Horse Fair' --town Wisbech
    local camera
    for camera in march-1 march-2 wisbech-13; do check_clock '' $camera; done
    rmdir gone
}
at=("${window[@]:2}")

# on_terminal COLUMNS ARGUMENT...: runs exhibit on a terminal so wide; what it shows is in $output, its status in $status
on_terminal() {
    local columns=$1
    shift
    TERM=xterm run script -qec "stty cols $columns; $(printf '%q ' "$EXHIBIT" "$@")" /dev/null </dev/null
    output=$(tr -d '\r' <<<"$output" | sed 's/\x1b\[K/\n/g')
}

@test "a camera of several that cannot be looked at is told, and the others go on" {
    cameras
    expect 3 footage --all "${at[@]}"
    sentence "camera 'march-2'" gone
    shows 'camera       march-2' 'problem' 'camera       march-1' 'camera       wisbech-12' 'camera       wisbech-13' \
        '4 cameras: 1 covered, 1 with gaps or other findings, 1 without footage, 1 could not be looked at'
    expect 3 footage --all "${at[@]}" --json
    json_lines
    [ "$(jq -r '"\(.type) \(.camera) \(.status)"' <<<"$output")" = $'footage wisbech-12 null\nerror march-2 3\nfootage march-1 null\nfootage wisbech-13 null' ]
    # Alone, as ever: one sentence, and nothing on standard output.
    expect 3 footage --camera march-2 "${at[@]}"
    sentence gone
    [ -z "$output" ]
}

@test "the status over several cameras: covered by all, gaps of any, none of any" {
    cameras
    exhibit camera add wisbech-14 --source nvr --path wisbech-12 --name 'The same' --town Crown
    check_clock '' wisbech-14
    expect 0 footage --camera wisbech-12 --camera wisbech-14 "${at[@]}"
    expect 7 footage --town wisbech "${at[@]}"
    expect 7 footage --camera wisbech-12 --camera march-1 "${at[@]}"
    exhibit camera add march-3 --source nvr --path march-3 --name 'None' --town Nowhere
    expect 1 footage --camera march-1 --camera march-3 "${at[@]}"
}

@test "cameras are shown in the order of the list, each once, however they were asked for" {
    cameras
    expect 7 footage --camera wisbech-13 --town Wisbech --camera wisbech-12 --camera wisbech-13 "${at[@]}" --json
    [ "$(jq -r .camera <<<"$output")" = $'wisbech-12\nwisbech-13' ]
    expect 7 footage --town WISBECH "${at[@]}"
    shows 'window       2021-12-05 21:10:05 GMT' '2 cameras: 1 covered, 1 with gaps' 'gap          2021-12-05 21:11:00 GMT'
}

@test "unknown cameras and towns are told with the nearest; no camera at all is a usage error" {
    cameras
    expect 2 footage --town Wisbeach "${at[@]}"
    sentence "did you mean 'Wisbech'"
    expect 2 footage --camera wisbech-12 --camera wisbech-31 "${at[@]}"
    sentence "'wisbech-31'" 'did you mean'
    expect 2 footage "${at[@]}"
    mentions --camera --town --all
    rm -r store
    exhibit init store --organisation Other --zone UTC >/dev/null
    expect 2 footage --all "${at[@]}"
    sentence 'no camera yet'
}

@test "one helper looks at all cameras, and nothing enters the log" {
    strace -o /dev/null true 2>/dev/null || skip 'strace cannot be used here'
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99
    cameras
    acts >acts.before
    run -7 strace -f -e trace=execve -o calls "$EXHIBIT" footage --town Wisbech "${at[@]}" </dev/null
    [ "$(grep -c 'execve(.*exhibit-media' calls)" = 1 ]
    acts | cmp - acts.before
}

@test "on a terminal each of several cameras gets a line that fits, with the times under the ends of the bar" {
    cameras
    on_terminal 110 footage --town Wisbech "${at[@]}"
    [ "$status" = 7 ]
    shows 'looking at wisbech-13: 2 of 2 cameras'
    line=$(grep '^wisbech-13 \[' <<<"$output")
    [[ $line =~ ^wisbech-13\ \[#+-+\]\ 55\ s,\ 1\ gap$ ]]
    [[ $(grep '^wisbech-12 \[' <<<"$output") =~ ^wisbech-12\ \[#{60}\]\ 1\ min\ 55\ s,\ 0\ gaps$ ]]
    [ ${#line} -le 110 ]
    ends=$(grep '^ *2021-12-05 21:10:05 GMT  *2021-12-05 21:12:00 GMT$' <<<"$output")
    [ ${#ends} = 72 ]   # the last one ends under the bar's end
    # Narrower: the times take two lines.
    on_terminal 80 footage --town Wisbech "${at[@]}"
    [ "$(grep -c '^ *2021-12-05 21:1[02]:0[05] GMT$' <<<"$output")" = 2 ]
    # COLUMNS says it otherwise.
    COLUMNS=150 on_terminal 80 footage --town Wisbech "${at[@]}"
    [[ $output =~ \[#{100}\] ]]
    # Alone, a camera's bar takes the whole width, and its gaps are told.
    on_terminal 90 footage --camera wisbech-13 "${at[@]}"
    [[ $output =~ coverage\ *\[[#-]{75}\] ]]
    shows 'gap          2021-12-05 21:11:00 GMT'
    # A hint where to look, no progress with --quiet, no colour ever.
    on_terminal 90 footage --all "${at[@]}" --quiet
    shows 'march-2    could not be looked at' "'exhibit footage --camera ID'"
    [[ $output != *looking* ]] && [[ $output != *$'\x1b'* ]]
}

@test "a gap however short is seen in the bar" {
    make_store
    mkdir -p recordings/wisbech-12
    make_footage whole
    cp -a whole/wisbech-12/. recordings/wisbech-12
    add_camera
    # Three days in 60 columns; six minutes of footage cannot cover the column they are in.
    expect 7 footage --camera wisbech-12 --from '2021-12-04 00:00' --to '2021-12-07 00:00'
    [[ $output =~ coverage\ *\[-{60}\] ]]
    # One second missing in six minutes shows in one column.
    expect 7 footage --camera wisbech-12 --from '2021-12-05 21:07:58' --to '2021-12-05 21:14'
    [[ $output =~ coverage\ *\[-#{59}\] ]]
}
