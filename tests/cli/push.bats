#!/usr/bin/env bats
# Copies of the log elsewhere: pushed forward only, read back, resumed after a kill; a remote that holds anything else is left
# as it is, and what differs is said.
# shellcheck disable=SC2016,SC2030,SC2031  # scripts of a shell of their own; each test is one
load common

teardown() {
    local name
    for name in sshd.pid silent.pid https.pid; do
        if [ -s $name ]; then kill "$(cat $name)" || true; fi
    done
}

# mirror NAME: a bare repository as the manual makes it, and the remote of that name
mirror() {
    git init -q --bare -b custody "$1.git"
    git -C "$1.git" config receive.denyNonFastForwards true
    git -C "$1.git" config receive.denyDeletes true
    expect 0 log remote add "$1" "$PWD/$1.git"
}
# grow [TIMES]: so many entries more
grow() {
    local i
    for ((i = 0; i < ${1:-1}; i++)); do
        exhibit case open --type other --reference police:1 --requested-by police --basis consent >/dev/null
    done
}
head_of() { git --git-dir "$1" rev-parse --verify -q custody; }
count_of() { git --git-dir "$1" rev-list --count custody; }
# whole NAME: the mirror is well, and has what the log has
whole() {
    git -C "$1.git" fsck --full --strict && [ "$(head_of "$1.git")" = "$(head_of store/custody.git)" ] &&
        [ ! -e "$1.git/exhibit-push.partial" ]
}
# said FILTER: of the JSON that was printed
said() { jq -r "$1" <<<"$output"; }
# untouched: what a push may not change, of the log
untouched() { expect 0 log verify && git -C store/custody.git fsck --full --strict; }
# forget: what this store knows of the log by itself; a log that lost something would be refused by it
forget() { rm -f store/private/index*; }
# cut_short ENTRIES: the log as it was so many entries ago
cut_short() {
    forget
    git --git-dir store/custody.git update-ref refs/heads/custody "custody~$1"
    git --git-dir store/custody.git for-each-ref --format='delete %(refname)' refs/remotes | git --git-dir store/custody.git update-ref --stdin
    git --git-dir store/custody.git gc -q --prune=now
}
# alone COMMAND...: where file systems can be mounted without anybody else seeing it
alone() { unshare --mount --map-root-user "$@"; }

# ---- remotes in the configuration ----

@test "remotes are added, listed and removed, each with its entry" {
    make_store
    mirror one
    expect 0 log remote add two log@mirror.example:custody.git --timeout 5
    expect 0 log remote list --json
    json_lines
    [ "$(said '[.name, .url, .timeout, .entries, .since] | @json' | sed -n 2p)" = '["two","log@mirror.example:custody.git",5,0,null]' ]
    [ "$(acts | tail -n 2)" = $'config-set\nconfig-set' ]
    config=$(git --git-dir store/custody.git show custody:entry.json | jq -r .digests.config)
    [ "$config" = "$(sha256sum <store/config | cut -d' ' -f1)" ]
    expect 0 log show --details --json
    [[ $output == *'"remote.two.url":"log@mirror.example:custody.git"'* ]]
    expect 5 log remote add one /somewhere
    sentence one 'there already'
    expect 0 log remote remove one
    expect 0 log remote list
    [[ $output != *one* ]]
    shows 'two ' 'never pushed'
    expect 2 log remote remove one
    expect 2 log push one
    sentence "no remote 'one'"
    expect 2 log push twoo
    sentence "did you mean 'two'"
}

@test "a remote that is removed leaves nothing to one of the same name" {
    make_store
    expect 0 log remote add m ssh://u@h.example/x --timeout 7 --ssh-key /k --host-key "SHA256:$(printf 'A%.0s' {1..43})"
    expect 0 log remote remove m
    expect 0 log remote add m "$PWD/m.git"
    expect 0 log remote list --json
    [ "$(said '[.url, .timeout, .ssh_key, .host_key, .login] | @json')" = "[\"$PWD/m.git\",120,null,null,null]" ]
}

@test "only an admin adds a remote" {
    make_store
    make_key al AL auditor
    expect 0 key trust al.pub --name 'Person AL' --initials AL --role auditor
    expect 5 log remote add m "$PWD/m.git" --key al.key
    expect 5 log remote remove m --key al.key || expect 2 log remote remove m --key al.key
    expect 0 log remote list
    [ -z "$output" ]
}

@test "a URL with a password in it is refused, and so is one that is no remote" {
    make_store
    for url in https://u:secret@h.example/x https://u@h.example/x ssh://u:secret@h.example/x; do
        expect 2 log remote add m "$url"
        sentence 'leave it out'
        [[ $stderr != *secret* ]]
    done
    for url in http://h.example/x git://h.example/x m.git ./m.git '' / file://h.example/x file:///a%20b ssh://u@h.example \
        ssh://u@h.example:0/x ssh://u@h.example:65536/x ssh://-oProxy/x ssh://u@/x ssh://h.example/x ssh://u@-h/x u@h: "u@h:x'y" 'ssh://u@h/$(x)' 'https://h.example' \
        "ssh://u'v@h/x" -- $'/a\nb'; do
        [ "$url" != -- ] || continue
        run --separate-stderr exhibit log remote add m -- "$url"
        [ "$status" = 2 ] || { echo "$url is taken: $status $stderr"; return 1; }
    done
    [ "$(acts)" = init ]
    for url in /a/b file:///a/b ssh://u@h.example/x ssh://u@h.example:22/x 'ssh://u@[::1]:22/x' u@h.example:x https://h.example:8443/x; do
        expect 0 log remote add "m$((++n))" "$url"
    done
}

@test "a name, a fingerprint, a timeout or a file that cannot be meant is refused" {
    make_store
    good=SHA256:$(printf 'A%.0s' {1..43})
    expect 2 log remote add 'a b' /x
    expect 2 log remote add m
    for key in SHA256:AAAA "${good}A" "MD5:${good#SHA256:}" "$good  ${good}x" ''; do
        expect 2 log remote add m ssh://u@h/x --host-key "$key"
    done
    expect 2 log remote add m ssh://u@h/x --ssh-key relative
    expect 2 log remote add m /x --ssh-key /k
    expect 2 log remote add m /x --host-key "$good"
    expect 2 log remote add m ssh://u@h/x --login /l
    expect 2 log remote add m https://h/x --ssh-key /k
    for seconds in 0 -1 86401 soon; do expect 2 log remote add m /x "--timeout=$seconds"; done
    [ "$(acts)" = init ]
}

@test "what the configuration says of remotes is judged when it is read" {
    make_store
    for setting in remote.m.colour=red remote.m.key=/k remote.m.timeout=0 remote.m.url=http://h/x remote.m.url=https://u:p@h/x \
        'remote.a b.url=/x' 'remote.a b.timeout=5' remote.url=/x; do
        cp store/config kept
        git config -f store/config "${setting%%=*}" "${setting#*=}"
        expect 4 log push
        sentence config
        cp kept store/config
    done
    expect 2 log push
    sentence 'log remote add'
}

# ---- pushing to a path ----

@test "an empty mirror gets all of it, then what is new, and is then up to date" {
    make_store
    mirror m
    expect 0 log push
    shows 'state        pushed' 'entries      2' 'pushed       2'
    whole m
    grow 3
    expect 0 log push --json
    json_lines
    [ "$(said '[.remote, .state, .status, .entries, .pushed, .theirs_more] | @json')" = '["m","pushed",0,5,3,0]' ]
    [ "$(said .head)" = "$(head_of m.git)" ]
    whole m
    before=$(find m.git -type f -exec sha256sum {} + | sort)
    expect 0 log push --json
    [ "$(said '[.state, .entries, .pushed] | @json')" = '["up-to-date",5,0]' ]
    [ "$before" = "$(find m.git -type f -exec sha256sum {} + | sort)" ]
    untouched
    [ "$(git --git-dir store/custody.git rev-parse refs/remotes/m/custody)" = "$(head_of m.git)" ]
    expect 0 log remote list
    shows '5 entries since 20'
}

@test "no key is needed to push, and a push leaves no entry" {
    make_store
    mirror m
    before=$(head_of store/custody.git)
    unset EXHIBIT_KEY
    expect 0 log push
    [ "$before" = "$(head_of store/custody.git)" ]
    whole m
}

@test "the mirror's content verifies as a log of its own, by stock clone" {
    make_store
    mirror m
    grow 2
    expect 0 log push
    mkdir other
    git clone -q --bare --no-local m.git other/custody.git
    expect 0 log verify --store other
    [ "$(git --git-dir m.git -c gpg.ssh.allowedSignersFile="$PWD/store/allowed_signers" log --format=%G? custody | sort -u)" = G ]
}

@test "a mirror with its references and objects packed, or a file:// URL, is pushed to all the same" {
    make_store
    mirror m
    expect 0 log push
    git -C m.git gc -q
    grow
    expect 0 log remote add f "file://$PWD/m.git"
    expect 0 log push f
    expect 0 log push
    whole m
}

@test "a dry run says what would be pushed, and pushes nothing" {
    make_store
    mirror m
    before=$(find m.git store -type f ! -name "index*" -exec sha256sum {} + | sort)
    expect 0 log push --dry-run --json
    [ "$(said '[.state, .head, .entries, .ours_more, .pushed] | @json')" = '["would-push",null,0,2,0]' ]
    [ "$before" = "$(find m.git store -type f ! -name "index*" -exec sha256sum {} + | sort)" ]
    expect 0 log push
    grow
    expect 0 log push --dry-run
    shows would-push 'entries      2' 'to push      1'
    [ "$(count_of m.git)" = 2 ]
}

@test "the note of what a remote had may be deleted" {
    make_store
    mirror m
    expect 0 log push
    rm -r store/custody.git/refs/remotes
    expect 0 log remote list
    shows 'never pushed'
    expect 0 log push
    expect 0 log remote list
    shows '2 entries'
}

# ---- what must not be pushed over ----

@test "a remote that is ahead is left as it is, and how far it is ahead is said" {
    make_store
    mirror m
    grow 3
    expect 0 log push
    last=$(head_of m.git)
    cut_short 2
    here=$(head_of store/custody.git)
    objects=$(find store/custody.git -type f | sort)
    export TMPDIR=$PWD/scratch
    mkdir scratch
    expect 1 log push --json
    [ "$(said '[.state, .status, .theirs_more, .ours_more, .common_entry, .common, .head] | @json')" = "[\"ahead\",1,2,0,2,\"$here\",\"$last\"]" ]
    sentence AHEAD 'entry 2' "$here" '2 entries more' 'cut short'
    [ "$(head_of m.git)" = "$last" ]
    [ "$objects" = "$(find store/custody.git -type f | sort)" ]      # nothing of it came into the log
    [ -z "$(find scratch -mindepth 1)" ]
    expect 1 log push --dry-run
    sentence AHEAD
    untouched
}

@test "a remote that is ahead by entries whose objects are still here is found out without fetching" {
    make_store
    mirror m
    grow 2
    expect 0 log push
    git --git-dir store/custody.git update-ref refs/heads/custody custody~1
    forget
    export TMPDIR=$PWD/missing
    expect 1 log push
    sentence AHEAD '1 entry more'
}

@test "a forked remote is left as it is, and the last entry in common is named" {
    make_store
    mirror m
    grow
    common=$(head_of store/custody.git)
    cp -a store/custody.git kept.git
    grow 2
    expect 0 log push
    last=$(head_of m.git)
    rm -r store/custody.git
    cp -a kept.git store/custody.git
    forget
    grow 1
    expect 1 log push --json
    [ "$(said '[.state, .common_entry, .common, .theirs_more, .ours_more] | @json')" = "[\"forked\",2,\"$common\",2,1]" ]
    sentence FORKED 'entry 2' "$common" '2 entries' '1 of its own'
    [ "$(head_of m.git)" = "$last" ]
    untouched
}

@test "another log, or a repository of something else, is named so and left as it is" {
    make_store
    mirror m
    mv store first
    exhibit init store --organisation 'Another room' --zone UTC >/dev/null
    expect 0 log remote add m "$PWD/m.git"
    expect 0 log push
    rm -r store
    mv first store
    last=$(head_of m.git)
    expect 1 log push --json
    [ "$(said '[.state, .common, .common_entry] | @json')" = '["other",null,null]' ]
    sentence 'ANOTHER LOG'
    [ "$(head_of m.git)" = "$last" ]

    git init -q -b main work
    git -C work -c user.name=x -c user.email=x@example.org commit -q --allow-empty -m x
    git clone -q --bare work code.git
    expect 0 log remote add code "$PWD/code.git"
    expect 1 log push code
    sentence 'other branches' 'git init --bare'
    [ -z "$(git --git-dir code.git for-each-ref refs/heads/custody)" ]
    # A branch of that name that points at no commit.
    git --git-dir code.git update-ref refs/heads/main "$(git --git-dir code.git rev-parse main)"
    git --git-dir code.git update-ref refs/heads/custody main
    expect 1 log push code
    sentence 'ANOTHER LOG'
}

@test "a remote whose branch points at an object that is missing there is not pushed over" {
    make_store
    mirror m
    expect 0 log push
    echo 1234567890123456789012345678901234567890 >m.git/refs/heads/custody
    expect 3 log push
    sentence "remote 'm'"
    [ "$(cat m.git/refs/heads/custody)" = 1234567890123456789012345678901234567890 ]
}

@test "the log itself, a work tree and a mirror that borrows its objects are no mirrors" {
    make_store
    expect 0 log remote add self "$PWD/store/custody.git"
    expect 2 log push
    sentence 'this log itself'
    ln -s store/custody.git link
    expect 0 log remote remove self
    expect 0 log remote add self "$PWD/link"
    expect 2 log push
    expect 0 log remote remove self

    git init -q -b custody work
    expect 0 log remote add work "$PWD/work"
    expect 0 log remote add dotgit "$PWD/work/.git"
    expect 3 log push --json
    [ "$(said .state)" = $'failed\nfailed' ]
    mentions 'no bare repository' 'git init --bare'
    [ -z "$(git -C work for-each-ref)" ]

    git clone -q --bare -s store/custody.git borrowed.git
    expect 0 log remote add borrowed "$PWD/borrowed.git"
    expect 3 log push borrowed
    sentence borrows
}

# ---- several remotes ----

@test "each of several remotes is tried, and the worst is the status" {
    make_store
    mirror good
    expect 0 log remote add gone "$PWD/gone.git"
    mirror late
    expect 3 log push --json
    json_lines
    [ "$(said '[.remote, .state, .status] | @json')" = $'["good","pushed",0]\n["gone","failed",3]\n["late","pushed",0]' ]
    sentence "remote 'gone'" "gone.git"
    whole good
    whole late
    expect 0 log push late good
    git --git-dir store/custody.git update-ref refs/heads/custody custody~1
    forget
    expect 1 log push good gone
    expect 1 log push gone good
    mentions "remote 'gone'" AHEAD
}

# ---- mirrors that cannot be written ----

@test "a missing mirror, a file, and a directory that is no repository are said to be that" {
    make_store
    touch file
    mkdir -p empty
    for at in missing file empty missing/below; do
        expect 0 log remote add m "$PWD/$at"
        expect 3 log push
        sentence "remote 'm'" "$PWD/$at"
        expect 0 log remote remove m
    done
    [ -z "$(find empty -mindepth 1)" ]
}

@test "a mirror whose branch is locked is waited for, then said to be busy; a lock that a kill left is taken away" {
    make_store
    mirror m
    head -c 100 /dev/zero >m.git/refs/heads/custody.lock
    expect 6 log push --json
    [ "$(said .status)" = 6 ]
    sentence custody.lock 'remove that file'
    [ -z "$(head_of m.git)" ]
    [ ! -e m.git/exhibit-push.partial ]
    touch -d '10 seconds ago' m.git/refs/heads/custody.lock
    truncate -s 0 m.git/refs/heads/custody.lock
    touch -d '10 seconds ago' m.git/refs/heads/custody.lock
    expect 0 log push
    whole m
}

@test "two pushes to one mirror at once do not disturb each other" {
    make_store
    mirror m
    flock --close m.git/exhibit-push.lock sleep 20 &
    sleep 0.2
    expect 6 log push
    sentence 'another push'
    [ -z "$(head_of m.git)" ]
    # What another writes is not taken for what a kill left, though there is nothing to be pushed.
    git -C m.git fetch -q "$PWD/store/custody.git" custody:custody
    mkdir m.git/exhibit-push.partial
    expect 6 log push
    [ -d m.git/exhibit-push.partial ]
    kill %1
    wait
    grow 5
    for i in 1 2 3 4; do
        "$EXHIBIT" log push --quiet </dev/null >"out.$i" 2>&1 &
        pids[i]=$!
    done
    for i in 1 2 3 4; do
        ended=0
        wait "${pids[i]}" || ended=$?
        [ $ended = 0 ] || [ $ended = 6 ] || { cat "out.$i"; return 1; }
    done
    expect 0 log push
    whole m
}

@test "a mirror that is full is said to be, nothing half is seen there, and with room the push completes" {
    make_store
    mirror m
    grow 2
    # No file larger than so many KiB: a disk that is full, without one.
    run --separate-stderr bash -c 'ulimit -f 1; exec "$EXHIBIT" log push </dev/null'
    [ "$status" = 3 ]
    sentence "remote 'm'"
    [ -z "$(head_of m.git)" ]
    [ ! -e m.git/exhibit-push.partial ]
    git -C m.git fsck
    untouched
    expect 0 log push
    whole m
}

@test "a file system that is full or read-only is said to be" {
    alone true 2>/dev/null || skip 'no file system can be mounted here'
    make_store
    expect 0 log remote add m "$PWD/disk/m.git"
    mkdir disk
    alone bash -c '
        mount -t tmpfs -o size=64k tmpfs disk && git init -q --bare --template= -b custody disk/m.git || exit 99
        dd if=/dev/zero of=disk/fill bs=1k 2>/dev/null
        "$EXHIBIT" log push </dev/null >said 2>&1; echo $? >status.full
        mount -o remount,ro disk || exit 99
        "$EXHIBIT" log push </dev/null >>said 2>&1; echo $? >status.readonly
        mount -o remount,rw disk && rm disk/fill
        "$EXHIBIT" log push </dev/null; echo $? >status.room
        git -C disk/m.git fsck --full --strict'
    cat said
    [ "$(cat status.full status.readonly status.room)" = $'3\n3\n0' ]
    grep -q 'No space left' said
    grep -q 'Read-only' said
}

# ---- killed ----

# resumed NAME: whatever a kill left: the log is well, the mirror is well, and the same push completes
resumed() {
    untouched || return 1
    git -C "$1.git" fsck --full --strict >/dev/null || return 1
    [ "$(head_of "$1.git")" = "$start" ] || [ "$(head_of "$1.git")" = "$end" ] || return 1
    if ! expect 0 log push "$1"; then return 1; fi
    whole "$1" && untouched
}

@test "killed at any call that changes a file, it leaves log and mirror well, and completes the next time" {
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99
    strace -o /dev/null true 2>/dev/null || skip 'strace cannot be used here'
    make_store
    mirror m
    grow
    expect 0 log push
    start=$(head_of m.git)
    grow 2
    end=$(head_of store/custody.git)
    cp -a m.git kept.git
    cp -a store/custody.git kept.custody
    kills=0
    for call in rename renameat2 mkdir mkdirat unlink unlinkat rmdir fsync write pwrite64; do
        for ((n = 1; n < 200; n++)); do
            rm -rf m.git store/custody.git
            cp -a kept.git m.git
            cp -a kept.custody store/custody.git
            ended=0
            strace -f -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$n" \
                "$EXHIBIT" log push </dev/null >/dev/null 2>killed.words || ended=$?
            # A lock that is younger than 2 s is waited for: here it is known to be dead.
            find m.git store/custody.git -name '*.lock' ! -name exhibit-push.lock -exec touch -d '10 seconds ago' {} +
            resumed m || { echo "killed at $call number $n"; cat killed.words; return 1; }
            [ $ended != 0 ] || break
            kills=$((kills + 1))
        done 2>/dev/null
    done
    echo "killed $kills times"
    [ $kills -gt 15 ]
}

@test "killed after any time, it leaves log and mirror well, and completes the next time" {
    make_store
    mirror m
    start=$(head_of m.git) || true
    grow 3
    end=$(head_of store/custody.git)
    cp -a m.git kept.git
    for delay in 0.002 0.004 0.006 0.008 0.01 0.012 0.015 0.02 0.03; do
        rm -rf m.git
        cp -a kept.git m.git
        timeout -s KILL $delay "$EXHIBIT" log push </dev/null >/dev/null 2>&1 || true
        find m.git store/custody.git -name '*.lock' ! -name exhibit-push.lock -exec touch -d '10 seconds ago' {} +
        resumed m || { echo "killed after $delay s"; return 1; }
    done
}

@test "a remote that says nothing is given up, and the process that spoke with it ends" {
    make_store
    python3 -c '
import socket, time
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen()
print(s.getsockname()[1], flush=True)
time.sleep(60)' >port &
    echo $! >silent.pid
    until_true test -s port
    expect 0 log remote add m "ssh://u@127.0.0.1:$(cat port)/x" --timeout 1
    SECONDS=0
    expect 3 log push
    sentence 'no progress for 1 s'
    [ $SECONDS -lt 10 ]
    # Interrupted, it ends at once, and by the signal.
    expect 0 log remote remove m
    expect 0 log remote add m "ssh://u@127.0.0.1:$(cat port)/x"
    "$EXHIBIT" log push </dev/null >out.stopped 2>&1 &
    pid=$!
    sleep 0.5
    kill -TERM $pid
    ended=0
    wait $pid || ended=$?
    [ $ended = 143 ]
    grep -q stopped out.stopped
}

# ---- over ssh ----

# start_sshd: a server of our own, and the user's key in user.key; its host keys' fingerprints in $ecdsa and $ed25519
start_sshd() {
    local type sshd
    sshd=$(PATH=$PATH:/usr/sbin:/usr/local/sbin command -v sshd) || skip 'no sshd here'
    for type in ecdsa ed25519; do ssh-keygen -q -t $type -N '' -f host_$type; done
    ssh-keygen -q -t ed25519 -N '' -f user.key
    ecdsa=$(ssh-keygen -lf host_ecdsa.pub | cut -d' ' -f2)
    ed25519=$(ssh-keygen -lf host_ed25519.pub | cut -d' ' -f2)
    cp user.key.pub authorized
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    printf '%s\n' "Port $port" 'ListenAddress 127.0.0.1' "HostKey $PWD/host_ecdsa" "HostKey $PWD/host_ed25519" \
        "AuthorizedKeysFile $PWD/authorized" 'StrictModes no' 'UsePAM no' 'PermitRootLogin yes' "PidFile $PWD/sshd.pid" >sshd.config
    [ "$(id -u)" != 0 ] || mkdir -p /run/sshd
    "$sshd" -f "$PWD/sshd.config" -E "$PWD/sshd.log" || skip 'sshd cannot be started here'
    for ((n = 0; n < 100; n++)); do [ ! -s sshd.pid ] || break; sleep 0.05; done
    export HOME=$PWD/home            # libssh2 looks for known_hosts there
    mkdir home
    unset SSH_AUTH_SOCK
    git config --global safe.directory '*'
    ssh_url=ssh://$(id -un)@127.0.0.1:$port$PWD/m.git
    git init -q --bare -b custody m.git
    git -C m.git config receive.denyNonFastForwards true
    git -C m.git config receive.denyDeletes true
}
# again OPTION...: the remote m, by ssh, anew
again() {
    exhibit log remote remove m >/dev/null 2>&1 || true
    expect 0 log remote add m "$ssh_url" "$@"
}

@test "over ssh: all, what is new, up to date, ahead, forked" {
    make_store
    start_sshd
    again --ssh-key "$PWD/user.key" --host-key "$ed25519" --host-key "$ecdsa"
    expect 0 log push --json
    [ "$(said '[.state, .entries] | @json')" = '["pushed",2]' ]
    whole m
    grow 2
    expect 0 log push
    shows pushed 'pushed       2'
    whole m
    expect 0 log push
    shows up-to-date
    cp -a store/custody.git kept.git
    grow 3
    expect 0 log push
    last=$(head_of m.git)
    rm -r store/custody.git
    cp -a kept.git store/custody.git
    forget
    objects=$(find store/custody.git -type f | sort)
    expect 1 log push
    sentence AHEAD 'entry 3' '3 entries more'
    [ "$objects" = "$(find store/custody.git -type f | sort)" ]
    grow
    expect 1 log push
    sentence FORKED 'entry 3' '3 entries'
    [ "$(head_of m.git)" = "$last" ]
    untouched
}

@test "over ssh: a host is trusted by its fingerprint in the configuration, or by known_hosts, and by nothing else" {
    make_store
    start_sshd
    again --ssh-key "$PWD/user.key"
    expect 3 log push
    sentence 'not known' SHA256: --host-key
    shown=$(grep -o 'SHA256:[A-Za-z0-9+/]*' <<<"$stderr" | head -n 1)
    [ "$shown" = "$ecdsa" ] || [ "$shown" = "$ed25519" ]
    # Another host's key in its place.
    ssh-keygen -q -t ed25519 -N '' -f other
    again --ssh-key "$PWD/user.key" --host-key "$(ssh-keygen -lf other.pub | cut -d' ' -f2)"
    expect 3 log push
    sentence "$shown" 'not among those trusted'
    # A key of the configuration decides alone: known_hosts does not add to it.
    mkdir home/.ssh
    ssh-keyscan -p "$port" 127.0.0.1 2>/dev/null >home/.ssh/known_hosts
    expect 3 log push
    sentence 'not among those trusted'
    again --ssh-key "$PWD/user.key"
    expect 0 log push
    # Names may be hashed.
    ssh-keygen -q -H -f home/.ssh/known_hosts
    expect 0 log push
    # Known under another key: somebody else answers.
    sed "s|^|[127.0.0.1]:$port |" other.pub >home/.ssh/known_hosts
    expect 3 log push
    sentence 'not known'
    again --ssh-key "$PWD/user.key" --host-key "$shown"
    rm -r home
    unset HOME
    expect 0 log push
    whole m
}

@test "over ssh: keys that are not let in, others' keys, and an agent" {
    make_store
    start_sshd
    trust=(--host-key "$ed25519" --host-key "$ecdsa")
    ssh-keygen -q -t ed25519 -N '' -f stranger
    again --ssh-key "$PWD/stranger" "${trust[@]}"
    expect 3 log push
    sentence 'not let in' stranger
    again --ssh-key "$PWD/missing" "${trust[@]}"
    expect 3 log push
    sentence missing
    cp user.key open.key
    chmod 644 open.key
    again --ssh-key "$PWD/open.key" "${trust[@]}"
    expect 5 log push
    sentence 'chmod 600'
    ssh-keygen -q -t ed25519 -N 'a passphrase' -f locked
    cat locked.pub >>authorized
    again --ssh-key "$PWD/locked" "${trust[@]}"
    expect 3 log push
    sentence 'ssh-agent'
    again "${trust[@]}"
    expect 3 log push
    sentence SSH_AUTH_SOCK
    export SSH_AUTH_SOCK=$BATS_RUN_TMPDIR/push.$BATS_TEST_NUMBER
    ssh-agent -a "$SSH_AUTH_SOCK" -s | sed -n 's/^SSH_AGENT_PID=\([0-9]*\);.*/\1/p' >silent.pid
    expect 3 log push
    sentence ssh-add
    ssh-add -q user.key
    expect 0 log push
    whole m
}

@test "over ssh: a missing repository, one that takes nothing, and one that is locked are said to be that" {
    make_store
    start_sshd
    again --ssh-key "$PWD/user.key" --host-key "$ed25519" --host-key "$ecdsa"
    mv m.git away.git
    expect 3 log push
    sentence 'not appear to be a git repository'
    mv away.git m.git
    printf '#!/bin/sh\necho "the mirror is closed today" >&2\nexit 1\n' >m.git/hooks/pre-receive
    chmod +x m.git/hooks/pre-receive
    expect 3 log push
    sentence 'pre-receive hook declined' 'closed today'
    rm m.git/hooks/pre-receive
    touch m.git/refs/heads/custody.lock
    expect 3 log push
    sentence 'did not take the push'
    [ -z "$(head_of m.git)" ]
    rm m.git/refs/heads/custody.lock
    # One that takes the push, and does not keep it: what it has is read again.
    printf '#!/bin/sh\ngit update-ref -d refs/heads/custody\n' >m.git/hooks/post-receive
    chmod +x m.git/hooks/post-receive
    expect 6 log push
    sentence 'moved meanwhile'
    rm m.git/hooks/post-receive
    expect 0 log push
    whole m
}

@test "over ssh: killed at some moment, it leaves log and mirror well, and completes the next time" {
    make_store
    start_sshd
    again --ssh-key "$PWD/user.key" --host-key "$ed25519" --host-key "$ecdsa"
    start=$(head_of m.git) || true
    grow 3
    end=$(head_of store/custody.git)
    cp -a m.git kept.git
    for delay in 0.05 0.1 0.2 0.3 0.4 0.5 0.7; do
        rm -rf m.git
        cp -a kept.git m.git
        timeout -s KILL $delay "$EXHIBIT" log push </dev/null >/dev/null 2>&1 || true
        sleep 0.3                    # the server ends its own part
        resumed m || { echo "killed after $delay s"; return 1; }
    done
}

# ---- over https ----

# start_https: stock git http-backend behind TLS, for log:secret; the certificate's authority in ca.pem
start_https() {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout tls.key -out ca.pem -days 2 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost 2>/dev/null
    python3 "$BATS_TEST_DIRNAME/https.py" "$PWD" ca.pem tls.key >port 2>https.log &
    echo $! >https.pid
    for ((n = 0; n < 100; n++)); do [ ! -s port ] || break; sleep 0.05; done
    git init -q --bare -b custody m.git
    git -C m.git config http.receivepack true
    (umask 077 && echo log:secret >login)
    expect 0 log remote add m "https://localhost:$(cat port)/m.git" --login "$PWD/login"
}

@test "over https: a certificate that is not valid is refused, and no password is sent" {
    make_store
    start_https
    expect 3 log push
    sentence certificate 'not valid'
    [ -z "$(head_of m.git)" ]
    run ! grep -q git-receive-pack https.log
    chmod 640 login
    expect 5 log push
    sentence 'chmod 600'
    chmod 600 login
    echo nobody >login
    expect 4 log push
    sentence user:password
}

@test "over https: with a valid certificate the log is pushed" {
    alone true 2>/dev/null || skip 'no file system can be mounted here'
    [ -e /etc/ssl/certs/ca-certificates.crt ] || skip 'no ca-certificates here'
    make_store
    start_https
    with_ca() { alone bash -c 'mount --bind ca.pem /etc/ssl/certs/ca-certificates.crt && "$EXHIBIT" "$@" </dev/null' bash "$@"; }
    export EXHIBIT
    run --separate-stderr with_ca log push
    [ "$status" = 0 ]
    whole m
    grow
    run --separate-stderr with_ca log push --json
    [ "$status" = 0 ]
    [ "$(said '[.state, .pushed] | @json')" = '["pushed",1]' ]
    whole m
    echo log:wrong >login
    run --separate-stderr with_ca log push
    [ "$status" = 3 ]
    sentence 'not let in'
    expect 0 log remote remove m
    expect 0 log remote add m "https://localhost:$(cat port)/m.git"
    run --separate-stderr with_ca log push
    [ "$status" = 3 ]
    sentence --login
}
