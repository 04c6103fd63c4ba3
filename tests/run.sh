#!/bin/sh
# Installs what is missing, builds the release preset, runs every test but those labelled `long`.
# Arguments go to ctest, e.g. `sh tests/run.sh -L unit`, `sh tests/run.sh -R tst_codec`, `sh tests/run.sh -L long`.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
sh app/packages.sh test
sh app/build.sh release
unset DISPLAY WAYLAND_DISPLAY || true
case " $* " in
  *" long "*) skip= ;;
  *) skip="-LE long" ;;
esac
# A machine of others may starve a test of real processes: there a failure is printed and tried once more.
again=
[ -z "${CI:-}" ] || again="--repeat until-pass:2"
# shellcheck disable=SC2086
exec ctest --test-dir build/release --output-on-failure --no-tests=error -j "$(nproc)" $again $skip "$@"
