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
