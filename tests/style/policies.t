#!/bin/sh
# exhibit-policies(5) is complete: its keys, words and limits are those of lib/policy, and what it shows is a policy.
. "$(dirname "$0")/tap.sh"

page=docs/man/exhibit-policies.5
items() { sed -nE 's/^\.It Li ([a-z-]+).*/\1/p' | sort -u; }
part() { sed -n "/^\.S[hs] $1/,/^\.S[hs] $2/p" "$page"; } # FROM TO: of the page, heading by heading
# strings_of ARRAY FILE: the texts of a C array
strings_of() { awk -v array=" $1[] = {" 'index($0, array) { on = 1 } on { print } /};/ { on = 0 }' "$2" | grep -oE '"[a-z-]+"' | tr -d '"' | sort -u; }

problems=$(
    strings_of policy_keys lib/policy/read.c >"$scratch/program"
    part 'THE SECTION \[policy\]' 'THE SECTION \[rule' | items | diff "$scratch/program" -
    strings_of rule_keys lib/policy/read.c >"$scratch/program"
    part 'THE SECTION \[rule' 'Periods' | items | diff "$scratch/program" -
)
promise "it has every key of both sections, and no other" "$problems"

problems=$(
    strings_of term_words lib/policy/words.c >"$scratch/program"
    part Terms 'ARITHMETIC' | items | diff "$scratch/program" -
    for array in case_words item_words custodian_words flag_words then_words test_words; do
        strings_of $array lib/policy/words.c | while read -r word; do
            grep -E '^\.(Li|It Li) ' "$page" | tr ' ' '\n' | grep -qx -e "$word" || echo "$page does not name '$word' of $array"
        done
    done
)
promise "it has every term and every word of a value" "$problems"

# limit NAME FILE WORDS: the number that the source gives it stands in the page, in the place of # in those words; of bytes, in KiB
limit() {
    number=$(sed -nE "s/.*\b$1 = ([0-9]+)( << 10)?\b.*/\1/p" "$2" | head -n 1)
    sentence=$(echo "$3" | sed "s,#,$number,")
    [ -n "$number" ] && grep -qF -- "$sentence" "$page" || echo "$page does not say '$sentence' ($1)"
}
problems=$(
    limit EXH_RULES_MOST include/exhibit/policy.h '1 to #'
    limit EXH_TERMS_MOST include/exhibit/policy.h 'At most # terms'
    limit EXH_GROUPS_MOST include/exhibit/policy.h 'terms in # lists'
    limit EXH_REMINDERS_MOST include/exhibit/policy.h 'At most # periods'
    limit EXH_POLICY_LARGEST include/exhibit/policy.h 'at most # KiB'
    limit EXH_PERIOD_STEPS include/exhibit/policy.h 'at most #, are added'
    limit EXH_PERIOD_YEARS include/exhibit/policy.h 'at most # years each'
    limit EXH_DATE_LAST_YEAR include/exhibit/policy.h 'after the year #'
    limit LONGEST_ID lib/policy/read.c '1 to # letters'
    limit LONGEST_NAME lib/policy/read.c 'at most # bytes'
)
promise "its limits are the program's" "$problems"

problems=$(
    sed -n '/^\.Sh EXAMPLES/,/^\.Ed/p' "$page" | sed '/^\./d' >"$scratch/example.conf"
    "$EXHIBIT" retention lint "$scratch/example.conf" >"$scratch/said" 2>&1
    status=$?
    [ $status = 0 ] || [ $status = 7 ] || cat "$scratch/said"
)
promise "its example is a policy" "$problems"
finished
