#!/usr/bin/env bats
# exhibit verify --bag: bags of anyone's making, as the conformance suite of the Library of Congress labels them; hostile bags.
# shellcheck disable=SC2030,SC2031,SC2154

load common

suite=$EXHIBIT_MATERIAL/bagit/loc-conformance-suite

# make_bag DIR: BagIt 1.0, two files, sealed with a tag manifest
make_bag() {
    mkdir -p "$1/data/folder"
    printf 'hello\n' >"$1/data/a.txt"
    printf 'more words\n' >"$1/data/folder/b.txt"
    printf 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n' >"$1/bagit.txt"
    printf 'Bagging-Date: 2026-11-22\nPayload-Oxum: 17.2\n' >"$1/bag-info.txt"
    seal "$1"
}

seal() {
    (
        cd "$1" || exit
        find data -type f -exec sha256sum {} + >manifest-sha256.txt
        sha256sum bagit.txt bag-info.txt manifest-sha256.txt >tagmanifest-sha256.txt
    )
}

# codes: the codes of the one object in $output, each once
codes() { jq -r '[.findings[].code] | unique | join(" ")' <<<"$output"; }

# everything: names, sizes, times and bytes below a folder
everything() { (cd "$1" && find . -printf '%p %y %s %T@ %l\n' | sort && find . -type f -exec sha256sum {} + | sort); }

@test "each bag of the conformance suite is judged as it is labelled" {
    [ -d "$suite" ] || skip "no conformance suite"
    local label bag wanted differing=0 count=0
    for label in "$suite"/v*/*/; do
        case $label in
        */valid/) wanted=0 ;;
        */warning/) wanted=7 ;;
        *) wanted=1 ;;               # invalid, and linux-only and windows-only: unsafe anywhere is unsafe here
        esac
        for bag in "$label"*/; do
            count=$((count + 1))
            run --separate-stderr exhibit verify --bag "$bag"
            [ "$status" = "$wanted" ] || { echo "${bag#"$suite"/}: $status, not $wanted: $output $stderr"; differing=$((differing + 1)); }
        done
    done
    echo "$count bags, $differing differing"
    [ "$count" = 60 ]
    [ "$differing" = 0 ]
}

@test "verdict, codes and numbers of the suite's bags in JSON" {
    [ -d "$suite" ] || skip "no conformance suite"
    expect 0 verify --bag --json "$suite/v0.97/valid/holey-bag"
    json_lines
    jq -e '.type == "bag" and .verdict == "VALID" and .version == "0.97" and .files == 5 and .bytes == 25 and .findings_withheld == 0' <<<"$output"
    expect 7 verify --bag --json "$suite/v0.97/warning/made-with-md5sum-tools"
    jq -e '.verdict == "VALID, WITH WARNINGS"' <<<"$output"
    [ "$(codes)" = "N-BAG-OLD-DIGEST W-BAG-MD5SUM-MARKER" ]
    expect 1 verify --bag --json "$suite/v0.97/invalid/corrupt-data-file"
    jq -e '.verdict == "INVALID"' <<<"$output"
    [ "$(codes)" = "E-BAG-DIGEST E-BAG-OXUM N-BAG-OLD-DIGEST" ]
    jq -e '.findings[] | select(.code == "E-BAG-DIGEST") | .severity == "error" and .file == "data/bare-filename"
           and (.text | contains("manifest-md5.txt"))' <<<"$output"
    expect 1 verify --bag --json "$suite/v0.97/invalid/missing-bagit.txt"
    jq -e '.version == null' <<<"$output"
    [ "$(codes)" = "E-BAG-DECLARATION-MISSING" ]
}

@test "the suite's bags for fetch.txt: with a file still to be fetched, the bag is not valid" {
    [ -d "$suite" ] || skip "no conformance suite"
    cp -r "$suite/v0.96/valid/holey-bag" bag
    chmod -R u+w bag
    expect 0 verify --bag bag
    rm bag/data/dir1/test3.txt
    expect 1 verify --bag --json bag
    [[ $(codes) == *E-BAG-NOT-FETCHED* ]] || return 1
}

@test "each exit status" {
    make_bag bag
    expect 0 verify --bag bag
    shows "bag: VALID" "2 files, 17 bytes"
    printf ' ' >>bag/data/a.txt
    expect 1 verify --bag bag
    shows "bag: INVALID" "E-BAG-DIGEST" "data/a.txt"
    expect 2 verify --bag
    expect 2 verify --bag bag --signers x
    expect 3 verify --bag nowhere
    sentence "nowhere"
    [ -z "$output" ]
    expect 3 verify --bag --json nowhere
    jq -e '.type == "error" and .status == 3' <<<"$output"
    make_bag other
    sed -i 's/  /  .\//' other/manifest-sha256.txt
    (cd other && sha256sum bagit.txt bag-info.txt manifest-sha256.txt >tagmanifest-sha256.txt)
    expect 7 verify --bag other
    shows "other: VALID, WITH WARNINGS" "W-BAG-DOT-SLASH"
}

@test "of several bags the worst is the exit status" {
    make_bag good
    cp -r good warned
    touch warned/data/Thumbs.db
    seal warned
    sed -i 's/17.2/17.3/' warned/bag-info.txt
    seal warned
    cp -r good bad
    rm bad/data/a.txt
    expect 7 verify --bag warned good
    expect 1 verify --bag warned bad good
    expect 1 verify --bag bad warned --json
    json_lines
    [ "$(wc -l <<<"$output")" = 2 ]
}

@test "a file, an archive and an empty folder are no bags" {
    mkdir empty
    echo words >file
    expect 1 verify --bag empty
    shows "E-BAG-DECLARATION-MISSING"
    expect 1 verify --bag file
    shows "E-BAG-NOT-A-FOLDER"
    mkfifo fifo
    run timeout 10 "$EXHIBIT" verify --bag fifo
    [ "$status" = 1 ]
}

@test "no store, no key: a bag is judged on any machine" {
    make_bag bag
    unset EXHIBIT_STORE EXHIBIT_KEY
    expect 0 verify --bag bag
    [ -z "$stderr" ]
}

@test "a package of ours, unpacked, is a valid bag without warnings" {
    ready
    export_it 0
    unpack out/OP1_*.zip
    expect 0 verify --bag --json "$bag"
    jq -e '.verdict == "VALID" and .version == "1.0" and .findings == []' <<<"$output"
    (cd "$bag" && printf 'x' >>record/exhibit.json)
    expect 1 verify --bag --json "$bag"
    [ "$(codes)" = "E-BAG-DIGEST" ]
}

@test "bagit of Python agrees on a package of ours and on a damaged one" {
    python3 -c 'import bagit; bagit.Bag' 2>/dev/null || skip "no bagit for Python"
    ready
    export_it 0
    unpack out/OP1_*.zip
    python3 -m bagit --validate --quiet "$bag"
    printf x >>"$bag/data/master/$(ls "$bag/data/master")"
    run python3 -m bagit --validate --quiet "$bag"
    [ "$status" != 0 ]
    expect 1 verify --bag "$bag"
}

@test "judging writes nothing" {
    make_bag bag
    touch bag/data/extra
    everything bag >before
    chmod -R a-w bag
    expect 1 verify --bag bag
    chmod -R u+w bag
    everything bag >after
    diff before after
}

@test "nothing outside the bag is opened, and no FIFO" {
    strace -o /dev/null true 2>/dev/null || skip 'strace cannot be used here'
    make_bag bag
    echo secret >outside
    ln -s ../../outside bag/data/link
    ln -s ../.. bag/data/up
    ln -s /etc bag/elsewhere
    mkfifo bag/data/fifo
    run env ASAN_OPTIONS=exitcode=99:detect_leaks=0 timeout 10 strace -f -e trace=open,openat,openat2 -o trace "$EXHIBIT" verify --bag --json bag
    [ "$status" = 1 ]
    [ "$(codes)" = "E-BAG-LINK E-BAG-SPECIAL-FILE" ]
    [ "$(jq '[.findings[] | select(.code == "E-BAG-LINK")] | length' <<<"$output")" = 3 ]
    run ! grep -E '"(link|up|elsewhere|fifo|.*outside.*|\.\..*)"' trace
    run ! grep -E 'O_(WRONLY|RDWR|CREAT|TRUNC)' trace
}

@test "names with control characters are masked" {
    make_bag bag
    touch "bag/data/$(printf 'a\033[31mb\nc')"
    expect 1 verify --bag bag
    shows 'data/a\x1b[31mb\x0ac'
    run ! grep -q "$(printf '\033')" <<<"$output"
}

@test "a large file takes no more memory than a small one" {
    make_bag bag
    truncate -s 1500M bag/data/large
    sed -i 's/17.2/1572864017.3/' bag/bag-info.txt
    seal bag
    [ -z "${SAN-}" ] || skip "sanitizers take memory of their own"
    run bash -c 'ulimit -v 262144; "$0" verify --bag bag' "$EXHIBIT"
    [ "$status" = 0 ]
}

@test "a manifest that claims very much ends soon, in bounded memory" {
    make_bag bag
    truncate -s 3G bag/manifest-md5.txt
    run timeout 10 "$EXHIBIT" verify --bag --json bag
    [ "$status" = 1 ]
    [[ $(codes) == *E-BAG-LIMIT* ]] || return 1
}

@test "a file that cannot be read gives no verdict" {
    make_bag bag
    chmod 000 bag/data/a.txt
    if [ -r bag/data/a.txt ]; then skip "root reads everything"; fi
    expect 3 verify --bag bag
    sentence "data/a.txt"
    [ -z "$output" ]
}
