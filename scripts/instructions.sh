#!/usr/bin/env bash
# instructions.sh [--write]: how many instructions a picture takes, counted in an emulator (QEMU's user mode): of x86 with AVX2, of two 64-bit Arm
# processors. The same on every machine, however busy: a change that makes a processor work more is seen without that processor. The generator at
# half width with seeded weights, one thread. Beside each count what tests/instructions/counts.txt says; exit 1 where one has grown by
# more than 2 %. --write puts the counts there (GCC's version is in its first line: another one counts otherwise).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/aarch64.sh
known=tests/instructions/counts.txt
work=build/instructions
mkdir -p "$work"

cc -O2 -shared -fPIC -fvisibility=hidden tests/instructions/count.c -o "$work/count.so"
cmake --build build/release --target pictures framegen_program >"$work/build.log" 2>&1 || { tail -n 20 "$work/build.log" >&2; exit 1; }
build/release/framegen synth-model --width 0.5 --seed 1 -o "$work" -y -q

mapfile -t sources < <(core_sources && kernel_sources)
sources+=(src/nn/network_check.cpp tests/instructions/pictures.cpp)
for file in src/nn/{graph,onnx,native}/*.cpp; do [[ $file =~ (_test|_bench|interpreter|describe)\.cpp$ ]] || sources+=("$file"); done
compile_all "${sources[@]}"
link "$work/pictures-aarch64" "${sources[@]}" -- -lhwy -lcrypto -lpthread

# counted EMULATOR… PROGRAM WAY PRECISION → the instructions of one picture
counted() {
  local words=("${@:1:$#-2}") way=${*: -2:1} precision=${*: -1} all=() n
  for count in 1 2; do
    "${words[@]}" "$work/generator.onnx" "$way" "$precision" $count >"$work/said.txt" 2>&1 || true
    n=$(sed -n 's/^instructions //p' "$work/said.txt")
    [ -n "$n" ] && grep -qE '^[a-z0-9]+ [0-9a-f]{8}$' "$work/said.txt" || { echo "${words[*]}: $(head -n 3 "$work/said.txt")" >&2; exit 1; }
    all+=("$n")
  done
  echo $((all[1] - all[0]))
}
x86() { counted qemu-x86_64 -cpu max -plugin "$work/count.so" build/release/tests/instructions/pictures "$@"; }
arm() { counted qemu-aarch64 -cpu "$1" -L /usr/aarch64-linux-gnu -E LD_LIBRARY_PATH="$root/usr/lib/aarch64-linux-gnu" -plugin "$work/count.so" "$work/pictures-aarch64" "${@:2}"; }

compilers="GCC $(g++ -dumpfullversion) for x86, $(aarch64-linux-gnu-g++ -dumpfullversion) for Arm"
[ "$(head -n 1 "$known" 2>/dev/null)" = "$compilers" ] || echo "counted before with: $(head -n 1 "$known" 2>/dev/null || echo nothing)"
echo "$compilers" >"$work/counts.txt"
grown=0
printf '%-14s %-6s %-6s %10s %10s\n' processor way in million before
for row in "x86-avx2 kept fp32" "x86-avx2 once fp32" "neoverse-n1 kept fp32" "neoverse-n1 once fp32" "neoverse-n1 kept int8" "neoverse-n1 once int8" \
  "armv8.6 kept bf16" "armv8.6 once bf16" "armv8.6 kept int8" "armv8.6 once int8"; do
  read -r processor way precision <<<"$row"
  case $processor in
    x86-avx2) n=$(x86 "$way" "$precision") ;;
    armv8.6) n=$(arm max,sve=off "$way" "$precision") ;;
    *) n=$(arm "$processor" "$way" "$precision") ;;
  esac
  before=$(sed -n "s/^$row //p" "$known" 2>/dev/null || true)
  echo "$row $n" >>"$work/counts.txt"
  printf '%-14s %-6s %-6s %10.1f %10s\n' "$processor" "$way" "$precision" "$(awk "BEGIN{print $n/1e6}")" "$(awk "BEGIN{print ${before:-0}/1e6}")"
  [ -z "$before" ] || [ $((n * 100)) -le $((before * 102)) ] || grown=1
done
[ "${1:-}" != --write ] || cp "$work/counts.txt" "$known"
[ $grown = 0 ] || echo "a picture takes more than 2 % more instructions than before; --write if that is meant" >&2
[ "${1:-}" = --write ] || exit $grown
