#!/bin/sh
# A function is read in one go: 60 lines at most. A line fits a wide terminal: 120 columns, in lib and cmd.
. "$(dirname "$0")/tap.sh"

find lib cmd -name '*.c' | sort >"$scratch/files"
# A function begins at a brace in the first column that no table or type owns, and ends at the next such brace.
problems=$(xargs awk '
    FNR == 1 { begun = 0; name = "" }
    !begun && /^[A-Za-z_].*\(/ { name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name) }
    !begun && /^\{/ && before !~ /(=|^(static |const )*(enum|struct|union)[^()]*)[ \t]*$/ { begun = FNR }
    begun && /^\}/ {
        if (FNR - begun - 1 > 60)
            print FILENAME ":" begun ": " name " has " FNR - begun - 1 " lines"
        begun = 0
    }
    { before = $0 }' <"$scratch/files")
promise "no function is over 60 lines" "$problems"

problems=$(xargs awk '/\t/ { print FILENAME ":" FNR ": a tab" } /[ \t]$/ { print FILENAME ":" FNR ": white space at the end" }' <"$scratch/files")
promise "source is indented with spaces and has none at the ends of lines" "$problems"

problems=$(xargs grep -nE '\bgoto\b|^typedef struct' <"$scratch/files")
promise "no goto, no typedef over a struct" "$problems"
finished
