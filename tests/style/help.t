#!/bin/sh
# The manual says what the program says: each command has a page, and each option of one stands in the other.
. "$(dirname "$0")/tap.sh"

help() { # COMMAND...: its help, as anyone would see it
    env -i PATH="$PATH" LC_ALL=C "$EXHIBIT" "$@" --help 2>&1
}
options_of_help() { sed -nE 's/^ +(-., )?(--[a-z][a-z-]*).*/\2/p' | sort -u; }
options_of_page() { sed -nE 's/^\.It Fl -([a-z][a-z-]*).*/--\1/p' "$1" | sort -u; }
# The forms of a command, from its page's synopsis: "key new", "key list", or just "init".
forms_of_page() { sed -nE 's/^\.Nm exhibit Cm ([a-z -]+)$/\1/p' "$1" | sort -u; }

# The list of commands: "  key new      make a person's signing key".
help | sed -nE 's/^  ([a-z]+( [a-z-]+){0,2})  +[a-z].*/\1/p' | sort -u >"$scratch/forms"
cut -d' ' -f1 <"$scratch/forms" | sort -u >"$scratch/commands"
problems=$(
    [ -s "$scratch/forms" ] || echo "exhibit --help lists no commands"
    while read -r command; do
        [ -e "docs/man/exhibit-$command.1" ] || echo "$command has no page docs/man/exhibit-$command.1"
        grep -q "^\.Xr exhibit-$command 1" docs/man/exhibit.1 || echo "docs/man/exhibit.1 does not name exhibit-$command(1)"
    done <"$scratch/commands"
)
promise "each command of exhibit --help has a page" "$problems"

for page in docs/man/exhibit-*.1; do
    command=${page#docs/man/exhibit-}
    command=${command%.1}
    forms_of_page "$page" >"$scratch/page_forms"
    problems=$(
        grep -E "^$command( |\$)" "$scratch/forms" >"$scratch/program_forms"
        comm -23 "$scratch/program_forms" "$scratch/page_forms" | sed "s|.*|$page has no synopsis of '&'|"
        comm -13 "$scratch/program_forms" "$scratch/page_forms" | sed "s|.*|exhibit --help does not list '&'|"
        : >"$scratch/help"
        while read -r form; do
            # shellcheck disable=SC2086  # a form is one to three words
            help $form >"$scratch/one" || echo "exhibit $form --help fails"
            options_of_help <"$scratch/one" >>"$scratch/help"
        done <"$scratch/page_forms"
        sort -u -o "$scratch/help" "$scratch/help"
        options_of_page "$page" >"$scratch/page"
        comm -23 "$scratch/help" "$scratch/page" | sed "s|^|$page says nothing of |"
        comm -13 "$scratch/help" "$scratch/page" | sed "s|^|exhibit $command --help says nothing of |"
    )
    promise "exhibit $command --help and $page give the same forms and options" "$problems"
done

problems=$(
    for page in docs/man/*.1; do
        for section in NAME SYNOPSIS DESCRIPTION EXAMPLES 'EXIT STATUS' 'SEE ALSO'; do
            grep -q "^\.Sh $section\$" "$page" || echo "$page: no section $section"
        done
        sed -nE 's/^\.Xr (exhibit[a-z-]*) 1.*/\1/p' "$page" | sort -u | while read -r other; do
            [ -e "docs/man/$other.1" ] || echo "$page: refers to $other(1), which is not there"
        done
    done
)
promise "each page has its sections, and what it refers to" "$problems"

words="man finds no fault in the pages"
if command -v man >/dev/null; then
    problems=$(
        for page in docs/man/*.[1-8]; do
            MANWIDTH=100 man --warnings -l "$page" 2>&1 >/dev/null | sed "s|^|$page: |"
        done
    )
    promise "$words" "$problems"
else
    skipped "$words" "no man here"
fi
finished
