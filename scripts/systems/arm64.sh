#!/usr/bin/env bash
# arm64.sh KEEP: framegen for 64-bit Arm: the whole program and the unit tests of core, kernels, nn, features and face, cross-compiled in
# a bare Debian 12 against Debian's packages for Arm, and run by qemu-user; 25 frames compared with this machine's own. Part of systems.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
project=$PWD
. scripts/systems/root.sh
root=$systems/arm64
speech=(--audio assets/speech/demo.flac --frames 25 --backend native --no-cache --progress none --overwrite)

[ -x build/release/framegen ] || { echo "build/release/framegen is missing, whose frames are compared: ./run build" >&2; exit 1; }
if [ "$1" = 0 ] || [ ! -d "$root" ]; then fresh_root arm64 bookworm; fi
clone_into "$root" root
install -m 755 scripts/systems/arm64_inside.sh "$root/usr/local/bin/inside.sh"
without_sys=1 in_root "$root" /usr/local/bin/inside.sh "${speech[@]}"

build/release/framegen render --avatar assets/avatars/ava "${speech[@]}" --frames-dir "$systems/arm64-x86"
build/release/framegen compare "$systems/arm64-x86" "$root/root/framegen/out/arm64" --max-diff 1
