#!/usr/bin/env bats
# Working copies: made of a Master that verifies, by a job from which the same bytes can be made again.
load common

probe() { ffprobe -v error -select_streams "$1" -show_entries "stream=$2" -of csv=p=0 "$(copied "${3:-1}")"/data/copy/*.mp4; }
pictures() { ffprobe -v error -select_streams v -count_packets -show_entries stream=nb_read_packets -of csv=p=0 "$(copied "${1:-1}")"/data/copy/*.mp4; }

@test "a working copy is an exhibit of its own, of every picture of its Master" {
    mastered
    expect 0 transcode OP1 --reason 'for the officer'
    shows OP1/1 'copy of      OP1'
    [ "$(acts | tail -n 2 | xargs)" = 'transcode-begun transcode-done' ]
    [ "$(copy_record 1 '"\(.exhibit) \(.item) \(.mode) \(.of[0].exhibit) \(.conversion.reason)"')" = 'OP1/1 copy transcode OP1 for the officer' ]
    [ "$(pictures)" = "$(jq '[.parts[].video_packets] | add' store/exhibits/OP1/record/exhibit.json)" ]
    [ "$(probe v codec_name)" = h264 ]
    [ "$(copy_record 1 '.parts[0].sha256')" = "$(sha256sum <"$(echo "$(copied 1)"/data/copy/*.mp4)" | cut -d' ' -f1)" ]
    [ "$(copy_record 1 '.of[0].parts[0].sha256')" = "$(sha256sum <"$(echo store/exhibits/OP1/data/master/*.mp4)" | cut -d' ' -f1)" ]
    expect 0 verify OP1/1
    expect 0 log verify
}

@test "copies are numbered in order, and listed beneath their exhibit" {
    mastered
    expect 0 transcode OP1 --from +1s --to +2s
    expect 0 still OP1 --at +5s
    expect 0 extract --case C1 "${window[@]}"
    expect 0 case show C1
    [ "$(cut -d' ' -f1-3 <<<"$output" | grep OP | tr -s ' ' | sed 's/ done.*//' | xargs)" = 'OP1 OP1/1 OP1/2 OP2' ]
    expect 0 case show C1 --json
    [ "$(jq -r 'select(.type == "exhibit") | "\(.exhibit):\(.of):\(.making)"' <<<"$output" | xargs)" = \
        'OP1:null:extract OP1/1:OP1:transcode OP1/2:OP1:still OP2:null:extract' ]
}

@test "the same job makes the same bytes" {
    mastered --audio
    expect 0 transcode OP1 --burn-in --from +10s --to +20s
    expect 0 still OP1 --every 20s
    for copy in OP1/1 OP1/2; do
        expect 0 verify "$copy" --reproduce
        shows 'the same bytes again'
    done
    [ "$(git --git-dir store/custody.git show custody:entry.json | jq -r '"\(.act) \(.facts.reproduced)"')" = 'verify same' ]
    expect 0 verify OP1/1 --reproduce --json
    [ "$(tail -n 1 <<<"$output" | jq -r .reproduced.result)" = same ]
}

@test "other bytes are told, with the digest that was sealed and the one that came out" {
    make_footage recordings
    make_store
    open_case
    expect 0 add "$(segment 21-10)" --case C1 --from 'J. Smith' --received '2021-12-06 10:15'
    expect 0 transcode OP1 --burn-in --from +1s --to +2s
    # Another helper, as another version of it would be: its captions say one word otherwise.
    mkdir programs
    cp "$EXHIBIT" programs/exhibit
    sed 's/from the start/from the START/g' "$EXHIBIT-media" >programs/exhibit-media
    chmod +x programs/exhibit-media
    EXHIBIT=$PWD/programs/exhibit expect 1 verify OP1/1 --reproduce
    shows 'OP1/1: VERIFIED' 'OTHER bytes' "$(copy_record 1 '.parts[0].sha256')" 'made now'
    [ "$(git --git-dir store/custody.git show custody:entry.json | jq -r '"\(.facts.verdict) \(.facts.reproduced)"')" = 'VERIFIED other' ]
    EXHIBIT=$PWD/programs/exhibit expect 1 verify OP1/1 --reproduce --json
    [ "$(tail -n 1 <<<"$output" | jq -r '.reproduced | .result + " " + (.files[0].sha256 == .files[0].made_sha256 | tostring)')" = 'other false' ]
}

@test "a copy that does not verify is not made again, and what is no copy cannot be" {
    mastered
    expect 0 transcode OP1 --from +1s --to +2s
    printf x >>"$(echo "$(copied 1)"/data/copy/*.mp4)"
    expect 1 verify OP1/1 --reproduce
    shows FAILED 'does not verify'
    expect 7 verify OP1 --reproduce
    shows 'no copy'
    expect 2 verify out --reproduce
    expect 2 verify OP1/1 --reproduce --against-source
}

@test "a cut is to the picture" {
    mastered
    expect 0 transcode OP1 --from '2021-12-05 21:10:07.300' --to '2021-12-05 21:10:09'
    [ "$(pictures)" = 17 ]
    [ "$(copy_record 1 '"\(.mode) \(.window.from) \(.parts[0].from) \(.parts[0].film_ns)"')" = \
        'exact 2021-12-05T21:10:07.300Z 2021-12-05T21:10:07.300Z 1700000000' ]
    expect 0 transcode OP1 --exact
    [ "$(pictures 2)" = 1150 ]
    [ "$(copy_record 2 .window.from)" = 2021-12-05T21:10:05Z ]
}

@test "what is asked for beyond the Master is said" {
    mastered
    expect 7 transcode OP1 --from '2021-12-05 21:11:55' --to '2021-12-05 21:12:05'
    [ "$(copy_record 1 '.findings[].code')" = outside-master ]
    [ "$(copy_record 1 '[.conversion.job.shots[].card[0]? // empty] | .[0]')" = 'NOT PART OF EXHIBIT OP1' ]
    expect 1 transcode OP1 --from '2021-12-05 22:00' --to '2021-12-05 22:01'
    sentence OP1 'no picture'
}

@test "a gap is a card, a finding, and on the page" {
    ready --gap 3
    expect 7 extract --case C1 --camera wisbech-12 --from '2021-12-05 21:10:50' --to '2021-12-05 21:12:10'
    expect 7 transcode OP1 --card 3s
    [ "$(copy_record 1 '[.conversion.job.shots[] | if .card then "card \(.length_ns)" else "input \(.input)" end] | join(", ")')" = \
        'input 0, card 3000000000, input 1' ]
    [ "$(copy_record 1 '.gaps[0].cause + " " + .findings[-1].code')" = 'no recording gap' ]
    grep -q 'Gap of 1 min' "$(copied 1)/START-HERE.html"
}

@test "the page says that it is a copy, how it differs, and of what it was made" {
    mastered
    expect 0 transcode OP1 --burn-in --speed 4
    for words in 'This is a COPY of exhibit OP1, not the Master' '4 times as fast as life' 'band below the picture' \
        "$(sha256sum <store/exhibits/OP1/tagmanifest-sha256.txt | cut -d' ' -f1)"; do
        grep -qF "$words" "$(copied 1)/START-HERE.html" || { echo "the page does not say: $words"; return 1; }
    done
    grep -qF 'certutil -hashfile data\copy\OP1_1_' "$(copied 1)/VERIFY.txt"
    grep -qF 'exhibit verify COPY --reproduce' "$(copied 1)/VERIFY.txt"
    grep -q '^External-Description: Copy of exhibit OP1, not the Master, exhibit OP1/1$' "$(copied 1)/bag-info.txt"
}

@test "faster than life there is no sound, and that is said" {
    mastered --audio
    expect 0 transcode OP1 --from +1s --to +5s
    [ "$(probe a codec_name)" = aac ]
    [ "$(copy_record 1 .parts[0].sound)" = true ]
    expect 7 transcode OP1 --from +1s --to +5s --speed 2
    [ -z "$(probe a codec_name 2)" ]
    [ "$(copy_record 2 '.findings[].code')" = sound-left-out ]
}

@test "presets make pictures smaller, never larger" {
    ready --size 1600x900 --minutes 1
    expect 0 extract --case C1 --camera wisbech-12 --from '2021-12-05 21:08:01' --to '2021-12-05 21:08:03'
    expect 0 transcode OP1 --preset small
    [ "$(probe v width,height)" = 1280,720 ]
    grep -q '1600x900 pixels were made 1280x720' "$(copied 1)/START-HERE.html"
    expect 0 transcode OP1
    [ "$(probe v width,height 2)" = 1600,900 ]
}

@test "a package of the copy is written beside, and verifies alone" {
    mastered
    expect 0 transcode OP1 --from +1s --to +2s --out out
    local package=out/OP1_1_wisbech-12_20211205T211005Z.zip
    [ -f "$package" ]
    expect 0 verify "$package" --signers store/allowed_signers
    unpack "$package"
    diff -r "$bag" "$(copied 1)"
    age-keygen -o me.age 2>/dev/null
    expect 0 transcode OP1 --from +1s --to +2s --out out --recipient "$(age-keygen -y me.age)"
    expect 0 verify out/OP1_2_*.zip.age --identity me.age --signers store/allowed_signers
    expect 3 transcode OP1 --out nowhere
}

@test "a Master that no longer matches is refused, the log says so, and nothing is made" {
    mastered
    printf x | dd of="$(echo store/exhibits/OP1/data/master/*.mp4)" bs=1 seek=1000 conv=notrunc status=none
    expect 5 transcode OP1
    sentence OP1 'not as it was sealed' 'hash differs'
    [ "$(git --git-dir store/custody.git show custody:entry.json | jq -r '"\(.act) \(.exhibit) \(.facts.verdict)"')" = 'verify OP1 FAILED' ]
    expect 5 still OP1 --at +1s
    expect 5 redact OP1 --reason x --mask 1,1,5,5
    no_copy
    rm store/exhibits/OP1/data/master/*.mp4
    expect 5 transcode OP1
    sentence 'not as it was sealed'
    mv store/exhibits/OP1 elsewhere
    expect 5 transcode OP1
    sentence 'missing from the store'
}

@test "a Master that was sealed by a trusted key is still not the one that the log names" {
    mastered
    expect 0 extract --case C1 --camera wisbech-12 --from '2021-12-05 21:09:05' --to '2021-12-05 21:09:10'
    rm -r store/exhibits/OP1
    cp -a store/exhibits/OP2 store/exhibits/OP1
    expect 5 transcode OP1
    sentence 'not the one the custody log names'
}

@test "a file of the Master that changes while it is copied makes no copy" {
    mastered
    master=$(echo store/exhibits/OP1/data/master/*.mp4)
    (
        until_true test -e store/exhibits/.OP1_1.partial
        touch "$master"
    ) &
    expect 4 transcode OP1
    wait
    sentence 'changed while the copy was made'
    [ "$(acts | tail -n 1)" = transcode-failed ]
    no_copy
    # Its bytes are the same: the next copy has the next number.
    expect 0 transcode OP1 --from +1s --to +2s
    shows OP1/2
}

@test "another file put in the place of one of the Master's while it is copied makes no copy" {
    mastered
    master=$(echo store/exhibits/OP1/data/master/*.mp4)
    cp -a "$master" same
    (
        until_true test -e store/exhibits/.OP1_1.partial
        mv same "$master"
    ) &
    expect 4 transcode OP1
    wait
    sentence 'changed while the copy was made'
    no_copy
}

@test "a Master of more files than a process may hold open is copied" {
    make_footage recordings
    make_store
    open_case
    mkdir many
    for number in $(seq 100); do ln "$(segment 21-10)" "many/$number.mp4"; done
    expect 0 add many/*.mp4 --case C1 --from 'J. Smith' --received '2021-12-06 10:15'
    run --separate-stderr bash -c 'ulimit -n 90; exec "$0" transcode OP1 --from +58s --to +62s </dev/null' "$EXHIBIT"
    [ "$status" = 0 ] || { echo "$stderr"; return 1; }
    [ "$(pictures)" = 40 ]
}

@test "a full disk leaves nothing, and the log says what became of the reference" {
    mastered
    run --separate-stderr bash -c 'ulimit -f 100; exec "$0" transcode OP1 --preset full </dev/null' "$EXHIBIT"
    [ "$status" = 3 ]
    [ "$(acts | tail -n 1)" = transcode-failed ]
    no_copy
    expect 0 log verify
}

# by_signal NAME: a copy that is asked to stop on its way; its status in $ended
by_signal() {
    "$EXHIBIT" transcode OP1 --preset full </dev/null >stopped 2>&1 &
    pid=$!
    until_true eval "ls -d store/exhibits/.OP1_*.partial >/dev/null 2>&1"
    kill -"$1" $pid
    ended=0
    wait $pid || ended=$?
}

@test "a copy that is stopped or killed on its way leaves nothing" {
    ready --size 1280x720 --minutes 2
    expect 0 extract --case C1 --camera wisbech-12 --from '2021-12-05 21:08:01' --to '2021-12-05 21:09:55'
    by_signal TERM
    [ $ended = 143 ] || { cat stopped; echo "$ended"; return 1; }
    grep -q interrupted stopped
    [ "$(acts | tail -n 1)" = transcode-failed ]
    no_copy
    by_signal KILL
    [ $ended = 137 ]
    expect 0 case open --type other --reference police:1 --requested-by police --basis consent
    mentions OP1/2 'cleared away'
    [ "$(acts | tail -n 2 | head -n 1)" = transcode-abandoned ]
    no_copy
    expect 0 log verify
}

# settled: after a kill and one more act every copy is whole or gone, as the log says
settled() {
    local reference act
    expect 0 case open --type other --reference police:1 --requested-by police --basis consent || return 1
    expect 0 log verify || return 1
    [ -z "$(find . -name '*.partial'; find store/staging -mindepth 1)" ] || return 1
    exhibit log show --json | jq -r '.entry | select(.act | startswith("transcode-")) | "\(.exhibit) \(.act)"' |
        awk '{ last[$1] = $2 } END { for (e in last) print e, last[e] }' >ends
    while read -r reference act; do
        case $act in
        transcode-done) [ -d "store/exhibits/${reference/\//_}" ] || return 1; [ "$(find out -name "${reference/\//_}_*.zip" | wc -l)" = 1 ] ;;
        *) [ ! -e "store/exhibits/${reference/\//_}" ] || return 1; [ "$(find out -name "${reference/\//_}_*" | wc -l)" = 0 ] ;;
        esac || { echo "$reference: $act"; return 1; }
    done <ends
}

@test "a copy that is killed at any renaming, removal or making of a directory leaves the store whole" {
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99   # the leak checker cannot work under strace
    strace -o /dev/null true 2>/dev/null || skip 'strace cannot be used here'
    mastered
    local call n ended
    for call in renameat2 unlinkat mkdirat fsync; do
        for ((n = 1; n < 100; n += 3)); do
            ended=0
            strace -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$n" \
                "$EXHIBIT" transcode OP1 --from +1s --to +2s --out out </dev/null >/dev/null 2>&1 || ended=$?
            [ $ended = 0 ] || [ $ended = 137 ] || { echo "$call number $n: exit status $ended"; return 1; }
            settled || { echo "killed at $call number $n"; return 1; }
            [ $ended != 0 ] || break
        done
    done 2>/dev/null   # bash tells of each death
    [ "$(grep -c . ends)" -gt 8 ]
}

@test "a copy whose name a kill kept from it gets it by the next command" {
    mastered
    expect 0 transcode OP1 --from +1s --to +2s
    mv "$(copied 1)" store/exhibits/.OP1_1.partial
    echo '{"container":null,"container_staging":null,"directory":null,"folder":".OP1_1.partial"}' >store/staging/OP1_1.json
    expect 0 verify OP1/1
    mentions 'OP1/1' finished
}

@test "files from elsewhere of which no time is known are counted from their start" {
    make_footage recordings
    make_store
    open_case
    expect 0 add "$(segment 21-10)" "$(segment 21-11)" --case C1 --from 'J. Smith' --received '2021-12-06 10:15'
    expect 0 transcode OP1 --from +59s --to +61s --burn-in
    [ "$(pictures)" = 20 ]
    [ "$(copy_record 1 '"\(.window) \(.parts[0].from) \(.handover.from)"')" = 'null null J. Smith' ]
    expect 2 transcode OP1 --from '2021-12-05 21:10'
    sentence +12.5s
    expect 2 transcode OP1 --exact
    expect 0 still OP1 --at +61s
    [ "$(copy_record 2 '"\(.parts[0].file) \(.parts[0].pictures[0].shown_local)"')" = \
        'data/stills/OP1_2_still00001.png +0:01:01.000 from the start' ]
}

@test "a damaged file of the Master is copied as far as it goes, and the rest is said" {
    ready
    truncate -s 20000 "$(segment 21-11)"
    expect 7 extract --case C1 "${window[@]}" --mode native
    expect 7 transcode OP1
    copy_record 1 '.findings[].code' | grep -qx -e undecodable -e damaged-file -e damaged-segment
    expect 0 verify OP1/1 --reproduce
}

@test "what cannot be meant is refused" {
    mastered
    expect 2 transcode
    expect 2 transcode OP9
    sentence OP9
    expect 2 transcode OP1 OP2
    expect 2 transcode OP1 --preset best
    mentions court small full
    expect 2 transcode OP1 --speed 0
    expect 2 transcode OP1 --speed 1001
    expect 2 transcode OP1 --card 1ms
    expect 2 transcode OP1 --card 2
    expect 2 transcode OP1 --over-picture
    expect 2 transcode OP1 --recipient age1x
    expect 2 transcode OP1 --from soon
    expect 2 transcode OP1 --from +5s --to +4s
    no_copy
    expect 2 transcode OP1 --encoder nothing_of_the_kind
    sentence libx264 h264_vaapi
    no_copy
    expect 0 transcode OP1 --from +1s --to +2s
    expect 2 transcode OP1/1
    sentence 'copies are made of Masters' OP1
    expect 2 verify OP1/1 --against-source
    sentence 'is a copy'
}

@test "a hardware encoder that the machine does not have is refused before a reference is used up" {
    [ ! -e /dev/dri/renderD128 ] || skip 'this machine has such a device'
    mastered
    expect 5 transcode OP1 --encoder h264_vaapi
    sentence h264_vaapi libx264 /dev/dri/renderD128
    no_copy
    expect 0 transcode OP1 --from +1s --to +2s --encoder libx264
    shows OP1/1
}

@test "pictures recorded as two halves, a packet each, are all there" {
    [ -d "$EXHIBIT_MATERIAL" ] || skip 'no test material'
    ready
    expect 0 add "$EXHIBIT_MATERIAL/footage/camera-files/sony_a7m3.mts" --case C1 --from J --received '2021-12-06 10:15'
    expect 7 transcode OP1 --preset small
    [ "$(copy_record 1 '"\(.conversion.pictures.in_files) \(.conversion.pictures.shown)"')" = '26 13' ]
    [ "$(copy_record 1 '[.findings[].code] | unique | join(" ")')" = left-out ]
}

@test "an auditor makes no copy, nor a DPO one that is not redacted" {
    mastered
    make_key au AU auditor
    make_key dp DP dpo
    exhibit key trust au.pub --name Auditor --initials AU --role auditor >/dev/null
    exhibit key trust dp.pub --name Officer --initials DP --role dpo >/dev/null
    EXHIBIT_KEY=$PWD/au.key expect 5 transcode OP1
    EXHIBIT_KEY=$PWD/dp.key expect 5 transcode OP1
    EXHIBIT_KEY=$PWD/au.key expect 5 redact OP1 --reason x --mask 1,1,5,5
    no_copy
    EXHIBIT_KEY=$PWD/dp.key expect 0 redact OP1 --reason x --mask 1,1,5,5 --from +1s --to +2s
    expect 0 log verify
}

@test "a dry run says what would be made, and makes nothing" {
    mastered
    acts >before
    expect 0 transcode OP1 --burn-in --dry-run
    shows 'none: dry run' '320x180 pixels'
    acts | cmp - before
    no_copy
}

@test "a font that is not there is told with the remedy, and only where text may be drawn" {
    mastered
    git config -f store/config media.font "$PWD/none.ttf"
    expect 3 transcode OP1
    sentence none.ttf fonts-dejavu-core media.font
    no_copy
    expect 3 still OP1 --sheet 2x2
    expect 0 still OP1 --at +1s
    echo 'no font' >none.ttf
    expect 4 transcode OP1 --burn-in
}

@test "a store in use makes it wait, and then say so" {
    mastered
    exec 8<>store/lock
    flock 8
    expect 6 transcode OP1 --from +1s --to +2s
    flock -u 8
    no_copy
}

@test "JSON says how far it is, and then what was made" {
    mastered
    expect 0 transcode OP1 --json
    json_lines
    [ "$(tail -n 1 <<<"$output" | jq -r '"\(.type) \(.exhibit) \(.record.item)"')" = 'transcode OP1/1 copy' ]
    [ "$(jq -r 'select(.type == "progress") | .done_ns > 0 and .done_ns <= .whole_ns and .left_ns >= 0' <<<"$output" | sort -u)" = true ]
    expect 0 transcode OP1 --json --quiet --from +1s --to +2s
    [ "$(jq -r .type <<<"$output")" = transcode ]
}

@test "on a terminal the rate and the time left are shown while it is made" {
    mastered
    run script -qec "$(printf '%q ' "$EXHIBIT" transcode OP1)" /dev/null </dev/null
    [ "$status" = 0 ]
    [[ $output =~ [0-9]+%,\ [0-9]+\.[0-9]\ times\ life,\ .*\ left ]]
    run script -qec "$(printf '%q ' "$EXHIBIT" transcode OP1 --quiet)" /dev/null </dev/null
    [ "$status" = 0 ]
    [[ $output != *left* ]]
}

# beside: a second camera, and the Master OP2 of it
beside() {
    cp -a recordings/wisbech-12 recordings/wisbech-13
    exhibit camera add wisbech-13 --source nvr --path wisbech-13 --name 'North Brink' >/dev/null
    check_clock 2021-12-05T21:00:00Z wisbech-13
    expect "${1:-0}" extract --case "${2:-C1}" --camera wisbech-13 --from '2021-12-05 21:11:30' --to '2021-12-05 21:12:30'
}

@test "several exhibits stand side by side, in step by true time" {
    mastered --audio
    beside
    expect 7 transcode OP1 --grid OP2 --from '2021-12-05 21:11:40' --to '2021-12-05 21:11:50' --burn-in
    shows OP1/1 'copy of      OP2' 'sound is left out'
    [ "$(acts | tail -n 2 | xargs)" = 'combine-begun combine-done' ]
    [ "$(git --git-dir store/custody.git show custody:entry.json | jq -c '[.verb, .facts.with, (.facts.masters | length)]')" = '["combination",["OP2"],2]' ]
    [ "$(copy_record 1 '"\(.item) \(.mode) \(.parts[0].film_ns) \([.of[].camera.id] | join(","))"')" = 'copy grid 10000000000 wisbech-12,wisbech-13' ]
    [ "$(copy_record 1 '[.conversion.job.shots[0].grid[].label] | join(", ")')" = 'OP1 Market Place, OP2 North Brink' ]
    [ -f "$(copied 1)/data/copy/OP1_1_grid_20211205T211140Z.mp4" ]
    grep -qF 'COPY of exhibit OP1 and OP2, not the Master' "$(copied 1)/START-HERE.html"
    expect 0 verify OP1/1 --reproduce
    expect 0 log verify
}

@test "a grid always has a clock line in each cell, and a camera stands for the latest Master of it" {
    mastered
    beside
    expect 0 transcode OP1 --grid wisbech-13 --from '2021-12-05 21:11:40' --to '2021-12-05 21:11:45'
    shows 'in a band below the picture'
    [ "$(copy_record 1 '[.of[].exhibit] | join(" ")')" = 'OP1 OP2' ]
    [ "$(copy_record 1 '[.conversion.job.caption.items[] | if type == "object" then (.time // "label") else . end] | join(" ")')" = \
        'label local utc OP1/1 COPY' ]
    expect 2 transcode OP1 --grid wisbech-14
    exhibit camera add wisbech-14 --source nvr --path wisbech-14 --name 'Nene Parade' >/dev/null
    expect 2 transcode OP1 --grid wisbech-14
    sentence 'C1 has no exhibit of camera wisbech-14'
}

@test "what one of them does not show is said" {
    mastered
    beside
    expect 7 transcode OP1 --grid OP2
    [ "$(copy_record 1 '[.findings[].code] | unique | join(" ")')" = outside-master ]
    copy_record 1 '.findings[].text' | grep -q 'no part of exhibit OP2.*OP2 begins later'
    expect 1 transcode OP1 --grid OP2 --from '2021-12-05 21:10:10' --to '2021-12-05 21:10:20'
    sentence OP2
}

@test "what cannot stand side by side is refused" {
    mastered
    open_case
    beside 0 C2
    expect 5 transcode OP1 --grid OP2
    sentence OP2 C2 'two cases'
    expect 2 transcode OP1 --grid OP1
    sentence twice
    expect 2 transcode OP1 --grid OP9
    expect 2 transcode OP1 --grid ''
    expect 2 transcode OP1 --grid OP2 --speed 2
    expect 2 transcode OP1 --grid OP2,OP3,OP4,OP5,OP6,OP7,OP8,OP9,OP10
    expect 0 add "$(segment 21-10)" --case C1 --from 'J. Smith' --received '2021-12-06 10:15'
    expect 2 transcode OP1 --grid OP3
    sentence OP3 'true time'
    printf x >>"$(echo store/exhibits/OP1/data/master/*.mp4)"
    expect 5 transcode OP3 --grid OP1
    [ "$(acts | tail -n 1)" = verify ]
    [ -z "$(find store/exhibits -name '*_*' -maxdepth 1)" ]
}
