#!/usr/bin/env bats
# The register of domestic homicide reviews, as text, CSV and JSON, computed from what was entered.
load common

review() { exhibit case open --type dhr --requested-by 'the partnership' --basis 'DVCVA 2004 s 9' "$@" >/dev/null; }
status() { exhibit case status "$1" "$2" --date "$3" --source 'minutes' --quiet "${@:4}" >/dev/null; }
until_cleared() {
    for one in scoping decision-review terms-of-reference imr-requested overview-draft csp-approved ho-qa-submitted ho-qa-cleared; do
        status C1 "$one" 2021-08-01
    done
}
# two_reviews: one published, one on hold
two_reviews() {
    make_store
    review --reference 'dhr-urn:FCSP DHR 1-2018' --town Wisbech
    status C1 notified 2019-01-07
    until_cleared
    status C1 published 2021-09-03
    exhibit case open --type arrest --requested-by police --basis x >/dev/null
    review --reference 'dhr-urn:FCSP DHR 2-2021' --reference home-office:20210517/1 --town 'March (WC)'
    status C3 notified 2021-05-17 --note 'letter of the police'
    exhibit case status C3 --flag criminal-proceedings=open --date 2021-10-04 --source 'letter' >/dev/null
}

@test "the register has a line for each review, with its progress and why it has its colour" {
    two_reviews
    expect 0 case register --type dhr
    shows 'DHR URN' 'Home Office' RAG 'FCSP DHR 1-2018' Wisbech 'published since 2021-09-03, notified 2019-01-07' \
        '2019-01-07 notified' '2021-05-17 notified: letter of the police' 20210517/1 'March (WC)' 'criminal-proceedings open since 2021-10-04' \
        'green: the action plan is open' 'amber: on hold since 2021-10-04'
    [[ $output != *C2* ]]
    expect 0 case register --type dardr
}

@test "the register as JSON says the same" {
    two_reviews
    expect 0 case register --type dhr --json
    json_lines
    [ "$(jq -s -c 'map([.case, .dhr_urn, .home_office_reference, .town, .action_plan, .rag, (.progress | length)])' <<<"$output")" = \
        '[["C1","FCSP DHR 1-2018",null,"Wisbech","open","green",10],["C3","FCSP DHR 2-2021","20210517/1","March (WC)","n/a","amber",2]]' ]
    jq -s -e 'map(.type == "review" and (.status | length > 0) and (.rag_because | length > 0)) | all' <<<"$output"
}

@test "the register as CSV is read back by others, and holds no formula" {
    two_reviews
    review --reference 'dhr-urn:=HYPERLINK("x")' --town '@town'
    expect 0 case register --type dhr --csv
    python3 -c 'import csv, sys; [print("|".join((r["case"], r["DHR URN"], r["Home Office reference"], r["town"], r["action plan"], r["RAG"]))) for r in csv.DictReader(sys.stdin)]' \
        <<<"$output" >rows
    cat >wanted <<'END'
C1|FCSP DHR 1-2018||Wisbech|open|green
C3|FCSP DHR 2-2021|20210517/1|March (WC)|n/a|amber
C4|'=HYPERLINK("x")||'@town|n/a|amber
END
    diff wanted rows
}

@test "a target that has passed is red, with the dates" {
    make_store
    review
    status C1 notified 2021-01-31
    expect 0 case register --type dhr
    shows 'red: the decision was due on 2021-02-28, 1 month after the notification on 2021-01-31'
    status C1 scoping 2021-02-01
    status C1 decision-no-review 2021-02-02
    expect 0 case register --type dhr --json
    jq -e '.rag == null and .rag_because == "finished"' <<<"$output"
}

@test "reviews whose key is gone are counted where they might belong" {
    two_reviews
    rm store/private/cases/C3.key
    expect 7 case register --type dhr
    mentions '1 case is sealed'
    [[ $output != *C3* ]]
}

@test "a register that there is not is a usage error" {
    make_store
    expect 2 case register
    mentions --type
    expect 2 case register --type arrest
    sentence dhr
    expect 2 case register --type theft
    sentence theft
    expect 2 case register --type dhr --csv --json
    expect 0 case register --type dhr --json
    [ -z "$output" ]
}

@test "a store that is not there, or damaged, has no register" {
    make_store
    echo '[source "x"' >>store/config
    expect 4 case register --type dhr
    rm -r store
    expect 3 case register --type dhr
}
