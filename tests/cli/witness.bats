#!/usr/bin/env bats
# What leaves the room bears witness to the log: proofs, an auditor's countersignatures, packages.
load common

export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x@example.org GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x@example.org
more() { exhibit case open --type other --reference police:1 --requested-by police --basis consent >/dev/null; }
log_key() { exhibit log checkpoint --json | jq -r .key; }

# audited: a store with some entries, and an auditor whose key is au.key
audited() {
    make_store
    make_key au AU auditor
    exhibit key trust au.pub --name 'A. Auditor' --initials AU --role auditor >/dev/null
    more
    more
}

# The auditor's machine has no store.
exhibit_alone() { env -u EXHIBIT_STORE -u EXHIBIT_KEY "$EXHIBIT" "$@" </dev/null; }
look() { run --separate-stderr exhibit_alone log witness "$@" --store-checkpoint kept --key au.key; }

# ask FROM [OPTION...]: a request in ./request
ask() {
    rm -f request
    exhibit log prove --from "$1" --out request "${@:2}" >/dev/null
}

# entered: what the auditor countersigned is in the log
entered() {
    ask "$1"
    look request --log "$(log_key)"
    [ "$status" = 0 ]
    echo "$output" >back
    expect 0 log anchor back
}

# python_verifies PROOF ENTRY KEY: a verifier of proofs that knows nothing of us
python_verifies() {
    python3 - "$@" <<'PY'
import base64, hashlib, json, subprocess, sys, tempfile
proof, entry, key = open(sys.argv[1]).read(), sys.argv[2], sys.argv[3]
head, note = proof.split("\n\n", 1)
lines = head.split("\n")
assert lines[0] == "c2sp.org/tlog-proof@v1" and lines[1].startswith("index ")
index, path = int(lines[1][6:]), [base64.b64decode(line) for line in lines[2:]]
text, signatures = note.split("\n\n", 1)
origin, size, root = text.split("\n")
name, number, public = key.split("+", 2)
public = base64.b64decode(public)[1:]
assert origin == name and hashlib.sha256(name.encode() + b"\n\1" + public).hexdigest()[:8] == number
signature = base64.b64decode(signatures.split("\n")[0].split(" ")[2])
assert signature[:4].hex() == number
with tempfile.TemporaryDirectory() as place:
    for file, data in (("key", bytes.fromhex("302a300506032b6570032100") + public), ("text", (text + "\n").encode()), ("sig", signature[4:])):
        open(place + "/" + file, "wb").write(data)
    subprocess.run(["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", place + "/key", "-keyform", "DER", "-in", place + "/text",
                    "-sigfile", place + "/sig"], check=True, stdout=subprocess.DEVNULL)
at, last, hash = index, int(size) - 1, hashlib.sha256(b"\0" + open(entry, "rb").read()).digest()   # RFC 9162, 2.1.3.2
for node in path:
    assert last
    if at % 2 or at == last:
        hash = hashlib.sha256(b"\1" + node + hash).digest()
        while at % 2 == 0 and at:
            at, last = at >> 1, last >> 1
    else:
        hash = hashlib.sha256(b"\1" + hash + node).digest()
    at, last = at >> 1, last >> 1
assert last == 0 and hash == base64.b64decode(root)
PY
}

@test "log checkpoint is what the log itself holds, and is renewed by each entry" {
    audited
    for n in 1 2 3; do
        expect 0 log checkpoint --quiet
        [ "$output" = "$(git --git-dir store/custody.git show custody:checkpoint)" ]
        [ "$(sed -n 2p <<<"$output")" = "$(acts | wc -l)" ]
        more
    done
    expect 0 log checkpoint --json
    json_lines
    expect 0 log checkpoint --out file
    expect 5 log checkpoint --out file
}

@test "a proof of an exhibit's entry verifies with a verifier that is not ours" {
    make_store
    open_case
    echo words >words.txt
    exhibit add words.txt --case C1 --from police --received '2021-12-06 10:15' >/dev/null || [ $? = 7 ]
    more
    expect 0 log prove --exhibit OP1 --out OP1.tlog-proof
    number=$(sed -n 's/^index //p' OP1.tlog-proof)
    commit=$(git --git-dir store/custody.git rev-list --reverse custody | sed -n "$((number + 1))p")
    git --git-dir store/custody.git show "$commit:entry.json" >entry.json
    [ "$(jq -r .act entry.json)" = add-done ]
    python_verifies OP1.tlog-proof entry.json "$(log_key)"
    sed -i 's/add-done/add-dome/' entry.json
    run ! python_verifies OP1.tlog-proof entry.json "$(log_key)"
    for n in $(seq 0 $(($(acts | wc -l) - 1))); do
        rm -f proof
        expect 0 log prove --entry "$n" --out proof
        commit=$(git --git-dir store/custody.git rev-list --reverse custody | sed -n "$((n + 1))p")
        git --git-dir store/custody.git show "$commit:entry.json" >entry.json
        python_verifies proof entry.json "$(log_key)"
    done
    expect 2 log prove --entry 99
    expect 2 log prove --exhibit OP9
    expect 2 log prove
    expect 2 log prove --entry 1 --from 1
    expect 2 log prove --from 99
    expect 2 log prove --from 3 --to 2
    expect 0 log prove --entry 0 --json
    json_lines
}

@test "a package's own proofs verify with a verifier that is not ours" {
    make_store
    open_case
    echo words >words.txt
    exhibit add words.txt --case C1 --from police --received '2021-12-06 10:15' >/dev/null || [ $? = 7 ]
    exhibit seal OP1 --out "$PWD" --folder --quiet >/dev/null
    mv ./*C1-P1 package
    key=$(jq -r .log.key package/record/package.json)
    [ "$key" = "$(log_key)" ]
    count=0
    for proof in package/record/custody/*.tlog-proof; do
        python_verifies "$proof" "${proof%.tlog-proof}.json" "$key"
        tail -n +"$(($(grep -n '^$' "$proof" | head -1 | cut -d: -f1) + 1))" "$proof" | cmp - package/record/checkpoint
        count=$((count + 1))
    done
    [ $count -ge 2 ]
    # The exhibit's own bag has a proof of the entry that was the newest about it.
    jq -cS '.exhibit_entries[-1]' store/exhibits/OP1/record/custody.json >entry.json
    python_verifies store/exhibits/OP1/record/custody.tlog-proof entry.json "$key"
    expect 0 verify package
    shows "custody.invalid/"
    expect 0 verify package --json
    [ "$(jq -r .log.key <<<"$output")" = "$key" ]
}

@test "an auditor countersigns a log that goes on, and the room can show it" {
    audited
    entered 0
    n=$(sed -n 2p kept)
    expect 0 log verify
    shows "the first $n entries, seen by" 'not anchored'
    more
    more
    entered "$n"
    [ "$(sed -n 2p kept)" -gt "$n" ]
    expect 0 log verify --json
    json_lines
    [ "$(jq -c '[.anchors[].entries]' <<<"$output")" = "[$n,$(sed -n 2p kept)]" ]
    [ "$(jq -r .anchored <<<"$output")" = "$(sed -n 2p kept)" ]
    # The same once more is seen once more.
    ask "$(sed -n 2p kept)" --to "$(sed -n 2p kept)"
    look request
    [ "$status" = 0 ]
    expect 0 log anchor back --json
    json_lines
    expect 0 log verify
}

@test "a log that was cut short is a rollback to the witness, and what was kept stays" {
    audited
    cp -a store old
    more
    ask 0
    look request --log "$(log_key)"
    [ "$status" = 0 ]
    cp kept before
    n=$(sed -n 2p kept)
    rm -rf store
    mv old store
    ask 0
    look request
    [ "$status" = 1 ]
    [[ $stderr == *ROLLBACK*"you saw $n"* ]]
    cmp kept before
    # It grows again, past what was seen, and is still another log.
    more
    more
    more
    ask "$n"
    look request
    [ "$status" = 1 ]
    [[ $stderr == *'SPLIT VIEW'* ]]
    cmp kept before
}

@test "a witness refuses what is not asked for, not of this log, or not kept by this key" {
    audited
    ask 0
    look request
    [ "$status" = 2 ]
    [[ $stderr == *--log* ]]
    look request --log "$(log_key | sed 's/..$//')"
    [ "$status" = 4 ]
    look request --log "$(log_key)"
    [ "$status" = 0 ]
    n=$(sed -n 2p kept)
    more
    for from in 0 1 $((n - 1)); do
        ask "$from"
        look request
        [ "$status" = 2 ]
        [[ $stderr == *"--from $n"* ]]
    done
    ask "$n"
    sed -i '2s/^./A/' request
    look request
    [ "$status" = 1 ] || [ "$status" = 4 ]
    ask "$n"
    # Another's checkpoint was put where ours is kept.
    cp kept mine
    make_key eve EVE auditor
    run --separate-stderr exhibit_alone log witness request --store-checkpoint kept --key eve.key
    [ "$status" = 5 ]
    sed -i '2s/.*/1/' kept
    look request
    [ "$status" = 1 ]
    cp mine kept
    # Another log.
    EXHIBIT_STORE=other exhibit init other --organisation Other --zone Europe/London >/dev/null
    EXHIBIT_STORE=other exhibit log prove --from 0 --out others >/dev/null
    look others
    [ "$status" = 1 ]
    look others --log "$(EXHIBIT_STORE=other log_key)"
    [ "$status" = 2 ]
    look /etc/hostname
    [ "$status" = 4 ]
    look request
    [ "$status" = 0 ]
}

@test "a witness whose clock was set back countersigns nothing" {
    need_faketime
    audited
    ask 0
    look request --log "$(log_key)"
    [ "$status" = 0 ]
    cp kept before
    ask "$(sed -n 2p kept)"
    run --separate-stderr faketime '2020-01-01 00:00' "$EXHIBIT" log witness request --store-checkpoint kept --key au.key
    [ "$status" = 5 ]
    [[ $stderr == *clock* ]]
    cmp kept before
}

@test "only an auditor's countersignature of this log is entered" {
    audited
    ask 0
    make_key eve EVE auditor
    run --separate-stderr exhibit_alone log witness request --store-checkpoint eves --log "$(log_key)" --key eve.key
    echo "$output" >back
    expect 1 log anchor back
    mentions 'no auditor'
    # An operator of the room is no witness.
    make_key bo BO operator
    exhibit key trust bo.pub --name Bo --initials BO --role operator >/dev/null
    run --separate-stderr exhibit_alone log witness request --store-checkpoint bos --log "$(log_key)" --key bo.key
    echo "$output" >back
    expect 1 log anchor back
    look request --log "$(log_key)"
    echo "$output" >back
    sed '2s/.*/1/' back >changed
    expect 1 log anchor changed
    expect 4 log anchor au.pub
    expect 3 log anchor nowhere
    sed '$d' back >bare
    expect 1 log anchor bare
    expect 0 log anchor back
    # Countersigned before the key was revoked: it still holds.
    sleep 1.1
    exhibit key revoke AU --reason left >/dev/null
    expect 0 log verify
    shows 'the first '
}

@test "a log that was made anew by who holds every key shows against what left the room" {
    audited
    open_case
    echo words >words.txt
    exhibit add words.txt --case C1 --from police --received '2021-12-06 10:15' >/dev/null || [ $? = 7 ]
    cp -a store forged
    more
    exhibit seal OP1 --out "$PWD" --quiet >/dev/null
    exhibit seal OP1 --out "$PWD" --recipient "$(age-keygen -o id 2>/dev/null; age-keygen -y id)" --quiet >/dev/null
    exhibit log checkpoint --out kept.checkpoint --quiet >/dev/null
    expect 0 log verify --against ./*.zip kept.checkpoint
    shows ./OP1 'the first '
    expect 0 log verify --against ./*.zip ./*.age --against kept.checkpoint --identity id --json
    json_lines
    [ "$(jq -c '[.against[].holds]' <<<"$output")" = '[true,true,true]' ]
    expect 5 log verify --against ./*.age
    # The whole history from before, with all its keys, and other entries since.
    for n in 1 2 3 4 5 6 7 8; do EXHIBIT_STORE=forged more; done
    EXHIBIT_STORE=forged expect 0 log verify
    EXHIBIT_STORE=forged expect 1 log verify --against ./*.zip
    shows rewritten FAILED
    EXHIBIT_STORE=forged expect 1 log verify --against kept.checkpoint --json
    [ "$(jq -c '[.against[].holds]' <<<"$output")" = '[false]' ]
    # Cut short.
    git --git-dir store/custody.git update-ref refs/heads/custody custody~6
    expect 0 log verify
    expect 1 log verify --against kept.checkpoint
    shows 'its last ones are gone'
    expect 1 log verify --against words.txt
    expect 3 log verify --against nowhere
    expect 2 log verify kept.checkpoint
}

@test "a log whose anchors are of other entries does not verify" {
    audited
    cp -a store forged
    more
    entered 0
    n=$(sed -n 2p kept)
    # The anchor of one history in another one, put there by who may.
    export EXHIBIT_STORE=forged
    for m in $(seq 1 "$n"); do more; done
    expect 1 log anchor back
    mentions rewritten
}

@test "the page of checkpoints: its commands hold its example, as they stand, and find a change" {
    python3 - "$EXHIBIT_TOP/docs/formats/checkpoint.md" <<'PY'
import re, sys
page = open(sys.argv[1]).read()
open("checkpoint", "w").write(re.search(r"## A note\n\n```\n(.*?)```", page, re.S).group(1))
for number, block in enumerate(re.findall(r"```sh\n(.*?)```", page, re.S)):
    open("block%d" % number, "w").write(block)
PY
    for block in block0 block1; do
        run bash "$block"
        [ "$status" = 0 ]
        [[ $output == *'the key has the id it says'*'Signature Verified Successfully'* ]]
    done
    sed -i '2s/.*/8/' checkpoint
    for block in block0 block1; do
        run bash "$block"
        [[ $output == *'Signature Verification Failure'* ]]
    done
}
