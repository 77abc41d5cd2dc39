#!/usr/bin/env bats
# What a package says of itself: START-HERE.html in a browser, and VERIFY.txt in a shell.
load common
load sample

# packaged REFERENCE...: ./sample, of a Master OP1 with a gap, its copies OP1/1 to OP1/3, and OP2, a large file from elsewhere
made() {
    ready --gap 4 --audio
    expect 7 extract --case C1 --camera wisbech-12 --from '2021-12-05 21:10:05' --to '2021-12-05 21:13:40'
    expect 7 transcode OP1 --burn-in --preset small
    expect 0 still OP1 --at '2021-12-05 21:11:05.280' --at +12.5s
    expect 7 redact OP1 --reason 'subject access' --mask 100,40,100,80@+5s..+20s
}
large() {
    seq 1 3000000 | head -c 17000000 >large.avi
    expect 7 add large.avi --case C1 --from 'J. Smith' --received '2021-12-06 10:15'
}

# encrypted: what the last section of VERIFY.txt opens
encrypted() {
    mkdir encrypted
    age-keygen -o encrypted/YOUR-IDENTITY 2>/dev/null
    (cd sample && zip -q -0 -r - .) | age -r "$(age-keygen -y encrypted/YOUR-IDENTITY)" >encrypted/FILE.zip.age
}

@test "every command in the VERIFY.txt of a package of several exhibits runs as written, and says what it must" {
    made
    large
    sample_package OP1 OP1/1 OP1/2 OP1/3 OP2
    encrypted
    run_commands sample recordings encrypted
    echo "$ran commands"
    [ "$ran" -ge 30 ]
}
