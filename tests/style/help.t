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

# A form's own options, each with the word of what it takes, as "--out FILE"; from its help, up to those that all commands have.
own_of_help() {
    sed -n '/^ [A-Z][a-z ]*:$/q; p' | sed -nE 's/^ {2,6}(-., )?(--[a-z][a-z-]*)=?(.*)/\2 \3/p' | sed -E 's/ ([^ ]*).*/ \1/' | sort -u
}
# The same from the page's synopsis of that form, in capitals as help writes it.
own_of_page() { # PAGE FORM
    awk -v form="$2" '/^\.Sh / { on = 0 } /^\.Nm exhibit Cm / { on = $0 == ".Nm exhibit Cm " form } on' "$1" |
        grep -oE 'Fl -[a-z-]+( (Ar|Cm) [^ ]+)?' | sed -E 's/^Fl -/--/; s/ (Ar|Cm) / /; s/^(--[a-z-]+)$/\1 /' | upper | sort -u
}
# The items of the page's OPTIONS.
words_of_page() { sed -nE 's/^\.It Fl -([a-z-]+)( Ar ([^ ]+))?.*/--\1 \3/p' "$1" | upper | sort -u; } # PAGE
of_its_own() { grep -vE '^--(help|usage|version|json|store|quiet|progress|key|passphrase-file|passphrase-fd) '; }
upper() { awk '{ print $1, toupper($2) }'; }

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
    problems=$(
        : >"$scratch/words"
        while read -r form; do
            # shellcheck disable=SC2086
            help $form | own_of_help | upper >"$scratch/own"
            own_of_page "$page" "$form" >"$scratch/synopsis"
            comm -23 "$scratch/own" "$scratch/synopsis" | sed "s|.*|$page: the synopsis of $form has no '&'|"
            comm -13 "$scratch/own" "$scratch/synopsis" | of_its_own | sed "s|.*|$page: the synopsis of $form has '&', which its help has not|"
            cat "$scratch/own" >>"$scratch/words"
        done <"$scratch/page_forms"
        sort -u -o "$scratch/words" "$scratch/words"
        words_of_page "$page" | of_its_own | comm -23 - "$scratch/words" |
            sed "s|.*|$page: OPTIONS has '&', which no help has|"
    )
    promise "the synopses and options of $page take what exhibit $command --help says" "$problems"
done

problems=$(
    for page in docs/man/*.[1-8]; do
        sed -nE 's/^\.Xr (exhibit[a-z-]*) ([0-9]).*/\1.\2/p' "$page" | sort -u | while read -r other; do
            [ -e "docs/man/$other" ] || echo "$page: refers to $other, which is not there"
        done
        other=${page##*/}
        [ "$page" = docs/man/exhibit.1 ] || sed -n '/^\.Sh SEE ALSO/,$p' docs/man/exhibit.1 | grep -q "^\.Xr ${other%.*} ${other##*.}" ||
            echo "exhibit(1) does not see $other"
    done
    for page in docs/man/*.1; do
        for section in NAME SYNOPSIS DESCRIPTION EXAMPLES 'EXIT STATUS' 'SEE ALSO'; do
            grep -q "^\.Sh $section\$" "$page" || echo "$page: no section $section"
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
