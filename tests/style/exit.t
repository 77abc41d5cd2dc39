#!/bin/sh
# The exit statuses are frozen, and said alike by the program and by every page. The table is the design's.
. "$(dirname "$0")/tap.sh"

page=docs/man/exhibit-exit-codes.7
cat >"$scratch/frozen" <<'TABLE'
0 Done, or the answer is yes
1 The answer is no
2 Usage
3 Could not
4 Input is malformed
5 Refused
6 Busy; try again
7 Done, with findings
128 + n Ended by signal n
TABLE
cat >"$scratch/kinds" <<'TABLE'
0 OK
1 NO
2 USAGE
3 IO
4 MALFORMED
5 REFUSED
6 BUSY
TABLE

section() { sed -n "/^\.Sh $2\$/,/^\.Sh /p" "$1" | sed '/^\.Sh /d'; } # PAGE NAME
# The items that begin with a number, each with its first words: as far as a colon, a comma of a signal's, or a full stop.
statuses() { awk '/^\.It (Sy )?[0-9]/ { sub(/^\.It (Sy )?/, ""); status = $0; getline; sub(/[.:].*|, as a .*/, ""); print status, $0 }'; }
numbers() { section "$1" 'EXIT STATUS' | sed -nE 's/^\.It ([0-9])$/\1/p' | paste -sd ' '; } # PAGE
commands_of() { section "$page" "$1" | sed -nE 's/^\.It Xr (exhibit-[a-z]+) 1$/\1/p' | sort; } # SECTION

problems=$(
    section "$page" STATUSES | statuses | diff "$scratch/frozen" -
    section docs/man/exhibit.1 'EXIT STATUS' | statuses | diff "$scratch/frozen" -
)
promise "exhibit-exit-codes(7) and exhibit(1) give the design's statuses in its words" "$problems"

problems=$(sed -nE 's/^ +EXH_([A-Z]+) = ([0-9]),.*/\2 \1/p' include/exhibit/error.h | diff "$scratch/kinds" -)
promise "the kinds of errors have the numbers of the statuses" "$problems"

problems=$(
    for one in docs/man/exhibit-*.1; do
        command=$(basename "$one" .1)
        said=$(section "$page" COMMANDS | awk -v item=".It Xr $command 1" '$0 == item { getline; sub(/^\.Li /, ""); print }')
        [ "$said" = "$(numbers "$one")" ] || echo "$page gives $command '$said', its page '$(numbers "$one")'"
    done
    commands_of COMMANDS | while read -r command; do
        [ -e "docs/man/$command.1" ] || echo "$page names $command, which has no page"
    done
)
promise "exhibit-exit-codes(7) lists the statuses that each command's page gives" "$problems"

problems=$(
    for of in '1 ANSWERS' '7 FINDINGS'; do
        grep -l "^\.It ${of% *}\$" docs/man/exhibit-*.1 | sed 's|.*/||; s|\.1$||' | sort >"$scratch/pages"
        commands_of "${of#* }" | diff "$scratch/pages" -
    done
)
promise "it says of each command that can end with 1 or 7 what that means" "$problems"

# The verdicts are words of the program: none is missing, and none is said that it has not.
problems=$(
    section "$page" VERDICTS | sed -nE 's/^\.It Sy ([A-Z, ]+)$/\1/p' | while read -r word; do
        grep -qF "\"$word\"" lib/*/*.c cmd/*.c || echo "the program has no verdict '$word'"
    done
)
promise "the verdicts that it names are the program's" "$problems"
finished
