#!/usr/bin/env bash
# The whole job, end to end: footage as a recorder leaves it, three exports, and everything checked with
# stock tools only. Run by `make demo`, which installs and builds first. One line a step.
#
#   tests/demo.sh DIRECTORY        what it makes stays there to be looked at
set -euo pipefail
export LC_ALL=C.UTF-8

demo=${1:?usage: tests/demo.sh DIRECTORY}
top=$(cd "$(dirname "$0")/.." && pwd)
: "${EXHIBIT:=$top/build/release/exhibit}"
shown=$demo

rm -rf "$demo"
mkdir -p "$demo/out" "$demo/check"
demo=$(cd "$demo" && pwd)
log=$demo/log
cd "$demo"
exec </dev/null
PATH=$(dirname "$EXHIBIT"):$PATH
export EXHIBIT_STORE=$demo/store EXHIBIT_KEY=$demo/op.key

fail() {
    printf 'FAILED  %s\n' "$1"
    sed 's/^/        /' "$log"
    exit 1
}
# want STATUS WORDS COMMAND...: runs a step and says how it went
want() {
    local wanted=$1 words=$2 status=0
    shift 2
    "$@" >"$log" 2>&1 || status=$?
    if [ "$status" != "$wanted" ]; then
        echo "exit status $status, not $wanted: $*" >>"$log"
        fail "$words"
    fi
    printf 'ok      %s\n' "$words"
}
step() { want 0 "$@"; }
heading() { printf '\n%s\n' "$1"; }

heading 'An hour of footage from camera wisbech-12, 20:30 to 21:30 UTC, the minute from 21:27 missing (takes half a minute)'
step 'recordings/wisbech-12: one file a minute, with a burnt-in clock' \
    "$top/tests/footage/make.sh" recordings --minutes 60 --gap 57

heading 'The control room'
step 'exhibit key new' \
    exhibit key new --name 'Control room operator' --initials OP --role admin --out op.key --no-passphrase
step 'exhibit init' \
    exhibit init store --organisation 'Fenland & Peterborough CCTV' --zone Europe/London
step 'exhibit source add' exhibit source add nvr --root recordings --layout mediamtx --zone UTC
step 'exhibit camera add' \
    exhibit camera add wisbech-12 --source nvr --path wisbech-12 --name 'Market Place' --town Wisbech
step 'exhibit camera check-time: the recorder is right, as far as a second' \
    exhibit camera check-time wisbech-12 --shown '2021-12-05 21:00:00' --actual '2021-12-05 21:00:00' \
    --reference 'NTP stratum 2' --method 'both read at once'
step 'exhibit case open' \
    exhibit case open --type arrest --reference police:35/91234/21 --requested-by 'police, collar number 1234' \
    --basis 'DPA 2018 Sch 2 Pt 1 para 2'
step 'exhibit request add: who asks, what for, and who allowed them to' \
    exhibit request add --case C1 --by 'DC 1234 Smith' --organisation 'Cambridgeshire Constabulary' \
    --basis 'DPA 2018 Sch 2 Pt 1 para 2' --purpose 'robbery of 5 December' --authoriser 'Insp Jones' --date 2021-12-06

heading 'The main job: 15 minutes for an arrest'
window=(--camera wisbech-12 --from '2021-12-05 21:10' --to '2021-12-05 21:25')
step 'exhibit footage: the window is covered' exhibit footage "${window[@]}"
step 'exhibit export: OP1, a plain ZIP' exhibit export --case C1 --request C1-R1 "${window[@]}" --out out
age-keygen -o officer.txt 2>"$log" || fail 'age-keygen'
step 'exhibit export: OP2, for the officer alone' \
    exhibit export --case C1 --request C1-R1 "${window[@]}" --out out --recipient "$(age-keygen -y officer.txt)"
want 7 'exhibit export: OP3 lies across the missing minute, is made, and says so (exit status 7)' \
    exhibit export --case C1 --request C1-R1 --camera wisbech-12 --from '2021-12-05 21:20' --to '2021-12-05 21:30' --out out
plain=$(echo out/OP1_*.zip)
sealed=$(echo out/OP2_*.age)
gapped=$(echo out/OP3_*.zip)
step 'exhibit verify: OP1 and OP3' exhibit verify "$plain" "$gapped" --signers store/allowed_signers
step 'exhibit verify: OP2, with the officer'\''s identity' \
    exhibit verify "$sealed" --signers store/allowed_signers --identity officer.txt
step 'exhibit log verify' exhibit log verify

heading 'The same with stock tools, without exhibit'
step 'age -d opens OP2 for the officer' age -d -i officer.txt -o check/OP2.zip "$sealed"
cp "$plain" check/OP1.zip
cp "$gapped" check/OP3.zip

# bag EXHIBIT: where its bag was unpacked
bag() { dirname "$(find "check/$1" -name bagit.txt)"; }

check_clip() { # CLIP LENGTH_NS RATE: has video, and lasts as long as the record says, within a frame
    [ -n "$(ffprobe -v error -select_streams v:0 -show_entries stream=codec_name -of csv=p=0 "$1")" ] || return 1
    ffprobe -v error -select_streams v:0 -show_entries stream=duration -of csv=p=0 "$1" |
        awk -v recorded="$2" -v rate="$3" '{ d = $1 - recorded / 1e9; if (d < 0) d = -d; print $1, recorded; exit d > 1 / rate }'
}
check_clips() { # BAG
    jq -r '.parts[] | [.file, .length_ns] | @tsv' "$1/record/exhibit.json" >clips.tsv
    [ -s clips.tsv ] || return 1
    while IFS=$'\t' read -r file length; do
        check_clip "$(find "$1" -path "*${file##*/}")" "$length" 25 || return 1
    done <clips.tsv
}
sshsig() { ssh-keygen -Y verify -f store/allowed_signers -I OP -n exhibit -s "$1/tagmanifest-sha256.txt.sig" <"$1/tagmanifest-sha256.txt"; }
mini() { minisign -V -p op.pub -m "$1/tagmanifest-sha256.txt" -x "$1/tagmanifest-sha256.txt.minisig"; }
digests() { (cd "$1" && sha256sum --strict -c manifest-sha256.txt tagmanifest-sha256.txt); }

for exhibit in OP1 OP2 OP3; do
    step "$exhibit: unzip -t" unzip -tq "check/$exhibit.zip"
    mkdir "check/$exhibit"
    unzip -q "check/$exhibit.zip" -d "check/$exhibit"
    bag=$(bag $exhibit)
    step "$exhibit: sha256sum -c manifest-sha256.txt tagmanifest-sha256.txt" digests "$bag"
    step "$exhibit: ssh-keygen -Y verify" sshsig "$bag"
    step "$exhibit: minisign -V" mini "$bag"
    step "$exhibit: ffprobe: the clip lasts as long as the record says" check_clips "$bag"
done
gap_recorded() { jq -e '[.gaps[].length_ns] | length == 1 and (.[0] - 60000000000 | fabs) < 1000000000' "$(bag OP3)/record/exhibit.json"; }
step 'OP3: jq: the record holds the gap of one minute' gap_recorded

custody() { git --git-dir store/custody.git -c gpg.format=ssh -c gpg.ssh.allowedSignersFile="$demo/store/allowed_signers" "$@"; }
all_good() {
    custody log --format=%G? custody >good
    custody log --show-signature custody
    [ -s good ] && ! grep -vx G good
}
step 'git log --show-signature: every entry of the custody log is signed by a trusted key' all_good
step 'git fsck --full --strict' custody fsck --full --strict

heading 'Copies of the Master: OP3, with the missing minute'
want 7 'exhibit transcode: OP3/1, two minutes round the gap, with the times burnt in; it says what is missing (exit status 7)' \
    exhibit transcode OP3 --burn-in --preset small --from '2021-12-05 21:26' --to '2021-12-05 21:29' --out out
copy=$(echo out/OP3_1_*.zip)
step 'exhibit verify: OP3/1' exhibit verify "$copy" --signers store/allowed_signers
step 'exhibit verify --reproduce: OP3/1 made again from its Master, byte for byte' exhibit verify OP3/1 --reproduce
mkdir check/OP3_1
unzip -q "$copy" -d check/OP3_1
film=$(find check/OP3_1 -name '*.mp4')
# Two minutes of pictures, and a card of two seconds in place of the missing one.
plays() {
    ffprobe -v error -show_entries stream=codec_name,profile,pix_fmt,duration -of csv=p=0 "$film" | tee streams &&
        grep -q '^h264,High,yuv420p,122' streams && ffmpeg -nostdin -v error -i "$film" -f null - 2>&1 | tee errors && [ ! -s errors ]
}
step 'ffprobe, ffmpeg: H.264 High, 122 s with the card of the gap, and every picture of it is decoded' plays
step 'exhibit still: OP1/1, two pictures' exhibit still OP1 --at '2021-12-05 21:15:00' --at '2021-12-05 21:20:00'
step 'exhibit redact: OP1/2, a part covered, no sound' exhibit redact OP1 --reason 'demo' --mask '200,100,160,120' --mute all \
    --from '2021-12-05 21:15' --to '2021-12-05 21:15:20'
rm -f streams errors

heading 'Several exhibits in one package: OP1 with its stills, for the officer'
step 'exhibit seal: OP1 and OP1/1, encrypted' \
    exhibit seal OP1 --with master,stills --out out --recipient "$(age-keygen -y officer.txt)"
together=$(echo out/OP1_*_C1-P1.zip.age)
step 'exhibit verify: the package, and each exhibit by the seal it got when it was made' \
    exhibit verify "$together" --signers store/allowed_signers --identity officer.txt
step 'age -d opens it' age -d -i officer.txt -o check/C1-P1.zip "$together"
step 'unzip -t' unzip -tq check/C1-P1.zip
mkdir check/C1-P1
unzip -q check/C1-P1.zip -d check/C1-P1
step 'sha256sum -c: the package' digests check/C1-P1
step 'ssh-keygen -Y verify: the package' sshsig check/C1-P1
step 'minisign -V: the package' mini check/C1-P1
own_seal() { (cd check/C1-P1/record/exhibits/OP1 && sha256sum --strict -c tagmanifest-sha256.txt) && sshsig check/C1-P1/record/exhibits/OP1; }
step 'sha256sum -c, ssh-keygen -Y verify: OP1 in it, by its own seal' own_seal
mkdir check/unsealed
step 'exhibit unseal gives the same ZIP' exhibit unseal "$together" --identity officer.txt --signers store/allowed_signers --out check/unsealed
step 'cmp' cmp check/C1-P1.zip "$(echo check/unsealed/*.zip)"

heading 'A copy with one byte changed'
cp "$plain" check/tampered.zip
offset=$(($(stat -c %s check/tampered.zip) / 2))
byte=$(od -An -tu1 -j "$offset" -N1 check/tampered.zip)
# shellcheck disable=SC2059  # the format is the byte
printf "\\x$(printf %02x $((byte ^ 1)))" | dd of=check/tampered.zip bs=1 seek="$offset" conv=notrunc status=none
want 1 'exhibit verify refuses it' exhibit verify check/tampered.zip --signers store/allowed_signers
mkdir check/tampered
unzip -q check/tampered.zip -d check/tampered >"$log" 2>&1 || true   # unzip sees it too, and unpacks all the same
want 1 'sha256sum -c refuses it' digests "$(bag tampered)"
rm -f good clips.tsv

heading "The package is $shown/$plain"
echo "It verified: with exhibit, and with unzip, sha256sum, ssh-keygen, minisign, ffprobe, age and git alone."
echo "Try next: unzip it and open START-HERE.html, or run ${EXHIBIT#"$top"/} log show --store $shown/store"
