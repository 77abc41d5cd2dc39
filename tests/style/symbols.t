#!/bin/sh
# What the library offers and what it leans on, as the linker sees it.
. "$(dirname "$0")/tap.sh"

find "$EXHIBIT_OUT/lib" -name '*.o' | sort >"$scratch/objects"
while read -r object; do
    source=${object#"$EXHIBIT_OUT"/}
    source=${source%.o}.c
    [ -e "$source" ] || continue   # left by a file that is gone
    nm "$object" | awk -v file="$source" '{ print file, $(NF - 1), $NF }'
done <"$scratch/objects" >"$scratch/symbols"

# The media module is linked into exhibit-media only: it is no part of the library.
# One stands before another library's, and says why.
problems=$(awk '$1 !~ /^lib\/media\// && $2 ~ /^[A-TV-Z]$/ && $3 !~ /^exh_/ && $1 " " $3 != "lib/repo/authorities.c mbedtls_x509_crt_parse_file" { print $1 ": " $3 " is global" }' "$scratch/symbols")
[ -s "$scratch/symbols" ] || problems="no objects under $EXHIBIT_OUT/lib"
promise "every global of the library is exh_something" "$problems"

# The library gives results and errors to its caller: it prints nothing, ends nothing, reads no
# environment, runs no shell, and uses no function that cannot know how much room there is.
# Who may all the same, with the reason, stands in the second table.
cat >"$scratch/banned" <<'END'
printf vprintf fprintf vfprintf puts putchar fputs fputc fwrite perror stdout stderr
exit getenv secure_getenv system popen
strcpy strcat stpcpy sprintf vsprintf gets strtok rand srand tmpnam tempnam mktemp
END
cat >"$scratch/allowed" <<'END'
lib/error/error.c fputs stderr
lib/error/error.c fwrite      fputs of a constant, as gcc writes it
lib/error/error.c stderr
lib/moment/zone.c getenv      the C library keeps its zone in TZ; TZDIR says where zones are
END
problems=$(awk '
    FILENAME ~ /banned$/ { for (i = 1; i <= NF; i++) banned[$i] = 1; next }
    FILENAME ~ /allowed$/ { allowed[$1 " " $2] = 1; next }
    $2 == "U" {
        name = $3
        sub(/^__isoc99_/, "", name)
        if (name ~ /^__.*_chk$/)
            name = substr(name, 3, length(name) - 6)
        if (name in banned && !(($1 " " name) in allowed))
            print $1 ": uses " name
    }' "$scratch/banned" "$scratch/allowed" "$scratch/symbols")
promise "the library prints nothing, ends nothing and uses no unbounded function" "$problems"

problems=$(awk '$1 !~ /^lib\/media\// && $2 == "U" && $3 ~ /^(av_|avcodec_|avformat_|avio_|sws_|swr_)/ { print $1 ": uses " $3 }' "$scratch/symbols")
promise "only the media module calls libav" "$problems"
finished
