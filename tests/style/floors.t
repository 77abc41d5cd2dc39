#!/bin/sh
# The floors of lib/FLOORS: includes go down only, and each dependency has one owner.
. "$(dirname "$0")/tap.sh"

problems=$(find lib cmd -name '*.[ch]' -exec awk '
    # lib/FLOORS comes first: module, floor, prefixes of the headers that it alone may include.
    FILENAME == "lib/FLOORS" {
        if ($1 ~ /^#/ || NF == 0)
            next
        floor[$1] = $2
        count = split($3, prefixes, ",")
        for (i = 1; i <= count; i++)
            if (prefixes[i] != "-")
                owner[prefixes[i]] = $1
        next
    }
    FNR == 1 {
        split(FILENAME, path, "/")
        helper = FILENAME ~ /^cmd\/helper\//
        module = path[1] == "lib" ? path[2] : "cmd"
        # The helper program stands on the media module and what is below: no keys, no store.
        own = helper ? floor["media"] + 1 : floor[module]
        if (!(module in floor))
            say("lib/FLOORS does not name module " module)
    }
    function say(what) { print FILENAME ":" FNR ": " what }
    /^#[ \t]*include[ \t]*"/ {
        header = $0
        sub(/^[^"]*"/, "", header)
        sub(/".*/, "", header)
        if (header ~ /^exhibit\/[a-z]+\.h$/) {
            used = substr(header, 9, length(header) - 10)
            if (!(used in floor))
                say("lib/FLOORS does not name module " used)
            else if (used != module && floor[used] >= own)
                say(module " (floor " own ") may not use " used " (floor " floor[used] ")")
            else if (used == "media" && module == "cmd" && !helper)
                say("only cmd/helper may use media")
        } else if (header ~ /\//) {
            say("a private header is for its own module: \"" header "\"")
        }
    }
    /^#[ \t]*include[ \t]*</ {
        header = $0
        sub(/^[^<]*</, "", header)
        sub(/>.*/, "", header)
        for (prefix in owner)
            if (index(header, prefix) == 1 && owner[prefix] != module)
                say("only " owner[prefix] " may include <" header ">")
    }' lib/FLOORS {} +)
promise "every include goes to a lower floor, every dependency to its owner" "$problems"

problems=$(
    for header in include/exhibit/*.h; do
        module=$(basename "$header" .h)
        grep -q "^$module " lib/FLOORS || echo "$header: lib/FLOORS does not name module $module"
    done
    for directory in lib/*/; do
        module=$(basename "$directory")
        if [ -n "$(find "$directory" -type f)" ] && ! grep -q "^$module " lib/FLOORS; then
            echo "$directory: lib/FLOORS does not name module $module"
        fi
    done
)
promise "lib/FLOORS names every module" "$problems"
finished
