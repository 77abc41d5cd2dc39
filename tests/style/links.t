#!/bin/sh
# The two programs: keys and footage parsers do not share a process.
. "$(dirname "$0")/tap.sh"

needed() { readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'; }

problems=$(needed "$EXHIBIT" | grep -E '^lib(av|sw|postproc|seccomp)')
[ -x "$EXHIBIT" ] || problems="$EXHIBIT is not there"
promise "exhibit does not link libav, nor what builds the cage of the program that does" "$problems"

problems=$(ldd "$EXHIBIT" | grep -E '\blib(avformat|avcodec|avutil|swscale|swresample)')
promise "nor does anything that exhibit links" "$problems"

problems=$(needed "$EXHIBIT-media" | grep -E '^lib(sodium|git2|crypto|ssl|archive)')
[ -x "$EXHIBIT-media" ] || problems="$EXHIBIT-media is not there"
promise "exhibit-media links nothing that handles keys, packages or the log" "$problems"

problems=$(
    for program in "$EXHIBIT" "$EXHIBIT-media"; do
        readelf -hW "$program" | grep -q 'Type: *DYN' || echo "$program: not position-independent"
        readelf -dW "$program" | grep -q 'BIND_NOW\|FLAGS_1.*NOW' || echo "$program: symbols are bound lazily"
        readelf -lW "$program" | grep -q 'GNU_RELRO' || echo "$program: no read-only relocations"
        readelf -lW "$program" | grep 'GNU_STACK' | grep -q 'RWE' && echo "$program: executable stack"
        readelf -dW "$program" | grep -E 'RPATH|RUNPATH'
    done
)
promise "both programs are hardened" "$problems"
finished
