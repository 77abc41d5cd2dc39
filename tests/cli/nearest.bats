#!/usr/bin/env bats
# A name that is not known is met with the nearest that is, in one sentence, and with none where none is near.

load common

# near STATUS... : the sentence asks about $1 when exhibit is called with the rest
near() {
    local wanted=$1
    shift
    expect 2 "$@"
    sentence "; did you mean '$wanted'? ("
    [ -z "$output" ]
}
far() {
    expect 2 "$@"
    sentence "; "
    [[ $stderr != *'did you mean'* ]] || { echo "$stderr"; return 1; }
}

# one_of_each: case C1 with a hold, a request, and the exhibit OP1 of a file, packed as C1-P1 and disclosed as C1-D1
one_of_each() {
    make_store
    open_case --hold civil --review "$(date -d '+30 days' +%F)"
    echo footage >shop.bin
    expect 7 add shop.bin --case C1 --from 'J. Smith' --received '2021-12-06 10:15'
    expect 0 request add --case C1 --by 'DC 1234 Smith' --organisation Police --basis Act --purpose why --authoriser Insp --date 2021-12-06
    expect 0 seal OP1 --out out
    expect 0 disclose C1-P1 --to 'DC 1234 Smith' --organisation Police --method 'by hand' --basis Act
}

@test "a command and a command of a group" {
    near export exprot
    near 'camera list' camera lits
    near 'log remote add' log remote ad
    far xyzzy
}

@test "an option, of a command and of exhibit itself; words after -- and values are none" {
    expect 2 footage --frum now
    [[ $stderr == "exhibit footage: there is no option '--frum'; did you mean '--from'? ('exhibit footage --help' lists them)" ]]
    expect 2 --jsno camera list
    mentions "did you mean '--json'"
    expect 2 footage --xyzzy
    mentions "there is no option '--xyzzy'; 'exhibit footage --help' lists"
    [[ $stderr != *'did you mean'* ]]
    expect 2 footage --camera --frum --frm=now
    mentions "'--frm'"
    expect 3 sign --store nowhere -- --frum
    [[ $stderr != *option* ]]
}

@test "an option that is cut short is understood, and a hidden one is not suggested" {
    make_store
    expect 0 camera list --jso
    expect 2 add --jobb x
    [[ $stderr != *"'--job'"* ]]
}

@test "a camera, a source and a town; two neighbours that changed places are one slip" {
    make_footage recordings
    make_store
    add_camera
    near wisbech-12 footage --camera wisbech-21 --from '2021-12-05 21:10' --to '2021-12-05 21:12'
    near wisbech-12 camera check-time Wisbech-12x --list
    near nvr camera list --source nrv
    near Wisbech camera list --town Wisbeach
    far camera list --source elsewhere
    far footage --camera doddington --from '2021-12-05 21:10' --to '2021-12-05 21:12'
}

@test "a case, an exhibit, a package, a request, a hold and a disclosure" {
    one_of_each
    near C1 case show c1
    near C1 case status C11
    near OP1 transcode op1
    near OP1 seal OP11 --out out
    near OP1 log show --exhibit 0P1
    near OP1 retention why PO1
    near C1-P1 disclose C1P1 --to x --organisation x --method x --basis x
    near C1-R1 request approve C1-R2 --reason x
    near C1-H1 case release c1-h1 --reason x
    near C1-D1 receipt issue c1-d1 --out receipt.txt
    near OP1 request approve 0P1 --reason x
    near OP1 case hold C1 --exhibit OP2 --reason civil --authority x --reference x --review "$(date -d '+9 days' +%F)"
    far case show elsewhere
    far case release C1-HOLD9999 --reason x
    far seal EXHIBIT9999 --out out
}

@test "a key, by its person, by its fingerprint" {
    make_store
    make_key da DANA auditor
    expect 0 key trust da.pub --name Dana --initials DANA --role auditor
    near DANA key export DNAA --format ssh
    near DANA key revoke dana --reason lost
    near DANA log show --actor DAN
    fingerprint=$(exhibit key list --json | jq -r 'select(.initials == "DANA").fingerprint')
    near "$fingerprint" key export "${fingerprint%?}" --format ssh
    far key export SOMEBODY --format ssh
}

@test "a rule of the policy, and a remote of the log" {
    make_store
    expect 0 retention adopt "$EXHIBIT_TOP/policies/minimal.conf" --reason x
    near ACQUITTED retention confirm AQUITTED --reason x
    far retention confirm ELSEWHERE --reason x
    git init -q --bare mirror
    expect 0 log remote add office "$PWD/mirror"
    near office log push offcie
}

@test "an empty store suggests nothing, and asking changes nothing" {
    make_store
    before=$(acts | wc -l)
    far case show C1
    far transcode OP1
    far footage --camera wisbech-12 --from '2021-12-05 21:10' --to '2021-12-05 21:12'
    [ "$(acts | wc -l)" = "$before" ]
}
