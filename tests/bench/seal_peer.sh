#!/usr/bin/env bash
# What a good engineer would write to seal a folder of files with stock tools: hash, pack, encrypt, sign. What our sealing is
# measured against. The manifest is signed, and the sealed file is on the disk at the end, as ours is. Ours also has the
# sealed file's digest, for the log; of these only pipe-digest has.
#
#   seal_peer.sh turns|pipe|pipe-digest PAYLOAD WORK OUT       PAYLOAD: a folder; WORK holds recipient and peer.key; OUT is made new
set -euo pipefail

way=${1:?} payload=$(realpath "${2:?}") work=$(realpath "${3:?}") out=${4:?}
recipient=$(cat "$work/recipient")
rm -rf "$out"
mkdir "$out"
out=$(realpath "$out")

sign() { minisign -S -s "$work/peer.key" -m manifest-sha256.txt </dev/null >/dev/null; }

case $way in
turns) # one tool after another
    (cd "$payload" && sha256sum -- *) >"$out/manifest-sha256.txt"
    cd "$out"
    sign
    zip -q -0 -X -j package.zip "$payload"/* manifest-sha256.txt manifest-sha256.txt.minisig
    age -r "$recipient" -o package.zip.age package.zip
    rm package.zip
    ;;
pipe | pipe-digest) # the same side by side: nothing between packing and encrypting is written, and hashing goes on beside them
    cd "$payload"
    openssl dgst -sha256 -r -- * >"$out/manifest-sha256.txt" &
    hashing=$!
    if [ "$way" = pipe ]; then
        zip -q -0 -X - -- * | age -r "$recipient" -o "$out/package.zip.age"
    else
        zip -q -0 -X - -- * | age -r "$recipient" | tee "$out/package.zip.age" | openssl dgst -sha256 -r >"$out/package-sha256.txt"
    fi
    wait $hashing
    cd "$out"
    sign
    ;;
*)
    echo "seal_peer.sh: unknown way '$way': turns pipe pipe-digest" >&2
    exit 2
    ;;
esac
sync package.zip.age
