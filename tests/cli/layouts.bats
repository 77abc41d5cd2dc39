#!/usr/bin/env bats
# The same six minutes under the names of each recorder: the same window is found in all of them.
load common

# remux SUFFIX: the six minutes in another container, made once, in $made/21-08.SUFFIX and so on
remux() {
    made=$EXHIBIT_TOP/build/test-footage/layouts_$1
    (
        flock 9
        [ -d "$made" ] && exit
        mkdir "$made.new"
        for minute in 08 09 10 11 12 13; do
            to=$made.new/21-$minute.$1
            case $1 in
            fmp4) cp -p "$(segment 21-$minute)" "$to" ;;
            mp4) ffmpeg -v error -nostdin -i "$(segment 21-$minute)" -c copy -movflags +faststart "$to" ;;
            265) ffmpeg -v error -nostdin -i "$(segment 21-$minute)" -r 10 -c:v libx265 -preset ultrafast \
                -x265-params log-level=none:pools=none -f hevc "$to" ;;
            *) ffmpeg -v error -nostdin -i "$(segment 21-$minute)" -c copy "$to" ;;
            esac
            touch -r "$(segment 21-$minute)" "$to"
        done
        mv "$made.new" "$made"
    ) 9>"$EXHIBIT_TOP/build/test-footage/layouts_$1.lock"
}

# name NAME MINUTE: strftime's fields by that minute's time in $zone, '@' Unix seconds, '#' a number that counts up
name() {
    local at
    at=$(date -u -d "2021-12-05T21:$2:00Z" +%s)
    TZ=$zone date -d "@$at" "+$(printf %s "$1" | sed "s/@/$at/; s/#/$((4700 + 10#$2))/g")"
}

# found CONTAINER LAYOUT ZONE CAMERA NAME [OPTION...]: all of the window is there under such names
found() {
    local zone=$3 minute to id=s$((++sources))
    remux "$1"
    for minute in 08 09 10 11 12 13; do
        to=$id/$(name "$5" $minute)
        mkdir -p "$(dirname "$to")"
        cp -p "$made/21-$minute.$1" "$to"
        : >"${to%.*}.thumb"
        : >"${to%.*}.jpg"
    done
    exhibit source add $id --root $id --layout "$2" --zone "$3" "${@:6}" >/dev/null || return
    exhibit camera add $id --source $id --path "$4" --name "$2" >/dev/null || return
    check_clock '' $id || return
    echo "$2 $1 $5"
    expect 0 footage --camera $id --from '2021-12-05 21:10:05' --to '2021-12-05 21:12:00' --json
    [ "$(jq -c '[.covered_ns, .gaps, .findings, .window.from]' <<<"$output")" = \
        '[115000000000,[],[],"2021-12-05T21:10:05Z"]' ] || { echo "$output"; return 1; }
}

begin() {
    make_footage recordings
    make_store
    sources=0
}

@test "the same window is found in the tree of every recorder" {
    begin
    found fmp4 mediamtx UTC town/market town/market/%Y-%m-%d_%H-%M-%S-000000.mp4
    found ts mediamtx America/New_York cam1 cam1/%Y-%m-%d_%H-%M-%S-000000.ts
    found mp4 frigate UTC front_door %Y-%m-%d/%H/front_door/%M.%S.mp4
    found mp4 zoneminder Europe/London 9 9/%Y-%m-%d/#/#-video.h264.mp4
    found mp4 zoneminder Europe/London 9 9/%y/%m/%d/%H/%M/%S/#-video.h264.mp4
    found mkv zoneminder Europe/London 9 9/#/#-video.mkv
    found mkv motion Asia/Kathmandu yard yard/03-#-%Y%m%d%H%M%S.mkv
    found mkv motion Europe/London CAM01 CAM01_1-03-#-%Y%m%d%H%M%S.mkv
    found mp4 motion Europe/London 1 1-03-%Y%m%d%H%M%S.mp4
    found avi motioneye Europe/London Camera1 Camera1/%Y-%m-%d/%H-%M-%S.avi
    found mp4 shinobi Australia/Lord_Howe 2Df5hBE/cam1 2Df5hBE/cam1/%Y-%m-%dT%H-%M-%S.mp4
    found fmp4 kerberos UTC front_door @_1-0_front_door_0-0-0-0_-1_60000.mp4
    found mkv agentdvr Europe/London AWKQL AWKQL/1_%Y-%m-%d_%H-%M-%S_000.mkv
    found ts ffmpeg-segment Europe/London cam1 cam1/out%Y-%m-%d_%H-%M-%S.ts
    found mp4 '{camera}/%Y/%j/%H%M%S_*.mp4' Europe/London cam1 cam1/%Y/%j/%H%M%S_hd.mp4
}

@test "bare streams are found by the rate that was declared for them" {
    begin
    found h264 ffmpeg-segment Europe/London cam1 cam1/%Y%m%d-%H%M%S.h264 --rate 10
    found 265 ffmpeg-segment Europe/London cam2 cam2_@.265 --rate 10/1
}
