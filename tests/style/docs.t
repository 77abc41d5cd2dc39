#!/bin/sh
# The documents hold together: what a page links to is there, and what the README tells people to run exists.
. "$(dirname "$0")/tap.sh"

find . -path ./build -prune -o -path ./.git -prune -o -name '*.md' -print | sort >"$scratch/documents"
problems=$(
    while read -r document; do
        # Links outside code: [words](target), without what follows '#'.
        awk '/^(```|~~~)/ { code = !code } !code' "$document" | sed 's/`[^`]*`//g' | grep -oE '\]\([^)]+\)' | sed -E 's/^\]\(//; s/\)$//' |
            while read -r target; do
                case $target in
                http://* | https://* | mailto:* | \#*) continue ;;
                esac
                [ -e "$(dirname "$document")/${target%%#*}" ] || echo "$document: links to $target, which is not there"
            done
    done <"$scratch/documents"
)
promise "each relative link leads to a file" "$problems"

problems=$(
    sed 's/apt-get install[^&]*//' README.md docs/*.md | grep -oE '\bmake [a-z]+' | sort -u | while read -r _ target; do
        grep -qE "^$target:" Makefile || echo "the documents say 'make $target', which the Makefile has not got"
    done
)
promise "each make target that the documents name exists" "$problems"
finished
