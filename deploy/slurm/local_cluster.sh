#!/usr/bin/env bash
# local_cluster.sh: a Slurm cluster on one machine, to try the scripts and to see a node die. Needs Debian's slurmctld, slurmd,
# slurm-client and munge, and root. Nothing outside DIR is written, nothing listens beyond this machine's name.
#   local_cluster.sh start DIR [NODES] [CPUS]   prints the line that makes sbatch and squeue talk to it
#   local_cluster.sh fail DIR NODE              the node dies: its daemon, its steps and what they run
#   local_cluster.sh stop DIR
set -euo pipefail
command=${1:?start, fail or stop}
mkdir -p "${2:?a folder}"
dir=$(cd "$2" && pwd)
export SLURM_CONF=$dir/slurm.conf

configure() {
  local nodes=$1 cpus=$2 host
  host=$(hostname -s)
  mkdir -p "$dir/state" "$dir/spool" "$dir/munge"
  chmod 755 "$dir" "$dir/munge"
  [ -f "$dir/munge/key" ] || (umask 077 && head -c 1024 /dev/urandom >"$dir/munge/key")
  cat >"$SLURM_CONF" <<END
ClusterName=framegen
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=16817
SlurmUser=root
AuthType=auth/munge
CryptoType=crypto/munge
AuthInfo=socket=$dir/munge/socket
StateSaveLocation=$dir/state
SlurmctldPidFile=$dir/slurmctld.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdSpoolDir=$dir/spool/%n
SlurmdPidFile=$dir/slurmd-%n.pid
SlurmdLogFile=$dir/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=2,requeue_delay=1
ReturnToService=2
SlurmdTimeout=10
InactiveLimit=0
MailProg=/bin/true
SlurmdParameters=config_overrides
NodeName=node[1-$nodes] NodeHostname=$host NodeAddr=127.0.0.1 Port=[17001-$((17000 + nodes))] CPUs=$cpus RealMemory=4000
PartitionName=main Nodes=ALL Default=YES State=UP
END
}

start() {
  local nodes=${1:-3} cpus=${2:-1}
  configure "$nodes" "$cpus"
  munged --socket="$dir/munge/socket" --key-file="$dir/munge/key" --log-file="$dir/munge/log" \
    --pid-file="$dir/munge/pid" --seed-file="$dir/munge/seed" --force 2>"$dir/munge/warnings"
  slurmctld
  for node in $(seq 1 "$nodes"); do slurmd -N "node$node"; done
  for _ in $(seq 100); do
    [ "$(sinfo -h -t idle -o %D 2>/dev/null || true)" = "$nodes" ] && break
    sleep 0.2
  done
  sinfo >&2
  echo "export SLURM_CONF=$SLURM_CONF"
}

# A node's steps have a socket each in its spool folder, <node>_<job>.<step>.
fail() {
  local node=$1 socket job process step
  kill -9 "$(cat "$dir/slurmd-$node.pid")"
  for socket in "$dir/spool/$node/${node}_"*; do
    job=${socket##*_}
    for process in $(scontrol listpids "${job%.*}" "$node" 2>/dev/null | awk '$1 ~ /^[0-9]+$/ {print $1}'); do
      step=$(ps -o ppid= -p "$process" | tr -d ' ')
      if [ "$(cat "/proc/${step:-0}/comm" 2>/dev/null)" = slurmstepd ]; then kill -9 "$step"; fi
      kill -9 "$process" 2>/dev/null || true
    done
  done
}

stop() {
  local file
  scontrol shutdown 2>/dev/null || true
  sleep 1
  for file in "$dir"/slurmd-*.pid "$dir/slurmctld.pid" "$dir/munge/pid"; do
    [ ! -f "$file" ] || kill "$(cat "$file")" 2>/dev/null || true
  done
}

case $command in
  start) shift 2; start "$@" ;;
  fail) fail "${3:?a node}" ;;
  stop) stop ;;
  *) sed -n '4,6s/^#   //p' "$0" >&2; exit 2 ;;
esac
