#!/usr/bin/env bats
# Shells complete what the program takes: each script is made from the table that the program reads its options by.

load common

setup() {
    mkdir -p "$BATS_TEST_TMPDIR/work/out" "$BATS_TEST_TMPDIR/bin"
    cd "$BATS_TEST_TMPDIR/work" || return
    ln -s "$EXHIBIT" ../bin/exhibit
    PATH=$BATS_TEST_TMPDIR/bin:$PATH
    export EXHIBIT_STORE=$PWD/store EXHIBIT_KEY=$PWD/op.key
    for shell in bash zsh fish; do exhibit completion $shell >script.$shell; done
}
need() { command -v "$1" >/dev/null || skip "$1 is not here"; }
commands() { exhibit --help | sed -nE 's/^  ([a-z]+( [a-z-]+){0,2})  +[a-z].*/\1/p'; }
# help_table: "camera add|source=" for each option of each help, "=" where it takes something
help_table() {
    commands | while read -r command; do
        # shellcheck disable=SC2086  # one to three words
        exhibit $command --help | sed '/^Examples*:/,$d' | sed -nE "s/^ {2,6}(-., )?--([a-z][a-z-]*)(=?).*/$command|\2\3/p"
    done | sort
}
# bash_table: the same from the script, with what is taken: "camera add|source=@source"
bash_table() {
    commands | bash --norc -c '. ./script.bash; while read -r command; do _exhibit_take "$command"; printf "$command|%s\n" ${opts//--/}; done'
}

# bash_gives WORD...: what bash is offered for the last of them, one a line
bash_gives() {
    bash --norc -c '. ./script.bash
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _exhibit "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf "%s\n" "${COMPREPLY[@]}"' bash "$@" 2>&1 | sort
}
# zsh_gives WORD...: the same of zsh, whose own part, choosing what begins so, is played
zsh_gives() {
    zsh -f -c 'compdef() { }
        compset() { }
        _files() { compadd -- *(N) }
        compadd() { shift; local one; for one; do [[ $one != ${words[CURRENT]##*=}* ]] || print -r -- $one; done }
        . ./script.zsh
        words=("$@") CURRENT=$#
        _exhibit' zsh "$@" 2>&1 | sort
}
fish_gives() { fish --no-config -c 'source script.fish; complete -C "$argv"' "$*" 2>&1 | cut -f1 | sort; } # LINE
# gives WANTED HOW WORD...
gives() {
    local wanted=$1 given
    shift
    given=$("$@" | xargs)
    [ "$given" = "$wanted" ] || { printf '%s\ngives  %s\nwanted %s\n' "$*" "$given" "$wanted"; return 1; }
}
hold_it() { exhibit case hold C1 --reason coroner --authority 'HM Coroner' --reference 12/2026 --review "$(date -d '60 days' +%F)" >/dev/null; }
# a_store: with camera, case, exhibit, package, hold, request, disclosure
a_store() {
    make_store
    mkdir -p recordings/wisbech-12
    add_camera
    open_case
    echo footage >shop.bin
    exhibit add shop.bin --case C1 --from 'J. Smith' --received '2021-12-06 10:15' --quiet >/dev/null || [ $? = 7 ]
    exhibit seal OP1 --out out --quiet >/dev/null
    hold_it
    exhibit request add --case C1 --by Smith --organisation Police --basis law --purpose case --authoriser Jones --date 2021-12-06 >/dev/null
    exhibit disclose C1-P1 --to Smith --organisation Police --method 'by hand' --basis law >/dev/null
}

@test "every option of --help is in each script, under its command and with what it takes, and no other" {
    help_table >wanted
    [ "$(cut -d'|' -f1 wanted | sort -u | wc -l)" -gt 60 ]
    bash_table | sed 's/=.*/=/' | sort | diff wanted -
    sed -nE "s/^complete -c exhibit -n '__exhibit_is ([^']+)' -l ([a-z-]+)( -r)?.*/\1|\2\3/p" script.fish | sed 's/ -r$/=/' | sort | diff wanted -
    sed -n '/^_exhibit_take/,/^}/p' script.bash >bash.table
    sed -n '/^_exhibit_take/,/^}/p' script.zsh | diff bash.table -
}

@test "the words of a closed set are those that the help of the command, or its page, has" {
    bash_table | sed -nE 's/^([a-z]+)[^|]*\|[^=]*=([^@].*)/\1,\2/p' | sort -u >sets
    [ "$(wc -l <sets)" -gt 9 ]
    while IFS=, read -r -a words; do
        page=$EXHIBIT_TOP/docs/man/exhibit-${words[0]}.1
        for word in "${words[@]:1}"; do
            grep -qw -e "$word" "$page" "$EXHIBIT_TOP/docs/sources.md" || { echo "${words[0]}: $word"; return 1; }
        done
    done <sets
}

@test "each script is of its shell's syntax" {
    bash -n script.bash
    if command -v zsh >/dev/null; then zsh -n script.zsh; fi
    if command -v fish >/dev/null; then fish -n script.fish; fi
}

@test "bash completes commands, options, words, files and names" {
    a_store
    gives 'camera case' bash_gives exhibit ca
    gives 'add check-time import list' bash_gives exhibit camera ''
    gives 'add list remove' bash_gives exhibit log remote ''
    gives '--source' bash_gives exhibit camera add --so
    gives nvr bash_gives exhibit camera list --source ''
    gives nvr bash_gives exhibit camera list --source = n
    gives nvr bash_gives exhibit camera list --source =
    gives '' bash_gives exhibit camera list --source x
    gives 'admin auditor' bash_gives exhibit key new --role a
    gives 'op.key op.pub op.ssh.pub' bash_gives exhibit sign op.
    gives out bash_gives exhibit export --out o
    gives OP1 bash_gives exhibit transcode ''
    gives C1 bash_gives exhibit case show ''
    gives 'C1-P1 list ready' bash_gives exhibit disclose ''
    gives wisbech-12 bash_gives exhibit --store = "$EXHIBIT_STORE" footage --camera w
    EXHIBIT_STORE='' gives wisbech-12 bash_gives exhibit --store "$PWD/store" footage --camera w
    gives '' bash_gives exhibit footage --from ''
    gives C1-H1 bash_gives exhibit case release ''
    gives C1-H1 bash_gives exhibit case review C1-
    gives C1-D1 bash_gives exhibit receipt issue C1-D
    gives C1-R1 bash_gives exhibit export --request C
    gives 'C1-R1 OP1' bash_gives exhibit request approve ''
}

@test "zsh completes the same" {
    need zsh
    a_store
    gives 'camera case' zsh_gives exhibit ca
    gives 'add list remove' zsh_gives exhibit log remote ''
    gives '--source' zsh_gives exhibit camera add --so
    gives nvr zsh_gives exhibit camera list --source ''
    gives nvr zsh_gives exhibit camera list --source=n
    gives 'admin auditor' zsh_gives exhibit key new --role a
    gives 'op.key op.pub op.ssh.pub' zsh_gives exhibit sign op.
    gives OP1 zsh_gives exhibit transcode ''
    gives 'C1-P1 list ready' zsh_gives exhibit disclose ''
    EXHIBIT_STORE='' gives wisbech-12 zsh_gives exhibit --store "$PWD/store" footage --camera w
    gives '' zsh_gives exhibit footage --from ''
    gives C1-H1 zsh_gives exhibit case release C1-
    gives C1-R1 zsh_gives exhibit export --request=C
}

@test "zsh completes on a terminal, from the file in its path" {
    need zsh
    mkdir functions
    cp script.zsh functions/_exhibit
    cat >drive.zsh <<'ZSH'
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PS1=; fpath=(./functions $fpath); autoload -U compinit && compinit -u -D; print rea""dy'
zpty -r -m shell line '*ready*' || exit 1
zpty -w -n shell $'exhibit retention lin\t\C-a: \C-e; print do""ne\n'
zpty -r -m shell line '*done*' || exit 1
print -r -- $line
ZSH
    run timeout 20 zsh -f drive.zsh
    shows 'retention lint'
}

@test "fish completes the same, with what each is" {
    need fish
    export HOME=$PWD XDG_CONFIG_HOME=$PWD XDG_DATA_HOME=$PWD
    a_store
    gives 'camera case' fish_gives 'exhibit ca'
    gives 'add list remove' fish_gives 'exhibit log remote '
    gives '--source' fish_gives 'exhibit camera add --so'
    gives nvr fish_gives 'exhibit camera list --source '
    gives 'admin auditor' fish_gives 'exhibit key new --role a'
    gives 'op.key op.pub op.ssh.pub' fish_gives 'exhibit sign op.'
    gives out/ fish_gives 'exhibit export --out o'
    gives OP1 fish_gives 'exhibit transcode '
    gives 'C1-P1 list ready' fish_gives 'exhibit disclose '
    EXHIBIT_STORE='' gives wisbech-12 fish_gives "exhibit --store $PWD/store footage --camera w"
    EXHIBIT_STORE='' gives wisbech-12 fish_gives "exhibit --store=$PWD/store footage --camera w"
    gives C1-H1 fish_gives 'exhibit case release '
    gives C1-R1 fish_gives 'exhibit export --request C1-'
    gives --request=C1-R1 fish_gives 'exhibit export --request=C'
    run fish --no-config -c 'source script.fish; complete -C "exhibit camera add --so"'
    shows $'--source\tThe source that records it'
}

@test "names are printed one a line, or as JSON" {
    a_store
    exhibit source add other --root recordings --layout mediamtx --zone UTC >/dev/null
    git init -q --bare mirror
    exhibit log remote add office "$PWD/mirror" >/dev/null
    for pair in camera=wisbech-12 case=C1 exhibit=OP1 package=C1-P1 key=OP remote=office 'source=nvr other' \
        hold=C1-H1 request=C1-R1 disclosure=C1-D1; do
        expect 0 completion --names "${pair%%=*}"
        [ "$(xargs <<<"$output")" = "${pair#*=}" ]
        [ -z "$stderr" ]
    done
    expect 0 completion --names source --begin o
    [ "$output" = other ]
    for begin in C2- C1-H2 x- -; do
        expect 0 completion --names hold --begin "$begin"
        [ -z "$output$stderr" ]
    done
    expect 0 completion --names case --json
    [ "$output" = '{"kind":"case","name":"C1","type":"name"}' ]
    expect 0 completion bash --json
    json_lines
    [ "$(jq -r .shell <<<"$output")" = bash ]
    jq -rj .script <<<"$output" | diff script.bash -
}

@test "of a large store holds, requests and disclosures are named of one case, not of all" {
    make_store
    "$EXHIBIT_OUT/tests/unit/case_grow" store op.key 201 1 201 >/dev/null
    hold_it
    expect 0 completion --names hold
    [ -z "$output" ]
    expect 0 completion --names hold --begin C1-
    [ "$output" = C1-H1 ]
    expect 0 completion --names request --begin C2-
    [ -z "$output" ]
}

@test "asking for names needs no key, enters nothing, and changes no file" {
    a_store
    unset EXHIBIT_KEY
    # The index is derived, and taken up to the log's end by whoever reads.
    all() { find store -type f ! -name 'index*' -exec sha256sum {} + | sort; }
    before=$(all)
    for kind in camera case exhibit package key remote source hold request disclosure; do expect 0 completion --names $kind; done
    [ "$before" = "$(all)" ]
}

@test "without a store, or with one that cannot be read, there are no names and no word" {
    for store in '' nowhere /dev/null "$PWD"; do
        EXHIBIT_STORE=$store expect 0 completion --names camera
        [ -z "$output$stderr" ]
        EXHIBIT_STORE=$store expect 0 completion --names case --json
        [ -z "$output$stderr" ]
    done
    make_store
    echo '[camera' >>store/config
    EXHIBIT_STORE=$PWD/store expect 0 completion --names camera
    [ -z "$output$stderr" ]
    gives '' bash_gives exhibit footage --camera ''
}

@test "no shell, two, one that is not known, and a full disk say so" {
    expect 2 completion
    expect 2 completion bash zsh
    expect 2 completion bash --names case
    expect 2 completion bash --begin x
    expect 2 completion --names town
    mentions town source
    expect 2 completion csh
    sentence csh fish
    run bash -c 'exhibit completion bash >/dev/full'
    [ "$status" = 3 ]
}
