#!/usr/bin/env bats
# retention check and status keep what they found, and look anew only at what may have changed: the answer is always that of looking at all
# anew.
load common
load cases

policy=$EXHIBIT_TOP/policies/uk-local-authority.conf

status() { exhibit case status "$@" --source email >/dev/null; }

# five cases, an exhibit each, one with two; C1 due for review, C2 to be deleted, C3 kept, C4 not known, C5 a review of a homicide
five() {
    make_store
    sed 's/custodian = police/custodian = council/' "$policy" >council.conf
    exhibit retention adopt council.conf --reason agreed >/dev/null
    exhibit retention confirm R10 --reason agreed >/dev/null
    for type in arrest arrest arrest arrest dhr; do a_case $type; done >/dev/null
    for case in C1 C1 C2 C3 C4 C5; do clip $case; done
    status C1 charged --date 2021-12-07
    status C1 convicted --date 2021-12-20
    status C2 reported --date 2021-12-07
    status C2 no-further-action --date 2021-12-20
    status C3 reported --date 2021-12-07
}

# needs COMMAND...: what status says; not of the log, for how far that was verified is kept in the index alone
needs() { { "$@" || [ $? = 7 ]; } | jq -cS 'select(.kind != "log") | del(.attention.log?)'; }
# answers [COMMAND...]: what the index says, what is decided anew without it, and what --all decides are the same; and what needs attention
answers() {
    local within
    rm -rf anew
    cp -a store anew
    rm -f anew/private/index*
    needs "$@" "$EXHIBIT" status --all --json >kept.status
    needs "$@" "$EXHIBIT" status --all --json --store "$PWD/anew" >anew.status
    diff anew.status kept.status || { echo 'status, kept and anew, differ'; return 1; }
    for within in 0 30 400; do
        "$@" "$EXHIBIT" retention check --json --within $within >kept.json 2>kept.err || [ $? = 7 ]
        "$@" "$EXHIBIT" retention check --json --within $within --store "$PWD/anew" >anew.json || [ $? = 7 ]
        "$@" "$EXHIBIT" retention check --json --within $within --all >all.json || [ $? = 7 ]
        for file in kept anew all; do
            jq -cS 'del(.as_of)' $file.json >$file.raw || return 1
            sort $file.raw >$file.words
        done
        diff anew.words kept.words || { echo "within $within: kept and anew differ"; return 1; }
        # Of all, what is listed without --all, and the counts.
        diff <(tail -n 1 <(grep '"type":"retention-check"' all.words)) <(grep '"type":"retention-check"' kept.words) || { echo "--all counts otherwise"; return 1; }
        [ -z "$(comm -13 all.words kept.words)" ] || { echo "--all lists otherwise"; return 1; }
    done
}
records() { grep -c 'record/exhibit\.json", O_RDONLY' calls || true; }
sqlite() { python3 -c "import sqlite3, sys; sqlite3.connect('store/private/index', isolation_level=None).execute(sys.argv[1])" "$1"; }

@test "whatever is entered between two askings, the second answers as if all were decided anew" {
    five
    answers
    [ "$(jq -r 'select(.type == "retained") | .exhibit' kept.json | sort | tr '\n' ' ')" = 'OP1 OP2 OP3 ' ]
    status C3 charged --date 2021-12-21
    status C3 acquitted --date 2021-12-22
    answers
    grep -q '"exhibit":"OP4"' kept.json
    exhibit case hold C1 --reason appeal --authority court --reference 1 --review "$(date -d '+3 months' +%F)" >/dev/null
    answers
    run ! grep -q '"exhibit":"OP1"' kept.json
    exhibit case release C1-H1 --reason over >/dev/null
    answers
    grep -q '"exhibit":"OP1"' kept.json
    clip C2
    answers
    a_case complaint >/dev/null
    clip C6
    status C6 opened --date 2021-12-21
    status C6 closed --date 2021-12-22
    answers
    exhibit retention confirm R18 --reason agreed >/dev/null
    answers
    grep -q '"case":"C6"' kept.json
}

# waits: what the last status told of cases: kind and identifier
waits() { jq -r 'select(.kind | IN("answer", "hold", "emergency", "uncollected")) | "\(.kind) \(.what)"' kept.status | sort | tr '\n' ' '; }

@test "what waits is told from the entry on that makes it wait, and no longer than until the one that ends it" {
    need_faketime
    five
    answers
    [ "$(waits)" = '' ]
    exhibit case hold C3 --reason appeal --authority court --reference 1 --review "$(date -d '+3 days' +%F)" >/dev/null
    answers
    [ "$(waits)" = 'hold C3-H1 ' ]
    exhibit case hold C3 --reason complaint --authority IOPC --reference 2 --review "$(date -d '+2 days' +%F)" >/dev/null
    exhibit case release C3-H1 --reason over >/dev/null
    answers
    [ "$(waits)" = 'hold C3-H2 ' ]
    exhibit case release C3-H2 --reason over >/dev/null
    answers
    [ "$(waits)" = '' ]
    a_case subject-access >/dev/null
    status C6 received --date "$(date -d '12:00 2 months ago' +%F)"
    # A key that cannot be read today may be read tomorrow.
    mv store/private/cases/C6* .
    "$EXHIBIT" status --json >/dev/null || [ $? = 7 ]
    mv C6* store/private/cases
    answers
    [ "$(waits)" = 'answer C6 ' ]
    status C6 answered --date "$(date +%F)"
    answers
    [ "$(waits)" = '' ]
    mkdir -p out
    exhibit seal OP4 --out out --quiet >/dev/null
    answers
    [ "$(waits)" = '' ]
    answers faketime '+40 days'
    [ "$(waits)" = 'uncollected C3-P1 ' ]
    exhibit disclose C3-P1 --to 'DC Smith' --organisation police --method 'by hand' --basis DPA >/dev/null
    answers faketime '+40 days'
    [ "$(waits)" = 'uncollected C3-P1 ' ]
    exhibit receipt issue C3-D1 --out receipt.txt >/dev/null
    exhibit receipt accept C3-D1 --on-paper 'signed at the counter' >/dev/null
    answers faketime '+40 days'
    [ "$(waits)" = '' ]
}

@test "another policy is decided by from its adoption on, and nothing of the old one stands" {
    five
    answers
    person dp DP dpo
    sed 's/version = 1/version = 2/; s/period = 6 months/period = 60 months/' council.conf >new.conf
    exhibit retention adopt new.conf --reason longer >/dev/null
    answers
    cp kept.words before
    EXHIBIT_KEY=$PWD/dp.key exhibit retention adopt new.conf --reason longer >/dev/null
    answers
    run ! cmp -s before kept.words
}

@test "a day that comes changes what stands, and a clock that was ahead and is put back changes it again" {
    need_faketime
    five
    status C4 reported --date "$(date +%F)"
    status C4 no-further-action --date "$(date +%F)"
    answers
    due() { grep -q '"exhibit":"OP5"' <(jq -c 'select(.decision == "due")' kept.json); }
    run ! due
    cp kept.words now
    for days in 31 32 33 3000; do answers faketime "+$days days"; done
    due
    cp kept.words later
    answers
    cmp now kept.words
    answers faketime '+3000 days'
    cmp later kept.words
}

@test "what stands is not decided anew: only cases with new entries are looked at" {
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99
    strace -o /dev/null true 2>/dev/null || skip 'strace cannot be used here'
    five
    strace -f -o calls -e trace=openat "$EXHIBIT" retention check --quiet >/dev/null || [ $? = 7 ]
    # All six, and three of them again, since they are shown.
    [ "$(records)" = 9 ] || { records; grep exhibit.json calls; return 1; }
    strace -f -o calls -e trace=openat "$EXHIBIT" retention check --quiet >/dev/null || [ $? = 7 ]
    [ "$(records)" = 3 ] || { records; grep exhibit.json calls; return 1; }
    status C5 notified --date 2021-12-20
    strace -f -o calls -e trace=openat "$EXHIBIT" retention check --quiet >/dev/null || [ $? = 7 ]
    [ "$(records)" = 4 ] || { records; grep exhibit.json calls; return 1; }
}

@test "what needs attention is asked of cases with new entries, of those that have something waiting, and of what is due" {
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99
    strace -o /dev/null true 2>/dev/null || skip 'strace cannot be used here'
    five
    exhibit case hold C4 --reason appeal --authority court --reference 1 --review "$(date -d '+3 months' +%F)" >/dev/null
    opened() {
        strace -f -o calls -e trace=openat "$EXHIBIT" status --quiet >/dev/null || [ $? = 7 ]
        grep -o 'private/cases/C[0-9]*' calls | sort -u | tr -dc 'C0-9'
    }
    [ "$(opened)" = C1C2C3C4C5 ]
    [ "$(opened)" = C1C2C4C5 ] || { opened; return 1; }      # a homicide's review holds by itself; of C3 nothing is due, and nothing waits
    status C3 charged --date 2021-12-21
    [ "$(opened)" = C1C2C3C4C5 ]
    [ "$(opened)" = C1C2C4C5 ]
}

@test "what could not be read is asked for again" {
    five
    # A warning: counted from what the clip shows, where that is known; else longer than what the status asks for.
    status C4 reported --date 2021-12-07
    status C4 no-further-action --date 2021-12-20
    exhibit case outcome C4 warning --date 2021-12-20 >/dev/null
    exhibit retention confirm R12 --reason agreed >/dev/null
    end_of() { jq -r "select(.exhibit == \"OP5\") | .end" all.json; }
    record=store/exhibits/OP5/record/exhibit.json
    chmod -R u+w store/exhibits/OP5
    mv $record aside
    answers
    [[ $(end_of) == 2022-07-* ]]
    echo '{"window":{"to":"2020-12-20T12:00:00Z"}}' >$record
    answers
    [[ $(end_of) == 2022-01-* ]]
    rm store/private/index*
    mv store/private/cases/C3* .
    answers
    [ "$(jq -r 'select(.type == "retention-check") | .unknown' kept.json)" = 1 ]
    mv C3* store/private/cases
    answers
    [ "$(jq -r 'select(.type == "retention-check") | .unknown' kept.json)" = 0 ]
}

@test "an index that says what is not so of what is shown is told, and --all asks it nothing" {
    five
    expect 7 retention check
    sqlite "UPDATE verdict SET kind = 2 WHERE item = 'OP1'"
    expect 4 retention check
    sentence OP1 'is not so' 'private/index'
    expect 7 retention check --all
    sqlite "UPDATE verdict SET kind = 77"
    expect 4 retention check
    sentence 'private/index'
    rm store/private/index*
    expect 7 retention check
}

@test "a full disk for the index, and a kill at each of its writes, change no answer" {
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99
    strace -o /dev/null true 2>/dev/null || skip 'strace cannot be used here'
    five
    answers
    cp -a store whole
    unjudged() {
        rm -rf store
        cp -a whole store
        sqlite "DELETE FROM judged"
        sqlite "DELETE FROM verdict"
        sqlite "DELETE FROM noted"
        sqlite "UPDATE kept SET value = '0' WHERE name IN ('standing from', 'noted from')"
    }
    unjudged
    status=0
    strace -f -o calls -P "$PWD/store/private/index-wal" -e trace=pwrite64 -e inject=pwrite64:error=ENOSPC "$EXHIBIT" retention check --json >full.json || status=$?
    grep -q ENOSPC calls
    [ "$status" = 7 ]
    [ "$(jq -c 'select(.type == "retention-check") | del(.as_of)' full.json)" = "$(jq -c 'select(.type == "retention-check") | del(.as_of)' kept.json)" ]
    unjudged
    strace -f -o calls -P "$PWD/store/private/index-wal" -e trace=pwrite64 -e inject=pwrite64:error=ENOSPC "$EXHIBIT" status --all --json >full.json 2>/dev/null || [ $? = 7 ]
    grep -q ENOSPC calls
    needs cat full.json | cmp - kept.status
    for ((n = 1; n < 400; n++)); do
        unjudged
        status=0
        strace -f -o calls -P "$PWD/store/private/index-wal" -P "$PWD/store/private/index" -e trace=pwrite64 -e inject=pwrite64:signal=KILL:when=$n \
            "$EXHIBIT" status --quiet >/dev/null 2>&1 || status=$?
        [ "$status" = 137 ] || break
        needs "$EXHIBIT" status --all --json | cmp - kept.status
        "$EXHIBIT" retention check --json --within 400 >after.json || [ $? = 7 ]
        jq -cS 'del(.as_of)' after.json | sort | cmp - kept.words
    done
    [ "$status" = 7 ]
    ((n > 3)) || { echo "killed at $n writes only"; return 1; }
}

@test "two that ask at once, and one that enters meanwhile, all get an answer" {
    five
    for ((i = 0; i < 6; i++)); do
        exhibit retention check --json >one.json 2>one.err &
        one=$!
        exhibit retention check --json >two.json 2>two.err &
        two=$!
        exhibit case reference C1 add "e-cins:$i" >/dev/null 2>&1 || true
        status=0
        wait $one || status=$?
        [ $status = 7 ] || { cat one.err; return 1; }
        wait $two || status=$?
        [ $status = 7 ] || { cat two.err; return 1; }
    done
    answers
}
