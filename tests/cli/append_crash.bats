#!/usr/bin/env bats
# An append to the log that is killed at any system call leaves the old head or the new one, and the next command goes on.
load common

# What an append may change the disk with. openat, read and the like change nothing.
changing=(write pwrite64 writev ftruncate fallocate fsync fdatasync rename renameat renameat2 link linkat unlink unlinkat
          mkdir mkdirat chmod fchmod fchmodat utimensat symlink)

traceable() {
    [ -z "${SAN:-}" ] || skip 'who is killed tells a sanitizer nothing, and it takes minutes'
    strace -o /dev/null true 2>/dev/null || skip 'strace cannot be used here'
}

custody() { git --git-dir store/custody.git "$@"; }
open_case=(case open --type other --reference police:1 --requested-by police --basis consent)

# killed_at CALL N COMMAND...: a command, killed at its Nth call of that name; true while there is such a call
killed_at() {
    local ended=0
    strace -f -o /dev/null -e "trace=$1" -e "inject=$1:signal=KILL:when=$2" "$EXHIBIT" "${@:3}" </dev/null \
        >/dev/null 2>&1 || ended=$?
    [ $ended = 137 ] || [ $ended = 0 ] || { echo "$1 number $2: exit status $ended" >&2; exit 1; }
    [ $ended = 137 ]
} 2>/dev/null

nothing_half_made() {
    find store -name '*.partial' -o -name '*.staged' >left
    [ ! -s left ] || { cat left; return 1; }
}

# entries: how many the log has by stock git
entries() { custody rev-list --count custody; }

@test "an append killed at any call that changes the disk leaves the old head or the new one" {
    traceable
    make_store
    deaths=0 made=0
    for call in "${changing[@]}"; do
        for ((n = 1; ; n++)); do
            before=$(entries) head=$(custody rev-parse custody)
            killed_at "$call" $n "${open_case[@]}" || break
            deaths=$((deaths + 1)) after=$(entries)
            [ "$after" = "$before" ] || [ "$(custody rev-parse custody~1)" = "$head" ]
            made=$((made + after - before))
            # The log holds as it lies, without any repair, for us and for git; and the next act goes on top of it.
            expect 0 log verify
            custody fsck --full --strict >/dev/null
            expect 0 "${open_case[@]}"
            [ "$(entries)" = $((after + 1)) ]
        done
    done
    expect 0 log verify
    expect 0 log show --json
    jq -se 'map(.entry.seq) == [range(length)]' <<<"$output" >/dev/null
    # Both were seen: deaths before the entry was written, and after.
    [ $deaths -gt 20 ]
    [ $made -gt 0 ]
    [ $made -lt $deaths ]
    nothing_half_made
    echo "# killed $deaths times; $made entries were there all the same" >&3
}

@test "a key trusted is in the log and in the list of signers, or in neither, wherever it is killed" {
    traceable
    make_store
    deaths=0 person=0
    for call in "${changing[@]}"; do
        for ((n = 1; ; n++)); do
            person=$((person + 1))
            make_key "p$person" "P$person" operator
            killed_at "$call" $n key trust "p$person.pub" --name 'A Person' --initials "P$person" --role operator || break
            deaths=$((deaths + 1))
            expect 0 log verify
            expect 0 "${open_case[@]}"
            exhibit key export --format allowed-signers | cmp - store/allowed_signers
        done
    done
    [ $deaths -gt 20 ]
    nothing_half_made
    expect 0 log verify
}

@test "a camera added is in the log and in the configuration, or in neither, wherever it is killed" {
    traceable
    make_store
    mkdir recordings
    exhibit source add nvr --root recordings --layout mediamtx --zone UTC >/dev/null
    deaths=0 camera=0
    for call in "${changing[@]}"; do
        for ((n = 1; ; n++)); do
            camera=$((camera + 1))
            killed_at "$call" $n camera add "cam-$camera" --source nvr --path "cam-$camera" --name Market --town Wisbech || break
            deaths=$((deaths + 1))
            expect 0 log verify
            expect 0 "${open_case[@]}"
            logged=$(acts | grep -c camera-add) || true
            [ "$(exhibit camera list --json | jq -s length)" = "$logged" ]
        done
    done
    [ $deaths -gt 20 ]
    nothing_half_made
    expect 0 log verify
}
