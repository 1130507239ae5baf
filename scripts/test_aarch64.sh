#!/usr/bin/env bash
# test_aarch64.sh: cross-compiles the kernels and their tests for 64-bit Arm and runs them in an emulator: what NEON
# computes, not how fast. Installs Debian's cross compiler and qemu-user; the libraries for Arm stay below build/aarch64.
set -euo pipefail
cd "$(dirname "$0")/.."
build=build/aarch64
mkdir -p "$build/packages" "$build/objects"

as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)
if ! command -v aarch64-linux-gnu-g++ >/dev/null || ! command -v qemu-aarch64 >/dev/null; then
  "${as_root[@]}" apt-get update -q
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends g++-aarch64-linux-gnu qemu-user
fi
if [ ! -d "$build/root" ]; then
  "${as_root[@]}" dpkg --add-architecture arm64
  "${as_root[@]}" apt-get update -q
  (cd "$build/packages" && apt-get download libhwy-dev:arm64 libgtest-dev:arm64 libgmock-dev:arm64 libssl-dev:arm64 \
    "$(apt-cache depends libhwy-dev:arm64 | sed -n 's/.*Depends: \(libhwy1[^:]*\).*/\1/p' | head -1):arm64" \
    "$(apt-cache depends libssl-dev:arm64 | sed -n 's/.*Depends: \(libssl3[^:]*\).*/\1/p' | head -1):arm64")
  mkdir -p "$build/root"
  for package in "$build"/packages/*.deb; do dpkg-deb -x "$package" "$build/root"; done
fi

root=$PWD/$build/root
export flags="-std=c++20 -O2 -ffp-contract=off -DFRAMEGEN_VERSION=\"aarch64\" -DHWY_DISABLED_TARGETS=(HWY_SVE|HWY_SVE2|HWY_SVE_256|HWY_SVE2_128|HWY_SSSE3)
  -Iinclude -Isrc -Itests -isystem $root/usr/include -isystem $root/usr/include/aarch64-linux-gnu" build
sources=(src/core/{aligned_buffer,files,image,npy,platform_linux,sha256,tensor}.cpp tests/support/{golden,program,random}.cpp)
for file in src/kernels/*.cpp src/kernels/*/*.cpp; do [[ $file == *_bench.cpp ]] || sources+=("$file"); done

compile() {
  local object=$build/objects/${1//\//_}.o
  # Anew where the source or any header is younger.
  [ -n "$(find "$object" -newer "$1" 2>/dev/null)" ] && [ -z "$(find include src tests -name '*.hpp' -newer "$object" -print -quit)" ] ||
    aarch64-linux-gnu-g++ $flags -c "$1" -o "$object"
}
export -f compile
printf '%s\n' "${sources[@]}" | xargs -P "$(nproc)" -I{} bash -c 'compile {}'
objects=("${sources[@]//\//_}")
aarch64-linux-gnu-g++ $(printf "$build/objects/%s.o " "${objects[@]}") -o "$build/kernels_test" -L"$root/usr/lib/aarch64-linux-gnu" \
  -Wl,-rpath-link,"$root/usr/lib/aarch64-linux-gnu" -lhwy -lgmock -lgtest -lgtest_main -lcrypto -lpthread

# One with mixed-sign products of bytes, one with signed ones alone, one with neither.
for cpu in max neoverse-n1 cortex-a57; do
  echo "$cpu"
  qemu-aarch64 -cpu $cpu -L /usr/aarch64-linux-gnu -E LD_LIBRARY_PATH="$root/usr/lib/aarch64-linux-gnu" "$build/kernels_test" --gtest_brief=1
done
