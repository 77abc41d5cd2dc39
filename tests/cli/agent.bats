#!/usr/bin/env bats
# Keys held elsewhere: a key that exists in an ssh-agent alone does all that a key file does.
# shellcheck disable=SC2030,SC2031  # each test has a shell of its own
load common

setup_file() { command -v ssh-agent >/dev/null || skip 'no ssh-agent here'; }

teardown() {
    local name
    for name in agent.pid limited.pid; do
        if [ -s $name ]; then kill "$(cat $name)" || true; fi
    done
}

# start_agent: one with a key whose file is gone; its public line is in op.ssh.pub, its name in $fingerprint
start_agent() {
    # A socket's path may have 107 bytes only.
    export SSH_AUTH_SOCK=$BATS_RUN_TMPDIR/agent.$BATS_TEST_NUMBER
    ssh-agent -a "$SSH_AUTH_SOCK" -s >agent.words
    sed -n 's/^SSH_AGENT_PID=\([0-9]*\);.*/\1/p' agent.words >agent.pid
    ssh-keygen -q -t ed25519 -N '' -C op@control-room -f secret
    ssh-add -q secret
    rm secret
    mv secret.pub op.ssh.pub
    fingerprint=$(ssh-keygen -lf op.ssh.pub | cut -d' ' -f2)
    export EXHIBIT_KEY=agent:$fingerprint
}

# add_to_agent NAME TYPE...: another key, whose fingerprint is in $added
add_to_agent() {
    ssh-keygen -q -t "$2" -N '' -C "$1@control-room" -f "$1.secret"
    ssh-add -q "$1.secret"
    rm "$1.secret"
    added=$(ssh-keygen -lf "$1.secret.pub" | cut -d' ' -f2)
}

agent_store() {
    expect 0 init store --organisation 'Fenland CCTV' --zone Europe/London --name 'Control room' --initials OP "$@"
    without_requests
}
agent_case() { expect "$1" case open --type other --reference police:1 --requested-by police --basis consent "${@:2}"; }
head_of_log() { git --git-dir store/custody.git rev-parse custody; }

make_store_by_file() {
    make_key admin AD admin
    expect 0 init store --organisation O --zone UTC --key admin.key
    without_requests
}

@test "a store is made, and footage exported, by a key that exists in an agent alone" {
    start_agent
    make_footage recordings
    agent_store
    add_camera
    open_case
    export_it 0
    [ -z "$(find . -name '*.key' ! -path './store/private/*')" ]

    expect 0 verify out/*.zip --signers store/allowed_signers
    expect 0 log verify
    unpack out/*.zip
    ssh-keygen -Y verify -f store/allowed_signers -I OP -n exhibit -s "$bag/tagmanifest-sha256.txt.sig" <"$bag/tagmanifest-sha256.txt"
    minisign -Vm "$bag/tagmanifest-sha256.txt" -p "$bag/record/signers/OP.pub"
    # By git: as many good signatures as entries, each by this key.
    git --git-dir store/custody.git -c gpg.ssh.allowedSignersFile="$PWD/store/allowed_signers" log --show-signature custody >shown
    [ "$(grep -c '^Good "git" signature for OP with ED25519 key' shown)" = "$(git --git-dir store/custody.git rev-list --count custody)" ]
    [ "$(grep -c "^Good.*$fingerprint" shown)" = "$(grep -c '^commit' shown)" ]
}

@test "a key without a minisign number gets the one that the formats say" {
    start_agent
    agent_store
    raw=$(cut -d' ' -f2 op.ssh.pub | base64 -d | tail -c 32 | sha256sum | cut -c1-16)
    git --git-dir store/custody.git show custody:entry.json | jq -r .facts.minisign | base64 -d | od -An -v -tx1 -w99 | tr -d ' ' >line
    [ "$(cut -c5-20 line)" = "$raw" ]
}

@test "an admin trusts an OpenSSH public key, and its owner acts through the agent" {
    start_agent
    make_store_by_file
    expect 0 key trust op.ssh.pub --name 'By agent' --initials BY --role operator --key admin.key
    agent_case 0
    expect 0 log verify
    git --git-dir store/custody.git -c gpg.ssh.allowedSignersFile="$PWD/store/allowed_signers" log --show-signature -1 custody | grep -q 'Good "git" signature for BY'
}

@test "a key file that is trusted by its OpenSSH line signs with the number that the log has" {
    make_footage recordings
    make_key admin AD admin
    expect 0 init store --organisation O --zone UTC --key admin.key
    without_requests
    make_key op OP operator
    expect 0 key trust op.ssh.pub --name O --initials OP --role operator --key admin.key
    EXHIBIT_KEY=$PWD/admin.key add_camera
    open_case
    export_it 0
    expect 0 verify out/*.zip --signers store/allowed_signers
    unpack out/*.zip
    minisign -Vm "$bag/tagmanifest-sha256.txt" -p "$bag/record/signers/OP.pub"
    expect 0 key export OP --format minisign --out log.pub
    minisign -Vm "$bag/tagmanifest-sha256.txt" -p log.pub
    run ! minisign -Vm "$bag/tagmanifest-sha256.txt" -p op.pub
}

@test "public keys that cannot be trusted are refused by name" {
    start_agent
    make_store_by_file
    before=$(head_of_log)
    ssh-keygen -q -t rsa -N '' -f rsa
    cat op.ssh.pub rsa.pub >two.pub
    echo 'ssh-ed25519 AAAA me' >cut.pub
    cut -c1-60 op.ssh.pub >shorter.pub
    : >empty.pub
    for file in rsa two cut shorter empty; do
        expect 4 key trust $file.pub --name N --initials NN --role operator --key admin.key
        sentence "$file.pub"
    done
    expect 4 key trust rsa.pub --name N --initials NN --role operator --key admin.key
    sentence ssh-rsa 'only Ed25519'
    expect 4 key trust two.pub --name N --initials NN --role operator --key admin.key
    sentence 'more than one line'
    [ "$(head_of_log)" = "$before" ]
}

@test "init by an agent's key needs a name and initials, and leaves nothing without" {
    start_agent
    for words in '' '--name N' '--initials OP'; do
        # shellcheck disable=SC2086  # options
        expect 2 init store --organisation O --zone UTC $words
        sentence --name --initials
        [ ! -e store ]
    done
    expect 2 init store --organisation O --zone UTC --name N --initials op
    [ ! -e store ]
    expect 2 init store --organisation O --zone UTC --name '' --initials OP
    [ ! -e store ]
}

@test "a key file's owner can be said by options too" {
    make_key op OP admin
    expect 0 init store --organisation O --zone UTC --name 'Somebody else' --initials SE
    expect 0 key list --json
    [ "$(jq -r '.name + " " + .initials' <<<"$output")" = 'Somebody else SE' ]
}

@test "agent: alone takes the only key that the store trusts" {
    start_agent
    agent_store --key agent:
    add_to_agent old rsa
    add_to_agent other ed25519
    agent_case 0 --key agent:
    [ "$(git --git-dir store/custody.git show custody:entry.json | jq -r .actor)" = "$fingerprint" ]

    expect 0 key trust other.secret.pub --name Other --initials OT --role operator
    before=$(head_of_log)
    agent_case 5 --key agent:
    sentence 'more than one key' "$fingerprint" "$added"
    run ! grep -q rsa <<<"$stderr"
    expect 0 key revoke OT --reason lost
    agent_case 0 --key agent:
    [ "$(head_of_log)" != "$before" ]
}

@test "agent: alone, where no key is trusted, names those that there are" {
    start_agent
    make_store_by_file
    agent_case 5 --key agent:
    sentence 'no key that may act' "$fingerprint" ssh-ed25519 op@control-room
}

@test "a part of a fingerprint is no name of a key" {
    start_agent
    agent_store
    for part in SHA256: "${fingerprint%????}" "${fingerprint#SHA256:}" "${fingerprint}x" op@control-room; do
        agent_case 2 --key "agent:$part"
        sentence ssh-add
    done
}

@test "a key that the agent has not got is refused with those it has" {
    start_agent
    agent_store
    add_to_agent other ed25519
    agent_case 5 --key agent:SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
    sentence 'has no key' "$fingerprint" op@control-room "$added" other@control-room ssh-add
}

@test "keys of other types are refused by their type" {
    start_agent
    agent_store
    for type in rsa ecdsa; do
        add_to_agent $type $type
        agent_case 5 --key "agent:$added"
        sentence "$added" ssh-ed25519
        mentions "$(cut -d' ' -f1 "$type.secret.pub")"
    done
}

@test "a key of the agent that the store does not trust cannot act" {
    start_agent
    agent_store
    add_to_agent other ed25519
    agent_case 5 --key "agent:$added"
    sentence "$added" 'not trusted'
}

# ask_pass WORD: what ssh-add is told instead of a person
ask_pass() {
    printf '#!/bin/sh\necho %s\n' "$1" >ask
    chmod +x ask
    export SSH_ASKPASS=$PWD/ask SSH_ASKPASS_REQUIRE=force
}

@test "a locked agent is refused with the remedy, and serves again when it is unlocked" {
    start_agent
    agent_store
    before=$(head_of_log)
    ask_pass horse
    ssh-add -q -x
    agent_case 5
    sentence 'ssh-add -X'
    [ "$(head_of_log)" = "$before" ]
    ssh-add -q -X
    agent_case 0
}

@test "without SSH_AUTH_SOCK there is no agent, and the sentence says so" {
    start_agent
    agent_store
    for value in unset empty; do
        if [ $value = unset ]; then unset SSH_AUTH_SOCK; else export SSH_AUTH_SOCK=; fi
        agent_case 3
        sentence 'SSH_AUTH_SOCK is not set' ssh-add --key
    done
}

@test "an agent that is not there, or no agent at all, is named" {
    start_agent
    agent_store
    export SSH_AUTH_SOCK=$PWD/nowhere
    agent_case 3
    sentence "$PWD/nowhere"
    : >nowhere
    agent_case 3
    sentence "$PWD/nowhere"
}

@test "when the keys are taken out of the agent, the next command is refused and leaves nothing" {
    start_agent
    make_footage recordings
    agent_store
    add_camera
    open_case
    before=$(head_of_log)
    ssh-add -q -D
    export_it 5
    sentence 'ssh-add'
    nothing_left
    agent_case 5
    [ "$(head_of_log)" = "$before" ]
    expect 5 init another --organisation O --zone UTC --name N --initials OP
    [ ! -e another ]
    expect 0 log verify
}

# limit_agent COUNT: an agent in front of the agent that signs so often, then refuses; its socket is $limited
limit_agent() {
    limited=$BATS_RUN_TMPDIR/limited.$BATS_TEST_NUMBER
    rm -f "$limited"
    python3 - "$limited" "$SSH_AUTH_SOCK" "$1" 3>&- >/dev/null 2>limited.words <<'END' &
import socket, struct, sys
path, behind, left = sys.argv[1], sys.argv[2], int(sys.argv[3])
def message(s):
    size = s.recv(4, socket.MSG_WAITALL)
    return size + s.recv(struct.unpack('>I', size)[0], socket.MSG_WAITALL) if len(size) == 4 else b''
door = socket.socket(socket.AF_UNIX)
door.bind(path)
door.listen()
while True:
    asker = door.accept()[0]
    question = message(asker)
    if question[4:5] == b'\x0d':
        left -= 1
    if left < 0 and question[4:5] == b'\x0d':
        asker.sendall(b'\0\0\0\x01\x05')
    elif question:
        agent = socket.socket(socket.AF_UNIX)
        agent.connect(behind)
        agent.sendall(question)
        asker.sendall(message(agent))
    asker.close()
END
    echo $! >limited.pid
    for _ in $(seq 100); do [ ! -S "$limited" ] || return 0; sleep 0.05; done
    cat limited.words
    return 1
}

@test "an export whose agent goes away at any signature is whole or not there" {
    start_agent
    make_footage recordings
    agent_store
    add_camera
    open_case
    for ((count = 0; count < 20; count++)); do
        limit_agent $count
        run --separate-stderr env SSH_AUTH_SOCK="$limited" "$EXHIBIT" export --case C1 --out out "${window[@]}" --quiet </dev/null
        kill "$(cat limited.pid)"
        rm limited.pid
        [ "$status" != 0 ] || break
        [ "$status" = 5 ]
        mentions 'refused to sign'
        agent_case 0           # settles what is left, with the agent as it should be
        nothing_left
        expect 0 log verify
    done
    echo "$count signatures"
    [ "$count" = 5 ]           # export-begun; SSHSIG and two of minisign; export-done
    expect 0 verify out/*.zip --signers store/allowed_signers
    expect 0 log verify
}

@test "a store is not half made when the agent goes away while it is made" {
    start_agent
    limit_agent 0
    export SSH_AUTH_SOCK=$limited
    expect 5 init store --organisation O --zone UTC --name N --initials OP
    sentence 'refused to sign'
    [ ! -e store ]
    mkdir store
    expect 5 init store --organisation O --zone UTC --name N --initials OP
    [ -z "$(ls -A store)" ]
}
