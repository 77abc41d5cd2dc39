#!/usr/bin/env bats
# The whole store judged: a flipped bit anywhere is found and named, with when it was last good and which packages still hold the
# exhibit; a run that is killed goes on; nothing that stands in its way takes the verdict away.
# shellcheck disable=SC2030,SC2031  # each test is a shell of its own
load common

# Once for all: Masters OP1 and OP2 (of which a package was made with it), a copy OP1/1, stills OP1/2, the package C1-P1 of all
# of OP1, a policy, and the photograph of a clock.
setup_file() {
    mkdir -p "$BATS_FILE_TMPDIR/made/out"
    cd "$BATS_FILE_TMPDIR/made" || return
    export EXHIBIT_STORE=$PWD/store EXHIBIT_KEY=$PWD/op.key
    mastered
    exhibit export --case C1 --out out "${window[@]}" --quiet >/dev/null || [ $? = 7 ]
    exhibit transcode OP1 --preset small --quiet >/dev/null || [ $? = 7 ]
    exhibit still OP1 --at +5s --quiet >/dev/null || [ $? = 7 ]
    exhibit seal OP1 --with master,copy,stills --out out --quiet >/dev/null || [ $? = 7 ]
    exhibit retention adopt "$EXHIBIT_TOP/policies/uk-local-authority.conf" --reason test >/dev/null
    echo photograph >clock.jpg
    exhibit camera check-time wisbech-12 --shown 2021-12-05T22:00:00Z --actual 2021-12-05T22:00:00Z --reference NTP --method read \
        --photo clock.jpg >/dev/null
}

# begin: anew
begin() {
    rm -rf store out
    cp -a "$BATS_FILE_TMPDIR/made/store" "$BATS_FILE_TMPDIR/made/out" "$BATS_FILE_TMPDIR/made/op.key" .
}

# flip FILE [OFFSET]: one bit, in the middle
flip() {
    chmod u+w "$1"
    perl -e 'open F, "+<", $ARGV[0] or die; my $at = $ARGV[1] // int((-s F) / 2); seek F, $at, 0; read F, $b, 1; seek F, $at, 0; print F chr(ord($b) ^ 4)' "$@"
}

# item FILTER: from the lines about items
item() { jq -c "select(.type == \"store-item\") | $1" <<<"$output"; }
summary() { jq -c "select(.type == \"store-verify\") | $1" <<<"$output"; }
# failed: the items that are not good
failed() { item '.item' | sort | tr '\n' ' '; }

# finds FILE ITEM: a bit flipped in FILE makes ITEM fail, and nothing else; the finding names the file
finds() {
    begin
    flip "$1"
    expect 1 verify --store --json || return 1
    json_lines
    [ "$(failed)" = "\"$2\" " ] || { echo "$1: failed are $(failed)"; return 1; }
    [ "$(item .verdict)" = '"FAILED"' ]
    [ "$(summary '[.verdict, .failed]')" = '["FAILED",1]' ]
    item '.findings[]' | grep -qF "$(basename "$1")" || { echo "$1: not named"; item .findings; return 1; }
}

@test "a store that is as it was made verifies, and the run leaves an entry" {
    begin
    expect 0 verify --store --json
    json_lines
    [ "$(wc -l <<<"$output")" = 1 ]
    [ "$(summary '[.verdict, .items, .good, .failed, .foreign, .not_reached, .kept, .seed]')" = '["VERIFIED",7,7,0,0,0,true,null]' ]
    entry=$(summary .entry)
    expect 0 log show --json
    jq -e --argjson n "$entry" 'select(.entry.seq == $n) | .entry | .act == "verify" and .verb == "consultation" and .exhibit == null
        and .facts == {verdict: "VERIFIED", items: 7, good: 7, failed: 0, foreign: 0, not_reached: 0}' <<<"$output" >/dev/null
    expect 0 log verify
    [ "$(stat -c %a store/private/verified)" = 600 ]
}

@test "with packages, those that left the room are judged too, by the log's digests" {
    begin
    expect 0 verify --store "$PWD/store" --packages out
    shows VERIFIED '9: 9 good'
    # Unpacked, and beside what is no package.
    echo words >out/words.txt
    (cd out && unzip -q ./*C1-P1.zip -d C1-P1 && rm ./*C1-P1.zip)
    expect 0 verify --store --packages out
    shows '9: 9 good'
}

@test "a flipped bit is found in each kind of file of a Master" {
    begin
    for file in $(cd store/exhibits/OP1 && ls data/master/*) record/exhibit.json manifest-sha256.txt tagmanifest-sha256.txt \
        tagmanifest-sha256.txt.sig tagmanifest-sha256.txt.minisig bag-info.txt bagit.txt START-HERE.html; do
        finds "store/exhibits/OP1/$file" OP1
    done
}

@test "and in each kind of file of a copy and of stills" {
    begin
    for file in $(cd store/exhibits && ls OP1_1/data/*/* OP1_2/data/*/* OP1_1/record/exhibit.json OP1_2/tagmanifest-sha256.txt.sig); do
        finds "store/exhibits/$file" "OP1/${file:4:1}"
    done
}

@test "and in a policy and the photograph of a clock, which may also be gone" {
    begin
    policy=$(cd store && echo policies/*) photo=$(cd store && echo checks/*)
    finds "store/$policy" "$policy"
    finds "store/$photo" "$photo"
    [ "$(item .kind)" = '"photograph"' ]
    begin
    rm "store/$policy" "store/$photo"
    expect 1 verify --store
    shows "$policy: FAILED" "$photo: FAILED" missing
}

@test "and in any object of the log, one that nothing names among them" {
    begin
    log=store/custody.git
    oid=$(git --git-dir $log rev-parse custody~3)
    for name in "$oid" "$oid^{tree}" "$oid:entry.json" "$oid:checkpoint"; do
        object=$(git --git-dir "$BATS_FILE_TMPDIR/made/store/custody.git" rev-parse "$name")
        begin
        flip "$log/objects/${object:0:2}/${object:2}"
        expect 1 verify --store --json
        [ "$(failed)" = '"custody.git" ' ]
        item '.findings[].text' | grep -q "${object:2}"
        # What hangs on the log is judged all the same.
        [ "$(summary '[.good, .failed]')" = '[6,1]' ]
    done
    begin
    object=$(echo garbage | git --git-dir $log hash-object -w --stdin)
    expect 0 verify --store
    flip "$log/objects/${object:0:2}/${object:2}"
    expect 1 verify --store
    shows 'custody.git: FAILED' "${object:2}' is damaged"
}

@test "a log whose last entry is damaged opens no store: the object is named, and nothing is taken for judged" {
    begin
    object=$(git --git-dir store/custody.git rev-parse custody)
    flip "store/custody.git/objects/${object:0:2}/${object:2}"
    expect 4 verify --store --json
    json_lines
    [ "$(jq -r .type <<<"$output")" = error ]
    sentence "$object"
}

@test "and anywhere in a pack, its index, HEAD and config" {
    begin
    exhibit log pack --quiet
    cp -a store packed
    pack=$(echo store/custody.git/objects/pack/*.pack)
    size=$(stat -c %s "$pack")
    for place in 5 9 $((size / 3)) $((size / 2)) $((size - 3)); do
        rm -rf store && cp -a packed store
        flip "$pack" "$place"
        expect 1 verify --store --json || [ "$status" = 4 ]
        [ "$status" = 4 ] || item '.findings[].text' | grep -q "$(basename "$pack").*damaged"
    done
    index=${pack%.pack}.idx
    for place in $(($(stat -c %s "$index") - 2)) $(($(stat -c %s "$index") - 100)) 1200; do
        rm -rf store && cp -a packed store
        flip "$index" "$place"
        expect 1 verify --store --json || [ "$status" = 4 ]
        [ "$status" = 4 ] || item '.findings[].text' | grep -q "$(basename "$index").*damaged"
    done
    for file in HEAD config; do
        rm -rf store && cp -a packed store
        flip store/custody.git/$file 2
        expect 1 verify --store
        shows 'custody.git: FAILED' "$file"
        # The log says of nobody whom to trust; what it says of digests holds the exhibits.
        shows ': 6 good,' ' 1 failed'
    done
}

@test "and in a package, which is named by what it was issued as" {
    begin
    flip out/*C1-P1.zip
    flip out/OP2_*.zip
    expect 1 verify --store --packages out --json
    [ "$(item '[.kind, .verdict, .last_good_by]' | sort -u)" = '["package","FAILED","made"]' ]
    item '.findings[].text' | grep -q 'issued as C1-P1'
    item '.findings[].text' | grep -q 'issued as OP2'
    # Where it is damaged is told, since it is not encrypted.
    item '.findings[].code' | grep -q E-ZIP-CHECKSUM
    # One that was never issued is none of ours.
    begin
    cp out/OP2_*.zip out/other.zip
    flip out/other.zip
    expect 7 verify --store --packages out --json
    [ "$(item '[.item, .verdict]')" = "[\"$PWD/out/other.zip\",\"NOT KNOWN\"]" ]
}

@test "of a damaged exhibit it is said when it was good last, and which packages still hold it" {
    begin
    sealed=$(exhibit log show --json --exhibit OP1 | jq -r 'select(.entry.act == "extract-done").entry.time')
    flip store/exhibits/OP1/data/master/*.mp4
    expect 1 verify --store --packages out --json
    item '[.last_good, .last_good_by]' | grep -q "\"${sealed%%.*}.*made"
    [ "$(item '.packages[] | [.package, .found_good, .sha256[0]]')" = \
        "[\"C1-P1\",\"$(realpath out/*C1-P1.zip)\",\"$(sha256sum out/*C1-P1.zip | cut -c1-64)\"]" ]
    # An entry says so, too.
    expect 0 log show --exhibit OP1 --json
    jq -se 'map(.entry) | last | .act == "verify" and .facts.verdict == "FAILED"' <<<"$output" >/dev/null
    expect 1 verify --store
    shows 'OP1: FAILED' 'C1-P1, sealed' 'SHA-256'
    # A verification of its own, and a run of the whole, are later times.
    begin
    expect 0 verify OP1
    flip store/exhibits/OP1/bag-info.txt
    expect 1 verify --store --json
    [ "$(item .last_good_by)" = '"verify"' ]
    begin
    expect 0 verify --store --quiet
    flip store/exhibits/OP1/bag-info.txt
    expect 1 verify --store --json
    [ "$(item .last_good_by)" = '"verify --store"' ]
    # That file is nobody's word: without it the log is asked.
    rm store/private/verified*
    expect 1 verify --store --json
    [ "$(item .last_good_by)" = '"made"' ]
}

@test "an exhibit that is gone fails, and what the log does not know is told and left alone" {
    begin
    rm -r store/exhibits/OP1_1
    expect 1 verify --store
    shows 'OP1/1: FAILED' E-LOG missing
    begin
    mkdir store/exhibits/OP99 store/exhibits/words
    touch store/notes.txt store/policies/x.conf store/checks/y.jpg store/staging/z store/private/old.key store/private/cases/C1.bak
    expect 7 verify --store --json
    [ "$(failed)" = '"checks/y.jpg" "exhibits/OP99" "exhibits/words" "notes.txt" "policies/x.conf" "private/cases/C1.bak" "private/old.key" "staging/z" ' ]
    [ "$(item '[.kind, .verdict, .findings[0].code]' | sort -u)" = '["foreign","NOT KNOWN","W-FOREIGN"]' ]
    [ "$(summary '[.verdict, .foreign]')" = '["VERIFIED",8]' ]
    [ -e store/notes.txt ] && [ -d store/exhibits/OP99 ] && [ -e store/private/old.key ]
}

@test "an exhibit in the making is neither missing nor foreign" {
    begin
    mkdir store/exhibits/.OP3.partial
    echo '{}' >store/staging/OP3.json
    exec 8<>store/staging/OP3.json
    flock 8
    expect 0 verify --store
    # Its entry is there, its name not yet.
    mv store/exhibits/OP2 store/exhibits/.OP2.partial
    echo '{}' >store/staging/OP2.json
    exec 9<>store/staging/OP2.json
    flock 9
    expect 7 verify --store --json
    [ "$(summary '[.verdict, .not_reached, .foreign]')" = '["INCOMPLETE",1,0]' ]
    # One that has its name is judged, whatever journal is left.
    echo '{}' >store/staging/OP1.json
    exec 7<>store/staging/OP1.json
    flock 7
    flip store/exhibits/OP1/bag-info.txt
    expect 1 verify --store --json
    [ "$(failed)" = '"OP1" ' ]
}

@test "a run that is killed goes on where it was, and a bit flipped since is found" {
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99
    strace -o /dev/null true 2>/dev/null || skip 'strace cannot be used here'
    begin
    run strace -f -o /dev/null -P "$PWD/store/exhibits/OP1_2" -e trace=getdents64 -e inject=getdents64:signal=KILL "$EXHIBIT" verify --store
    [ "$status" = 137 ]
    flip store/exhibits/OP2/bag-info.txt
    expect 1 verify --store --resume --json
    [ "$(summary '[.resumed, .good_before, .good, .failed]')" = '[true,5,1,1]' ]
    [ "$(failed)" = '"OP2" ' ]
    # It came to its end: the next one begins anew.
    expect 1 verify --store --resume --json
    [ "$(summary '[.resumed, .good_before]')" = '[false,0]' ]
}

@test "what was good in an earlier run is read again in the one that goes on" {
    begin
    expect 0 verify --store --quiet
    expect 7 verify --store --minutes 0 --quiet
    flip store/exhibits/OP2/bag-info.txt
    expect 1 verify --store --resume --json
    [ "$(summary '[.resumed, .good_before, .failed]')" = '[true,1,1]' ]
}

@test "without --resume a run begins anew, whatever was left" {
    begin
    expect 7 verify --store --minutes 0 --json
    expect 0 verify --store --json
    [ "$(summary '[.resumed, .good]')" = '[false,7]' ]
}

@test "a run that has no more time says what it did not reach, and run after run comes to the end" {
    begin
    for n in 0 1 2 3 4 5; do
        expect 7 verify --store --minutes 0 --resume --json
        [ "$(summary '[.verdict, .good_before, .good, .not_reached]')" = "[\"INCOMPLETE\",$n,1,$((6 - n))]" ]
    done
    expect 0 verify --store --minutes 0 --resume --json
    [ "$(summary '[.verdict, .good_before, .good, .not_reached]')" = '["VERIFIED",6,1,0]' ]
}

@test "a sample is the one that its seed gives, by stock tools too" {
    begin
    for folder in OP1 OP2 OP1_1 OP1_2; do flip store/exhibits/$folder/bag-info.txt; done
    for seed in 7 'two words'; do
        expect 1 verify --store --sample 2 --seed "$seed" --json
        for reference in OP1 OP2 OP1/1 OP1/2; do
            printf '%s %s\n' "$(printf '%s %s' "$seed" $reference | sha256sum | cut -c1-64)" "\"$reference\""
        done | sort | head -n 2 | cut -d' ' -f2 | sort | tr '\n' ' ' >chosen
        [ "$(failed)" = "$(cat chosen)" ] || { failed; cat chosen; return 1; }
        [ "$(summary '[.seed, .items]')" = "[\"$seed\",5]" ]
    done
    # One that is drawn is printed, and gives the same sample again.
    expect 1 verify --store --sample 1 --json
    first=$(failed) seed=$(summary .seed | tr -d '"')
    [[ $seed =~ ^[0-9a-f]{16}$ ]]
    expect 1 verify --store --sample 1 --seed "$seed" --json
    [ "$(failed)" = "$first" ]
    expect 1 verify --store --sample 1 --seed "$seed"
    shows "$seed"
    # More than there are is all of them.
    expect 1 verify --store --sample 1000 --json
    [ "$(summary .failed)" = 4 ]
    exhibit log show --json | jq -se 'map(.entry) | last | .facts.sample == 1000 and .facts.seed != null' >/dev/null
}

@test "a sample that was ended goes on with its own seed, and a run of the whole does not take it for its own" {
    begin
    expect 7 verify --store --sample 3 --minutes 0 --json
    seed=$(summary .seed)
    expect 0 verify --store --sample 3 --resume --json
    [ "$(summary '[.seed, .resumed, .good_before, .good]')" = "[$seed,true,1,5]" ]
    expect 7 verify --store --sample 3 --minutes 0 --json
    expect 0 verify --store --resume --json
    [ "$(summary .resumed)" = false ]
}

@test "of two at once the second is told to try again" {
    begin
    exec 9<>store/private/verified.lock
    flock 9
    expect 6 verify --store
    sentence verified.lock 'try again'
}

@test "what reads from a disk that fails is told, and the rest is judged" {
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99
    strace -o /dev/null true 2>/dev/null || skip 'strace cannot be used here'
    begin
    run --separate-stderr strace -f -o /dev/null -P "$PWD/store/exhibits/OP1/bag-info.txt" -e trace=pread64 -e inject=pread64:error=EIO \
        "$EXHIBIT" verify --store --json
    [ "$status" = 1 ]
    [ "$(item '[.item, .verdict]')" = '["OP1","UNREADABLE"]' ]
    item '.findings[].text' | grep -q 'Input/output error'
    [ "$(summary '[.good, .failed]')" = '[6,1]' ]
}

@test "a full disk for what it keeps does not take the verdict, nor the entry" {
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99
    strace -o /dev/null true 2>/dev/null || skip 'strace cannot be used here'
    begin
    for wanted in 0 1; do
        run --separate-stderr strace -f -o /dev/null -P "$PWD/store/private/verified-wal" -e trace=pwrite64 -e inject=pwrite64:error=ENOSPC \
            "$EXHIBIT" verify --store --json
        [ "$status" = $wanted ]
        [ "$(summary '[.kept, .failed]')" = "[false,$wanted]" ]
        [ "$(summary .entry)" != null ]
        mentions 'not kept'
        [ $wanted = 1 ] || flip store/exhibits/OP1/bag-info.txt
    done
    rm -r store/private/verified*
    mkdir store/private/verified
    expect 1 verify --store --json
    [ "$(summary '[.kept, .failed]')" = '[false,1]' ]
}

@test "a verdict that cannot be entered is told all the same, and ends with 3 where nothing else is wrong" {
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99
    strace -o /dev/null true 2>/dev/null || skip 'strace cannot be used here'
    begin
    # The first lock is that of settling what a kill left.
    unentered=(strace -f -o /dev/null -P "$PWD/store/lock" -e trace=flock -e inject=flock:error=EIO:when=2+ "$EXHIBIT" verify --store --json)
    run --separate-stderr "${unentered[@]}"
    [ "$status" = 3 ] || { echo "$status $stderr"; return 1; }
    [ "$(summary '[.verdict, .entry]')" = '["VERIFIED",null]' ]
    mentions 'could not be entered'
    flip store/exhibits/OP1/bag-info.txt
    run --separate-stderr "${unentered[@]}"
    [ "$status" = 1 ]
    [ "$(summary '[.verdict, .entry]')" = '["FAILED",null]' ]
    [ "$(failed)" = '"OP1" ' ]
    mentions 'could not be entered'
}

@test "it gives way to everybody else, and the verifying of one exhibit does not" {
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99
    strace -o /dev/null true 2>/dev/null || skip 'strace cannot be used here'
    begin
    strace -o calls -e trace=setpriority,ioprio_set "$EXHIBIT" verify --store >/dev/null
    grep -q 'setpriority(PRIO_PROCESS, 0, 19)' calls
    grep -qE 'ioprio_set\(IOPRIO_WHO_PROCESS, 0, .*(IDLE|3 *<<|24576|0x6000)' calls
    strace -o calls -e trace=setpriority,ioprio_set "$EXHIBIT" verify OP1 >/dev/null
    [ "$(grep -c prio calls)" = 0 ]
}

@test "it reads from the disk, not what the system remembers of it" {
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99
    strace -o /dev/null true 2>/dev/null || skip 'strace cannot be used here'
    begin
    # Taken before: the run ends by adding objects of its own, which it had none of to read.
    objects=("$PWD"/store/custody.git/objects/??/*)
    strace -f -y -o calls -e trace=fadvise64 "$EXHIBIT" verify --store --packages out >/dev/null
    for file in "$PWD"/store/exhibits/OP*/data/*/* "$PWD"/store/exhibits/OP1/tagmanifest-sha256.txt "$PWD"/out/*.zip "${objects[@]}"; do
        grep -F "<$file>" calls | grep -q DONTNEED || { echo "$file"; return 1; }
    done
}

@test "usage, a store that is not there, one that is none, and a key that is not trusted" {
    begin
    expect 2 verify
    mentions -- --store
    expect 2 verify --store --seed 7
    sentence -- --sample
    expect 2 verify --store --sample 0
    expect 2 verify --store --sample x
    expect 2 verify --store --minutes x
    expect 2 verify --store --sample 1 --seed ''
    expect 2 verify --store "$PWD/store" OP1 --resume
    EXHIBIT_STORE='' expect 2 verify --store
    expect 3 verify --store nowhere
    expect 3 verify --store --packages nowhere
    mkdir none
    expect 4 verify --store none
    make_key other OT auditor
    EXHIBIT_KEY=other.key expect 5 verify --store
    EXHIBIT_KEY='' expect 2 verify --store
}

@test "an auditor may, from a timer, with no terminal and nothing but the two names" {
    begin
    make_key auditor AU auditor
    expect 0 key trust auditor.pub --name Auditor --initials AU --role auditor
    run --separate-stderr setsid env -i EXHIBIT_STORE="$EXHIBIT_STORE" EXHIBIT_KEY="$PWD/auditor.key" "$EXHIBIT" verify --store --resume \
        --minutes 120 --json </dev/null
    [ "$status" = 0 ]
    json_lines
    expect 0 log verify
}
