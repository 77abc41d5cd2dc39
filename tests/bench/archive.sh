#!/usr/bin/env bash
# What a large archive costs: the same 15 minutes of one camera asked for in an archive of 83 cameras x 31 days of
# one-minute segments (3.7 million names, made once), and in one of one camera's one day. The peer is the small one.
# Twice: all of a camera's names in one directory, and directories of days, hours and cameras.
# Cold figures need the right to drop the kernel's caches (root); where it is missing, they are left out, and that is said.
#
#   archive.sh DIRECTORY       BENCH_CAMERAS: how many cameras (83)
. "$(dirname "$0")/common.sh"

: "${BENCH_CAMERAS:=83}"
[[ $BENCH_CAMERAS =~ ^[1-9][0-9]?$ ]] || fail "BENCH_CAMERAS is '$BENCH_CAMERAS', not a number from 1 to 99"
flat='{camera}/%Y-%m-%d_%H-%M-%S-%f.mp4' dated='%Y-%m-%d/%H/{camera}/%M.%S.mp4'
day=$((start / 86400 * 86400 + 12 * 86400)) # from the first of the month: start is on the 5th
start=$day                                  # of the day asked about: the 17th

# enough_room NAMES: df knows the free inodes of most file systems; 0 where there is no such number
enough_room() {
    local free
    free=$(df --output=iavail "$cache" | tail -n 1 | tr -d ' -')
    [ "${free:-0}" = 0 ] || [ "$free" -gt $(($1 + $1 / 10)) ] ||
        fail "$cache has $free free inodes, and $1 names need as many: set BENCH_CAMERAS to fewer cameras"
}

# make_tree DIRECTORY CAMERAS FIRST-DAY DAYS: flat/ and dated/ with the same files under other names; all empty, but
# for two hours of camera cam01 around the window
make_tree() {
    enough_room $(($2 * $4 * 1440))
    say "making an archive of $2 camera(s) x $4 day(s)"
    perl -MPOSIX=strftime -e '
        my ($to, $cameras, $first, $days, $footage, $real_from, $real_to) = @ARGV;
        sub directory { my ($path) = @_; mkdir $path or $!{EEXIST} or die "cannot make $path: $!\n"; $path }
        directory("$to/flat"); directory("$to/dated");
        for my $camera (map { sprintf "cam%02d", $_ } 1 .. $cameras) {
            directory("$to/flat/$camera");
            for (my $hour = $first; $hour < $first + $days * 86400; $hour += 3600) {
                my ($d, $h) = (strftime("%Y-%m-%d", gmtime $hour), strftime("%H", gmtime $hour));
                directory("$to/dated/$d"); directory("$to/dated/$d/$h");
                my $dated = directory("$to/dated/$d/$h/$camera");
                for my $minute (0 .. 59) {
                    my $at = $hour + 60 * $minute;
                    my $name = sprintf "$to/flat/$camera/${d}_$h-%02d-00-000000.mp4", $minute;
                    if ($camera eq "cam01" && $at >= $real_from && $at < $real_to) {
                        link $footage, $name or die "cannot link $name: $!\n";
                    } else {
                        open my $file, ">", $name or die "cannot make $name: $!\n";
                    }
                    link $name, sprintf("$dated/%02d.00.mp4", $minute) or die "cannot link $name: $!\n";
                }
            }
        }' "$1" "$2" "$3" "$4" "$cache/small/0.mp4" $((start + 20 * 3600)) $((start + 22 * 3600))
}
make_small_archive() { make_tree "$1" 1 "$day" 1; }
make_large_archive() { make_tree "$1" "$BENCH_CAMERAS" $((day - 16 * 86400)) 31; }

drop_caches() { [ "$1" = warm ] || { sync -f "$cache" && echo 3 >/proc/sys/vm/drop_caches; }; }

# ask CACHE SIZE COMMAND...: one turn
ask() {
    drop_caches "$1"
    EXHIBIT_STORE=$work/store-$2 timed "$2.txt" "$EXHIBIT" "${@:3}"
    jq -S "del(.clock, .record.clock)" said.txt >"$2.said"
}

# compare WORDS CACHE TURNS COMMAND...
compare() {
    local i
    rm -f large.txt small.txt
    for ((i = 0; i < $3; i++)); do
        ask "$2" large "${@:4}"
        ask "$2" small "${@:4}"
        cmp large.said small.said >&2 || fail "$1: the two archives give different answers"
    done
    figure "$1, $2 cache, wall s" "$(median large.txt 1)" "$(median small.txt 1)" 1.5
}

made small make_small
made "archive-1-1" make_small_archive
made "archive-$BENCH_CAMERAS-31" make_large_archive
caches=(warm)
if [ -w /proc/sys/vm/drop_caches ]; then caches+=(cold); else say 'no cold figures: this user cannot drop caches'; fi

begin
window=(--camera cam01 --from "$(at $((21 * 3600 + 600)))" --to "$(at $((21 * 3600 + 1500)))")
heading "an archive of $BENCH_CAMERAS camera(s) x 31 days (ours) against one camera's one day (peer)"
for form in flat dated; do
    rm -rf store-*
    for size in large small; do
        case $size in large) root=$cache/archive-$BENCH_CAMERAS-31/$form ;; small) root=$cache/archive-1-1/$form ;; esac
        make_store store-$size
        add_camera cam01 "$root" "${!form}"
    done
    for state in "${caches[@]}"; do
        turns=$BENCH_RUNS
        [ "$state" = cold ] || turns=$((5 * BENCH_RUNS))
        compare "archive $form, footage" "$state" "$turns" footage "${window[@]}" --json
        compare "archive $form, export --dry-run" "$state" "$turns" export --case C1 "${window[@]}" --out out --dry-run --json
    done
done
