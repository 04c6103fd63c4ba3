#!/bin/sh
# Installs what is missing from Debian's packages. Usage: packages.sh run|build|test|bench (each includes the one before).
# Says nothing and touches nothing when everything is there.
set -eu

need="fonts-dejavu-core fonts-wqy-microhei"
case "${1:-build}" in build | test | bench)
  need="$need g++ cmake ninja-build ccache pkg-config qt6-base-dev qt6-svg-dev qt6-tools-dev qt6-tools-dev-tools qt6-l10n-tools
    libqcustomplot-dev libsqlite3-dev libgrpc++-dev protobuf-compiler protobuf-compiler-grpc libtorch-dev libopenblas-dev
    nlohmann-json3-dev libdeflate-dev libxxhash-dev libsimdjson-dev libpcre2-dev libicu-dev libssl-dev libavahi-client-dev libqrencode-dev libeigen3-dev"
esac
case "${1:-build}" in test | bench)
  need="$need git dpkg-dev python3 xvfb xauth sqlite3 lintian desktop-file-utils appstream file iproute2 openssl avahi-daemon dbus"
esac
case "${1:-build}" in bench)
  need="$need python3-torch"
esac

missing=
for package in $need; do
  case "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)" in
    installed) ;;
    *) missing="$missing $package" ;;
  esac
done
[ -n "$missing" ] || exit 0

line="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" = 0 ]; then
  asroot=
elif command -v sudo >/dev/null 2>&1; then
  asroot=sudo
  echo "FedLLM Studio needs some Debian packages. Installing them with:"
  echo "  sudo $line"
else
  echo "FedLLM Studio needs some Debian packages. As root, run: $line" >&2
  exit 1
fi

DEBIAN_FRONTEND=noninteractive
export DEBIAN_FRONTEND
$asroot apt-get -qq update || echo "The package lists could not be refreshed; trying with those at hand." >&2
for attempt in 1 2 3; do
  # shellcheck disable=SC2086  # one word a package
  if $asroot env DEBIAN_FRONTEND=noninteractive $line >"${TMPDIR:-/tmp}/fedllm-packages.$$" 2>&1; then
    rm -f "${TMPDIR:-/tmp}/fedllm-packages.$$"
    exit 0
  fi
  sleep $((attempt * 3))
done
tail -n 20 "${TMPDIR:-/tmp}/fedllm-packages.$$" >&2
echo "Some packages could not be installed; the last lines of apt-get are above." >&2
exit 1
