#!/usr/bin/env bats
load common

@test "a camera is added, listed and logged" {
    make_store
    mkdir recordings
    add_camera
    expect 0 camera list
    shows wisbech-12 nvr 'Market Place' Wisbech
    [ "$(acts | grep -c camera-add)" = 1 ]
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

@test "a place that cannot be meant is refused" {
    make_store
    mkdir recordings
    exhibit source add nvr --root recordings --layout mediamtx --zone UTC
    while IFS='@' read -r latitude longitude words; do
        expect 2 camera add a --source nvr --path a --name A --latitude="$latitude" --longitude="$longitude"
        sentence "$words"
    done <<'END'
91@0@latitude '91' is out of range
0@-181@longitude '-181' is out of range
52,6660@0@not a comma
52 39 57@0@not decimal degrees
@0@not decimal degrees
END
    expect 2 camera add a --source nvr --path a --name A --latitude 52.6660
    sentence 'the longitude is missing'
    expect 2 camera add a --source nvrr --path a --name A
    sentence "did you mean 'nvr'"
    expect 0 camera list
    [ -z "$output" ]
}

@test "a place is kept as it was given, and listed" {
    make_store
    mkdir recordings
    exhibit source add nvr --root recordings --layout mediamtx --zone UTC
    expect 0 camera add a --source nvr --path a --name A --town Wisbech --latitude 52.6660 --longitude -0.1590
    shows 'Wisbech' '52.6660, -0.1590'
    expect 0 camera list --json
    [ "$(jq -r '"\(.id) \(.source) \(.path) \(.name) \(.town) \(.latitude) \(.longitude)"' <<<"$output")" = 'a nvr a A Wisbech 52.6660 -0.1590' ]
}

@test "a place in the configuration that cannot be meant makes it malformed" {
    make_store
    mkdir recordings
    add_camera
    git config -f store/config camera.wisbech-12.latitude 91
    git config -f store/config camera.wisbech-12.longitude 0
    expect 4 camera list
    sentence config "camera 'wisbech-12'" "'91'"
}

@test "cameras are listed by town and by source, and a name that is not known is told with the nearest" {
    make_store
    mkdir recordings other
    add_camera
    exhibit source add other --root other --layout mediamtx --zone UTC
    exhibit camera add march-1 --source other --path march-1 --name 'Broad Street' --town March
    exhibit camera add shed --source other --path shed --name Shed
    expect 0 camera list --town wisBECH --json
    [ "$(jq -r .id <<<"$output")" = wisbech-12 ]
    expect 0 camera list --source other --json
    [ "$(jq -r .id <<<"$output")" = $'march-1\nshed' ]
    expect 0 camera list --source other --town March
    shows march-1
    [ "$(wc -l <<<"$output")" = 1 ]
    expect 0 camera list --source nvr --town March
    [ -z "$output" ]
    expect 2 camera list --town Wisbeach
    sentence "'Wisbeach'" "did you mean 'Wisbech'"
    expect 2 camera list --town Wis
    sentence "'Wis'"
    expect 2 camera list --source nvrr
    sentence "did you mean 'nvr'"
    expect 2 camera list --town ''
}

@test "a configuration that somebody changed meanwhile is not written over" {
    strace -o /dev/null true 2>/dev/null || skip 'strace cannot be used here'
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99
    make_store
    mkdir recordings
    exhibit source add nvr --root recordings --layout mediamtx --zone UTC
    # The slow one has read the configuration when it waits for the lock.
    exec 8<>store/lock
    flock 8
    "$EXHIBIT" camera import - >slow.out 2>slow.err <<<$'id,source,path,name\na,nvr,a,Slow' 8>&- &
    sleep 1
    git config -f store/config camera.a.source nvr
    git config -f store/config camera.a.path a
    git config -f store/config camera.a.name Quick
    exec 8>&-
    ended=0
    wait $! || ended=$?
    # It reads the configuration when it starts, and waits for the lock twice: to recover, and to write.
    [ $ended = 6 ] || { cat slow.err; return 1; }
    grep -q 'try again' slow.err
    [ "$(git config -f store/config camera.a.name)" = Quick ]
}
