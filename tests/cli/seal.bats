#!/usr/bin/env bats
# Sealing: exhibits of the store become one package that anybody can check, in any of its forms.
load common
load schema

# sealed ARGUMENT...: seals into out/, as it should; the package's path in $package
sealed() {
    expect 0 seal "$@" --out out --json
    package=$(jq -r '.volumes[0].path' <<<"$output")
    [ -e "$package" ]
}

# kinds: a Master, a working copy and a still
kinds() {
    mastered
    exhibit transcode OP1 --preset small --quiet >/dev/null
    exhibit still OP1 --at +10s --quiet >/dev/null
}

# clean: nothing in out, nothing in the making
clean() {
    local left
    left=$(find out store/staging -mindepth 1; find . -name '*.partial')
    [ -z "$left" ] || { printf 'left behind:\n%s\n' "$left"; return 1; }
}

@test "a package of a Master, its copy and a still verifies, each with its own seal" {
    kinds
    sealed OP1 --with master,copy,stills
    expect 0 verify "$package" --signers store/allowed_signers --json
    [ "$(jq -r '.verdict' <<<"$output")" = VERIFIED ]
    [ "$(jq -c '[.exhibits[] | [.exhibit, .ok]]' <<<"$output")" = '[["OP1",true],["OP1/1",true],["OP1/2",true]]' ]
    for reference in OP1 OP1_1 OP1_2; do
        unzip -p "$package" record/exhibits/$reference/tagmanifest-sha256.txt | cmp - store/exhibits/$reference/tagmanifest-sha256.txt
    done
    [ "$(acts | tail -n 2 | xargs)" = 'seal-begun seal-done' ]
    [ "$(git --git-dir store/custody.git show custody:entry.json | jq -r .digests.package)" = "$(sha256sum "$package" | cut -d' ' -f1)" ]
}

@test "a package verifies whose entries were made at whole seconds" {
    need_faketime
    mastered
    at() { FAKETIME_DONT_FAKE_MONOTONIC=1 faketime -f "$1" "$EXHIBIT" "${@:2}" </dev/null; }
    at '2035-03-01 12:00:00' transcode OP1 --preset small --quiet >/dev/null
    at '2035-03-01 12:00:01' seal OP1 --with master,copy --out out >/dev/null
    package=$(echo out/*.zip)
    grep '12:00:00\.000000Z' < <(exhibit log show --json)
    expect 0 verify "$package" --signers store/allowed_signers
    shows VERIFIED
}

@test "every form holds the same files under the same manifests" {
    kinds
    need_faketime
    age-keygen -o officer.txt 2>/dev/null
    (umask 077; echo secret >word)
    cp -a store before
    seal_then() {
        rm -rf store
        cp -a before store
        FAKETIME_DONT_FAKE_MONOTONIC=1 faketime -f '@2035-03-01 12:00:00' "$EXHIBIT" seal OP1 --with master,copy,stills --out out "$@" </dev/null >/dev/null
    }
    seal_then
    seal_then --folder
    seal_then --recipient "$(age-keygen -y officer.txt)"
    zip=$(echo out/*.zip) folder=${zip%.zip}
    age -d -i officer.txt "$zip.age" | cmp - "$zip"
    unpack "$zip"
    diff -r "$bag" "$folder"
    mv "$zip" first.zip
    seal_then --package-passphrase-file word
    run ! unzip -p "$zip" bagit.txt
    7z x -psecret -oaes "$zip" >/dev/null
    diff -r aes "$folder"
}

@test "the same exhibits, sealed at the same time of the same log, give the same bytes" {
    mastered
    need_faketime
    mkdir one other
    cp -a store other/store
    FAKETIME_DONT_FAKE_MONOTONIC=1 faketime -f '@2035-03-01 12:00:00' "$EXHIBIT" seal OP1 --out one </dev/null >/dev/null
    FAKETIME_DONT_FAKE_MONOTONIC=1 faketime -f '@2035-03-01 12:00:00' "$EXHIBIT" seal OP1 --store other/store --out other </dev/null >/dev/null
    cmp one/*.zip other/*.zip
}

@test "only what is asked for is packed, the newest of its kind, and the rest is told" {
    kinds
    exhibit transcode OP1 --preset small --from +5s --quiet >/dev/null
    expect 0 seal OP1 --with copy --out out
    shows 'OP1/3 (copy)' 'OP1/1 (copy) is not packed' 'OP1/2 (stills) is not packed'
    unzip -Z1 out/*.zip >names
    run ! grep -q data/master names
    expect 0 seal OP1/1 --out out --json
    [ "$(jq -c '[.holds.exhibits[].exhibit]' <<<"$output")" = '["OP1/1"]' ]
    # Several Masters of one case, in the order of their numbers.
    exhibit extract --case C1 "${window[@]}" --quiet >/dev/null
    expect 0 seal OP2 OP1 --out out --json
    [ "$(jq -c '[.holds.exhibits[].exhibit]' <<<"$output")" = '["OP1","OP2"]' ]
    [ "$(jq -r '.volumes[0].path' <<<"$output")" = out/C1-P3.zip ]
}

@test "package.json is of its schema, and the schema describes each member" {
    schema=$EXHIBIT_TOP/docs/formats/package.schema.json
    validator
    described
    kinds
    sealed OP1 --with master,copy,stills
    unzip -p "$package" record/package.json >package.json
    valid package.json
    jq -cS . package.json | tr -d '\n' >canonical
    cmp canonical package.json
    jq '.exhibits[0].files[0].more = 1' package.json >other.json
    run ! valid other.json
}

@test "stock tools alone check a package, each exhibit in it, and each custody entry" {
    kinds
    sealed OP1 --with master,copy,stills
    unzip -tq "$package"
    7z t "$package" >/dev/null
    bsdtar -tf "$package" >/dev/null
    python3 -c 'import sys, zipfile; sys.exit(zipfile.ZipFile(sys.argv[1]).testzip() is not None)' "$package"
    unpack "$package"
    signers=$PWD/store/allowed_signers pub=$PWD/op.pub
    cd "$bag"
    sha256sum --quiet --strict -c manifest-sha256.txt tagmanifest-sha256.txt
    ssh-keygen -Y verify -f "$signers" -I OP -n exhibit -s tagmanifest-sha256.txt.sig <tagmanifest-sha256.txt
    minisign -V -p "$pub" -m tagmanifest-sha256.txt
    for folder in record/exhibits/*; do
        sha256sum --quiet --strict -c "$folder/manifest-sha256.txt"
        (cd "$folder" && sha256sum --quiet --strict -c tagmanifest-sha256.txt &&
            ssh-keygen -Y verify -f "$signers" -I OP -n exhibit -s tagmanifest-sha256.txt.sig <tagmanifest-sha256.txt &&
            minisign -V -p "$pub" -m tagmanifest-sha256.txt)
    done
    for entry in record/custody/*.json; do
        commit=${entry%.json}.commit
        grep -q "^entry-sha256: $(sha256sum "$entry" | cut -d' ' -f1)\$" "$commit"
        sed -n '/^gpgsig/,/END SSH/p' "$commit" | sed 's/^gpgsig //; s/^ //' >../commit.sig
        sed '/^gpgsig/,/END SSH/d' "$commit" | ssh-keygen -Y verify -f "$signers" -I OP -n git -s ../commit.sig
    done
    [ "$(find record/custody -name '*.json' | wc -l)" -ge 6 ]
}

@test "a recipient and the recovery recipient open an age package with stock age, and nobody else" {
    mastered
    age-keygen -o officer.txt 2>/dev/null
    age-keygen -o other.txt 2>/dev/null
    { echo '# the officer'; age-keygen -y officer.txt; } >recipients
    sealed OP1 --recipients-file recipients
    age -d -i officer.txt "$package" >one.zip
    unzip -tq one.zip
    age -d -i store/private/recovery.age-identity "$package" | cmp - one.zip
    run ! age -d -i other.txt "$package"
    [ "$(grep -ac '^-> X25519' "$package")" = 2 ]
    [ "$(git --git-dir store/custody.git show custody:entry.json | jq -c '[.facts.recipients, .facts.recovery]')" = '[1,true]' ]
}

@test "without the recovery recipient only with a reason, which the log keeps sealed" {
    mastered
    age-keygen -o officer.txt 2>/dev/null
    expect 2 seal OP1 --out out --no-recovery 'Jane asked'
    sealed OP1 --recipient "$(age-keygen -y officer.txt)" --no-recovery 'Jane asked'
    age -d -i officer.txt "$package" >one.zip
    run ! age -d -i store/private/recovery.age-identity "$package"
    [ "$(git --git-dir store/custody.git show custody:entry.json | jq -c '[.facts.recipients, .facts.recovery]')" = '[1,false]' ]
    unpack one.zip
    run ! grep -rqF Jane "$bag"
    git --git-dir store/custody.git log -p custody >everything
    run ! grep -qF Jane everything
    exhibit log show --json --details | jq -r '.details.no_recovery? // empty' | grep -qxF 'Jane asked'
}

@test "an exhibit that is not as it was sealed is not packed, and the log says so" {
    mastered
    master=$(echo store/exhibits/OP1/data/master/*.mp4)
    cp "$master" kept
    printf x | dd of="$master" bs=1 seek=100000 conv=notrunc status=none
    expect 5 seal OP1 --out out
    sentence OP1 'not as it was sealed' "${master#store/exhibits/OP1/}"
    clean
    [ "$(acts | tail -n 3 | xargs)" = 'seal-begun verify seal-failed' ]
    cp kept "$master"
    sed -i s/Peterborough/Cambridge/ store/exhibits/OP1/record/exhibit.json
    expect 5 seal OP1 --out out
    clean
    [ "$(acts | tail -n 1)" = verify ]
    # Put back, it is packed under the next identifier.
    sed -i s/Cambridge/Peterborough/ store/exhibits/OP1/record/exhibit.json
    sealed OP1
    [[ $package == *C1-P2.zip ]]
}

@test "who may not is refused, and so is a name that is taken; nothing is left" {
    mastered
    make_key an AN auditor
    exhibit key trust an.pub --name 'A. Auditor' --initials AN --role auditor >/dev/null
    expect 5 seal OP1 --out out --key an.key
    clean
    make_key dp DP dpo
    exhibit key trust dp.pub --name 'D. Officer' --initials DP --role dpo >/dev/null
    mkdir out/OP1_wisbech-12_20211205T211005Z_C1-P1.zip
    expect 5 seal OP1 --out out --key dp.key
    sentence C1-P1 exists
    rmdir out/*
    clean
    expect 0 seal OP1 --out out --key dp.key --quiet
    expect 0 verify out/*.zip --signers store/allowed_signers
    [ "$(jq -r .signer_name <<<"$(exhibit verify out/*.zip --json)")" = DP ]
}

@test "what cannot be meant is a usage error" {
    mastered
    expect 2 seal OP9 --out out
    sentence OP9 'no exhibit'
    expect 2 seal OP1 --with redacted --out out
    sentence "no item 'redacted'" 'exhibit redact OP1'
    expect 2 seal OP1 --with everything --out out
    expect 2 seal OP1 --profile tape --out out
    expect 2 seal OP1 --recipient nobody --out out
    expect 2 seal OP1 --folder --recipient age1x --out out
    expect 2 seal --out out
    expect 2 seal OP1
    exhibit case open --type other --reference police:2 --requested-by police --basis consent >/dev/null
    exhibit extract --case C2 "${window[@]}" --quiet >/dev/null
    expect 2 seal OP1 OP2 --out out
    sentence C1 C2 'one case'
    expect 3 seal OP1 --out missing
    sentence missing
    clean
    [ "$(count_acts seal-begun)" = 0 ]
}

@test "a store that is in use, or damaged, ends it" {
    mastered
    flock store/lock sleep 8 &
    sleep 0.2
    expect 6 seal OP1 --out out
    wait
    clean
    echo '[core' >>store/config
    expect 4 seal OP1 --out out
    clean
}

@test "a dry run says what would be packed, and makes nothing" {
    kinds
    before=$(count_acts seal-begun)
    expect 0 seal OP1 --with master,stills --out out --dry-run --json
    [ "$(jq -c '[.package, [.holds.exhibits[].exhibit]]' <<<"$output")" = '[null,["OP1","OP1/2"]]' ]
    clean
    [ "$(count_acts seal-begun)" = "$before" ]
}

@test "a full disk leaves nothing, and the log says why" {
    mastered
    mkdir small
    mount -t tmpfs -o size=1200k none small 2>/dev/null || skip 'no file system can be mounted here'
    head -c 600000 /dev/zero >small/fill
    run --separate-stderr exhibit seal OP1 --out small
    left=$(find small -mindepth 1 ! -name fill)
    umount small
    [ "$status" = 3 ]
    sentence C1-P1 'No space left'
    [ -z "$left" ]
    clean
    [ "$(acts | tail -n 1)" = seal-failed ]
}

# settled: after a kill and one more act, the package is whole and named, or gone
settled() {
    expect 0 case open --type other --reference police:1 --requested-by police --basis consent || return 1
    expect 0 log verify || return 1
    local left id act
    left=$(find out store/staging -name '*.partial' -o -path 'store/staging/*')
    [ -z "$left" ] || { printf 'left after recovery:\n%s\n' "$left"; return 1; }
    exhibit log show --json | jq -r '.entry | select(.act | startswith("seal-")) | "\(.facts.package) \(.act)"' |
        awk '{ last[$1] = $2 } END { for (e in last) print e, last[e] }' | sort >ends
    touch judged
    comm -23 ends judged >new
    while read -r id act; do
        case $act in
        seal-done) expect 0 verify out/*"$id"* --signers store/allowed_signers || return 1 ;;
        seal-failed | seal-abandoned) [ "$(find out -name "*$id*" | wc -l)" = 0 ] || return 1 ;;
        *) echo "$id has no end: $act"; return 1 ;;
        esac
    done <new
    mv ends judged
}

# killed_at CALL STEP FORM...: kills sealing at the first call of that name, then STEP calls later, until one gets through
killed_at() {
    local n ended call=$1 step=$2
    shift 2
    for ((n = 1; n < 1000; n += step)); do
        ended=0
        strace -f -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$n" \
            "$EXHIBIT" seal OP1 --out out "$@" </dev/null >/dev/null 2>&1 || ended=$?
        [ $ended = 0 ] || [ $ended = 137 ] || { echo "$call number $n: exit status $ended"; return 1; }
        settled || { echo "killed at $call number $n"; return 1; }
        [ $ended != 0 ] || break
    done 2>/dev/null
    [ $ended = 0 ]
}

@test "killed at any renaming, removal or making of a folder, it leaves the store whole" {
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99
    strace -o /dev/null true 2>/dev/null || skip 'strace cannot be used here'
    mastered
    for call in renameat2 unlinkat mkdirat; do
        killed_at $call 1
    done
    killed_at renameat2 5 --folder
    killed_at fsync 7
    [ "$(wc -l <judged)" -gt 8 ]
}

@test "two at once give two packages, and both verify" {
    mastered
    exhibit seal OP1 --out out --quiet >/dev/null &
    exhibit seal OP1 --out out --quiet >/dev/null
    wait $!
    [ "$(find out -name '*.zip' | wc -l)" = 2 ]
    expect 0 verify out/*C1-P1.zip out/*C1-P2.zip --signers store/allowed_signers
    expect 0 log verify
}

@test "the drill: a lost identity, a lost passphrase, a lost key" {
    mastered
    # The officer lost the identity: the control room opens what it sent, and seals for the new one.
    age-keygen -o officer.txt 2>/dev/null
    sealed OP1 --recipient "$(age-keygen -y officer.txt)"
    rm officer.txt
    expect 0 unseal "$package" --identity store/private/recovery.age-identity --signers store/allowed_signers --out .
    expect 0 verify ./*C1-P1.zip --signers store/allowed_signers
    # The passphrase of a package is lost: nothing opens it, and the exhibit is sealed again from the store.
    (umask 077; echo first >word)
    sealed OP1 --package-passphrase-file word
    echo second >word
    expect 5 unseal "$package" --passphrase-file word --out .
    sealed OP1 --package-passphrase-file word
    expect 0 verify "$package" --package-passphrase-file word --signers store/allowed_signers
    # A list of signers counts in whole seconds, the last one included: a key must have lived for one.
    sleep 1.1
    # The operator lost the passphrase of the signing key: another admin trusts a new one; what was signed stays good.
    make_key ad AD admin
    exhibit key trust ad.pub --name 'A. Admin' --initials AD --role admin >/dev/null
    make_key new OPB operator
    expect 0 key revoke OP --reason 'passphrase lost' --key ad.key
    expect 0 key trust new.pub --name 'Person OP' --initials OPB --role operator --key ad.key
    expect 0 seal OP1 --out out --key new.key --quiet
    expect 5 seal OP1 --out out --quiet
    # What the old key sealed was sealed in its time.
    sleep 1.1
    expect 7 verify ./*C1-P1.zip --signers store/allowed_signers
    shows VERIFIED W-SIGNER-LATER
    # The store's own log knows since when, and why.
    expect 7 verify ./*C1-P1.zip
    shows W-SIGNER-LATER 'revoked since' 'passphrase lost'
}

@test "an export with a copy packs both, and the log has each step" {
    ready
    expect 0 export --case C1 "${window[@]}" --out out --copy --json
    json_lines
    [ "$(jq -rs '[.[] | select(.type != "progress") | .type] | join(" ")' <<<"$output")" = 'extract transcode seal' ]
    [ "$(acts | tail -n 6 | xargs)" = 'extract-begun extract-done transcode-begun transcode-done seal-begun seal-done' ]
    expect 0 verify out/*.zip --signers store/allowed_signers --json
    [ "$(jq -c '[.exhibits[].exhibit]' <<<"$output")" = '["OP1","OP1/1"]' ]
}

@test "every command of a package's VERIFY.txt runs as written, and says what is expected" {
    load sample
    kinds
    age-keygen -o officer.txt 2>/dev/null
    sealed OP1 --with master,copy,stills --recipient "$(age-keygen -y officer.txt)"
    mkdir given
    cp "$package" given/FILE.zip.age
    cp officer.txt given/YOUR-IDENTITY
    age -d -i officer.txt "$package" >plain.zip
    unpack plain.zip
    run_commands "$bag" recordings given
    [ "$ran" -gt 20 ]
}

@test "a long log takes no room on a medium: only what is about the exhibits is carried" {
    mastered
    for ((volume = 1900000; volume < 3000000; volume += 20000)); do
        git config -f store/config profile.stick.volume $volume
        ! exhibit seal OP1 --profile stick --out out --dry-run >/dev/null 2>&1 || break
    done
    expect 0 seal OP1 --profile stick --out out --dry-run
    for n in $(seq 30); do exhibit case open --type other --reference "police:$n" --requested-by police --basis consent >/dev/null; done
    expect 0 seal OP1 --profile stick --out out
    [ "$(find out -name '*.zip' -size +"$volume"c | wc -l)" = 0 ]
}

@test "what is too large for its medium becomes several packages, each whole, that say what the others hold" {
    schema=$EXHIBIT_TOP/docs/formats/package.schema.json
    validator
    mastered
    for _ in 2 3; do exhibit extract --case C1 "${window[@]}" --quiet >/dev/null; done
    git config -f store/config profile.stick.volume 2600000
    expect 0 seal OP1 OP2 OP3 --profile stick --out out --json
    json=$output
    [ "$(jq '.volumes | length' <<<"$json")" = 3 ]
    [ "$(jq -c '[.holds.exhibits[].files[] | select(.file | endswith(".mp4")) | .volume]' <<<"$json")" = '[1,2,3]' ]
    [ "$(jq -r '.volumes[1].path' <<<"$json")" = out/C1-P1_2of3.zip ]
    for n in 1 2 3; do
        package=out/C1-P1_${n}of3.zip
        [ "$(stat -c %s "$package")" -le 2600000 ]
        expect 7 verify "$package" --signers store/allowed_signers
        shows VERIFIED W-VOLUME "volume $n of 3"
        rm -rf unpacked
        unpack "$package"
        (cd "$bag" && sha256sum --quiet --strict -c manifest-sha256.txt tagmanifest-sha256.txt)
        grep -qx "Bag-Count: $n of 3" "$bag/bag-info.txt"
        valid "$bag/record/package.json"
    done
    [ "$(git --git-dir store/custody.git show custody:entry.json | jq -r '.digests["package-2"]')" = "$(sha256sum out/C1-P1_2of3.zip | cut -d' ' -f1)" ]
    # A file that fits nowhere is refused, before an identifier is used up.
    git config -f store/config profile.stick.file 500000
    before=$(count_acts seal-begun)
    expect 5 seal OP1 --profile stick --out out
    sentence stick 'never cut'
    [ "$(count_acts seal-begun)" = "$before" ]
    # A volume whose number was changed by who could sign it again is in tamper.bats; one that is missing is told here.
    expect 7 verify out/C1-P1_1of3.zip --signers store/allowed_signers --json
    [ "$(jq -r '.findings[] | select(.code == "W-VOLUME") | .text' <<<"$output" | grep -c 'OP3_')" = 1 ]
}

@test "without libarchive a package is refused by its name, and what writes no ZIP is done" {
    strace -o /dev/null true 2>/dev/null || skip 'strace cannot be used here'
    mastered
    local places=() place
    for place in /lib/x86_64-linux-gnu /usr/lib/x86_64-linux-gnu /lib /usr/lib "$(dirname "$(ldconfig -p | awk '/libarchive\.so\.13/ { print $NF; exit }')")"; do
        places+=(-P "$place/libarchive.so.13")
    done
    without() {
        ASAN_OPTIONS=detect_leaks=0:exitcode=99 run --separate-stderr strace -f -o calls "${places[@]}" -e trace=openat -e inject=openat:error=ENOENT \
            "$EXHIBIT" "$@" </dev/null
    }
    without seal OP1 --out out
    [ "$status" = 3 ]
    [[ $stderr == *'libarchive.so.13'*'install libarchive'* ]]
    grep -q libarchive calls
    clean
    without case list
    [ "$status" = 0 ]
    [ ! -s calls ] || ! grep libarchive calls
    expect 0 seal OP1 --out out
}
