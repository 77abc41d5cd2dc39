#!/bin/sh
# Each public header says all it needs: it compiles alone.
. "$(dirname "$0")/tap.sh"

for compiler in gcc clang; do
    words="each public header compiles alone with $compiler"
    if ! command -v $compiler >/dev/null; then
        skipped "$words" "no $compiler here"
        continue
    fi
    problems=$(
        for header in include/exhibit/*.h; do
            $compiler -std=gnu11 -Wall -Wextra -Werror -D_GNU_SOURCE -Iinclude -fsyntax-only -x c "$header" \
                -Wno-pragma-once-outside-header 2>&1
        done
    )
    promise "$words" "$problems"
done

problems=$(
    for header in include/exhibit/*.h lib/*/*.h; do
        [ -e "$header" ] || continue
        guard=$(grep -m1 '^#ifndef ' "$header" | cut -d' ' -f2)
        grep -q "^#define $guard\$" "$header" || echo "$header: no include guard"
        echo "$guard $header" >>"$scratch/guards"
    done
    sort "$scratch/guards" | awk '$1 == last { print $2 ": shares the guard " $1 " with " file } { last = $1; file = $2 }'
)
promise "each header has an include guard of its own" "$problems"
finished
