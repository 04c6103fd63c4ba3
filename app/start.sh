#!/bin/sh
# From a fresh Debian 12 machine to the studio: installs what is missing, builds a release, opens the window. Run again,
# it only starts. Without a display it runs the sample in the terminal. Options are passed on.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
bin=$root/build/release/bin
stamp=$root/build/release/.built

up_to_date() {
  [ -x "$bin/fedllm-studio" ] && [ -f "$stamp" ] &&
    [ -z "$(cd "$root" && find CMakeLists.txt CMakePresets.json cmake app core ui resources translations -newer "$stamp" -type f | head -n 1)" ]
}

if ! up_to_date; then
  "$root/app/packages.sh" build
  echo "Building FedLLM Studio (the first time takes several minutes)…"
  mkdir -p "$root/build/release"
  touch "$stamp.begun"   # what is changed while it builds is newer
  "$root/app/build.sh" release fedllm fedllm-studio
  mv "$stamp.begun" "$stamp"
fi

if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && [ "${QT_QPA_PLATFORM:-}" = "" ]; then
  echo "There is no display here, so the sample runs in this terminal."
  exec "$bin/fedllm" run builtin:desk-iid "$@"
fi
exec "$bin/fedllm-studio" "$@"
