#!/usr/bin/env bats
# A single file against detached signatures of it: the verdicts of OpenSSH, minisign and signify on their own vectors, and
# what is stricter here, by name.
load common

vectors() {
    signatures=$EXHIBIT_MATERIAL/signatures
    [ -d "$signatures" ] || skip 'no material'
    unset EXHIBIT_STORE EXHIBIT_KEY
}

# rows FILE COLUMNS: the table of an EXPECTED.md, without its head, blanks for bars
rows() { grep '^|' "$1" | tail -n +3 | cut -d'|' -f2-"$(($2 + 1))" | tr '|' ' '; }

# judged STATUS VERDICT ARGUMENT...
judged() {
    expect "$1" verify "${@:3}"
    shows ": $2"
}

@test "each SSH signature of OpenSSH's table gets its verdict, or is refused by name" {
    vectors
    local of=$signatures/sshsig-debian signature list principal name_space verdict expected
    rows "$of/EXPECTED.md" 5 >table
    [ "$(wc -l <table)" = 26 ]
    while read -r signature list principal name_space verdict; do
        case $verdict:$signature:$list:$principal in
        accepted:k1-cert.* | accepted:k2.* | accepted:k3.*) expected=5 ;;   # a certificate, RSA, ECDSA
        accepted:*) expected=0 ;;
        # No list names the key: not accepted, and no fault of the signature.
        rejected:*:allowed_signers.ca:*) expected=7 ;;
        # ssh-keygen must be told who is to have signed; here the name is shown.
        rejected:*:nobody@exhibit) expected=0 ;;
        rejected:bad-signature-bit.sig:* | rejected:k1.*) expected=1 ;;
        rejected:*) expected=4 ;;
        *) echo "what is this row: $verdict $signature"; return 1 ;;
        esac
        echo "$signature with $list, namespace $name_space: OpenSSH $verdict it"
        expect $expected verify "$of/manifest.txt" --signature "$of/$signature" --signers "$of/$list" --namespace "$name_space"
        case $expected in
        0) shows ': GOOD' signer@exhibit SHA256:FOBUf0qFDYHaTSgXhtRZHIt6nSVZ+vROv+EWkIkGCBk ;;
        5) shows ': REFUSED' E-SIGNATURE-ALGORITHM 'ssh-keygen -Y verify' ;;
        *) run ! grep -q ': GOOD' <<<"$output" ;;
        esac
    done <table
}

@test "each minisign signature of minisign's table gets its verdict" {
    vectors
    local of=$signatures/minisign-debian signature message verdict expected
    rows "$of/EXPECTED.md" 3 >table
    [ "$(wc -l <table)" = 19 ]
    while read -r signature message verdict; do
        case $verdict:$signature in
        accepted:*) expected=0 ;;
        rejected:bad-algo-* | rejected:bad-keyid.* | rejected:bad-signature-* | rejected:bad-trusted-* | rejected:*otherkey*) expected=1 ;;
        rejected:*) expected=4 ;;
        *) echo "what is this row: $verdict $signature"; return 1 ;;
        esac
        echo "$signature of $message: minisign $verdict it"
        expect $expected verify "$of/$message" --signature "$of/$signature" --public-key "$of/a.pub"
        [ $expected != 0 ] || shows ': GOOD' 'B98E58F07375BD80' 'case 42'
    done <table
}

@test "signatures of other makers of minisign verify" {
    vectors
    local of=$signatures/minisign-aead
    judged 0 GOOD "$of/message.txt" --signature "$of/message.txt.minisig" --public-key "$of/minisign.pub"
    judged 1 BAD "$of/message.txt" --signature "$of/robtest.ps1.minisig" --public-key "$of/minisign.pub"
    of=$signatures/minisign-jedisct1
    judged 0 GOOD "$of/test" --signature "$of/test.legacy.minisig" --public-key "$of/minisign.pub"
    shows minisign-legacy
    judged 0 GOOD "$of/test" --signature "$of/test.prehashed.minisig" --public-key "$of/minisign.pub"
}

@test "signify's signatures get signify's verdict" {
    vectors
    local of=$signatures/signify
    judged 0 GOOD "$of/orders.txt" --signature "$of/orders.txt.sig" --public-key "$of/regresskey.pub"
    shows '(signify, key number'
    judged 1 BAD "$of/forgery.txt" --signature "$of/forgery.txt.sig" --public-key "$of/regresskey.pub"
    shows E-SIGNATURE-MISMATCH
}

@test "stricter than signify: nothing may follow its signature, such as the message that signify -e puts there" {
    vectors
    local of=$signatures/signify
    cat "$of/orders.txt.sig" "$of/orders.txt" >embedded.sig
    judged 4 MALFORMED "$of/orders.txt" --signature embedded.sig --public-key "$of/regresskey.pub"
}

@test "OpenSSH's own vectors verify, or are refused by name" {
    vectors
    local of=$signatures/openssh-sshsig kind
    judged 0 GOOD "$of/signed-data" --signature "$of/ed25519.sig" --public-key "$of/ed25519.pub" --namespace unittest
    judged 1 BAD "$of/namespace" --signature "$of/ed25519.sig" --public-key "$of/ed25519.pub" --namespace unittest
    judged 1 BAD "$of/signed-data" --signature "$of/ed25519.sig" --public-key "$of/ed25519.pub"
    shows E-SIGNATURE-NAMESPACE unittest --namespace
    for kind in rsa:ssh-rsa ecdsa:ecdsa-sha2-nistp256 ecdsa_sk:sk-ecdsa-sha2-nistp256@openssh.com \
        ecdsa_sk_webauthn:sk-ecdsa-sha2-nistp256@openssh.com ed25519_sk:sk-ssh-ed25519@openssh.com \
        mldsa44-ed25519:ssh-mldsa44-ed25519@openssh.com; do
        judged 5 REFUSED "$of/signed-data" --signature "$of/${kind%%:*}.sig" --namespace unittest
        shows E-SIGNATURE-ALGORITHM "'${kind#*:}'" 'ssh-keygen -Y verify'
        expect 5 verify "$of/signed-data" --signature "$of/ed25519.sig" --public-key "$of/${kind%%:*}.pub"
        sentence "'${kind#*:}'" 'ssh-keygen -Y verify'
    done
}

@test "RustCrypto's vectors verify, or are refused by name" {
    vectors
    local of=$signatures/rustcrypto-sshsig kind
    printf testing >message
    judged 0 GOOD message --signature "$of/sshsig_ed25519" --public-key "$of/id_ed25519.pub" --namespace example
    for kind in dsa_1024:ssh-dss ecdsa_p256:ecdsa-sha2-nistp256 ecdsa_p384:ecdsa-sha2-nistp384 rsa_3072:ssh-rsa \
        sk_ed25519:sk-ssh-ed25519@openssh.com; do
        judged 5 REFUSED message --signature "$of/sshsig_${kind%%:*}" --namespace example
        shows "'${kind#*:}'"
    done
}

# signed: report.txt with report.txt.sig and report.txt.minisig by stock tools, and the lists signers and nobody
signed() {
    unset EXHIBIT_STORE EXHIBIT_KEY
    echo words >report.txt
    ssh-keygen -q -t ed25519 -N '' -C '' -f k
    ssh-keygen -q -Y sign -n exhibit -f k report.txt 2>/dev/null
    minisign -G -W -p m.pub -s m.key >/dev/null
    minisign -S -s m.key -m report.txt -t 'signed by hand' >/dev/null
    echo "op $(cat k.pub)" >signers
    ssh-keygen -q -t ed25519 -N '' -C '' -f other
    echo "other $(cat other.pub)" >nobody
}

@test "signatures that stand beside a file are found, and each is judged" {
    signed
    expect 0 verify report.txt --signers signers --public-key m.pub
    shows 'report.txt.sig (sshsig, sha512, namespace exhibit)' 'report.txt.minisig (minisign, blake2b-512, key number' 'signed by hand'
    [ "$(grep -c ': GOOD' <<<"$output")" = 2 ]
    rm report.txt.minisig
    judged 0 GOOD report.txt --signers signers
    run ! grep -q minisign <<<"$output"
}

@test "a file that is changed fails, by each form, and so does the wrong one of two" {
    signed
    echo more >>report.txt
    expect 1 verify report.txt --signers signers --public-key m.pub
    [ "$(grep -c ': BAD' <<<"$output")" = 2 ]
    echo words >report.txt
    minisign -S -s m.key -m signers -x report.txt.minisig >/dev/null
    expect 1 verify report.txt --signers signers --public-key m.pub
    [ "$(grep -c ': BAD' <<<"$output")" = 1 ]
    [ "$(grep -c ': GOOD' <<<"$output")" = 1 ]
}

@test "a key that no list names is only partly good, and one that was named by itself must be the one" {
    signed
    rm report.txt.minisig
    judged 7 PARTIAL report.txt
    shows W-SIGNATURE-SIGNER-UNKNOWN "$(ssh-keygen -lf k.pub | cut -d' ' -f2)"
    judged 7 PARTIAL report.txt --signers nobody
    judged 0 GOOD report.txt --public-key k.pub
    judged 1 BAD report.txt --public-key other.pub
    shows E-SIGNATURE-KEY
    judged 0 GOOD report.txt --public-key other.pub --signers signers
}

@test "minisign's signature by a listed key verifies without a minisign key, and with none at all it is not judged" {
    make_key op OP admin
    unset EXHIBIT_STORE EXHIBIT_KEY
    echo words >report.txt
    minisign -S -s op.key -m report.txt >/dev/null
    echo "op $(cut -d' ' -f1-2 op.ssh.pub)" >signers
    judged 0 GOOD report.txt --signers signers
    judged 0 GOOD report.txt --public-key op.ssh.pub
    judged 0 GOOD report.txt --public-key op.pub
    judged 2 'NOT JUDGED' report.txt
    shows E-SIGNATURE-NO-KEY --public-key
}

@test "the key must be valid at the time judged: now, or --at" {
    signed
    rm report.txt.minisig
    echo "op valid-after=\"20200101Z\",valid-before=\"20210101Z\" $(cat k.pub)" >signers
    judged 1 BAD report.txt --signers signers
    shows E-SIGNATURE-SIGNER-EXPIRED
    judged 0 GOOD report.txt --signers signers --at 2020-06-01T00:00:00Z
    judged 1 BAD report.txt --signers signers --at 2019-12-31T23:59:59Z
    shows E-SIGNATURE-SIGNER-NOT-YET
    expect 2 verify report.txt --signers signers --at yesterday
    sentence --at
    echo "op namespaces=\"file,git\" $(cat k.pub)" >signers
    judged 1 BAD report.txt --signers signers
    shows E-SIGNATURE-SIGNER-NAMESPACE
}

@test "standard input, a pipe and a large file are read as a stream" {
    signed
    run --separate-stderr "$EXHIBIT" verify - --signature report.txt.sig --signers signers <report.txt
    [ "$status" = 0 ]
    shows '-: GOOD'
    judged 0 GOOD <(cat report.txt) --signature <(cat report.txt.sig) --signers signers
    truncate -s 500M big
    minisign -S -s m.key -m big >/dev/null
    ssh-keygen -q -Y sign -n exhibit -f k big 2>/dev/null
    run --separate-stderr bash -c 'ulimit -v 400000; exec "$@"' - "$EXHIBIT" verify big --signers signers --public-key m.pub
    [ -n "$SAN" ] || [ "$status" = 0 ]
}

@test "a legacy signature is checked up to 1 GiB, and refused beyond, of a file and of a pipe" {
    vectors
    local of=$signatures/minisign-debian
    minisign -G -W -p m.pub -s m.key >/dev/null
    truncate -s 64M limit
    minisign -S -l -s m.key -m limit >/dev/null
    judged 0 GOOD limit --public-key m.pub
    shows minisign-legacy
    rm limit.minisig
    truncate -s $(((1 << 30) + 1)) limit
    judged 5 REFUSED limit --signature "$of/bin.dat.legacy.minisig" --public-key "$of/a.pub"
    shows E-SIGNATURE-LEGACY-SIZE 'minisign -V'
    judged 5 REFUSED <(cat limit) --signature "$of/bin.dat.legacy.minisig" --public-key "$of/a.pub"
    shows E-SIGNATURE-LEGACY-SIZE
}

@test "JSON has one object a signature, and nothing is known that was not found" {
    signed
    expect 0 verify report.txt --signers signers --public-key m.pub --json
    json_lines
    [ "$(wc -l <<<"$output")" = 2 ]
    head -n 1 <<<"$output" | jq -e --arg sha "$(sha256sum report.txt | cut -d' ' -f1)" --arg key "$(ssh-keygen -lf k.pub | cut -d' ' -f2)" '
        .type == "signature" and .subject == "report.txt" and .signature == "report.txt.sig" and .verdict == "GOOD"
        and .form == "sshsig" and .hash == "sha512" and .signer == $key and .signer_name == "op" and .signer_state == "valid"
        and .signer_given == false and .namespace == "exhibit" and .trusted_comment == null and .key_number == null
        and .sha256 == $sha and .size == 6 and .findings == [] and (.at | test("Z$"))'
    tail -n 1 <<<"$output" | jq -e '.form == "minisign" and .hash == "blake2b-512" and .trusted_comment == "signed by hand"
        and .signer_given and (.key_number | test("^[0-9A-F]{16}$")) and .namespace == null'
    echo nonsense >report.txt.sig
    rm report.txt.minisig
    expect 4 verify report.txt --json
    jq -e '.verdict == "MALFORMED" and .form == null and .hash == null and .signer == null and .signer_state == null
        and .sha256 == null and .size == null and .findings[0].code == "E-SIGNATURE-MALFORMED"' <<<"$output"
}

@test "of several verdicts the worst is the exit status" {
    signed
    echo nonsense >bad.sig
    expect 4 verify report.txt --signature report.txt.sig --signature bad.sig --signers signers
    expect 4 verify report.txt --signature bad.sig --signature report.txt.sig
    echo other >other.txt
    cp report.txt.sig other.txt.sig
    expect 1 verify other.txt report.txt --signers signers
    expect 1 verify report.txt other.txt --signers signers
}

@test "a trusted comment that was changed is not shown" {
    signed
    sed -i 's/signed by hand/signed by head/' report.txt.minisig
    judged 1 BAD report.txt --signature report.txt.minisig --public-key m.pub
    shows E-SIGNATURE-COMMENT
    run ! grep -q 'by head' <<<"$output"
}

@test "what cannot be meant is a usage error" {
    signed
    expect 2 verify report.txt signers --signature report.txt.sig
    mentions --signature
    rm report.txt.*
    expect 2 verify report.txt --public-key k.pub
    sentence report.txt --signature
    expect 2 verify report.txt --namespace file
    printf 'PK\3\4' >some.zip
    cp k.pub some.zip.sig
    expect 2 verify some.zip --at 2020-06-01T00:00:00Z
    sentence some.zip
    expect 1 verify some.zip
    shows FAILED
}

@test "files that are not there or are not what they should be: the right status and one sentence" {
    signed
    expect 3 verify missing.txt --signature report.txt.sig
    sentence missing.txt
    expect 3 verify report.txt --signature missing.sig
    sentence missing.sig
    expect 3 verify report.txt --public-key missing.pub
    sentence missing.pub
    expect 3 verify . --signature report.txt.sig
    sentence
    expect 4 verify report.txt --public-key signers
    sentence signers --signers
    cat k.pub other.pub >two.pub
    expect 4 verify report.txt --public-key two.pub
    sentence two.pub 'more than one'
    expect 4 verify report.txt --public-key report.txt
    sentence report.txt
    head -c 70000 /dev/zero >zeros.sig
    judged 4 MALFORMED report.txt --signature zeros.sig
    : >empty.sig
    judged 4 MALFORMED report.txt --signature empty.sig
}

@test "verify writes nothing beside the file" {
    signed
    find . -printf '%p %T@\n' | sort >../before
    expect 0 verify report.txt --signers signers --public-key m.pub
    find . -printf '%p %T@\n' | sort >../after
    cmp ../before ../after
}

@test "words of a signature cannot act on the terminal" {
    signed
    minisign -S -s m.key -m report.txt -t "$(printf 'a\033[2Jb')" >/dev/null
    expect 0 verify report.txt --signers signers --public-key m.pub
    run ! grep -q "$(printf '\033')" <<<"$output"
    ssh-keygen -q -Y sign -n "$(printf 'x\033[2J')" -f k report.txt 2>/dev/null <<<y || true
    expect 1 verify report.txt --signature report.txt.sig --signers signers
    run ! grep -q "$(printf '\033')" <<<"$output"
}
