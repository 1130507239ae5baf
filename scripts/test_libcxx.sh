#!/usr/bin/env bash
# test_libcxx.sh [ctest…]: the whole project and its tests with clang and libc++ on Linux: most of what a Mac's compiler finds different.
# Libraries with a C++ interface must be built with the same C++ library: Debian's own sources of them, below build/libcxx/prefix.
set -euo pipefail
cd "$(dirname "$0")/.."
top=$PWD/build/libcxx
prefix=$top/prefix
jobs=${FRAMEGEN_JOBS:-$(nproc)}
mkdir -p "$top/sources" "$top/apt/lists/partial" "$top/apt/cache" "$prefix"

. /etc/os-release
[ "$ID" = debian ] || { echo "test_libcxx.sh: takes Debian's sources, and this is $PRETTY_NAME: run it on Debian" >&2; exit 1; }

# The newest clang that is packaged with its libc++: nearest to what Xcode has.
version=
for release in 21 20 19 18 17 16; do
  if apt-cache show "libc++-$release-dev" "clang-$release" >/dev/null 2>&1; then version=$release; break; fi
done
[ -n "$version" ] || { echo "test_libcxx.sh: no libc++ of release 16 or later is packaged for $PRETTY_NAME" >&2; exit 1; }
as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)
if ! dpkg-query -W "libc++-$version-dev" "libc++abi-$version-dev" "clang-$version" dpkg-dev >/dev/null 2>&1; then
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends \
    "clang-$version" "libc++-$version-dev" "libc++abi-$version-dev" dpkg-dev
fi

# Sources by apt, from a list of our own: most systems have none of sources, and their settings are not ours to change.
apt=(apt-get -q -o "Dir::Etc::SourceList=$top/apt/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$top/apt/lists"
  -o "Dir::Cache=$top/apt/cache" -o APT::Sandbox::User=root)
if [ ! -s "$top/apt/sources.list" ]; then
  printf 'deb-src http://deb.debian.org/debian %s main\ndeb-src http://deb.debian.org/debian-security %s-security main\n' \
    "$VERSION_CODENAME" "$VERSION_CODENAME" >"$top/apt/sources.list"
  "${apt[@]}" update
fi

launcher=()
! command -v ccache >/dev/null || launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_C_COMPILER_LAUNCHER=ccache)
common=(-G Ninja -DCMAKE_C_COMPILER="clang-$version" -DCMAKE_CXX_COMPILER="clang++-$version" -DCMAKE_CXX_FLAGS=-stdlib=libc++
  -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_FIND_PACKAGE_NO_PACKAGE_REGISTRY=ON "${launcher[@]}")

# library SOURCE [CMake option…]: Debian's source package, built with libc++ into the prefix, once. $only: that archive alone.
library() {
  local name=$1
  shift
  [ -e "$top/$name.done" ] && return 0
  echo "$name"
  (cd "$top/sources" && rm -rf "$name" "$name"-[0-9]* && "${apt[@]}" source "$name" >"$top/$name.log" 2>&1 && mv "$name"-[0-9]*/ "$name")
  cmake -S "$top/sources/$name" -B "$top/$name" "${common[@]}" -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE=-O2 -DCMAKE_INSTALL_PREFIX="$prefix" \
    -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DBUILD_SHARED_LIBS=OFF -DBUILD_TESTING=OFF "$@" >>"$top/$name.log" 2>&1 &&
    cmake --build "$top/$name" -j "$jobs" ${only:+--target "$only"} >>"$top/$name.log" 2>&1 &&
    if [ -n "${only:-}" ]; then cp "$top/$name/$only.a" "$prefix/lib/"; else cmake --install "$top/$name" >>"$top/$name.log" 2>&1; fi ||
    { tail -20 "$top/$name.log" >&2; echo "test_libcxx.sh: $name could not be built, see $top/$name.log" >&2; exit 1; }
  touch "$top/$name.done"
  rm -rf "$top/sources/$name"  # OpenCV's is half a gigabyte
}

library fmtlib -DFMT_TEST=OFF -DFMT_DOC=OFF
library googletest
library benchmark -DGIT_VERSION=0.0.0 -DBENCHMARK_ENABLE_TESTING=OFF -DBENCHMARK_ENABLE_GTEST_TESTS=OFF -DBENCHMARK_ENABLE_WERROR=OFF
library highway -DHWY_ENABLE_TESTS=OFF -DHWY_ENABLE_EXAMPLES=OFF -DHWY_ENABLE_CONTRIB=OFF
# For tests alone, whose headers are Debian's.
only=libprotobuf-lite library protobuf -Dprotobuf_BUILD_TESTS=OFF -Dprotobuf_BUILD_PROTOC_BINARIES=OFF -Dprotobuf_BUILD_LIBPROTOC=OFF
# The same core and imgproc that Debian's packages hold; nothing that reads files, draws windows or asks a GPU. It takes a third of the time.
without=()
for part in IPP OPENCL ITT TBB QUIRC PROTOBUF LAPACK EIGEN 1394 FFMPEG GTK GSTREAMER V4L VTK JPEG PNG TIFF WEBP OPENJPEG JASPER OPENEXR; do
  without+=("-DWITH_$part=OFF")
done
# Shared, as systems have it: tests tell its requests for memory from ours by the library that they come from.
library opencv -DBUILD_SHARED_LIBS=ON -DBUILD_LIST=core,imgproc -DBUILD_TESTS=OFF -DBUILD_PERF_TESTS=OFF -DBUILD_EXAMPLES=OFF -DBUILD_opencv_apps=OFF -DBUILD_JAVA=OFF \
  -DCPU_DISPATCH= "${without[@]}"

# With the body of core/platform.hpp that is not Linux's, as a Mac has it.
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
cmake -S . -B "$top/framegen" "${common[@]}" -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE="${FRAMEGEN_LIBCXX_FLAGS:--O2 -DNDEBUG}" \
  -DProtobuf_LIBRARY="$prefix/lib/libprotobuf-lite.a" -DProtobuf_LITE_LIBRARY="$prefix/lib/libprotobuf-lite.a" -DFRAMEGEN_PORTABLE=ON -DFRAMEGEN_WERROR=ON >"$top/framegen.log" 2>&1 || { cat "$top/framegen.log" >&2; exit 1; }
cmake --build "$top/framegen" -j "$jobs"
# Whatever is ours must not have come in with the other C++ library.
foreign=$(nm -D --undefined-only "$top/framegen/framegen" | grep -c '__cxx11' || true)
[ "$foreign" = 0 ] || { echo "test_libcxx.sh: $foreign symbols of GNU's C++ library are wanted by the program" >&2; exit 1; }
ctest --test-dir "$top/framegen" -j "$jobs" --output-on-failure --no-tests=error -LE '^install$' "$@"
