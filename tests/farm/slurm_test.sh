#!/usr/bin/env bash
# slurm_test.sh [WORK]: a Slurm cluster of three nodes on this machine renders 20 jobs and one long speech in parts; in each, a node
# dies in the middle. Every job must be done, with the hashes of a render by one process. Needs root and Debian's slurmctld, slurmd,
# slurm-client, munge; takes some minutes. FRAMEGEN names the program (default build/release/framegen).
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD work=${1:-$(mktemp -d)}
export FRAMEGEN=${FRAMEGEN:-$root/build/release/framegen}
cluster=$root/deploy/slurm/local_cluster.sh
for program in slurmctld slurmd sbatch munged; do
  command -v $program >/dev/null || { echo "$program is missing: apt-get install slurmctld slurmd slurm-client munge" >&2; exit 77; }
done
mkdir -p "$work/in"
trap '"$cluster" stop "$work/cluster"' EXIT
say() { echo "$(date +%T) $*"; }

say "avatar, 20 speeches, and what one process makes of them"
golden=tests/golden/pipeline
"$FRAMEGEN" synth-model --width 0.5 --seed 1 -o "$work/models" >/dev/null
"$FRAMEGEN" import --dataset $golden/dataset --generator "$work/models/generator.onnx" --audio-encoder "$work/models/audio_encoder.onnx" \
  --name mini -o "$work/mini" >/dev/null
for i in $(seq -w 0 19); do
  ffmpeg -v error -y -stream_loop $((1 + 10#$i % 3)) -i $golden/speech.wav -af "volume=0.$((30 + 10#$i))" "$work/in/$i.wav"
  echo "{\"audio\": \"in/$i.wav\", \"output\": \"$i.mp4\", \"hash\": \"$i.txt\", \"start_frame\": $((10#$i % 10))}"
done >"$work/jobs.jsonl"
ffmpeg -v error -y -stream_loop 29 -i $golden/speech.wav "$work/long.wav"
options=(--avatar "$work/mini")
"$FRAMEGEN" batch "$work/jobs.jsonl" -o "$work/one" "${options[@]}" --progress none

# Kills a node that is at work as soon as `enough` files match `pattern`; sets `dead`.
kill_when() {
  local enough=$1 pattern=$2 running=''
  while [ "$(compgen -G "$pattern" | wc -l)" -lt "$enough" ]; do sleep 0.2; done
  while [ -z "$running" ]; do running=$(squeue -h -t R -S -S -o '%N %F_%K' | head -n 1); done  # the one that began last
  dead=${running%% *}
  "$cluster" fail "$work/cluster" "$dead"
  say "$dead died while it ran task ${running##* }"
}
wait_for_all() { while [ "$(squeue -h | wc -l)" != 0 ]; do sleep 1; done; }

eval "$("$cluster" start "$work/cluster" 3 1)"
say "an array of 20 tasks on three nodes"
deploy/slurm/submit.sh batch "$work/jobs.jsonl" -o "$work/farm" --tasks 20 --cpus 1 --mem 1200 -- "${options[@]}"
kill_when 4 "$work/farm/*.mp4"
wait_for_all
requeues() { grep -h "due to failure of node" "$work/cluster/slurmctld.log" | tail -n 1; }
requeues
for i in $(seq -w 0 19); do cmp "$work/one/$i.txt" "$work/farm/$i.txt"; done
[ -z "$(find "$work/farm" -name '.*' -type f)" ] || { echo "leftovers: $(find "$work/farm" -name '.*')" >&2; exit 1; }
say "20 of 20 jobs are done, every frame's hash is that of one process"

say "one long speech in 8 parts; $dead is back"
slurmd -N "$dead"
deploy/slurm/submit.sh split "$work/long.wav" -o "$work/long.mp4" --tasks 8 --cpus 1 --mem 1200 -- "${options[@]}" --crf 0
kill_when 2 "$work/long.mp4.parts/part-*.mp4"
wait_for_all
requeues
cat "$work/long.mp4.parts/slurm-join.log"
"$FRAMEGEN" render "${options[@]}" --audio "$work/long.wav" --crf 0 -o "$work/whole.mp4" --progress none
hash_of() { ffmpeg -v error -i "$1" -map "0:$2" -f hash -hash sha256 -; }
for stream in v a; do
  joined=$(hash_of "$work/long.mp4" $stream) whole=$(hash_of "$work/whole.mp4" $stream)
  echo "$stream: joined $joined, unsplit $whole"
  [ "$joined" = "$whole" ]
done
say "the joined video decodes to the unsplit one"
