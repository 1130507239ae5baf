#!/usr/bin/env bash
# pages_test.sh PROGRAM: man pages and completions made from the program's help have every command and every option of it. Exit 77: no Python.
set -euo pipefail
program=$(realpath "$1")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
command -v python3 >/dev/null || { echo "no python3"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
complain() { echo "FAILED: $*" >&2; failures=$((failures + 1)); }

SOURCE_DATE_EPOCH=0 python3 scripts/package/help_pages.py "$program" "$work"
commands=$("$program" help | sed -n '/^Make videos/,$ s/^  \([a-z-]*\) .*/\1/p')
[ "$(wc -w <<<"$commands")" -ge 14 ] || complain "only these commands: $commands"
for command in $commands; do
  page=$work/man1/framegen-$command.1
  [ -s "$page" ] || { complain "$command has no page"; continue; }
  # As a reader sees it: no hyphens of typesetters.
  plain=$(sed 's/\\-/-/g' "$page")
  for option in $("$program" help "$command" | sed -nE 's/^  (-[a-zA-Z],)?(--[a-z0-9-]+)([ ,].*|$)/\2/p'); do
    grep -q -- "$option" <<<"$plain" || complain "$page has no $option"
    grep -q -- "$command).*$option" "$work/framegen.bash" || complain "bash does not complete $command $option"
    grep -q -- "from $command'.* -l ${option#--} " "$work/framegen.fish" || complain "fish does not complete $command $option"
    # No pipe: a grep that has found it hangs up, and what sed says then would be a failure.
    grep -q -- "$option" <<<"$(sed -n "/^      $command)/,/;;/p" "$work/_framegen")" || complain "zsh does not complete $command $option"
  done
done
bash -n "$work/framegen.bash"
! command -v zsh >/dev/null || zsh -n "$work/_framegen"
! command -v fish >/dev/null || fish -n "$work/framegen.fish"
! command -v mandoc >/dev/null || for page in "$work"/man1/*.1; do mandoc -T lint -W warning "$page" || complain "$page"; done
completed() { bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _framegen; echo "${COMPREPLY[@]}"' bash "$work/framegen.bash" "$@"; }
[ "$(completed framegen ren)" = render ] || complain "ren is completed as $(completed framegen ren)"
[[ "$(completed framegen render --prec)" = --precision ]] || complain "--prec: $(completed framegen render --prec)"
[[ "$(completed framegen render --precision b)" = bf16 ]] || complain "--precision b: $(completed framegen render --precision b)"
[ $failures = 0 ] || exit 1
