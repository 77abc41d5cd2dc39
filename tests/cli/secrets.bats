#!/usr/bin/env bats
# What is secret stays in guarded memory: it is in no core file, argument, environment, log or message.
load common

passphrase='correct horse battery staple 7391'

setup_file() { command -v python3 >/dev/null || skip 'no python3 here'; }

teardown() {
    local name
    for name in holder.pid program.pid; do
        if [ -s $name ]; then kill -KILL "$(cat $name)" 2>/dev/null || true; fi
    done
}

look() { python3 "$EXHIBIT_TOP/tests/cli/secrets.py" "$@"; }
hex() { od -An -v -tx1 | tr -d ' \n'; }

# locked_store: a store whose admin's key has a passphrase; ./secrets names what is secret, and what is not
locked_store() {
    secret_file passphrase "$passphrase"
    exhibit key new --name Operator --initials OP --role admin --out op.key --passphrase-file passphrase >/dev/null
    exhibit init store --organisation 'Fenland CCTV' --zone Europe/London --passphrase-file passphrase >/dev/null
    without_requests
    {
        look seed op.key "$passphrase"
        echo "passphrase $(printf %s "$passphrase" | hex)"
        echo "store-key $(base64 -d store/private/store.key | hex)"
        echo "store-key-base64 $(tr -d '\n' <store/private/store.key | hex)"
        look identity store/private/recovery.age-identity
    } >secrets
    # Public: the search must find it, or it would find nothing.
    echo "public-key $(sed -n 2p op.pub | base64 -d | tail -c 32 | hex)" >public
    grep -q '^seed [0-9a-f]\{64\}$' secrets
}

@test "the seed that the search looks for is the key's" {
    command -v openssl >/dev/null || skip 'no openssl here'
    secret_file passphrase "$passphrase"
    exhibit key new --name Operator --initials OP --out op.key --passphrase-file passphrase >/dev/null
    look seed op.key "$passphrase" >secrets
    # An OpenSSH key made of this seed and this public key is taken by ssh-keygen only where they belong together.
    look seed op.key wrong >other
    for name in secrets other; do
        printf '302e020100300506032b657004220420%s' "$(sed -n 's/^seed //p' $name)" | python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))' >$name.der
        { echo '-----BEGIN PRIVATE KEY-----'; base64 $name.der; echo '-----END PRIVATE KEY-----'; } >$name.pem
        openssl pkey -in $name.pem -pubout -outform DER | tail -c 32 | hex >$name.public
    done
    [ "$(cat secrets.public)" = "$(sed -n 2p op.pub | base64 -d | tail -c 32 | hex)" ]
    [ "$(cat secrets.public)" != "$(cat other.public)" ]
}

# hold: the program with its key read, waiting for the store's lock, and stopped there; its number is in program.pid
hold() {
    mkfifo door
    # The lock is taken by a process that then waits for nobody.
    flock --no-fork store/lock sleep 60 3>&- &
    echo $! >holder.pid
    for _ in $(seq 100); do flock --nonblock store/lock true || break; sleep 0.05; done
    "$EXHIBIT" "$@" --passphrase-file door <&- >out.words 2>err.words 3>&- &
    echo $! >program.pid
    printf '%s\n' "$passphrase" >door
    # It holds the key, and asks for the lock again and again, for 5 s.
    for _ in $(seq 100); do
        [[ " $(find_all secrets) " != *' seed '* ]] || break
        sleep 0.05
    done
    kill -STOP "$(cat program.pid)"
}
find_all() { look find "$(cat program.pid)" "$1" all 2>/dev/null; }
find_dump() { look find "$(cat program.pid)" "$1" dump; }

# Only root may look into it (see below); whoever cannot has shown that.
may_look() {
    [ -z "$SAN" ] || skip 'a program with sanitizers has terabytes to look through'
    [ "$(id -u)" = 0 ] || skip 'only root may look into the program'
}

@test "a core file of the program with its key in memory would hold no secret" {
    may_look
    locked_store
    hold case open --type other --reference police:1 --requested-by police --basis consent
    # The search finds what is there: in guarded memory, and what is public outside of it.
    all=$(find_all secrets)
    [[ " $all " == *' seed '* ]]
    [[ " $all " == *' store-key '* ]]
    [ "$(find_dump public)" = public-key ]
    [ -z "$(find_dump secrets)" ]
}

@test "nor does one that gdb makes" {
    may_look
    command -v gcore >/dev/null || skip 'no gcore here'
    locked_store
    hold case open --type other --reference police:1 --requested-by police --basis consent
    gcore -o core "$(cat program.pid)" >gcore.words 2>&1 || skip "gcore cannot: $(tail -1 gcore.words)"
    [ "$(look in public core.*)" = public-key ]
    [ -z "$(look in secrets core.*)" ]
}

@test "nor while half of a passphrase is read" {
    may_look
    locked_store
    mkfifo door
    "$EXHIBIT" case list --json >/dev/null    # the store opens
    "$EXHIBIT" case open --type other --reference police:1 --requested-by police --basis consent --passphrase-file door <&- >out.words 2>err.words 3>&- &
    echo $! >program.pid
    exec 4>door
    printf 'correct horse batt' >&4
    echo "half $(printf 'correct horse batt' | hex)" >half
    for _ in $(seq 100); do [ "$(find_all half)" != half ] || break; sleep 0.05; done
    kill -STOP "$(cat program.pid)"
    [ "$(find_all half)" = half ]
    [ -z "$(find_dump half)" ]
    [ -z "$(find_dump secrets)" ]
    exec 4>&-
}

# hold_at CALL FILTER... -- ARGUMENT...: the program stopped at its first such call, as strace counts
hold_at() {
    local call=$1 filter=()
    shift
    while [ "$1" != -- ]; do filter+=("$1"); shift; done
    shift
    strace -o /dev/null true 2>/dev/null || skip 'strace cannot be used here'
    rm -f calls
    strace -f -o calls "${filter[@]}" -e trace="$call" -e inject="$call":signal=STOP:when=1 "$EXHIBIT" "$@" <&- >out.words 2>err.words 3>&- &
    echo $! >holder.pid
    for _ in $(seq 200); do ! grep -q 'stopped by SIGSTOP' calls 2>/dev/null || break; sleep 0.05; done
    sed -n 's/^\([0-9]*\) .*stopped by SIGSTOP.*/\1/p' calls >program.pid
    [ -s program.pid ] || { cat calls err.words; return 1; }
}

# hold_signed ARGUMENT...: the program stopped where the log's head is put in its place: all is signed
hold_signed() {
    hold_at rename -- "$@"
    grep -q 'refs/heads/custody' calls
}

@test "nor when it has signed and is about to end" {
    may_look
    locked_store
    hold_signed case open --type other --reference police:2 --requested-by police --basis consent --passphrase-file passphrase
    [[ " $(find_all secrets) " == *' seed '* ]]
    [ "$(find_dump public)" = public-key ]
    [ -z "$(find_dump secrets)" ]
}

@test "nor of a key that was stored without a passphrase" {
    may_look
    make_store
    { look seed op.key; echo "store-key $(base64 -d store/private/store.key | hex)"; } >secrets
    [[ " $(look in secrets op.key) " == *' seed-in-file-base64 '* ]]
    hold_signed case open --type other --reference police:2 --requested-by police --basis consent
    all=$(find_all secrets)
    [[ " $all " == *' seed '* ]]
    [[ " $all " == *' store-key '* ]]
    [ -z "$(find_dump secrets)" ]
}

@test "nor of a key that is being made" {
    may_look
    secret_file passphrase "$passphrase"
    # The first file to take its name is the secret one; the public ones are still to come.
    hold_at renameat2 -- key new --name N --initials NN --out new.key --passphrase-file passphrase
    { look seed new.key "$passphrase"; echo "passphrase $(printf %s "$passphrase" | hex)"; } >secrets
    all=$(find_all secrets)
    [[ " $all " == *' passphrase '* ]]
    [[ " $all " == *' seed '* ]]
    [ -z "$(find_dump secrets)" ]
}

@test "nor of an age identity that opens a package" {
    may_look
    ready
    age-keygen -o officer.txt 2>/dev/null
    export_it 0 --recipient "$(age-keygen -y officer.txt)"
    look identity officer.txt >secrets
    grep -q '^identity-raw [0-9a-f]\{64\}$' secrets
    # It was read whole, and is closed.
    hold_at close -P "$(echo out/*.age)" -- verify out/*.age --signers store/allowed_signers --identity officer.txt
    [[ " $(find_all secrets) " == *' identity-raw '* ]]
    [ -z "$(find_dump secrets)" ]
}

@test "the kernel writes no core file of the program, whatever the limits" {
    [ -z "$SAN" ] || skip 'sanitizers need to look into the program'
    [[ $(cat /proc/sys/kernel/core_pattern) != [/\|]* ]] || skip 'core files go elsewhere here'
    locked_store
    hold case open --type other --reference police:1 --requested-by police --basis consent
    [ "$(awk '/core file size/ { print $5, $6 }' "/proc/$(cat program.pid)/limits")" = '0 0' ]
    mkdir cores
    ( cd cores && ulimit -c unlimited && exec sleep 60 ) 3>&- &
    control=$!
    sleep 0.2
    kill -ABRT "$control"
    wait "$control" 2>/dev/null || true
    [ -n "$(ls cores)" ] || skip 'no core files here'
    kill -ABRT "$(cat program.pid)"
    kill -CONT "$(cat program.pid)"
    wait "$(cat program.pid)" 2>/dev/null || true
    [ -z "$(find . -name 'core*' ! -name cores ! -path './cores/*')" ]
}

@test "nobody but root looks into the program, its owner neither" {
    [ -z "$SAN" ] || skip 'sanitizers need to look into the program'
    locked_store
    if [ "$(id -u)" = 0 ]; then
        command -v setpriv >/dev/null || skip 'no setpriv here'
        place=$(mktemp -d)                       # where that user may go
        cp -a store op.key passphrase "$EXHIBIT" "$place"
        chown -R 65534:65534 "$place"
        as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
    else
        place=$PWD as=()
    fi
    mkfifo "$place/door"
    chmod 666 "$place/door"
    ( cd "$place" && EXHIBIT_STORE=$place/store EXHIBIT_KEY=$place/op.key exec "${as[@]}" "$place/exhibit" case open --type other \
        --reference police:1 --requested-by police --basis consent --passphrase-file door ) <&- >out.words 2>err.words 3>&- &
    echo $! >program.pid
    exec 4>"$place/door"
    for _ in $(seq 100); do [ "$(tr '\0' ' ' <"/proc/$(cat program.pid)/cmdline" | cut -c1-200)" != '' ] && break; sleep 0.05; done
    sleep 0.3
    # Its own name and state anybody may see: the search would work.
    "${as[@]}" grep -q exhibit "/proc/$(cat program.pid)/comm"
    run "${as[@]}" cat "/proc/$(cat program.pid)/environ"
    [ "$status" != 0 ]
    run "${as[@]}" head -c 1 "/proc/$(cat program.pid)/mem"
    [[ $output == *'Permission denied'* ]]
    exec 4>&-
    [ "$place" = "$PWD" ] || rm -rf "$place"
}

@test "no argument and no environment of the program has a secret" {
    may_look
    locked_store
    hold case open --type other --reference police:1 --requested-by police --basis consent
    for file in cmdline environ; do
        cat "/proc/$(cat program.pid)/$file" >$file
        [ -s $file ]
    done
    grep -q case cmdline
    grep -q EXHIBIT_STORE environ
    [ -z "$(look in secrets cmdline environ)" ]
}

@test "no log, message or file but the private ones has a secret" {
    make_footage recordings
    locked_store
    secret_file wrong 'wrong horse battery staple 8264'
    echo "wrong-passphrase $(printf %s 'wrong horse battery staple 8264' | hex)" >>secrets
    given=(--passphrase-file passphrase)
    {
        "$EXHIBIT" source add nvr --root recordings --layout mediamtx --zone UTC "${given[@]}"
        "$EXHIBIT" camera add wisbech-12 --source nvr --path wisbech-12 --name 'Market Place' --town Wisbech "${given[@]}"
        "$EXHIBIT" camera check-time wisbech-12 --shown 2021-12-05T21:00:00Z --actual 2021-12-05T21:00:00Z --reference NTP --method both "${given[@]}"
        "$EXHIBIT" case open --type other --reference police:1 --requested-by police --basis consent "${given[@]}" --json
        "$EXHIBIT" export --case C1 --out out "${window[@]}" "${given[@]}" --json
        "$EXHIBIT" verify out/*.zip --signers store/allowed_signers
        "$EXHIBIT" log show --json
        for json in '' --json; do
            # shellcheck disable=SC2086  # an option or none
            "$EXHIBIT" case list $json --passphrase-file wrong || true
            # shellcheck disable=SC2086
            "$EXHIBIT" case open --type other --reference police:2 --requested-by police --basis consent --passphrase-file wrong $json || true
            # shellcheck disable=SC2086  # files that hold secrets, given as what they are not
            for file in passphrase op.key store/private/store.key store/private/recovery.age-identity; do
                "$EXHIBIT" case open --type other --reference police:3 --requested-by police --basis consent --key $file --passphrase-file passphrase $json || true
                "$EXHIBIT" key trust $file --name N --initials NN --role operator "${given[@]}" $json || true
                "$EXHIBIT" verify out/*.zip --signers $file $json || true
                "$EXHIBIT" verify out/*.zip --identity $file $json || true
            done
        done
    } </dev/null >said 2>&1
    [ "$(grep -c 'wrong passphrase' said)" -ge 2 ]
    git --git-dir store/custody.git cat-file --batch --batch-all-objects >log
    grep -q case-open log
    find store out -type f ! -path 'store/private/*' >files
    mapfile -t files <files
    [ -z "$(look in secrets said log "${files[@]}")" ]
    # The search finds them where they are kept.
    [ "$(look in secrets store/private/store.key store/private/recovery.age-identity)" = 'identity store-key-base64' ]
}

# refused_until_private FILE MODE COMMAND...: 5 and the remedy while others have any right, and not when it is done
refused_until_private() {
    local file=$1 private=$2 mode
    shift 2
    for mode in g+r g+w g+x o+r o+w o+x; do
        chmod "$private" "$file"
        chmod "$mode" "$file"
        expect 5 "$@"
        sentence "'$file'" "chmod $private"
    done
    chmod "$private" "$file"
    expect 0 "$@"
}

@test "a secret key file that others may use is refused with the remedy" {
    locked_store
    refused_until_private op.key 600 case open --type other --reference police:1 --requested-by police --basis consent --key op.key --passphrase-file passphrase
}

@test "a passphrase file that others may use is refused with the remedy" {
    locked_store
    refused_until_private passphrase 600 case open --type other --reference police:1 --requested-by police --basis consent --passphrase-file passphrase
    chmod 644 passphrase
    expect 5 key new --name N --initials NN --out new.key --passphrase-file passphrase
    [ ! -e new.key ]
    # An open descriptor is whose it is.
    run "$EXHIBIT" case open --type other --reference police:1 --requested-by police --basis consent --passphrase-fd 4 4<passphrase
    [ "$status" = 0 ]
    run "$EXHIBIT" case open --type other --reference police:1 --requested-by police --basis consent --passphrase-file /dev/fd/4 4< <(cat passphrase)
    [ "$status" = 0 ]
}

@test "a store whose private directory or key others may use is not opened" {
    make_store
    refused_until_private "$PWD/store/private" 700 case list
    refused_until_private "$PWD/store/private/store.key" 600 case list
}

@test "an age identity that others may use is refused with the remedy" {
    ready
    age-keygen -o officer.txt 2>/dev/null
    export_it 0 --recipient "$(age-keygen -y officer.txt)"
    refused_until_private officer.txt 600 verify out/*.age --signers store/allowed_signers --identity officer.txt
    run "$EXHIBIT" verify out/*.age --signers store/allowed_signers --identity <(cat officer.txt)
    [ "$status" = 0 ]
}

@test "a secret file is never more than its owner's, not even for a moment" {
    umask 000
    locked_store
    [ -z "$(find op.key store/private -perm /077)" ]
    strace -o /dev/null true 2>/dev/null || skip 'strace cannot be used here'
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99   # the leak checker cannot work under strace
    strace -f -o calls -e trace=open,openat,creat,chmod,fchmod,fchmodat "$EXHIBIT" key new --name N --initials NN --out new.key --no-passphrase --quiet </dev/null >/dev/null
    grep 'new.key.*O_CREAT' calls | grep -q ', 0600)'
    run ! grep -E 'chmod' calls
}
