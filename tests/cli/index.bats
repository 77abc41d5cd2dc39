#!/usr/bin/env bats
# The index of the custody log: derived, so that losing it costs a reading of the log, and a log that lost something shows.

load common

make_log() {
    make_store
    open_case
    open_case
}

open_case() { exhibit case open --type arrest --reference police:1 --requested-by police --basis DPA >/dev/null; }
rows() { python3 -c "import sqlite3; print(sqlite3.connect('store/private/index').execute('SELECT count(*) FROM entry').fetchone()[0])"; }

@test "removed, it comes back, and everything is as before" {
    make_log
    exhibit log show >before
    exhibit case list >>before
    rm -f store/private/index*
    exhibit log show >after
    exhibit case list >>after
    cmp before after
    [ "$(rows)" = 3 ]
    open_case
    [ "$(exhibit case list | wc -l)" = 3 ]
}

@test "garbage, zeros, half of it or another version in its place is made anew" {
    make_log
    local damage
    for damage in 'head -c 5000 /dev/urandom >store/private/index' 'truncate -s 0 store/private/index' \
        'head -c 5000 /dev/zero >store/private/index' 'truncate -s 2000 store/private/index' \
        'sqlite store/private/index "PRAGMA user_version = 7"'; do
        rm -f store/private/index-wal store/private/index-shm
        eval "$damage"
        exhibit case list >list
        [ "$(wc -l <list)" = 2 ]
        [ "$(rows)" = 3 ]
    done
    exhibit log verify >/dev/null
}
sqlite() { python3 -c "import sqlite3, sys; sqlite3.connect(sys.argv[1], isolation_level=None).execute(sys.argv[2])" "$@"; }

@test "rows that are not the log's are noticed by the tree over them" {
    make_log
    sqlite store/private/index "UPDATE entry SET leaf = zeroblob(32) WHERE sequence = 2"
    exhibit case list >/dev/null
    [ "$(sqlite_value "SELECT hex(leaf) = hex(zeroblob(32)) FROM entry WHERE sequence = 2")" = 0 ]
    open_case
    exhibit log verify >/dev/null
}
sqlite_value() { python3 -c "import sqlite3, sys; print(sqlite3.connect('store/private/index').execute(sys.argv[1]).fetchone()[0])" "$1"; }

@test "a log that was cut short since it was read is refused, by reading and by writing commands" {
    make_log
    git -C store/custody.git update-ref refs/heads/custody "$(git -C store/custody.git rev-parse custody~1)"
    expect 4 case list
    sentence 'it no longer holds entry 2' "store/private/index'"
    expect 4 case open --type arrest --reference police:1 --requested-by police --basis DPA
    [ "$(git -C store/custody.git rev-list --count custody)" = 2 ]
}

@test "a log whose branch is gone is refused by that cause and the way back, by reading and by writing commands" {
    make_log
    cp store/custody.git/refs/heads/custody branch
    rm store/custody.git/refs/heads/custody
    for command in 'case list' 'case open --type arrest --reference police:1 --requested-by police --basis DPA'; do
        # shellcheck disable=SC2086  # several words
        expect 4 $command
        sentence 'its branch is gone' "custody.git' has no 'refs/heads/custody'" 'held entry 2' 'docs/log-storage.md'
    done
    [ ! -e store/custody.git/refs/heads/custody ]
    cp branch store/custody.git/refs/heads/custody
    expect 0 case list
}

@test "a log that was made anew since it was read is refused, and taken once the index is removed" {
    make_log
    local tree commit
    tree=$(git -C store/custody.git rev-parse 'custody^{tree}')
    commit=$(git -C store/custody.git -c user.name=x -c user.email=x@y commit-tree -p custody~1 -m x "$tree")
    git -C store/custody.git update-ref refs/heads/custody "$commit"
    expect 4 case list
    sentence 'cut short or made anew'
    git -C store/custody.git update-ref refs/heads/custody custody~1
    rm store/private/index*
    [ "$(exhibit case list | wc -l)" = 1 ]
}

@test "what another command appended is seen, and identifiers stay unique" {
    make_log
    local i
    for i in 1 2 3 4 5 6; do open_case & done
    wait
    [ "$(exhibit case list | sort -u | wc -l)" = 8 ]
    [ "$(rows)" = 9 ]
    exhibit log verify >/dev/null
}

@test "killed at each call that changes it, it is whole or made anew" {
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99   # the leak checker cannot work under strace
    make_log
    local call when status
    for call in pwrite64 ftruncate fdatasync fsync openat; do
        for when in 1 2 3 5 8 13; do
            rm -rf copy
            cp -r store copy
            status=0
            strace -f -o calls -P copy/private/index -P copy/private/index-wal -P copy/private/index-shm -e trace="$call" \
                -e inject="$call":signal=KILL:when="$when" "$EXHIBIT" --store copy case open --type arrest --reference police:1 \
                --requested-by police --basis DPA >out.words 2>err.words </dev/null || status=$?
            "$EXHIBIT" --store copy case list >list
            [ "$(wc -l <list)" -ge 2 ]
            [ "$(wc -l <list)" = $(($("$EXHIBIT" --store copy log show | wc -l) - 1)) ]
            [ "$status" != 0 ] || [ "$(wc -l <list)" = 3 ]
        done
    done
}

@test "where it cannot be written, the entry stands all the same, and the index follows later" {
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99   # the leak checker cannot work under strace
    make_log
    strace -f -o calls -P store/private/index-wal -e trace=pwrite64 -e inject=pwrite64:error=ENOSPC "$EXHIBIT" case open --type arrest \
        --reference police:1 --requested-by police --basis DPA </dev/null >words
    grep -q 'INJECTED' calls
    [ "$(rows)" = 3 ]
    [ "$(exhibit case list | wc -l)" = 3 ]
    [ "$(rows)" = 4 ]
    exhibit log verify >/dev/null
}

@test "it holds nothing that is sealed in the log" {
    make_log
    exhibit case open --type dhr --reference police:SECRET-NUMBER --requested-by 'the requester' --basis 'the basis' --title 'the title' >/dev/null
    exhibit case list >/dev/null
    ! grep -aE 'SECRET-NUMBER|the requester|the basis|the title' store/private/index store/private/index-wal
}

@test "log verify --new checks what was added since it verified before, and says how much that was" {
    make_log
    expect 0 log verify --new
    shows 'VERIFIED' 'entries      3'
    open_case
    expect 0 log verify --new --json
    [ "$(jq .verified_before <<<"$output")" = 3 ]
    [ "$(jq .entries <<<"$output")" = 4 ]
    expect 2 log verify --new --against some.zip
    # A mark that is of another log counts for nothing: all is checked.
    sqlite store/private/index "UPDATE kept SET value = '3 0000' WHERE name = 'verified'"
    expect 0 log verify --new --json
    [ "$(jq .verified_before <<<"$output")" = 0 ]
    # What is damaged before that place shows in the whole check only.
    rm "$(loose custody~2)"
    expect 0 log verify --new
    expect 1 log verify
}
loose() { git -C store/custody.git rev-parse "$1" | sed 's|\(..\)|store/custody.git/objects/\1/|'; }

@test "a forged entry on top of what verified is found by --new, and no key is taken from the log" {
    make_log
    expect 0 log verify --new
    local commit
    open_case
    # The commit of the new entry again, unsigned.
    commit=$(git -C store/custody.git cat-file commit custody | sed '/^gpgsig/,/-----END/d' |
        git -C store/custody.git hash-object -t commit -w --stdin)
    git -C store/custody.git update-ref refs/heads/custody "$commit"
    rm store/private/index*
    expect 1 log verify --new
    shows 'FAILED' 'entry 3: its commit is not signed'
    rm store/private/index*
    git -C store/custody.git update-ref refs/heads/custody custody~1
    expect 0 log verify --new
    git -C store/custody.git update-ref refs/heads/custody "$commit"
    expect 1 log verify --new --json
    [ "$(jq -r .problems[0] <<<"$output" | grep -c 'not signed')" = 1 ]
    [ "$(jq .verified_before <<<"$output")" = 3 ]
    expect 5 key export --format allowed-signers
}
