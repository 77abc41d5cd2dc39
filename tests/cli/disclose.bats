#!/usr/bin/env bats
# The disclosure register: each package that was handed over, to whom, how and why; and what retention counts from it.
load common
load cases

# packed: a store with OP1, of a file from elsewhere, packed as C1-P1, whose file is in $package
packed() {
    make_store
    open_case
    clip
    exhibit seal OP1 --out out --quiet >/dev/null
    package=$(echo out/*_C1-P1.zip)
}
# clip [CASE]: the next exhibit
terms=(--to 'DC 1234 Smith' --organisation 'Cambridgeshire Constabulary' --method 'by hand' --basis 'DPA 2018 Sch 2 Pt 1 para 2')
disclose() { exhibit disclose "$1" "${terms[@]}" "${@:2}" >/dev/null; }
today() { TZ=Europe/London date +%F; }
decision() { exhibit retention check --all --json | jq -r "select(.exhibit == \"$1\") | [.decision, .unknown, .rule] | @json"; }

@test "a package that this store did not seal is refused, and so is one that was altered" {
    packed
    expect 2 disclose C1-P2 "${terms[@]}"
    sentence "package 'C1-P2' is not known"
    expect 2 disclose OP9 "${terms[@]}"
    sentence OP9
    expect 3 disclose nowhere.zip "${terms[@]}"
    sentence nowhere.zip 'no package'
    # A digest that the log has of something else is no package's.
    unzip -p "$package" tagmanifest-sha256.txt >manifest.txt
    expect 5 disclose manifest.txt "${terms[@]}"
    sentence 'knows of no package'
    printf x >>"$package"
    expect 5 disclose "$package" "${terms[@]}"
    sentence "$(sha256sum <"$package" | cut -d' ' -f1)" 'did not seal it'
    expect 4 disclose out/ "${terms[@]}"
    sentence 'identifier'
    mkfifo fifo
    expect 4 disclose ./fifo "${terms[@]}"
    [ "$(count_acts disclose)" = 0 ]
}

@test "an exhibit without a package, and a package that failed, were not handed over" {
    packed
    expect 5 disclose OP1 "${terms[@]}"
    sentence 'no package was made with exhibit OP1' 'exhibit seal OP1'
    printf x | dd of="$(echo store/exhibits/OP1/data/master/*)" conv=notrunc status=none
    expect 5 seal OP1 --out out
    [ "$(count_acts seal-failed)" = 1 ]
    expect 5 disclose C1-P2 "${terms[@]}"
    sentence 'C1-P2' 'failed'
    [ "$(count_acts disclose)" = 0 ]
}

@test "a disclosure that cannot be meant is a usage error, and none is entered" {
    packed
    expect 2 disclose
    mentions 'which package'
    expect 2 disclose C1-P1 C1-P1 "${terms[@]}"
    for option in to organisation method basis; do
        given=()
        for other in to organisation method basis; do [ $other = $option ] || given+=("--$other" x); done
        expect 2 disclose C1-P1 "${given[@]}"
        mentions "--$option"
        expect 2 disclose C1-P1 "${given[@]}" "--$option" ''
        sentence exhibit
    done
    expect 2 disclose C1-P1 "${terms[@]}" --reason ''
    sentence 'the reason'
    expect 2 disclose C1-P1 "${terms[@]}" --date soon
    sentence --date soon
    expect 2 disclose C1-P1 "${terms[@]}" --date "$(date -d '2 days' +%F)"
    sentence 'still to come'
    expect 2 disclose C1-P1 "${terms[@]}" --date "$(date -d '-2 days' +%F)"
    sentence 'was sealed on' 'nothing can have been done with it on'
    expect 2 disclose list --case C9
    sentence C9
    expect 2 disclose list more
    [ "$(count_acts disclose)" = 0 ]
}

@test "a package is handed over by its identifier or by its file, and each time is entered" {
    packed
    expect 0 disclose C1-P1 "${terms[@]}" --dry-run
    mentions C1-D1
    [ "$(count_acts disclose)" = 0 ]
    expect 0 disclose C1-P1 "${terms[@]}" --reason 'the trial' --security 'age, key by telephone' --approver 'the manager'
    shows C1-D1 'C1-P1 (OP1)' "$(today)" 'DC 1234 Smith' 'Cambridgeshire Constabulary' 'by hand' 'DPA 2018' 'the trial' 'age, key' 'the manager'
    last_entry | jq -e '.act == "disclose" and .verb == "disclosure" and .case == "C1" and .exhibit == null
        and .facts == {disclosure: "C1-D1", package: "C1-P1"} and .digests == {}'
    cp "$package" elsewhere.bin
    expect 0 disclose elsewhere.bin "${terms[@]}" --date "$(today)" --json
    json_lines
    jq -e --arg date "$(today)" '.type == "disclosure" and .id == "C1-D2" and .package == "C1-P1" and .case == "C1" and .exhibits == ["OP1"]
        and .date == $date and .to == "DC 1234 Smith" and .reason == null' <<<"$output"
    expect 0 log verify
}

@test "the package that an export made is handed over by its exhibit or its file" {
    ready
    export_it 0
    expect 0 disclose OP1 "${terms[@]}"
    shows C1-D1
    expect 0 disclose out/*.zip "${terms[@]}" --json
    [ "$(jq -c '[.id, .package, .exhibits]' <<<"$output")" = '["C1-D2","OP1",["OP1"]]' ]
}

@test "a package that is a folder is handed over by its identifier" {
    make_store
    open_case
    clip
    exhibit seal OP1 --folder --out out --quiet >/dev/null
    expect 0 disclose C1-P1 "${terms[@]}" --json
    [ "$(jq -c .exhibits <<<"$output")" = '["OP1"]' ]
}

@test "the register lists what was handed over, of one case or of all, and the case shows it" {
    packed
    open_case
    clip C2
    exhibit seal OP2 --out out --quiet >/dev/null
    expect 0 disclose list
    [ -z "$output" ]
    disclose C1-P1 --reason 'the trial'
    disclose C2-P1 --to 'A. Solicitor' --organisation 'Smith & Co' --method upload
    expect 0 disclose list
    [ "${#lines[@]}" = 2 ]
    [ "${lines[0]}" = "C1-D1        $(today): C1-P1 (OP1) to DC 1234 Smith, Cambridgeshire Constabulary, by hand, the trial; receipt: none" ]
    expect 0 disclose list --case C2
    [ "$output" = "C2-D1        $(today): C2-P1 (OP2) to A. Solicitor, Smith & Co, upload; receipt: none" ]
    expect 0 disclose list --json
    json_lines
    [ "$(jq -c '[.type, .id, .organisation, .method, .reason]' <<<"$output" | tail -n1)" = '["disclosure","C2-D1","Smith & Co","upload",null]' ]
    expect 0 case show C1
    shows "disclosed    C1-D1, $(today): C1-P1 (OP1) to DC 1234 Smith"
    expect 0 case show C1 --json
    [ "$(head -n1 <<<"$output" | jq -c '.disclosures | map([.id, .package, .to])')" = '[["C1-D1","C1-P1","DC 1234 Smith"]]' ]
}

@test "the log shows that a package was handed over, and nothing of who took it" {
    packed
    disclose C1-P1 --reason 'the trial' --security 'by telephone' --approver 'the manager'
    git --git-dir store/custody.git log -p custody >everything
    for words in Smith Constabulary 'by hand' 'the trial' telephone 'the manager'; do
        run ! grep -qF "$words" everything
    done
}

@test "of a case whose key is gone the register has the package and the time, and nothing is added" {
    packed
    disclose C1-P1
    rm store/private/cases/C1.key
    expect 0 disclose list
    shows C1-D1 '(sealed)' 'C1-P1 (OP1)'
    [[ $output != *Smith* ]]
    expect 0 disclose list --json
    [ "$(jq -c '[.id, .package, .exhibits, .to, .basis, .date]' <<<"$output")" = '["C1-D1","C1-P1",["OP1"],null,null,null]' ]
    expect 3 disclose C1-P1 "${terms[@]}"
    sentence 'key of case C1'
    expect 3 disclose C1-P1 "${terms[@]}" --dry-run
    expect 3 disclose ready C1-P1 --to x --method x --dry-run
}

@test "operator, dpo and admin hand packages over, an auditor does not" {
    packed
    people
    expect 0 disclose C1-P1 "${terms[@]}" --key po.key
    expect 0 disclose C1-P1 "${terms[@]}" --key dp.key
    expect 5 disclose C1-P1 "${terms[@]}" --key au.key
    sentence auditor disclose
    expect 0 disclose list
    expect 0 log verify
}

@test "handing over is what retention knows of: the rule before it ends" {
    make_store
    exhibit retention adopt "$EXHIBIT_TOP/policies/uk-local-authority.conf" --reason agreed >/dev/null
    exhibit case open --type other --requested-by x --basis y >/dev/null
    clip
    clip
    exhibit seal OP1 --out out --quiet >/dev/null
    [ "$(decision OP1)" = '["kept",null,"R02"]' ]
    disclose C1-P1
    [ "$(decision OP1)" = '["unknown","no-rule",null]' ]
    expect 0 retention why OP1
    [[ $output != *R02* ]]
    expect 0 retention why OP2
    shows R02
}

@test "an exhibit is handed over on the first day on which a package with it was" {
    need_faketime
    packed
    printf '[policy]\n name = x\n version = 1\n custodian = council\n[rule "R1"]\n title = x\n legal = x\n trigger = handed-over\n period = 31 days\n then = review\n sure = yes\n needs-status = no\n' >own.conf
    exhibit retention adopt own.conf --reason x >/dev/null
    in_days() { FAKETIME_DONT_FAKE_MONOTONIC=1 faketime -f "+$1d" "$EXHIBIT" "${@:2}" </dev/null; }
    in_days 5 disclose C1-P1 "${terms[@]}" >/dev/null
    in_days 9 disclose C1-P1 "${terms[@]}" >/dev/null
    end=$(in_days 9 retention check --all --json | jq -r 'select(.exhibit == "OP1") | .end')
    [ "$(TZ=Europe/London date -d "$end" +%F)" = "$(TZ=Europe/London date -d '12:00 37 days' +%F)" ]
}

@test "that a package is ready is entered each time somebody is told, and retention counts from the last" {
    need_faketime
    packed
    people
    exhibit retention adopt "$EXHIBIT_TOP/policies/uk-local-authority.conf" --reason agreed >/dev/null
    [ "$(decision OP1)" = '["unknown","no-rule",null]' ]
    expect 2 disclose ready
    expect 2 disclose ready C1-P1 --to x
    mentions --method
    expect 2 disclose ready C1-P1 --to '' --method x
    sentence told
    expect 2 disclose ready C1-P2 --to x --method x
    sentence C1-P2
    expect 2 disclose ready C1-P1 --to x --method x --date "$(date -d '-2 days' +%F)"
    sentence 'was sealed on'
    expect 5 disclose ready OP1 --to x --method x
    expect 5 disclose ready C1-P1 --to x --method x --key au.key
    sentence auditor
    expect 0 disclose ready C1-P1 --to x --method x --dry-run
    mentions C1-P1
    [ "$(count_acts disclose-ready)" = 0 ]
    expect 0 disclose ready C1-P1 --to 'DC 1234 Smith' --method 'by email' --key po.key
    shows 'C1-P1 (OP1)' "$(today)" 'DC 1234 Smith' 'by email'
    last_entry | jq -e '.act == "disclose-ready" and .verb == "disclosure" and .facts == {package: "C1-P1"}'
    [ "$(decision OP1)" = '["kept",null,"R03"]' ]
    expect 0 case show C1
    shows "ready        C1-P1, DC 1234 Smith told on $(today) by email"
    expect 0 case show C1 --json
    [ "$(head -n1 <<<"$output" | jq -c '.notices | map([.type, .package, .to])')" = '[["notice","C1-P1","DC 1234 Smith"]]' ]
    expect 7 disclose list --uncollected --after 0
    shows 'never handed over, DC 1234 Smith told on'
    in_days() { FAKETIME_DONT_FAKE_MONOTONIC=1 faketime -f "+$1d" "$EXHIBIT" "${@:2}" </dev/null; }
    in_days 10 disclose ready "$package" --to 'DC 1234 Smith' --method 'by telephone' --json >told
    [ "$(jq -c '[.type, .package, .method]' told)" = '["notice","C1-P1","by telephone"]' ]
    end=$(in_days 10 retention check --all --json | jq -r 'select(.exhibit == "OP1") | .end')
    [ "$(TZ=Europe/London date -d "$end" +%F)" = "$(TZ=Europe/London date -d '12:00 42 days' +%F)" ]
    git --git-dir store/custody.git log -p custody >everything
    for words in Smith 'by email' telephone; do run ! grep -qF "$words" everything; done
    in_days 11 disclose C1-P1 "${terms[@]}" >/dev/null
    run in_days 11 retention why OP1
    [[ $output != *R03* ]]
}

@test "what is not collected is listed once it is so for long: without a receipt, or never handed over" {
    need_faketime
    packed
    clip
    exhibit seal OP2 --out out --quiet >/dev/null
    disclose C1-P1
    expect 0 disclose list --uncollected
    [ -z "$output" ]
    expect 7 disclose list --uncollected --after 0 --json
    json_lines
    [ "$(jq -c '[.type, .package]' <<<"$output" | xargs)" = '[disclosure,C1-P1] [package,C1-P2]' ]
    in_days() { FAKETIME_DONT_FAKE_MONOTONIC=1 faketime -f "+$1d" "$EXHIBIT" "${@:2}" </dev/null; }
    run in_days 30 disclose list --uncollected
    [ "$status" = 0 ]
    run in_days 31 disclose list --uncollected
    [ "$status" = 7 ]
    shows 'C1-D1 ' 'receipt: none' "C1-P2        $(today): C1-P2 (OP2) was sealed, and never handed over"
    run in_days 31 disclose list --uncollected --case C1 --after 32
    [ "$status" = 0 ]
    # What went out in another package waits no longer; a receipt on paper ends waiting too.
    exhibit seal OP2 OP1 --out out --quiet >/dev/null
    disclose C1-P3
    exhibit receipt accept C1-D1 --on-paper 'folder 12' >/dev/null
    expect 7 disclose list --uncollected --after 0 --json
    [ "$(jq -c '[.id, .package]' <<<"$output")" = '["C1-D2","C1-P3"]' ]
    expect 2 disclose list --uncollected --after soon
    sentence --after soon
    expect 2 disclose list --after 3
    expect 2 disclose list --uncollected --case C9
}

@test "a package that an export made and nobody took is not collected, of a case whose key is gone too" {
    ready
    export_it 0
    expect 7 disclose list --uncollected --after 0
    shows 'OP1 ' 'never handed over'
    disclose OP1
    rm store/private/cases/C1.key
    expect 7 disclose list --uncollected --after 0
    shows C1-D1 '(sealed)' 'receipt: none'
}

@test "two who hand over at once get an identifier each" {
    packed
    for n in 1 2; do
        { exhibit disclose C1-P1 "${terms[@]}" >/dev/null 2>"said.$n" && echo 0 || echo $?; } >"status.$n" &
    done
    wait
    [ "$(cat status.1 status.2 | xargs)" = '0 0' ]
    [ "$(exhibit disclose list --json | jq -r .id | xargs)" = 'C1-D1 C1-D2' ]
    expect 0 log verify
}

@test "killed at each call that changes the disk, a disclosure is entered or not" {
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99   # the leak checker cannot work under strace
    packed
    mv store whole
    local call when status entered
    for call in fsync renameat2 write link; do
        for when in 1 2 4; do
            rm -rf store
            cp -r whole store
            status=0
            strace -f -o calls -e trace="$call" -e inject="$call":signal=KILL:when="$when" "$EXHIBIT" disclose C1-P1 "${terms[@]}" \
                </dev/null >said 2>&1 || status=$?
            [ "$status" = 0 ] || [ "$status" = 137 ]
            expect 0 log verify
            entered=$(count_acts disclose)
            disclose C1-P1
            [ "$(count_acts disclose)" = $((entered + 1)) ]
        done
    done
}

@test "a store that another holds is busy, a damaged one is none" {
    packed
    exec 8<>store/lock
    flock 8
    expect 6 disclose C1-P1 "${terms[@]}"
    exec 8>&-
    echo '[source "x"' >>store/config
    expect 4 disclose C1-P1 "${terms[@]}"
    expect 4 disclose list
}

@test "what is shown of an exhibit in the log has what became of packages that hold it, and of no other" {
    packed                               # C1-P1 has OP1
    clip                                 # OP2
    exhibit seal OP1 OP2 --out out --quiet >/dev/null
    exhibit seal OP2 --out out --quiet >/dev/null
    exhibit case open --type other --reference police:2 --requested-by police --basis DPA --quiet >/dev/null
    clip C2                              # OP3
    exhibit seal OP3 --out out --quiet >/dev/null
    exhibit disclose ready C1-P1 --to 'DC Smith' --method email >/dev/null
    disclose C1-P1                       # C1-D1
    disclose C1-P3                       # C1-D2
    disclose C1-P2                       # C1-D3
    disclose C2-P1                       # C2-D1
    exhibit disclose ready C1-P3 --to 'DC Smith' --method email >/dev/null
    exhibit receipt issue C1-D3 --out one.txt >/dev/null
    exhibit receipt issue C1-D2 --out two.txt >/dev/null
    exhibit receipt accept C1-D3 --on-paper 'in the binder' >/dev/null
    exhibit receipt accept C1-D1 --on-paper 'in the binder' >/dev/null
    shown() { exhibit log show --exhibit "$1" "${@:2}" --json | jq -c '.entry | select(.verb == "disclosure") | [.act, .facts.disclosure, .facts.package]'; }
    [ "$(shown OP1 | xargs)" = "$(printf '%s ' '[disclose-ready,null,C1-P1]' '[disclose,C1-D1,C1-P1]' '[disclose,C1-D3,C1-P2]' \
        '[receipt-issue,C1-D3,null]' '[receipt-accept,C1-D3,null]' '[receipt-accept,C1-D1,null]' | xargs)" ] || { shown OP1; return 1; }
    [ "$(shown OP2 | xargs)" = "$(printf '%s ' '[disclose,C1-D2,C1-P3]' '[disclose,C1-D3,C1-P2]' '[disclose-ready,null,C1-P3]' \
        '[receipt-issue,C1-D3,null]' '[receipt-issue,C1-D2,null]' '[receipt-accept,C1-D3,null]' | xargs)" ] || { shown OP2; return 1; }
    [ "$(shown OP3 | xargs)" = '[disclose,C2-D1,C2-P1]' ]
    # With the details, which is entered first; of a sealed case what stands in clear is known all the same.
    expect 0 log show --exhibit OP1 --details
    shows 'receipt-accept' 'in the binder'
    rm store/private/cases/C1.key
    [ "$(shown OP1 | wc -l)" = 6 ]
    [ "$(exhibit log show --exhibit OP1 --csv | grep -c ',disclosure,')" = 6 ]
}
