#!/usr/bin/env bats
# Each command has a schema (docs/schema) that its --json is held against, of success and of failure. Every other file's 'expect ... --json'
# is held against them too (common.bash).
load common
load cases
load schema

policy=$EXHIBIT_TOP/policies/uk-local-authority.conf
judge() { "$python" "$EXHIBIT_TOP/tests/cli/schemas.py" "$@"; }
commands() { exhibit --help | sed -nE 's/^  ([a-z]+( [a-z-]+){0,2})  +[a-z].*/\1/p' | tr ' ' '-' | sort; }
# ok STATUS COMMAND...: with --json, and prints something
ok() { expect "$@" --json && json_lines; }
# no STATUS COMMAND...: with --json; its last line is the error
no() {
    ok "$@" && [ "$(tail -n 1 <<<"$output" | jq -r '[.type, .status] | @json')" = "[\"error\",$1]" ]
}
# nowhere COMMAND...: for commands that fail only where there is no store
nowhere() { no 3 "$@" --store nowhere; }
# As those of cases.bash, and held against the schema.
person() {
    make_key "$1" "$2" "$3"
    ok 0 key trust "$1.pub" --name "Person $2" --initials "$2" --role "$3" --until '2040-01-01 00:00'
}
clip() {
    head -c 1000 /dev/urandom >"${2:-file.bin}"
    ok 7 add "${2:-file.bin}" --case "$1" --from bench --received '2021-12-06 10:15'
}

@test "every command has a schema, every schema a command" {
    commands >listed
    [ "$(wc -l <listed)" -gt 50 ]
    (cd "$EXHIBIT_TOP/docs/schema" && ls -- *.schema.json) | sed 's/\.schema\.json$//' | grep -vx common | sort >schemas
    diff listed schemas
}

@test "each schema is one, closed, leads somewhere, and describes each member" {
    validator
    judge lint "$EXHIBIT_TOP"
}

@test "what is not of its schema is told: an unknown member, a missing one, another type, a type of no command, what is no JSON" {
    validator
    make_store
    expect 0 log pack --json
    good=$output
    while IFS= read -r line; do
        rm -rf runs
        mkdir runs
        printf '%s\0' 0 'a test' 3 log pack --json "$line" >runs/1
        if [ "$line" = "$good" ]; then
            judge judge "$EXHIBIT_TOP" runs
        else
            run judge judge "$EXHIBIT_TOP" runs
            [ "$status" = 1 ] || { echo "taken: $line"; return 1; }
        fi
    done <<END
$good
{"entries":0,"type":"log-pack","more":1}
{"type":"log-pack"}
{"entries":"0","type":"log-pack"}
{"entries":0}
{"entries":0,"type":"case"}
{"entries":0,"entries":0,"type":"log-pack"}
{"entries":0.5,"type":"log-pack"}
[{"entries":0,"type":"log-pack"}]
entries 0
exhibit: packed
$(printf '{"entries":0,"type":"log-pack"}\377')
{"kind":"io","status":3,"text":"","type":"error"}
END
    # One good line beside it does not help, nor one that is empty.
    for bad in $'\n' $'\nwarning: x'; do
        printf '%s\0' 0 'a test' 3 log pack --json "$good$bad"$'\n'"$good" >runs/1
        run judge judge "$EXHIBIT_TOP" runs
        [ "$status" = 1 ]
    done
}

@test "keys, stores, settings, sources, cameras" {
    ok 0 key new --name 'Person OP' --initials OP --role admin --out op.key --no-passphrase
    no 5 key new --name 'Person OP' --initials OP --role admin --out op.key --no-passphrase
    ok 0 init store --organisation Council --zone Europe/London
    no 5 init store --organisation Council --zone Europe/London
    person an AN auditor
    no 3 key trust nowhere.pub --name x --initials XX --role auditor
    ok 0 key list
    nowhere key list
    for format in minisign ssh; do ok 0 key export OP --format "$format"; done
    for format in allowed-signers age; do ok 0 key export --format "$format" --out "out/$format"; done
    no 2 key export ZZ --format ssh
    ok 0 key revoke AN --reason 'left'
    no 2 key revoke ZZ --reason 'left'
    ok 0 key list
    ok 0 config list --all
    nowhere config list
    ok 0 config get store.zone
    no 2 config get store.zones
    ok 0 config set export.request required
    no 2 config set export.requests required
    ok 0 config check
    ok 0 completion bash
    no 2 completion tcsh
    nowhere config check
    make_footage recordings
    ok 0 source add nvr --root recordings --layout mediamtx --zone UTC
    no 5 source add nvr --root recordings --layout mediamtx --zone UTC
    ok 0 source list
    ok 0 source list --layouts
    nowhere source list
    ok 0 camera add wisbech-12 --source nvr --path wisbech-12 --name 'Market Place' --latitude 52.66 --longitude 0.16
    no 5 camera add wisbech-12 --source nvr --path wisbech-12 --name 'Market Place'
    ok 0 camera list
    no 2 camera list --town Nowhere
    printf 'id,source,path,name\nx,nvr,wisbech-12,X\nwisbech-12,nvr,wisbech-12,Market Square\n' >cameras.csv
    ok 0 camera import cameras.csv --update
    ok 0 camera import cameras.csv --dry-run
    printf 'id,source,path,name\n,nvr,p,X\ny,none,p,Y\n' >cameras.csv
    no 4 camera import cameras.csv
    check=(--shown 2021-12-05T21:00:10Z --actual 2021-12-05T21:00:00Z --reference NTP --method both)
    ok 0 camera check-time wisbech-12 "${check[@]}" --dry-run
    ok 0 camera check-time wisbech-12 "${check[@]}"
    ok 0 camera check-time wisbech-12 "${check[@]/21:00/23:00}"
    ok 0 camera check-time wisbech-12 --list
    no 2 camera check-time nowhere --list
}

@test "cases, and what stands on them" {
    make_store
    person dp DP dpo
    ok 0 case open --type arrest --reference police:1 --requested-by police --basis DPA --town Wisbech
    ok 0 case open --type dhr --requested-by partnership --basis DVCVA
    ok 0 case open --type subject-access --requested-by 'J. Smith' --basis 'UK GDPR 15'
    no 2 case open --type theft --requested-by police --basis DPA
    ok 0 case list
    nowhere case list
    ok 0 case search wisbech
    no 1 case search nobody
    ok 0 case status C1 arrested --date 2021-12-06 --source email
    ok 0 case status C1 --correct 1 --withdraw --source email
    ok 0 case status C1
    ok 0 case status C2 notified --flag inquest=open --date 2021-12-06 --source email --note x
    no 2 case status C1 overturned --date 2021-12-06 --source email
    ok 0 case outcome C1 fine --cctv-led yes --date 2021-12-07
    no 2 case outcome C1 hanged
    ok 0 case reference C1 add e-cins:1
    no 2 case reference C9 add e-cins:1
    soon=$(date -d '+100 days' +%F)
    ok 0 case hold C1 --reason coroner --authority 'HM Coroner' --reference 1 --review "$soon"
    no 2 case hold C1 --reason whim --authority 'HM Coroner' --reference 1 --review "$soon"
    ok 0 case review C1-H1 --review "$soon" --reason adjourned
    no 2 case review C1-H9 --review "$soon" --reason adjourned
    ok 0 case release C1-H1 --reason concluded
    no 5 case release C1-H1 --reason concluded
    clip C1
    no 3 add nowhere.bin --case C1 --from bench --received '2021-12-06 10:15'
    ok 7 add file.bin --case C1 --from bench --received '2021-12-06 10:15' --dry-run
    asking=(--by 'DC Smith' --organisation police --basis DPA --purpose robbery --authoriser 'Insp Jones' --date 2021-12-06)
    ok 0 request add --case C1 "${asking[@]}"
    no 2 request add --case C9 "${asking[@]}"
    ok 0 request list
    no 2 request list --case C9
    no 2 request approve C9-R1 --reason x
    for id in C1 C2; do ok 0 case show "$id"; done
    no 2 case show C9
    ok 0 case register --type dhr
    no 2 case register --type arrest
    ok 7 status
    nowhere status
    ok 0 doctor
    nowhere doctor
}

@test "footage, exhibits, copies, packages, and what is found of them" {
    ready
    ok 0 footage "${window[@]}"
    no 2 footage --camera nowhere "${window[@]:2}"
    ok 0 extract --case C1 "${window[@]}" --dry-run
    ok 0 extract --case C1 "${window[@]}" --mode native --dry-run
    ok 0 extract --case C1 "${window[@]}" --emergency 'a life'
    no 1 extract --case C1 --camera wisbech-12 --from '2021-12-07 21:10:05' --to '2021-12-07 21:12:00'
    make_key dp DP dpo
    exhibit key trust dp.pub --name DP --initials DP --role dpo >/dev/null
    ok 7 request list --unapproved
    EXHIBIT_KEY=$PWD/dp.key ok 0 request approve OP1 --reason 'it was one'
    ok 7 export --case C1 --camera wisbech-12 --from '2021-12-05 21:07:50' --to '2021-12-05 21:08:05' --out out --estimate
    no 2 export --case C9 --out out "${window[@]}"
    ok 0 export --case C1 --camera wisbech-12 --from '2021-12-05 21:10:05' --to '2021-12-05 21:10:08' --out out --copy
    for copy in 'transcode OP1 --from +1s --to +3s' 'redact OP1 --reason x --mask 1,1,5,5 --from +1s --to +3s' 'still OP1 --at +1s'; do
        # shellcheck disable=SC2086  # words of a line
        set -- $copy
        ok 0 "$@"
        ok 0 "$@" --dry-run
        no 2 "$1" OP9 "${@:3}"
    done
    ok 0 retention purpose-met OP1/1 --reason 'shown in court'
    no 2 retention purpose-met OP9/1 --reason 'shown in court'
    ok 0 seal OP1 --out out --dry-run
    ok 0 seal OP1 --out out --with master,copy
    no 2 seal OP9 --out out
    ok 0 seal OP1 --out out --recipient "$(exhibit key export --format age)"
    identity=store/private/recovery.age-identity
    mkdir unsealed
    ok 0 unseal out/*.age --identity "$identity" --out unsealed
    no 3 unseal nowhere.zip --identity "$identity" --out unsealed
    package=$(echo out/OP1_*_C1-P*.zip)
    ok 0 verify OP1 --against-source
    ok 0 verify OP1 --footage
    no 2 verify "$package" --footage
    ok 0 verify OP1/1 --reproduce
    ok 0 verify "$package" store/exhibits/OP1
    ok 0 verify --bag store/exhibits/OP1
    no 3 verify nowhere.zip
    echo words >words.txt
    ok 0 sign words.txt --dry-run
    ok 0 sign words.txt
    no 5 sign words.txt
    ok 0 verify words.txt
    echo more >>words.txt
    ok 1 verify words.txt
    cp store/exhibits/OP1/bag-info.txt kept
    echo x >>store/exhibits/OP1/bag-info.txt
    ok 1 verify --store "$PWD/store"
    cp kept store/exhibits/OP1/bag-info.txt
    printf 'id,verb,argument,at,out,type,requested-by,basis\na,still,OP1,+1s,,,,\nb,seal,OP1,,out,,,\nc,case open,,,,other,police,DPA\n' >jobs.csv
    ok 0 batch jobs.csv
    ok 0 batch jobs.csv
    printf 'id,verb,argument\na,still\n' >jobs.csv
    no 4 batch jobs.csv
    terms=(--to 'DC Smith' --organisation police --method 'by hand' --basis DPA)
    ok 0 disclose ready C1-P1 --to 'DC Smith' --method email
    no 2 disclose ready C1-P9 --to 'DC Smith' --method email
    ok 7 disclose list --uncollected --after 0
    ok 0 disclose C1-P1 "${terms[@]}"
    no 2 disclose C1-P9 "${terms[@]}"
    ok 0 receipt issue C1-D1 --out receipt.txt
    no 2 receipt issue C1-D9 --out another.txt
    ok 0 receipt accept receipt.txt --on-paper 'signed by DC Smith'
    no 5 receipt accept receipt.txt --on-paper 'signed by DC Smith'
    ok 0 disclose list
    no 2 disclose list --case C9
    ok 0 case show C1
}

@test "the custody log" {
    make_store
    open_case
    ok 0 log
    ok 0 log show --details
    nowhere log show
    ok 0 log verify
    ok 0 log verify --new
    nowhere log verify
    ok 0 log checkpoint
    ok 0 log checkpoint --out checkpoint
    no 5 log checkpoint --out checkpoint
    ok 0 log prove --entry 1
    ok 0 log prove --from 0 --out request
    no 2 log prove --entry 99
    make_key au AU auditor
    exhibit key trust au.pub --name AU --initials AU --role auditor >/dev/null
    ok 0 log witness request --log "$(exhibit log checkpoint --json | jq -r .key)" --store-checkpoint kept --key au.key --out note
    no 3 log witness nowhere --store-checkpoint kept --key au.key
    ok 0 log anchor note
    no 3 log anchor nowhere
    ok 0 log verify --against checkpoint
    ok 0 log pack
    nowhere log pack
    ok 0 log stamp --request stamp.tsq
    no 5 log stamp --request stamp.tsq
    git init -q --bare -b custody mirror.git
    ok 0 log remote add mirror "$PWD/mirror.git"
    ok 0 log remote add nowhere "$PWD/nowhere.git"
    no 5 log remote add mirror "$PWD/mirror.git"
    ok 0 log push mirror
    ok 3 log push
    no 2 log push elsewhere
    ok 0 log remote list
    nowhere log remote list
    ok 0 log remote remove mirror
    no 2 log remote remove mirror
}

@test "retention" {
    make_store
    person dp DP dpo
    closed_policy >policy.conf
    exhibit case open --type other --reference police:1 --requested-by police --basis DPA >/dev/null
    exhibit case open --type other --reference police:2 --requested-by police --basis DPA >/dev/null
    clip C1
    clip C2
    no 3 retention adopt nowhere.conf --reason agreed
    ok 0 retention adopt policy.conf --reason agreed
    ok 7 retention lint "$policy"
    no 3 retention lint nowhere.conf
    for one in opened closed; do exhibit case status C1 "$one" --date 2021-12-08 --source email >/dev/null; done
    ok 7 retention check --all
    nowhere retention check
    ok 0 retention why OP1
    no 2 retention why OP9
    sed 's/31 days/62 days/' policy.conf >longer.conf
    ok 7 retention simulate longer.conf
    no 3 retention simulate nowhere.conf
    ok 0 retention plan --dry-run
    ok 0 retention plan --out plan.json --grace 0
    no 5 retention plan --out plan.json
    no 5 retention approve plan.json
    EXHIBIT_KEY=$PWD/dp.key ok 0 retention approve plan.json
    ok 7 retention plans
    nowhere retention plans
    ok 0 retention apply plan.json --most 50
    no 5 retention apply plan.json
    no 5 retention withdraw plan.json --reason late
    ok 0 retention why OP1
    ok 0 case show C1
    for one in opened closed; do exhibit case status C2 "$one" --date 2021-12-08 --source email >/dev/null; done
    ok 0 retention plan --out second.json
    ok 0 retention withdraw second.json --reason changed
    ok 0 retention adopt "$policy" --reason agreed
    EXHIBIT_KEY=$PWD/dp.key ok 0 retention adopt "$policy" --reason agreed
    rule=$(exhibit retention lint --json | jq -r 'select(.kind == "unconfirmed") | .rule' | head -n 1)
    ok 0 retention confirm "$rule" --reason agreed
    no 2 retention confirm R999 --reason agreed
}

@test "every command was run above, once with success and once with failure" {
    validator
    judge used "$EXHIBIT_TOP" "$BATS_FILE_TMPDIR/json" >ended
    commands | while read -r command; do
        for end in 'done' failed; do
            grep -q "^docs/schema/$command.schema.json $end " ended || echo "exhibit $command: none that was $end"
        done
    done >missing
    [ ! -s missing ] || { cat missing; return 1; }
}
