# aarch64.sh, to be read by other scripts at the project's root: Debian's cross compiler for 64-bit Arm and qemu-user, installed; the libraries
# for Arm that kernels need, unpacked below build/aarch64. compile_all SOURCE…: their objects, anew where a source or any header is younger.
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

compile() {
  local object=$build/objects/${1//\//_}.o
  [ -n "$(find "$object" -newer "$1" 2>/dev/null)" ] && [ -z "$(find include src tests -name '*.hpp' -newer "$object" -print -quit)" ] ||
    aarch64-linux-gnu-g++ $flags -c "$1" -o "$object"
}
export -f compile

compile_all() { printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} bash -c 'compile {}'; }

# link PROGRAM SOURCE… -- LIBRARY…
link() {
  local program=$1 objects=()
  shift
  while [ "$1" != -- ]; do
    objects+=("$build/objects/${1//\//_}.o")
    shift
  done
  shift
  aarch64-linux-gnu-g++ "${objects[@]}" -o "$program" -L"$root/usr/lib/aarch64-linux-gnu" -Wl,-rpath-link,"$root/usr/lib/aarch64-linux-gnu" "$@"
}

kernel_sources() {
  local file
  for file in src/kernels/*.cpp src/kernels/*/*.cpp; do [[ $file == *_bench.cpp || $file == *_test.cpp ]] || echo "$file"; done
}
core_sources() { printf 'src/core/%s.cpp\n' aligned_buffer cgroup file_guard files image npy partial platform_linux sha256 tensor; }
