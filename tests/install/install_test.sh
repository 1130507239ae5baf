#!/usr/bin/env bash
# install_test.sh BUILD_FOLDER: installs into a temporary prefix, then builds and runs a stranger's project with CMake's
# package and once more with pkg-config.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$1" --prefix "$work/prefix" >/dev/null
cmake -S "$here" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" >/dev/null
cmake --build "$work/build" >/dev/null
"$work/build/stranger"
"$work/build/stranger_c"
config=$(find "$work/prefix" -name framegen.pc -printf '%h')
export PKG_CONFIG_PATH=$config PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1
flags=$(pkg-config --define-variable=prefix="$work/prefix" --cflags --libs framegen)
# shellcheck disable=SC2086
c++ -std=c++20 "$here/stranger.cpp" $flags -Wl,-rpath,"$(dirname "$config")" -o "$work/stranger"
"$work/stranger"
"$work/prefix/bin/framegen" --version >/dev/null
folder=$({ "$work/prefix/bin/framegen" doctor --json || true; } | sed -n 's/.*"folder": *"\([^"]*\)".*/\1/p')  # of the default avatar
[ "$folder" = "$work/prefix/share/framegen/avatars/ava" ] || { echo "FAILED: the default avatar is $folder" >&2; exit 1; }
