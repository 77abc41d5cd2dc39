#!/usr/bin/env bats
# What needs attention today, on one screen.
load common
load cases

policy=$EXHIBIT_TOP/policies/uk-local-authority.conf
# kinds: how many of each kind, of those that there are
kinds() { jq -c 'select(.type == "status") | .attention | with_entries(select(.value > 0))' <<<"$output"; }
# checked: all entries verified, as far as this store's own log goes
checked() { exhibit log verify --new >/dev/null; }

@test "a new store whose log was verified and anchored needs nothing" {
    make_store
    expect 7 status --json
    json_lines
    [ "$(kinds)" = '{"log":1}' ] || { kinds; return 1; }
    make_key au AU auditor
    exhibit key trust au.pub --name 'A. Auditor' --initials AU --role auditor >/dev/null
    exhibit log prove --from 0 --out request >/dev/null
    env -u EXHIBIT_STORE -u EXHIBIT_KEY "$EXHIBIT" log witness request --log "$(exhibit log checkpoint --json | jq -r .key)" \
        --store-checkpoint kept --key au.key </dev/null >back
    exhibit log anchor back >/dev/null
    a_case other
    expect 7 status --json
    jq -r 'select(.kind == "log") | .text' <<<"$output" | grep 'not verified'
    checked
    # The anchor itself is an entry that nobody has seen yet, and so is the case.
    expect 7 status
    shows 'log' '2 entries nobody outside'
    run ! grep -q 'not verified' <<<"$output"
    [ "$(exhibit log show --json | wc -l)" = 4 ]
}

@test "holds to be reviewed, answers that are due, and clocks that were not checked are told" {
    make_store
    checked
    one=$(a_case subject-access)
    exhibit case status "$one" received --date "$(date -d '-2 months' +%F)" --source letter >/dev/null
    exhibit case hold "$one" --reason complaint --authority IOPC --reference 1 --review "$(date -d '+3 days' +%F)" >/dev/null
    exhibit case hold "$one" --reason appeal --authority court --reference 2 --review "$(date -d '+3 months' +%F)" >/dev/null
    mkdir recordings
    exhibit source add nvr --root recordings --layout mediamtx --zone UTC >/dev/null
    exhibit camera add wisbech-12 --source nvr --path wisbech-12 --name 'Market Place' --town Wisbech >/dev/null
    expect 7 status --json
    json_lines
    [ "$(kinds)" = '{"answer":1,"clock":1,"hold":1,"log":2}' ] || { kinds; return 1; }
    [ "$(jq -c 'select(.kind == "answer") | [.what, .late]' <<<"$output")" = "[\"$one\",true]" ]
    [ "$(jq -c 'select(.kind == "hold") | [.what, .late]' <<<"$output")" = "[\"$one-H1\",false]" ]
    expect 7 status
    shows 'LATE: the answer to a request' "$one-H1, complaint" wisbech-12
    exhibit case release "$one-H1" --reason over >/dev/null
    exhibit camera check-time wisbech-12 --shown "$(date -u +%FT%TZ)" --actual "$(date -u +%FT%TZ)" --reference NTP --method both >/dev/null
    exhibit case status "$one" answered --date "$(date +%F)" --source letter >/dev/null
    expect 7 status --json
    [ "$(kinds)" = '{"log":2}' ] || { kinds; return 1; }
}

@test "what is due, what holds keep, and plans that wait are told; and it enters nothing" {
    make_store
    sed 's/custodian = police/custodian = council/' "$policy" >council.conf
    exhibit retention adopt council.conf --reason agreed >/dev/null
    exhibit retention confirm R22 --reason agreed >/dev/null
    one=$(a_case arrest) two=$(a_case arrest)
    for case in "$one" "$two"; do
        head -c 5000 /dev/urandom >file.bin
        exhibit add file.bin --case "$case" --from bench --received '2021-12-06 10:15' --quiet >/dev/null || [ $? = 7 ]
        exhibit case status "$case" charged --date 2021-12-07 --source email >/dev/null
        exhibit case status "$case" convicted --date 2021-12-20 --source email >/dev/null
    done
    exhibit case hold "$two" --reason appeal --authority court --reference 1 --review "$(date -d '+3 months' +%F)" >/dev/null
    checked
    before=$(exhibit log show --json | wc -l)
    expect 7 status --json
    [ "$(kinds)" = '{"due":1,"log":1,"store":1}' ] || { kinds; return 1; }
    [ "$(jq -c 'select(.type == "status") | [.held_exhibits, .held_bytes]' <<<"$output")" = '[1,5000]' ]
    [ "$(exhibit log show --json | wc -l)" = "$before" ]
    exhibit retention plan --out plan.json --reviewed OP1 --reason 'no use' --quiet >/dev/null
    expect 7 status
    shows 'plan' "waits for another person's approval"
    mentions 'holds keep 1 exhibits, 5.0 kB'
}

@test "a screen shows the first of each kind, and says how many more there are" {
    make_store
    for _ in 1 2 3 4 5 6 7; do
        one=$(a_case subject-access)
        exhibit case status "$one" received --date "$(date -d '-2 months' +%F)" --source letter >/dev/null
    done
    expect 7 status
    [ "$(grep -c '^answer.*LATE' <<<"$output")" = 5 ]
    shows 'and 2 more (--all)'
    expect 7 status --all
    [ "$(grep -c '^answer.*LATE' <<<"$output")" = 7 ]
}

@test "what failed when the store was verified last is told, and that it was not for long" {
    make_store
    open_case
    head -c 5000 /dev/urandom >file.bin
    exhibit add file.bin --case C1 --from bench --received '2021-12-06 10:15' --quiet >/dev/null || [ $? = 7 ]
    store_text() { jq -r 'select(.kind == "store") | .text' <<<"$output"; }
    expect 7 status --json
    [[ $(store_text) == *'never verified'* ]]
    exhibit verify --store --quiet >/dev/null
    expect 7 status --json
    [ -z "$(store_text)" ]
    printf x >>store/exhibits/OP1/data/master/OP1_file.bin
    expect 1 verify --store
    expect 7 status --json
    [[ $(store_text) == '1 items failed'* ]]
    need_faketime
    truncate -s 5000 store/exhibits/OP1/data/master/OP1_file.bin
    exhibit verify --store --quiet >/dev/null
    run --separate-stderr faketime '+40 days' "$EXHIBIT" status --json
    [[ $(store_text) == *'was verified last on'* ]]
}

@test "wrong usage, no store, a damaged one, and a clock that is behind are told" {
    expect 3 status
    make_store
    expect 2 status today
    need_faketime
    run --separate-stderr faketime '2 days ago' "$EXHIBIT" status
    [ "$status" = 5 ]
    rm -r store/custody.git/refs
    expect 4 status
}

@test "packages that nobody collected, and emergencies that nobody approved, are told" {
    ready
    exhibit extract --case C1 "${window[@]}" --emergency 'life at risk' --quiet >/dev/null || [ $? = 7 ]
    expect 7 status --json                                   # before anything else of the case waits
    grep -q '"kind":"emergency"' <<<"$output"
    exhibit seal OP1 --out out --quiet >/dev/null
    expect 7 status --json
    [ "$(jq -c 'select(.kind == "emergency") | [.what, .late, .by]' <<<"$output")" = "[\"C1-R1\",false,\"$(TZ=Europe/London date -d '+24 hours' +%F)\"]" ]
    jq -r 'select(.kind == "emergency") | .text' <<<"$output" | grep '0 hours ago'
    run ! grep -q '"kind":"uncollected"' <<<"$output"
    need_faketime
    emergency_in() { faketime "$1" "$EXHIBIT" status --json | jq -r 'select(.kind == "emergency") | "\(.late) \(.text)"'; }
    [[ $(emergency_in '+23 hours') == 'false '*', 23 hours ago, '* || $(emergency_in '+23 hours') == 'false '*', 22 hours ago, '* ]]
    [[ $(emergency_in '+25 hours') == 'true '*', 25 hours ago, '* ]]
    [[ $(emergency_in '+13 days') == 'true '*', 13 days ago, '* ]]
    faketime '+25 hours' "$EXHIBIT" status | grep '^emergency.*LATE: footage was taken out'
    run --separate-stderr faketime '+40 days' "$EXHIBIT" status --json
    [ "$(jq -c 'select(.kind == "uncollected") | .text' <<<"$output" | grep -c 'not handed over')" = 1 ]
    exhibit disclose C1-P1 --to 'DC Smith' --organisation police --method 'by hand' --basis DPA >/dev/null
    run --separate-stderr faketime '+40 days' "$EXHIBIT" status --json
    [ "$(jq -c 'select(.kind == "uncollected") | .text' <<<"$output" | grep -c 'no receipt came back')" = 1 ]
    run ! grep -q Smith <<<"$output"
    make_key dp DP dpo
    exhibit key trust dp.pub --name DP --initials DP --role dpo >/dev/null
    EXHIBIT_KEY=$PWD/dp.key exhibit request approve C1-R1 --reason 'seen' >/dev/null
    expect 7 status --json
    run ! grep -q '"kind":"emergency"' <<<"$output"
}
