#!/usr/bin/env bats
load common

@test "a camera is added, listed and logged" {
    make_store
    mkdir recordings
    add_camera
    expect 0 camera list
    shows wisbech-12 nvr 'Market Place' Wisbech
    [ "$(acts | tail -n 1)" = camera-add ]
}

@test "a camera of an unknown source is refused" {
    make_store
    expect 2 camera add wisbech-12 --source nvr --path wisbech-12 --name 'Market Place'
    sentence nvr
    expect 0 camera list
    [[ $output != *wisbech-12* ]]
}

@test "a camera path that leads out of the recorder's tree is refused" {
    make_store
    mkdir recordings
    exhibit source add nvr --root recordings --layout mediamtx --zone UTC
    for path in ../other /etc a/../../b; do
        expect 2 camera add wisbech-12 --source nvr --path "$path" --name 'Market Place'
        sentence path
    done
}

@test "a second camera of the same name is refused" {
    make_store
    mkdir recordings
    add_camera
    expect 5 camera add wisbech-12 --source nvr --path other --name Other
    sentence wisbech-12
}
