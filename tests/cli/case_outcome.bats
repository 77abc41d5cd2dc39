#!/usr/bin/env bats
# What reports count a case by, what it is called elsewhere, and finding it again.
load common

a_case() { exhibit case open --type "$1" --requested-by police --basis 'DPA 2018' "${@:2}" >/dev/null; }
field() { exhibit case show "${2:-C1}" --json 2>/dev/null | jq -r "select(.type == \"case\") | $1"; }
# cases: the identifiers in the output, as text or JSON lines
cases() { grep -oE '^C[0-9]+' <<<"$output" | xargs; }

@test "an outcome is entered with its day, and what is given later takes its place" {
    make_store
    a_case arrest --reference police:1 --town Wisbech --authority Fenland
    expect 0 case show C1
    shows Wisbech Fenland
    expect 0 case outcome C1 fine --cctv-led yes --date 2021-12-06
    shows 'fine on 2021-12-06' yes Wisbech
    expect 0 case outcome C1 --town March --json
    json_lines
    jq -e '.type == "case" and .town == "March" and .authority == "Fenland" and .outcome == "fine" and .outcome_date == "2021-12-06" and .cctv_led' <<<"$output"
    expect 0 case outcome C1 none --cctv-led no
    [ "$(field '[.outcome, .outcome_date, .cctv_led] | tojson')" = "[\"none\",\"$(TZ=Europe/London date +%F)\",false]" ]
    expect 0 log verify
}

@test "outcomes, towns and references are not in the log in clear" {
    make_store
    a_case arrest --reference police:1 --town Doddington --authority Peterborough
    exhibit case outcome C1 warning --cctv-led yes --date 2021-12-06 --town Whittlesey >/dev/null
    exhibit case reference C1 add e-cins:771 >/dev/null
    exhibit case reference C1 remove e-cins:771 >/dev/null
    git --git-dir store/custody.git log -p custody >everything
    for words in Doddington 'Peterborough"' warning Whittlesey cctv e-cins; do
        run ! grep -qF "$words" everything
    done
}

@test "an outcome that cannot be meant is a usage error" {
    make_store
    a_case arrest
    expect 2 case outcome C1 prison
    sentence prison arrest fine warning none
    expect 2 case outcome C1
    sentence 'nothing is said'
    expect 2 case outcome C1 fine --cctv-led perhaps
    sentence --cctv-led
    expect 2 case outcome C1 fine --date "$(date -d '2 days' +%F)"
    sentence 'still to come'
    expect 2 case outcome C1 --date 2021-12-06
    expect 2 case outcome C1 --town ''
    sentence town
    expect 2 case outcome C9 fine
    sentence C9
    expect 2 case open --type arrest --requested-by police --basis x --town ''
    sentence town
    [ "$(count_acts case-outcome)" = 0 ]
}

@test "references are added and taken out, and the log keeps both" {
    make_store
    a_case arrest --reference police:1
    expect 0 case reference C1 add e-cins:771 sircs:9/2
    shows police:1 e-cins:771 sircs:9/2
    expect 0 case reference C1 remove police:1
    [[ $output != *police:1* ]]
    [ "$(field '.references | tojson')" = '["e-cins:771","sircs:9/2"]' ]
    exhibit log show --details --case C1 >all
    grep -q '"removed":\["police:1"\]' all
    [ "$(count_acts case-reference)" = 2 ]
}

@test "a reference that is there is refused, and one that is not there cannot be taken out" {
    make_store
    a_case arrest --reference police:1
    expect 5 case reference C1 add e-cins:2 police:1
    sentence police:1 already
    expect 2 case reference C1 remove e-cins:2
    sentence e-cins:2
    expect 2 case reference C1 add police
    sentence SYSTEM:IDENTIFIER
    expect 2 case reference C1 put police:2
    expect 2 case reference C1 add
    expect 2 case reference C9 add police:2
    [ "$(count_acts case-reference)" = 0 ]
    [ "$(field '.references | tojson')" = '["police:1"]' ]
}

@test "a dry run of either enters nothing" {
    make_store
    a_case arrest --reference police:1
    expect 0 case outcome C1 fine --dry-run
    expect 0 case reference C1 add police:2 --dry-run
    expect 5 case reference C1 add police:1 --dry-run
    run acts
    [[ $output != *case-outcome* && $output != *case-reference* ]]
}

@test "cases are found by words of their references, titles and towns" {
    make_store
    a_case arrest --reference police:35/91234/21 --title 'Market Place' --town Wisbech
    a_case dhr --reference dhr:1-2021 --title 'A review' --town March
    a_case other --reference police:35/99999/21
    expect 0 case search 35/9
    [ "$(cases)" = 'C1 C3' ]
    expect 0 case search MARKET wis
    [ "$(cases)" = C1 ]
    expect 0 case search mar
    [ "$(cases)" = 'C1 C2' ]
    expect 0 case search review --json
    json_lines
    [ "$(jq -r .id <<<"$output")" = C2 ]
    expect 1 case search review wisbech
    sentence 'no case'
    [ -z "$output" ]
    exhibit case reference C3 remove police:35/99999/21 >/dev/null
    expect 1 case search 99999
    expect 2 case search
}

@test "cases are listed by type, by status, and those that have not ended" {
    make_store
    a_case arrest
    a_case dhr
    a_case arrest
    a_case complaint
    exhibit case status C1 charged --date 2021-12-06 --source email >/dev/null
    exhibit case status C4 opened --date 2021-12-06 --source email >/dev/null
    exhibit case status C4 closed --date 2021-12-07 --source email >/dev/null
    expect 0 case list
    [ "$(cases)" = 'C1 C2 C3 C4' ]
    shows charged closed
    expect 0 case list --type arrest
    [ "$(cases)" = 'C1 C3' ]
    expect 0 case list --type dardr
    [ "$(cases)" = C2 ]
    expect 0 case list --status charged --json
    [ "$(jq -r .id <<<"$output")" = C1 ]
    expect 0 case list --open
    [ "$(cases)" = 'C1 C2 C3' ]
    expect 0 case list --type complaint --open
    [ -z "$output" ]
    expect 2 case list --status chraged
    sentence charged
    expect 2 case list --type theft
    sentence theft
}

@test "that a case is sealed is said where it could not be looked into" {
    make_store
    a_case arrest --reference police:1
    a_case arrest --reference police:2
    rm store/private/cases/C2.key
    expect 0 case list
    shows 'C2 ' '(sealed)'
    expect 7 case list --type arrest
    [ "$(cases)" = C1 ]
    mentions '1 case is sealed'
    expect 7 case search police
    [ "$(cases)" = C1 ]
    expect 1 case search e-cins
    mentions '1 case is sealed'
    expect 3 case outcome C2 fine
    sentence 'key of case C2'
    expect 3 case reference C2 add police:3
}

@test "an auditor enters neither outcome nor reference" {
    make_store
    a_case arrest
    make_key au AU auditor
    exhibit key trust au.pub --name Au --initials AU --role auditor >/dev/null
    expect 5 case outcome C1 fine --key au.key
    sentence auditor
    expect 5 case reference C1 add police:1 --key au.key
    sentence auditor
}

@test "a store that another holds is busy, and a damaged one is none" {
    make_store
    a_case arrest
    exec 8<>store/lock
    flock 8
    expect 6 case outcome C1 fine
    expect 6 case reference C1 add police:1
    exec 8>&-
    echo '[source "x"' >>store/config
    for form in 'outcome C1 fine' 'reference C1 add police:1' 'search police' list; do
        # shellcheck disable=SC2086  # words of the command
        expect 4 case $form
    done
    rm -r store
    for form in 'outcome C1 fine' 'reference C1 add police:1' 'search police' list; do
        # shellcheck disable=SC2086
        expect 3 case $form
    done
}
