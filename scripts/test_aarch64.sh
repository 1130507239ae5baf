#!/usr/bin/env bash
# test_aarch64.sh: cross-compiles the kernels and their tests for 64-bit Arm and runs them in an emulator: what NEON
# computes, not how fast. Installs Debian's cross compiler and qemu-user; the libraries for Arm stay below build/aarch64.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/aarch64.sh

mapfile -t sources < <(core_sources && kernel_sources)
sources+=(tests/support/{golden,program,random}.cpp src/kernels/*_test.cpp src/kernels/*/*_test.cpp)
compile_all "${sources[@]}"
link "$build/kernels_test" "${sources[@]}" -- -lhwy -lgmock -lgtest -lgtest_main -lcrypto -lpthread

# One with mixed-sign products of bytes, one with signed ones alone, one with neither.
for cpu in max neoverse-n1 cortex-a57; do
  echo "$cpu"
  qemu-aarch64 -cpu $cpu -L /usr/aarch64-linux-gnu -E LD_LIBRARY_PATH="$root/usr/lib/aarch64-linux-gnu" "$build/kernels_test" --gtest_brief=1
done
