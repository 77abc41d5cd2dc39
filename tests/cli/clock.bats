#!/usr/bin/env bats
# The recorder's clock is held against true time, and what was found is said of all footage around it.
load common

# desk [ZONE]: a store with camera wisbech-12, whose recorder shows ZONE and was never checked
desk() {
    make_store
    mkdir -p recordings
    exhibit source add nvr --root recordings --layout mediamtx --zone "${1:-UTC}" >/dev/null
    exhibit camera add wisbech-12 --source nvr --path wisbech-12 --name 'Market Place' >/dev/null
}

how=(--reference 'NTP stratum 2' --method 'both read at once')
fast=(--shown '2021-12-05 21:00:15' --actual '2021-12-05 21:00:00' "${how[@]}")

# check STATUS OPTION...: a check of wisbech-12's clock
check() { expect "$1" camera check-time wisbech-12 "${@:2}"; }

checks() { count_acts camera-check-time; }

# nothing_entered: no entry, no photograph
nothing_entered() {
    [ "$(checks)" = 0 ]
    [ -z "$(find store/checks -type f 2>/dev/null)" ]
}

# of_footage FILTER: a value of the footage line in $output
of_footage() { jq -r "$1" <<<"$output"; }

# ---- what is refused ----

@test "times that cannot be read are usage errors that name the option" {
    desk
    for time in yesterday 21:00:15 '2021-02-30 10:00' '2021-12-05 25:00' ''; do
        check 2 --shown "$time" --actual '2021-12-05 21:00' "${how[@]}"
        sentence --shown time
        check 2 --shown '2021-12-05 21:00' --actual "$time" "${how[@]}"
        sentence --actual time
    done
    nothing_entered
}

@test "a local time that happened twice is refused with both candidates, in local time and UTC with its date" {
    desk Europe/London
    check 2 --shown '2021-10-31 01:30' --actual 2021-10-31T00:30:00Z "${how[@]}"
    sentence --shown "'2021-10-31 01:30 BST' (2021-10-31 00:30:00 UTC)" "'2021-10-31 01:30 GMT' (2021-10-31 01:30:00 UTC)"
    check 2 --shown 2021-10-31T00:30:00Z --actual '2021-10-31 01:30' "${how[@]}"
    sentence --actual "'2021-10-31 01:30 BST' (2021-10-31 00:30:00 UTC)" "'2021-10-31 01:30 GMT' (2021-10-31 01:30:00 UTC)"
    check 2 --shown '2021-03-28 01:30' --actual 2021-03-28T00:30:00Z "${how[@]}"
    sentence --shown '2021-03-28 00:30 GMT' '2021-03-28 02:30 BST'
    nothing_entered
    check 0 --shown '2021-10-31 01:30 BST' --actual '2021-10-31 01:30:00 BST' "${how[@]}"
    shows 'recorder is right; true = shown'
}

@test "an actual time that is still to come is refused, with this computer's time" {
    desk
    check 2 --shown '2261-01-01 00:00' --actual '2261-01-01 00:00' "${how[@]}"
    sentence 2261-01-01T00:00:00Z 'still to come' "$(date -u +%Y-%m-%d)"
    nothing_entered
}

@test "a difference of more than a day needs a word, and is then as good as any" {
    desk
    check 5 --shown '1970-01-01 00:10:17' --actual '2021-12-05 21:00:00' "${how[@]}"
    sentence 1970-01-01T00:10:17Z 2021-12-05T21:00:00Z --large-difference days SLOW
    check 5 --shown '2021-12-06 21:00:00.001' --actual '2021-12-05 21:00:00' "${how[@]}"
    sentence FAST
    nothing_entered
    check 0 --shown '2021-12-06 21:00:00' --actual '2021-12-05 21:00:00' "${how[@]}"
    check 0 --shown '1970-01-01 00:10:17' --actual '2021-12-05 21:00:01' --large-difference "${how[@]}"
    shows 'recorder is 18966 days 20 h 49 min 44 s SLOW'
    check 2 --shown '1678-01-01 00:00' --actual '2021-12-05 21:00:00' --large-difference "${how[@]}"
    sentence '292 years'
}

@test "lengths and texts that say nothing are refused" {
    desk
    for length in 1 second -1s 1h '' 100000min; do
        check 2 "${fast[@]}" --uncertainty "$length"
        sentence --uncertainty
    done
    check 2 --shown '2021-12-05 21:00:15' --actual '2021-12-05 21:00:00' --reference ' ' --method eyes
    sentence reference
    check 2 --shown '2021-12-05 21:00:15' --actual '2021-12-05 21:00:00' --reference NTP --method ''
    sentence method
    check 2 --shown '2021-12-05 21:00:15' --actual '2021-12-05 21:00:00' --reference NTP --method "$(head -c 501 /dev/zero | tr '\0' x)"
    sentence method 500
    nothing_entered
}

@test "options that are missing or contradict each other are usage errors" {
    desk
    check 2
    mentions --shown --actual --reference --method
    expect 2 camera check-time "${fast[@]}"
    mentions camera
    expect 2 camera check-time wisbech-12 other "${fast[@]}"
    check 2 --list "${fast[@]}"
    mentions --list
    nothing_entered
}

@test "an unknown camera is refused, and the nearest one named" {
    desk
    expect 2 camera check-time wisbech-21 "${fast[@]}"
    sentence wisbech-21 "'wisbech-12'"
    expect 2 camera check-time wisbech-21 --list
    sentence wisbech-21 "'wisbech-12'"
    nothing_entered
}

@test "a photograph that is missing, empty, too large or no file is refused, and no check entered" {
    desk
    check 3 "${fast[@]}" --photo nowhere.jpg
    sentence nowhere.jpg 'No such file'
    : >empty.jpg
    check 4 "${fast[@]}" --photo empty.jpg
    sentence empty
    check 4 "${fast[@]}" --photo recordings
    sentence recordings 'regular file'
    mkfifo pipe.jpg
    check 4 "${fast[@]}" --photo pipe.jpg
    sentence pipe.jpg 'regular file'
    truncate -s 50000001 large.jpg
    check 4 "${fast[@]}" --photo large.jpg
    sentence large.jpg 50000000
    nothing_entered
}

@test "a photograph of 50 MB is kept" {
    desk
    truncate -s 50000000 large.jpg
    check 0 "${fast[@]}" --photo large.jpg
    check 0 --list
    shows 'photo is     kept'
}

@test "a full disk keeps no half photograph and enters no check" {
    desk
    head -c 1000000 /dev/urandom >clock.jpg
    run --separate-stderr bash -c 'ulimit -f 200; exec "$0" camera check-time wisbech-12 "$@" </dev/null' "$EXHIBIT" \
        "${fast[@]}" --photo clock.jpg
    [ "$status" = 3 ]
    sentence photograph
    nothing_entered
    nothing_left
    expect 0 log verify
    check 0 "${fast[@]}" --photo clock.jpg
}

@test "a photograph that was kept and is damaged since is reported, not written over" {
    desk
    echo photograph >clock.jpg
    check 0 "${fast[@]}" --photo clock.jpg
    kept=$(echo store/checks/*)
    echo damaged >"$kept"
    check 4 "${fast[@]}" --photo clock.jpg
    sentence damaged "$kept"
    [ "$(cat "$kept")" = damaged ]
    [ "$(checks)" = 1 ]
}

@test "a role that may not check clocks is refused, and its photograph not kept" {
    desk
    echo photograph >clock.jpg
    for role in auditor dpo; do
        initials=${role:0:2}
        make_key "$role" "${initials^^}" "$role"
        expect 0 key trust "$role.pub" --name "$role" --initials "${initials^^}" --role "$role"
        check 5 "${fast[@]}" --photo clock.jpg --key "$role.key"
        sentence "role '$role'" camera-check-time
    done
    make_key stranger ST operator
    check 5 "${fast[@]}" --photo clock.jpg --key stranger.key
    sentence 'not trusted'
    nothing_entered
    make_key bo BO operator
    expect 0 key trust bo.pub --name Bo --initials BO --role operator
    check 0 "${fast[@]}" --photo clock.jpg --key bo.key
    shows BO
    check 0 --list --key auditor.key
    shows '15 s FAST'
}

@test "a store that another process holds is busy" {
    desk
    exec 8>>store/lock
    flock 8
    check 6 "${fast[@]}"
    sentence 'try again'
    exec 8>&-
    check 0 "${fast[@]}"
}

# ---- at once, and cut off ----

@test "two checks at once are both entered" {
    desk
    head -c 3000000 /dev/urandom >clock.jpg
    for second in 1 2 3 4; do
        exhibit camera check-time wisbech-12 --shown "2021-12-05 21:00:1$second" --actual '2021-12-05 21:00:00' "${how[@]}" --photo clock.jpg \
            >"said$second" &
    done
    wait
    [ "$(checks)" = 4 ]
    [ "$(find store/checks -type f | wc -l)" = 1 ]
    check 0 --list --json
    [ "$(jq -r .photo_state <<<"$output" | sort -u)" = kept ]
    expect 0 log verify
}

@test "killed at any moment, a check is entered with its photograph or not at all" {
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99   # the leak checker cannot work under strace
    strace -o /dev/null true 2>/dev/null || skip 'strace cannot be used here'
    desk
    local killed=0 ended entered unlogged=0 each
    for each in pwrite64:2 fsync:2 fdatasync:1 renameat2:1 rename:1 link:1 mkdirat:1; do
        call=${each%:*}
        for ((n = 1; n < 100; n += ${each#*:})); do
            head -c 5000 /dev/urandom >clock.jpg
            entered=$(checks)
            ended=0
            strace -f -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$n" \
                "$EXHIBIT" camera check-time wisbech-12 "${fast[@]}" --photo clock.jpg </dev/null >/dev/null 2>&1 || ended=$?
            [ $ended = 0 ] || [ $ended = 137 ] || { echo "$call number $n: exit status $ended"; return 1; }
            [ $ended != 0 ] || break
            killed=$((killed + 1))
            # The next command tidies what was half written, and everything in the log is whole.
            expect 0 case open --type other --reference police:1 --requested-by police --basis consent
            [ -z "$(find store -name '*.partial')" ]
            expect 0 log verify
            run --separate-stderr exhibit camera check-time wisbech-12 --list --json
            [ "$(jq -r 'select(.photo_state and .photo_state != "kept")' <<<"$output")" = '' ]
            if [ "$status" = 7 ]; then
                # Kept but not entered: said, and left alone until the check is entered after all.
                [ "$(checks)" = "$entered" ]
                [ "$(jq -r 'select(.code == "unknown-photo").text' <<<"$output" | grep -c "$(sha256sum <clock.jpg | cut -d' ' -f1)")" = 1 ]
                unlogged=$((unlogged + 1))
                check 0 "${fast[@]}" --photo clock.jpg
                check 0 --list
            fi
        done
    done 2>/dev/null   # bash tells of each death
    echo "killed $killed times, $unlogged photographs without a check"
    [ $killed -gt 10 ]
    [ $unlogged -gt 0 ]
}

# ---- what a check is ----

@test "a check shows both times with zone and UTC, and says FAST or SLOW" {
    desk Europe/London
    check 0 --shown '2021-07-05 21:00:15' --actual '2021-07-05 21:00:00' "${how[@]}" --uncertainty 0.5s
    shows '2021-07-05 21:00:15 BST (2021-07-05T20:00:15Z)' '2021-07-05 21:00:00 BST (2021-07-05T20:00:00Z)' \
        'recorder is 15 s FAST; true = shown - 15 s' '0.500 s' 'NTP stratum 2' 'both read at once'
    check 0 --shown '2021-12-05 21:00:00' --actual '2021-12-05 21:00:15Z' "${how[@]}" --uncertainty 200ms --json
    json_lines
    [ "$(of_footage .words)" = 'recorder is 15 s SLOW; true = shown + 15 s' ]
    [ "$(of_footage .offset_ns)" = -15000000000 ]
    [ "$(of_footage .uncertainty_ns)" = 200000000 ]
    [ "$(of_footage .by)" = OP ]
}

@test "times are read in the zone of the recorder and in that of the store, and a whole hour between them is remarked on" {
    desk Europe/Paris
    check 0 --shown '2021-12-05 22:00:15' --actual '2021-12-05 21:00:00' "${how[@]}"
    shows '2021-12-05 22:00:15 CET' '15 s FAST'
    [ -z "$stderr" ]
    check 0 --shown '2021-12-05 21:00:15' --actual '2021-12-05 21:00:00' "${how[@]}"
    shows '59 min 45 s SLOW'
    sentence 'whole hour' Europe/Paris
}

@test "a check is one signed entry, sealed but for the photograph's digest" {
    desk
    echo photograph >clock.JPG
    check 0 "${fast[@]}" --photo clock.JPG
    digest=$(sha256sum <clock.JPG | cut -d' ' -f1)
    cmp clock.JPG "store/checks/$digest.jpg"
    entry=$(git --git-dir store/custody.git show custody:entry.json)
    [ "$(jq -r .act <<<"$entry")" = camera-check-time ]
    [ "$(jq -r .digests.photo <<<"$entry")" = "$digest" ]
    [ "$(jq -r .details.key <<<"$entry")" = store ]
    run ! grep -qE 'wisbech-12|NTP stratum|both read' <<<"$entry"
    expect 0 log verify
    check 0 --list
    shows 'NTP stratum 2'
}

@test "a dry run says how the check is understood, and enters nothing" {
    desk
    echo photograph >clock.jpg
    check 0 "${fast[@]}" --photo clock.jpg --dry-run
    shows '15 s FAST' "$(sha256sum <clock.jpg | cut -d' ' -f1)"
    check 5 --shown 1970-01-01T00:00:00Z --actual 2021-12-05T21:00:00Z "${how[@]}" --dry-run
    nothing_entered
    expect 0 log verify
}

@test "the list gives each check, the drift between them, and what corrects what" {
    desk
    check 0 --list
    [ -z "$output" ]
    sentence 'no check'
    check 0 --shown '2022-01-05 21:00:17' --actual '2022-01-05 21:00:00' "${how[@]}"
    check 0 --shown '2021-12-05 21:00:51' --actual '2021-12-05 21:00:00' "${how[@]}"
    check 0 "${fast[@]}"
    check 0 --list
    shows 'between the checks of 2021-12-05 21:00:00 GMT and 2022-01-05 21:00:00 GMT the clock went from 15 s FAST to 17 s FAST: 2 s in 31 days'
    shows 'a later entry for the same moment corrects this one'
    check 0 --list --json
    json_lines
    [ "$(jq -s -r 'map(.offset_ns / 1000000000 | tostring) | join(" ")' <<<"$output")" = '51 15 17' ]
    [ "$(jq -s -r 'map(.corrected | tostring) | join(" ")' <<<"$output")" = 'true false false' ]
    [ "$(jq -s -r '.[2].drift.change_ns' <<<"$output")" = 2000000000 ]
    [ "$(jq -s -r '.[0].drift' <<<"$output")" = null ]
}

@test "a photograph that is lost, altered or unknown is a finding, and is left alone" {
    desk
    echo one >one.jpg
    echo two >two.jpg
    check 0 "${fast[@]}" --photo one.jpg
    check 0 --shown '2021-12-06 21:00:15' --actual '2021-12-06 21:00:00' "${how[@]}" --photo two.jpg
    check 0 --list
    rm "store/checks/$(sha256sum <one.jpg | cut -d' ' -f1).jpg"
    echo three >"store/checks/$(sha256sum <two.jpg | cut -d' ' -f1).jpg"
    echo mine >store/checks/notes.txt
    check 7 --list
    shows 'of this check is missing' 'of this check is altered' 'checks/notes.txt belongs to no check'
    check 7 --list --json
    json_lines
    [ "$(jq -r 'select(.type == "finding").code' <<<"$output" | sort | xargs)" = 'photo photo unknown-photo' ]
    expect 0 case open --type other --reference police:1 --requested-by police --basis consent
    [ "$(cat store/checks/notes.txt)" = mine ]
}

# ---- what follows for footage ----

@test "footage of a recorder that was never checked ends with a finding, and so does its export" {
    make_footage recordings
    desk
    open_case
    expect 7 footage "${window[@]}"
    shows "no check of the recorder's clock is recorded"
    expect 7 footage "${window[@]}" --json
    [ "$(of_footage '.findings[].code')" = no-time-check ]
    [ "$(of_footage .clock.checked)" = false ]
    export_it 7
    shows "no check of the recorder's clock is recorded"
    unpack out/*.zip
    [ "$(jq -r .clock.checked "$bag/record/exhibit.json")" = false ]
    grep -q 'by how much its times are off is not known' "$bag/START-HERE.html"
    grep -q 'Times on this page are recorder time' "$bag/START-HERE.html"
    expect 0 verify out/*.zip --signers store/allowed_signers
}

@test "a check that is too old is a finding, for as many days as the configuration says" {
    make_footage recordings
    desk
    check_clock 2021-10-30T12:00:00Z
    expect 7 footage "${window[@]}" --json
    [ "$(of_footage '.findings[].code')" = stale-time-check ]
    [ "$(of_footage .clock.stale)" = true ]
    expect 7 footage "${window[@]}"
    shows 'lies 36 days before it, further than the limit of 31 days'
    git config -f store/config store.clockAge 37
    expect 0 footage "${window[@]}"
    git config -f store/config store.clockAge 36
    expect 7 footage "${window[@]}"
    for days in 36501 -1 many ''; do
        git config -f store/config store.clockAge "$days"
        expect 4 footage "${window[@]}"
        sentence store.clockAge 36500
    done
}

@test "the nearest check is in force, and the drift around the window is said" {
    make_footage recordings
    desk
    check 0 --shown '2021-11-25 12:00:15' --actual '2021-11-25 12:00:00' "${how[@]}"
    check 0 --shown '2021-12-26 12:00:17' --actual '2021-12-26 12:00:00' "${how[@]}"
    run --separate-stderr exhibit footage "${window[@]}" --json
    [ "$(of_footage .clock.offset_ns)" = 15000000000 ]
    [ "$(of_footage .clock.side)" = before ]
    [ "$(of_footage '.clock.drift[0].change_ns')" = 2000000000 ]
    run --separate-stderr exhibit footage "${window[@]}"
    shows 'recorder is 15 s FAST; true = shown - 15 s' '10 days before the window' \
        'went from 15 s FAST to 17 s FAST: 2 s in 31 days'
}

@test "record, page, VERIFY.txt and result of an export say by how much the recorder was off and how that is known" {
    make_footage recordings
    desk
    open_case
    echo photograph >clock.jpg
    check 0 "${fast[@]}" --photo clock.jpg
    run --separate-stderr exhibit export --case C1 --out out "${window[@]}"
    shows 'recorder is 15 s FAST; true = shown - 15 s'
    unpack out/*.zip
    [ "$(jq -r '.clock | [.checked, .offset_ns, .words, .shown, .actual, .reference, .method, .by, .stale] | map(tostring) | join("|")' \
        "$bag/record/exhibit.json")" = \
        'true|15000000000|recorder is 15 s FAST; true = shown - 15 s|2021-12-05T21:00:15Z|2021-12-05T21:00:00Z|NTP stratum 2|both read at once|OP|false' ]
    [ "$(jq -r .clock.photo_sha256 "$bag/record/exhibit.json")" = "$(sha256sum <clock.jpg | cut -d' ' -f1)" ]
    for words in 'recorder is 15 s FAST; true = shown - 15 s (checked at 2021-12-05 21:00:00 GMT, 2021-12-05T21:00:00Z' \
        'NTP stratum 2' 'both read at once' 'A clock burnt into the picture shows recorder time'; do
        grep -qF "$words" "$bag/START-HERE.html" || { echo "the page does not say: $words"; return 1; }
    done
    grep -qF 'recorder is 15 s FAST; true = shown - 15 s' "$bag/VERIFY.txt"
    LC_ALL=C run ! grep -qP '[^\x00-\x7f]' "$bag/VERIFY.txt"
    expect 0 verify out/*.zip --signers store/allowed_signers
}

@test "--recorder-time takes the window as the recorder showed it, in the recorder's zone" {
    make_footage recordings
    desk Europe/Paris
    check 0 --shown '2021-12-05 22:00:15' --actual '2021-12-05 21:00:00' "${how[@]}"
    run --separate-stderr exhibit footage --camera wisbech-12 --from '2021-12-05 22:10:15' --to '2021-12-05 22:12:15' --recorder-time --json
    [ "$(of_footage .window.from)" = 2021-12-05T21:10:00Z ]
    [ "$(of_footage .window.to)" = 2021-12-05T21:12:00Z ]
    [ "$(of_footage .clock.asked_shown.from)" = 2021-12-05T21:10:15Z ]
    expect 2 footage --camera wisbech-12 --from '2021-12-05 22:12' --to '2021-12-05 22:10' --recorder-time
    sentence --from --to
    expect 2 footage --camera wisbech-21 --from '2021-12-05 22:10' --to '2021-12-05 22:12' --recorder-time
    sentence wisbech-12
}

# ---- a recorder that is 15 s fast ----

# fast_recorder: the footage of make_footage under the names that a recorder 15 s fast gives it; the minute from
# 21:11 (true time) is not there
fast_recorder() {
    local file minute
    make_footage true
    mkdir -p recordings/wisbech-12
    for file in true/wisbech-12/*.mp4; do
        minute=$(basename "$file")
        minute=${minute:11:5}
        [ "$minute" = 21-11 ] || cp -p "$file" "recordings/wisbech-12/2021-12-05_$minute-15-000000.mp4"
    done
    desk
    open_case
    check 0 "${fast[@]}"
}

frames() { ffmpeg -nostdin -v error -i "$1" -map 0:v:0 -c copy -f framehash -hash sha256 - | awk -F, '!/^#/ { print $6 }' | tr -d ' '; }

@test "the frame delivered at true time T is the one that the recorder named T + 15 s" {
    fast_recorder
    expect 0 export --case C1 --out out --camera wisbech-12 --from '2021-12-05 21:10:00' --to '2021-12-05 21:10:30'
    unpack out/*.zip
    [ "$(jq -r '.parts[0].from' "$bag/record/exhibit.json")" = 2021-12-05T21:10:00Z ]
    [ "$(jq -r '.segments[0].name' "$bag/record/exhibit.json")" = wisbech-12/2021-12-05_21-10-15-000000.mp4 ]
    [ "$(jq -r '.segments[0].start' "$bag/record/exhibit.json")" = 2021-12-05T21:10:00Z ]
    frames "$(echo "$bag"/data/master/*.mp4)" >delivered
    frames true/wisbech-12/2021-12-05_21-10-00-000000.mp4 | head -n 300 >recorded
    cmp delivered recorded
}

@test "gaps of a recorder that is 15 s fast are told in true time" {
    fast_recorder
    expect 7 footage --camera wisbech-12 --from '2021-12-05 21:10:00' --to '2021-12-05 21:13:00' --json
    [ "$(of_footage '.gaps | length')" = 1 ]
    [ "$(of_footage '.gaps[0].from')" = 2021-12-05T21:11:00Z ]
    [ "$(of_footage '.gaps[0].to')" = 2021-12-05T21:12:00Z ]
    expect 0 footage --camera wisbech-12 --from '2021-12-05 21:12:15' --to '2021-12-05 21:13:15' --recorder-time --json
    [ "$(of_footage .window.from)" = 2021-12-05T21:12:00Z ]
}
