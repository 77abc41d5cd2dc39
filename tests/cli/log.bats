#!/usr/bin/env bats
load common

export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x@example.org GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x@example.org
custody() { git --git-dir store/custody.git -c gpg.format=ssh -c gpg.ssh.allowedSignersFile="$PWD/store/allowed_signers" "$@"; }

# forge: moves the branch to a commit whose entry was changed by a sed expression, signed by nobody
forge() { # COMMIT SED
    local blob tree commit
    blob=$(custody show "$1:entry.json" | sed "$2" | custody hash-object -w --stdin)
    tree=$({ custody ls-tree "$1" checkpoint; printf '100644 blob %s\tentry.json\n' "$blob"; } | custody mktree)
    commit=$(custody log -1 --format=%B "$1" | custody commit-tree -p "$1~1" "$tree")
    custody update-ref refs/heads/custody "$commit"
}

@test "log show lists every entry, first to last" {
    ready
    export_it 0
    expect 0 log show
    shows init source-add camera-add case-open export-begun export-done
    expect 0 log show --json
    json_lines
    [ "$(acts)" = "$(jq -r .entry.act <<<"$output")" ]
    jq -se 'map(.entry.seq) | . == [range(length)]' <<<"$output"
}

# sequences: of the entries printed as JSON, in one line
sequences() { jq -s -c 'map(.entry.seq)' <<<"$output"; }

@test "log show can be asked for one case, exhibit, person, kind or time only" {
    ready
    export_it 0
    make_key ad AD admin
    exhibit key trust ad.pub --name 'A. Admin' --initials AD --role admin >/dev/null
    exhibit case open --type other --reference police:2 --requested-by police --basis consent --key ad.key >/dev/null
    expect 0 log show --json
    all=$output
    wanted() { jq -s -c "map(.entry | select($1) | .seq)" <<<"$all"; }
    for ask in '--case C1|.case == "C1"' '--exhibit OP1|.exhibit == "OP1"' '--verb collection|.verb == "collection"' \
               "--actor AD|.case == \"C2\"" '--case C1 --verb administration|.case == "C1" and .verb == "administration"'; do
        # shellcheck disable=SC2086  # words of the command
        expect 0 log show ${ask%%|*} --json
        [ "$(sequences)" = "$(wanted "${ask#*|}")" ]
        [ "$(sequences)" != '[]' ]
    done
    second=$(jq -r 'select(.entry.act == "export-begun") | .entry.time' <<<"$all")
    expect 0 log show --since "$second" --json
    [ "$(sequences)" = "$(wanted ".time >= \"$second\"")" ]
    expect 0 log show --since '2099-01-01 00:00' --json
    [ -z "$output" ]
}

@test "log show says which name the log has not" {
    ready
    for ask in '--case C9' '--exhibit OP9' '--actor NN' '--verb reading' '--since yesterday' '--csv --json'; do
        # shellcheck disable=SC2086  # words of the command
        expect 2 log show $ask
        [[ $stderr == *"${ask##* }"* ]]
    done
}

@test "log show shows a package that holds the exhibit" {
    ready
    exhibit add "$EXHIBIT_TOP/README.md" --case C1 --from police --received '2021-12-06 10:15' >/dev/null || [ $? = 7 ]
    exhibit seal OP1 --out "$PWD" --quiet >/dev/null
    expect 0 log show --exhibit OP1 --json
    [ "$(jq -r .entry.act <<<"$output" | tail -2 | xargs)" = 'seal-begun seal-done' ]
}

@test "log show as CSV is read back by others, entry by entry" {
    ready
    export_it 0
    expect 0 log show --json
    all=$output
    expect 0 log show --csv
    python3 -c 'import csv, sys; [print(r["sequence"], r["act"], r["case"] or "-", r["initials"], r["sha256"]) for r in csv.DictReader(sys.stdin)]' \
        <<<"$output" >csv
    jq -r '"\(.entry.seq) \(.entry.act) \(.entry.case // "-") \(.initials) \(.sha256)"' <<<"$all" | diff - csv
    expect 0 log show --csv --details --case C1
    python3 -c 'import csv, json, sys; [json.loads(r["details"]) for r in csv.DictReader(sys.stdin) if r["details"]]; ' <<<"$output"
    [[ $output == *police:35/91234/21* ]]
}

@test "log verify says how many entries it checked" {
    ready
    expect 0 log verify
    shows "$(acts | wc -l)"
    expect 0 log verify --json
    json_lines
}

@test "log verify needs no key" {
    ready
    unset EXHIBIT_KEY
    expect 0 log verify
}

@test "stock git finds every entry signed by a trusted key, and the repository whole" {
    ready
    export_it 0
    [ "$(custody log --format=%G? custody | sort -u)" = G ]
    custody fsck --full --strict
    [ -z "$(custody log --merges --format=%H custody)" ]
}

@test "an entry that was changed shows" {
    ready
    forge custody 's/camera-add/camera-old/; s/case-open/case-shut/'
    expect 1 log verify
    expect 1 log verify --json
    json_lines
}

@test "an entry that nobody signed shows" {
    ready
    forge custody ''
    expect 1 log verify
    [[ $output$stderr == *sign* ]]
}

@test "an entry signed by a stranger shows" {
    ready
    ssh-keygen -q -t ed25519 -N '' -C '' -f stranger
    head=$(custody rev-parse custody)
    forge custody ''
    custody -c user.signingkey="$PWD/stranger" commit-tree -S -p "$head~1" -m "$(custody log -1 --format=%B "$head")" "$head^{tree}" >commit
    custody update-ref refs/heads/custody "$(cat commit)"
    expect 1 log verify
}

@test "an entry taken out of the middle shows" {
    ready
    head=$(custody rev-parse custody)
    commit=$(custody log -1 --format=%B "$head" | custody commit-tree -p "$head~2" "$head^{tree}")
    custody update-ref refs/heads/custody "$commit"
    run --separate-stderr exhibit log verify
    [ "$status" = 1 ]
}

@test "a file added beside an entry shows" {
    ready
    head=$(custody rev-parse custody)
    blob=$(echo words | custody hash-object -w --stdin)
    tree=$({ custody ls-tree "$head"; printf '100644 blob %s\tzzz\n' "$blob"; } | custody mktree)
    commit=$(custody log -1 --format=%B "$head" | custody commit-tree -p "$head~1" "$tree")
    custody update-ref refs/heads/custody "$commit"
    expect 1 log verify
}

@test "a history that only appears to be another one is refused" {
    ready
    custody replace custody custody~1 || custody replace -f custody custody~1
    expect 4 log verify
}

@test "plain 'log' shows the log" {
    make_store
    expect 0 log
    shows init
}
