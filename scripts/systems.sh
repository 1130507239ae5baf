#!/usr/bin/env bash
# systems.sh [--keep] [--presenter] [debian12] [debian13] [ubuntu24] [arm64]: the two commands on bare systems, from a clean clone; a table at the end.
# debian12, debian13, ubuntu24: a root made by debootstrap (minbase) in which `./run demo` and `./run test` must pass, the tests without a
# network; on Debian 13 and Ubuntu as an unprivileged user with sudo. arm64: scripts/systems/arm64.sh. Needs root (or sudo) and debootstrap.
# The roots and the compiler's cache stay in build/systems; each run starts from the bare root again, --keep from the last one's.
# Exit 77: a system could not be tried because no root can be made or no packages be had here, and nothing else failed.
# --presenter: a film becomes an avatar there too, in a few steps (`./run presenter`, with the system's own PyTorch).
# FRAMEGEN_MIRROR: where Debian's packages come from; otherwise where this machine's own do. FRAMEGEN_UBUNTU_MIRROR: Ubuntu's.
set -euo pipefail
cd "$(dirname "$0")/.."
project=$PWD
. scripts/systems/root.sh

keep=0
presenter=
chosen=()
for word in "$@"; do
  case "$word" in
    --keep) keep=1 ;;
    --presenter) presenter=presenter ;;
    debian12 | debian13 | ubuntu24 | arm64) chosen+=("$word") ;;
    *) echo "./run systems: there is no system '$word': debian12, debian13, ubuntu24, arm64" >&2; exit 2 ;;
  esac
done
[ ${#chosen[@]} -gt 0 ] || chosen=(debian12 debian13 ubuntu24 arm64)
[ "$(id -u)" = 0 ] || exec sudo --preserve-env=CI,FRAMEGEN_MIRROR,FRAMEGEN_UBUNTU_MIRROR,NODE_EXTRA_CA_CERTS "$0" "$@"

rows=()
failed=0
# native NAME SUITE USER: both commands in a bare root.
native() {
  local name=$1 suite=$2 user=$3 root=$systems/$1 log=$systems/$1.log
  if [ $keep = 0 ] || [ ! -d "$root" ]; then fresh_root "$name" "$suite"; fi
  clone_into "$root" "$user"
  local status=0
  in_root "$root" /usr/local/bin/inside.sh "$user" $presenter 2>&1 | tee "$log" || status=$?
  local verdict
  case $status in
    0) verdict="passed${presenter:+, presenter: $(result "$log" presenter)}" ;;
    77) verdict="not tried: $(result "$log" "not tried")"; [ $failed != 0 ] || failed=77 ;;
    *) verdict="FAILED: $log"; failed=1 ;;
  esac
  rows+=("$name|$user|$(result "$log" versions)|$(result "$log" demo)|$(result "$log" test)|$verdict")
}

for system in "${chosen[@]}"; do
  if ! make_possible "$system"; then
    rows+=("$system|–|–|–|–|not tried: $reason")
    [ $failed != 0 ] || failed=77
    continue
  fi
  case "$system" in
    debian12) native debian12 bookworm root ;;
    debian13) native debian13 trixie builder ;;
    ubuntu24) native ubuntu24 noble builder ;;
    arm64)
      status=0
      scripts/systems/arm64.sh "$keep" 2>&1 | tee "$systems/arm64.log" || status=$?
      rows+=("arm64|qemu-user|$(result "$systems/arm64.log" versions)|$(result "$systems/arm64.log" demo)|$(result "$systems/arm64.log" test)|$([ $status = 0 ] && echo passed || echo "FAILED: $systems/arm64.log")")
      [ $status = 0 ] || failed=1 ;;
  esac
done

echo
printf '| system | as | compiler, FFmpeg, OpenCV, protobuf (tests) | demo | test | |\n| --- | --- | --- | --- | --- | --- |\n'
for row in "${rows[@]}"; do echo "| ${row//|/ | } |"; done
exit $failed
