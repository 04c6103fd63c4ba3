#!/bin/sh
# Makes the .deb and the tarball from the release build, lints the .deb, and runs the sample from the unpacked tarball.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root/build/release"
rm -rf packages && mkdir packages
cpack -G "DEB;TGZ" -B packages >packages/cpack.log 2>&1 || { tail -n 30 packages/cpack.log >&2; exit 1; }
deb=$(ls packages/*.deb)
tarball=$(ls packages/*.tar.gz)
if command -v lintian >/dev/null 2>&1; then
  errors=$(lintian --allow-root --fail-on error "$deb" 2>&1 | grep '^E:' || true)
  [ -z "$errors" ] || { echo "$errors" >&2; exit 1; }
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar -xzf "$tarball" -C "$work"
program=$(ls "$work"/*/bin/fedllm)
env -u FEDLLM_ASSETS -u FEDLLM_TRAIN_MODULE "$program" run builtin:desk-iid --set rounds=1 --home "$work/home" --json | tail -n 1
QT_QPA_PLATFORM=offscreen "${program}-studio" --version
ls -l "$deb" "$tarball" | awk '{print $5, $9}'
