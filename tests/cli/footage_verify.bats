#!/usr/bin/env bats
# verify --footage: what is in the footage is held against the record, by the confined program that reads it.
load common

# exhibited [OPTION...]: the Master OP1, and its folder as somebody else has it, in ./bag
exhibited() {
    mastered "$@"
    cp -a store/exhibits/OP1 bag
    chmod -R u+w bag
}

# read_in STATUS SUBJECT ARGUMENT...: verified with its footage, as JSON
read_in() { expect "$1" verify "$2" --signers store/allowed_signers --footage "${@:3}" --json; }

# result FILTER: of the footage, by jq
result() { jq -r ".footage | $1" <<<"$output"; }
codes() { jq -r '[.findings[].code] | unique | join(" ")' <<<"$output"; }
counts() { result '"\(.result) \(.same) \(.differing) \(.not_judged)"'; }

# claim BAG CHANGE: its record says otherwise, by a line of Python over p, its first part, and is signed with the operator's key
claim() {
    PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$EXHIBIT_TOP/tests/tamper python3 - "$@" <<'END'
import datetime, sys
from bag import *
path, change = sys.argv[1:]
bag = load(path)
record = document(bag, "record/exhibit.json")
p = record["parts"][0]

def longer(ns):
    p["length_ns"] += ns
    whole = datetime.datetime.strptime(p["from"][:19], "%Y-%m-%dT%H:%M:%S")
    ns = int((p["from"][20:-1] or "0").ljust(9, "0")) + p["length_ns"]
    to = whole + datetime.timedelta(seconds=ns // 10**9)
    p["to"] = to.strftime("%Y-%m-%dT%H:%M:%S") + (".%09d" % (ns % 10**9) if ns % 10**9 else "") + "Z"

def holds(data):
    bag[p["file"]] = data
    p.update(size=len(data), sha256=sha(data))
    set_manifest(bag)

exec(change, {"record": record, "p": p, "longer": longer, "holds": holds})
set_document(bag, record, "record/exhibit.json")
sign(bag, Key("op.key", "OP"))
write_folder(bag, path, None)
END
}

# claimed WORDS CHANGE: of a copy of ./bag, which fails for that, in these words
claimed() {
    rm -rf claimed
    cp -a bag claimed
    claim claimed "$2"
    expect 0 verify claimed --signers store/allowed_signers
    expect 1 verify claimed --signers store/allowed_signers --footage
    shows 'claimed: FAILED' E-FOOTAGE "$(jq -r .parts[0].file bag/record/exhibit.json)" "$1"
    read_in 1 claimed
    [ "$(codes)" = E-FOOTAGE ]
    [ "$(result .result)" = differs ]
}

# other_reader COMMAND...: another program stands in for the one that reads footage
other_reader() {
    mkdir -p programs
    cp "$EXHIBIT" programs/exhibit
    cp "$1" programs/exhibit-media
    EXHIBIT=$PWD/programs/exhibit
}

@test "footage that is as its record says verifies: of an exhibit, a folder and an unpacked ZIP" {
    ready --audio
    export_it 0
    read_in 0 OP1
    [ "$(counts)" = 'same 1 0 0' ]
    [ "$(last_entry | jq -r '"\(.act) \(.facts.verdict) \(.facts.footage)"')" = 'verify VERIFIED same' ]
    unpack out/*.zip
    read_in 0 "$bag"
    mkdir into
    expect 0 verify out/*.zip --signers store/allowed_signers --footage --extract-to into
    shows VERIFIED '1 of its files as the record says'
    [ -d into/OP1_* ]
}

@test "the footage of an encrypted package is read once it is unpacked" {
    mastered
    age-keygen -o identity 2>/dev/null
    expect 0 seal OP1 --out out --recipient "$(age-keygen -y identity)"
    expect 2 verify out/*.age --signers store/allowed_signers --identity identity --footage
    sentence 'once it is unpacked' '--extract-to DIR'
    mkdir into
    read_in 0 out/*.age --identity identity --extract-to into
    [ "$(counts)" = 'same 1 0 0' ]
}

@test "an auditor with a folder and no store reads its footage too" {
    exhibited
    cp store/allowed_signers signers
    mv store put-away
    unset EXHIBIT_STORE EXHIBIT_KEY
    expect 0 verify bag --signers signers --footage
    shows '1 of its files as the record says'
}

@test "without --footage no footage is read" {
    exhibited
    other_reader /bin/false
    expect 0 verify bag --signers store/allowed_signers --json
    [ "$(result .)" = null ]
}

@test "a ZIP that is not unpacked, a bag of others and a whole store are usage errors that say what to do" {
    ready
    export_it 0
    expect 2 verify out/*.zip --signers store/allowed_signers --footage
    sentence 'once it is unpacked' '--extract-to DIR'
    run --separate-stderr "$EXHIBIT" verify - --signers store/allowed_signers --footage <"$(echo out/*.zip)"
    [ "$status" = 2 ]
    mentions '--extract-to DIR'
    expect 2 verify --bag store/exhibits/OP1 --footage
    expect 2 verify --store --footage
    expect 2 verify OP1 --footage --reproduce
}

@test "a signed record that claims other packets, another length or other tracks fails, and says which" {
    exhibited --audio
    claimed packets 'p["video_packets"] += 1'
    claimed packets 'p["audio_packets"] -= 1'
    claimed 'it shows' 'longer(200_000_000)'
    claimed 'it shows' 'longer(-200_000_000)'
    claimed 640x360 'p["tracks"][0].update(width=640, height=360)'
    claimed hevc 'p["tracks"][0]["codec"] = "hevc"'
    claimed 'video h264 320x180, and they are video h264 320x180, audio aac' 'del p["tracks"][1]'
    claimed 'tracks are none' 'p["tracks"] = []'
    claimed 'it shows 0.000 s' 'p.update({member: None for member in ("from", "to", "length_ns")})'
}

@test "a length may be off by the longest of the footage's own frames, whatever rate the record states" {
    exhibited
    claim bag 'longer(90_000_000)'
    read_in 0 bag
    claimed 'it shows' 'longer(10_000_000_000); p["tracks"][0].update(rate_numerator=1, rate_denominator=1000)'
}

@test "where the recorder's files do not meet in true time, the part is as long as they are" {
    exhibited
    [ "$(jq '.parts[0].joins | length' bag/record/exhibit.json)" = 2 ]
    claim bag 'longer(500_000_000); p["joins"][1]["true_time"] = "2021-12-05T21:11:00.500Z"'
    read_in 0 bag
}

@test "a file that is no footage fails where the record says that it is" {
    exhibited
    claimed 'no known footage format' 'holds(1000 * b"x")'
    [ "$(counts)" = 'differs 0 1 0' ]
}

@test "a file that is not as it was signed is not read" {
    exhibited
    printf x >>"bag/$(jq -r .parts[0].file bag/record/exhibit.json)"
    read_in 1 bag
    [[ $(codes) != *FOOTAGE* ]]
    [ "$(counts)" = 'nothing 0 0 0' ]
}

@test "footage that cannot be read is not judged, is named, and shows in the exit status" {
    exhibited
    built=${EXHIBIT_OUT:-$EXHIBIT_TOP/build/release}
    [ -x "$built/tests/unit/hostile" ] || skip 'the program that stands in for the reader is not built'
    claim bag 'holds(b"assert")'
    other_reader "$built/tests/unit/hostile"
    read_in 7 bag
    [ "$(codes)" = W-FOOTAGE ]
    [ "$(counts)" = 'not judged 0 0 1' ]
    [ "$(jq -r '.findings[].file' <<<"$output")" = "$(jq -r .parts[0].file bag/record/exhibit.json)" ]
    shows 'crashed on it'
}

@test "where what reads footage does not start there is no verdict, and it is said" {
    exhibited
    other_reader /bin/false
    for subject in OP1 bag; do
        expect 3 verify $subject --signers store/allowed_signers --footage
        sentence exhibit-media
        [[ $output != *VERIFIED* ]]
    done
}

@test "a package that is not written, because its seal does not hold, is not read either, and it is said" {
    ready
    export_it 0
    mkdir into
    read_in 1 out/*.zip --extract-to into --fingerprint "SHA256:$(printf 'A%.0s' {1..43})"
    [ -z "$(ls into)" ]
    [[ $(codes) == *E-FINGERPRINT*W-FOOTAGE* ]]
    [ "$(counts)" = 'not judged 0 0 1' ]
}

@test "where the kernel lacks a layer of the cage no footage is read, unless the store allows it" {
    exhibited
    built=${EXHIBIT_OUT:-$EXHIBIT_TOP/build/release}
    [ -x "$built/tests/unit/bare" ] || skip 'the program that hides what the kernel has is not built'
    real=$EXHIBIT-media
    other_reader "$built/tests/unit/bare"
    cp "$real" programs/exhibit-media.real
    echo landlock >programs/lacks
    for subject in OP1 bag; do
        expect 5 verify $subject --signers store/allowed_signers --footage
        sentence 'footage is not read without' 'media.cage = optional'
    done
    git config -f store/config media.cage optional
    read_in 0 OP1
    read_in 0 bag
}

@test "files that were taken whole are held against the record, and what is no footage is passed over" {
    make_footage recordings
    make_store
    open_case
    echo words >words.pdf
    expect 7 add "$(segment 21-10)" words.pdf --case C1 --from 'J. Smith' --received '2021-12-06 10:15' --starts 2021-12-05T21:10:00Z
    cp -a store/exhibits/OP1 bag
    read_in 0 bag
    [ "$(counts)" = 'same 1 0 0' ]
    claimed 'it shows' 'longer(1_000_000_000)'
    claimed 'parameters of track 1' 'p["tracks"][0]["parameters_sha256"] = 64 * "0"'
    claimed 'reader dreamt it' 'p["problem"] = "the reader dreamt it"'
    expect 7 add words.pdf --case C1 --from 'J. Smith' --received '2021-12-06 10:15'
    read_in 0 OP2
    [ "$(result .result)" = nothing ]
}

@test "damage that a record states is held against it, in the same words where the same libraries say it" {
    make_footage recordings
    make_store
    open_case
    head -c 20000 "$(segment 21-10)" >torn.mp4
    expect 7 add torn.mp4 --case C1 --from 'J. Smith' --received '2021-12-06 10:15' --starts 2021-12-05T21:10:00Z
    cp -a store/exhibits/OP1 bag
    [ "$(jq '.parts[0].problem | length > 0' bag/record/exhibit.json)" = true ]
    read_in 0 bag
    claimed 'nothing wrong; what reads it says' 'p["problem"] = None'
    claimed 'it is scratched; what reads it says' 'p["problem"] = "it is scratched"'
    claim bag 'p["problem"] = "it is scratched"; record["made"]["libraries"] = "libavformat 99"'
    read_in 0 bag
    [ "$(counts)" = 'same 1 0 0' ]
}

@test "a copy is held against its record: its pictures, length, size and sound" {
    mastered --audio
    expect 0 transcode OP1 --from +1s --to +4s
    read_in 0 OP1/1
    [ "$(counts)" = 'same 1 0 0' ]
    cp -a "$(copied 1)" bag
    claimed packets 'p["pictures"] += 1'
    claimed 'it shows' 'p["film_ns"] += 1_000_000_000'
    claimed 640x180 'p["width"] = 640'
    claimed 'video h264' 'p["sound"] = False'
    expect 0 still OP1 --at +1s
    read_in 0 OP1/2
    [ "$(result .result)" = nothing ]
}

@test "a package of several exhibits is held against the record of each" {
    mastered
    expect 0 transcode OP1 --from +1s --to +2s
    expect 0 seal OP1 --with master,copy --out out --folder
    read_in 0 out/*
    [ "$(counts)" = 'same 2 0 0' ]
}

@test "recorders' own files are as their records say, cut and whole" {
    [ -d "$EXHIBIT_MATERIAL/footage" ] || skip 'the material is not here'
    make_store
    mkdir -p recordings/shop
    exhibit source add nvr --root recordings --layout '{camera}/%Y-%m-%d_%H-%M-%S.*' --zone UTC >/dev/null
    exhibit camera add shop --source nvr --path shop --name Shop >/dev/null
    open_case
    # Steps of 38 ms to 2 s and sound that one part has none of; pictures before the first key frame; sound that MP4 calls
    # otherwise; a bare stream with an end that was never written; signed; one picture a second.
    day=1
    for file in footage/camera-files/flir_thermal.mp4 footage/container-quirks/sample_edit_list_no_sync_frame_before_edit.mp4 \
        footage/mpegts/tsduck-test-025.ts malformed/recorder-damage/axis_annexb_tail_zeroed.h264 footage/axis/signed_test_h264.mp4 \
        footage/moonfire-nvr/clip.mp4; do
        cp --no-preserve=mode "$EXHIBIT_MATERIAL/$file" "recordings/shop/2021-01-0${day}_21-00-00.${file##*.}"
        for mode in clip native; do
            json=$(exhibit extract --mode $mode --case C1 --camera shop --from "2021-01-0${day}T21:00:00Z" --to "2021-01-0${day}T22:00:00Z" --json) ||
                [ $? = 7 ]
            read_in 0 "$(jq -r 'select(.exhibit).exhibit' <<<"$json")"
            [ "$(result .result)" = same ]
        done
        day=$((day + 1))
    done
}
