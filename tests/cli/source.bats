#!/usr/bin/env bats
load common

@test "a source is added, listed and logged" {
    make_store
    mkdir recordings
    expect 0 source add nvr --root recordings --layout mediamtx --zone UTC
    expect 0 source list
    shows nvr mediamtx UTC "$PWD/recordings"
    [ "$(acts | tail -n 1)" = source-add ]
}

@test "a template of one's own is a layout" {
    make_store
    mkdir recordings
    expect 0 source add nvr --root recordings --layout '{camera}/%Y/%m/%d/%H.%M.%S.mp4' --zone Europe/London
}

@test "a layout that cannot be read is refused" {
    make_store
    mkdir recordings
    for layout in tape '%Y-%m-%d_%H-%M-%S.mp4' '{camera}/%Q.mp4' '{camera}/%H.mp4' '/{camera}/%s.mp4' '../{camera}/%s.mp4' ''; do
        expect 2 source add nvr --root recordings --layout "$layout" --zone UTC
        sentence layout
    done
    expect 0 source list
    [ -z "$output" ] || [[ $output != *nvr* ]]
}

@test "a root that is missing is refused" {
    make_store
    expect 3 source add nvr --root nowhere --layout mediamtx --zone UTC
    sentence nowhere
}

@test "a second source of the same name is refused" {
    make_store
    mkdir recordings
    exhibit source add nvr --root recordings --layout mediamtx --zone UTC
    expect 5 source add nvr --root recordings --layout mediamtx --zone Europe/London
    sentence nvr
}

@test "a name that is no identifier is refused" {
    make_store
    mkdir recordings
    for id in 'n v r' ../nvr '"' -- -x "$(printf 'n\nvr')"; do
        expect 2 source add --root recordings --layout mediamtx --zone UTC -- "$id"
    done
}

@test "a recorder's own root and zone are taken where none are given, and said" {
    make_store
    mkdir recordings
    expect 0 source add nvr --layout mediamtx
    shows nvr "$PWD/recordings" Europe/London
    mentions "root: taken as '$PWD/recordings', where mediamtx keeps footage" "zone: taken as Europe/London, the store's"
    expect 0 source add cam --layout kerberos --root recordings
    shows cam UTC
    mentions "zone: taken as UTC, which kerberos writes"
    expect 0 source add quiet --layout kerberos --root recordings --quiet
    [ -z "$stderr" ]
    expect 3 source add yard --layout frigate
    sentence /media/frigate/recordings
}

@test "what a layout does not tell must be given" {
    make_store
    mkdir recordings
    expect 2 source add nvr --layout ffmpeg-segment
    sentence --root
    expect 2 source add nvr --layout '{camera}/%s.mp4' --zone UTC
    sentence --root
    expect 2 source add nvr --layout '{camera}/%s.mp4' --root recordings
    sentence --zone
    expect 2 source add nvr --root recordings
}

@test "a recorder that is not known is met with the nearest name" {
    make_store
    mkdir recordings
    expect 2 source add nvr --root recordings --layout zonemider --zone UTC
    sentence "did you mean 'zoneminder'"
    expect 2 source add nvr --root recordings --layout tape --zone UTC
    sentence "exhibit source list --layouts"
}

@test "the recorders known by name are listed, without a store too" {
    unset EXHIBIT_STORE EXHIBIT_KEY
    expect 0 source list --layouts
    shows agentdvr ffmpeg-segment frigate kerberos mediamtx motion motioneye shinobi zoneminder '%Y-%m-%d/%H/{camera}/%M.%S.*'
    expect 0 source list --layouts --json
    json_lines
    [ "$(jq -r 'select(.name == "frigate") | .root + " " + .zone' <<<"$output")" = '/media/frigate/recordings UTC' ]
    [ "$(jq -r .name <<<"$output" | sort -c && jq -r .name <<<"$output" | wc -l)" = 9 ]
    expect 2 source list
}

@test "a rate is kept, listed and checked" {
    make_store
    mkdir recordings
    expect 0 source add nvr --root recordings --layout ffmpeg-segment --zone UTC --rate 30000/1001
    [ "$(git config -f store/config source.nvr.rate)" = 30000/1001 ]
    expect 0 source list
    shows 'rate 30000/1001'
    expect 0 source list --json
    [ "$(jq -r .rate <<<"$output")" = 30000/1001 ]
    for rate in 0 25.5 fast 25/0 -1 ''; do
        expect 2 source add other --root recordings --layout ffmpeg-segment --zone UTC --rate "$rate"
        sentence rate
    done
    git config -f store/config source.nvr.rate quick
    expect 4 source list
    sentence source.nvr.rate
}
