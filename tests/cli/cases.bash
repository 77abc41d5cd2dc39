# Cases with exhibits of no footage, people, and a policy by which what is closed is due: loaded by tests of what becomes of exhibits.
# shellcheck shell=bash

# a_case TYPE: opens one, and prints its identifier
a_case() { exhibit case open --type "$1" --reference police:1 --requested-by police --basis DPA --json | jq -r .id; }

# clip [CASE [OPTION...]]: an exhibit of the case (C1), of a file from elsewhere
clip() {
    head -c 1000 /dev/urandom >file.bin
    exhibit add file.bin --case "${1:-C1}" --from bench --received '2021-12-06 10:15' --quiet "${@:2}" >/dev/null || [ $? = 7 ]
    rm file.bin
}

# person NAME INITIALS ROLE: with a key, NAME.key, that the store trusts
person() {
    make_key "$1" "$2" "$3"
    exhibit key trust "$1.pub" --name "Person $2" --initials "$2" --role "$3" --until '2040-01-01 00:00' >/dev/null
}

# closed_policy: prints one by which the exhibits of closed cases are due for deletion
closed_policy() {
    cat <<'CONF'
[policy]
    name = test
    version = 1
    custodian = council
    statuses = opened
[rule "T1"]
    title = Closed cases
    legal = none, a test
    sure = yes
    cases = other
    trigger = status closed
    period = 31 days
    then = delete
CONF
}
