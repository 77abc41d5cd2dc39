#!/usr/bin/env bats
# What a crash left is finished or cleared away, and said; what is not known is never touched.
# shellcheck disable=SC2030,SC2031  # each test is a shell of its own
load common

# Once for all: a Master, OP1.
setup_file() {
    mkdir -p "$BATS_FILE_TMPDIR/made/out"
    cd "$BATS_FILE_TMPDIR/made" || return
    export EXHIBIT_STORE=$PWD/store EXHIBIT_KEY=$PWD/op.key
    mastered
}

begin() { cp -a "$BATS_FILE_TMPDIR/made/." .; }

listing() { find store out -printf '%p %y %m %s %l\n' | grep -v 'private/index' | sort; }
item() { jq -c "select(.type == \"doctor-item\") | $1" <<<"$output"; }
# told STATE KIND NAME: there is such an item, and the only one of that name
told() { [ "$(item "select(.name == \"$3\") | [.state, .kind]")" = "[\"$1\",\"$2\"]" ] || { echo "no $1 $2 $3:"; printf '%s\n' "$output"; return 1; }; }
counts() { jq -c 'select(.type == "doctor") | [.settled, .due, .live, .left]' <<<"$output"; }

traceable() {
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99
    strace -o /dev/null true 2>/dev/null || skip 'strace cannot be used here'
}

@test "where nothing was left it says so, and writes nothing" {
    begin
    listing >before
    entries=$(acts | wc -l)
    expect 0 doctor
    shows 'nothing was left'
    expect 0 doctor --json
    json_lines
    [ "$(counts)" = '[0,0,0,0]' ]
    listing | diff before -
    [ "$(acts | wc -l)" = "$entries" ]
}

# killed CALL STEP COMMAND...: kills it at its first call of that name, then STEP calls later, until it gets through; after each, the
# doctor says what it did, which is what it said before, leaves nothing, and the store verifies
killed() {
    local n ended call=$1 step=$2
    shift 2
    for ((n = 1; n < 60; n += step)); do
        ended=0
        strace -f -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$n" "$EXHIBIT" "$@" </dev/null >/dev/null 2>&1 || ended=$?
        run --separate-stderr exhibit doctor --dry-run --json
        due=$(item 'select(.state == "due") | .name' | sort)
        [ "$status" = "$([ -z "$due" ] && echo 0 || echo 7)" ] || return 1
        expect 0 doctor --json || { echo "$call number $n"; return 1; }
        json_lines && [ "$(item .name | sort)" = "$due" ] || return 1
        settled=$((settled + $(counts | jq '.[0]')))
        [ -z "$(find store out -name '*.partial'; find store/staging -mindepth 1)" ] || { find store out -name '*.partial'; return 1; }
        [ $ended = 137 ] || break
    done 2>/dev/null
    expect 0 doctor && shows 'nothing was left' && expect 0 verify --store --packages out
}

@test "an export that is killed is finished or cleared away, and the store verifies" {
    traceable
    begin
    settled=0
    killed renameat2 1 export --case C1 --out out "${window[@]}"
    killed fsync 13 export --case C1 --out out "${window[@]}"
    [ "$settled" -gt 4 ]
}

@test "an extraction that is killed is finished or cleared away, and the store verifies" {
    traceable
    begin
    settled=0
    killed mkdirat 2 extract --case C1 "${window[@]}"
    killed unlinkat 1 extract --case C1 "${window[@]}"
    [ "$settled" -gt 1 ]
}

@test "a sealing that is killed is finished or cleared away, and the store verifies" {
    traceable
    begin
    settled=0
    killed renameat2 1 seal OP1 --out out
    killed fsync 9 seal OP1 --out out
    [ "$settled" -gt 3 ]
}

@test "a package whose stick is gone is left for a later run, and finished when it is back" {
    traceable
    begin
    strace -f -o /dev/null -P "$PWD/out" -e trace=renameat2 -e inject=renameat2:signal=KILL "$EXHIBIT" seal OP1 --out out >/dev/null 2>&1 || true
    [ -n "$(find out -name '*.partial')" ]
    mv out away
    expect 7 doctor --json
    told left making C1-P1
    item .text | grep -q 'cannot be finished yet'
    mv away out
    expect 0 doctor --json
    told settled making C1-P1
    item .text | grep -q 'gets its names'
    expect 0 verify --store --packages out
    [ "$(find out -name '*C1-P1.zip' | wc -l)" = 1 ]
}

@test "what it does not know it tells, and never touches" {
    begin
    mkdir -p store/exhibits/OP99/data store/exhibits/.OP7.partial
    umask 077
    touch store/notes.txt store/staging/OP1.txt store/private/old.key store/exhibits/OP99/data/x store/.hidden store/checks.partial \
        store/.notes.0123456789abcdef.partial store/private/cases/.C1.old.partial
    listing >before
    expect 7 doctor --json
    for name in exhibits/OP99 exhibits/.OP7.partial notes.txt staging/OP1.txt private/old.key .hidden checks.partial \
        .notes.0123456789abcdef.partial private/cases/.C1.old.partial; do told left foreign $name; done
    [ "$(counts)" = '[0,0,0,9]' ]
    listing | diff before -
}

@test "what a living command works on is left to it" {
    begin
    echo '{}' >store/staging/OP2.json
    echo '{}' >store/staging/0123456789abcdef.signing
    exec 8<>store/staging/OP2.json 9<>store/staging/0123456789abcdef.signing
    flock 8 && flock 9
    expect 0 doctor --json
    told live making OP2
    told live signing staging/0123456789abcdef.signing
    [ -e store/staging/OP2.json ] && [ -e store/staging/0123456789abcdef.signing ]
    flock -u 8 && flock -u 9
    expect 0 doctor --json
    [ "$(counts)" = '[2,0,0,0]' ]
    [ ! -e store/staging/OP2.json ] && [ ! -e store/staging/0123456789abcdef.signing ]
}

@test "half-written files, a staged configuration, an old list of signers and a dead lock are settled, each by its name" {
    begin
    cp store/config store/config.staged
    umask 077
    touch store/.config.staged.0123456789abcdef.partial store/.allowed_signers.0123456789abcdef.partial \
        store/private/cases/.key.partial
    cp store/allowed_signers signers
    echo '# nobody' >store/allowed_signers
    touch store/custody.git/refs/heads/custody.lock
    listing >before
    expect 7 doctor --dry-run --json
    [ "$(counts)" = '[0,6,0,0]' ]
    listing | diff before -
    expect 0 doctor --json
    [ "$(counts)" = '[6,0,0,0]' ]
    told settled config config.staged
    told settled config .config.staged.0123456789abcdef.partial
    told settled file .allowed_signers.0123456789abcdef.partial
    told settled file private/cases/.key.partial
    told settled signers allowed_signers
    told settled lock "$EXHIBIT_STORE/custody.git/refs/heads/custody.lock"
    cmp signers store/allowed_signers
    [ -z "$(find store -name '*.partial' -o -name '*.staged' -o -name 'custody.lock')" ]
}

@test "a lock that may be somebody's, damaged files, keys that are gone and rights that are too wide are for a person" {
    begin
    touch store/custody.git/HEAD.lock
    printf '%100s' words >store/custody.git/refs/heads/custody.lock      # no writer's of ours
    chmod 644 store/private/recovery.age-identity
    chmod 777 store/exhibits
    printf 'ref: xefs/heads/custody\n' >store/custody.git/HEAD
    echo damaged >store/private/cases/C1.key
    mv store/private/log.key log.key
    mv store/exhibits/OP1 OP1
    expect 7 doctor --json
    told left lock "$EXHIBIT_STORE/custody.git/HEAD.lock"
    told left lock "$EXHIBIT_STORE/custody.git/refs/heads/custody.lock"
    told left rights private/recovery.age-identity
    told left rights exhibits
    told left key private/cases/C1.key
    told left key private/log.key
    told left exhibit OP1
    item 'select(.kind == "log") | .text' | grep -q HEAD
    [ -e store/custody.git/HEAD.lock ] && [ -e store/custody.git/refs/heads/custody.lock ]
}

@test "what the machine lacks is told" {
    begin
    mkdir alone
    cp "$EXHIBIT" alone/exhibit
    git config -f store/config media.font /nowhere/font.ttf
    run --separate-stderr alone/exhibit doctor --json </dev/null
    [ "$status" = 7 ]
    told left program exhibit-media
    told left font /nowhere/font.ttf
    if mkdir small && mount -t tmpfs -o size=8m none small 2>/dev/null; then
        cp -a store small
        run --separate-stderr exhibit doctor --store small/store --json
        umount small
        [ "$status" = 7 ]
        told left disk small/store
    fi
}

@test "a clock that was set back is told" {
    need_faketime
    begin
    run --separate-stderr faketime '2020-01-01' "$EXHIBIT" doctor --dry-run --json
    [ "$status" = 7 ]
    told left clock time
}

@test "without a key it only looks; who may not end what others began is refused; a store in use, or none, says so" {
    begin
    EXHIBIT_KEY='' expect 0 doctor --dry-run
    EXHIBIT_KEY='' expect 2 doctor
    sentence key
    expect 2 doctor store
    make_key au AU auditor
    expect 0 key trust au.pub --name Auditor --initials AU --role auditor
    EXHIBIT_KEY=au.key expect 5 doctor
    sentence auditor
    EXHIBIT_KEY=au.key expect 0 doctor --dry-run
    expect 3 doctor --store nowhere
    mkdir none
    expect 4 doctor --store none
    exec 9<>store/lock
    flock 9
    expect 6 doctor
    sentence lock
}

@test "keys of very many cases are not held together" {
    [ -z "${SAN:-}" ] || skip 'a sanitizer locks no memory'
    traceable
    begin
    "$EXHIBIT_OUT/tests/unit/case_grow" store op.key 1100 0 550 >/dev/null
    for command in doctor 'log show --details --json'; do
        # shellcheck disable=SC2086  # words
        strace -f -o calls -e trace=mlock,munlock "$EXHIBIT" $command >out.words || [ $? = 7 ]
        # The guarded memory that is held at once; a key takes a piece of it.
        [ "$(awk '/ mlock\(/ { n++ } /munlock\(/ { n-- } n > most { most = n } END { print most + 0 }' calls)" -le 1050 ]
        [ "$(grep -c 'munlock(' calls)" -ge 1100 ] || { echo "$command: $(grep -c 'munlock(' calls) of $(grep -c ' mlock(' calls)"; return 1; }
    done
}
