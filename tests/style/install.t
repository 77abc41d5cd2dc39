#!/bin/sh
# From a copy of what git has: it builds with everything under build/, installs, runs, and leaves nothing when removed.
. "$(dirname "$0")/tap.sh"

tree="$scratch/tree"
mkdir "$tree"
if git rev-parse --git-dir >/dev/null 2>&1; then
    git ls-files -co --exclude-standard
else
    find . -path ./build -prune -o -type f -print
fi | while read -r file; do [ ! -f "$file" ] || echo "$file"; done | tar -cf - -T - | tar -xf - -C "$tree"

files() { (cd "$tree" && find . -path ./build -prune -o -print | sort); }
to="$scratch/to"
run() { make -s -C "$tree" BUILD=debug DESTDIR="$to" PREFIX=/usr "$@" >"$scratch/log" 2>&1 || tail -n 20 "$scratch/log"; }

files >"$scratch/before"
problems=$(run -j2 install)
promise "a fresh copy builds and installs" "$problems"

files >"$scratch/after"
promise "building leaves nothing outside build/" "$(diff "$scratch/before" "$scratch/after")"

problems=$(
    for page in docs/man/*.[1-8]; do
        [ -e "$to/usr/share/man/man${page##*.}/${page##*/}" ] || echo "$page is not in its section, man${page##*.}"
    done
    for file in bin/exhibit libexec/exhibit/exhibit-media share/man/man1/exhibit.1 share/exhibit/policies/minimal.conf \
        share/bash-completion/completions/exhibit share/zsh/site-functions/_exhibit share/fish/vendor_completions.d/exhibit.fish \
        share/exhibit/schema/verify.schema.json share/exhibit/schema/common.schema.json share/exhibit/formats/record.schema.json; do
        [ -e "$to/usr/$file" ] || echo "/usr/$file is not there"
    done
    "$to/usr/bin/exhibit" --version >/dev/null || echo "the installed program does not run"
)
promise "programs, pages, completions, policies and schemas are where they belong" "$problems"

problems=$(
    run uninstall
    find "$to" \( ! -type d -o -name exhibit \) -print
)
promise "uninstall leaves nothing" "$problems"
finished
