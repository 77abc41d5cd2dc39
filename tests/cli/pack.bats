#!/usr/bin/env bats
# The log in few files: what it says stays the same, whoever reads or writes it, and whatever becomes of who packs.
load common

: "${EXHIBIT_OUT:=$EXHIBIT_TOP/build/release}"

# grow COUNT [TOGETHER]
grow() { "$EXHIBIT_OUT/tests/unit/log_grow" "${store:-store}" op.key "$@" >/dev/null; }
loose() { find store/custody.git/objects -type f -path '*/objects/[0-9a-f][0-9a-f]/*' | wc -l; }
packs() { find store/custody.git/objects/pack -name '*.pack' | wc -l; }

@test "log pack leaves few files, and the log is the same and whole" {
    make_store
    grow 30
    exhibit log show >before
    [ "$(loose)" -gt 100 ]
    find store/custody.git | sort >files
    expect 0 log pack --dry-run
    shows 'entries      32'
    mentions 'nothing was packed'
    find store/custody.git | sort | cmp - files
    expect 0 log pack
    shows 'entries      32'
    [ "$(loose)" = 0 ]
    [ "$(packs)" = 1 ]
    exhibit log show | cmp - before
    expect 0 log verify
    git -C store/custody.git fsck --full --strict
    expect 0 log pack --json
    json_lines
    [ "$(jq .entries <<<"$output")" = 32 ]
    grow 1
    expect 0 log verify
}

@test "the entry that fills a pack has it written, without a word and without a lock on the store" {
    make_store
    grow 510 255
    exhibit log pack >/dev/null
    [ "$(loose)" = 0 ]
    exhibit case open --type other --reference a:1 --requested-by x --basis y >/dev/null 2>said
    [ "$(loose)" = 4 ]
    grow 511
    [ "$(loose)" -lt 100 ]
    [ ! -s said ]
    expect 0 log verify
    [ "$(exhibit log show | wc -l)" = 1024 ]
}

@test "a batch of entries is one pack, and each is signed, in order and proven" {
    make_store
    grow 100 100
    [ "$(packs)" = 1 ]
    expect 0 log verify
    shows 'entries      102'
    expect 0 log prove --entry 57
    git -C store/custody.git fsck --full --strict
    git -C store/custody.git -c gpg.ssh.allowedSignersFile="$PWD/store/allowed_signers" log --format=%G? custody | sort | uniq -c >signed
    [ "$(wc -l <signed)" = 1 ]
}

@test "while one packs another is busy" {
    make_store
    exec 8>store/custody.git/exhibit-pack.lock
    flock 8
    expect 6 log pack
    sentence 'exhibit-pack.lock'
    exec 8>&-
    expect 0 log pack
}

@test "killed at any moment, packing loses nothing, and the next one clears what is left" {
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99   # the leak checker cannot work under strace
    make_store
    grow 20
    mv store whole
    local call when status
    for call in fsync rename renameat2 unlink rmdir mkdir pwrite64 openat; do
        for when in 1 2 3 5 9 17 40; do
            rm -rf store
            cp -r whole store
            status=0
            strace -f -o calls -e trace="$call" -e inject="$call":signal=KILL:when="$when" "$EXHIBIT" log pack </dev/null >said 2>&1 || status=$?
            [ "$status" = 0 ] || [ "$status" = 137 ]
            expect 0 log verify
            expect 0 log pack
            [ "$(loose)" = 0 ]
            [ "$(packs)" = 1 ]
            expect 0 log verify
            [ -z "$(find store -name '*partial*')" ]
        done
    done
}

@test "a disk that is full or fails loses nothing" {
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99   # the leak checker cannot work under strace
    make_store
    grow 20
    mv store whole
    local fault
    for fault in write:error=ENOSPC pwrite64:error=ENOSPC fsync:error=EIO rename:error=EIO renameat2:error=EIO mkdir:error=ENOSPC; do
        rm -rf store
        cp -r whole store
        run strace -f -o calls -P store/custody.git/exhibit-pack.partial -e trace="${fault%%:*}" -e inject="$fault" "$EXHIBIT" log pack </dev/null
        expect 0 log verify
        expect 0 log pack
        expect 0 log verify
    done
}

@test "a damaged object is named, and nothing is removed" {
    make_store
    grow 10
    object=$(git -C store/custody.git rev-parse custody~3:entry.json)
    rm -f "store/custody.git/objects/${object:0:2}/${object:2}"
    before=$(loose)
    run --separate-stderr exhibit log pack
    [ "$status" != 0 ]
    sentence "custody log"
    [ "$(loose)" = "$before" ]
}
