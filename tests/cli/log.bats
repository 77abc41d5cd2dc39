#!/usr/bin/env bats
load common

export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x@example.org GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x@example.org
custody() { git --git-dir store/custody.git -c gpg.format=ssh -c gpg.ssh.allowedSignersFile="$PWD/store/allowed_signers" "$@"; }

# forge: moves the branch to a commit whose entry was changed by a sed expression, signed by nobody
forge() { # COMMIT SED
    local blob tree commit
    blob=$(custody show "$1:entry.json" | sed "$2" | custody hash-object -w --stdin)
    tree=$(printf '100644 blob %s\tentry.json\n' "$blob" | custody mktree)
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
