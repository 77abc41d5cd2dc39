#!/usr/bin/env bats
# key export: what is given out is what stock tools read.
load common

# two_keys: a store with OP (admin) and BO (operator, until a time, then revoked)
two_keys() {
    make_store
    make_key bo BO operator
    exhibit key trust bo.pub --name Bo --initials BO --role operator --until '2090-06-01 12:00' >/dev/null
}

@test "a key given out for minisign verifies what the key signed" {
    two_keys
    echo words >words
    minisign -S -s bo.key -m words </dev/null
    expect 0 key export BO --format minisign --out given.pub
    minisign -V -p given.pub -m words
    [ "$(wc -l <given.pub)" = 2 ]
    # The number in the comment is the one that minisign itself shows.
    sed -i 's/^RW/RX/' words.minisig
    expect 0 key export OP --format minisign
    run ! minisign -V -p <(printf '%s\n' "$output") -m words
    minisign -S -s bo.key -m words </dev/null
    run minisign -V -P "$(sed -n 2p op.pub)" -m words
    # It shows a number without the zeros it begins with; the comment has all sixteen digits.
    shown=$(grep -oiE 'key id( in [^ ]+)? is [0-9A-F]+' <<<"$output" | grep -oE '[0-9A-F]+$' | head -1)
    [ "$(printf '%016X' "0x$shown")" = "$(grep -oE '[0-9A-F]{16}' given.pub | head -1)" ]
}

@test "a key given out for OpenSSH is the key, with its initials" {
    two_keys
    expect 0 key export BO --format ssh --out given.pub
    cmp given.pub bo.ssh.pub
    [ "$(ssh-keygen -lf given.pub | cut -d' ' -f2,3)" = "$(ssh-keygen -lf bo.ssh.pub | cut -d' ' -f2) BO" ]
}

@test "a key is named by its fingerprint too, and is the acting person's where it is not named" {
    two_keys
    expect 0 key export "$(ssh-keygen -lf bo.ssh.pub | cut -d' ' -f2)" --format ssh
    [ "$output" = "$(cat bo.ssh.pub)" ]
    expect 0 key export --format ssh --key bo.key
    [ "$output" = "$(cat bo.ssh.pub)" ]
    expect 0 key export --format ssh
    [ "$output" = "$(cat op.ssh.pub)" ]
}

@test "the list of signers is what ssh-keygen and git judge by, with times" {
    two_keys
    expect 0 key export --format allowed-signers --out signers
    cmp signers store/allowed_signers
    [ "$(grep -c '' signers)" = 2 ]
    grep '^BO ' signers | grep 'valid-after=' | grep -q 'valid-before="20900601'
    git --git-dir store/custody.git -c gpg.ssh.allowedSignersFile="$PWD/signers" verify-commit custody
    ssh-keygen -Y find-principals -f signers -s <(git --git-dir store/custody.git cat-file commit custody | sed -n '/^gpgsig/,/END SSH/p' | sed 's/^gpgsig //; s/^ //')
}

@test "what others encrypt to the store's recipient, its recovery identity opens" {
    two_keys
    expect 0 key export --format age
    [[ $output == age1* ]]
    [ "$output" = "$(age-keygen -y store/private/recovery.age-identity)" ]
    echo words | age -r "$output" >sealed.age
    [ "$(age -d -i store/private/recovery.age-identity sealed.age)" = words ]
    expect 0 key export --format age --out given
    [ "$(age -R given <<<words | age -d -i store/private/recovery.age-identity)" = words ]
}

@test "no file is ever written over" {
    two_keys
    echo mine >mine
    ln -s nowhere link
    for format in minisign ssh allowed-signers age; do
        expect 5 key export --format $format --out mine
        sentence mine
        expect 5 key export --format $format --out link
    done
    [ "$(cat mine)" = mine ]
    [ ! -e nowhere ]
    expect 3 key export --format age --out nowhere/given
    sentence nowhere
}

@test "JSON has what was given out, and where it went" {
    two_keys
    for format in minisign ssh allowed-signers age; do
        expect 0 key export --format $format
        plain=$output
        expect 0 key export --format $format --json
        json_lines
        [ "$(jq -r .text <<<"$output")" = "$plain" ]
        [ "$(jq -r '.type, .format, .file' <<<"$output" | paste -sd' ')" = "key-export $format null" ]
        expect 0 key export --format $format --json --out "given.$format"
        [ "$(jq -r .file <<<"$output")" = "given.$format" ]
        [ "$(cat "given.$format")" = "$plain" ]
    done
    expect 0 key export BO --format ssh --json
    [ "$(jq -r '.initials + " " + .fingerprint' <<<"$output")" = "BO $(ssh-keygen -lf bo.ssh.pub | cut -d' ' -f2)" ]
}

@test "what cannot be meant is usage, with what could" {
    two_keys
    expect 2 key export
    mentions --format minisign ssh allowed-signers age
    expect 2 key export --format pem
    sentence pem minisign ssh allowed-signers age
    expect 2 key export ZZ --format ssh
    sentence ZZ 'key list'
    expect 2 key export OP --format age
    sentence OP age
    expect 2 key export OP BO --format ssh
    unset EXHIBIT_KEY
    expect 2 key export --format ssh
    sentence --key
    expect 0 key export --format age
}

@test "nothing is given out of a log that does not verify" {
    two_keys
    git --git-dir store/custody.git update-ref -d refs/heads/custody
    # shellcheck disable=SC2046  # two words
    forged=$(git --git-dir store/custody.git -c user.name=x -c user.email=x@x commit-tree -m x $(git --git-dir store/custody.git hash-object -t tree -w /dev/null))
    git --git-dir store/custody.git update-ref refs/heads/custody "$forged"
    for format in minisign ssh allowed-signers age; do
        expect 4 key export --format $format --out given
        [ ! -e given ]
    done
}

@test "nothing is given out of a log with an entry that is not signed" {
    two_keys
    commit=$(git --git-dir store/custody.git cat-file commit custody | sed '/^gpgsig/,/END SSH/d' |
        git --git-dir store/custody.git hash-object -t commit -w --stdin)
    git --git-dir store/custody.git update-ref refs/heads/custody "$commit"
    rm store/private/index*
    expect 1 log verify
    expect 5 key export --format allowed-signers --out given
    sentence 'does not verify' 'log verify'
    [ ! -e given ]
}

@test "key list shows since when each key counted, until when, and why it was revoked" {
    two_keys
    expect 0 key revoke BO --reason 'token lost' --since "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
    expect 0 key list
    [ "$(grep -c 'trusted from 20.*Z)' <<<"$output")" = 2 ]
    grep -A1 '^BO ' <<<"$output" | grep -qE 'until 2090-06-01 12:00:00 BST \(2090-06-01T11:00:00Z\); revoked since .*Z\): token lost$'
    expect 0 key list --json
    json_lines
    [ "$(jq -r 'select(.initials == "BO") | .state + " " + .until + " " + .revoked_why' <<<"$output")" = 'revoked 2090-06-01T11:00:00Z token lost' ]
    [ "$(jq -r 'select(.initials == "OP") | [.until, .revoked, .revoked_why] | unique | length' <<<"$output")" = 1 ]
}
