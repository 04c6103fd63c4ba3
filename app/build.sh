#!/bin/sh
# Builds one preset. Usage: build.sh PRESET [TARGET…]. As many jobs as cores, fewer where memory is short (a file with
# LibTorch takes about 1.2 GB).
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
preset=$1
shift
cores=$(nproc)
gigabytes=$(awk '/MemAvailable/ {print int($2 / 1500000)}' /proc/meminfo)
jobs=$cores
[ "$gigabytes" -ge "$jobs" ] || jobs=$gigabytes
[ "$jobs" -ge 1 ] || jobs=1
cd "$root"
mkdir -p build
cmake --preset "$preset" >"$root/build/.configure-$preset.log" 2>&1 || { tail -n 30 "$root/build/.configure-$preset.log" >&2; exit 1; }
if [ $# -gt 0 ]; then
  exec cmake --build --preset "$preset" -j "$jobs" --target "$@"
fi
exec cmake --build --preset "$preset" -j "$jobs"
