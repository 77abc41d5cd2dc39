#!/usr/bin/env bats
# What becomes of a case: statuses with their day and source, corrected and never erased, refused where they cannot be.
load common

# a_case TYPE: the next case
a_case() { exhibit case open --type "$1" --reference police:35/91234/21 --requested-by police --basis 'DPA 2018' "${@:2}" >/dev/null; }
# status CASE STATUS DATE [OPTION...]
status() { exhibit case status "$1" "$2" --date "$3" --source 'email of the officer' "${@:4}" >/dev/null; }
# field FILTER [ID]: of the case as JSON
field() { exhibit case show "${2:-C1}" --json 2>/dev/null | jq -r "select(.type == \"case\") | $1"; }

@test "a status is entered with its day and source, and shown" {
    make_store
    a_case arrest
    expect 0 case status C1 arrested --date 2021-12-05 --source 'custody record 7' --note 'at the bridge'
    shows 1 arrested 2021-12-05 'custody record 7' 'at the bridge'
    expect 0 case status C1 charged --date 2021-12-06 --source 'email of the officer' --json
    json_lines
    jq -e '.type == "case-event" and .case == "C1" and .event == 2 and .status == "charged" and .date == "2021-12-06"
        and .source == "email of the officer" and .counts' <<<"$output"
    expect 0 case status C1
    shows '   1  2021-12-05  arrested' '   2  2021-12-06  charged' 'charged since 2021-12-06'
    expect 0 case show C1
    shows 'charged since 2021-12-06'
    [ "$(field '.status + " " + .status_date')" = 'charged 2021-12-06' ]
    [ "$(count_acts case-status)" = 2 ]
    expect 0 log verify
}

@test "a case of which nothing was entered has an unknown status" {
    make_store
    a_case arrest
    expect 0 case status C1
    shows unknown
    [ "$(field .status)" = null ]
}

@test "the log holds nothing of it in clear but the case" {
    make_store
    a_case civil-claim
    exhibit case status C1 notified --date 2021-12-05 --source 'letter of Messrs Black' --note 'fell over' --injury yes --born 2012-03-04 >/dev/null
    git --git-dir store/custody.git log -p custody >everything
    for words in notified 2021-12-05 Black fell injury born 2012-03-04 civil; do
        run ! grep -qF "$words" everything
    done
    git --git-dir store/custody.git show custody:entry.json | jq -e '.act == "case-status" and .case == "C1" and .facts == {} and .digests == {}'
    expect 0 case status C1
    shows notified 'with injury' 2012-03-04 'letter of Messrs Black' 'fell over'
}

@test "an impossible status is refused, naming those that are possible, and nothing is entered" {
    make_store
    a_case arrest
    status C1 charged 2021-12-06
    expect 5 case status C1 custody --date 2021-12-07 --until 2022-06-07 --source court
    sentence "'custody' cannot follow 'charged'" 'acquitted, convicted, discontinued'
    expect 5 case status C1 convicted --date 2021-12-05 --source court
    sentence 2021-12-05 2021-12-06
    [ "$(count_acts case-status)" = 1 ]
    a_case dhr
    expect 5 case status C2 published --date 2021-12-07 --source minutes
    sentence notified
}

@test "a word that is no status of the type is a usage error, naming those that are" {
    make_store
    a_case enforcement
    expect 2 case status C1 charged --date 2021-12-06 --source court
    sentence charged enforcement issued paid challenged prosecuted
    expect 2 case status C1 '' --date 2021-12-06 --source court
    sentence issued
    [ "$(count_acts case-status)" = 0 ]
}

@test "custody needs the day of release, and what has no end takes none" {
    make_store
    a_case arrest
    status C1 charged 2021-12-06
    status C1 convicted 2022-01-10
    expect 2 case status C1 custody --date 2022-01-10 --source court
    sentence release
    expect 2 case status C1 appeal --date 2022-01-10 --until 2022-06-10 --source court
    sentence 'no end'
    expect 2 case status C1 custody --date 2022-01-10 --until 2022-01-09 --source court
    sentence before
    status C1 custody 2022-01-10 --until 2022-06-10
    [ "$(field .status_until)" = 2022-06-10 ]
    expect 0 case show C1
    shows 'custody since 2022-01-10, until 2022-06-10'
}

@test "a day that is still to come is refused, and so is one that there is not" {
    make_store
    a_case arrest
    expect 2 case status C1 charged --date "$(date -d '2 days' +%F)" --source court
    sentence 'still to come'
    for day in 2021-02-30 2021-2-3 yesterday '' 2021-12-06T10:00; do
        expect 2 case status C1 charged --date "$day" --source court
        sentence --date
    done
    [ "$(count_acts case-status)" = 0 ]
    status C1 charged "$(TZ=Europe/London date +%F)"
}

@test "a day is judged by the clocks of the store" {
    need_faketime
    # 23:30 UTC in July is half past midnight of the next day in London.
    at() { FAKETIME_DONT_FAKE_MONOTONIC=1 faketime -f '@2035-07-01 23:30:00' "$EXHIBIT" "$@" </dev/null; }
    make_store
    a_case arrest
    run ! at case status C1 charged --date 2035-07-03 --source court
    run at case status C1 charged --date 2035-07-02 --source court --quiet
    [ "$status" = 0 ]
}

@test "a status needs its day, its source, and something that is said" {
    make_store
    a_case arrest
    expect 2 case status C1 charged --source court
    mentions --date
    expect 2 case status C1 charged --date 2021-12-06
    mentions --source
    expect 2 case status C1 charged --date 2021-12-06 --source ''
    sentence source
    expect 2 case status C1 --date 2021-12-06 --source court
    mentions --flag
    expect 2 case status C1 --withdraw --source court
    mentions --correct
    expect 2 case status
    expect 2 case status C9
    sentence C9
    expect 2 case status C9 charged --date 2021-12-06 --source court
    sentence C9
    head -c 2001 /dev/zero | tr '\0' x >long
    expect 2 case status C1 charged --date 2021-12-06 --source "$(cat long)"
    sentence source 2000
    expect 2 case status C1 charged --date 2021-12-06 --source $'\xff\xfe'
    sentence UTF-8
    expect 2 case status C1 charged --date 2021-12-06 --source court --injury perhaps
    sentence --injury
    [ "$(count_acts case-status)" = 0 ]
}

@test "a correction leaves the event it corrects, which shows as corrected" {
    make_store
    a_case arrest
    status C1 arrested 2021-12-05
    status C1 charged 2021-12-06
    expect 0 case status C1 no-further-action --correct 2 --date 2021-12-07 --source 'second email'
    expect 0 case status C1
    shows 'charged (corrected by event 3: does not count)' 'no-further-action (in the place of event 2)' 'no-further-action since'
    expect 0 case status C1 --json
    json_lines
    [ "$(jq -s -c 'map([.event, .status, .counts, .corrects, .corrected_by])' <<<"$output")" = \
        '[[1,"arrested",true,null,null],[2,"charged",false,null,3],[3,"no-further-action",true,2,null]]' ]
    [ "$(count_acts case-status)" = 3 ]
    expect 5 case status C1 charged --correct 2 --date 2021-12-07 --source 'third email'
    sentence 'corrected by event 3'
    for number in 0 -1 9 x 99999999999999999999; do
        expect 2 case status C1 charged --correct "$number" --date 2021-12-07 --source 'third email'
    done
}

@test "what follows keeps a correction from being impossible" {
    make_store
    a_case arrest
    status C1 charged 2021-12-06
    status C1 convicted 2022-01-10
    expect 5 case status C1 reported --correct 1 --date 2021-12-05 --source email
    sentence 'event 2' 'convicted'
    expect 0 case status C1 --correct 2 --withdraw --source 'wrong case'
    [ "$(field .status)" = charged ]
    expect 0 case status C1 reported --correct 1 --date 2021-12-05 --source email
    [ "$(field .status)" = reported ]
}

@test "flags of a review are stated with a status or without, and of no other type" {
    make_store
    a_case dhr
    status C1 notified 2020-11-24 --flag criminal-proceedings=open --flag inquest=none
    expect 0 case status C1 --flag criminal-proceedings=ended --date 2021-10-04 --source 'letter of the police'
    expect 0 case show C1
    shows 'criminal-proceedings: ended since 2021-10-04' 'inquest: none since 2020-11-24' 'notified since 2020-11-24'
    [ "$(field '.flags | tojson')" = '{"criminal-proceedings":"ended","inquest":"none"}' ]
    expect 5 case status C1 --flag inquest=ended --date 2021-10-04 --source letter
    sentence inquest open
    expect 2 case status C1 --flag inquest=perhaps --date 2021-10-04 --source letter
    sentence --flag inquest=perhaps
    a_case arrest
    expect 2 case status C2 --flag inquest=open --date 2021-10-04 --source letter
    sentence dhr
}

@test "a request for somebody's own data shows when it must be answered, and when that is late" {
    make_store
    a_case subject-access
    status C1 received 2021-01-31
    expect 7 case show C1
    shows 'due 2021-03-01, the next working day: counted to 2021-02-28, a Sunday: overdue'
    [ "$(field '.answer_due + " " + (.answer_late | tostring)')" = '2021-03-01 true' ]
    status C1 clarification 2021-02-10
    expect 0 case show C1
    shows 'the clock is stopped since 2021-02-10'
    status C1 received 2021-02-15
    expect 7 case status C1
    shows 'due 2021-03-05'
    status C1 extended 2021-02-16
    expect 7 case show C1
    shows 'due 2021-05-05'
    status C1 answered 2021-05-01
    expect 0 case show C1
    [[ $output != *overdue* ]]
    a_case subject-access
    today=$(TZ=Europe/London date +%F)
    status C2 received "$today"
    expect 0 case show C2
    shows due
}

@test "a dry run judges and enters nothing" {
    make_store
    a_case arrest
    expect 0 case status C1 charged --date 2021-12-06 --source email --dry-run
    [ -z "$output" ]
    mentions 'nothing was'
    expect 5 case status C1 convicted --date 2021-12-06 --source email --dry-run
    [ "$(count_acts case-status)" = 0 ]
}

@test "an auditor shows what became of a case, and enters nothing" {
    make_store
    a_case arrest
    make_key au AU auditor
    make_key dp DP dpo
    exhibit key trust au.pub --name Au --initials AU --role auditor >/dev/null
    exhibit key trust dp.pub --name Dp --initials DP --role dpo >/dev/null
    expect 5 case status C1 charged --date 2021-12-06 --source email --key au.key
    sentence auditor case-status
    expect 0 case status C1 --key au.key
    expect 0 case status C1 charged --date 2021-12-06 --source email --key dp.key
    expect 0 log verify
}

@test "of a case whose key is gone nothing is known, and nothing can be entered" {
    make_store
    a_case arrest
    status C1 charged 2021-12-06
    rm store/private/cases/C1.key
    expect 0 case status C1
    mentions gone
    [ -z "$output" ]
    expect 3 case status C1 convicted --date 2022-01-10 --source court
    sentence 'key of case C1'
    [ "$(field '[.sealed, .status] | tojson')" = '[true,null]' ]
}

@test "two who enter the same status at once: one is refused, and the log verifies" {
    make_store
    a_case arrest
    status C1 charged 2021-12-06
    for n in 1 2; do
        { exhibit case status C1 convicted --date 2022-01-10 --source "$n" >/dev/null 2>"said.$n" && echo 0 || echo $?; } >"status.$n" &
    done
    wait
    [ "$(cat status.1 status.2 | sort | xargs)" = '0 5' ]
    [ "$(count_acts case-status)" = 2 ]
    expect 0 log verify
}

@test "a store that another holds is busy, and nothing is entered" {
    make_store
    a_case arrest
    exec 8<>store/lock
    flock 8
    expect 6 case status C1 charged --date 2021-12-06 --source email
    exec 8>&-
    [ "$(count_acts case-status)" = 0 ]
}

@test "a damaged store is no store of cases" {
    make_store
    a_case arrest
    echo '[source "x"' >>store/config
    expect 4 case status C1
    sentence config
}

@test "an answer that would be due on no working day is due on the next one, and both days are shown" {
    make_store
    one=$(exhibit case open --type subject-access --reference sar:1 --requested-by 'A. Person' --basis 'UK GDPR Art 15' --json | jq -r .id)
    exhibit case status "$one" received --date 2026-03-03 --source letter >/dev/null
    expect 7 case status "$one"
    shows 'due 2026-04-07, the next working day: counted to 2026-04-03, Good Friday: overdue'
    expect 7 case show "$one" --json
    [ "$(head -n 1 <<<"$output" | jq -c '[.answer_due, .answer_counted]')" = '["2026-04-07","2026-04-03"]' ]
    # A day that follows from no rule, and one that is none though a rule says so.
    exhibit config set store.publicHolidays 2026-04-07 >/dev/null
    expect 7 case status "$one"
    shows 'due 2026-04-08, the next working day: counted to 2026-04-03, Good Friday'
    exhibit config set store.publicHolidays '2026-04-07 -2026-04-03' >/dev/null
    expect 7 case status "$one"
    shows 'due 2026-04-03: overdue'
    exhibit config set store.publicHolidays '' >/dev/null
    exhibit case status "$one" extended --date 2026-03-10 --source letter >/dev/null
    expect 7 case status "$one"
    shows 'due 2026-06-03: overdue'
    expect 7 status
    shows "the answer to a request for somebody's own data is due on 2026-06-03"
}
