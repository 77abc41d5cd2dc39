#!/usr/bin/env bash
# What is due, asked of a store of BENCH_EXHIBITS exhibits, ten a case, of which a tenth is due: the first time, again, and after one more
# entry; beside deciding all of them anew (--all), which is what every asking took before.
#
#   standing.sh DIRECTORY      BENCH_EXHIBITS: how many (5000; they are made first, which takes longest)
. "$(dirname "$0")/common.sh"

: "${BENCH_EXHIBITS:=5000}"
[[ $BENCH_EXHIBITS =~ ^[1-9][0-9]{2,6}$ ]] || fail "BENCH_EXHIBITS is '$BENCH_EXHIBITS', not a number from 100 to 9999999"
grow=${EXHIBIT_OUT:-$top/build/release}/tests/unit/case_grow
[ -x "$grow" ] || fail "there is no $grow: make bench builds it"
begin
export EXHIBIT_STORE=$work/store
"$EXHIBIT" key new --name Operator --initials OP --role admin --out op.key --no-passphrase --quiet >/dev/null
"$EXHIBIT" init store --organisation Bench --zone Europe/London >/dev/null
sed 's/custodian = police/custodian = council/' "$top/policies/uk-local-authority.conf" >council.conf
"$EXHIBIT" retention adopt council.conf --reason bench >/dev/null
"$EXHIBIT" retention confirm R10 --reason bench >/dev/null
say "making $BENCH_EXHIBITS exhibits in $((BENCH_EXHIBITS / 10)) cases"
"$grow" store op.key $((BENCH_EXHIBITS / 10)) 10 100
"$EXHIBIT" log pack --quiet >/dev/null

heading "What is due of $BENCH_EXHIBITS exhibits, in s; peer: all of them decided anew"
timed anew.all "$EXHIBIT" retention check --all --json
[ "$(grep -c '"type":"retained"' said.txt)" = "$BENCH_EXHIBITS" ] || fail 'not all are listed'
timed ours.first "$EXHIBIT" retention check --quiet
[ "$(grep -c . said.txt)" = 20 ] || fail 'twenty are not shown'
for ((i = 0; i < BENCH_RUNS; i++)); do
    timed ours.again "$EXHIBIT" retention check --json --within 0
    grep -q "\"deletion\":$((BENCH_EXHIBITS / 10))," said.txt || fail "other numbers are due: $(tail -n 1 said.txt)"
    timed ours.shown "$EXHIBIT" retention check --quiet
    "$EXHIBIT" case reference C2 add "bench:$i" --quiet >/dev/null
    timed ours.entry "$EXHIBIT" retention check --quiet
done
all=$(median anew.all 1)
figure 'the first time' "$(median ours.first 1)" "$all"
figure 'again, the twenty most urgent shown' "$(median ours.shown 1)" "$all"
figure 'after one more entry' "$(median ours.entry 1)" "$all"
figure 'again, all that is due as JSON' "$(median ours.again 1)" "$all"
printf 'the index: %s KB\n' "$(du -k store/private/index | cut -f1)"
