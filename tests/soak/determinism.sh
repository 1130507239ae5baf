#!/usr/bin/env bash
# determinism.sh [FRAMES]: the default avatar says FRAMES frames (default 40) with 1 … 8 threads, batches of 1 … 30, on a machine that has
# nothing else to do and on one that is busy, with every instruction set forced. On one set all frames have one SHA-256; between sets
# the table says how many pixels differ, and by how much. Prints Markdown.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
frames=${1:-40}
framegen=${FRAMEGEN:-$PWD/build/release/framegen}
work=$(mktemp -d)
load=()
idle() { [ ${#load[@]} = 0 ] || kill "${load[@]}" 2>/dev/null || true; load=(); }
trap 'idle; rm -rf "$work"' EXIT
busy() { for _ in $(seq $(($(nproc) * 2))); do (while :; do :; done) & load+=($!); done; }
failures=0
words=(render -y --avatar assets/avatars/ava --audio tests/golden/audio/espeak_22050.wav --no-cache --progress none)

# sha256 OPTIONS…: of all frames.
sha256() { "$framegen" "${words[@]}" --frames "$frames" --hash "$work/hash.txt" "$@" >/dev/null && sed -n 's/^all //p' "$work/hash.txt"; }

# many NAME OPTIONS…: the grid for one way of running; one row of the table.
many() {
  local name=$1 threads batch
  shift
  : >"$work/seen"
  for threads in 1 2 3 4 5 6 7 8; do sha256 --threads $threads "$@" >>"$work/seen"; done
  for batch in 1 2 3 4 5 7 8 11 15 16 22 30; do sha256 --threads 2 --batch $batch "$@" >>"$work/seen"; done
  sha256 --threads 8 --batch 30 "$@" >>"$work/seen"
  busy
  for threads in 1 2 5 8; do sha256 --threads $threads --batch $((threads * 3)) "$@" >>"$work/seen"; done
  idle
  row "$name"
}
# few NAME OPTIONS…: the corners alone, for ways that take long.
few() {
  local name=$1
  shift
  : >"$work/seen"
  sha256 --threads 1 --batch 1 "$@" >>"$work/seen"
  sha256 --threads 8 --batch 3 "$@" >>"$work/seen"
  busy
  sha256 --threads 3 --batch 30 "$@" >>"$work/seen"
  idle
  row "$name"
}
row() {
  local different
  different=$(sort -u "$work/seen" | wc -l)
  [ "$different" = 1 ] || { echo "FAILED: $1: $different different results" >&2; failures=$((failures + 1)); }
  echo "| $1 | $(wc -l <"$work/seen") | $different | $(head -c 16 "$work/seen")… |"
}

read -r -a sets <<<"$("$framegen" doctor | sed -n 's/^ *instruction sets *//p' | tr -d ,)"
usable=()
for set in "${sets[@]}"; do case $set in scalar | sse4 | avx2 | avx3 | neon) usable+=("$set") ;; esac; done
best=${usable[0]}
echo "| way | renders | different results | SHA-256 of $frames frames |"
echo "| --- | --- | --- | --- |"
for set in "${usable[@]}"; do
  case $set in
    "$best" | avx2) many "native fp32, $set" --backend native --cpu "$set" ;;
    *) few "native fp32, $set" --backend native --cpu "$set" ;;
  esac
done
for precision in bf16 int8; do many "native $precision, $best" --backend native --precision $precision --cpu "$best"; done
for mode in sequential mutex session-pool shared-session; do few "ONNX Runtime, $mode, $best" --backend onnxruntime --mode $mode --cpu "$best"; done

# pictures NAME OPTIONS…
pictures() { "$framegen" "${words[@]}" --frames 10 --frames-dir "$work/$1" "${@:2}" >/dev/null; }
pictures "$best" --backend native --cpu "$best"
echo
echo "| against native fp32 with $best | pixels that are equal | within 1 | largest difference |"
echo "| --- | --- | --- | --- |"
# The face box alone is looked at: outside it every frame is the template's.
against() {
  pictures "$1" "${@:2}"
  "$framegen" compare "$work/$best" "$work/$1" --avatar assets/avatars/ava |
    awk -v name="$1" '/^ *face box/ {printf "| %s | %s %% | %s %% | %s |\n", name, $3, $4, $5}'
}
for set in "${usable[@]:1}"; do against "native fp32, $set" --backend native --cpu "$set"; done
for precision in bf16 int8; do against "native $precision, $best" --backend native --precision $precision; done
against "ONNX Runtime" --backend onnxruntime --mode sequential
[ $failures = 0 ] || { echo "$failures failures" >&2; exit 1; }
