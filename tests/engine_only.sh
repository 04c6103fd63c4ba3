#!/bin/sh
# Builds the engine alone (FEDLLM_ENGINE_ONLY) in a clean environment in which CMake finds none of the studio's libraries,
# and checks that nothing of ours includes or links them, and that its verbs run. Arguments go to CMake, e.g.
#   sh tests/engine_only.sh -DTorch_DIR=/path/to/libtorch/share/cmake/Torch
# FEDLLM_ENGINE_BUILD names the build folder (default: build/engine).
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${FEDLLM_ENGINE_BUILD:-$root/build/engine}
program=$build/bin/fedllm
module=$build/lib/fedllm/libfedllm_train.so
fail() { echo "engine_only: $*" >&2; exit 1; }

# A LibTorch that is not where it was said to be is an error, not another LibTorch.
clean() { env -i PATH="$PATH" HOME="${HOME:-/}" TMPDIR="${TMPDIR:-/tmp}" "$@"; }
clean cmake -S "$root" -B "$build.none" -DFEDLLM_ENGINE_ONLY=ON -DTorch_DIR=/nowhere >"$build.none.log" 2>&1 && fail "CMake accepts a Torch_DIR that is not there"
grep -q 'No LibTorch was found' "$build.none.log" || { cat "$build.none.log" >&2; fail "CMake does not say that LibTorch is missing"; }
rm -rf "$build.none" "$build.none.log"

hidden=
for package in Qt6 OpenSSL Protobuf gRPC SQLite3 PkgConfig ICU PCRE2 simdjson libdeflate libxxhash; do
  hidden="$hidden -DCMAKE_DISABLE_FIND_PACKAGE_$package=ON"
done
generator=
if command -v ninja >/dev/null 2>&1; then generator="-G Ninja"; fi
# shellcheck disable=SC2086  # one word an option
clean cmake -S "$root" -B "$build" $generator -DCMAKE_BUILD_TYPE=Release -DFEDLLM_ENGINE_ONLY=ON $hidden "$@" >"$build.cmake.log" 2>&1 ||
  { tail -n 20 "$build.cmake.log" >&2; fail "CMake does not configure"; }
clean cmake --build "$build" -j "$(nproc)" >"$build.build.log" 2>&1 || { tail -n 40 "$build.build.log" >&2; fail "it does not build"; }
rm -f "$build.cmake.log" "$build.build.log"

libraries='libQt|libgrpc|libprotobuf|libsqlite3|libpcre2|libicu|libssl|libcrypto|libdeflate|libxxhash|libsimdjson|libavahi|libqrencode'
for file in "$program" "$module"; do
  needed=$(readelf -d "$file" | grep NEEDED || true)
  if echo "$needed" | grep -E "$libraries" >&2; then fail "$file links what a build of the engine alone must do without"; fi
done
if [ -n "$generator" ]; then
  headers='/(openssl|grpcpp?|pcre2[^/]*|sqlite3[^/]*|libdeflate[^/]*|xxh[^/]*|simdjson[^/]*|unicode|avahi-[a-z]*|qrencode[^/]*)/?[^/]*\.h$|/Qt[A-Z]'
  if ninja -C "$build" -t deps | grep -E "^ .*($headers)" | sort -u | head -n 5 | grep . >&2; then
    fail "its sources include what a build of the engine alone must do without"
  fi
fi

help=$(clean "$program" --help)
for verb in bench version; do
  echo "$help" | grep -q "^  $verb" || fail "the verb $verb is missing"
done
if echo "$help" | grep -qE '^  (run|serve|join|import) '; then fail "it lists verbs that a build of the engine alone cannot have"; fi
clean "$program" version | grep -q '^fedllm ' || fail "fedllm version does not run"
for what in "train --shape small --steps 1" "generate --shape small --tokens 2" "aggregate --parameters 4096"; do
  # shellcheck disable=SC2086
  clean "$program" bench $what --runs 1 --json | grep -q '^{.*}$' || fail "bench $what does not run"
done
echo "engine only: built, linked and run without the studio's libraries"
