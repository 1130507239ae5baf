#!/usr/bin/env bash
# submit.sh: sends a job list, or one long speech in parts, to Slurm; prints the ids of the jobs.
#   submit.sh batch JOBS.jsonl -o DIR --tasks N [--cpus C] [--mem MB] [-- options of framegen batch]
#   submit.sh split AUDIO -o OUT.mp4 --tasks N [--cpus C] [--mem MB] [-- options of framegen batch]
# $FRAMEGEN names the program where it is not on the nodes' PATH. $SBATCH_… variables reach sbatch as usual.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
framegen=${FRAMEGEN:-framegen}

die() { echo "submit.sh: $*" >&2; exit 2; }
[ $# -ge 2 ] || { sed -n '2,5s/^# //p' "$0" >&2; exit 2; }
kind=$1 input=$(realpath -e -- "$2")
shift 2
output='' tasks='' cpus=2 memory=1600
while [ $# -gt 0 ]; do
  case $1 in
    -o) output=$(realpath -m -- "$2"); shift 2 ;;
    --tasks) tasks=$2; shift 2 ;;
    --cpus) cpus=$2; shift 2 ;;
    --mem) memory=$2; shift 2 ;;
    --) shift; break ;;
    *) die "there is no option $1" ;;
  esac
done
[ -n "$output" ] && [[ $tasks =~ ^[1-9][0-9]*$ ]] || die "-o and --tasks N are needed"

# array JOBS DIR: the id of an array of $tasks tasks.
array() {
  mkdir -p "$2"
  FRAMEGEN=$framegen FRAMEGEN_JOBS=$1 FRAMEGEN_OUT=$2 FRAMEGEN_OPTIONS="${options[*]}" sbatch --parsable \
    --array="0-$((tasks - 1))" --cpus-per-task="$cpus" --mem="$memory" --output="$2/slurm-%A_%a.log" "$here/framegen-batch.sbatch"
}

options=("$@")
case $kind in
  batch) array "$input" "$output" ;;
  split)
    parts=$output.parts
    mkdir -p "$parts"
    "$framegen" split "$input" --parts "$tasks" --jobs >"$parts/parts.list.jsonl"
    rendered=$(array "$parts/parts.list.jsonl" "$parts")
    joined=$(FRAMEGEN=$framegen FRAMEGEN_PARTS=$parts FRAMEGEN_AUDIO=$input FRAMEGEN_VIDEO=$output sbatch --parsable \
      --dependency="afterok:$rendered" --kill-on-invalid-dep=yes --mem=500 --output="$parts/slurm-join.log" "$here/framegen-join.sbatch")
    echo "$rendered $joined"
    ;;
  *) die "there is no command $kind" ;;
esac
