#!/usr/bin/env bash
# The most memory that COMMAND and all it started held together, in kB, goes to FILE. Looked at every 5 ms: the sum of
# the high-water marks of the processes that live then, so that no peak between two looks is missed; pages that they
# share count in each. The exit status is COMMAND's.
#
#   peak.sh FILE COMMAND...
set -u

file=${1:?usage: peak.sh FILE COMMAND...}
shift
most=0 sum=0 seen=' '

add() { # PROCESS: its high-water mark, and those of its children, to $sum
    local line task children='' child
    # A child may be listed twice: it moves to another thread when the one that started it ends.
    [[ $seen != *" $1 "* ]] || return
    seen+="$1 "
    mapfile -t line 2>/dev/null <"/proc/$1/status" || return
    for line in "${line[@]}"; do
        [[ $line =~ ^VmHWM:[[:space:]]*([0-9]+) ]] || continue
        sum=$((sum + BASH_REMATCH[1]))
        break
    done
    for task in /proc/"$1"/task/*/children; do
        read -r children 2>/dev/null <"$task" || [ "$children" ] || continue
        for child in $children; do
            # A child that has not started its own program yet is its parent once more.
            [ "/proc/$child/exe" -ef "/proc/$1/exe" ] || add "$child"
        done
    done
}

"$@" <&0 &
pid=$!
exec {never}<> <(:)
# Ours, and no zombie: its number may already be another's.
while { read -r facts <"/proc/$pid/stat"; } 2>/dev/null && [[ ${facts##*) } == [^Z]" $$ "* ]]; do
    sum=0 seen=' '
    add $pid
    [ $sum -le $most ] || most=$sum
    read -rt 0.005 -u "$never" _ || :
done
echo $most >"$file"
wait $pid
