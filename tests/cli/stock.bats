#!/usr/bin/env bats
# No trust in us is needed: stock tools alone check a package.
load common
load sample

packed() {
    ready
    export_it 0 >/dev/null
    unpack out/*.zip
}

@test "unzip finds a package whole, and unpacks it as it was sealed" {
    packed
    unzip -tq out/*.zip
    [ -f "$bag/bagit.txt" ]
    [ -f "$bag/START-HERE.html" ]
    [ -f "$bag/VERIFY.txt" ]
    [ -f "$bag/record/exhibit.json" ]
}

@test "sha256sum finds every file as the manifests say, and no file is in none" {
    packed
    cd "$bag"
    sha256sum --strict -c manifest-sha256.txt
    sha256sum --strict -c tagmanifest-sha256.txt
    find . -type f | sed 's|^\./||' | sort >"$BATS_TEST_TMPDIR/work/have"
    {
        cut -c67- manifest-sha256.txt tagmanifest-sha256.txt
        echo tagmanifest-sha256.txt
        echo tagmanifest-sha256.txt.sig
        echo tagmanifest-sha256.txt.minisig
    } | sort >"$BATS_TEST_TMPDIR/work/named"
    cmp "$BATS_TEST_TMPDIR/work/have" "$BATS_TEST_TMPDIR/work/named"
}

@test "ssh-keygen verifies the signature by the store's allowed_signers, for this purpose only" {
    packed
    ssh-keygen -Y verify -f store/allowed_signers -I OP -n exhibit -s "$bag/tagmanifest-sha256.txt.sig" <"$bag/tagmanifest-sha256.txt"
    run ! ssh-keygen -Y verify -f store/allowed_signers -I OP -n git -s "$bag/tagmanifest-sha256.txt.sig" <"$bag/tagmanifest-sha256.txt"
    run ! ssh-keygen -Y verify -f store/allowed_signers -I OP -n exhibit -s "$bag/tagmanifest-sha256.txt.sig" <"$bag/manifest-sha256.txt"
}

@test "minisign verifies the other one" {
    packed
    minisign -V -p op.pub -m "$bag/tagmanifest-sha256.txt" -x "$bag/tagmanifest-sha256.txt.minisig"
}

@test "the commands that VERIFY.txt gives do what it says" {
    packed
    grep -q 'sha256sum' "$bag/VERIFY.txt"
    grep -q 'ssh-keygen -Y verify' "$bag/VERIFY.txt"
    grep -q 'minisign -V' "$bag/VERIFY.txt"
    run ! grep -iwE 'authentic|tamper-proof|admissible|compliant' "$bag/VERIFY.txt" "$bag/START-HERE.html"
}

# log_command NUMBER FOLDER: one of the two commands that its VERIFY.txt gives for the log's checkpoint and proofs
signature=1 proofs=2
log_command() {
    commands "$2/VERIFY.txt" | grep -F CHECKPOINT >log_commands
    [ "$(wc -l <log_commands)" = 2 ] || { cat log_commands; return 1; }
    IFS=$'\t' read -r title command expected < <(sed -n "$1p" log_commands)
    run_command "$title" "$command" "$expected" "$2"
}

# shows_changes FOLDER ENTRY PROOF SED: what was changed in a proof, the checkpoint, or, by SED, in the entry, shows
shows_changes() {
    local folder=$1 entry=$2 proof=$3 sed=$4
    log_command $signature "$folder"
    log_command $proofs "$folder"
    cp -a "$folder" kept
    anew() { rm -r "$folder" && cp -a kept "$folder"; }

    sed -i "$sed" "$folder/$entry"                      # the entry
    run ! cmp "$folder/$entry" "kept/$entry"
    run ! log_command $proofs "$folder"
    anew
    perl -0pi -e 's/(\nindex \d+\n)(.)/$1 . ($2 eq "A" ? "B" : "A")/e' "$folder/$proof"   # a hash of the proof
    run ! log_command $proofs "$folder"
    anew
    for place in '$1 - 1' 99; do                        # its place: another, and behind the end
        perl -0pi -e "s/\nindex (\d+)/qq(\nindex ) . ($place)/e" "$folder/$proof"
        run ! log_command $proofs "$folder"
        anew
    done
    perl -0pi -e 's/(\nindex \d+\n)[^\n]*\n/$1/' "$folder/$proof"                         # a hash fewer
    run ! log_command $proofs "$folder"
    anew
    perl -0pi -e 's/(\nindex \d+\n)([^\n]*\n)/$1$2$2/' "$folder/$proof"                  # a hash more
    run ! log_command $proofs "$folder"
    anew
    sed -i '$d' "$folder/$proof"                        # what it is a proof under
    run ! log_command $proofs "$folder"
    anew
    # The root, in the checkpoint alone, then as the proof's, too.
    perl -0pi -e 's/^(.*\n\d+\n)(.)/$1 . ($2 eq "A" ? "B" : "A")/e' "$folder/record/checkpoint"
    run ! log_command $signature "$folder"
    run ! log_command $proofs "$folder"
    find "$folder" -name '*.tlog-proof' ! -path '*/exhibits/*' -exec \
        perl -0pi -e 's/(\n\n.*\n\d+\n)(.)/$1 . ($2 eq "A" ? "B" : "A")/e' {} +
    tail -n 5 "$folder/$proof" | cmp - "$folder/record/checkpoint"
    run ! log_command $signature "$folder"
    run ! log_command $proofs "$folder"
    anew
    # The signature, by itself.
    perl -0pi -e 's/(.{8})(=*\n)\z/($1 eq "AAAAAAAA" ? "BBBBBBBB" : "AAAAAAAA") . $2/e' "$folder/record/checkpoint"
    run ! log_command $signature "$folder"
    anew
}

@test "the log's checkpoint and proofs in an exhibit's own bag are checked as VERIFY.txt says, and a change shows" {
    packed
    mv "$bag" sample
    shows_changes sample record/custody.json record/custody.tlog-proof 's/"export-begun"/"export-began"/g'
    # On Windows there is no shell: the program is that same text, and writes nothing.
    commands sample/VERIFY.txt | cut -f2 | grep '^python3 -c ".*"$'
    diff -r kept sample
}

@test "those in a package are checked as its VERIFY.txt says, like all that it says, and a change shows" {
    make_store
    open_case
    for name in one two; do
        echo $name >$name.txt
        exhibit add $name.txt --case C1 --from police --received '2021-12-06 10:15' >/dev/null || [ $? = 7 ]
    done
    exhibit seal OP1 OP2 --out "$PWD" --folder --quiet >/dev/null
    mv ./*C1-P1 sample
    mkdir encrypted
    age-keygen -o encrypted/YOUR-IDENTITY 2>/dev/null
    (cd sample && zip -q -0 -r - .) | age -r "$(age-keygen -y encrypted/YOUR-IDENTITY)" >encrypted/FILE.zip.age
    run_commands sample nowhere encrypted
    entry=$(find sample/record/custody -name '*.json' | sort | head -n 1)
    entry=${entry#sample/}
    shows_changes sample "$entry" "${entry%.json}.tlog-proof" 's/"add-/"adb-/'
    expect 0 verify sample
}

@test "ffprobe finds a clip that lasts as long as the record says" {
    packed
    jq -r '.parts[] | [.file, .length_ns] | @tsv' "$bag/record/exhibit.json" >parts
    [ -s parts ]
    while IFS=$'\t' read -r file length; do
        ffprobe -v error -select_streams v:0 -show_entries stream=duration -of csv=p=0 "$(find "$bag" -path "*${file##*/}")" |
            awk -v recorded="$length" '{ d = $1 - recorded / 1e9; if (d < 0) d = -d; exit d > 0.1 }'
    done <parts
}

@test "names in a package are plain: ASCII, at most 75 characters, no spaces" {
    packed
    unzip -Z1 out/*.zip >names
    run ! grep -vE '^[A-Za-z0-9._/-]+$' names
    run ! grep -E '[^/]{76}' names
    [ "$(basename out/*.zip | wc -c)" -le 76 ]
}

@test "the record is canonical JSON, whole numbers only" {
    packed
    jq -cS . "$bag/record/exhibit.json" | tr -d '\n' >canonical
    tr -d '\n' <"$bag/record/exhibit.json" | cmp - canonical
    jq -e '[.. | numbers | select(. != floor)] | length == 0' "$bag/record/exhibit.json"
}

@test "the page needs nothing from elsewhere" {
    packed
    run ! grep -iE '(src|href)="?(https?:)?//' "$bag/START-HERE.html"
}
