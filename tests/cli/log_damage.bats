#!/usr/bin/env bats
# Git's own files of the log, damaged as disks and power cuts leave them: what is lost is named, and what is not is still checked;
# nothing crashes, hangs, or is written.
# shellcheck disable=SC2030,SC2031  # each test is a shell of its own
load common

more() { exhibit case open --type other --reference police:1 --requested-by police --basis consent >/dev/null; }

# Once for all: a log of twelve entries; a mirror of the first nine; a package whose checkpoint is of five, one of nine by itself;
# and, in packed/, the same log after 'git gc'.
setup_file() {
    mkdir -p "$BATS_FILE_TMPDIR/made"
    cd "$BATS_FILE_TMPDIR/made" || return
    export EXHIBIT_STORE=$PWD/store EXHIBIT_KEY=$PWD/op.key
    make_store                                                               # 0
    git init -q --bare -b custody mirror.git
    exhibit log remote add mirror "$BATS_FILE_TMPDIR/made/mirror.git" >/dev/null    # 1
    open_case                                                                # 2
    echo words >words.txt
    exhibit add words.txt --case C1 --from police --received '2021-12-06 10:15' >/dev/null || [ $? = 7 ]    # 3, 4
    exhibit seal OP1 --out "$PWD" --quiet >/dev/null                         # 5, 6
    more
    more                                                                     # 8
    exhibit log checkpoint --out nine.checkpoint --quiet >/dev/null
    exhibit log push >/dev/null
    more
    more
    more                                                                     # 11
    rm -f store/private/index*                                               # it spares commands the reading of old entries
    cp -a store packed
    git --git-dir packed/custody.git gc -q --prune=now
    chmod u+w packed/custody.git/objects/pack/*
}

# begin [STORE]: anew
begin() {
    rm -rf store
    cp -a "$BATS_FILE_TMPDIR/made/${1:-store}" store
    cp -a "$BATS_FILE_TMPDIR"/made/*.zip "$BATS_FILE_TMPDIR"/made/{nine.checkpoint,op.key} .
    repo=store/custody.git
}

# object NUMBER KIND: of that entry; the name is left in $oid and its file in $file
object() {
    oid=$(git --git-dir "$BATS_FILE_TMPDIR/made/store/custody.git" rev-parse "custody~$((11 - $1))")
    case $2 in
    commit) ;;
    tree) oid=$(git --git-dir "$BATS_FILE_TMPDIR/made/store/custody.git" rev-parse "$oid^{tree}") ;;
    *) oid=$(git --git-dir "$BATS_FILE_TMPDIR/made/store/custody.git" rev-parse "$oid:$2") ;;
    esac
    file=$repo/objects/${oid:0:2}/${oid:2}
}

# flip FILE OFFSET
flip() { perl -e 'open F, "+<", $ARGV[0] or die; seek F, $ARGV[1], 0; read F, $b, 1; seek F, $ARGV[1], 0; print F chr(ord($b) ^ 4)' "$1" "$2"; }

# harm HOW FILE
harm() {
    local size
    size=$(stat -c %s "$2")
    chmod u+w "$2"
    case $1 in
    truncated) truncate -s $((size / 2)) "$2" ;;
    empty) : >"$2" ;;
    zeros) head -c "$size" /dev/zero >"$2" ;;
    garbage) head -c "$size" "$EXHIBIT_TOP/README.md" >"$2" ;;
    flipped) flip "$2" $((size / 2)) ;;
    missing) rm "$2" ;;
    esac
}

listing() { (cd store && find . ! -path './private/index*' -printf '%P %y %m %s %l\n' | sort; find . ! -path './private/index*' -type f -exec sha256sum {} + | sort); }

# bounded STATUS...: log verify, which ends in time with one of these; leaves what it said as text in ./text, as JSON in $output
bounded() {
    listing >before
    status=0
    timeout 20 "$EXHIBIT" log verify </dev/null >text 2>&1 || status=$?
    [[ " $* " == *" $status "* ]] || { echo "exit status $status, not $*:"; cat text; return 1; }
    run --separate-stderr timeout 20 "$EXHIBIT" log verify --json
    [[ " $* " == *" $status "* ]]
    listing | diff before -
}

# refused: nothing is added, and nothing is written in the log
refused() {
    listing >before
    run --separate-stderr timeout 20 "$EXHIBIT" case open --type other --reference police:1 --requested-by police --basis consent
    [ "$status" = 4 ] || { echo "exit status $status: $stderr"; return 1; }
    sentence "$@"
    listing | diff before -
}

# lost FROM TO: exactly these, and the text says so, and what is readable
lost() {
    [ "$(jq -c '[.lost[] | [.from, .to]]' <<<"$output")" = "[[$1,$2]]" ] || { echo "not $1 to $2:"; cat text; return 1; }
    [ "$(jq .entries <<<"$output")" = 12 ]
    [ "$(jq -r .verdict <<<"$output")" = FAILED ]
    local range="entries $1 to $2"
    [ "$1" != "$2" ] || range="entry $1"
    grep -q "^lost *$range:" text
    [ "$1" = 0 ] || grep -qE "^readable *(entries 0 to|entry) $(($1 - 1))$" text
    [ "$2" = 11 ] || grep -qE "^readable *(entries $(($2 + 1)) to|entry) 11$" text
}

# every HOW: each kind of object, at the head, in the middle, at the root
every() {
    local number kind
    for number in 11 7 0; do
        for kind in commit tree entry.json checkpoint; do
            begin
            object $number $kind
            harm "$1" "$file"
            if [ $number$kind = 11commit ]; then
                bounded 4
                grep -q 'no entry can be reached' text
            else
                bounded 1
                from=$number
                [ $kind != commit ] || from=0
                lost $from $number
                # No other problem is made of it.
                [ "$(jq '[.problems[] | select(contains("lost") or contains("cannot be") or contains("entry behind it") | not)] | length' <<<"$output")" = 0 ] ||
                    { cat text; return 1; }
            fi
            grep -q "$oid is missing or damaged" text
            refused "$oid"
        done
    done
}

@test "an object cut short: the entry that is lost is named, the others are checked, nothing is written" { every truncated; }
@test "an empty object: the same" { every empty; }
@test "an object of zeros: the same" { every zeros; }
@test "an object with a flipped bit: the same" { every flipped; }
@test "an object that is gone: the same" { every missing; }

@test "an entry that is lost is told with the digest that it had" {
    begin
    digest=$(git --git-dir store/custody.git show custody~4:entry.json | sha256sum | cut -c1-64)
    object 7 entry.json
    harm zeros "$file"
    bounded 1
    grep -q "entry 7: the entry behind it says that its entry.json has the SHA-256 $digest" text
    expect 4 log show
    expect 4 log checkpoint
    expect 4 log push
}

@test "a changed entry before one that is lost, and one behind it, still show" {
    begin
    G() { GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x git --git-dir store/custody.git "$@"; }
    # The whole history from entry NUMBER on, signed by nobody, its entry changed.
    forge() {
        local parent number blob tree commit
        parent=$(G rev-parse "custody~$((12 - $1))")
        for ((number = $1; number < 12; number++)); do
            commit=$(git --git-dir "$BATS_FILE_TMPDIR/made/store/custody.git" rev-parse "custody~$((11 - number))")
            tree=$(G rev-parse "$commit^{tree}")
            if [ "$number" = "$1" ]; then
                blob=$(G show "$commit:entry.json" | sed 's/"C1"/"C9"/; s/"C2"/"C9"/' | G hash-object -w --stdin)
                tree=$({ G ls-tree "$commit" checkpoint; printf '100644 blob %s\tentry.json\n' "$blob"; } | G mktree)
            fi
            parent=$(G log -1 --format=%B "$commit" | G commit-tree -p "$parent" "$tree")
        done
        G update-ref refs/heads/custody "$parent"
    }
    forge 3
    object 7 entry.json
    harm missing "$file"
    bounded 1
    grep -q 'entry 3: ' text
    begin
    forge 9
    object 7 entry.json
    harm missing "$file"
    bounded 1
    grep -qE 'entry (9|10): ' text
}

@test "what left the room is held against the log on both sides of what is lost" {
    for kind in tree entry.json checkpoint; do
        begin
        object 7 $kind
        harm truncated "$file"
        expect 1 log verify --against ./*.zip nine.checkpoint --json
        [ "$(jq -c '[.against[] | [.entries, .holds]]' <<<"$output")" = '[[5,true],[9,true]]' ] || { echo "$output"; return 1; }
    done
    # Of so many that the log has no checkpoint of its own of that size any more.
    begin
    object 8 checkpoint
    harm truncated "$file"
    expect 1 log verify --against ./*.zip --against nine.checkpoint
    shows 'the first 5 entries, by' 'nine.checkpoint: it is of 9 entries, of which entry 8 is lost'
    # Where a commit is lost there is nothing to compare with, and that is said.
    begin
    object 7 commit
    harm empty "$file"
    expect 1 log verify --against ./*.zip
    shows 'there is nothing to compare it with' 'entries 8 to 11'
    # Another history of the same key, behind what is lost.
    begin
    git --git-dir store/custody.git update-ref refs/heads/custody custody~4
    more
    more
    object 3 entry.json
    harm missing "$file"
    expect 1 log verify --against ./*.zip --against nine.checkpoint --json
    [ "$(jq -c '[.against[] | .holds]' <<<"$output")" = '[true,false]' ]
    jq -r '.against[1].problem' <<<"$output" | grep 'checkpoint of 9 entries is another'
}

@test "what a witness saw beyond a lost entry is no problem, and what it saw before still counts" {
    make_store                                                                  # 0
    make_key au AU auditor
    exhibit key trust au.pub --name 'A. Auditor' --initials AU --role auditor >/dev/null    # 1
    seen=0
    for _ in 1 2; do
        more                                                                    # 2, 4
        exhibit log prove --from "$seen" --out request >/dev/null
        env -u EXHIBIT_STORE "$EXHIBIT" log witness request --store-checkpoint kept --key au.key \
            --log "$(exhibit log checkpoint --json | jq -r .key)" >back
        exhibit log anchor back >/dev/null                                      # 3, 5
        seen=$(sed -n 2p kept)
        rm request
    done
    expect 0 log verify --json
    [ "$(jq -c '[.anchors[].entries]' <<<"$output")" = '[3,5]' ]
    oid=$(git --git-dir store/custody.git rev-parse custody~1:entry.json)
    rm -f "store/custody.git/objects/${oid:0:2}/${oid:2}"
    expect 1 log verify --json
    [ "$(jq -c '[.anchors[].entries]' <<<"$output")" = '[3]' ]
    [ "$(jq .anchored <<<"$output")" = 3 ]
    [ "$(jq -c '[.lost[] | [.from, .to]]' <<<"$output")" = '[[4,4]]' ]
    [ "$(jq '[.problems[] | select(contains("witness"))] | length' <<<"$output")" = 0 ]
}

@test "two entries that are lost are two, and neighbours are one stretch" {
    begin
    for number in 3 8 9; do
        object $number entry.json
        harm missing "$file"
    done
    bounded 1
    [ "$(jq -c '[.lost[] | [.from, .to]]' <<<"$output")" = '[[3,3],[8,9]]' ]
    grep -q '^readable *entries 4 to 7$' text
}

@test "a branch that is empty, torn, garbage, of nothing or of something else is named, and nothing is guessed" {
    for how in empty truncated zeros garbage; do
        begin
        harm $how $repo/refs/heads/custody
        bounded 4
        grep -q refs/heads/custody text
        refused refs/heads/custody
    done
    begin
    echo 1111111111111111111111111111111111111111 >$repo/refs/heads/custody
    bounded 4
    grep -q '1111111111 is missing' text
    refused 1111111111
    begin
    git --git-dir $repo rev-parse 'custody^{tree}' >tree
    cp tree $repo/refs/heads/custody
    bounded 4
    grep -q 'is a tree' text
    begin
    rm $repo/refs/heads/custody
    bounded 1
    grep -q "branch 'custody' is not there" text
    expect 5 case open --type other --reference police:1 --requested-by police --basis consent
    listing | diff before -
}

@test "a repository without HEAD, references or objects is none" {
    for what in HEAD refs objects; do
        begin
        rm -r "${repo:?}/$what"
        bounded 4
        grep -q 'is not a repository, or is damaged' text
        refused custody.git
    done
}

@test "a HEAD or a configuration by which git itself cannot open the log is named, and the entries are checked" {
    for what in HEAD config; do
        for how in empty truncated zeros garbage missing; do
            case $what$how in
            HEADmissing) continue ;;                                 # is no repository at all: above
            configtruncated) continue ;;                             # has what git needs, in its first half: below
            esac
            begin
            expect 0 log verify --new
            harm $how $repo/$what
            expect 1 log verify --new
            bounded 1
            [ "$(jq .entries <<<"$output")" = 12 ]
            [ "$(jq '.problems | length' <<<"$output")" = 1 ]
            jq -r '.problems[0]' <<<"$output" | grep -q "custody.git/$what' is damaged"
        done
    done
}

@test "a configuration that no longer denies forced pushes or deletions is named by the setting, and the way to set it" {
    for key in receive.denyNonFastForwards receive.denyDeletes; do
        for how in --unset false; do
            begin
            # shellcheck disable=SC2086  # one word, or none
            if [ $how = false ]; then git --git-dir $repo config $key false; else git --git-dir $repo config $how $key; fi
            expect 1 log verify --new
            bounded 1
            [ "$(jq .entries <<<"$output")" = 12 ]
            [ "$(jq '.problems | length' <<<"$output")" = 1 ]
            problem=$(jq -r '.problems[0]' <<<"$output")
            [[ $problem == *"custody.git/config' does not set '$key'"* ]]
            eval "${problem##*: }"                                   # the remedy, as it is written
            expect 0 log verify
        done
    done
    git clone -q --bare --no-local $repo copy/custody.git            # has never had them
    expect 0 log verify --store copy
    begin
    harm truncated $repo/config                                      # as a cut behind what git needs
    bounded 1
    jq -r '.problems[0]' <<<"$output" | grep -q "does not set 'receive.deny"
}

@test "packed references that are torn or garbage are named, and empty ones have no branch" {
    for how in truncated garbage; do
        begin packed
        [ ! -e $repo/refs/heads/custody ]
        harm $how $repo/packed-refs
        bounded 4
        refused 'references'
    done
    begin packed
    : >$repo/packed-refs
    bounded 1
    grep -q "branch 'custody' is not there" text
}

@test "a pack or its index, gone, torn, of another pack or leading out of it, is named; neither crashes" {
    begin packed
    bounded 0
    for how in missing empty truncated zeros garbage; do
        for ending in pack idx; do
            begin packed
            harm $how $repo/objects/pack/*.$ending
            bounded 4
            grep -q 'is missing or damaged' text
            [ $how$ending = packmissing ] || grep -q 'objects/pack/pack-' text || [ $ending = pack ]
            refused 'missing or damaged'
        done
    done
    begin packed
    git init -q --bare other
    git --git-dir other hash-object -w "$EXHIBIT_TOP/README.md" >/dev/null
    git --git-dir other repack -q -a -d
    git --git-dir other hash-object --stdin -w <nine.checkpoint | git --git-dir other pack-objects -q other/alone >/dev/null
    cat other/alone-*.idx >"$(echo $repo/objects/pack/*.idx)"
    bounded 4
    refused 'missing or damaged'
}

@test "a flipped bit anywhere in a pack or its index is found, or does no harm" {
    # Sizes differ by a few bytes from run to run: so many places of each.
    for ending in pack idx; do
        begin packed
        file=$(echo $repo/objects/pack/*.$ending)
        cp "$file" whole
        size=$(stat -c %s whole)
        for ((at = 0; at < size; at += size / 40)); do
            flip "$file" $at
            status=0
            timeout 20 "$EXHIBIT" log verify </dev/null >text 2>&1 || status=$?
            case $status in
            0) grep -q VERIFIED text ;;
            1 | 4) grep -qE 'missing or damaged|cannot be used' text || { cat text; return 1; } ;;
            *) echo "at $at of the $ending: exit status $status"; cat text; return 1 ;;
            esac
            cp whole "$file"
        done
        bounded 0
    done
}

@test "an object that is damaged by itself and whole in a pack is no damage" {
    begin packed
    begin
    git --git-dir "$BATS_FILE_TMPDIR/made/packed/custody.git" pack-objects -q --all $repo/objects/pack/pack </dev/null >/dev/null
    object 7 commit
    harm truncated "$file"
    bounded 0
    more
}

@test "a log with a damaged object is not packed: it ends in time, and every file stays" {
    for what in '7 commit' '7 tree' '7 entry.json' '0 checkpoint'; do
        begin
        expect 0 log show                                   # which leaves an index: what is damaged then is read by none but the packing
        # shellcheck disable=SC2086  # two words
        object $what
        harm truncated "$file"
        find $repo/objects -type f | sort >before
        run --separate-stderr timeout 20 "$EXHIBIT" log pack
        [ "$status" = 4 ]
        sentence "$oid"
        find $repo/objects -type f | sort | diff before -
    done
}

@test "what killed writers leave behind disturbs nothing" {
    begin
    mkdir -p $repo/objects/pack
    echo x >$repo/objects/tmp_obj_a
    echo x >$repo/objects/pack/tmp_pack_a
    echo x >$repo/objects/pack/tmp_idx_a
    : >$repo/packed-refs.lock
    : >$repo/HEAD.lock
    : >$repo/config.lock
    touch -d '1 minute ago' $repo/refs/heads/custody.lock
    bounded 0
    more
    bounded 0
    [ "$(acts | wc -l)" = 13 ]
    [ -e $repo/objects/tmp_obj_a ]
}

@test "the steps of the manual, as they stand, bring a damaged log back from a mirror" {
    awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0 } on' "$EXHIBIT_TOP/docs/log-storage.md" | sed "s|^exhibit |$EXHIBIT |" >steps
    [ "$(wc -l <steps)" -ge 10 ]
    # repaired: the steps lead to a log of all twelve entries that verifies and goes on
    repaired() {
        expect 1 log verify || expect 4 log verify
        cp -a "$BATS_FILE_TMPDIR/made/mirror.git" mirror.git
        bash -e steps >said 2>&1 || { cat said; return 1; }
        expect 0 log verify --against ./*.zip nine.checkpoint
        [ "$(acts | wc -l)" = 12 ]
        [ "$(git --git-dir store/custody.git rev-parse custody)" = "$(git --git-dir "$BATS_FILE_TMPDIR/made/store/custody.git" rev-parse custody)" ]
        git --git-dir store/custody.git fsck --full --strict
        [ "$(git --git-dir store/custody.git config receive.denyDeletes)" = true ]
        more
        expect 0 log verify
        rm -rf mirror.git repaired damaged.git scratch.git
    }
    begin
    for what in '3 commit' '5 entry.json' '6 tree' '8 checkpoint'; do
        # shellcheck disable=SC2086  # two words
        object $what
        harm truncated "$file"
    done
    repaired
    begin
    object 4 commit
    harm missing "$file"
    repaired
    begin
    object 0 entry.json
    harm flipped "$file"
    repaired
    # What the mirror has not is damaged, too: the second fetch says so, and nothing is put in place.
    begin
    object 10 entry.json
    harm zeros "$file"
    cp -a "$BATS_FILE_TMPDIR/made/mirror.git" mirror.git
    listing >before
    run ! bash -e steps
    listing | diff before -
    expect 0 log verify --store repaired
    expect 1 log verify
}

@test "the manual's way to copy a log while it is written gives one that verifies" {
    begin
    awk '/^    cp -a store/ { sub(/ *#.*/, ""); print }' "$EXHIBIT_TOP/docs/log-storage.md" >steps
    [ "$(wc -l <steps)" = 3 ]
    mkdir -p backup/custody.git
    more
    while read -r step; do
        [[ $step == *packed-refs* ]] || bash -c "$step"
        more
    done <steps
    expect 0 log verify --store backup
    [ "$(git --git-dir backup/custody.git rev-list --count custody)" -ge 13 ]
}
