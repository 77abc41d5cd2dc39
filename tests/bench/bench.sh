#!/usr/bin/env bash
# What exhibit takes, beside what stock tools take for the same: runs by turns, medians, and their ratio; one figure a line.
# It judges no figure. It fails where a command fails, or what we made is wrong.
#
#   bench.sh DIRECTORY [NAME...]     DIRECTORY keeps the footage for the next time (about 2 GB, and 21 GB free while it runs); all names, or those given:
#
#   export    15 minutes and 2 hours exported, encrypted and logged; peer: the script of peer.sh
#   mp4       37 minutes cut from 60 segments of a minute, 2.2 GB, durable; peer: ffmpeg -f concat, sha256sum, sync FILE
#   fmp4      the same from fragmented MP4
#   ts        the same from MPEG-TS
#   mkv       the same from Matroska
#   short     the same from ten thousand MP4 segments of 10 s
#   memory    peak memory of all processes together: 10 minutes, 1 hour, 10 hours; from MP4 and from MPEG-TS
#   copy      two minutes of 1080p25 encoded anew, times burnt in; peer: the ffmpeg program with the same settings
#   age       4 GiB sealed as an age file and opened, with one thread and with two; peer: the age program
#   seal      4 GiB sealed and encrypted, durable; peers: sha256sum, zip, age, minisign by turns and as a pipe. Then verified as ZIP,
#             folder and age file; peer: sha256sum -c. And a small package verified, in ms; BENCH_GIB and BENCH_OUT, see seal.sh
#   batch     rows of 20 seconds, and of 10 minutes, exported by one batch; peers: a loop over exhibit export, and over peer.sh; BENCH_ROWS
#   log       entries of the custody log, one by one and together, long logs, verifying, packing; peer: git commit -S; BENCH_ENTRIES
#   standing  what is due of many exhibits, again and after one entry; peer: deciding on all of them; BENCH_EXHIBITS
#   archive   83 cameras x 31 days of one-minute names against one camera's one day; 4 minutes and 3.7 million inodes, once
#
# Environment: BENCH_RUNS, pairs of each (3); BENCH_CAMERAS, cameras of the archive (83); BENCH_GIB, what age and seal take (4); BENCH_ROWS (100);
# BENCH_ENTRIES (100000); BENCH_EXHIBITS (5000).
set -euo pipefail

usage() { sed -n '2,/^set /{s/^# \{0,1\}//p}' "$0"; }

case ${1:-} in
--help) usage; exit 0 ;;
'' | -*) usage >&2; exit 2 ;;
esac
directory=$1
here=$(cd "$(dirname "$0")" && pwd)
shift
[ $# -gt 0 ] || set -- export mp4 fmp4 ts mkv short memory copy age seal batch log standing archive
for name; do
    case $name in
    export | archive | copy | age | seal | batch | log | standing) "$here/$name.sh" "$directory" ;;
    mp4 | fmp4 | ts | mkv | short) "$here/clip.sh" "$directory" "$name" ;;
    memory) for kind in mp4 ts; do "$here/memory.sh" "$directory" $kind; done ;;
    *) echo "bench.sh: unknown benchmark '$name'; see bench.sh --help" >&2; exit 2 ;;
    esac
done
