#!/usr/bin/env bats
load common

@test "a case is opened, listed and shown" {
    make_store
    expect 0 case open --type arrest --reference police:35/91234/21 --reference e-cins:771 \
        --requested-by 'police, collar number 1234' --basis 'DPA 2018 Sch 2 Pt 1 para 2' --title 'Market Place'
    shows C1
    expect 0 case list
    shows C1 arrest
    expect 0 case show C1
    shows police:35/91234/21 e-cins:771 'collar number 1234' 'DPA 2018 Sch 2 Pt 1 para 2' 'Market Place'
}

@test "cases are numbered in the order of opening" {
    make_store
    open_case
    expect 0 case open --type dardr --reference police:2 --requested-by 'the partnership' --basis 'DVCVA 2004 s 9'
    shows C2
}

@test "the log holds no reference, name or free text in clear" {
    make_store
    open_case --title 'Secret title'
    git --git-dir store/custody.git log -p custody >everything
    for words in 35/91234/21 collar 1234 'Sch 2' 'Secret title' 'Person OP'; do
        run ! grep -qF "$words" everything
    done
}

@test "an unknown type is refused, with the types there are" {
    make_store
    expect 2 case open --type theft --reference police:1 --requested-by police --basis consent
    sentence arrest dhr enforcement
    expect 0 case list
    [[ $output != *C1* ]]
}

@test "a reference without its system is refused" {
    make_store
    for reference in 35/91234/21 :1 police: ''; do
        expect 2 case open --type arrest --reference "$reference" --requested-by police --basis consent
        sentence reference
    done
}

@test "a case needs who asked, and on what basis" {
    make_store
    expect 2 case open --type arrest --reference police:1 --basis consent
    mentions --requested-by
    expect 2 case open --type arrest --reference police:1 --requested-by police
    mentions --basis
}

@test "a case that is not there cannot be shown" {
    make_store
    expect 2 case show C9
    sentence C9
}

@test "an auditor cannot open a case" {
    make_store
    make_key au AU auditor
    exhibit key trust au.pub --name Au --initials AU --role auditor
    expect 5 case open --type arrest --reference police:1 --requested-by police --basis consent --key au.key
    sentence auditor
}
