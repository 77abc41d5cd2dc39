#!/usr/bin/env bats
# The policies of retention that a store goes by, and what they say of its exhibits. Nothing is disposed of.
load common
load cases

policy=$EXHIBIT_TOP/policies/uk-local-authority.conf

status() { exhibit case status "$@" --source email >/dev/null; }
adopt() { exhibit retention adopt "${1:-$policy}" --reason "${2:-agreed}" >/dev/null; }
acts() { exhibit log show --json | jq -r .entry.act | tail -n "$1"; }
# with_dpo: a second person, DP
with_dpo() { person dp DP dpo; }
as_dpo() { EXHIBIT_KEY=$PWD/dp.key "$@"; }
decision() { exhibit retention check --all --json | jq -r "select(.exhibit == \"$1\") | [.decision, .unknown, .rule, .end] | @json"; }

@test "the policies that come with the program have nothing odd in them but rules to be confirmed" {
    expect 7 retention lint "$policy"
    run ! grep -qv '^unconfirmed' <<<"$output"
    expect 7 retention lint "$policy" --json
    json_lines
    [ "$(jq -r .kind <<<"$output" | sort -u)" = unconfirmed ]
    expect 7 retention lint "$EXHIBIT_TOP/policies/minimal.conf" || expect 0 retention lint "$EXHIBIT_TOP/policies/minimal.conf"
}

@test "a policy that is none says where and what, and is not adopted" {
    make_store
    printf '[policy]\n name = x\n version = 1\n[rule "R1"]\n trigge = collected\n' >bad.conf
    expect 4 retention lint bad.conf
    sentence 'bad.conf' "trigge" "trigger"
    expect 4 retention adopt bad.conf --reason why
    expect 3 retention lint nowhere.conf
    expect 2 retention adopt "$policy"
    expect 2 retention adopt "$policy" --reason ''
    expect 2 retention lint a b
    [ "$(acts 1)" = init ]
    [ ! -e store/policies ]
}

@test "without a policy nothing is said of any exhibit, and the remedy is" {
    make_store
    expect 2 retention check
    sentence 'retention adopt'
    expect 2 retention lint
    expect 2 retention simulate "$policy"
    expect 2 retention confirm R04 --reason x
}

@test "the first policy is adopted by one, what takes its place by two, from then on" {
    make_store
    expect 0 retention adopt "$policy" --reason 'meeting of 3 March' --dry-run
    mentions 'can be adopted'
    [ ! -e store/policies ]
    [ "$(acts 1)" = init ]
    expect 0 retention adopt "$policy" --reason 'meeting of 3 March'
    shows 'adopted      UK local authority CCTV'
    [ "$(acts 1)" = policy-adopt ]
    [ "$(sha256sum <"$policy" | cut -d' ' -f1)" = "$(exhibit log show --json | tail -n1 | jq -r .entry.digests.policy)" ]
    ls store/policies/*.conf
    expect 5 retention adopt "$policy" --reason again
    sentence 'in force already'
    sed 's/version = 1/version = 2/' "$policy" >new.conf
    expect 0 retention adopt new.conf --reason 'R10 reviewed' --json
    [ "$(jq -r '[.adopted, .proposed != null] | @json' <<<"$output")" = '[false,true]' ]
    [ "$(acts 1)" = policy-propose ]
    expect 5 retention adopt new.conf --reason 'R10 reviewed'
    sentence 'you have proposed'
    with_dpo
    as_dpo expect 0 retention adopt new.conf --reason 'agreed'
    shows 'version      2'
    [ "$(acts 1)" = policy-adopt ]
    expect 0 log verify
}

@test "an operator and an auditor adopt and confirm nothing" {
    make_store
    for role in operator auditor; do
        make_key $role "${role:0:2}" $role 2>/dev/null || make_key $role X${#role} $role
        exhibit key trust $role.pub --name P --initials "X${#role}" --role $role --until '2040-01-01 00:00' >/dev/null
        EXHIBIT_KEY=$PWD/$role.key expect 5 retention adopt "$policy" --reason why
    done
    adopt
    EXHIBIT_KEY=$PWD/operator.key expect 5 retention confirm R04 --reason why
    expect 0 retention confirm R04 --reason why --dry-run
    expect 0 retention confirm R04 --reason why
    expect 5 retention confirm R04 --reason why
    expect 5 retention confirm R07 --reason why
    sentence 'is sure'
    expect 2 retention confirm R99 --reason why
    expect 7 retention lint
    run ! grep -q 'R04 ' <<<"$output"
}

@test "an adopted policy's file that is altered or lost is told, and nothing is decided by it" {
    make_store
    adopt
    file=$(echo store/policies/*.conf)
    cp "$file" kept
    echo '# more' >>"$file"
    expect 4 retention check
    sentence 'altered' "$(basename "$file")"
    rm "$file"
    expect 4 retention check
    cp kept "$file"
    expect 0 retention check
}

@test "what is due, held, kept and not known is told of each exhibit, and due things are the status" {
    need_faketime
    make_store
    sed 's/custodian = police/custodian = council/' "$policy" >council.conf
    adopt council.conf
    one=$(a_case arrest)
    clip "$one"
    two=$(a_case arrest)
    clip "$two"
    three=$(a_case arrest)
    clip "$three"
    status "$one" charged --date 2021-12-07
    status "$one" convicted --date 2021-12-20
    status "$two" reported --date 2021-12-07
    expect 7 retention check
    shows OP1 'due for review' R07
    mentions 'due for review 1' 'kept 1' 'want of knowledge 1'
    [ "$(decision OP2)" = '["kept",null,"R05",null]' ]
    [ "$(decision OP3)" = '["unknown","no-rule",null,null]' ]
    exhibit case hold "$one" --reason appeal --authority court --reference 1 --review "$(date -d '+3 months' +%F)" >/dev/null
    expect 0 retention check
    [ "$(decision OP1 | jq -r '.[0]')" = held ]
    expect 0 retention why OP1
    shows R07 'six months' hold appeal 'legal source'
    expect 0 retention why OP1 --json
    json_lines
    [ "$(jq -r '.matches[0].reckoning | length > 3' <<<"$output")" = true ]
    expect 2 retention why OP9
    exhibit case release "$one-H1" --reason over >/dev/null
    expect 7 retention check --json
    json_lines
    [ "$(tail -n1 <<<"$output" | jq -c '[.deletion, .review, .held]')" = '[0,1,0]' ]
    # What will be due soon, as somebody asks for.
    status "$two" charged --date 2022-01-01
    status "$two" acquitted --date "$(date +%F)"
    exhibit retention confirm R10 --reason agreed >/dev/null
    run --separate-stderr exhibit retention check --within 40
    shows OP2 R10
    run --separate-stderr exhibit retention check --within 20
    run ! grep -q OP2 <<<"$output"
    expect 2 retention check --within soon
}

@test "a case whose key is gone keeps its exhibits, and the clock behind the log decides nothing" {
    need_faketime
    make_store
    adopt
    one=$(a_case arrest)
    clip "$one"
    rm "store/private/cases/$one.key"
    [ "$(decision OP1)" = '["unknown","sealed",null,null]' ]
    expect 0 retention why OP1
    shows 'the key of its case is gone'
    run --separate-stderr faketime '2 days ago' "$EXHIBIT" retention check
    [ "$status" = 5 ]
    sentence 'set the clock right'
}

@test "an appeal, a claim and a review of a homicide keep without an end" {
    make_store
    adopt
    dhr=$(a_case dhr)
    clip "$dhr"
    status "$dhr" notified --date 2021-12-07
    [ "$(decision OP1 | jq -r '.[0]')" = held ]
    claim=$(a_case civil-claim)
    clip "$claim"
    status "$claim" notified --date 2021-12-07 --injury yes
    [ "$(decision OP2)" = '["kept",null,"R16-injury",null]' ]
    status "$claim" settled --date 2022-03-01
    [ "$(decision OP2 | jq -r '.[2]')" = R16-injury ]
    [ "$(decision OP2 | jq -r '.[0]')" = due ]
    arrest=$(a_case arrest)
    clip "$arrest"
    status "$arrest" charged --date 2021-12-06
    status "$arrest" convicted --date 2021-12-07
    status "$arrest" appeal --date 2021-12-10
    [ "$(decision OP3)" = '["kept",null,"R09",null]' ]
    status "$arrest" acquitted --date 2022-02-10
    [ "$(decision OP3 | jq -r '.[2]')" != R09 ]
}

@test "what another policy would move is shown, and nothing is changed" {
    make_store
    sed 's/custodian = police/custodian = council/' "$policy" >council.conf
    adopt council.conf
    one=$(a_case arrest)
    clip "$one"
    status "$one" charged --date 2021-12-07
    status "$one" convicted --date 2021-12-20
    expect 0 retention simulate council.conf
    sed '/\[rule "R07"\]/,/then/s/period = 6 months/period = 3 months/' council.conf >shorter.conf
    before=$(exhibit log show | wc -l)
    expect 7 retention simulate shorter.conf
    shows OP1
    expect 7 retention simulate shorter.conf --json
    [ "$(head -n1 <<<"$output" | jq -c '[.shortened, .lengthened, .before == .forward]')" = '[true,false,true]' ]
    [ "$(exhibit log show | wc -l)" = "$before" ]
}

@test "two who adopt at once do not both become the first" {
    make_store
    sed 's/version = 1/version = 2/' "$policy" >new.conf
    adopt "$policy" one &
    adopt new.conf two &
    wait
    [ "$(exhibit log show --json | jq -r .entry.act | grep -c policy-adopt)" = 1 ]
    [ "$(exhibit log show --json | jq -r .entry.act | grep -c policy-propose)" = 1 ]
    exhibit retention check
}

@test "killed at each call that changes the disk, a policy is adopted or not, and the next try does it" {
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99   # the leak checker cannot work under strace
    make_store
    mv store whole
    local call when status
    for call in fsync rename renameat2 mkdir mkdirat write link unlink; do
        for when in 1 2 3 4 6 9; do
            rm -rf store
            cp -r whole store
            status=0
            strace -f -o calls -e trace="$call" -e inject="$call":signal=KILL:when="$when" "$EXHIBIT" retention adopt "$policy" \
                --reason why </dev/null >said 2>&1 || status=$?
            [ "$status" = 0 ] || [ "$status" = 137 ]
            expect 0 log verify
            adopt || [ "$(acts 1)" = policy-adopt ]
            exhibit retention check
            [ "$(exhibit log show --json | jq -r .entry.act | grep -c policy-adopt)" = 1 ]
            [ -z "$(find store -name '*.partial')" ]
        done
    done
}

@test "a full disk keeps no half policy and adopts none" {
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99   # the leak checker cannot work under strace
    make_store
    mkdir store/policies
    run --separate-stderr strace -f -o calls -P "$PWD/store/policies" -e trace=write,pwrite64,openat,fsync -e inject=fsync:error=ENOSPC "$EXHIBIT" \
        retention adopt "$policy" --reason why </dev/null
    [ "$status" = 3 ]
    [ "$(acts 1)" = init ]
    [ -z "$(find store -name '*.partial')" ]
    adopt
}

@test "what recorders keep longer or shorter than the policy says is told, and nothing of theirs is touched" {
    make_store
    expect 2 retention check --sources
    adopt
    mkdir recordings
    exhibit source add nvr --root recordings --layout mediamtx --zone UTC >/dev/null
    recorded() {
        mkdir -p "recordings/$1"
        # At noon: near midnight the day there is another than in UTC, and in summer at another hour than in winter.
        echo x >"recordings/$1/$(TZ=Europe/London date -d "12:00 $2 days ago" +%Y-%m-%d)_12-00-00-000000.mp4"
    }
    recorded longer 40
    recorded longer 2
    recorded shorter 12
    recorded asked 31
    recorded nearly 30
    for camera in longer shorter asked nearly absent; do
        exhibit camera add $camera --source nvr --path $camera --name "$camera" --town Wisbech >/dev/null
    done
    find recordings -printf '%p %i %T@ %s\n' | sort >before
    expect 7 retention check --sources --json
    json_lines
    [ "$(jq -c '[.camera, .rule, .verdict, .segments]' <<<"$output" | xargs)" \
        = '[longer,R01,longer,2] [shorter,R01,shorter,1] [asked,R01,as-asked,1] [nearly,R01,as-asked,1] [absent,R01,none,0]' ]
    find recordings -printf '%p %i %T@ %s\n' | sort | cmp - before
    expect 7 retention check --sources
    shows 'longer' '9 days more' 'no footage was found'
    rm -r recordings/longer recordings/shorter
    mv recordings gone
    expect 7 retention check --sources --json
    [ "$(jq -r .verdict <<<"$output" | sort -u)" = unknown ]
}

@test "a policy that says nothing of recordings is told so" {
    make_store
    adopt "$EXHIBIT_TOP/policies/minimal.conf"
    expect 2 retention check --sources
    sentence 'how long recorders keep'
}

# a_copy: a store with a case, its Master OP1 and a copy of it OP1/1, made on 6 December 2021
a_copy() {
    make_store
    make_footage recordings
    add_camera
    one=$(a_case arrest)
    exhibit extract "${window[@]}" --case "$one" --quiet >/dev/null || [ $? = 7 ]
    exhibit still OP1 --at +10s --quiet >/dev/null
    adopt
    exhibit retention confirm R19 --reason agreed >/dev/null
}
day() { date -d "$1" +%F; }

@test "a copy that has served its purpose is kept 31 days from then, and a later entry takes the place of an earlier one" {
    a_copy
    [ "$(decision OP1/1 | jq -r '.[0]')" != due ]
    expect 0 retention purpose-met OP1/1 --reason 'shown at the interview' --dry-run
    mentions 'nothing was'
    [ "$(acts 1)" = rule-confirm ]
    expect 0 retention purpose-met OP1/1 --reason 'shown at the interview of J. Secret'
    shows 'exhibit      OP1/1' "purpose met  $(day now)"
    [ "$(acts 1)" = case-purpose ]
    [ "$(decision OP1/1)" = "$(jq -nc --arg day "$(day '+32 days')T00:00:00Z" '["kept",null,"R19",$day]')" ]
    expect 0 retention why OP1/1
    shows "purpose" "$(day now)"
    expect 0 retention purpose-met OP1/1 --reason 'mistyped' --withdraw --json
    json_lines
    [ "$(jq -c '[.type, .exhibit, .date]' <<<"$output")" = '["purpose-met","OP1/1",null]' ]
    [ "$(decision OP1/1 | jq -r '.[3]')" = null ]
    expect 5 retention purpose-met OP1/1 --reason again --withdraw
    sentence 'could be withdrawn'
    need_faketime
    run --separate-stderr faketime '+40 days' "$EXHIBIT" retention purpose-met OP1/1 --date "$(day now)" --reason 'over' --json
    [ "$(jq -r .date <<<"$output")" = "$(day now)" ]
    run --separate-stderr faketime '+40 days' "$EXHIBIT" retention check
    [ "$status" = 7 ]
    shows OP1/1 R19
    run ! grep -q '^OP1 ' <<<"$output"
    expect 0 log verify
    # Nobody reads in the log who was interviewed, or when.
    run ! grep -rq 'Secret' <(exhibit log show --json --case "$one" | jq -c .entry)
}

@test "nothing is said of the purpose of a Master, of a copy that is not there, of a day to come or before the copy was made" {
    a_copy
    expect 5 retention purpose-met OP1 --reason x
    sentence 'is a Master'
    expect 2 retention purpose-met OP1/2 --reason x
    expect 2 retention purpose-met OP1/1
    expect 2 retention purpose-met OP1/1 OP1/2 --reason x
    expect 2 retention purpose-met OP1/1 --reason ''
    expect 2 retention purpose-met OP1/1 --reason x --date "$(day tomorrow)"
    sentence 'to come'
    expect 2 retention purpose-met OP1/1 --reason x --date 2021-12-05
    sentence 'before it was made'
    expect 2 retention purpose-met OP1/1 --reason x --date 2026-02-30
    expect 2 retention purpose-met OP1/1 --reason x --withdraw --date "$(day now)"
    sentence 'has no day'
    make_key au AU auditor
    exhibit key trust au.pub --name P --initials AU --role auditor --until '2040-01-01 00:00' >/dev/null
    EXHIBIT_KEY=$PWD/au.key expect 5 retention purpose-met OP1/1 --reason x
    sentence auditor
    rm "store/private/cases/$one.key"
    expect 3 retention purpose-met OP1/1 --reason x
    run ! grep -q case-purpose <(exhibit log show --json | jq -r .entry.act)
    expect 0 log verify
}
