#!/usr/bin/env bash
# packages.sh: every Debian/Ubuntu package that framegen needs to build, test and speak; installs what is missing.
# Tried on Debian 12 and 13 (`./run systems`; versions in docs/systems.md). Ubuntu 24.04 has every name; not built there.
#   scripts/packages.sh            installs (as root or through sudo)
#   scripts/packages.sh --list     prints the list
#   scripts/packages.sh --check    for `./run check` and `./run fuzz`: clang's tools too
#   scripts/packages.sh --presenter  for `./run presenter`: PyTorch and what it works with
#   scripts/packages.sh --avatar   for `./run avatar`: Blender, two synthesisers, PyTorch
#   scripts/packages.sh --package  for `./run package`: lintian, debootstrap and patchelf too
#   scripts/packages.sh --coverage  for `./run coverage`: gcovr
#   scripts/packages.sh --gpu      for `./run gpu` without a GPU: Chromium, whose SwiftShader is a GPU in software
#   scripts/packages.sh --browser  for `./run browser`: Chromium and npm too
set -euo pipefail
# A Mac has other packages, and until then a bash that does not know what is used below.
if [ "$(uname -s)" = Darwin ]; then exec "$(dirname "$0")/packages_mac.sh" "$@"; fi

build=(build-essential cmake ninja-build pkg-config git ca-certificates
  libavformat-dev libavcodec-dev libavutil-dev libswscale-dev libswresample-dev libsoxr-dev   # sound and video
  libturbojpeg0-dev libpng-dev libopencv-core-dev libopencv-imgproc-dev                      # pictures
  libhwy-dev                                                                                 # networks
  libseccomp-dev                                                                             # walls around strangers' files
  libcli11-dev nlohmann-json3-dev libboost-dev libfmt-dev libssl-dev libcurl4-openssl-dev
  libsrtp2-dev)                                                                              # apps/server/webrtc
test=(libgtest-dev libgmock-dev libbenchmark-dev ffmpeg espeak-ng libimage-exiftool-perl strace curl
  libprotobuf-dev protobuf-compiler libonnx-dev  # the truth of our ONNX reader; a program that loads them beside framegen
  python3-dev python3-venv  # python/
  python3 python3-aiohttp)                                                                   # examples/agents
check=(clang clang-format clang-tidy libclang-rt-14-dev)

# ONNX Runtime: scripts/fetch_onnxruntime.sh brings the one that framegen is tried with, through npm. The system's where
# FRAMEGEN_SYSTEM_ONNXRUNTIME=ON is set.
system_runtime=${FRAMEGEN_SYSTEM_ONNXRUNTIME:-OFF}
if [ "$system_runtime" = ON ]; then build+=(libonnxruntime-dev)
elif ! command -v npm >/dev/null && [ ! -e .deps/onnxruntime/source ]; then build+=(npm openssl); fi

wanted=("${build[@]}" "${test[@]}")
[ "${1:-}" = --check ] && wanted+=("${check[@]}")
[ "${1:-}" = --presenter ] && wanted+=(python3-torch python3-opencv python3-numpy python3-scipy python3-onnx ffmpeg)
[ "${1:-}" = --avatar ] && wanted+=(blender python3-torch python3-opencv python3-numpy python3-scipy python3-onnx python3-cffi python3-pip
  espeak-ng libespeak-ng1 flite ffmpeg git)
[ "${1:-}" = --package ] && wanted+=(dpkg-dev patchelf lintian debootstrap python3-pip)
[ "${1:-}" = --reproducible ] && wanted+=(dpkg-dev patchelf python3-pip faketime diffoscope-minimal)
[ "${1:-}" = --coverage ] && wanted+=(gcovr)
[ "${1:-}" = --soak ] && wanted+=(bindfs)  # a slow file system
[ "${1:-}" = --gpu ] && wanted+=(chromium libvulkan1)
if [ "${1:-}" = --browser ]; then wanted+=(chromium); command -v npm >/dev/null || wanted+=(nodejs npm); fi
if [ "${1:-}" = --list ]; then printf '%s\n' "${wanted[@]}" "${check[@]}"; exit 0; fi

if ! command -v apt-get >/dev/null; then
  echo "This is not a Debian or Ubuntu system. Install by hand what these packages hold, then run ./run build: ${wanted[*]}" >&2
  exit 1
fi
missing=()
installed=$(dpkg-query -W -f '${binary:Package} ${Status}\n' 2>/dev/null | sed -n 's/^\([^ :]*\).* install ok installed$/\1/p')
for package in "${wanted[@]}"; do grep -qx -- "$package" <<<"$installed" || missing+=("$package"); done
# A newer clang brings its own run-time library under another version's name.
if [ "${1:-}" = --check ] && [[ " ${missing[*]} " == *" libclang-rt-14-dev "* ]] && ! apt-cache show libclang-rt-14-dev >/dev/null 2>&1; then
  missing=("${missing[@]/libclang-rt-14-dev/libclang-rt-dev}")
fi
fetch_runtime() { [ "$system_runtime" = ON ] || scripts/fetch_onnxruntime.sh; }
[ ${#missing[@]} -gt 0 ] || { fetch_runtime; exit 0; }

as_root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo "Packages are missing (${missing[*]}): run this as root, or install sudo." >&2; exit 1; }
  as_root=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -q
if [ "$system_runtime" = ON ] && ! apt-cache show libonnxruntime-dev >/dev/null 2>&1; then
  echo "This system packages no ONNX Runtime (libonnxruntime-dev): leave FRAMEGEN_SYSTEM_ONNXRUNTIME unset, and the pinned one is used." >&2
  exit 1
fi
echo "Installing: ${missing[*]}"
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
fetch_runtime
