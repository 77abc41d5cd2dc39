#!/usr/bin/env bats
# No trust in us is needed: stock tools alone check a package.
load common

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
