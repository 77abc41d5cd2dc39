#!/usr/bin/env bats
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
