#!/usr/bin/env bats
# camera import: all cameras of a file with one entry, or none; every fault of the file told by line and column.
# shellcheck disable=SC2030,SC2031  # each test is a shell of its own
load common

store_with_source() {
    make_store
    mkdir -p recordings
    exhibit source add nvr --root recordings --layout mediamtx --zone UTC >/dev/null
}

columns=id,source,path,name,town,latitude,longitude

# file LINE...: cameras.csv with the usual header line
file() { printf '%s\n' "$columns" "$@" >cameras.csv; }

# before; ...; unchanged: configuration and log are as they were, and nothing is left over
before() { sha256sum store/config >config.before; acts >acts.before; }
unchanged() {
    sha256sum -c --quiet config.before
    acts | cmp - acts.before
    [ ! -e store/config.staged ]
    [ -z "$(find store -name '*.partial')" ]
}

# refused STATUS WORDS...: cameras.csv is not taken, one fault is told with all the words, and nothing is changed
refused() {
    before
    expect "$1" camera import cameras.csv
    shift
    mentions 'cameras.csv line ' "$@" "'cameras.csv' has 1 fault; nothing was changed"
    [ "$(printf '%s\n' "$stderr" | wc -l)" = 2 ]
    unchanged
}

# towns: 83 cameras in four towns and a village, as CSV
towns() {
    local town
    echo "$columns"
    while read -r town count latitude longitude; do
        for ((i = 1; i <= count; i++)); do
            printf '%s-%d,nvr,%s/%d,"%s, view %d",%s,%s,%s\r\n' "${town,,}" $i "${town,,}" $i "$town" $i "$town" "$latitude" "$longitude"
        done
    done <<'END'
Chatteris 15 52.4560 0.0520
March 14 52.5510 0.0880
Whittlesey 6 52.5580 -0.1300
Wisbech 44 52.6660 0.1590
Doddington 4 52.4960 0.0610
END
}

@test "values that cannot be meant are told by line and column, and nothing is changed" {
    store_with_source
    while IFS='@' read -r row words; do
        file "$row"
        IFS=';' read -ra said <<<"$words"
        refused 4 'line 2, ' "${said[@]}"
    done <<'END'
,nvr,a,A,,,@id: it is empty
a b,nvr,a,A,,,@id: ;'a b' cannot name a camera
../a,nvr,a,A,,,@id: ;'../a'
a,nvx,a,A,,,@source: ;'nvx';did you mean 'nvr'?
a,,a,A,,,@source: it is empty
a,nvr,../b,A,,,@path: ;'../b'
a,nvr,/etc,A,,,@path: ;'/etc'
a,nvr,a//b,A,,,@path: ;'a//b'
a,nvr,,A,,,@path: it is empty
a,nvr,a,,,,@name: it is empty
a,nvr,a, A,,,@name: ;begins or ends with a blank
a,nvr,a,A,Wisbech ,,@town: ;begins or ends with a blank
a,nvr,a,A,,91,0@latitude: ;'91';-90 to 90
a,nvr,a,A,,"52,6660",0@latitude: ;'52,6660';not a comma
a,nvr,a,A,,0,-180.001@longitude: ;-180 to 180
a,nvr,a,A,,52.6660,@longitude: ;missing
a,nvr,a,A,,,0.1@latitude: ;missing
a,nvr,a,A,,north,0@latitude: ;'north';52.6660
END
}

@test "a control character in a name is a fault and does not reach the terminal" {
    store_with_source
    file "$(printf 'a,nvr,a,\033[2JA,,,')"
    refused 4 'line 2, name: ' 'control character 0x1b'
    [[ $stderr != *$'\033'* ]]
}

@test "a malformed CSV line is told with its number" {
    store_with_source
    file 'a,nvr,a,A "B" C,,,'
    refused 4 'line 2: holds a double quote'
    file 'a,nvr,a,"A" B,,,'
    refused 4 'line 2: has something between a closing double quote'
    file 'a,nvr,a,A,,,' 'b,nvr,b,"B,,,' 'c,nvr,c,C,,,'
    refused 4 'line 3: opens a double quote that is never closed'
    file 'a,nvr,a,A,,'
    refused 4 'line 2: has 6 fields where the header line has 7'
    file 'a,nvr,a,Market Place, east,,,'
    refused 4 'line 2: has 8 fields'
    printf '%s\rb,nvr,b,B,,,\r' "$columns" >cameras.csv
    refused 4 'line 1: holds a carriage return'
}

@test "a header line that is not one is told: unknown columns with the nearest, missing and doubled ones" {
    store_with_source
    printf 'id,source,path,name,lattitude\n' >cameras.csv
    refused 4 "line 1: column 'lattitude' is not known; did you mean 'latitude'?"
    printf 'id,source,path,name,colour\n' >cameras.csv
    refused 4 "line 1: column 'colour' is not known"
    printf 'id,source,name\n' >cameras.csv
    refused 4 'line 1, path: the column is missing'
    printf 'id,source,path,name,ID\n' >cameras.csv
    refused 4 'line 1, id: the column is there twice'
    : >cameras.csv
    refused 4 'line 1: the file is empty'
    printf 'a,nvr,a,A,Wisbech,52.6,0.1\n' >cameras.csv
    before
    expect 4 camera import cameras.csv
    mentions "'Wisbech' is not known" 'line 1, id: the column is missing'
    unchanged
}

@test "what is no UTF-8 text is told, whatever it is" {
    store_with_source
    file "$(printf 'a,nvr,a,M\344rz,,,')"
    refused 4 'line 2: is not UTF-8' 'CSV UTF-8'
    { echo $columns; printf 'a,nvr,a,\0A,,,\n'; } >cameras.csv
    refused 4 'line 2: holds a NUL byte'
    iconv -f UTF-8 -t UTF-16 <<<"$columns" >cameras.csv
    refused 4 'line 1: ' 'CSV UTF-8'
    head -c 100000 "$EXHIBIT" >cameras.csv
    refused 4 'line 1: '
}

@test "a huge line, and a file that is too large or too long, are told" {
    store_with_source
    file "a,nvr,a,$(head -c 1000000 /dev/zero | tr '\0' x),,,"
    refused 4 'line 2, name: ' 'longer than 256 bytes'
    { echo $columns; head -c 3000000 /dev/zero | tr '\0' ,; } >cameras.csv
    refused 4 'line 2: has more fields'
    { echo $columns; yes ',,,,,,' | head -n 10001; } >cameras.csv
    refused 4 'more than 10000 rows'
    head -c 16777217 /dev/zero >cameras.csv
    before
    expect 4 camera import cameras.csv
    sentence cameras.csv 16777216
    unchanged
}

@test "a camera that is twice in the file is told with both lines" {
    store_with_source
    file 'a,nvr,a,A,,,' 'b,nvr,b,B,,,' 'a,nvr,a,A,,,'
    refused 4 "line 4, id: camera 'a' is on line 2 already"
}

@test "all faults are told, twenty of them one by one, and one sound row changes nothing" {
    store_with_source
    file 'good,nvr,good,Good,,,' 'b d,nvx,..,,,91,999'
    before
    expect 4 camera import cameras.csv
    mentions 'line 3, id' 'line 3, source' 'line 3, path' 'line 3, name' 'line 3, latitude' 'line 3, longitude' '6 faults'
    unchanged
    { echo $columns; for ((i = 0; i < 50; i++)); do echo "c$i,nvx,c,C,,,"; done; } >cameras.csv
    expect 4 camera import cameras.csv --json
    json_lines
    mentions 'line 21, source' 'and 30 more' '50 faults'
    [[ $stderr != *'line 22,'* ]]
    [ "$(jq -r 'select(.type == "problem") | "\(.line) \(.column)"' <<<"$output" | head -n 1)" = '2 source' ]
    [ "$(jq -r 'select(.type == "error").status' <<<"$output")" = 4 ]
    unchanged
}

@test "no file, two files, a missing one and a directory are told" {
    store_with_source
    before
    expect 2 camera import
    mentions 'CSV file'
    expect 2 camera import a b
    expect 3 camera import nowhere.csv
    sentence nowhere.csv
    mkdir cameras.csv
    expect 3 camera import cameras.csv
    sentence cameras.csv directory
    unchanged
}

@test "a role that may not is refused before the file is looked at" {
    store_with_source
    make_key bo BO operator
    exhibit key trust bo.pub --name Bo --initials BO --role operator >/dev/null
    file 'a,nvr,a,A,,,'
    before
    expect 5 camera import cameras.csv --key bo.key
    sentence operator camera-import
    unchanged
}

@test "a store that another holds is busy, and nothing is changed" {
    store_with_source
    file 'a,nvr,a,A,,,'
    before
    exec 8<>store/lock
    flock 8
    expect 6 camera import cameras.csv
    exec 8>&-
    sentence lock
    unchanged
}

@test "a camera that is there with other facts is refused, naming what differs" {
    store_with_source
    file 'a,nvr,a,A,March,,' 'b,nvr,b,B,,,'
    expect 0 camera import cameras.csv
    file 'a,nvr,a,A,Wisbech,,' 'b,nvr,b,B,,,' 'c,nvr,c,C,,,'
    refused 5 "line 2: camera 'a' is there already with other facts" "town 'March' there, 'Wisbech' here" --update
    # A fault beside it makes the whole malformed.
    file 'a,nvr,a,A,Wisbech,,' 'b,nvx,b,B,,,'
    before
    expect 4 camera import cameras.csv
    mentions '2 faults'
    unchanged
}

@test "a disk that is full while the configuration is written leaves it and the log as they were" {
    store_with_source
    towns >cameras.csv
    before
    run --separate-stderr bash -c 'ulimit -f 4; exec "$0" camera import cameras.csv </dev/null' "$EXHIBIT"
    [ "$status" = 3 ]
    sentence 'exhibit: '
    unchanged
    expect 0 log verify
    expect 0 camera import cameras.csv
}

@test "killed at any step, all cameras are in with their entry, or none is" {
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99   # the leak checker cannot work under strace
    strace -o /dev/null true 2>/dev/null || skip 'strace cannot be used here'
    store_with_source
    towns >cameras.csv
    cp -a store store.before
    local call n ended in=0 out=0 cameras entries
    for call in renameat2 rename renameat link linkat unlink unlinkat mkdirat fsync openat; do
        for ((n = 1; n < 1000; n += (call == openat) ? 25 : 1)); do
            rm -rf store
            cp -a store.before store
            ended=0
            strace -f -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$n" \
                "$EXHIBIT" camera import cameras.csv </dev/null >/dev/null 2>&1 || ended=$?
            [ $ended = 0 ] || [ $ended = 137 ]
            # Whoever writes next finishes or clears it.
            exhibit case open --type other --reference police:1 --requested-by police --basis consent --quiet >/dev/null
            cameras=$(exhibit camera list | wc -l)
            entries=$(count_acts camera-import)
            [ "$cameras-$entries" = 0-0 ] || [ "$cameras-$entries" = 83-1 ] ||
                { echo "killed at $call $n: $cameras cameras, $entries entries"; return 1; }
            [ -z "$(find store -name '*.partial' -o -name config.staged)" ] || { find store -name '*.partial' -o -name config.staged; return 1; }
            expect 0 log verify
            if [ "$cameras" = 0 ]; then out=$((out + 1)); else in=$((in + 1)); fi
            [ $ended != 0 ] || break
        done
    done 2>/dev/null   # bash tells of each death
    echo "in $in, out $out"
    [ $in -gt 0 ] && [ $out -gt 0 ]
}

@test "killed between the entry and the new configuration, the next act finishes the import" {
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99
    strace -o /dev/null true 2>/dev/null || skip 'strace cannot be used here'
    store_with_source
    towns >cameras.csv
    before
    for ((n = 1; n < 20; n++)); do
        ended=0
        strace -f -o /dev/null -e trace=renameat -e "inject=renameat:signal=KILL:when=$n" \
            "$EXHIBIT" camera import cameras.csv </dev/null >/dev/null 2>&1 || ended=$?
        [ $ended = 137 ]
        [ "$(acts | tail -n 1)" != camera-import ] || break
    done 2>/dev/null   # bash tells of each death
    [ "$(acts | tail -n 1)" = camera-import ]
    sha256sum -c --quiet config.before
    expect 0 camera import cameras.csv
    mentions 'cut off was finished'
    shows '0 added' '83 there already'
    [ "$(acts | grep -c camera-import)" = 1 ]
}

@test "the service's 83 cameras in four towns and a village go in with one entry, and are listed by town" {
    store_with_source
    towns >cameras.csv
    before
    expect 0 camera import cameras.csv --dry-run
    shows 'wisbech-44' '83 would be added' 'nothing was changed'
    unchanged
    expect 0 camera import cameras.csv
    shows '83 added, 0 changed, 0 there already'
    acts >acts.after
    head -n -1 acts.after | cmp - acts.before
    [ "$(tail -n 1 acts.after)" = camera-import ]
    expect 0 log verify
    for town in Chatteris:15 March:14 Whittlesey:6 Wisbech:44 Doddington:4; do
        expect 0 camera list --town "${town%:*}" --json
        [ "$(wc -l <<<"$output")" = "${town#*:}" ]
    done
    expect 0 camera list --town whittlesey --json
    [ "$(jq -r 'select(.id == "whittlesey-6") | "\(.source) \(.path) \(.name) \(.town) \(.latitude) \(.longitude)"' <<<"$output")" = \
        'nvr whittlesey/6 Whittlesey, view 6 Whittlesey 52.5580 -0.1300' ]
}

@test "twice is as good as once: nothing is changed and no entry is made" {
    store_with_source
    towns >cameras.csv
    expect 0 camera import cameras.csv
    before
    expect 0 camera import cameras.csv
    shows '0 added, 0 changed, 83 there already with the same facts'
    unchanged
}

@test "standard input is read, with a byte order mark, CRLF or LF, any order of columns, quotes and empty lines" {
    store_with_source
    printf '\357\273\277Name,ID,Path,Source\r\n"Market Place, ""east""\nbehind the corn exchange",a,town/a,nvr\r\n\r\n,,,\r\nHigh Street,b,b,nvr' >cameras.csv
    run --separate-stderr bash -c '"$0" camera import - --json <cameras.csv' "$EXHIBIT"
    [ "$status" = 0 ]
    json_lines
    [ "$(jq -r 'select(.id == "a") | .act + .name' <<<"$output")" = $'addMarket Place, "east"\nbehind the corn exchange' ]
    [ "$(jq -c 'select(.type == "camera-import-sum") | [.added, .changed, .same, .dry_run]' <<<"$output")" = '[2,0,0,false]' ]
    expect 0 camera list --json
    [ "$(jq -r 'select(.id == "a").name' <<<"$output")" = $'Market Place, "east"\nbehind the corn exchange' ]
    run --separate-stderr bash -c '"$0" camera import - <<<"id,source,path,name,"' "$EXHIBIT"
    [ "$status" = 4 ]
    mentions 'standard input line 1'
}

@test "an update changes what the file says otherwise, and the entry says from what to what" {
    store_with_source
    file 'a,nvr,a,A,March,52.5510,0.0880' 'b,nvr,b,B,,,'
    expect 0 camera import cameras.csv
    file 'a,nvr,a/2,A,Wisbech,,' 'b,nvr,b,B,,,' 'c,nvr,c,C,,,'
    before
    expect 0 camera import cameras.csv --update --dry-run
    shows "town: 'March' becomes 'Wisbech'" '1 would be added, 1 would be changed, 1 there already'
    unchanged
    expect 0 camera import cameras.csv --update --json
    json_lines
    [ "$(jq -c 'select(.id == "a").changes' <<<"$output")" = \
        '{"latitude":{"from":"52.5510","to":null},"longitude":{"from":"0.0880","to":null},"path":{"from":"a","to":"a/2"},"town":{"from":"March","to":"Wisbech"}}' ]
    expect 0 log show --details --json
    jq -se 'map(select(.entry.act == "camera-import"))[1].details |
        (.changed[0].changes.town == {"from": "March", "to": "Wisbech"}) and .added[0].id == "c" and .unchanged == 1' <<<"$output"
    expect 0 camera list --json
    [ "$(jq -c 'select(.id == "a") | [.path, .town, .latitude]' <<<"$output")" = '["a/2","Wisbech",null]' ]
    # Columns that the file has not got stay as they are.
    printf 'id,source,path,name\na,nvr,a/3,A\n' >cameras.csv
    expect 0 camera import cameras.csv --update
    expect 0 camera list --json
    [ "$(jq -c 'select(.id == "a") | [.path, .town]' <<<"$output")" = '["a/3","Wisbech"]' ]
}

@test "ten thousand cameras go in within the bounds of an entry" {
    store_with_source
    { echo $columns; for ((i = 0; i < 10000; i++)); do printf 'cam-%05d,nvr,cam-%05d,View %d,Wisbech,52.6660,0.1590\n' $i $i $i; done; } >cameras.csv
    expect 0 camera import cameras.csv --quiet
    [ "$(exhibit camera list | wc -l)" = 10000 ]
    expect 0 log verify
}

@test "more than one entry can hold is told, and nothing is changed" {
    store_with_source
    long=$(head -c 250 /dev/zero | tr '\0' x)
    { echo $columns; for ((i = 0; i < 10000; i++)); do echo "cam-$i,nvr,cam-$i,$long,Wisbech,,"; done; } >cameras.csv
    before
    expect 2 camera import cameras.csv
    sentence 'importing 10000 rows at once' 'larger than 2097152 bytes'
    unchanged
}
