# Sourced by the style checks: TAP, one line a promise. A check finds problems, one a line; none is what
# was promised.
# shellcheck shell=sh

: "${EXHIBIT_TOP:=$(cd "$(dirname "$0")/../.." && pwd)}"
: "${EXHIBIT_OUT:=$EXHIBIT_TOP/build/release}"
: "${EXHIBIT:=$EXHIBIT_OUT/exhibit}"
: "${CC:=cc}"
export LC_ALL=C
cd "$EXHIBIT_TOP" || exit 1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
counted=0

# promise WORDS PROBLEMS
promise() {
    counted=$((counted + 1))
    if [ -z "$2" ]; then
        echo "ok $counted - $1"
    else
        echo "not ok $counted - $1"
        printf '%s\n' "$2" | sed 's/^/# /'
    fi
}

# skipped WORDS WHY: for a tool that this machine has not got
skipped() {
    counted=$((counted + 1))
    echo "ok $counted - $1 # SKIP $2"
}

finished() {
    echo "1..$counted"
}
