#!/usr/bin/env bash
# scaling.sh [ROUNDS]: what a second worker brings. The default avatar says 8 jobs of 60 frames (`batch --shard`), and one speech of 480
# frames (`render --range`, `join`), by one worker and by two at once, in turn, each worker a process of one thread bound to a core of
# its own. Medians over ROUNDS (default 3), reading, opening and joining included. Prints Markdown. FRAMEGEN names the program.
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
    on $k render --avatar $avatar --audio "$work/speech.wav" --range $((k * 480 / $1)):$(((k + 1) * 480 / $1)) -o "$work/out/part-$k.mp4" & pids+=($!)
  done
  all "${pids[@]}"
  "$framegen" join "$work"/out/part-*.mp4 --audio "$work/speech.wav" -o "$work/out/whole.mp4" --progress none >/dev/null
}

on 0 render --avatar $avatar --audio "$work/speech.wav" --frames 30 --hash "$work/warm.txt"  # the avatar's cache is there from now on
for _ in $(seq "$rounds"); do
  for kind in batch speech; do
    for workers in 1 2; do fresh; seconds $kind $workers >>"$work/$kind-$workers"; done
  done
done
median() { sort -n "$1" | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }
echo "| 480 frames as | one worker | two workers | faster by | efficiency |"
echo "| --- | --- | --- | --- | --- |"
for kind in batch speech; do
  awk -v one="$(median "$work/$kind-1")" -v two="$(median "$work/$kind-2")" -v kind=$kind 'BEGIN {
    name["batch"] = "8 jobs, `batch --shard`"; name["speech"] = "one speech, `render --range` and `join`"
    printf "| %s | %.1f s | %.1f s | %.2f× | %.0f %% |\n", name[kind], one, two, one / two, 50 * one / two}'
done
