#!/usr/bin/env bats
# Time stamps of the log by an authority outside the room: carried by hand or asked over HTTP, entered, and checked again, by us
# and by stock openssl; and authorities, or those between, that mean harm.
load common
load tsa

export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x@example.org GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x@example.org

teardown() { if [ -s server.pid ]; then kill "$(cat server.pid)" || true; fi; }

more() { exhibit case open --type other --reference police:1 --requested-by police --basis consent >/dev/null; }
head_of() { git --git-dir store/custody.git rev-parse custody; }
# said FILTER: of the JSON that was printed
said() { jq -r "$1" <<<"$output"; }
# entry N FILTER
entry() { git --git-dir store/custody.git show "$(git --git-dir store/custody.git rev-list --reverse custody | sed -n "$(($1 + 1))p"):entry.json" | jq -r "$2"; }

# ready_to_stamp: a store of three entries, and an authority
ready_to_stamp() {
    make_store
    more
    more
    make_tsa root tsa
}
# carried [NAME]: asked for, and answered by the authority of that name: q and r
carried() {
    rm -f q r
    expect 0 log stamp --request q
    reply "${1:-tsa}" q r
}
# unchanged STATUS ARGUMENT...: fails so, and leaves no entry
unchanged() {
    local before
    before=$(head_of)
    expect "$@" || return 1
    [ "$before" = "$(head_of)" ] || { echo 'an entry was made'; return 1; }
}
# serve: the authority over HTTP; its port in $port
serve() {
    python3 "$BATS_TEST_DIRNAME/tsa.py" tsa.cnf >port 3>&- &
    echo $! >server.pid
    for _ in $(seq 100); do if [ -s port ]; then break; fi; sleep 0.05; done
    port=$(cat port)
    git config -f store/config tsa.ca "$PWD/root.pem"
    at tsa
}
# at PATH: the configured authority is there
at() { git config -f store/config tsa.url "http://127.0.0.1:$port/$1"; }

# ---- carried by hand ----

@test "a request is for the checkpoint as it stands, and says of which" {
    ready_to_stamp
    unset EXHIBIT_KEY
    expect 0 log stamp --request q --json
    json_lines
    note=$(git --git-dir store/custody.git show custody:checkpoint | sha256sum | cut -d' ' -f1)
    [ "$(said '[.type, .entries, .root, .sha256, .to] | @json')" = "[\"log-stamp-request\",3,\"$(git --git-dir store/custody.git show custody:checkpoint | sed -n 3p)\",\"$note\",\"q\"]" ]
    run openssl ts -query -in q -text
    shows 'Hash Algorithm: sha256' 'Certificate required: yes' 'Policy OID: unspecified'
    [ "$(openssl asn1parse -inform DER -in q | sed -n 's/.*OCTET STRING.*\[HEX DUMP\]://p' | tr A-F a-f)" = "$note" ]
    [[ "$(openssl asn1parse -inform DER -in q | tr A-F a-f)" == *":$(said .nonce)"* ]]
    unchanged 5 log stamp --request q
    sentence "'q' exists already"
}

@test "what comes back is entered, also when the log has grown, and verifies" {
    ready_to_stamp
    carried
    more
    more
    expect 0 log stamp --response r --request q --tsa-ca root.pem --json
    json_lines
    [ "$(said '[.type, .entries, .authority, .entry, .dry_run] | @json')" = '["log-stamp",3,"CN=Stamps of tsa,O=Test",5,false]' ]
    at=$(said .at)
    [ "$(entry 5 '[.act, .verb, .facts.entries, .facts.time, (.facts | keys | join(" ")), .details, .case] | @json')" = \
        "[\"log-stamp\",\"administration\",3,\"$at\",\"entries time token\",null,null]" ]
    expect 0 log verify
    shows VERIFIED 'not checked  time stamps in 1 entry'
    expect 0 log verify --tsa-ca root.pem
    shows "stamped      the first 3 entries, at $at by CN=Stamps of tsa,O=Test (entry 5)"
    expect 0 log verify --tsa-ca root.pem --json
    json_lines
    [ "$(said '[.verdict, .stamped, (.stamps[0] | .entries, .entry, .checked, .holds, .authority, .at)] | @json')" = \
        "[\"VERIFIED\",3,3,5,true,true,\"CN=Stamps of tsa,O=Test\",\"$at\"]" ]
    expect 0 log verify --json
    [ "$(said '[.verdict, .stamped, (.stamps[0] | .checked, .holds, .authority)] | @json')" = '["VERIFIED",0,false,null,null]' ]
}

@test "stock openssl checks a stamp by the commands of the manual's page alone" {
    ready_to_stamp
    carried
    more
    expect 0 log stamp --response r --tsa-ca root.pem
    python3 - "$EXHIBIT_TOP/docs/formats/custody.md" <<'PY'
import re, sys
page = open(sys.argv[1]).read()
open("commands", "w").write(re.search(r"## Time stamps.*?```sh\n(.*?)```", page, re.S).group(1))
PY
    grep -q 'openssl ts -verify' commands
    cd store
    cp ../root.pem tsa-roots.pem
    run bash -e ../commands
    [ "$status" = 0 ]
    shows 'Verification: OK' 'Time stamp: '
    # The one of other entries is found by the same commands.
    sed 's/entries - 1)/entries - 2)/' ../commands >../others
    run ! cmp -s ../commands ../others
    run bash -e ../others
    [ "$status" != 0 ]
    shows 'Verification: FAILED'
}

@test "a dry run writes, asks and enters nothing" {
    ready_to_stamp
    unchanged 0 log stamp --request q --dry-run
    shows 'would ask    the first 3 entries'
    [ ! -e q ]
    carried
    unchanged 0 log stamp --response r --request q --tsa-ca root.pem --dry-run --json
    json_lines
    [ "$(said '[.entries, .entry, .dry_run] | @json')" = '[3,null,true]' ]
    serve
    unchanged 0 log stamp --dry-run
    shows "would go to  http://127.0.0.1:$port/tsa"
    [ ! -e seen.tsq ]
}

@test "the same time stamp is entered once, however often it comes" {
    ready_to_stamp
    carried
    "$EXHIBIT" log stamp --response r --tsa-ca root.pem >one 2>&1 </dev/null &
    "$EXHIBIT" log stamp --response r --tsa-ca root.pem >two 2>&1 </dev/null &
    wait
    [ "$(count_acts log-stamp)" = 1 ]
    grep -l 'stands in the log already, in entry 3' one two
    unchanged 5 log stamp --response r --tsa-ca root.pem
    sentence "this time stamp stands in the log already, in entry 3"
    unchanged 5 log stamp --response r --tsa-ca root.pem --dry-run
    # Another one of the same checkpoint is another.
    reply tsa q r2
    expect 0 log stamp --response r2 --tsa-ca root.pem
}

@test "a response with another nonce, or of another request, is not taken" {
    ready_to_stamp
    carried
    mv q first.tsq
    rm -f q
    expect 0 log stamp --request q
    unchanged 1 log stamp --response r --request q --tsa-ca root.pem
    sentence "'r'" 'its nonce is not that of the request'
    more
    rm -f q
    expect 0 log stamp --request q
    unchanged 1 log stamp --response r --request q --tsa-ca root.pem
    sentence 'another SHA-256 than the request'
    expect 0 log stamp --response r --request first.tsq --tsa-ca root.pem
}

@test "a stamp of something else, or of another log, is not taken" {
    ready_to_stamp
    openssl ts -query -data /etc/hostname -sha256 -cert -out q 2>/dev/null
    reply tsa q r
    unchanged 1 log stamp --response r --tsa-ca root.pem
    sentence 'it is of something else: no checkpoint of this log has that SHA-256'
    EXHIBIT_STORE=other exhibit init other --organisation Other --zone Europe/London >/dev/null
    rm q
    EXHIBIT_STORE=other exhibit log stamp --request q >/dev/null
    reply tsa q r
    unchanged 1 log stamp --response r --tsa-ca root.pem
    openssl ts -query -data /etc/hostname -sha512 -cert -out q 2>/dev/null
    sed -i 's/^digests.*/digests = sha512/' tsa.cnf
    reply tsa q r
    unchanged 4 log stamp --response r --tsa-ca root.pem
    sentence 'not a SHA-256 digest'
}

@test "a response that was not granted says why" {
    ready_to_stamp
    sed -i 's/^digests.*/digests = sha512/' tsa.cnf
    carried || true
    unchanged 1 log stamp --response r --tsa-ca root.pem
    sentence "'r'" 'the authority did not give a time stamp: rejected; algorithm not known'
}

@test "an altered token, and one by another authority, are not taken" {
    ready_to_stamp
    carried
    make_tsa other eve
    unchanged 1 log stamp --response r --tsa-ca other.pem
    sentence 'does not hold by the authorities given' 'issuer certificate'
    reply eve q evil
    unchanged 1 log stamp --response evil --tsa-ca root.pem
    cat other.pem root.pem >both.pem
    # The last bytes are the signature's, those before the certificate the statement's.
    python3 - <<'PY'
import re
whole = open("r", "rb").read()
for name, at in (("signature", len(whole) - 5), ("time", re.search(rb"\x18[\x0f-\x17]20", whole).start() + 6)):
    open(name, "wb").write(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
open("longer", "wb").write(whole + b"x")
open("shorter", "wb").write(whole[:-1])
PY
    unchanged 1 log stamp --response signature --tsa-ca root.pem
    sentence 'signature does not hold'
    unchanged 1 log stamp --response time --tsa-ca root.pem
    for bad in longer shorter q root.pem /etc/hostname; do
        unchanged 4 log stamp --response "$bad" --tsa-ca root.pem
        sentence "'$bad'" 'not a response'
    done
    head -c 70000 /dev/zero >large
    unchanged 4 log stamp --response large --tsa-ca root.pem
    expect 0 log stamp --response r --tsa-ca both.pem
}

@test "a certificate that has expired since holds; one that had expired does not" {
    ready_to_stamp
    make_tsa root brief -enddate "$(date -u -d '5 seconds' +%Y%m%d%H%M%SZ)"
    carried brief
    expect 0 log stamp --response r --tsa-ca root.pem
    sleep 6
    expect 0 log verify --tsa-ca root.pem
    shows 'by CN=Stamps of brief,O=Test'
    carried brief
    unchanged 1 log stamp --response r --tsa-ca root.pem
    sentence expired
}

@test "a stamp that does not hold is found by log verify, which names the entry" {
    ready_to_stamp
    carried
    expect 0 log stamp --response r --tsa-ca root.pem
    make_ca other
    expect 1 log verify --tsa-ca other.pem
    shows FAILED 'problem      entry 3: its time stamp does not hold: ' 'issuer certificate'
    [[ $output != *stamped* ]]
    expect 1 log verify --tsa-ca other.pem --json
    json_lines
    [ "$(said '[.verdict, .stamped, (.stamps[0] | .checked, .holds, .authority), (.problems | length)] | @json')" = '["FAILED",0,true,false,null,1]' ]
    expect 3 log verify --tsa-ca nowhere.pem
    expect 4 log verify --tsa-ca store/config
    sentence "'store/config'" 'no certificate'
    expect 0 log verify
}

@test "a room whose clock is wrong is told so" {
    need_faketime
    ready_to_stamp
    carried
    run --separate-stderr faketime '-2 hours' "$EXHIBIT" log stamp --response r --tsa-ca root.pem
    [ "$status" = 1 ]
    sentence 'which is after' 'by more than 1 min 1.500 s: one of the two clocks is wrong'
    # Entries of tomorrow, stamped today.
    run faketime '+1 day' "$EXHIBIT" case open --type other --reference police:1 --requested-by police --basis consent
    [ "$status" = 0 ]
    carried
    run --separate-stderr faketime '+1 day' "$EXHIBIT" log stamp --response r --tsa-ca root.pem
    [ "$status" = 1 ]
    sentence 'which is before' 'the time of the last of the entries'
    [ "$(count_acts log-stamp)" = 0 ]
}

@test "who is not trusted enters nothing; every role may" {
    ready_to_stamp
    make_key no NO auditor
    carried
    unchanged 5 log stamp --response r --tsa-ca root.pem --key no.key
    sentence 'is not trusted in this store'
    unchanged 2 log stamp --response r --tsa-ca root.pem --key ''
    for role in operator auditor dpo; do
        make_key "$role" "${role^^}" "$role"
        exhibit key trust "$role.pub" --name Person --initials "${role^^}" --role "$role" >/dev/null
        reply tsa q r
        expect 0 log stamp --response r --tsa-ca root.pem --key "$role.key"
    done
    exhibit key revoke AUDITOR --reason left >/dev/null
    reply tsa q r
    unchanged 5 log stamp --response r --tsa-ca root.pem --key auditor.key
    expect 0 log verify --tsa-ca root.pem
}

@test "usage, missing files, a damaged log and a busy store have their statuses" {
    ready_to_stamp
    carried
    unchanged 2 log stamp
    sentence 'no authority is configured' 'tsa.url' '--request FILE'
    unchanged 2 log stamp --response r
    sentence '--tsa-ca'
    unchanged 2 log stamp --request x --timeout 3
    unchanged 2 log stamp --nonsense
    unchanged 2 log stamp words
    unchanged 3 log stamp --response nowhere --tsa-ca root.pem
    unchanged 3 log stamp --response r --tsa-ca nowhere
    unchanged 3 log stamp --response r --request nowhere --tsa-ca root.pem
    unchanged 3 log stamp --request no/such/place
    unchanged 4 log stamp --response r --request r --tsa-ca root.pem
    sentence "'r'" 'not a request'
    unchanged 4 log stamp --response r --tsa-ca q
    flock store/lock sleep 8 3>&- &
    sleep 0.3
    unchanged 6 log stamp --response r --tsa-ca root.pem
    wait
    cp store/config kept
    for setting in tsa.url=https://h/x tsa.url=ftp://h/x tsa.url=http://u:secret@h/x tsa.url=https://u:secret@h/x tsa.url=u:secret@h tsa.ca=relative.pem tsa.colour=red tsa.x.url=http://h/; do
        git config -f store/config "${setting%%=*}" "${setting#*=}"
        unchanged 4 log stamp --request x
        sentence config
        [[ $stderr != *:secret* ]]
        cp kept store/config
    done
    git config -f store/config tsa.url https://h/x
    unchanged 4 log stamp
    sentence 'https is not spoken here'
    cp kept store/config
    # Nothing is asked of a log that does not verify, nor entered in it.
    git --git-dir store/custody.git update-ref refs/heads/custody "$(git --git-dir store/custody.git commit-tree -p custody~1 -m x 'custody^{tree}')"
    rm store/private/index*
    unchanged 5 log stamp --request x
    unchanged 5 log stamp --response r --tsa-ca root.pem
    sentence 'log verify'
}

@test "a store that cannot be written to takes no stamp, and gives requests all the same" {
    [ "$(id -u)" != 0 ] || skip 'root may write everywhere'
    ready_to_stamp
    chmod -R a-w store
    carried
    run --separate-stderr exhibit log stamp --response r --tsa-ca root.pem
    chmod -R u+w store
    [ "$status" = 3 ]
    [ "$(count_acts log-stamp)" = 0 ]
}

@test "on a full or read-only disk nothing is entered" {
    unshare --mount --map-root-user true 2>/dev/null || skip 'no mounts of our own here'
    ready_to_stamp
    carried
    before=$(head_of)
    # shellcheck disable=SC2016
    run unshare --mount --map-root-user sh -c 'mount --bind store store && mount -o remount,bind,ro store &&
        exec "$EXHIBIT" log stamp --response r --tsa-ca root.pem </dev/null'
    [ "$status" = 3 ]
    [[ $output == *'Read-only file system'* ]]
    [ "$before" = "$(head_of)" ]
    expect 0 log stamp --response r --tsa-ca root.pem
}

# ---- over HTTP ----

@test "an authority that is configured is asked, and its stamp entered" {
    ready_to_stamp
    serve
    expect 0 log stamp --json
    json_lines
    [ "$(said '[.entries, .entry] | @json')" = '[3,3]' ]
    grep -qi '^content-type: application/timestamp-query' seen.headers
    # A proxy in the environment is not asked; a query in the URL is sent.
    at 'tsa?policy=x'
    http_proxy=http://127.0.0.1:1 HTTP_PROXY=http://127.0.0.1:1 expect 0 log stamp
    grep -q '^POST /tsa?policy=x HTTP/1' seen.headers
    more
    expect 0 log stamp
    shows 'the first 6 entries'
    expect 0 log verify --tsa-ca root.pem --json
    [ "$(said '[.stamps[] | [.entries, .entry, .holds]] | @json')" = '[[3,3,true],[4,4,true],[6,6,true]]' ]
}

@test "a hostile authority ends with a sentence, in bounded time, and leaves no entry" {
    ready_to_stamp
    serve
    SECONDS=0
    for path in text page tail cut huge endless-form status redirect empty close no-http silent drip-head drip-body endless-heads nowhere; do
        at "$path"
        unchanged 3 log stamp --timeout 1 --quiet
        sentence "authority 'http://127.0.0.1:$port/$path'"
    done
    [ "$SECONDS" -lt 30 ]
    at other-form
    unchanged 4 log stamp --quiet
    sentence 'not a response of a time-stamp authority'
    git config -f store/config tsa.url http://127.0.0.1:1/
    unchanged 3 log stamp --timeout 1 --quiet
    git config -f store/config tsa.url http://no.such.host.invalid/
    unchanged 3 log stamp --timeout 1 --quiet
    for seconds in 0 301 soon -1; do unchanged 2 log stamp "--timeout=$seconds"; done
}

@test "an authority that answers another request is not believed" {
    ready_to_stamp
    serve
    expect 0 log stamp
    openssl ts -reply -config tsa.cnf -queryfile seen.tsq -out replay.tsr 2>/dev/null
    at replay
    unchanged 1 log stamp --quiet
    sentence 'another SHA-256 than the request'
    # The right digest, from somebody who does not know the nonce.
    exhibit log stamp --dry-run --json | jq -r .sha256 >digest
    openssl ts -query -digest "$(cat digest)" -sha256 -cert -out own.tsq 2>/dev/null
    openssl ts -reply -config tsa.cnf -queryfile own.tsq -out replay.tsr 2>/dev/null
    unchanged 1 log stamp --quiet
    sentence nonce
    make_ca other
    at tsa
    unchanged 1 log stamp --quiet --tsa-ca other.pem
    sentence 'does not hold by the authorities given'
}

@test "who is not trusted does not even ask" {
    ready_to_stamp
    serve
    make_key no NO auditor
    unchanged 5 log stamp --key no.key
    [ ! -e seen.tsq ]
}

@test "the process that speaks with the authority has none of the keys" {
    [ "$(id -u)" = 0 ] || skip 'only root looks into it'
    [ -z "${SAN:-}" ] || skip 'a sanitizer keeps what was freed'
    ready_to_stamp
    serve
    at silent
    "$EXHIBIT" log stamp --timeout 6 --quiet >/dev/null 2>&1 </dev/null 3>&- &
    parent=$!
    for _ in $(seq 100); do if [ -e seen.tsq ]; then break; fi; sleep 0.05; done
    child=$(cat "/proc/$parent/task/$parent/children")
    [ -n "$child" ]
    python3 - "${child% }" "$parent" store/private/store.key op.key <<'PY'
import base64, sys
def holds(pid, secret):
    with open("/proc/%s/maps" % pid) as maps, open("/proc/%s/mem" % pid, "rb") as memory:
        for line in maps:
            span, rights = line.split()[:2]
            if "r" not in rights or "[v" in line:
                continue
            begin, end = (int(part, 16) for part in span.split("-"))
            memory.seek(begin)
            try:
                if secret in memory.read(end - begin):
                    return True
            except OSError:
                pass
    return False
child, parent, store, own = sys.argv[1:]
secrets = [base64.b64decode(open(store).read()), base64.b64decode(open(own).read().split("\n")[1])[62:94]]
assert all(len(secret) == 32 for secret in secrets)
for secret in secrets:
    assert holds(parent, secret), "it is not where it is looked for"
    assert not holds(child, secret), "a key is in the process apart"
PY
    kill "$parent"
    wait "$parent" || true
}
