#!/usr/bin/env bats
# Settings: which store is meant, what its settings are, and how one is changed: whole or not at all, with an entry, and never to
# what the store could not be opened with.
# shellcheck disable=SC2030,SC2031,SC2103  # each test is a shell of its own
load common

# desk: a store with a source and a camera
desk() {
    make_store
    mkdir recordings
    exhibit source add nvr --root recordings --layout mediamtx --zone UTC >/dev/null
    exhibit camera add wisbech-12 --source nvr --path wisbech-12 --name 'Market Place' >/dev/null
}
setting() { jq -c "select(.name == \"$1\") | $2" <<<"$output"; }
# unchanged: neither the configuration nor the log
remember() { cp store/config config.before; acts | wc -l >acts.before; }
unchanged() { cmp store/config config.before && [ "$(acts | wc -l)" = "$(cat acts.before)" ] && [ ! -e store/config.staged ]; }

@test "a setting is what the file says, or else what is usual; neither needs a key" {
    desk
    export EXHIBIT_KEY=''
    expect 0 config get store.zone
    [ "$output" = Europe/London ]
    expect 0 config get store.gapTolerance
    [ "$output" = 1000 ]
    expect 0 config get camera.wisbech-12.name --json
    json_lines
    [ "$(setting camera.wisbech-12.name '[.type, .value, .set, .usual]')" = '["setting","Market Place",true,null]' ]
    expect 1 config get camera.wisbech-12.town
    [ -z "$output" ]
    expect 0 config list --json
    json_lines
    [ "$(setting store.clockage '[.value, .set]')" = '["31",false]' ]
    [ "$(setting source.nvr.layout '[.value, .set]')" = '["mediamtx",true]' ]
    expect 0 config list
    shows 'store.zone' 'Europe/London' '31 (usual)'
    expect 0 config list --all --json
    [ "$(setting 'camera.*.town' '[.value, .set]')" = '[null,false]' ]
    jq -se 'all(.meaning != "")' <<<"$output" >/dev/null
    # Of a key that comes twice the last value counts.
    git config -f store/config --add store.clockAge 7
    git config -f store/config --add store.clockAge 9
    expect 0 config get store.clockage
    [ "$output" = 9 ]
}

@test "every setting that the list has can be set as it says, and what is usual is what a store goes by" {
    desk
    git config -f store/config --unset export.request         # the only one that a new store sets
    expect 0 config list --all --json
    jq -r 'select(.usual != null and (.name | contains("*") | not)) | "\(.name) \(.usual)"' <<<"$output" >usual
    [ "$(wc -l <usual)" = 5 ]
    while read -r name value; do expect 0 config set "$name" "$value"; done <usual
    expect 0 config set profile.stick.file 4000000000
    expect 0 config set profile.stick.volume 8000000000
    expect 0 config set remote.mirror.url /mnt/mirror.git
    expect 0 config set remote.mirror.timeout 60
    expect 0 config set source.nvr.rate 25
    expect 2 config set camera.wisbech-12.latitude 52.66
    sentence longitude
    expect 0 config set camera.wisbech-12.latitude 52.66 camera.wisbech-12.longitude 0.16 store.clockAge 31 --json
    json_lines
    [ "$(jq -c .changed <<<"$output" | paste -sd' ')" = 'true true false' ]
    expect 0 config set tsa.url http://tsa.example/tsr
    expect 0 config set tsa.ca /etc/tsa.pem
    expect 0 config check
    expect 0 camera list
}

@test "a change is in the file, leaves the rest of it, and is an entry that says nothing in clear" {
    desk
    printf '# a remark of ours\n' >>store/config
    cp store/config before
    expect 0 config set store.organisation 'Fenland "CCTV" \ Peterborough' --json
    json_lines
    [ "$(jq -c '[.type, .changed]' <<<"$output")" = '["config-set",true]' ]
    expect 0 config get store.organisation
    [ "$output" = 'Fenland "CCTV" \ Peterborough' ]
    [ "$(git config -f store/config store.organisation)" = "$output" ]
    [ "$(diff before store/config | grep -c '^[<>]')" = 2 ]
    [ "$(acts | tail -n 1)" = config-set ]
    entry=$(git --git-dir store/custody.git show custody:entry.json)
    [[ $entry != *Fenland* ]]
    [ "$(jq -r .digests.config <<<"$entry")" = "$(sha256sum store/config | cut -c1-64)" ]
    expect 0 log show --details --json
    [[ $output == *'Fenland \"CCTV\"'* ]]
    expect 0 log verify
}

@test "a key that is not known is refused with the nearest one: typed, or found in the file" {
    desk
    remember
    expect 2 config set store.clokage 5
    sentence store.clokage store.clockage
    expect 2 config get camera.wisbech-12.nmae
    sentence camera.wisbech-12.name
    expect 2 config set store.x.zone UTC
    expect 2 config set zone UTC
    expect 2 config get 'camera.a b.name'
    expect 2 config set 'camera.*.town' March
    unchanged
    git config -f store/config store.gapTolerence 5
    for command in 'config check' 'camera list'; do
        # shellcheck disable=SC2086  # two words
        expect 4 $command
        sentence store.gaptolerence store.gaptolerance
    done
    # It can be looked at, and mended, all the same.
    expect 0 config get store.zone
    expect 0 config list
    git config -f store/config --unset store.gapTolerence
    expect 0 config check --json
    json_lines
}

@test "a value that the store could not be opened with is refused before it is written, in a dry run too" {
    desk
    remember
    while IFS='|' read -r name value; do
        expect 2 config set "$name" "$value" --dry-run || return 1
        sentence 'nothing was changed'
        expect 2 config set "$name" "$value" || return 1
        sentence 'nothing was changed'
        unchanged || { echo "$name $value"; return 1; }
    done <<'END'
store.version|2
store.zone|Europe/Wisbech
store.recovery|age1x
store.gapTolerance|x
store.clockAge|40000
store.publicHolidays|2026-02-30
store.publicHolidays|2026-05-08 --2026-05-04
media.cage|perhaps
camera.wisbech-12.source|other
camera.wisbech-13.name|Market
camera.wisbech-12.latitude|91
source.nvr.layout|nonsense
source.nvr.rate|x
source.new.root|/tmp
profile.stick.file|4 GB
remote.mirror.timeout|x
tsa.url|ftp://x
tsa.ca|relative.pem
END
    expect 0 config check
}

@test "a dry run of a value that fits changes nothing, and one that is there already leaves no entry" {
    desk
    remember
    expect 0 config set store.clockAge 14 --dry-run --json
    [ "$(jq -c '[.changed, .dry_run]' <<<"$output")" = '[false,true]' ]
    unchanged
    expect 0 config set store.zone Europe/London --json
    [ "$(jq -c .changed <<<"$output")" = false ]
    unchanged
}

@test "only an admin may; without a key, a store or a free lock it says so" {
    desk
    make_key op2 OB operator
    expect 0 key trust op2.pub --name Operator --initials OB --role operator
    remember
    EXHIBIT_KEY=op2.key expect 5 config set store.clockAge 14
    sentence operator
    EXHIBIT_KEY='' expect 2 config set store.clockAge 14
    expect 2 config set store.clockAge
    expect 2 config set store.clockAge 14 store.zone
    expect 2 config get
    expect 2 config get store.zone store.zone
    for command in 'get store.zone' list check; do
        # shellcheck disable=SC2086  # words
        expect 3 config $command --store nowhere
    done
    expect 3 config set store.clockAge 14 --store nowhere
    exec 9<>store/lock
    flock 9
    expect 6 config set store.clockAge 14
    flock -u 9
    unchanged
    echo '[store' >store/config
    for command in 'get store.zone' list check 'set store.clockAge 14'; do
        # shellcheck disable=SC2086  # words
        expect 4 config $command
    done
}

@test "killed anywhere, the old value holds or the new one, and the log agrees" {
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99
    strace -o /dev/null true 2>/dev/null || skip 'strace cannot be used here'
    desk
    deaths=0 days=40
    for call in rename renameat renameat2 fsync unlinkat; do
        for ((n = 1; n < 20; n += 2)); do
            days=$((days + 1)) ended=0
            strace -f -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$n" "$EXHIBIT" config set store.clockAge $days \
                </dev/null >/dev/null 2>&1 || ended=$?
            [ $ended = 137 ] || break
            deaths=$((deaths + 1))
            expect 0 doctor --quiet
            [ -z "$(find store -name '*.partial' -o -name '*.staged')" ]
            # As many changes are in the log as are in the file: the last one that was entered is there.
            entered=$(exhibit log show --details --json | jq -rs 'map(.details["store.clockage"] // empty) | last // 31')
            [ "$(exhibit config get store.clockAge)" = "$entered" ]
        done 2>/dev/null
    done
    [ $deaths -gt 5 ] || { echo "$deaths deaths"; return 1; }
    expect 0 log verify
    expect 0 config check
}

@test "of two at once each is done whole, or told to try again" {
    desk
    exhibit config set store.clockAge 14 >/dev/null 2>one || echo $? >>ended &
    exhibit config set store.gapTolerance 500 >/dev/null 2>two || echo $? >>ended
    wait
    [ ! -e ended ] || [ "$(cat ended)" = 6 ]
    expect 0 config check
    expect 0 log verify
    touch ended
    [ "$(count_acts config-set)" = $((2 - $(wc -l <ended))) ]
}

@test "a full disk changes nothing" {
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99
    strace -o /dev/null true 2>/dev/null || skip 'strace cannot be used here'
    desk
    remember
    run --separate-stderr strace -f -o /dev/null -P "$PWD/store" -e trace=fsync -e inject=fsync:error=ENOSPC "$EXHIBIT" config set store.clockAge 14
    [ "$status" = 3 ]
    unchanged
    [ -z "$(find store -name '*.partial')" ]
    expect 0 config set store.clockAge 14
}

# ---- which store ----

@test "the store is the one named by option, else by EXHIBIT_STORE, else the one that the working directory is in" {
    desk
    EXHIBIT_STORE='' exhibit init other --organisation Other --zone UTC >/dev/null
    mkdir -p other/exhibits/deep/down
    cd other/exhibits/deep/down
    top=../../../..
    EXHIBIT_KEY=$top/op.key
    expect 0 config get store.organisation
    [[ $output == Fenland* ]]
    EXHIBIT_STORE=$top/other expect 0 config get store.organisation --store $top/store
    [[ $output == Fenland* ]]
    for named in unset empty; do
        unset EXHIBIT_STORE
        [ $named = unset ] || export EXHIBIT_STORE=''
        expect 0 config get store.organisation
        [ "$output" = Other ]
        expect 0 config set store.clockAge 14
        expect 0 log verify
        expect 0 verify --store --quiet || [ "$status" = 7 ]
    done
    cd $top
    expect 2 config get store.zone
    sentence -- --store EXHIBIT_STORE
    expect 2 log verify
    expect 2 case list
}

@test "one that the working directory is in must be one's own, and says nothing of whom to trust" {
    desk
    open_case
    echo words >words.txt
    exhibit add words.txt --case C1 --from police --received '2021-12-06 10:15' --quiet >/dev/null || [ $? = 7 ]
    exhibit seal OP1 --out out --quiet >/dev/null || [ $? = 7 ]
    cd store
    expect 0 verify ../out/*.zip
    unset EXHIBIT_STORE
    # A stick that brings a package may bring a store with it.
    expect 7 verify ../out/*.zip
    shows PARTIAL
    EXHIBIT_KEY=../op.key expect 0 verify OP1
    EXHIBIT_KEY=../op.key expect 7 verify OP1 ../out/*.zip
    shows VERIFIED PARTIAL
    cd ..
    chown 12345 store 2>/dev/null || skip 'only root can give a store away'
    cd store
    expect 5 config get store.zone
    sentence 'somebody else' --store
    expect 0 config get store.zone --store .
}
