#!/usr/bin/env bats
# The program that reads footage is confined by the kernel, or it does not read, unless the configuration lets it.
load common

# on_a_kernel_without LAYER...: exhibit, as it is on one
on_a_kernel_without() {
    local built=${EXHIBIT_OUT:-$EXHIBIT_TOP/build/release}
    [ -x "$built/tests/unit/bare" ] || skip 'the program that hides what the kernel has is not built'
    mkdir -p programs
    cp "$built/exhibit" programs/exhibit
    cp "$built/tests/unit/bare" programs/exhibit-media
    cp "$built/exhibit-media" programs/exhibit-media.real
    echo "$*" >programs/lacks
    EXHIBIT=$PWD/programs/exhibit
}

@test "the record says which cage footage was read in" {
    ready
    export_it 0
    unpack out/*.zip
    [[ $(jq -r .made.cage "$bag/record/exhibit.json") =~ ^'Landlock ABI '[1-7]' and seccomp'$ ]]
}

@test "where the kernel lacks a layer no footage is read, and the sentence says what to do" {
    ready
    exhibit camera add market-3 --source nvr --path market-3 --name 'Market 3' --town March >/dev/null
    echo hello >shop.avi
    for lacks in landlock seccomp 'landlock seccomp'; do
        on_a_kernel_without "$lacks"
        expect 5 footage "${window[@]}"
        sentence 'footage is not read without' 'media.cage = optional' 5.13
        expect 5 footage --camera wisbech-12 --camera market-3 "${window[@]:2}"
        sentence 'footage is not read without'
        export_it 5
        sentence 'footage is not read without' 'media.cage = optional'
        expect 5 add shop.avi --case C1 --from 'J. Smith' --received '2021-12-06 10:15'
        sentence 'footage is not read without'
        nothing_left
    done
    mentions 'Landlock and seccomp'
    git config -f store/config media.cage required
    export_it 5
    nothing_left
}

@test "where the configuration allows it the work goes on, and every place says so" {
    ready
    git config -f store/config media.cage optional
    export_it 0
    on_a_kernel_without landlock
    expect 7 footage "${window[@]}" --json
    [ "$(jq -r 'select(.findings).findings[].code' <<<"$output")" = no-cage ]
    export_it 7
    shows 'footage was read without Landlock'
    unpack "$(echo out/OP2*.zip)"
    [ "$(jq -r '.findings[].code' "$bag/record/exhibit.json")" = no-cage ]
    [[ $(jq -r .made.cage "$bag/record/exhibit.json") = 'seccomp alone: '* ]]
    grep -q 'footage was read without Landlock' "$bag/START-HERE.html"
    echo hello >shop.avi
    expect 7 add shop.avi --case C1 --from 'J. Smith' --received '2021-12-06 10:15'
    shows 'footage was read without Landlock'
}

@test "each layer that is missing is named" {
    ready
    git config -f store/config media.cage optional
    on_a_kernel_without seccomp
    expect 7 footage "${window[@]}"
    shows 'footage was read without seccomp,'
    on_a_kernel_without landlock seccomp
    export_it 7
    shows 'footage was read without Landlock and seccomp,'
    unpack out/*.zip
    [[ $(jq -r .made.cage "$bag/record/exhibit.json") = 'none: '* ]]
}

@test "a setting that cannot be meant is malformed" {
    make_store
    for value in no true '' Optional; do
        git config -f store/config media.cage "$value"
        expect 4 case open --type other --reference police:1 --requested-by police --basis consent
        sentence media.cage "'$value'" required optional
    done
    git config -f store/config --unset media.cage
    git config -f store/config media.box required
    expect 4 case open --type other --reference police:1 --requested-by police --basis consent
    sentence media.box 'not known'
}
