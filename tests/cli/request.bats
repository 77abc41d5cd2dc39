#!/usr/bin/env bats
# Authority: footage is taken out on a request, or in an emergency that another person approves afterwards.
load common

asking=(--by 'DC 1234 Smith' --organisation 'Cambridgeshire Constabulary' --basis 'DPA 2018 Sch 2 Pt 1 para 2' \
        --purpose 'robbery of 5 December' --authoriser 'Insp Jones')
request() { exhibit request add --case "$1" "${asking[@]}" --date 2021-12-06 "${@:2}" >/dev/null; }
extract_it() { expect "$1" extract --case C1 "${window[@]}" "${@:2}"; }
required() { git config -f store/config export.request required; }
requests() { exhibit request list --json 2>/dev/null | jq -c "$1"; }

@test "a new store demands a request" {
    make_key op OP admin
    expect 0 init fresh --organisation Other --zone UTC
    EXHIBIT_STORE=fresh expect 0 config get export.request
    shows required
    EXHIBIT_STORE=fresh expect 0 config check
}

@test "where the store demands a request nothing is taken out without one, and none is made" {
    ready
    required
    extract_it 5
    sentence C1 --request 'request add' --emergency
    export_it 5
    sentence --request
    extract_it 5 --dry-run
    nothing_left
    [ "$(count_acts extract-begun)" = 0 ]
    # What does not take footage out of a recorder needs none.
    expect 7 add "$EXHIBIT_TOP/README.md" --case C1 --from police --received '2021-12-06 10:15'
}

@test "a request that does not cover it is refused, an unknown one a usage error" {
    ready
    open_case
    required
    request C2
    extract_it 5 --request C2-R1
    sentence C2-R1 'of case C2, not of case C1'
    for id in C1-R1 C1-R0 C9-R1 C1-P1 OP1 ../C1-R1 ''; do
        extract_it 2 --request "$id"
        sentence "request '$id'"
    done
    extract_it 2 --request C2-R1 --emergency x
    mentions --emergency
    extract_it 2 --emergency ''
    sentence emergency
    nothing_left
}

@test "a request that cannot be meant is a usage error, and none is entered" {
    make_store
    open_case
    for option in by organisation basis purpose authoriser date case; do
        given=()
        for other in by organisation basis purpose authoriser; do [ $other = $option ] || given+=("--$other" x); done
        [ $option = date ] || given+=(--date 2021-12-06)
        [ $option = case ] || given+=(--case C1)
        expect 2 request add "${given[@]}"
        mentions "--$option"
        expect 2 request add "${given[@]}" "--$option" ''
    done
    expect 2 request add --case C1 "${asking[@]}" --date 2021-12-06 --rank ''
    sentence rank
    expect 2 request add --case C1 "${asking[@]}" --date "$(date -d '2 days' +%F)"
    sentence 'still to come'
    expect 2 request add --case C1 "${asking[@]}" --date soon
    expect 2 request add --case C9 "${asking[@]}" --date 2021-12-06
    sentence C9
    expect 2 request list --case C9
    expect 2 request list more
    expect 2 request approve
    expect 2 request approve C1-R1
    mentions --reason
    [ "$(count_acts case-request)" = 0 ]
}

@test "a request is entered, listed and shown, and the log says nothing of who asked" {
    make_store
    open_case
    expect 0 request add --case C1 "${asking[@]}" --date 2021-12-06 --dry-run
    mentions C1-R1
    [ "$(count_acts case-request)" = 0 ]
    expect 0 request add --case C1 "${asking[@]}" --date 2021-12-06 --rank DC --json
    json_lines
    jq -e '.type == "request" and .id == "C1-R1" and .by == "DC 1234 Smith" and .rank == "DC" and .authoriser == "Insp Jones"
        and .date == "2021-12-06" and .emergency == false and .exhibits == [] and .approved == false' <<<"$output"
    last_entry | jq -e '.act == "case-request" and .verb == "administration" and .case == "C1" and .facts == {request: "C1-R1", emergency: false}'
    request C1
    expect 0 request list
    [ "${lines[0]}" = 'C1-R1        2021-12-06: DC DC 1234 Smith, Cambridgeshire Constabulary, robbery of 5 December, authorised by Insp Jones' ]
    [ "${#lines[@]}" = 2 ]
    expect 0 request list --unapproved
    [ -z "$output" ]
    expect 0 case show C1
    shows 'request      C1-R1, 2021-12-06: DC DC 1234 Smith'
    expect 0 case show C1 --json
    [ "$(head -n1 <<<"$output" | jq -c '.requests | map(.id)')" = '["C1-R1","C1-R2"]' ]
    git --git-dir store/custody.git log -p custody >everything
    for words in Smith Constabulary robbery Jones 2021-12-06; do run ! grep -qF "$words" everything; done
    expect 0 log verify
}

@test "what is taken out on a request says which, in the log and in the register" {
    ready
    required
    request C1
    extract_it 0 --request C1-R1
    export_it 0 --request C1-R1
    for act in extract-begun extract-done export-begun export-done; do
        exhibit log show --json | jq -se --arg act $act 'any(.entry.act == $act and .entry.facts.request == "C1-R1")'
    done
    [ "$(requests '[.id, .exhibits]')" = '["C1-R1",["OP1","OP2"]]' ]
    expect 0 request list
    shows 'exhibits OP1, OP2'
    expect 0 verify OP1
    expect 0 log verify
}

@test "without that demand a request may be named, and need not be" {
    ready
    request C1
    extract_it 0
    extract_it 0 --request C1-R1
    [ "$(requests '.exhibits')" = '["OP2"]' ]
    git config -f store/config --unset export.request
    extract_it 0
    git config -f store/config export.request perhaps
    extract_it 4
    sentence export.request required optional
}

@test "an emergency lets it through, is listed, and is approved by another person, once" {
    ready
    people
    required
    extract_it 0 --emergency 'child missing' --dry-run
    [ "$(count_acts case-request)" = 0 ]
    extract_it 0 --emergency 'child missing' --key po.key
    [ "$(acts | tail -n 3 | xargs)" = 'case-request extract-begun extract-done' ]
    exhibit log show --json | jq -se 'any(.entry.act == "case-request" and .entry.facts == {request: "C1-R1", emergency: true})'
    run --separate-stderr exhibit request list --unapproved
    [ "$status" = 7 ]
    shows C1-R1 emergency 'child missing' 'not approved' 'exhibits PO1'
    # Nothing more is taken out on it meanwhile.
    extract_it 5 --request C1-R1
    sentence C1-R1 'nobody has approved'
    expect 5 request approve PO1 --reason right --key po.key
    sentence operator
    expect 0 request approve PO1 --reason 'request came' --key dp.key --dry-run
    expect 7 request list
    expect 0 request approve PO1 --reason 'request came' --key dp.key
    shows C1-R1 'approved on' 'request came'
    last_entry | jq -e '.act == "case-approve" and .facts == {request: "C1-R1"}'
    expect 5 request approve C1-R1 --reason again --key dp.key
    sentence 'approved already'
    expect 0 request list --unapproved
    [ -z "$output" ]
    extract_it 0 --request C1-R1
    git --git-dir store/custody.git log -p custody >everything
    for words in 'child missing' 'request came'; do run ! grep -qF "$words" everything; done
    expect 0 log verify
}

@test "nobody approves an emergency of their own, nor what is none" {
    ready
    people
    extract_it 0 --emergency 'child missing'
    expect 5 request approve C1-R1 --reason right
    sentence C1-R1 'another person'
    expect 0 request approve C1-R1 --reason right --key dp.key --json
    jq -e '.approved and .approval == "right" and .exhibits == ["OP1"]' <<<"$output"
    request C1
    extract_it 0
    expect 5 request approve C1-R2 --reason right --key dp.key
    sentence 'no emergency'
    expect 5 request approve OP2 --reason right --key dp.key
    sentence OP2 'no request'
    for what in C1-R9 C9-R1 OP9 ''; do
        expect 2 request approve --reason right --key dp.key -- "$what"
        sentence "'$what'"
    done
    expect 2 request approve C1-R2 --reason '' --key dp.key
    expect 5 request add --case C1 "${asking[@]}" --date 2021-12-06 --key au.key
    sentence auditor
    [ "$(count_acts case-approve)" = 1 ]
}

@test "an emergency in which there was no footage makes no request" {
    ready
    required
    expect 1 extract --case C1 --camera wisbech-12 --from '2021-12-01 21:10' --to '2021-12-01 21:12' --emergency 'child missing'
    [ "$(count_acts case-request)" = 0 ]
    exhibit log show --details --json | jq -se 'any(.entry.act == "extract-nothing" and .details.emergency == "child missing")'
}

@test "of a case whose key is gone it is known which requests and emergencies there were" {
    ready
    people
    request C1
    extract_it 0 --emergency 'child missing'
    rm store/private/cases/C1.key
    expect 7 request list
    shows 'C1-R1        (sealed)' C1-R2 'emergency, (sealed); not approved; exhibits OP1'
    [ "$(requests '[.id, .emergency, .by, .reason]' | xargs)" = '[C1-R1,false,null,null] [C1-R2,true,null,null]' ]
    expect 3 request approve C1-R2 --reason right --key dp.key
    sentence 'key of case C1'
    expect 3 request add --case C1 "${asking[@]}" --date 2021-12-06
}

@test "killed at each call that changes the disk, an emergency is entered with its exhibit or not at all" {
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99   # the leak checker cannot work under strace
    ready
    mv store whole
    local point status
    for point in fsync:1 fsync:3 fsync:5 fsync:6 fsync:8 fsync:10 rename:1 rename:2 link:1 link:2 link:3; do
        rm -rf store
        cp -r whole store
        status=0
        strace -f -o calls -e trace="${point%:*}" -e inject="${point%:*}":signal=KILL:when="${point#*:}" "$EXHIBIT" extract --case C1 \
            "${window[@]}" --emergency 'child missing' </dev/null >said 2>&1 || status=$?
        [ "$status" = 137 ]
        expect 0 log verify
        [ "$(count_acts case-request)" = "$(count_acts extract-begun)" ]
        exhibit request list --unapproved >/dev/null || [ $? = 7 ]
    done
}

@test "two who enter requests at once get an identifier each; a store that another holds is busy" {
    make_store
    open_case
    for n in 1 2; do
        { request C1 && echo 0 || echo $?; } >"status.$n" 2>&1 &
    done
    wait
    [ "$(cat status.1 status.2 | xargs)" = '0 0' ]
    [ "$(requests .id | xargs)" = 'C1-R1 C1-R2' ]
    exec 8<>store/lock
    flock 8
    expect 6 request add --case C1 "${asking[@]}" --date 2021-12-06
    expect 6 request approve C1-R1 --reason right
    exec 8>&-
    echo '[source "x"' >>store/config
    expect 4 request add --case C1 "${asking[@]}" --date 2021-12-06
    expect 4 request list
    expect 4 request approve C1-R1 --reason right
}
