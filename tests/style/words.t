#!/bin/sh
# Say only what is known: no word in the program or its documents claims more than a hash or a signature shows.
. "$(dirname "$0")/tap.sh"

said='lib cmd include docs policies README.md Makefile tests .ci'
own=tests/style/words.t

claims='authentic|tamper-?proof|admissible|compliant|court-?proof|forensically sound|unbreakable'
# A line that says what must not be said, or is not known, may use the word. In code, only what is printed counts.
problems=$(
    {
        grep -rnIiwE "$claims" include docs policies README.md 2>/dev/null
        grep -rnIiE "\"[^\"]*\b($claims)\b" lib cmd
    } | grep -viE '\b(never|not|no|cannot|whether)\b'
)
promise "nothing is called authentic, tamper-proof, admissible or compliant" "$problems"

# shellcheck disable=SC2086  # a list of words
problems=$(grep -rnIwE 'TODO|FIXME|XXX|HACK' $said 2>/dev/null | grep -v "^$own:")
promise "nothing is left for later in a comment" "$problems"

# Where recorders keep footage unless told otherwise is documented by their makers.
# shellcheck disable=SC2086
problems=$(grep -rnIE '(^|[^A-Za-z0-9_.~-])/(home|root|work|Users)/' $said 2>/dev/null | grep -vE "^$own:|/home/(agent|Shinobi)/")
promise "no path of the machine that this was written on" "$problems"

problems=$(
    for program in "$EXHIBIT" "$EXHIBIT-media"; do
        [ -e "$program" ] || continue
        readelf -p .rodata "$program" 2>/dev/null | grep -F "$EXHIBIT_TOP"
        readelf -p .data "$program" 2>/dev/null | grep -F "$EXHIBIT_TOP"
    done
)
promise "nor of the one that it was built on, in the programs" "$problems"
finished
