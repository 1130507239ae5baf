#!/usr/bin/env bash
# package.sh BUILD_FOLDER: what is given away to those who do not build: out/package/*.deb for this Debian or Ubuntu, and
# framegen-VERSION-linux-MACHINE.tar.gz, which holds all libraries but glibc and runs from any folder. BUILD_FOLDER: configured with
# -DCMAKE_INSTALL_PREFIX=/usr -DFRAMEGEN_RELOCATABLE=ON (./run package). scripts/package/try.sh tries both on a bare system.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/package/licences.sh

build=$(realpath "$1")
work=$PWD/build/package-work
out=$PWD/out/package
rm -rf "$work/all" "$work/deb" "$work/tar" "$out"
mkdir -p "$work/all" "$work/deb" "$work/tar" "$work/onnxruntime" "$out"
version=$(sed -n 's/^project(framegen VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH
machine=$(dpkg --print-architecture)
maintainer=${FRAMEGEN_MAINTAINER:-framegen <framegen@users.noreply.github.com>}
runtime=.deps/onnxruntime/lib/libonnxruntime.so.1

# What cmake installs, what the program says of itself, and what it is made of.
DESTDIR=$work/all cmake --install "$build" >"$work/install.log"
grep -q '^CMAKE_INSTALL_PREFIX:[A-Z]*=/usr$' "$build/CMakeCache.txt" || { echo "package: $build is not configured for /usr: ./run package" >&2; exit 1; }
installed=$work/all/usr
libraries=$(dirname "$(find "$installed" -name 'libframegen.so')")
triplet=${libraries#"$installed"/}  # lib/x86_64-linux-gnu
strip --strip-unneeded "$installed/bin/framegen" "$libraries"/libframegen.so.*.*.*
strip --strip-debug "$libraries/libframegen.a"
python3 scripts/package/help_pages.py "$installed/bin/framegen" "$work/pages"
scripts/sbom.sh "$work/framegen.spdx" "$installed/bin/framegen" >/dev/null

# ONNX Runtime's licence and those of what is in it: as its makers' own package of the same version has them, checked.
notices() {
  local pinned
  pinned=$(sed -n 's/^package=onnxruntime-node@\([0-9.]*\).*/\1/p' scripts/fetch_onnxruntime.sh)
  [ -e "$work/onnxruntime/$pinned/ThirdPartyNotices.txt" ] || {
    mkdir -p "$work/onnxruntime/$pinned"
    python3 scripts/package/onnxruntime_notices.py "$pinned" "$work/onnxruntime/$pinned"
  }
  cp "$work/onnxruntime/$pinned"/{LICENSE,ThirdPartyNotices.txt} "$work/onnxruntime/"
}
notices

. scripts/package/debs.sh
. scripts/package/archive.sh
make_debs
make_archive
ls -sh "$out"
