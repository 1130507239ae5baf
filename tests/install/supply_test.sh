#!/usr/bin/env bash
# supply_test.sh hardening|network|sbom PROGRAM: what SECURITY.md says of the program that was built. Exit 77: cannot be looked at here.
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

sbom() {
  scripts/sbom.sh "$work/a.spdx" "$program" >/dev/null
  python3 tests/install/check_spdx.py "$work/a.spdx"
}

"$1"
[ $failures = 0 ] || exit 1
