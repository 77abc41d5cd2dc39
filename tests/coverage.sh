#!/bin/sh
# Lines of each module that were run, from what gcc's --coverage left beside the objects.
#
#   tests/coverage.sh OUT SOURCE...
set -eu

out=$1
shift
for source in "$@"; do
    [ -e "$out/${source%.c}.gcda" ] || continue
    gcov -n -o "$out/$(dirname "$source")" "$out/${source%.c}.o" 2>/dev/null |
        awk -v source="$source" '
            /^File / { mine = $2 == "\047" source "\047" }
            mine && /^Lines executed:/ { sub(/.*:/, ""); split($0, part, "% of "); print source, part[1], part[2]; exit }'
done | awk '
    {
        split($1, path, "/")
        module = path[1] == "lib" ? path[2] : path[1]
        run[module] += $2 / 100 * $3; lines[module] += $3
        all_run += $2 / 100 * $3; all_lines += $3
    }
    END {
        for (module in lines)
            printf "%-12s %5.1f%% of %d lines\n", module, 100 * run[module] / lines[module], lines[module] | "sort"
        close("sort")
        if (all_lines)
            printf "%-12s %5.1f%% of %d lines\n", "all", 100 * all_run / all_lines, all_lines
    }'
