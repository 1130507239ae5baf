#!/usr/bin/env bash
# supply_test.sh hardening|network|privacy|sbom PROGRAM: what SECURITY.md says of the program that was built. Exit 77: cannot be looked at here.
set -euo pipefail
program=$(realpath "$2")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
complain() { echo "FAILED: $*" >&2; failures=$((failures + 1)); }

hardening() {
  grep -q 'Type: *DYN' <<<"$(readelf -hW "$program")" || complain "not position-independent"
  grep -q GNU_RELRO <<<"$(readelf -lW "$program")" || complain "no RELRO"
  readelf -dW "$program" | grep -Eq 'BIND_NOW|FLAGS_1.* NOW' || complain "symbols are bound late: RELRO is not full"
  grep -q 'GNU_STACK.* RW ' <<<"$(readelf -lW "$program")" || complain "the stack can be executed"
  ! grep -q TEXTREL <<<"$(readelf -dW "$program")" || complain "code is relocated"
  readelf -W --dyn-syms "$program" >"$work/symbols"
  grep -q __stack_chk_fail "$work/symbols" || complain "no stack protector"
  grep -Eq '__(memcpy|snprintf|vsnprintf|read|memset|fprintf|printf)_chk' "$work/symbols" || complain "no _FORTIFY_SOURCE"
  if [ "$(uname -m)" = x86_64 ]; then
    # Of the start-up code that the system links in there are few; of ours, thousands.
    objdump -d --no-show-raw-insn "$program" >"$work/code"
    [ "$(grep -c endbr64 "$work/code")" -gt 1000 ] || complain "indirect calls may land anywhere (no -fcf-protection)"
  fi
}

# asked WORDS…: runs the program and prints the calls that reach beyond this machine, or why it could not be run.
asked() {
  HOME=$work strace -f -qq -e trace=socket,connect -o "$work/calls" "$program" "$@" </dev/null >/dev/null 2>"$work/err" ||
    [ "$1" = stream ] || echo "nobody, but failed: $(cat "$work/err")"
  grep -E 'AF_INET' "$work/calls" || true
}

# ONNX Runtime is among what is watched: builds of it report to their makers where nobody tells them not to.
network() {
  strace -V >/dev/null 2>&1 && strace -o "$work/probe" true 2>/dev/null || { echo "strace cannot trace here"; exit 77; }
  unset ORT_DISABLE_TELEMETRY
  local speech=(--avatar assets/avatars/ava --audio assets/speech/demo.flac --frames 3 --threads 1 --no-cache --progress none) found
  for backend in auto onnxruntime; do
    found=$(asked render "${speech[@]}" --backend $backend -y -o "$work/a.mp4")
    [ -z "$found" ] || complain "render --backend $backend asked the network: $found"
  done
  found=$(asked doctor)
  [ -z "$found" ] || complain "doctor asked the network: $found"
  [ ! -e "$work/.cache" ] || complain "left in the home folder: $(find "$work/.cache" -type f)"
  # The same eyes must see a command that does open a connection, or they see nothing.
  [[ "$(asked stream --avatar assets/avatars/ava --to tcp://127.0.0.1:9)" == *127.0.0.1* ]] || complain "strace does not see a connection"
}

# written WORDS…: runs the program and prints each name that it made, moved or linked outside the places of docs/privacy.md. One file of calls a thread,
# or calls are cut in two.
written() {
  rm -f "$work"/calls.*
  HOME=$work/home TMPDIR=$work/tmp strace -ff -qq -y -o "$work/calls" \
    -e trace=open,openat,openat2,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,mknod,mknodat \
    "$program" "$@" </dev/null >"$work/out/printed" 2>"$work/err" || echo "nothing, but failed: $(cat "$work/err")"
  local made=() name
  mapfile -t made < <(cat "$work"/calls.* | grep -E '^(creat|mkdir|rename|link|symlink|mknod)|O_CREAT' | grep -v ' = -1 ' |
    sed -E '/^(open|creat)/ s/.*= [0-9]+<([^>]*)>.*/\1/; t; s/[^"]*"([^"]*)"[^"]*/\1\n/g' | sed '/^$/d' | sort -u)
  seen=${#made[@]}
  for name in "${made[@]}"; do
    case $name in
      "$work"/out/* | "$work"/tmp/* | "$work"/ava/cache | "$work"/ava/cache/* | /dev/null | /dev/shm/sem.*) ;;
      *) echo "$name" ;;
    esac
  done
}

# serve, while an upload becomes a video and somebody hangs up.
served() {
  TMPDIR=$work/tmp HOME=$work/home "$program" serve --avatar "$work/ava" --listen 127.0.0.1:0 --max-sessions 1 --audit-log "$work/out/audit" 2>"$work/served" &
  local server=$! url="" i
  for ((i = 0; i < 300 && ${#url} == 0; ++i)); do
    sleep 0.1
    url=$(grep -oE 'http://[0-9.:]+' "$work/served" | head -n 1 || true)
  done
  espeak-ng --stdout Good. >"$work/out/good.wav" || cp assets/speech/demo.flac "$work/out/good.wav"
  curl -sf --data-binary "@$work/out/good.wav" "$url/v1/render" -o "$work/out/served.mp4" || complain "serve made no video: $(cat "$work/served")"
  curl -s -m 1 --data-binary "@assets/speech/demo.flac" "$url/v1/render" -o /dev/null || true
  kill -TERM $server
  wait $server || complain "serve ended with $?"
  [ -z "$(find "$work/tmp" "$work/home" -mindepth 1)" ] || complain "serve left $(find "$work/tmp" "$work/home" -mindepth 1)"
  [ "$(grep -c '"method":"POST","path":"/v1/render","status":' "$work/out/audit")" = 2 ] || complain "the audit log has $(cat "$work/out/audit")"
  [ "$(wc -l <"$work/served")" -le 2 ] || complain "serve said of its visitors: $(cat "$work/served")"
}

# What is left in which folder, and what was made on the way there.
privacy() {
  strace -V >/dev/null 2>&1 && strace -o "$work/probe" true 2>/dev/null || { echo "strace cannot trace here"; exit 77; }
  mkdir "$work"/{home,tmp,out}
  cp -r assets/avatars/ava "$work/ava"
  chmod -R u+w "$work/ava"
  rm -rf "$work/ava/cache"
  local speech=(--avatar "$work/ava" --audio "$PWD/assets/speech/demo.flac" --frames 3 --threads 1 --progress none -y) found
  printf '{"audio": "%s", "output": "job.mp4", "range": "0:2"}\n' "$PWD/assets/speech/demo.flac" >"$work/out/jobs.jsonl"
  while read -r -a words; do
    seen=0
    found=$(written "${words[@]}" | tr '\n' ' ')
    [ -z "$found" ] || complain "${words[0]} wrote $found"
    [ -z "$(find "$work/tmp" "$work/home" -mindepth 1)" ] || complain "${words[0]} left $(find "$work/tmp" "$work/home" -mindepth 1)"
  done <<COMMANDS
render ${speech[*]} -o $work/out/a.mp4 --hash $work/out/a.txt --report $work/out/a.json
render ${speech[*]} --no-cache --frames-dir $work/out/pictures
render --avatar $work/ava --text Good. --frames 2 --threads 1 --progress none -y -o $work/out/b.mp4
batch $work/out/jobs.jsonl --avatar $work/ava --output-dir $work/out/batch --progress none
prepare --avatar $work/ava --disk-mb 40 --progress none
inspect $work/ava
doctor
COMMANDS
  served
  # The same eyes must see a name elsewhere, or they see nothing.
  mkdir "$work/elsewhere"
  [[ "$(written render "${speech[@]}" -o "$work/elsewhere/a.mp4")" == *elsewhere/a.mp4* ]] || complain "strace does not see what is written"
}

sbom() {
  scripts/sbom.sh "$work/a.spdx" "$program" >/dev/null
  python3 tests/install/check_spdx.py "$work/a.spdx"
}

"$1"
[ $failures = 0 ] || exit 1
