#!/usr/bin/env bash
# arm64_inside.sh RENDER-OPTIONS…: in a bare Debian 12 for x86: cross-compiles for Arm, runs the tests and a render in an emulator.
set -euo pipefail
set -a
. /etc/framegen/environment
set +a
export npm_config_cache=/var/cache/npm CCACHE_DIR=/var/cache/ccache CCACHE_BASEDIR=/root CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=4G
export FRAMEGEN_AARCH64_ROOT=/arm64/root DEBIAN_FRONTEND=noninteractive
modules=(core kernels nn features face)
cd /root/framegen

tools=(build-essential cmake ninja-build pkg-config git openssl npm ccache protobuf-compiler python3 g++-aarch64-linux-gnu qemu-user)
dpkg-query -W "${tools[@]}" >/dev/null 2>&1 || { apt-get update -q && apt-get install -y -q --no-install-recommends "${tools[@]}"; }

# The packages for Arm, chosen by apt as if this were an empty Arm machine, and unpacked: their scripts do not run. Again where the list has changed.
mapfile -t libraries < <(scripts/packages.sh --list | grep -E '^(lib[a-z0-9+.]*-dev|lib[a-z0-9-]*-dev|nlohmann-json3-dev)$' | grep -vE 'onnx|clang')
if [ "$(cat "$FRAMEGEN_AARCH64_ROOT/.whole" 2>/dev/null)" != "${libraries[*]}" ]; then
  mkdir -p /arm64/state/lists/partial /arm64/cache/archives/partial /arm64/root/usr/{lib,bin,sbin}
  : >/arm64/state/status
  for folder in lib bin sbin; do ln -sfn "usr/$folder" "/arm64/root/$folder"; done
  apt=(apt-get -q -y -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Dir::State=/arm64/state -o Dir::State::status=/arm64/state/status -o Dir::Cache=/arm64/cache)
  "${apt[@]}" update
  "${apt[@]}" install --no-install-recommends --download-only libc6-dev libstdc++-12-dev "${libraries[@]}"
  for package in /arm64/cache/archives/*.deb; do dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C /arm64/root; done
  echo "${libraries[*]}" >"$FRAMEGEN_AARCH64_ROOT/.whole"
fi
scripts/fetch_onnxruntime.sh Linux-aarch64

begin=$SECONDS
mkdir -p build out
cmake --preset release -B build/aarch64 --toolchain cmake/aarch64.cmake -DCMAKE_CXX_COMPILER_LAUNCHER=ccache >build/aarch64-configure.log ||
  { cat build/aarch64-configure.log; exit 1; }
cmake --build build/aarch64 -j "$(nproc)" --target framegen_program "${modules[@]/%/_test}"
emulator=(qemu-aarch64 -cpu "max,sve=off" -L "$FRAMEGEN_AARCH64_ROOT" -E LD_LIBRARY_PATH=/usr/lib/aarch64-linux-gnu/blas:/usr/lib/aarch64-linux-gnu/lapack)
"${emulator[@]}" build/aarch64/framegen render --avatar assets/avatars/ava "$@" --frames-dir out/arm64
echo "RESULT demo: built, 25 frames in $(((SECONDS - begin) / 60)) min $(((SECONDS - begin) % 60)) s"
echo "RESULT versions: GCC $(aarch64-linux-gnu-g++ -dumpfullversion), Debian 12's packages for Arm, QEMU $(qemu-aarch64 --version | sed -nE 's/.*version ([0-9.]+).*/\1/p' | head -n 1)"

begin=$SECONDS
status=0
# Left out: what this process keeps of freed memory is, emulated, what the emulator keeps.
ctest --test-dir build/aarch64 -E '^Platform.WhoKeepsLittleFreedMemory' -j "$(nproc)" --output-on-failure --no-tests=error --timeout 1500 -L "^($(IFS='|'; echo "${modules[*]}"))\$" 2>&1 | tee out/test.log || status=$?
failed=$(sed -nE 's/^[0-9]+% tests passed, ([0-9]+) tests failed out of ([0-9]+)$/\1 of \2 failed/p' out/test.log | tail -n 1)
echo "RESULT test: ${modules[*]}: $(((SECONDS - begin) / 60)) min $(((SECONDS - begin) % 60)) s, ${failed:-not run}"
exit $status
