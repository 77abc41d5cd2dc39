#!/bin/sh
# exhibit-formats(5) names every page of docs/formats, with the version that it has, and no other.
. "$(dirname "$0")/tap.sh"

page=docs/man/exhibit-formats.5
for format in docs/formats/*.md; do
    printf '%s %s\n' "$format" "$(sed -nE '1s/.*, (version [0-9]+)$/\1/p' "$format")"
done | sed 's/ $//' | sort >"$scratch/there"
# ".Pa docs/formats/record.md ," and on the next line "version 1".
awk '/^\.Pa docs\/formats\/[a-z]/ { file = $2; if ($3 == "") print file; else { getline; print file, $0 } }' "$page" | sort >"$scratch/named"
promise "it names each format's page and version" "$(diff "$scratch/there" "$scratch/named")"
finished
