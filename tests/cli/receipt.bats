#!/usr/bin/env bats
# Receipts: a form goes with a package; what comes back is signed by who took it, or on paper, and is accepted once.
load common
load cases

# handed: OP1, packed as C1-P1, handed over as C1-D1; and an officer with two keys
handed() {
    make_store
    open_case
    clip
    exhibit seal OP1 --out out --quiet >/dev/null
    disclose C1-P1
    [ -e smith ] || ssh-keygen -q -t ed25519 -N '' -C '' -f smith
    [ -e smith.secret ] || minisign -G -W -p smith.minipub -s smith.secret >/dev/null
}
disclose() {
    exhibit disclose "$1" --to 'DC 1234 Smith' --organisation 'Cambridgeshire Constabulary' --method 'by hand' \
        --basis 'DPA 2018 Sch 2 Pt 1 para 2' >/dev/null
}
# fill FILE: as an officer does
fill() { sed -i 's/^Name:$/Name: DC 1234 Smith/; s/^Taken over on (day and time):$/& 27 November 2026, 10:15/' "$1"; }
# filled [DISCLOSURE]: receipt.txt, issued, filled in and signed
filled() {
    rm -f receipt.txt*
    exhibit receipt issue "${1:-C1-D1}" --out receipt.txt >/dev/null
    fill receipt.txt
    sign_it receipt.txt
}
sign_it() { rm -f "$1.sig"; ssh-keygen -q -Y sign -n "${2:-exhibit-receipt}" -f smith "$1"; }
signed=(receipt.txt --signature receipt.txt.sig --public-key smith.pub)
accept() { exhibit receipt accept "${signed[@]}"; }
state() { exhibit disclose list --json | jq -r "select(.id == \"${1:-C1-D1}\") | .receipt"; }
none_accepted() { [ "$(count_acts receipt-accept)" = 0 ] && [ "$(state)" = none ]; }

@test "a receipt that was altered above the line, or that nobody issued, is answered with no" {
    handed
    filled
    cp receipt.txt good.txt
    for change in 's/Package:          C1-P1/Package:          C1-P2/' 's/^On: .*/On:               2020-01-01/' '/^Exhibits in it/d' \
                  's/^I have taken/I have not taken/' 's/^Receipt: .*/Receipt:          00/'; do
        sed "$change" good.txt >receipt.txt
        run ! cmp -s good.txt receipt.txt
        sign_it receipt.txt
        expect 1 receipt accept "${signed[@]}"
        sentence receipt.txt 'did not issue it' 'altered above the line'
    done
    none_accepted
    # Of another store.
    mv store other
    mv op.key other.key
    rm -rf out/* op.pub op.ssh.pub
    handed
    filled
    expect 1 receipt accept "${signed[@]}" --store other --key other.key
    sentence 'did not issue it'
}

@test "what is no receipt, or damaged, is malformed" {
    handed
    filled
    for bytes in '' 'exhibit receipt v1\n' 'exhibit receipt v2\n' '\xff\xfe' 'a\0b'; do
        # shellcheck disable=SC2059  # escapes are meant
        printf "$bytes" >other.txt
        expect 4 receipt accept other.txt --signature receipt.txt.sig --public-key smith.pub
        sentence other.txt 'no receipt'
    done
    sed '1s/v1/v2/' receipt.txt >other.txt
    expect 4 receipt accept other.txt --signature receipt.txt.sig --public-key smith.pub
    sentence other.txt
    { cat receipt.txt; printf '\xff'; } >other.txt
    expect 4 receipt accept other.txt --signature receipt.txt.sig --public-key smith.pub
    sentence UTF-8
    sed '/^---- /d' receipt.txt >other.txt
    expect 4 receipt accept other.txt --signature receipt.txt.sig --public-key smith.pub
    sentence other.txt
    head -c 70000 /dev/zero | tr '\0' x >>receipt.txt
    expect 4 receipt accept "${signed[@]}"
    expect 3 receipt accept nowhere.txt --signature receipt.txt.sig --public-key smith.pub
    expect 4 receipt accept . --signature receipt.txt.sig --public-key smith.pub
    none_accepted
}

@test "a signature that does not hold is answered with no, and one that is none is malformed" {
    handed
    filled
    cp receipt.txt good.txt
    echo 'Remarks: all' >>receipt.txt
    expect 1 receipt accept "${signed[@]}"
    sentence receipt.txt.sig 'does not match'
    cp good.txt receipt.txt
    ssh-keygen -q -t ed25519 -N '' -C '' -f jones
    expect 1 receipt accept receipt.txt --signature receipt.txt.sig --public-key jones.pub
    sentence 'not the one given'
    sign_it receipt.txt file
    expect 1 receipt accept "${signed[@]}"
    sentence 'for namespace'
    echo words >receipt.txt.sig
    expect 4 receipt accept "${signed[@]}"
    sentence receipt.txt.sig
    sign_it receipt.txt
    expect 4 receipt accept receipt.txt --signature receipt.txt.sig --public-key good.txt
    expect 3 receipt accept receipt.txt --signature nowhere --public-key smith.pub
    expect 3 receipt accept receipt.txt --signature receipt.txt.sig --public-key nowhere
    ssh-keygen -q -t rsa -N '' -C '' -f old
    expect 5 receipt accept receipt.txt --signature receipt.txt.sig --public-key old.pub
    none_accepted
}

@test "a receipt that is not filled in is answered with no" {
    handed
    exhibit receipt issue C1-D1 --out receipt.txt >/dev/null
    sign_it receipt.txt
    expect 1 receipt accept "${signed[@]}"
    sentence C1-D1 'who took the package over'
    sed -i 's/^Name:$/Name: DC Smith/' receipt.txt
    sign_it receipt.txt
    expect 1 receipt accept "${signed[@]}"
    sentence 'when the package was taken over'
    none_accepted
}

@test "nobody of this room signs a receipt" {
    handed
    exhibit receipt issue C1-D1 --out receipt.txt >/dev/null
    fill receipt.txt
    minisign -S -s op.key -m receipt.txt >/dev/null
    expect 5 receipt accept receipt.txt --signature receipt.txt.minisig --public-key op.pub
    sentence "this room's own"
    none_accepted
}

@test "a receipt that cannot be meant is a usage error" {
    handed
    filled
    expect 2 receipt issue
    expect 2 receipt issue C1-D1
    mentions --out
    for id in C1-D2 C9-D1 C1-P1 C1 ../C1-D1 ''; do
        expect 2 receipt issue --out new.txt -- "$id"
        sentence "disclosure '$id'"
    done
    expect 2 receipt issue C1-D1 --out ./
    expect 2 receipt accept
    expect 2 receipt accept receipt.txt
    mentions --on-paper
    expect 2 receipt accept receipt.txt --signature receipt.txt.sig
    expect 2 receipt accept receipt.txt --on-paper x --signature receipt.txt.sig
    expect 2 receipt accept receipt.txt receipt.txt --on-paper x
    expect 2 receipt accept C1-D7 --on-paper x
    sentence C1-D7
    expect 2 receipt accept C1-D1 --on-paper ''
    sentence paper
    [ ! -e new.txt ]
    none_accepted
}

@test "a form is written once, names what was handed over, and is entered" {
    handed
    expect 0 receipt issue C1-D1 --out receipt.txt --dry-run
    [ ! -e receipt.txt ]
    [ "$(count_acts receipt-issue)" = 0 ]
    checkpoint=$(exhibit log checkpoint)
    expect 0 receipt issue C1-D1 --out receipt.txt --json
    json_lines
    [ "$(jq -r '[.type, .disclosure, .path] | @csv' <<<"$output")" = '"receipt","C1-D1","receipt.txt"' ]
    for words in 'Disclosure:       C1-D1' 'Package:          C1-P1' 'DC 1234 Smith, Cambridgeshire Constabulary' 'Fenland & Peterborough CCTV' \
                 "$(sha256sum out/*.zip | cut -d' ' -f1)" "OP1          $(sha256sum store/exhibits/OP1/tagmanifest-sha256.txt | cut -d' ' -f1)"; do
        grep -qF "$words" receipt.txt
    done
    grep '^  ' receipt.txt | sed 's/^  //' >indented
    while IFS= read -r line; do [ -z "$line" ] || grep -qxF "$line" indented; done <<<"$checkpoint"
    # What the page says of its form, with stock tools.
    form=$(sed '/^---- /q' receipt.txt | sha256sum | cut -d' ' -f1)
    [ "$(jq -r .form_sha256 <<<"$output")" = "$form" ]
    last_entry | jq -e --arg form "$form" '.act == "receipt-issue" and .verb == "disclosure" and (.facts | keys == ["disclosure", "signing"])
        and .facts.disclosure == "C1-D1" and .digests == {form: $form}'
    expect 5 receipt issue C1-D1 --out receipt.txt
    sentence receipt.txt exists
    expect 5 receipt issue C1-D1 --out receipt.txt --dry-run
    expect 3 receipt issue C1-D1 --out missing/receipt.txt
    [ "$(count_acts receipt-issue)" = 1 ]
    expect 0 receipt issue C1-D1 --out second.txt
    run ! cmp -s receipt.txt second.txt
    [ -z "$(find . -name '*.partial')" ]
}

@test "a text that somebody entered cannot break out of its line of the form" {
    handed
    exhibit disclose C1-P1 --to $'x\n---- Nothing above this line may be altered. Fill in below it, save, and sign the whole file. ----\nName: y' \
        --organisation $'\e[31m' --method m --basis b >/dev/null
    exhibit receipt issue C1-D2 --out receipt.txt >/dev/null
    [ "$(grep -c '^---- ' receipt.txt)" = 1 ]
    [ "$(grep -c '^Name:' receipt.txt)" = 1 ]
    run ! grep -q $'\e' receipt.txt
}

@test "a receipt signed with ssh-keygen is accepted, once, and the log keeps it sealed" {
    handed
    filled
    expect 0 receipt accept "${signed[@]}" --dry-run
    mentions C1-D1
    none_accepted
    expect 0 receipt accept "${signed[@]}" --json
    json_lines
    key=$(ssh-keygen -lf smith.pub | cut -d' ' -f2)
    jq -e --arg key "$key" '.type == "disclosure" and .id == "C1-D1" and .receipt == "signed" and .receipt_key == $key
        and .taken_by == "DC 1234 Smith" and .taken_on == "27 November 2026, 10:15"' <<<"$output"
    last_entry | jq -e --arg file "$(sha256sum <receipt.txt | cut -d' ' -f1)" --arg signature "$(sha256sum <receipt.txt.sig | cut -d' ' -f1)" \
        '.act == "receipt-accept" and .verb == "disclosure" and .facts == {disclosure: "C1-D1", receipt: "signed"}
        and .digests.receipt == $file and .digests.signature == $signature'
    git --git-dir store/custody.git log -p custody >everything
    for words in Smith 27\ November "$key" exhibit-receipt; do run ! grep -qF "$words" everything; done
    exhibit log show --case C1 --details --json | jq -c 'select(.entry.act == "receipt-accept") | .details' >kept
    jq -rj .receipt kept | cmp - receipt.txt
    jq -rj .signature kept | cmp - receipt.txt.sig
    expect 5 receipt accept "${signed[@]}"
    sentence C1-D1 'accepted already'
    expect 5 receipt accept C1-D1 --on-paper x
    expect 5 receipt issue C1-D1 --out new.txt
    [ ! -e new.txt ]
    [ "$(count_acts receipt-accept)" = 1 ]
    expect 0 disclose list
    shows "receipt: signed by key $key"
    expect 0 log verify
}

@test "a receipt signed with minisign is accepted, and so is one that a Windows editor saved" {
    handed
    exhibit receipt issue C1-D1 --out receipt.txt >/dev/null
    fill receipt.txt
    { printf '\xef\xbb\xbf'; sed 's/$/\r/' receipt.txt; } >windows.txt
    minisign -S -s smith.secret -m windows.txt >/dev/null
    expect 0 receipt accept windows.txt --signature windows.txt.minisig --public-key smith.minipub --json
    jq -e '.receipt == "signed" and .taken_by == "DC 1234 Smith"' <<<"$output"
}

@test "a receipt is for its own disclosure, whichever form of it comes back" {
    handed
    disclose C1-P1
    filled C1-D2
    mv receipt.txt two.txt
    mv receipt.txt.sig two.txt.sig
    filled C1-D2
    expect 0 receipt accept two.txt --signature two.txt.sig --public-key smith.pub
    [ "$(state C1-D1)" = none ]
    [ "$(state C1-D2)" = signed ]
    expect 5 receipt accept "${signed[@]}"
}

@test "a receipt on paper is accepted as such, of a form or of a disclosure" {
    handed
    disclose C1-P1
    exhibit receipt issue C1-D1 --out receipt.txt >/dev/null
    expect 0 receipt accept receipt.txt --on-paper 'signed by DC Smith, folder 12'
    shows C1-D1 'on paper, not verified by signature' 'folder 12'
    last_entry | jq -e '.facts == {disclosure: "C1-D1", receipt: "on-paper"}'
    expect 0 receipt accept C1-D2 --on-paper 'folder 13' --json
    jq -e '.id == "C1-D2" and .receipt == "on-paper" and .receipt_key == null and .receipt_on_paper == "folder 13"' <<<"$output"
    expect 5 receipt accept C1-D2 --on-paper again
    git --git-dir store/custody.git log -p custody >everything
    run ! grep -qE 'folder 1[23]' everything
    expect 0 log verify
}

@test "retention counts from a signed receipt, and not from one on paper" {
    handed
    exhibit retention adopt "$EXHIBIT_TOP/policies/uk-local-authority.conf" --reason agreed >/dev/null
    rule() { exhibit retention check --all --json | jq -r 'select(.exhibit == "OP1") | [.decision, .rule, .then] | @json'; }
    [ "$(rule)" = '["unknown",null,null]' ]
    disclose C1-P1
    exhibit receipt accept C1-D2 --on-paper 'folder 12' >/dev/null
    [ "$(rule)" = '["unknown",null,null]' ]
    filled
    accept >/dev/null
    [ "$(rule)" = '["kept","R04","delete"]' ]
    expect 0 retention why OP1
    shows R04 'receipt-accepted on'
}

@test "of several signed receipts the last one counts, which keeps longest" {
    need_faketime
    in_days() { FAKETIME_DONT_FAKE_MONOTONIC=1 faketime -f "+$1d" "$EXHIBIT" "${@:2}" </dev/null; }
    handed
    exhibit retention adopt "$EXHIBIT_TOP/policies/uk-local-authority.conf" --reason agreed >/dev/null
    filled
    accept >/dev/null
    in_days 10 disclose C1-P1 --to x --organisation x --method x --basis x >/dev/null
    in_days 10 receipt issue C1-D2 --out two.txt >/dev/null
    fill two.txt
    sign_it two.txt
    in_days 10 receipt accept two.txt --signature two.txt.sig --public-key smith.pub >/dev/null
    end=$(in_days 10 retention check --all --json | jq -r 'select(.exhibit == "OP1") | .end')
    [ "$(TZ=Europe/London date -d "$end" +%F)" = "$(TZ=Europe/London date -d '12:00 42 days' +%F)" ]
}

@test "operator, dpo and admin issue and accept receipts, an auditor does not" {
    handed
    local one
    for one in 'po PO operator' 'au AU auditor'; do
        # shellcheck disable=SC2086  # words of a line
        set -- $one
        make_key "$1" "$2" "$3"
        exhibit key trust "$1.pub" --name "$2" --initials "$2" --role "$3" >/dev/null
    done
    expect 5 receipt issue C1-D1 --out receipt.txt --key au.key
    sentence auditor
    [ ! -e receipt.txt ]
    expect 0 receipt issue C1-D1 --out receipt.txt --key po.key
    fill receipt.txt
    sign_it receipt.txt
    expect 5 receipt accept "${signed[@]}" --key au.key
    sentence auditor
    expect 0 receipt accept "${signed[@]}" --key po.key
}

@test "of a case whose key is gone it is known that a receipt came back, and no more" {
    handed
    filled
    accept >/dev/null
    disclose C1-P1
    rm store/private/cases/C1.key
    expect 0 disclose list --json
    [ "$(jq -c '[.id, .receipt, .receipt_key, .taken_by]' <<<"$output" | xargs)" = '[C1-D1,signed,null,null] [C1-D2,none,null,null]' ]
    expect 3 receipt issue C1-D2 --out new.txt
    sentence 'key of case C1'
    expect 3 receipt accept C1-D2 --on-paper x
}

@test "two who accept the same receipt at once: one is refused, and the log verifies" {
    handed
    filled
    for n in 1 2; do
        { accept >/dev/null 2>"said.$n" && echo 0 || echo $?; } >"status.$n" &
    done
    wait
    [ "$(cat status.1 status.2 | sort | xargs)" = '0 5' ]
    [ "$(count_acts receipt-accept)" = 1 ]
    expect 0 log verify
}

@test "where there is no room for it no form is written, and none is entered" {
    handed
    run --separate-stderr bash -c 'ulimit -f 1; "$EXHIBIT" receipt issue C1-D1 --out receipt.txt </dev/null'
    [ "$status" = 3 ]
    sentence receipt.txt
    [ "$(count_acts receipt-issue)" = 0 ]
    [ -z "$(find . -name '*.partial' -o -name receipt.txt)" ]
    filled
    accept >/dev/null
}

@test "a store that another holds is busy, a damaged one is none" {
    handed
    filled
    exec 8<>store/lock
    flock 8
    expect 6 receipt accept "${signed[@]}"
    expect 6 receipt issue C1-D1 --out new.txt
    exec 8>&-
    echo '[source "x"' >>store/config
    expect 4 receipt accept "${signed[@]}"
    expect 4 receipt issue C1-D1 --out new.txt
    [ ! -e new.txt ]
}

# issued_or_not: after one more act the form is there and known to the log, or neither, and nothing lies beside it
issued_or_not() {
    local left entries
    expect 0 case open --type other --reference police:1 --requested-by police --basis consent || return 1
    left=$(find . -name '*.partial' -o -path './store/staging/*')
    [ -z "$left" ] || { printf 'left after recovery:\n%s\n' "$left"; return 1; }
    entries=$(count_acts receipt-issue)
    if [ "$entries" -gt "$before" ]; then
        fill receipt.txt && sign_it receipt.txt || return 1
        expect 0 receipt accept "${signed[@]}" --dry-run || return 1
    else
        [ ! -e receipt.txt ] || { echo 'issued without an entry'; return 1; }
    fi
    expect 0 log verify || return 1
    before=$entries
    rm -f receipt.txt receipt.txt.sig
}

@test "killed at any renaming, removal, write or sync, a form is there and known in the end, or neither" {
    command -v strace >/dev/null || skip 'strace is not here'
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99   # the leak checker cannot work under strace
    handed
    before=0
    local call n ended calls
    for call in renameat2 unlinkat pwrite64 fsync flock; do
        strace -f -qq -o calls -e trace=$call "$EXHIBIT" receipt issue C1-D1 --out receipt.txt </dev/null >/dev/null
        calls=$(wc -l <calls)
        issued_or_not
        for n in $(seq 1 "$calls"); do
            [ "$n" -gt $((calls - 4)) ] || [ $((n % 4)) = 1 ] || continue
            ended=0
            strace -f -qq -o /dev/null -e trace=$call -e inject="$call:signal=KILL:when=$n" "$EXHIBIT" receipt issue C1-D1 --out receipt.txt </dev/null >/dev/null 2>&1 || ended=$?
            [ $ended = 0 ] || [ $ended = 137 ] || { echo "$call number $n: exit status $ended"; return 1; }
            issued_or_not || { echo "killed at $call number $n"; return 1; }
        done 2>/dev/null
    done
    [ "$before" -gt 5 ]
}

@test "what a killed issuing left is settled and said, and a name that was taken since is left alone" {
    command -v strace >/dev/null || skip 'strace is not here'
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99   # the leak checker cannot work under strace
    handed
    renames=$(strace -f -e trace=renameat2 "$EXHIBIT" receipt issue C1-D1 --out first.txt </dev/null 2>&1 >/dev/null | grep -c 'renameat2(')
    run strace -f -qq -o /dev/null -e trace=renameat2 -e "inject=renameat2:signal=KILL:when=$renames" "$EXHIBIT" receipt issue C1-D1 --out receipt.txt </dev/null
    [ "$status" = 137 ]
    [ ! -e receipt.txt ] && [ "$(find . -name '.receipt.txt.*.partial' | wc -l)" = 1 ]
    echo mine >receipt.txt
    expect 0 log show --details
    mentions 'issuing a receipt' 'cannot be finished yet' receipt.txt
    [ "$(cat receipt.txt)" = mine ]
    rm receipt.txt
    expect 0 log show --details
    mentions 'issuing a receipt' 'cut off; it was finished'
    fill receipt.txt
    sign_it receipt.txt
    expect 0 receipt accept "${signed[@]}"
    [ -z "$(find . -name '*.partial' -o -path './store/staging/*')" ]
}
