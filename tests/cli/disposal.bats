#!/usr/bin/env bats
# The destruction of what is due: by two people, after a plan that was shown, with a certificate; and nothing else.
load common
load cases
load schema

# policies: what is closed is due for deletion, a complaint for review; a case's record the day after its last exhibit
a_policy() {
    closed_policy >policy.conf
    cat >>policy.conf <<'CONF'
[rule "T2"]
    title = Closed complaints
    legal = none, a test
    sure = yes
    cases = complaint
    trigger = status closed
    period = 31 days
    then = review
[rule "T3"]
    title = Records of cases
    legal = none, a test
    sure = yes
    items = case-record
    trigger = exhibits-destroyed
    period = 1 day
    then = delete
    needs-status = no
CONF
    exhibit retention adopt policy.conf --reason agreed >/dev/null
}
# Asked for by somebody whose name must not show.
a_case() { exhibit case open --type "$1" --reference police:1 --requested-by 'Sgt Secret Name' --basis DPA --json | jq -r .id; }
close() {
    exhibit case status "$1" opened --date 2021-12-07 --source email >/dev/null
    exhibit case status "$1" closed --date 2021-12-08 --source email >/dev/null
}
acts() { exhibit log show --json | jq -r .entry.act | tail -n "$1" | xargs; }
as() { EXHIBIT_KEY=$PWD/$1.key "${@:2}"; }
# due: a store with one case that is due (C1: OP1 and OP2), one that is not (C2: OP3), and a second person, DP
due() {
    make_store
    a_policy
    person dp DP dpo
    one=$(a_case other) two=$(a_case other)
    clip "$one"
    clip "$one"
    clip "$two"
    close "$one"
}
# agreed [OPTION...]: a plan, proposed by OP and approved by DP, without days of grace
agreed() {
    exhibit retention plan --out plan.json --grace 0 --quiet "$@" >/dev/null || [ $? = 7 ]
    as dp exhibit retention approve plan.json --quiet >/dev/null
}
apply() { exhibit retention apply plan.json --most 100 --quiet "$@"; }
# whole: nothing was destroyed
whole() {
    [ -d store/exhibits/OP1 ] && [ -d store/exhibits/OP2 ] && [ -d store/exhibits/OP3 ]
    run ! grep -q '^destroy-' < <(exhibit log show --json | jq -r .entry.act)
    expect 0 log verify
}
certificate() { echo store/disposals/*/certificate; }

@test "what is due is proposed by one, approved by another, destroyed, and certified" {
    due
    mkdir plans
    expect 3 retention plan --out nowhere/plan.json
    sentence nowhere
    expect 2 retention plan --out plans/
    expect 0 retention plan --out plans/plan.json
    mv plans/plan.json* .
    shows OP1 OP2 T1 'Closed cases' '2 of 3 exhibits, 67%' '7 days from its approval'
    run ! grep -q OP3 <<<"$output"
    minisign -V -q -m plan.json -p op.pub
    ssh-keygen -Y verify -f store/allowed_signers -I OP -n exhibit -s plan.json.sig <plan.json
    [ "$(acts 2)" = 'disposal-propose sign' ]
    as dp expect 0 retention approve plan.json
    expect 5 retention apply plan.json
    sentence 'days of grace'
    exhibit retention withdraw plan.json --reason 'the test goes on without days of grace' --quiet >/dev/null
    rm plan.json*
    agreed
    expect 0 retention apply plan.json --most 100 --dry-run
    whole
    as dp expect 0 retention apply plan.json --most 100 --place 'control room' --witness 'J. Doe'
    shows '2 exhibits' 'not reached' certificate
    [ ! -e store/exhibits/OP1 ] && [ ! -e store/exhibits/OP2 ] && [ -d store/exhibits/OP3 ]
    [ "$(acts 5)" = 'destroy-begun destroy-done destroy-begun destroy-done disposal-done' ]
    expect 0 log verify
    git --git-dir store/custody.git fsck --strict --full
    expect 0 retention plans
    shows withdrawn done
    expect 0 verify "$(echo store/disposals/*/certificate)" --signers store/allowed_signers
    shows VERIFIED
}

@test "the certificate says what, why, by whom, when, what is left of it, and what was not reached" {
    due
    agreed --reason 'swept in March'
    exhibit retention apply plan.json --most 100 --place 'control room' --witness 'J. Doe' >/dev/null
    cp -a "$(certificate)" cert
    cd cert
    sha256sum --quiet -c manifest-sha256.txt tagmanifest-sha256.txt
    minisign -V -q -m tagmanifest-sha256.txt -x tagmanifest-sha256.txt.minisig -p record/signers/OP.pub
    ssh-keygen -Y verify -f record/signers/allowed_signers -I OP -n exhibit -s tagmanifest-sha256.txt.sig <tagmanifest-sha256.txt
    [ "$(sha256sum <data/plan.json | cut -d' ' -f1)" = "$(jq -r .plan.sha256 record/certificate.json)" ]
    [ "$(jq -c '[.proposed.initials, .approved.initials, .carried_out.initials, .place, .witness, .plan.reason]' record/certificate.json)" \
        = '["OP","DP","OP","control room","J. Doe","swept in March"]' ]
    [ "$(jq -c '[.items[] | [.exhibit, .kind, .state, .rule, .legal, .verification, .manifest]]' record/certificate.json)" \
        = '[["OP1","Master","destroyed","T1","none, a test","not found in the store","data/manifests/OP1.txt"],["OP2","Master","destroyed","T1","none, a test","not found in the store","data/manifests/OP2.txt"]]' ]
    grep -q 'data/master/' data/manifests/OP1.txt
    [ "$(jq '.not_reached | length' record/certificate.json)" = 3 ]
    [ "$(jq -r .medium.file_system record/certificate.json)" != null ]
    [ "$(jq -c '[.exhibit_entries[] | .act]' record/custody.json)" \
        = '["disposal-propose","disposal-approve","destroy-begun","destroy-done","destroy-begun","destroy-done"]' ]
    grep -q 'Certificate of destruction' START-HERE.html
    run ! grep -qi 'tamper-proof\|compliant\|authentic\|wiped\|shredded' -r START-HERE.html VERIFY.txt record/certificate.json
}

@test "a certificate that was altered does not verify" {
    due
    agreed
    apply >/dev/null
    for file in record/certificate.json data/plan.json data/manifests/OP1.txt record/custody.json; do
        rm -rf cert
        cp -a "$(certificate)" cert
        sed -i '1s/[0-9]/x/' "cert/$file"
        expect 1 verify cert --signers store/allowed_signers
    done
    rm -rf cert
    cp -a "$(certificate)" cert
    rm cert/record/certificate.json
    expect 1 verify cert --signers store/allowed_signers
    # By who has the key: another certificate's words in this bag, another entry, no JSON at all.
    signed_anew() {
        rm -rf cert
        cp -a "$(certificate)" cert
        cd cert
        sed -i "$2" "$1"
        sed -i "\\|  $1\$|s/^[0-9a-f]*/$(sha256sum <"$1" | cut -d' ' -f1)/" tagmanifest-sha256.txt
        rm tagmanifest-sha256.txt.sig tagmanifest-sha256.txt.minisig
        exhibit sign tagmanifest-sha256.txt --quiet >/dev/null
        cd ..
        expect 1 verify cert --signers store/allowed_signers --json
        if grep -q E-FILE-DIGEST <<<"$output"; then return 1; fi
    }
    signed_anew record/certificate.json 's/"DC-[0-9a-f]*"/"DC-000000000000"/'
    jq -r '.findings[].code' <<<"$output" | grep -x E-CERTIFICATE
    signed_anew record/certificate.json 's/^{/{{/'
    jq -r '.findings[].code' <<<"$output" | grep -x E-CERTIFICATE
    signed_anew record/custody.json 's/"act":"destroy-done"/"act":"destroy-dons"/2'
    jq -r '.findings[].code' <<<"$output" | grep -x E-PROOF
}

@test "nobody approves their own plan, and nobody without the role plans, approves or applies" {
    due
    person au AU auditor
    person op2 OT operator
    for who in au op2; do
        as $who expect 5 retention plan --out no.json
        [ ! -e no.json ]
    done
    exhibit retention plan --out plan.json --grace 0 --quiet >/dev/null
    expect 5 retention approve plan.json
    sentence 'you have proposed' 'another person'
    expect 5 retention apply plan.json --most 100
    sentence 'waits for another person'
    for who in au op2; do as $who expect 5 retention approve plan.json; done
    exhibit key revoke DP --reason left >/dev/null
    as dp expect 5 retention approve plan.json
    whole
    [ ! -e no.json ]
}

@test "a plan that was altered, or is of another store, is refused by every command" {
    due
    exhibit retention plan --out plan.json --grace 0 --quiet >/dev/null
    sed 's/"OP2"/"OP3"/' plan.json >altered.json
    for act in approve apply; do
        as dp expect 5 retention $act altered.json
        sentence 'altered.json' 'altered since, or is of another store'
    done
    expect 5 retention withdraw altered.json --reason no
    as dp expect 3 retention approve nowhere.json
    as dp expect 2 retention approve
    expect 2 retention withdraw plan.json
    expect 2 retention plan
    expect 2 retention plan --out x.json --grace many
    expect 2 retention plan --out x.json --grace 366
    expect 5 retention plan --out plan.json
    expect 3 retention plan --out nowhere/x.json
    [ ! -e x.json ]
    whole
}

@test "what is not as it was when the plan was made is refused, and nothing is destroyed" {
    due
    agreed
    exhibit case hold "$one" --reason appeal --authority court --reference 1 --review "$(date -d '+3 months' +%F)" >/dev/null
    expect 5 retention apply plan.json --most 100 --json
    json_lines
    [ "$(jq -r 'select(.type == "disposal-difference") | .text' <<<"$output" | wc -l)" = 2 ]
    mentions 'hold' 'nothing was destroyed'
    whole
    exhibit case release "$one-H1" --reason over >/dev/null
    # A status that is corrected moves the day.
    exhibit case status "$one" closed --date 2021-12-09 --source letter --correct 2 >/dev/null
    expect 5 retention apply plan.json --most 100
    mentions 'otherwise than it is now'
    whole
    rm plan.json*
    agreed
    # A hold on one exhibit alone stops the whole plan.
    exhibit case hold "$one" --exhibit OP2 --reason appeal --authority court --reference 1 --review "$(date -d '+3 months' +%F)" >/dev/null
    expect 5 retention apply plan.json --most 100
    whole
    exhibit case release "$one-H2" --reason over >/dev/null
    mv store/exhibits/OP2 elsewhere
    expect 5 retention apply plan.json --most 100
    mentions 'missing from the store'
    mv elsewhere store/exhibits/OP2
    whole
    apply >/dev/null
}

@test "another policy, a clock that is behind, an expired plan, too large a share: nothing is destroyed" {
    due
    agreed
    expect 5 retention apply plan.json
    sentence '2 of the store' '10%' '--most 67'
    expect 2 retention apply plan.json --most 101
    whole
    sed 's/version = 1/version = 2/' policy.conf >new.conf
    exhibit retention adopt new.conf --reason new >/dev/null
    as dp exhibit retention adopt new.conf --reason new >/dev/null
    expect 5 retention apply plan.json --most 100
    sentence 'another policy is in force'
    whole
    need_faketime
    rm plan.json*
    agreed
    run --separate-stderr faketime '2 days ago' "$EXHIBIT" retention apply plan.json --most 100
    [ "$status" = 5 ]
    run --separate-stderr faketime '+31 days' "$EXHIBIT" retention apply plan.json --most 100
    [ "$status" = 5 ]
    mentions expired
    whole
}

@test "a plan is applied once" {
    due
    agreed
    expect 0 retention apply plan.json --most 100
    expect 5 retention apply plan.json --most 100
    sentence 'carried out already' certificate
    as dp expect 5 retention approve plan.json
    expect 5 retention withdraw plan.json --reason no
    expect 1 retention plan --out again.json
    sentence 'nothing can be planned'
    [ ! -e again.json ]
}

@test "what is due for review goes only where it is named, with a reason" {
    due
    three=$(a_case complaint)
    clip "$three"
    close "$three"
    expect 0 retention plan --dry-run
    run ! grep -q OP4 <<<"$output"
    expect 2 retention plan --dry-run --reviewed OP4
    expect 2 retention plan --dry-run --reviewed OP3 --reason 'no use'
    sentence OP3 'not due for review'
    agreed --reviewed OP4 --reason 'no use left'
    [ "$(jq -r '.items[] | select(.exhibit == "OP4") | .then' plan.json)" = review ]
    apply >/dev/null
    [ ! -e store/exhibits/OP4 ]
}

@test "a Master waits for its copies, and goes after them" {
    make_store
    a_policy
    person dp DP dpo
    make_footage recordings
    add_camera
    one=$(a_case other)
    exhibit extract "${window[@]}" --case "$one" --quiet >/dev/null || [ $? = 7 ]
    exhibit still OP1 --at +10s --quiet >/dev/null
    close "$one"
    exhibit case hold "$one" --exhibit OP1/1 --reason appeal --authority court --reference 1 --review "$(date -d '+3 months' +%F)" >/dev/null
    expect 1 retention plan --dry-run
    exhibit case release "$one-H1" --reason over >/dev/null
    agreed
    [ "$(jq -c '[.items[].exhibit]' plan.json)" = '["OP1/1","OP1"]' ]
    exhibit still OP1 --at +20s --quiet >/dev/null
    expect 5 retention apply plan.json --most 100
    mentions 'OP1/2 is not in the plan'
    [ -d store/exhibits/OP1 ] && [ -d store/exhibits/OP1_1 ]
    rm plan.json*
    agreed
    apply >/dev/null
    [ -z "$(ls store/exhibits)" ]
    expect 0 log verify
}

@test "packages go where they lie, if they are those packages and hold nothing that is kept" {
    due
    exhibit seal OP1 --out out --quiet >/dev/null
    exhibit seal OP2 --out out --quiet >/dev/null
    exhibit seal OP1 OP2 --out out --folder --quiet >/dev/null
    zip1=$(ls out/*P1.zip) zip2=$(ls out/*P2.zip)
    echo more >>"$zip2"
    agreed
    expect 0 retention apply plan.json --most 100 --json
    json_lines
    [ ! -e "$zip1" ] && [ -e "$zip2" ] && [ -z "$(find out -maxdepth 1 -name '*-P3')" ]
    [ "$(jq -c '[.packages[] | [.package, .state]]' "$(certificate)/record/certificate.json")" \
        = '[["C1-P1","removed"],["C1-P2","another-file"],["C1-P3","removed"]]' ]
    jq -r '.not_reached[]' <<<"$output" | grep 'C1-P2.*another file'
}

@test "a package that also holds what is kept stays, and is named" {
    due
    exhibit seal OP1 OP2 --out out --quiet >/dev/null
    exhibit case hold "$one" --exhibit OP2 --reason appeal --authority court --reference 1 --review "$(date -d '+3 months' +%F)" >/dev/null
    agreed
    [ "$(jq -c '[.items[].exhibit]' plan.json)" = '["OP1"]' ]
    expect 0 retention apply plan.json --most 100
    shows 'C1-P1' 'also holds exhibits that are kept'
    [ -e out/*.zip ]
}

# a_folder N: the folder package CASE-PN
a_folder() { echo out/*"$one-P$1"*; }
states() { jq -c "[.packages[] | [.package, .state]]" "$(certificate)/record/certificate.json"; }

@test "a package that is a folder goes whole, or stays just as it is where anything else lies in it" {
    due
    for _ in $(seq 10); do exhibit seal OP1 OP2 --out out --folder --quiet >/dev/null; done
    echo more >"$(a_folder 2)/data/more.txt"
    file=$(find "$(a_folder 3)/data" -type f -name '*.bin' | head -n 1)
    chmod u+w "$file"
    printf x | dd of="$file" bs=1 conv=notrunc status=none
    ln -s /etc/passwd "$(a_folder 4)/data/link"
    mkdir "$(a_folder 5)/data/empty"
    mv "$(a_folder 6)" elsewhere
    ln -s "$PWD/elsewhere" "$(dirname "$(a_folder 5)")/$(basename "$(a_folder 5)" | sed "s/-P5/-P6/")"
    file=$(find "$(a_folder 7)/data" -type f -name '*.bin' | head -n 1)
    rm "$file"
    rm -r "$(a_folder 8)"
    other=$(a_folder 10)                 # a sound package, and not the one that is looked for there
    rm -r "$(a_folder 9)"
    mv "$other" "${other/-P10/-P9}"
    find out elsewhere | grep -v -- "$one-P1\\b" | sort | xargs -d '\n' ls -ld --time-style=full-iso >before
    find out elsewhere -type f | grep -v -- "$one-P1\\b" | sort | xargs -d '\n' sha256sum >>before
    agreed
    expect 0 retention apply plan.json --most 100 --json
    [ ! -e "$(a_folder 1)" ]
    find out elsewhere | grep -v -- "$one-P1\\b" | sort | xargs -d '\n' ls -ld --time-style=full-iso >after
    find out elsewhere -type f | grep -v -- "$one-P1\\b" | sort | xargs -d '\n' sha256sum >>after
    sed -i '/ out$/d' before after           # its own time is another: something went from it
    diff before after
    [ "$(states)" = "$(jq -nc --arg c "$one" '["removed","another-folder","another-folder","another-folder","another-folder","another-folder","another-folder","not-there","another-folder","not-there"]
        | to_entries | map(["\($c)-P\(.key + 1)", .value])')" ] || { states; return 1; }
    jq -r '.not_reached[]' <<<"$output" | grep "$one-P2.*holds something else too"
    [ -z "$(find out -name '.*')" ]
}

@test "a folder of several volumes goes, each by its own seal" {
    due
    for _ in 1 2; do
        head -c 2000000 /dev/urandom >file.bin
        exhibit add file.bin --case "$one" --from bench --received '2021-12-06 10:15' --quiet >/dev/null || [ $? = 7 ]
    done
    git config -f store/config profile.stick.volume 4400000
    exhibit seal OP4 OP5 --out out --folder --profile stick --quiet >/dev/null
    [ "$(find out -mindepth 1 -maxdepth 1 | wc -l)" = 2 ]
    agreed
    expect 0 retention apply plan.json --most 100
    [ -z "$(ls -A out)" ]
    [ "$(jq -r '.packages[].state' "$(certificate)/record/certificate.json" | sort -u)" = removed ]
}

@test "killed at any step of taking a folder away, it goes on, and nothing of it is left" {
    command -v strace >/dev/null || skip 'strace is not here'
    due
    exhibit seal OP1 --out out --folder --quiet >/dev/null
    exhibit retention plan --out plan.json --grace 0 --quiet >/dev/null
    as dp exhibit retention approve plan.json --quiet >/dev/null
    mv store before
    mv out out.before
    mv plan.json kept.json
    anew() {
        rm -rf store out plan.json*
        cp -a before store
        cp -a out.before out
        cp kept.json plan.json
    }
    local call n at
    for call in renameat2 unlinkat fsync; do
        anew
        ASAN_OPTIONS=detect_leaks=0:exitcode=99 strace -f -y -qq -o calls -e trace=$call "$EXHIBIT" retention apply plan.json --most 100 --quiet </dev/null >/dev/null
        at=$(grep -n "$PWD/out[/>]" calls | cut -d: -f1)
        [ -n "$at" ]
        for n in $(sed -n '1,2p;5~12p' <<<"$at") $(tail -n 3 <<<"$at"); do
            anew
            run env ASAN_OPTIONS=detect_leaks=0:exitcode=99 strace -f -qq -o /dev/null -e trace=$call -e inject="$call:signal=KILL:when=$n" \
                "$EXHIBIT" retention apply plan.json --most 100 --quiet
            [ "$status" = 137 ]
            # What is half taken away has not the name of the package any more, or is the package still.
            [ -z "$(find out -maxdepth 1 -name '*-P1')" ] || expect 0 verify out/*P1 --signers store/allowed_signers
            expect 0 retention apply plan.json --most 100
            [ -z "$(ls -A out)" ] || { ls -lA out; echo "$call $n"; return 1; }
            [[ $(states) == '[["C1-P1","removed"]]' || $(states) == '[["C1-P1","not-there"]]' ]]
            expect 0 verify "$(certificate)" --signers store/allowed_signers
        done
    done
}

@test "what a kill left of a folder, and somebody put more into, stays" {
    command -v strace >/dev/null || skip 'strace is not here'
    due
    exhibit seal OP1 --out out --folder --quiet >/dev/null
    agreed
    cp -a store before
    cp -a out out.before
    ASAN_OPTIONS=detect_leaks=0:exitcode=99 strace -f -y -qq -o calls -e trace=unlinkat "$EXHIBIT" retention apply plan.json --most 100 --quiet </dev/null >/dev/null
    n=$(grep -n "$PWD/out[/>]" calls | cut -d: -f1 | sed -n 3p)
    rm -rf store out
    mv before store
    mv out.before out
    run env ASAN_OPTIONS=detect_leaks=0:exitcode=99 strace -f -qq -o /dev/null -e trace=unlinkat -e inject="unlinkat:signal=KILL:when=$n" \
        "$EXHIBIT" retention apply plan.json --most 100 --quiet
    [ "$status" = 137 ]
    left=$(echo out/.*.destroying)
    echo mine >"$left/mine.txt"
    find out -type f -exec sha256sum {} + | sort >kept
    expect 0 retention apply plan.json --most 100
    shows "$left" 'holds something else too'
    find out -type f -exec sha256sum {} + | sort | cmp - kept
    [ "$(states)" = '[["C1-P1","another-folder"]]' ]
}

@test "a package that cannot be read, or not be removed, or of which nobody knows where it lies, is named as that" {
    command -v strace >/dev/null || skip 'strace is not here'
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99   # the leak checker cannot work under strace
    due
    exhibit seal OP1 --out out --quiet >/dev/null
    exhibit seal OP1 OP2 --out out --folder --quiet >/dev/null
    zip=$(echo "$PWD"/out/*P1.zip) folder=$(a_folder 2)
    agreed
    cp -a store before
    again() {
        rm -rf store
        cp -a before store
    }
    run --separate-stderr strace -f -qq -o /dev/null -P "$zip" -e trace=openat -e inject=openat:error=EACCES "$EXHIBIT" retention apply plan.json --most 100 </dev/null
    [ "$status" = 0 ]
    shows "$zip' could not be opened"
    [ "$(states)" = '[["C1-P1","unreadable"],["C1-P2","removed"]]' ]
    [ -e "$zip" ]
    again
    run --separate-stderr strace -f -qq -o /dev/null -P "$zip" -e trace=unlink,unlinkat -e inject=unlink,unlinkat:error=EACCES "$EXHIBIT" retention apply plan.json --most 100 </dev/null
    [ "$status" = 0 ]
    shows "$zip' could not be removed"
    [ "$(states)" = '[["C1-P1","not-removable"],["C1-P2","not-there"]]' ]
    [ -e "$zip" ]
    # The key of the case, and with it where its packages were put, is lost in the midst.
    again
    mv before kept
    for n in $(seq 1 80); do
        rm -rf store
        cp -a kept store
        run strace -f -qq -o /dev/null -e trace=fsync -e inject=fsync:signal=KILL:when="$n" "$EXHIBIT" retention apply plan.json --most 100 --quiet
        [ "$(entered 'destroy-done')" != 2 ] || break
    done
    [ "$(entered 'disposal-done')" = 0 ]
    rm "store/private/cases/$one.key"
    expect 0 retention withdraw plan.json --reason 'the key is lost'
    shows 'the log does not say where it was put'
    [ "$(states)" = '[["C1-P1","place-not-known"],["C1-P2","place-not-known"]]' ]
    expect 0 verify "$(certificate)" --signers store/allowed_signers
    [ -e "$zip" ]
}

@test "a folder that cannot be taken away whole is named with what is left of it" {
    command -v strace >/dev/null || skip 'strace is not here'
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99   # the leak checker cannot work under strace
    due
    exhibit seal OP1 --out out --folder --quiet >/dev/null
    agreed
    cp -a store before
    cp -a out out.before
    strace -f -y -qq -o calls -e trace=unlinkat "$EXHIBIT" retention apply plan.json --most 100 --quiet </dev/null >/dev/null
    n=$(grep -n "$PWD/out[/>]" calls | cut -d: -f1 | sed -n 4p)
    rm -rf store out
    mv before store
    mv out.before out
    run --separate-stderr strace -f -qq -o /dev/null -e trace=unlinkat -e inject="unlinkat:error=EACCES:when=$n" "$EXHIBIT" retention apply plan.json --most 100 </dev/null
    [ "$status" = 0 ]
    left=$(echo "$PWD"/out/.*.destroying)
    shows "$left' could not be removed"
    [ "$(states)" = '[["C1-P1","not-removable"]]' ]
    [ -e "$left/tagmanifest-sha256.txt" ]
    [ -z "$(ls out)" ]
}

@test "a full disk destroys nothing that is not entered, and the plan goes on once there is room" {
    command -v strace >/dev/null || skip 'strace is not here'
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99   # the leak checker cannot work under strace
    due
    agreed
    mv store before
    local call n count
    for call in fsync pwrite64 write; do
        rm -rf store
        cp -a before store
        strace -f -qq -o calls -e trace=$call "$EXHIBIT" retention apply plan.json --most 100 --quiet </dev/null >/dev/null
        count=$(wc -l <calls)
        for n in $(seq 1 $((count / 3 + 1)) "$count"); do
            rm -rf store
            cp -a before store
            run --separate-stderr strace -f -qq -o /dev/null -e trace=$call -e inject="$call:error=ENOSPC:when=$n+" "$EXHIBIT" retention apply plan.json --most 100 </dev/null
            # The index is made anew where it cannot be written: that alone keeps nobody from his work.
            [ "$status" = 3 ] || { [ "$status" = 0 ] && [ "$call" = pwrite64 ]; } || { echo "$call $n: $status $stderr"; return 1; }
            expect 0 log verify
            for exhibit in OP1 OP2; do
                [ -d "store/exhibits/$exhibit" ] || exhibit log show --exhibit "$exhibit" --json | jq -r .entry.act | grep -qx destroy-begun
            done
            run --separate-stderr exhibit retention apply plan.json --most 100
            [ "$status" = 0 ] || { [ "$status" = 5 ] && mentions 'carried out already'; } || { echo "$call $n: $status $stderr"; return 1; }
            [ "$(entered 'destroy-done')" = 2 ] && [ "$(entered 'disposal-done')" = 1 ]
            [ -d store/exhibits/OP3 ]
            expect 0 verify "$(certificate)" --signers store/allowed_signers
        done
    done
}

@test "what is due and whose files are missing is not planned, and told" {
    due
    mv store/exhibits/OP2 elsewhere
    expect 7 retention plan --dry-run
    shows OP1 'OP2: its files are missing from the store' 'exhibit verify OP2'
    run ! grep -q '^OP2 ' <<<"$output"
    expect 7 retention plan --out plan.json --grace 0 --json
    [ "$(jq -c '[.items[].exhibit]' plan.json)" = '["OP1"]' ]
    jq -r '.waits[]' <<<"$output" | grep 'OP2: its files are missing'
    exhibit retention withdraw plan.json --reason 'the files are searched for' >/dev/null
    mv store/exhibits/OP1 elsewhere.too
    expect 1 retention plan --dry-run
    mentions 'nothing can be planned'
}

@test "a package that was handed over is named as not reached, and its receipt is taken all the same" {
    due
    exhibit seal OP1 --out out --quiet >/dev/null
    exhibit disclose C1-P1 --to 'DC Smith' --organisation police --method 'by hand' --basis DPA >/dev/null
    exhibit seal OP2 --out out --quiet >/dev/null
    agreed
    expect 0 retention apply plan.json --most 100
    shows 'package C1-P1, handed over: disclosure C1-D1'
    run ! grep -rq Smith "$(certificate)"
    expect 0 receipt accept C1-D1 --on-paper 'signed by DC Smith, in the binder'
    # The one that was never handed over is nobody's to collect any more.
    expect 0 disclose list --uncollected --after 0
    run ! grep -q C1-P2 <<<"$output"
    expect 0 log verify
}

@test "what was destroyed leaves a tombstone, and says so wherever it is asked for" {
    due
    agreed
    apply >/dev/null
    expect 0 case show "$one"
    shows OP1 destroyed
    expect 0 case show "$one" --json
    [ "$(jq -r 'select(.exhibit == "OP1") | .destroyed | length > 10' <<<"$output")" = true ]
    expect 0 verify "$(certificate)" --signers store/allowed_signers --json
    [ "$(jq -r .certificate <<<"$output")" = "DC-$(basename "$(dirname "$(certificate)")" | cut -c1-12)" ]
    expect 1 verify OP1
    sentence OP1 'was destroyed on'
    expect 0 retention why OP1
    shows 'destroyed' T1 'Person OP' 'Person DP'
    expect 0 retention why OP1 --json
    json_lines
    [ "$(jq -r .decision <<<"$output")" = destroyed ]
    expect 5 case hold "$one" --exhibit OP1 --reason appeal --authority court --reference 1 --review "$(date -d '+3 months' +%F)"
    sentence OP1 destroyed
    expect 1 seal OP1 --out out
    nothing_in_out=$(ls out)
    [ -z "$nothing_in_out" ]
    expect 0 retention check
}

@test "the key of a case goes after its exhibits: its details are sealed for ever, and everything verifies" {
    due
    agreed
    apply >/dev/null
    expect 0 retention check
    expect 0 retention why "$one"
    shows T3
    need_faketime
    later() { faketime '+3 days' "$EXHIBIT" "$@" </dev/null; }
    run --separate-stderr faketime '+3 days' "$EXHIBIT" retention check
    [ "$status" = 7 ]
    shows '(record)' "$one" T3
    rm plan.json*
    later retention plan --out plan.json --grace 0 --quiet >/dev/null
    as dp later retention approve plan.json --quiet >/dev/null
    [ -e "store/private/cases/$one.key" ]
    cp "store/private/cases/$one.key" backup
    later retention apply plan.json --quiet >/dev/null
    [ ! -e "store/private/cases/$one.key" ]
    [ "$(later log show --json | jq -r .entry.act | tail -n 2 | xargs)" = 'destroy-key disposal-done' ]
    run --separate-stderr faketime '+3 days' "$EXHIBIT" log verify
    [ "$status" = 0 ]
    shows 'sealed for ever'
    run --separate-stderr faketime '+3 days' "$EXHIBIT" log verify --json
    [ "$(jq -r '.sealed_for_ever > 5' <<<"$output")" = true ]
    run ! grep -q 'Secret Name' < <(later case show "$one"; later log show --case "$one"; later case show "$one" --json)
    # A key that comes back from a backup opens nothing: the log says that it was destroyed.
    cp backup "store/private/cases/$one.key"
    run ! grep -q 'Secret Name' < <(later case show "$one"; later log show --case "$one"; later case show "$one" --json)
    run --separate-stderr faketime '+3 days' "$EXHIBIT" case status "$one" opened --date 2021-12-09 --source email
    [ "$status" != 0 ]
    git --git-dir store/custody.git fsck --strict --full
}

# killed CALL N: an apply that is killed at the Nth call of that name; fails where there are not so many
killed() {
    rm -rf store plan.json*
    cp -a before store
    cp kept.json plan.json
    run env ASAN_OPTIONS=detect_leaks=0:exitcode=99 strace -f -qq -o /dev/null -e trace="$1" -e inject="$1:signal=KILL:when=$2" \
        "$EXHIBIT" retention apply plan.json --most 100 --quiet
    [ "$status" != 0 ]
}
entered() { exhibit log show --json | jq -r .entry.act | grep -c "^$1\$"; }

# calls CALL: how many calls of that name an apply makes
calls() {
    rm -rf store plan.json*
    cp -a before store
    cp kept.json plan.json
    ASAN_OPTIONS=detect_leaks=0:exitcode=99 strace -f -qq -o calls -e trace="$1" "$EXHIBIT" retention apply plan.json --most 100 --quiet </dev/null >/dev/null
    wc -l <calls
}

# killed_at CALL STEP: at every STEPth of its calls of that name, and at the last two; applied again it goes on
killed_at() {
    local n count
    count=$(calls "$1")
    for n in $(seq 1 "$2" $((count - 2))) $((count - 1)) "$count"; do
        killed "$1" "$n"
        run --separate-stderr exhibit retention apply plan.json --most 100
        [ "$status" = 0 ] || { [ "$status" = 5 ] && mentions 'carried out already'; } || { echo "$1 $n: $status $stderr"; return 1; }
        [ ! -e store/exhibits/OP1 ] && [ ! -e store/exhibits/OP2 ] && [ -d store/exhibits/OP3 ]
        [ "$(entered 'destroy-begun')" = 2 ] && [ "$(entered 'destroy-done')" = 2 ] && [ "$(entered 'disposal-done')" = 1 ]
        left=$(find store/exhibits store/disposals -mindepth 1 -name '.*')
        [ -z "$left" ] || { echo "$1 $n leaves $left"; return 1; }
        expect 0 verify "$(certificate)" --signers store/allowed_signers
        expect 0 log verify
    done
}

@test "killed at any renaming, removal, making or syncing, it goes on where it was, and nothing is destroyed twice" {
    command -v strace >/dev/null || skip 'strace is not here'
    due
    agreed
    mv store before
    mv plan.json kept.json
    killed_at renameat2 5
    killed_at unlinkat 6
    killed_at mkdirat 4
    killed_at fsync 8
}

@test "withdrawn in the midst, a plan has a certificate of what was destroyed, and of what was left" {
    command -v strace >/dev/null || skip 'strace is not here'
    due
    agreed
    mv store before
    mv plan.json kept.json
    for n in $(seq 1 60); do
        killed fsync "$n"
        [ "$(entered 'destroy-done')" != 1 ] || [ "$(entered 'destroy-begun')" != 1 ] || break
    done
    [ ! -e store/exhibits/OP1 ] && [ -d store/exhibits/OP2 ]
    expect 0 retention withdraw plan.json --reason 'the court asked' --dry-run
    expect 0 retention withdraw plan.json --reason 'the court asked'
    shows '1 exhibits'
    [ "$(jq -c '[.ended_early, [.items[] | [.exhibit, .state]]]' "$(certificate)/record/certificate.json")" \
        = '["the court asked",[["OP1","destroyed"],["OP2","left"]]]' ]
    expect 0 verify "$(certificate)" --signers store/allowed_signers
    expect 5 retention apply plan.json --most 100
    [ -d store/exhibits/OP2 ]
    expect 0 log verify
}

@test "a plan whose folder in the store is lost is refused, and ended by its file or its identifier" {
    due
    agreed
    plan=$(sha256sum <plan.json | cut -d' ' -f1)
    for lost in "disposals/$plan" "disposals/$plan/plan.json" disposals; do
        rm -rf aside
        mv "store/$lost" aside
        expect 5 retention apply plan.json --most 100
        sentence "${plan:0:12}" 'is lost or altered' 'retention withdraw'
        whole
        expect 0 retention withdraw plan.json --reason lost --dry-run
        rm -rf "store/$lost"
        mv aside "store/$lost"
    done
    sed -i 's/OP2/OP3/' "store/disposals/$plan/plan.json"
    expect 5 retention apply plan.json --most 100
    sentence 'is lost or altered'
    rm -r store/disposals
    expect 2 retention withdraw "${plan:0:11}x" --reason lost || expect 3 retention withdraw "${plan:0:11}x" --reason lost
    expect 2 retention withdraw 0123456789ab --reason lost
    sentence "no plan '0123456789ab'" 'retention plans'
    expect 0 retention withdraw "${plan:0:12}" --reason 'lost with the disk'
    shows 'destroyed    0 exhibits'
    expect 5 retention withdraw "$plan" --reason again
    sentence 'withdrawn already'
    expect 5 retention apply plan.json --most 100
    sentence 'was withdrawn'
    whole
    expect 0 retention plans
    # What was due can be planned anew.
    rm plan.json*
    agreed
    expect 0 retention apply plan.json --most 100
    rm -r store/disposals
    expect 5 retention apply plan.json --most 100
    sentence 'carried out already'
    expect 0 log verify
}

@test "a plan that was cut off and lost since is ended: what is half destroyed goes, and what is known is certified" {
    command -v strace >/dev/null || skip 'strace is not here'
    due
    agreed
    mv store before
    mv plan.json kept.json
    plan=$(sha256sum <kept.json | cut -d' ' -f1)
    for n in $(seq 1 80); do
        killed fsync "$n"
        [ "$(entered 'destroy-begun')" != 2 ] || [ "$(entered 'destroy-done')" != 1 ] || break
    done
    rm -r store/disposals
    cp -a store half
    # By its file: with a certificate.
    expect 0 retention withdraw plan.json --reason 'lost with the disk'
    shows '2 exhibits' certificate
    [ -z "$(find store/exhibits -mindepth 1 ! -path '*OP3*')" ]
    expect 0 verify "$(certificate)" --signers store/allowed_signers
    expect 0 log verify
    # By its identifier: without one, and it says so.
    rm -r store
    mv half store
    rm plan.json
    expect 0 retention withdraw "${plan:0:12}" --reason 'lost with the disk' --json
    [ "$(jq -c '[.state, .destroyed, .certificate]' <<<"$output")" = '["withdrawn",2,null]' ]
    jq -r '.not_reached[]' <<<"$output" | grep 'no certificate'
    [ -z "$(find store/exhibits -mindepth 1 ! -path '*OP3*')" ]
    [ "$(entered 'destroy-done')" = 2 ] && [ "$(entered 'disposal-withdraw')" = 1 ]
    expect 0 retention why OP1
    expect 0 log verify
    expect 5 retention withdraw "${plan:0:12}" --reason again
}

@test "a plan that is cut off before it is proposed leaves nothing, and so does a policy before it is adopted" {
    command -v strace >/dev/null || skip 'strace is not here'
    due
    mv store before
    cut_off() {
        local n count=0
        for n in $(seq 1 40); do
            rm -rf store plan.json*
            cp -a before store
            run env ASAN_OPTIONS=detect_leaks=0:exitcode=99 strace -f -qq -o /dev/null -e trace=fsync,renameat2 -e inject="$1:signal=KILL:when=$n" "$EXHIBIT" "${@:2}"
            [ "$status" != 0 ] || break
            run --separate-stderr exhibit doctor --dry-run
            [ "$status" = 0 ] || [ "$status" = 7 ]
            exhibit case open --type other --reference police:1 --requested-by police --basis DPA >/dev/null 2>&1
            [ "$(find store/disposals -mindepth 1 -maxdepth 1 ! -name lock 2>/dev/null | wc -l)" = "$(exhibit log show --json | jq -r .entry.act | grep -c disposal-propose)" ]
            [ "$(find store/policies -mindepth 1 | wc -l)" = "$(exhibit log show --json | jq -r .entry.act | grep -c '^policy-')" ]
            count=$((count + 1))
        done
        [ "$count" -gt 1 ]
    }
    cut_off fsync retention plan --out plan.json --grace 0 --quiet
    cut_off renameat2 retention plan --out plan.json --grace 0 --quiet
    sed 's/version = 1/version = 2/' policy.conf >new.conf
    cut_off fsync retention adopt new.conf --reason new
}

@test "the store verifies with what was destroyed, and a key that came back is told" {
    due
    agreed
    apply >/dev/null
    expect 0 verify --store
    expect 0 doctor
    for file in "$(certificate)/record/certificate.json" "$(certificate)/data/plan.json" store/disposals/*/plan.json; do
        cp "$file" kept
        sed -i '1s/:/;/' "$file"
        expect 1 verify --store --json
        jq -r 'select(.kind == "certificate" or .kind == "plan") | .kind' <<<"$output" | grep .
        cp kept "$file"
    done
    expect 0 verify --store
    need_faketime
    later() { faketime '+3 days' "$EXHIBIT" "$@" </dev/null; }
    rm plan.json*
    cp "store/private/cases/$one.key" backup
    later retention plan --out plan.json --grace 0 --quiet >/dev/null
    as dp later retention approve plan.json --quiet >/dev/null
    later retention apply plan.json --quiet >/dev/null
    run faketime '+3 days' "$EXHIBIT" verify --store
    [ "$status" = 0 ]
    cp backup "store/private/cases/$one.key"
    run faketime '+3 days' "$EXHIBIT" verify --store
    [ "$status" = 7 ]
    [[ $output == *"$one.key"* ]]
    run faketime '+3 days' "$EXHIBIT" doctor
    [ "$status" = 7 ]
    [[ $output == *"$one.key"*'it was destroyed'* ]]
    [[ $output != *'bring it back'* ]]
}

@test "two at once: one applies, the other is busy or finds it done" {
    due
    agreed
    for i in 1 2 3 4; do
        (s=0; exhibit retention apply plan.json --most 100 --quiet >/dev/null 2>&1 || s=$?; echo $s >"status$i") &
    done
    wait
    [ "$(cat status? | wc -l)" = 4 ]
    [ "$(cat status? | grep -c '^0$')" = 1 ]
    run ! grep -qv '^[056]$' <(cat status?)
    [ "$(exhibit log show --json | jq -r .entry.act | grep -c 'destroy-done')" = 2 ]
    expect 0 log verify
}

@test "a hold placed while a plan is applied keeps what is not yet destroyed, or is refused" {
    due
    for _ in $(seq 12); do clip "$one"; done
    agreed
    (s=0; exhibit retention apply plan.json --most 100 --quiet >apply.out 2>&1 || s=$?; echo $s >apply.status) &
    sleep 0.3
    run --separate-stderr exhibit case hold "$one" --reason appeal --authority court --reference 1 --review "$(date -d '+3 months' +%F)"
    held=$status
    wait
    [ "$held" = 0 ]
    expect 0 log verify
    placed=$(exhibit log show --json | jq -r 'select(.entry.act == "case-hold") | .entry.seq')
    last=$(exhibit log show --json | jq -r 'select(.entry.act == "destroy-begun") | .entry.seq' | tail -n 1)
    if [ "$(cat apply.status)" = 0 ]; then
        [ "$placed" -gt "$last" ]
        return
    fi
    [ "$(cat apply.status)" = 5 ]
    [ "${last:-0}" -lt "$placed" ]
    expect 0 retention withdraw plan.json --reason 'held'
    left=$(find store/exhibits -mindepth 1 -maxdepth 1 | wc -l)
    [ "$left" -gt 1 ]
}
