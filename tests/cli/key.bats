#!/usr/bin/env bats
load common

@test "key new writes a secret key for its owner only, and both public forms" {
    expect 0 key new --name 'Control room operator' --initials OP --role admin --out op.key --no-passphrase
    [ "$(stat -c %a op.key)" = 600 ]
    grep -q '^RW' op.pub
    ssh-keygen -l -f op.ssh.pub
}

@test "stock minisign signs with a key of ours, and its public file verifies" {
    make_key op OP operator
    echo words >words
    minisign -S -s op.key -m words </dev/null
    minisign -V -p op.pub -m words
}

@test "stock minisign opens a key of ours with its passphrase" {
    secret_file passphrase 'correct horse'
    expect 0 key new --name Operator --initials OP --out op.key --passphrase-file passphrase
    echo words >words
    minisign -S -s op.key -m words <passphrase
    minisign -V -p op.pub -m words
}

@test "a passphrase can come by a descriptor" {
    run "$EXHIBIT" key new --name Operator --initials OP --role admin --out op.key --passphrase-fd 3 3<<<'correct horse'
    [ "$status" = 0 ]
    secret_file passphrase 'correct horse'
    expect 0 init store --organisation O --zone UTC --key op.key --passphrase-file passphrase
}

@test "key new writes over no file" {
    echo mine >op.key
    expect 5 key new --name Operator --initials OP --out op.key --no-passphrase --quiet
    sentence "op.key"
    [ "$(cat op.key)" = mine ]
    [ ! -e op.pub ]
    [ ! -e op.ssh.pub ]
}

@test "key new writes over no public key either, and leaves no secret key alone" {
    echo mine >op.pub
    expect 5 key new --name Operator --initials OP --out op.key --no-passphrase --quiet
    sentence "op.pub"
    [ "$(cat op.pub)" = mine ]
    [ ! -e op.key ]
}

@test "key new without a terminal says how to give a passphrase" {
    run --separate-stderr setsid "$EXHIBIT" key new --name Operator --initials OP --out op.key </dev/null
    [ "$status" = 5 ]
    mentions --passphrase-file
    [ ! -e op.key ]
}

@test "key new refuses initials that are not a person's" {
    for initials in '' op 1OP TOOLONGINITIALS 'O P' ../OP; do
        expect 2 key new --name Operator --initials "$initials" --out op.key --no-passphrase
        [ ! -e op.key ]
    done
}

@test "key new into a directory that is missing says so" {
    expect 3 key new --name Operator --initials OP --out nowhere/op.key --no-passphrase --quiet
    sentence nowhere
}

@test "an unknown role is refused, with the roles there are" {
    expect 2 key new --name Operator --initials OP --role king --out op.key --no-passphrase
    mentions operator auditor dpo admin
}

@test "an admin trusts a key, and its owner can act until it is revoked" {
    make_store
    make_footage recordings
    add_camera
    make_key bo BO operator
    expect 0 key trust bo.pub --name 'Bo' --initials BO --role operator
    expect 0 key list
    shows OP BO operator
    expect 0 case open --type other --reference police:1 --requested-by police --basis consent --key bo.key
    expect 0 key revoke BO --reason 'left the service'
    expect 5 case open --type other --reference police:2 --requested-by police --basis consent --key bo.key
    sentence revoked
}

@test "a key past its end is trusted anew, with another end and role, and what it signed before counts" {
    make_store
    make_key bo BO operator
    exhibit key trust bo.pub --name Bo --initials BO --role operator --until "$(date -ud '+3 seconds' +%FT%TZ)"
    expect 0 case open --type other --reference police:1 --requested-by police --basis consent --key bo.key
    sleep 3.1
    expect 5 case open --type other --reference police:2 --requested-by police --basis consent --key bo.key
    sentence expired
    expect 5 key trust bo.pub --name Bo --initials XX --role operator
    sentence 'in the store already, as BO'
    expect 0 key trust bo.pub --name 'Bo Bright' --initials BO --role dpo
    expect 0 case open --type other --reference police:2 --requested-by police --basis consent --key bo.key
    expect 5 source add x --root . --layout zoneminder --key bo.key
    expect 0 log verify
    [ "$(grep -c '^BO ' store/allowed_signers)" = 2 ]
    git -C store/custody.git -c gpg.ssh.allowedSignersFile="$PWD/store/allowed_signers" log --format=%G? custody | sort -u | grep -x G
    exhibit key revoke BO --reason lost
    expect 5 key trust bo.pub --name Bo --initials BO --role operator
    sentence revoked
}

@test "the last admin stays one" {
    make_store
    expect 5 key trust op.pub --name Op --initials OP --role operator
    sentence 'last admin'
    make_key bo BO admin
    exhibit key trust bo.pub --name Bo --initials BO --role admin
    expect 0 key trust op.pub --name Op --initials OP --role operator
    expect 5 key trust op.pub --name Op --initials OP --role admin
    expect 0 key trust op.pub --name Op --initials OP --role admin --key bo.key
    expect 0 log verify
}

@test "an unknown key cannot act" {
    make_store
    make_key stranger ST admin
    expect 5 case open --type other --reference police:1 --requested-by police --basis consent --key stranger.key
    sentence "not trusted"
}

@test "an operator cannot trust keys" {
    make_store
    make_key bo BO operator
    make_key cy CY operator
    exhibit key trust bo.pub --name Bo --initials BO --role operator
    expect 5 key trust cy.pub --name Cy --initials CY --role operator --key bo.key
    sentence operator
    [ "$(acts | grep -c key-trust)" = 1 ]
}

@test "the store's allowed_signers names each trusted key and ends a revoked one" {
    make_store
    make_key bo BO operator
    exhibit key trust bo.pub --name Bo --initials BO --role operator
    grep -q '^BO ' store/allowed_signers
    sleep 1.1   # the file counts in seconds
    exhibit key revoke BO --reason 'left the service'
    grep '^BO ' store/allowed_signers | grep -q valid-before
}

@test "revoking a key that is not there says so" {
    make_store
    expect 2 key revoke ZZ --reason lost
    sentence ZZ
}

@test "a file that is no public key is not trusted" {
    make_store
    echo 'not a key' >bad.pub
    expect 4 key trust bad.pub --name Bad --initials BA --role operator
    sentence bad.pub
}

# typed WORD... -- COMMAND...: a terminal on which somebody answers each question with the next word
typed() {
    local words=()
    while [ "$1" != -- ]; do words+=("$1"); shift; done
    shift
    { for word in "${words[@]}"; do sleep 1; echo "$word"; done; sleep 1; } | script -qec "$*" /dev/null
}

@test "interrupted while a passphrase is asked for, the terminal shows again what is typed" {
    for signal in INT TERM HUP; do
        run timeout 60 python3 -c '
import os, pty, signal, sys, termios, time
pid, terminal = pty.fork()
if pid == 0:
    for each in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:    # whoever runs the tests may ignore them, and that is inherited
        signal.signal(each, signal.SIG_DFL)
    os.execv(sys.argv[1], [sys.argv[1], "key", "new", "--name", "Operator", "--initials", "OP", "--role", "admin", "--out", "x.key"])
said = b""
while b"Passphrase" not in said:
    said += os.read(terminal, 100)
while termios.tcgetattr(terminal)[3] & termios.ECHO:
    time.sleep(0.01)
os.kill(pid, getattr(signal, "SIG" + sys.argv[2]))
status = os.waitpid(pid, 0)[1]
print(os.WTERMSIG(status) == getattr(signal, "SIG" + sys.argv[2]), bool(termios.tcgetattr(terminal)[3] & termios.ECHO))
' "$EXHIBIT" "$signal"
        [ "$output" = 'True True' ]
        [ ! -e x.key ]
    done
}

@test "a passphrase is asked for twice on the terminal, and never shown" {
    run typed 'correct horse' 'correct horse' -- "$EXHIBIT key new --name Operator --initials OP --role admin --out op.key"
    [ "$status" = 0 ]
    [[ $output == *'Passphrase for the new key:'*'The same again:'* ]]
    [[ $output != *correct* ]]
    secret_file passphrase 'correct horse'
    expect 0 init store --organisation O --zone UTC --key op.key --passphrase-file passphrase
}

@test "two passphrases that differ make no key" {
    run typed 'correct horse' 'correct house' -- "$EXHIBIT key new --name Operator --initials OP --out op.key"
    [ "$status" = 5 ]
    [[ $output == *'differ'* ]]
    [ ! -e op.key ] && [ ! -e op.pub ]
}

@test "a locked key and no terminal is refused with the remedy" {
    secret_file passphrase 'correct horse'
    expect 0 key new --name Operator --initials OP --role admin --out op.key --passphrase-file passphrase
    run setsid -w "$EXHIBIT" init store --organisation O --zone UTC --key op.key </dev/null
    [ "$status" = 5 ]
    [[ $output == *'--passphrase-file'* ]]
    [ ! -e store ]
}
