#!/usr/bin/env bats
load common

@test "init makes a store whose log begins with a signed entry" {
    make_key op OP admin
    expect 0 init store --organisation 'Fenland & Peterborough CCTV' --zone Europe/London
    [ "$(acts)" = init ]
    git --git-dir store/custody.git -c gpg.ssh.allowedSignersFile="$PWD/store/allowed_signers" verify-commit custody
    expect 0 log verify
}

@test "what is private in a store is closed to others" {
    make_store
    [ "$(stat -c %a store/private)" = 700 ]
    [ -z "$(find store/private -type f -perm /077)" ]
}

@test "init leaves a directory alone that holds anything" {
    make_key op OP admin
    mkdir store
    echo mine >store/file
    expect 5 init store --organisation O --zone UTC
    sentence "not empty"
    [ "$(ls -A store)" = file ]
}

@test "init refuses a zone that the system does not know" {
    make_key op OP admin
    for zone in Europe/Wisbech ../../etc/passwd ''; do
        expect 2 init store --organisation O --zone "$zone"
        [ ! -e store ]
    done
}

@test "init without a key says how to name one" {
    unset EXHIBIT_KEY
    expect 2 init store --organisation O --zone UTC
    mentions --key
    [ ! -e store ]
}

@test "init below a directory that is missing says so" {
    make_key op OP admin
    expect 3 init nowhere/store --organisation O --zone UTC
    sentence nowhere
}
