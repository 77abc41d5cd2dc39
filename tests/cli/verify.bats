#!/usr/bin/env bats
load common

# packed: an export to judge, in $package; everything but it, its signers and the public key is put away
packed() {
    ready
    export_it 0 >/dev/null
    package=$PWD/$(echo out/*.zip)
    cp store/allowed_signers signers
    mv store put-away
    unset EXHIBIT_STORE EXHIBIT_KEY
}

# again: packs ./unpacked anew with stock zip, as a forger would
again() { (cd "$(dirname "$bag")" && rm -f "$OLDPWD/again.zip" && find . -type f | sed 's|^\./||' | sort | zip -q -X -0 "$OLDPWD/again.zip" -@); }

# judged STATUS VERDICT ARGUMENT...
judged() {
    expect "$1" verify "${@:3}"
    shows "$2"
}

@test "a package verifies with its signers, with no store, no configuration and no home" {
    packed
    mkdir elsewhere
    cd elsewhere
    run --separate-stderr env -i "$EXHIBIT" verify "$package" --signers ../signers </dev/null
    [ "$status" = 0 ]
    shows VERIFIED OP
}

@test "without a list of signers it is only partly verified, and says why" {
    packed
    judged 7 PARTIAL "$package"
}

@test "with a list that does not know the signer, likewise" {
    packed
    EXHIBIT_KEY=x make_key st ST admin
    echo "ST namespaces=\"exhibit\" $(cut -d' ' -f1-2 st.ssh.pub)" >others
    judged 7 PARTIAL "$package" --signers others
}

@test "with a list in which the signer's time is over, it is not verified" {
    packed
    sed 's/ssh-ed25519/valid-before="20200101Z" ssh-ed25519/; s/valid-after="[^"]*",\?//' signers >over
    sed -i 's/,* valid-before/,valid-before/; s/ ,/ /' over
    run --separate-stderr exhibit verify "$package" --signers over
    [ "$status" != 0 ]
    [[ $output != *' VERIFIED'* ]]
}

@test "verify writes nothing" {
    packed
    chmod a-w out
    find . -printf '%p %T@\n' | sort >../before
    judged 0 VERIFIED "$package" --signers signers
    find . -printf '%p %T@\n' | sort >../after
    chmod u+w out
    cmp ../before ../after
}

@test "each file gets a reason, in JSON as well" {
    packed
    expect 0 verify "$package" --signers signers --json
    json_lines
    shows VERIFIED manifest-sha256.txt START-HERE.html 'hash matches'
}

@test "an unpacked folder verifies like its ZIP" {
    packed
    unpack "$package"
    judged 0 VERIFIED "$bag" --signers signers
}

@test "an encrypted package verifies with the identity, and is refused without" {
    ready
    age-keygen -o officer.txt 2>/dev/null
    age-keygen -o other.txt 2>/dev/null
    export_it 0 --recipient "$(age-keygen -y officer.txt)"
    judged 0 VERIFIED out/*.age --signers store/allowed_signers --identity officer.txt
    expect 5 verify out/*.age --signers store/allowed_signers
    sentence --identity
    expect 5 verify out/*.age --signers store/allowed_signers --identity other.txt
    sentence out/ 'encrypted to others' 'altered'
}

@test "an encrypted package whose header was altered fails for whom it still opens" {
    ready
    age-keygen -o officer.txt 2>/dev/null
    age-keygen -o court.txt 2>/dev/null
    export_it 0 --recipient "$(age-keygen -y officer.txt)" --recipient "$(age-keygen -y court.txt)"
    # In the body of the first stanza, which is the officer's: no way to tell that from a file for others.
    reletter "$(echo out/*.age)" $(($(grep -abo -m 1 '^-> X25519' out/*.age | head -n 1 | cut -d: -f1) + 60))
    expect 5 verify bad --signers store/allowed_signers --identity officer.txt
    sentence 'encrypted to others' 'altered'
    expect 1 verify bad --signers store/allowed_signers --identity court.txt
    shows FAILED 'MAC does not match'
    # In the MAC itself.
    reletter "$(echo out/*.age)" $(($(grep -abo -m 1 '^--- ' out/*.age | head -n 1 | cut -d: -f1) + 6))
    for who in officer court; do
        expect 1 verify bad --signers store/allowed_signers --identity $who.txt
        shows FAILED 'MAC does not match'
    done
}

@test "a byte changed anywhere in an encrypted package fails" {
    ready
    age-keygen -o officer.txt 2>/dev/null
    export_it 0 --recipient "$(age-keygen -y officer.txt)"
    for at in 0 25 60 200 400 70000 -70000 -1; do
        flip "$(echo out/*.age)" $at
        run --separate-stderr exhibit verify bad --signers store/allowed_signers --identity officer.txt
        [ "$status" = 1 ] || [ "$status" = 5 ] || { echo "offset $at: exit status $status: $output"; return 1; }
        [[ $output != *' VERIFIED'* ]]
    done
}

# reletter FILE OFFSET: a copy called bad with another letter of base64 there, so that only what it says is wrong
reletter() {
    local letter=A
    cp "$1" bad
    [ "$(dd if=bad bs=1 skip="$2" count=1 status=none)" != A ] || letter=B
    printf %s $letter | dd of=bad bs=1 seek="$2" conv=notrunc status=none
}

# flip FILE OFFSET: a copy called bad with one bit of that byte changed; a negative offset counts from the end
flip() {
    local at=$2 byte
    [ "$at" -ge 0 ] || at=$(($(stat -c %s "$1") + at))
    cp "$1" bad
    byte=$(od -An -tu1 -j "$at" -N1 bad)
    # shellcheck disable=SC2059  # the format is the byte
    printf "\\x$(printf %02x $((byte ^ 1)))" | dd of=bad bs=1 seek="$at" conv=notrunc status=none
}

@test "a byte changed in any region of the package fails" {
    packed
    size=$(stat -c %s "$package")
    # Every third byte of the first header and of the end, and 60 places spread over the rest.
    {
        seq 0 3 120
        seq -400 3 -1
        seq 0 $((size / 60)) $((size - 1))
        # One place in each member: 40 bytes into its name.
        for name in manifest-sha256.txt tagmanifest-sha256.txt bag-info.txt bagit.txt VERIFY.txt START-HERE.html record/exhibit.json; do
            LC_ALL=C grep -abo -F "$name" "$package" | cut -d: -f1 | awk '{ print; print $1 + 40 }'
        done
    } | sort -un >offsets
    while read -r at; do
        [ "$at" -lt "$size" ] || continue
        flip "$package" "$at"
        run --separate-stderr exhibit verify bad --signers signers
        [ "$status" = 1 ] || { echo "offset $at of $size: exit status $status: $output"; return 1; }
        [[ $output == *FAILED* || $output == *'NOT SIGNED'* ]]
    done <offsets
}

@test "a package that is cut short or goes on too long fails" {
    packed
    for size in 0 1 100 -1 -22 -100 +1 +1000; do
        cp "$package" bad
        truncate -s "$size" bad
        expect 1 verify bad --signers signers
        shows FAILED
    done
}

@test "a file changed in a folder fails, and is named" {
    packed
    for file in data/master START-HERE.html VERIFY.txt record/exhibit.json manifest-sha256.txt tagmanifest-sha256.txt bag-info.txt bagit.txt; do
        unpack "$package"
        chmod -R u+w unpacked
        target=$(find "$bag/$file" -type f | head -n 1)
        echo ' ' >>"$target"
        judged 1 FAILED "$bag" --signers signers
        shows "${target##*/}"
    done
}

@test "a file added to a folder fails, wherever it is put" {
    packed
    for file in data/master/extra.mp4 extra.txt record/extra.json data/extra; do
        unpack "$package"
        echo words >"$bag/$file"
        judged 1 FAILED "$bag" --signers signers
        shows "${file##*/}"
    done
}

@test "a file removed from a folder fails" {
    packed
    for file in START-HERE.html VERIFY.txt record/exhibit.json manifest-sha256.txt tagmanifest-sha256.txt bag-info.txt bagit.txt; do
        unpack "$package"
        rm -f "$bag/$file"
        run --separate-stderr exhibit verify "$bag" --signers signers
        [ "$status" = 1 ] || { echo "$file: exit status $status"; return 1; }
    done
    unpack "$package"
    rm "$bag"/data/master/*
    judged 1 FAILED "$bag" --signers signers
}

@test "a file renamed in a folder fails" {
    packed
    unpack "$package"
    mv "$bag/VERIFY.txt" "$bag/READ-ME.txt"
    judged 1 FAILED "$bag" --signers signers
    shows VERIFY.txt READ-ME.txt
}

@test "the same in a ZIP that was packed again" {
    packed
    unpack "$package"
    echo words >"$bag/extra.txt"
    again
    judged 1 FAILED again.zip --signers signers
}

@test "manifests made to fit a changed file fail, for the signature does not" {
    packed
    unpack "$package"
    chmod -R u+w unpacked
    echo " " >>"$(echo "$bag"/data/master/*.mp4)"
    (cd "$bag" && sha256sum data/master/* >manifest-sha256.txt &&
        cut -c67- tagmanifest-sha256.txt | xargs sha256sum >new && mv new tagmanifest-sha256.txt)
    judged 1 FAILED "$bag" --signers signers
}

@test "one signature by another key fails" {
    packed
    EXHIBIT_KEY=x make_key st ST admin
    unpack "$package"
    chmod -R u+w unpacked
    minisign -S -s st.key -m "$bag/tagmanifest-sha256.txt" -x "$bag/tagmanifest-sha256.txt.minisig" </dev/null
    judged 1 FAILED "$bag" --signers signers
}

@test "both signatures by a stranger are not verified" {
    packed
    EXHIBIT_KEY=x make_key st ST admin
    ssh-keygen -q -t ed25519 -N '' -C '' -f stranger
    unpack "$package"
    chmod -R u+w unpacked
    minisign -S -s st.key -m "$bag/tagmanifest-sha256.txt" -x "$bag/tagmanifest-sha256.txt.minisig" </dev/null
    ssh-keygen -q -Y sign -f stranger -n exhibit <"$bag/tagmanifest-sha256.txt" >"$bag/tagmanifest-sha256.txt.sig" 2>/dev/null
    run --separate-stderr exhibit verify "$bag" --signers signers
    [ "$status" = 1 ]
    [[ $output != *' VERIFIED'* ]]
}

@test "a signature for another purpose fails" {
    packed
    unpack "$package"
    chmod -R u+w unpacked
    ssh-keygen -q -t ed25519 -N '' -C '' -f stranger
    ssh-keygen -q -Y sign -f stranger -n git <"$bag/tagmanifest-sha256.txt" >"$bag/tagmanifest-sha256.txt.sig" 2>/dev/null
    judged 1 FAILED "$bag" --signers signers
}

@test "without its signatures a package is not signed" {
    packed
    unpack "$package"
    rm "$bag"/tagmanifest-sha256.txt.sig "$bag"/tagmanifest-sha256.txt.minisig
    judged 1 'NOT SIGNED' "$bag" --signers signers
}

@test "names that lead out of the bag fail, and nothing is written or read there" {
    packed
    for name in ../RT-HERE.html /TART-HERE.html START/../T.html; do
        LC_ALL=C sed "s|START-HERE\.html|$name|g" "$package" >bad
        expect 1 verify bad --signers signers
        shows FAILED
    done
    [ ! -e ../RT-HERE.html ]
    [ ! -e /TART-HERE.html ]
}

@test "a manifest that names files outside the bag fails" {
    packed
    echo words >outside.txt
    for name in ../outside.txt "$PWD/outside.txt"; do
        unpack "$package"
        chmod -R u+w unpacked
        echo "$(sha256sum <outside.txt | cut -d' ' -f1)  $name" >>"$bag/manifest-sha256.txt"
        judged 1 FAILED "$bag" --signers signers
    done
}

@test "a link in a folder is not followed" {
    packed
    unpack "$package"
    mv "$bag/VERIFY.txt" outside.txt
    ln -s "$PWD/outside.txt" "$bag/VERIFY.txt"
    judged 1 FAILED "$bag" --signers signers
}

@test "a FIFO in a folder holds nothing up" {
    packed
    unpack "$package"
    mkfifo "$bag/data/master/pipe"
    run --separate-stderr timeout 10 "$EXHIBIT" verify "$bag" --signers signers </dev/null
    [ "$status" = 1 ]
}

@test "what is no package at all fails, and says so" {
    packed
    seq 1000 >words
    expect 1 verify words --signers signers
    shows FAILED
    mkdir empty
    expect 1 verify empty --signers signers
}

@test "a package that is not there says so" {
    packed
    expect 3 verify nowhere.zip --signers signers
    sentence nowhere.zip
}

@test "a list of signers that is not there, or is none, says so" {
    packed
    expect 3 verify "$package" --signers nowhere
    sentence nowhere
    echo 'no list at all' >bad
    expect 4 verify "$package" --signers bad
    sentence bad
}

@test "several are judged one by one, and one bad one decides the status" {
    packed
    flip "$package" 5000
    run --separate-stderr exhibit verify "$package" bad --signers signers
    [ "$status" = 1 ]
    shows VERIFIED FAILED
}

@test "the store's own exhibits verify by their reference, and the log says that it was done" {
    ready
    export_it 0
    judged 0 VERIFIED OP1
    expect 0 log verify
    chmod -R u+w store/exhibits/OP1
    echo ' ' >>store/exhibits/OP1/VERIFY.txt
    judged 1 FAILED OP1
    expect 0 log verify
    acts | grep -q verify
}
