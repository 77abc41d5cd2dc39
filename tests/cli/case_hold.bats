#!/usr/bin/env bats
# Holds: placed, stacked, reviewed, released by who may; and the one of a review, which only its course releases.
load common

a_case() { exhibit case open --type "$1" --reference police:35/91234/21 --requested-by police --basis 'DPA 2018' "${@:2}" >/dev/null; }
status() { exhibit case status "$1" "$2" --date "$3" --source 'minutes' --quiet "${@:4}" >/dev/null; }
field() { exhibit case show "${2:-C1}" --json 2>/dev/null | jq -r "select(.type == \"case\") | $1"; }
soon() { TZ=Europe/London date -d '90 days' +%F; }
# hold CASE [OPTION...]
hold() { exhibit case hold "$1" --reason coroner --authority 'HM Coroner' --reference 12/2026 --review "$(soon)" "${@:2}" >/dev/null; }
# at TIME ARGUMENT...: exhibit with its clock at TIME
at() { FAKETIME_DONT_FAKE_MONOTONIC=1 faketime -f "@$1" "$EXHIBIT" "${@:2}" </dev/null; }
# review_until STATUS: case C1, a review, goes through its statuses up to that one
review_until() {
    local one
    for one in notified scoping decision-review terms-of-reference imr-requested overview-draft csp-approved ho-qa-submitted \
               ho-qa-cleared published; do
        status C1 "$one" 2021-12-05 "${@:2}"
        [ "$one" != "$1" ] || return 0
    done
}

@test "a hold is placed, shown with the case, and released" {
    make_store
    a_case arrest
    expect 0 case hold C1 --reason coroner --authority 'HM Coroner' --reference 12/2026 --review "$(soon)" --note 'the bridge'
    shows C1-H1 coroner 'HM Coroner' 12/2026 'the bridge' "review $(soon)"
    expect 0 case show C1
    shows 'C1-H1: coroner, HM Coroner (12/2026), the bridge'
    expect 0 case release C1-H1 --reason 'inquest concluded' --authority 'HM Coroner' --json
    json_lines
    jq -e '.type == "hold" and .id == "C1-H1" and .released and .release_reason == "inquest concluded" and .release_authority == "HM Coroner"
        and .code == "coroner" and .case == "C1"' <<<"$output"
    expect 0 case show C1
    shows 'released on' 'inquest concluded'
    [ "$(field '.holds | map([.id, .released]) | tojson')" = '[["C1-H1",true]]' ]
    expect 0 log verify
}

@test "holds stack, each with its own identifier" {
    make_store
    a_case arrest
    a_case other
    for n in 1 2 3; do hold C1; done
    hold C2
    expect 0 case release C1-H2 --reason over
    [ "$(field '.holds | map([.id, .released]) | tojson')" = '[["C1-H1",false],["C1-H2",true],["C1-H3",false]]' ]
    [ "$(field '.holds | map(.id) | tojson' C2)" = '["C2-H1"]' ]
    hold C1
    [ "$(field '.holds[-1].id')" = C1-H4 ]
}

@test "a hold may be on one exhibit of the case" {
    make_store
    a_case arrest
    a_case arrest
    exhibit add "$EXHIBIT_TOP/README.md" --case C1 --from police --received '2021-12-06 10:15' >/dev/null || [ $? = 7 ]
    expect 0 case hold C1 --exhibit OP1 --reason civil --authority x --reference y --review "$(soon)"
    shows 'C1-H1 on OP1: civil'
    git --git-dir store/custody.git show custody:entry.json | jq -e '.act == "case-hold" and .exhibit == "OP1" and .facts == {hold: "C1-H1"}'
    expect 2 case hold C2 --exhibit OP1 --reason civil --authority x --reference y --review "$(soon)"
    sentence OP1 C2
    for reference in OP9 '' ../OP1; do
        expect 2 case hold C1 --exhibit "$reference" --reason civil --authority x --reference y --review "$(soon)"
    done
    expect 0 case release C1-H1 --reason settled
    git --git-dir store/custody.git show custody:entry.json | jq -e '.act == "case-release" and .exhibit == "OP1"'
}

@test "a hold that cannot be meant is a usage error, and none is placed" {
    make_store
    a_case arrest
    good=(--authority x --reference y --review "$(soon)")
    expect 2 case hold C1 --reason theft "${good[@]}"
    sentence theft appeal ccrc coroner civil subject-access dhr complaint court-order live-investigation other
    expect 2 case hold C1 --reason other "${good[@]}"
    sentence note
    expect 2 case hold C1 --reason civil --authority x --reference y
    mentions --review
    expect 2 case hold C1 --reason civil --reference y --review "$(soon)"
    mentions --authority
    expect 2 case hold C1 --reason civil --authority '' --reference y --review "$(soon)"
    sentence authority
    expect 2 case hold C1 --reason civil --authority x --reference y --review "$(date -d '-2 days' +%F)"
    sentence past
    expect 2 case hold C1 --reason civil --authority x --reference y --review "$(date -d '370 days' +%F)"
    sentence '12 months'
    expect 2 case hold C1 --reason civil --authority x --reference y --review soon
    sentence --review soon
    expect 2 case hold C9 --reason civil "${good[@]}"
    sentence C9
    expect 2 case hold
    [ "$(count_acts case-hold)" = 0 ]
    expect 0 case hold C1 --reason other --note 'a phone' "${good[@]}"
}

@test "a release needs a hold that stands, and a reason" {
    make_store
    a_case arrest
    hold C1
    for id in C1-H2 C9-H1 C1 C1-H01 C1-P1 ../C1-H1 -H1 ''; do
        expect 2 case release --reason over -- "$id"
        sentence "hold '$id'"
        expect 2 case review --reason over --review "$(soon)" -- "$id"
    done
    expect 2 case release C1-H1
    mentions --reason
    expect 2 case release C1-H1 --reason ''
    sentence reason
    expect 0 case release C1-H1 --reason over --dry-run
    [ "$(count_acts case-release)" = 0 ]
    expect 0 case release C1-H1 --reason over
    expect 5 case release C1-H1 --reason again
    sentence C1-H1 'released already'
    expect 5 case review C1-H1 --review "$(soon)" --reason again
    sentence C1-H1
    [ "$(count_acts case-release)" = 1 ]
}

@test "an operator places holds; a dpo or admin reviews and releases them" {
    make_store
    people
    a_case arrest
    expect 0 case hold C1 --reason civil --authority x --reference y --review "$(soon)" --key po.key
    expect 5 case release C1-H1 --reason over --key po.key
    sentence operator case-release
    expect 5 case review C1-H1 --review "$(soon)" --reason over --key po.key
    sentence operator case-review
    expect 5 case hold C1 --reason civil --authority x --reference y --review "$(soon)" --key au.key
    sentence auditor
    expect 0 case review C1-H1 --review "$(soon)" --reason adjourned --key dp.key
    expect 0 case release C1-H1 --reason over --key dp.key
    expect 0 log verify
}

@test "the log shows that a hold stands, and nothing of why" {
    make_store
    a_case arrest
    hold C1 --note 'fell off'
    exhibit case review C1-H1 --review "$(soon)" --reason adjourned >/dev/null
    exhibit case release C1-H1 --reason concluded --authority 'HM Coroner' >/dev/null
    git --git-dir store/custody.git log -p custody >everything
    for words in coroner Coroner 12/2026 'fell off' adjourned concluded "$(soon)"; do
        run ! grep -qF "$words" everything
    done
    for commit in custody custody~1 custody~2; do
        git --git-dir store/custody.git show "$commit:entry.json" | jq -e '.facts == {hold: "C1-H1"}'
    done
}

@test "a review that is overdue shows, until it is held" {
    need_faketime
    make_store
    a_case arrest
    export EXHIBIT_KEY=$PWD/op.key
    at '2035-01-02 12:00:00' case hold C1 --reason civil --authority x --reference y --review 2035-06-01 >/dev/null
    run at '2035-06-01 12:00:00' case show C1
    [ "$status" = 0 ]
    run at '2035-06-02 12:00:00' case show C1
    [ "$status" = 7 ]
    shows 'review 2035-06-01: overdue'
    run at '2035-06-02 12:00:00' case show C1 --json
    jq -e 'select(.type == "case") | .holds[0].overdue' <<<"$output"
    run at '2035-06-02 12:00:00' case review C1-H1 --review 2036-06-02 --reason 'trial in May'
    [ "$status" = 0 ]
    run at '2035-06-03 12:00:00' case show C1
    [ "$status" = 0 ]
    run at '2035-06-03 12:00:00' case review C1-H1 --review 2036-06-04 --reason 'trial in May'
    [ "$status" = 2 ]
    run at '2036-07-01 12:00:00' case release C1-H1 --reason settled
    run at '2036-07-01 12:00:00' case show C1
    [ "$status" = 0 ]
}

@test "a case may be held from the beginning, in the entry that opens it" {
    make_store
    expect 0 case open --type coroner --requested-by 'HM Coroner' --basis request --hold coroner --review "$(soon)" --note 'the bridge'
    shows C1
    [ "$(count_acts case-hold)" = 0 ]
    [ "$(field '.holds | map([.id, .code, .authority, .reference, .note, .own]) | tojson')" = \
        '[["C1-H1","coroner","HM Coroner","C1","the bridge",false]]' ]
    expect 2 case open --type coroner --requested-by x --basis y --hold coroner
    sentence review
    expect 2 case open --type coroner --requested-by x --basis y --review "$(soon)"
    sentence hold
    expect 2 case open --type coroner --requested-by x --basis y --hold theft --review "$(soon)"
    sentence theft
    expect 2 case open --type dhr --requested-by x --basis y --hold coroner --review "$(soon)"
    sentence 'of its own'
    expect 0 case open --type coroner --requested-by x --basis y --hold coroner --review "$(soon)" --dry-run
    mentions C2
    [ "$(count_acts case-open)" = 1 ]
    expect 0 case release C1-H1 --reason concluded
}

@test "opening a review places its own hold, and the log does not tell it from another" {
    make_store
    a_case dhr
    a_case coroner --hold coroner --review "$(soon)"
    [ "$(field '.holds | map([.id, .code, .own, .released]) | tojson')" = '[["C1-H1","dhr",true,false]]' ]
    [ "$(field '.holds[0].review')" = "$(python3 - <<'END'
import calendar, datetime, zoneinfo
t = datetime.datetime.now(zoneinfo.ZoneInfo('Europe/London')).date()
m = t.month + 6
y, m = t.year + (m - 1) // 12, (m - 1) % 12 + 1
print(datetime.date(y, m, min(t.day, calendar.monthrange(y, m)[1])))
END
)" ]
    git --git-dir store/custody.git show custody~1:entry.json | jq -S 'del(.case, .details, .facts.hold, .previous, .seq, .time)' >one
    git --git-dir store/custody.git show custody:entry.json | jq -S 'del(.case, .details, .facts.hold, .previous, .seq, .time)' >other
    cmp one other
}

@test "a review's own hold is not released by hand, and the refusal says what must happen first" {
    make_store
    a_case dhr
    expect 5 case release C1-H1 --reason over
    sentence C1-H1 published not-published unknown 'criminal proceedings' inquest
    review_until ho-qa-cleared
    expect 5 case release C1-H1 --reason over
    sentence ho-qa-cleared
    [ "$(count_acts case-release)" = 0 ]
    hold C1
    expect 0 case release C1-H2 --reason concluded
}

@test "the status that ends a review releases its own hold" {
    make_store
    people
    a_case dhr
    review_until ho-qa-cleared
    expect 0 case status C1 published --date 2021-12-06 --source 'web site' --key dp.key
    mentions 'C1-H1 was released'
    [ "$(field '.holds[0] | [.released, .release_reason, .release_authority] | tojson')" = \
        '[true,"the review is published, and no proceedings are open","web site"]' ]
    [ "$(acts | tail -2 | xargs)" = 'case-status case-release' ]
    expect 0 log verify
    a_case dhr
    [ "$(field '.holds[0].released' C2)" = false ]
}

@test "proceedings that are open keep a review's own hold; their end releases it" {
    make_store
    a_case dhr
    status C1 notified 2021-12-01 --flag criminal-proceedings=open --flag inquest=open
    for one in scoping decision-review terms-of-reference imr-requested overview-draft csp-approved ho-qa-submitted ho-qa-cleared not-published; do
        status C1 "$one" 2021-12-05
    done
    expect 5 case release C1-H1 --reason over
    sentence criminal-proceedings=ended
    status C1 action-plan-closed 2022-01-05
    expect 0 case status C1 --flag criminal-proceedings=ended --date 2022-02-01 --source court
    [[ $stderr != *released* ]]
    expect 5 case release C1-H1 --reason over
    sentence inquest=ended
    expect 0 case status C1 --flag inquest=ended --date 2022-02-01 --source coroner --json
    jq -e '.released_hold == "C1-H1"' <<<"$output"
    [ "$(field '.holds[0].released')" = true ]
}

@test "who may not release leaves a review's own hold to who may" {
    make_store
    people
    a_case dhr
    review_until ho-qa-cleared
    expect 0 case status C1 published --date 2021-12-06 --source 'web site' --key po.key
    mentions C1-H1 'can be released now' dpo
    [ "$(field '.holds[0].released')" = false ]
    expect 5 case release C1-H1 --reason published --key po.key
    expect 0 case release C1-H1 --reason published --key dp.key
    expect 0 log verify
}

@test "where it is decided that there is no review, its own hold stands for 31 days and is reviewed then" {
    need_faketime
    make_store
    a_case dhr
    status C1 notified 2021-12-01
    status C1 scoping 2021-12-02
    at '2035-03-01 12:00:00' case status C1 decision-no-review --date 2035-03-01 --source minutes --quiet >/dev/null
    run at '2035-03-01 12:00:00' case show C1
    [ "$status" = 0 ]
    shows 'review 2035-04-01'
    run --separate-stderr at '2035-03-31 12:00:00' case release C1-H1 --reason 'no review'
    [ "$status" = 5 ]
    sentence C1-H1 2035-04-01
    run at '2035-04-02 12:00:00' case show C1
    [ "$status" = 7 ]
    shows overdue
    run at '2035-04-02 12:00:00' case release C1-H1 --reason 'no review, and nothing else holds it'
    [ "$status" = 0 ]
}

@test "of a case whose key is gone it is known which holds stand, and no more" {
    make_store
    a_case dhr
    hold C1
    hold C1
    exhibit case release C1-H2 --reason over >/dev/null
    rm store/private/cases/C1.key
    expect 0 case show C1
    shows 'C1-H1: (sealed)' 'C1-H2: (sealed), released on' 'C1-H3: (sealed)'
    [[ $output != *oroner* && $output != *dhr* ]]
    [ "$(field '.holds | map([.id, .released, .code, .review]) | tojson')" = \
        '[["C1-H1",false,null,null],["C1-H2",true,null,null],["C1-H3",false,null,null]]' ]
    expect 3 case hold C1 --reason civil --authority x --reference y --review "$(soon)"
    sentence 'key of case C1'
    expect 3 case release C1-H1 --reason over --dry-run
    sentence 'key of case C1'
    expect 3 case release C1-H1 --reason over
    sentence 'key of case C1'
}

@test "two who release the same hold at once: one is refused, and the log verifies" {
    make_store
    a_case arrest
    hold C1
    for n in 1 2; do
        { exhibit case release C1-H1 --reason "$n" >/dev/null 2>"said.$n" && echo 0 || echo $?; } >"status.$n" &
    done
    wait
    [ "$(cat status.1 status.2 | sort | xargs)" = '0 5' ]
    [ "$(count_acts case-release)" = 1 ]
    expect 0 log verify
}

@test "a store that another holds is busy, a damaged one is none" {
    make_store
    a_case arrest
    hold C1
    forms=("hold C1 --reason civil --authority x --reference y --review $(soon)" 'release C1-H1 --reason over'
           "review C1-H1 --reason over --review $(soon)")
    exec 8<>store/lock
    flock 8
    # shellcheck disable=SC2086  # words of the command
    for form in "${forms[@]}"; do expect 6 case $form; done
    exec 8>&-
    echo '[source "x"' >>store/config
    # shellcheck disable=SC2086
    for form in "${forms[@]}"; do expect 4 case $form; done
}
