#!/usr/bin/env bash
# scaling.sh [ROUNDS]: what a worker costs and what a second one brings. The default avatar says 8 jobs of 60 frames in one process, by
# precision, threads and jobs at once; then the 8 jobs (`batch --shard`) and one speech of 480 frames (`render --range`, `join`) by one
# worker and by two at once, in turn, each a process of one thread bound to a core of its own. Medians over ROUNDS (default 3), reading,
# opening and joining included. Prints Markdown. FRAMEGEN names the program.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
rounds=${1:-3}
framegen=${FRAMEGEN:-$PWD/build/release/framegen}
[ "$(nproc)" -ge 2 ] || { echo "two cores are needed" >&2; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
avatar=assets/avatars/ava
ffmpeg -v error -y -stream_loop 9 -i assets/speech/demo.flac -t 19.25 "$work/speech.wav"
for i in $(seq 0 7); do echo "{\"audio\": \"$work/speech.wav\", \"output\": \"$i.mp4\", \"range\": \"$((i * 60)):$(((i + 1) * 60))\"}"; done >"$work/jobs.jsonl"
on() { taskset -c "$1" "$framegen" "${@:2}" --threads 1 --progress none >/dev/null; }
seconds() { local begin; begin=$(date +%s%N); "$@"; awk -v ns=$(($(date +%s%N) - begin)) 'BEGIN {printf "%.2f\n", ns / 1e9}'; }
fresh() { rm -rf "$work/out" && mkdir "$work/out"; }
all() { local pid failed=0; for pid in "$@"; do wait "$pid" || failed=1; done; return $failed; }

batch() {  # WORKERS
  local pids=() k
  for ((k = 0; k < $1; ++k)); do on $k batch "$work/jobs.jsonl" -o "$work/out" --avatar $avatar --at-once 1 --shard "$k/$1" & pids+=($!); done
  all "${pids[@]}"
}
speech() {  # WORKERS
  local pids=() k
  for ((k = 0; k < $1; ++k)); do
    on $k render -y --avatar $avatar --audio "$work/speech.wav" --range $((k * 480 / $1)):$(((k + 1) * 480 / $1)) -o "$work/out/part-$k.mp4" & pids+=($!)
  done
  all "${pids[@]}"
  "$framegen" join "$work"/out/part-*.mp4 --audio "$work/speech.wav" -o "$work/out/whole.mp4" -y --progress none >/dev/null
}

on 0 render --avatar $avatar --audio "$work/speech.wav" --frames 30 --hash "$work/warm.txt" -y  # the avatar's cache is there from now on
median() { sort -n "$1" | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }

# cost PRECISION THREADS AT_ONCE: the 8 jobs by one process; CPU s, wall s and peak bytes, a line each round.
cost() {
  fresh
  local TIMEFORMAT='%U %S %R'
  { time "$framegen" batch "$work/jobs.jsonl" -o "$work/out" --avatar $avatar --precision "$1" --threads "$2" --at-once "$3" --report "$work/report.json" -y \
    --progress none >/dev/null 2>&1; } 2>"$work/time"
  awk -v bytes="$(sed -n 's/.*"peak_memory_bytes": *\([0-9]*\).*/\1/p' "$work/report.json")" '{print $1 + $2, $3, bytes}' "$work/time" >>"$work/cost-$1-$2-$3"
}
costs=("fp32 1 1" "fp32 2 2" "fp32 2 4" "bf16 2 2" "int8 2 2")
for precision in bf16 int8; do on 0 render --avatar $avatar --audio "$work/speech.wav" --frames 30 --precision $precision --hash "$work/warm.txt" -y; done
for _ in $(seq "$rounds"); do
  for row in "${costs[@]}"; do cost $row; done
done
echo "| precision | threads, jobs at once | CPU per frame | frames/s | peak memory |"
echo "| --- | --- | --- | --- | --- |"
for row in "${costs[@]}"; do
  read -r precision threads at_once <<<"$row"
  for column in 1 2 3; do cut -d' ' -f$column "$work/cost-$precision-$threads-$at_once" >"$work/column-$column"; done
  awk -v row="$precision | $threads, $at_once" -v cpu="$(median "$work/column-1")" -v wall="$(median "$work/column-2")" -v bytes="$(median "$work/column-3")" \
    'BEGIN {printf "| %s | %.1f ms | %.1f | %.2f GB |\n", row, cpu * 1000 / 480, 480 / wall, bytes / 1e9}'
done
echo

for _ in $(seq "$rounds"); do
  for kind in batch speech; do
    for workers in 1 2; do fresh; seconds $kind $workers >>"$work/$kind-$workers"; done
  done
done
echo "| 480 frames as | one worker | two workers | faster by | efficiency |"
echo "| --- | --- | --- | --- | --- |"
for kind in batch speech; do
  awk -v one="$(median "$work/$kind-1")" -v two="$(median "$work/$kind-2")" -v kind=$kind 'BEGIN {
    name["batch"] = "8 jobs, `batch --shard`"; name["speech"] = "one speech, `render --range` and `join`"
    printf "| %s | %.1f s | %.1f s | %.2f× | %.0f %% |\n", name[kind], one, two, one / two, 50 * one / two}'
done
