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
# What a desktop looks for: the icon in every size, and files that its own validators accept.
dpkg-deb -c "$deb" >packages/contents
for size in 16 22 24 32 48 64 96 128 192 256 512; do
  grep -q "hicolor/${size}x$size/apps/org.fedllm.Studio.png" packages/contents || { echo "the .deb lacks the icon of $size pixels" >&2; exit 1; }
  file "icons/$size/org.fedllm.Studio.png" | grep -q "$size x $size" || { echo "the icon of $size pixels has another size" >&2; exit 1; }
done
for part in icons/hicolor/scalable/apps/org.fedllm.Studio.svg applications/org.fedllm.Studio.desktop metainfo/org.fedllm.Studio.metainfo.xml \
            mime/packages/org.fedllm.Studio.xml man/man1/fedllm-studio.1.gz man/man1/fedllm.1.gz; do
  grep -q "share/$part" packages/contents || { echo "the .deb lacks $part" >&2; exit 1; }
done
if command -v desktop-file-validate >/dev/null 2>&1; then desktop-file-validate "$root/resources/org.fedllm.Studio.desktop"; fi
if command -v appstreamcli >/dev/null 2>&1; then
  appstreamcli validate --no-net "$root/resources/org.fedllm.Studio.metainfo.xml" >packages/appstream.log || { cat packages/appstream.log >&2; exit 1; }
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar -xzf "$tarball" -C "$work"
program=$(ls "$work"/*/bin/fedllm)
env -u FEDLLM_ASSETS -u FEDLLM_TRAIN_MODULE "$program" run builtin:desk-iid --set rounds=1 --home "$work/home" --json | tail -n 1
QT_QPA_PLATFORM=offscreen "${program}-studio" --version
ls -l "$deb" "$tarball" | awk '{print $5, $9}'
