#!/usr/bin/env bash
# The script a good engineer would write for the same job, with stock tools: cut, hash, pack, encrypt, sign,
# log. What our export is measured against.
#
#   peer.sh WORK        WORK holds segments.txt (a list for ffmpeg's concat), recipient, peer.key, log/
set -euo pipefail

work=${1:?}
out=$work/peer
rm -rf "$out"
mkdir "$out"
ffmpeg -nostdin -y -v error -f concat -safe 0 -i "$work/segments.txt" -c copy "$out/clip.mp4"
cd "$out"
sha256sum clip.mp4 >manifest-sha256.txt
minisign -S -s "$work/peer.key" -m manifest-sha256.txt </dev/null >/dev/null
zip -q -0 -X package.zip clip.mp4 manifest-sha256.txt manifest-sha256.txt.minisig
age -r "$(cat "$work/recipient")" -o package.zip.age package.zip
sha256sum package.zip.age >>"$work/log/packages"
git -C "$work/log" add packages
git -C "$work/log" commit -q -S -m 'export' </dev/null
rm clip.mp4 package.zip
sync -f .
