#!/usr/bin/env bash
# faults.sh [SAMPLES]: makes the n-th allocation, write, read, rename and thread creation of a small render fail, for SAMPLES values of n
# each (default 40, spread over all there are; 0: every n). Always: an end within 60 s, exit 0 with the right frames or one error line
# with a contracted code, no half file. FAULTS="write read" tries these alone.
set -euo pipefail
source "$(dirname "$0")/common.sh"
samples=${1:-40}
gcc -O1 -shared -fPIC -o "$work/fail_nth.so" tests/soak/fail_nth.c -ldl
words=(render --avatar "$avatar" --audio "$speech" --frames 6 --threads 2 --preset ultrafast --no-cache --progress none)

# one CALL N: renders with the n-th such call failing, judges what comes of it.
one() {
  local call=$1 n=$2 out=$work/out rc=0
  rm -rf "$out" && mkdir "$out"
  timeout -s KILL 60 env FAIL_CALL="$call" FAIL_N="$n" LD_PRELOAD="$work/fail_nth.so" "$framegen" "${words[@]}" -o "$out/a.mp4" --hash "$out/a.txt" \
    >/dev/null 2>"$work/err" || rc=$?
  case $rc in
    0) [ "$(sed -n 's/^all //p' "$out/a.txt")" = "$expected" ] || complain "$call $n: exit 0, other frames" ;;
    1 | 3 | 4 | 5) [ "$(grep -c '^error: ' "$work/err")" = 1 ] || complain "$call $n: exit $rc, not one error line: $(head -c 200 "$work/err")" ;;
    *) complain "$call $n: exit $rc: $(head -c 200 "$work/err")" ;;
  esac
  [ -z "$(find "$out" -name '.*' -type f)" ] || complain "$call $n: leftovers $(ls -A "$out")"
  codes[$rc]=$((${codes[$rc]:-0} + 1))
}

for call in ${FAULTS:-thread rename write read malloc}; do
  FAIL_CALL=$call FAIL_N=0 FAIL_COUNT=$work/count LD_PRELOAD=$work/fail_nth.so "$framegen" "${words[@]}" -o "$work/all.mp4" --hash "$work/all.txt" \
    >/dev/null
  count=$(cat "$work/count") step=1
  codes=()
  if [ "$samples" -gt 0 ] && [ "$count" -gt "$samples" ]; then step=$((count / samples)); fi
  for ((n = 1; n <= count; n += step)); do one $call $n; done
  echo "$call: $count calls, every ${step}th made to fail; exit codes: $(for rc in "${!codes[@]}"; do printf '%s × %s  ' "$rc" "${codes[$rc]}"; done)"
done
[ $failures = 0 ] || { echo "$failures failures" >&2; exit 1; }
