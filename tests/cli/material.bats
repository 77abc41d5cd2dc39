#!/usr/bin/env bats
# Footage of others, whole and broken: what the recorders of the world leave, and what people made to break readers of it.
# Each file stands under a segment's name, two days from the next, so that none has to do with another.
load common

# The ways in which a file is taken: one a line. extract, an exhibit without a package, where there is such a command.
modes() {
    echo export
    if exhibit extract --help >/dev/null 2>&1; then
        echo extract --mode clip
        echo extract --mode native
    fi
}

# day NUMBER: of that file of the corpus
day() { date -u -d "2021-01-01 + $((2 * $1)) days" +%Y-%m-%d; }

# corpus KIND: the files of that kind, as recordings/shop/<day>_21-00-00.<suffix>; their own names in ./files
corpus() {
    local file number=0 suffix
    [ -d "$EXHIBIT_MATERIAL/$1" ] || skip 'no test material here'
    mkdir -p recordings/shop
    find "$EXHIBIT_MATERIAL/$1" -type f | sort >files
    [ -s files ] || skip "no $1 footage there"
    while read -r file; do
        suffix=mp4
        [[ ${file##*/} != *.* ]] || suffix=${file##*.}
        cp --reflink=auto --no-preserve=mode "$file" "recordings/shop/$(day $number)_21-00-00.$suffix"
        number=$((number + 1))
    done <files
    make_store
    exhibit source add nvr --root recordings --layout '{camera}/%Y-%m-%d_%H-%M-%S.*' --zone UTC >/dev/null
    exhibit camera add shop --source nvr --path shop --name Shop >/dev/null
    open_case
}

# Ten seconds of processor time each; so much more of the clock that a busy machine is no failure.
limits() {
    ulimit -t "$([ "$SAN" ] && echo 100 || echo 10)"
    ulimit -c 0
}

# take NUMBER MODE...: takes that file; a line on stdout where that ends otherwise than it may
take() {
    local number=$1 date status=0 said=said.$1 what slot=${SLOT:?}
    shift
    date=$(day "$number")
    what="$(sed -n $((number + 1))p files | sed "s|$EXHIBIT_MATERIAL/||"): exhibit $*"
    set -- "$@" --case C1 --camera shop --from "${date}T21:00:00Z" --to "${date}T22:00:00Z" --json
    [ "$1" != export ] || set -- "$@" --out "out.$slot"
    (limits && EXHIBIT_STORE=$PWD/store.$slot exec timeout 100 "$EXHIBIT" "$@" </dev/null >"$said.out" 2>"$said.err") || status=$?
    case $status in
    0 | 7) jq -es 'length >= 1 and all(type == "object")' "$said.out" >/dev/null || echo "$what: status $status, but no JSON" ;;
    1 | 4)
        if [ "$(wc -l <"$said.err")" != 1 ] || ! grep -q '^exhibit: .*[a-z]' "$said.err"; then
            echo "$what: status $status without one sentence: $(cat "$said.err")"
        fi ;;
    *) echo "$what: status $status: $(tail -n 20 "$said.err")" ;;
    esac
    # Nothing is delivered less than whole without a word.
    [ $status != 0 ] || jq -e '(.findings | length) == 0' "$said.out" >/dev/null || echo "$what: findings, and status 0"
    [ $status != 7 ] || jq -e '(.findings | length) > 0' "$said.out" >/dev/null || echo "$what: status 7, and no finding"
}

# take_all MODE...: every file of the corpus, two at a time, each of the two in a store of its own
take_all() {
    local count
    count=$(wc -l <files)
    for slot in 0 1; do
        rm -rf store.$slot out.$slot
        cp -a store store.$slot
        mkdir out.$slot
    done
    export -f take day limits
    export EXHIBIT EXHIBIT_MATERIAL SAN
    seq 0 $((count - 1)) | xargs -P 2 --process-slot-var=SLOT -I{} bash -c 'take "$@"' take {} "$@" >failures
    [ ! -s failures ] || { head -n 30 failures; return 1; }
    for slot in 0 1; do
        exhibit log verify --store store.$slot >/dev/null
        if compgen -G "out.$slot/*" >/dev/null; then
            exhibit verify out.$slot/* --signers store.$slot/allowed_signers >/dev/null
        fi
    done
}

# footage_of_all: one answer for the whole corpus, and each file is in it: as footage, or with what is wrong with it
footage_of_all() {
    local status=0
    (ulimit -c 0 && exec timeout 300 "$EXHIBIT" footage --camera shop --from 2021-01-01T00:00Z --to "$(day "$(wc -l <files)")T00:00Z" \
        --json </dev/null >footage.json 2>footage.err) || status=$?
    [ $status = 7 ] || { echo "status $status: $(cat footage.err)"; return 1; }
    [ "$(jq -s length footage.json)" = 1 ]
    jq -r '(.stretches[] | .from[:10]), (.findings[].segment | strings | sub("^shop/"; "")[:10])' footage.json | sort -u >told
    find recordings/shop -type f -printf '%f\n' | cut -c1-10 | sort >asked
    comm -23 asked told >untold
    [ ! -s untold ] || { echo "nothing is said of $(xargs <untold)"; return 1; }
}

@test "footage of others: what is there is told in one answer, which leaves no file out" {
    corpus footage
    footage_of_all
}

@test "malformed footage of others: what is wrong is told in one answer, which leaves no file out" {
    corpus malformed
    footage_of_all
}

@test "footage of others is taken, or it is said why not, in ten seconds each" {
    corpus footage
    while read -ra mode; do
        take_all "${mode[@]}"
    done < <(modes)
}

@test "malformed footage of others is taken, or it is said why not, in ten seconds each" {
    corpus malformed
    while read -ra mode; do
        take_all "${mode[@]}"
    done < <(modes)
}
