#!/usr/bin/env bats
# Damage to a Master of several pieces of 16 MiB is located: pieces, and times of the footage that hold that of each damaged
# byte, as ffprobe has the packets (tests/tamper/damage.py).
load common

setup_file() {
    mkdir -p "$BATS_FILE_TMPDIR/large/out" "$BATS_FILE_TMPDIR/large/recordings/wisbech-12"
    cd "$BATS_FILE_TMPDIR/large" || return
    export EXHIBIT_STORE=$PWD/store EXHIBIT_KEY=$PWD/op.key
    large
    unset EXHIBIT_STORE EXHIBIT_KEY
}

setup() {
    cd "$BATS_FILE_TMPDIR/large" || return
    export PYTHONDONTWRITEBYTECODE=1 EXHIBIT
    rm -rf one exhibit case*
    cp -a sealed one
    cp -a store/exhibits/OP1 exhibit
}

# six_minutes: noise makes some of them, and parts of some, thirty times as large as others
six_minutes() {
    local minute name=recordings/wisbech-12/2021-12-05_21
    ffmpeg -nostdin -y -v error -threads 1 -filter_complex_threads 1 -f lavfi \
        -i "testsrc=size=320x180:rate=10,noise=alls=60:allf=t:enable='between(mod(t,180),60,140)'" -t 360 -pix_fmt yuv420p \
        -c:v libx264 -preset ultrafast -x264-params threads=1:scenecut=0:keyint=20:min-keyint=20:qp=16 -fflags +bitexact \
        -flags +bitexact -f segment -segment_time 60 -segment_start_number 8 -reset_timestamps 1 -segment_format mp4 \
        -segment_format_options movflags=+frag_keyframe+empty_moov+default_base_moof "$name-%02d-00-000000.mp4"
    for minute in 08 09 10 11 12 13; do
        touch -d "2021-12-05 21:$minute:00 UTC + 1 minute" "$name-$minute-00-000000.mp4"
    done
}

# large: a Master of the whole, in a package of exhibits as well
large() {
    six_minutes
    make_store
    add_camera
    open_case
    exhibit extract --case C1 --camera wisbech-12 --from '2021-12-05 21:08:03' --to '2021-12-05 21:13:58' --quiet >/dev/null
    exhibit seal OP1 --out out --folder --quiet >/dev/null
    mv out/*-P1 sealed
    cp store/allowed_signers signers
    age-keygen -o identity.txt 2>/dev/null
}

damaged() { python3 "$EXHIBIT_TOP/tests/tamper/damage.py" "$1"; }

@test "there are four pieces and more" {
    [ "$(cat exhibit/data/master/*.mp4 | wc -c)" -gt $((48 << 20)) ]
    [ "$(wc -l <exhibit/record/pieces-sha256.txt)" -ge 4 ]
    cmp exhibit/record/pieces-sha256.txt one/record/pieces-sha256.txt
}

@test "bytes changed in a folder are located, in pieces and in time" { damaged folder; }
@test "bytes changed in a ZIP or inside an age file are located" { damaged container; }
@test "a file cut short or longer is located, and says by how much" { damaged sizes; }
@test "piece hashes that are not those of the files fail, whoever signed them" { damaged lying; }

@test "people read where the damage is" {
    printf x | dd of="$(echo exhibit/data/master/*.mp4)" bs=1 seek=$((17 << 20)) conv=notrunc status=none
    expect 1 verify exhibit --signers signers --quiet
    shows FAILED E-FILE-DIGEST 'piece 2 of ' '(from byte 16777216 on), footage of 2021-12-05 21:'
}

@test "an exhibit that is damaged in the store is not packed, and where is said" {
    export EXHIBIT_STORE=$PWD/copy EXHIBIT_KEY=$PWD/op.key
    cp -a store copy
    chmod -R u+w copy
    printf x | dd of="$(echo copy/exhibits/OP1/data/master/*.mp4)" bs=1 seek=$((17 << 20)) conv=notrunc status=none
    mkdir packed
    expect 5 seal OP1 --out packed
    sentence OP1 'not as it was sealed' 'piece 2 of '
    [ -z "$(ls -A packed)" ]
}
