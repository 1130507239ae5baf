#!/usr/bin/env bash
# neighbours_test.sh exports|neighbours|foreign-protobuf LIBRARY BUILD_FOLDER: the shared library shows its API and nothing else, and
# works beside what a host program may bring. Exit 77: cannot be looked at here.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "$here/../.." && pwd)
library=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Every word that the API's headers declare in namespace framegen, and every C function: nothing else may be shown or missing.
exports() {
  nm -DC --defined-only "$library" | sed -E 's/^[0-9a-f]* [A-Za-z] //' >"$work/shown"
  nm -D --defined-only "$library" | sed -E 's/.* //; s/@.*//' >"$work/names"
  [ -s "$work/names" ] || { echo "FAILED: $library shows nothing" >&2; exit 1; }
  local failed=0 name word
  while read -r name; do
    if [[ $name =~ ^framegen_ ]]; then word=$name
    elif [[ $name =~ ^((vtable|typeinfo|typeinfo\ name)\ for\ )?framegen::([A-Za-z_0-9]+) ]]; then word=${BASH_REMATCH[3]}
    else echo "FAILED: shown, but no API: $name" >&2; failed=1; continue; fi
    grep -rqw -- "$word" "$project/include/framegen" || { echo "FAILED: shown, but in no public header: $name" >&2; failed=1; }
  done <"$work/shown"
  for word in $(grep -oE '\bframegen_[a-z_0-9]+\(' "$project/include/framegen/framegen.h" | tr -d '(' | sort -u); do
    grep -qx "$word" "$work/names" || { echo "FAILED: in framegen.h, but not shown: $word" >&2; failed=1; }
  done
  exit $failed
}

# host TARGET [SYMBOLS]: builds TARGET against what is installed, and runs it.
host() {
  local onnxruntime=$project/.deps/onnxruntime
  [ -e "$onnxruntime/lib/libonnxruntime.so.1" ] || { echo "the pinned ONNX Runtime is not there"; exit 77; }
  cmake --install "$build" --prefix "$work/prefix" >/dev/null
  cmake -S "$here/neighbours" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" -DONNXRUNTIME="$onnxruntime" \
    -DFOREIGN_SYMBOLS="${2:-}" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
  cmake --build "$work/build" --target "$1" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
  ORT_DISABLE_TELEMETRY=1 LD_LIBRARY_PATH=$onnxruntime/lib "$work/build/$1" "$project/assets/avatars/ava"
}

# libprotobuf's functions by name, each an instruction that ends the process.
foreign_symbols() {
  local protobuf
  protobuf=$(ldconfig -p | sed -n 's/.*libprotobuf\.so\.[0-9]* .*=> //p' | head -n 1)
  [ -n "$protobuf" ] || { echo "libprotobuf is not installed"; exit 77; }
  nm -D --defined-only "$protobuf" | awk '$2 ~ /[TW]/ && $3 ~ /^_ZNK?6google8protobuf/ {
    sub("@.*", "", $3); print ".globl " $3 "\n.type " $3 ", %function\n" $3 ":\n"}' | sed '1i .text' >"$1"
  # An instruction that both x86 (ud2) and 64-bit Arm (udf) refuse.
  printf '.byte 0x0f, 0x0b, 0, 0\n.section .note.GNU-stack,"",%%progbits\n' >>"$1"
  [ "$(grep -c globl "$1")" -gt 1000 ] || { echo "FAILED: libprotobuf has hardly any function" >&2; exit 1; }
}

build=$3
case "$1" in
  exports) exports ;;
  neighbours) host neighbours ;;
  foreign-protobuf) foreign_symbols "$work/foreign.s" && host foreign_protobuf "$work/foreign.s" ;;
esac
