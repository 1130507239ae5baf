#!/usr/bin/env bash
# scripts_test.sh: what ./run and scripts/packages.sh do on a Mac, as far as can be seen on another system: `uname`, `brew` and `xcode-select`
# are stand-ins that write down what they are asked.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "scripts_test.sh: $1" >&2; exit 1; }

# stand_in NAME BODY
stand_in() {
  printf '#!/bin/sh\n%s\n' "$2" >"$work/bin/$1"
  chmod +x "$work/bin/$1"
}
mkdir -p "$work/bin" "$work/tree/scripts"
cp Brewfile run "$work/tree"
cp scripts/packages.sh scripts/packages_mac.sh "$work/tree/scripts"
printf '#!/bin/sh\necho fetched >>"%s/asked"\n' "$work" >"$work/tree/scripts/fetch_onnxruntime.sh"
chmod +x "$work/tree/scripts/fetch_onnxruntime.sh"
stand_in uname 'echo Darwin'
packages() { PATH="$work/bin:/usr/bin:/bin" "$work/tree/scripts/packages.sh" "$@"; }

listed=$(packages --list | wc -l)
[ "$listed" = "$(grep -c '^brew ' Brewfile)" ] || fail "--list names $listed packages, the Brewfile others"

! packages 2>"$work/said" || fail "without Homebrew it must stop"
grep -q '^Homebrew is missing: ' "$work/said" || fail "does not say that Homebrew is missing: $(cat "$work/said")"
[ "$(wc -l <"$work/said")" = 1 ] || fail "an error is one line"

stand_in brew "echo \"brew \$*\" >>'$work/asked'; case \"\$1\" in --prefix) echo '$work';; bundle) [ \"\$2\" != check ];; esac"
! packages 2>"$work/said" || fail "without Apple's compiler it must stop"
grep -q 'xcode-select --install' "$work/said" || fail "does not say how the compiler comes"

stand_in xcode-select 'echo /Library/Developer/CommandLineTools'
rm -f "$work/asked"
packages >"$work/said"
grep -q '^Installing: bash cmake ' "$work/said" || fail "does not say what it installs"
grep -q '^brew bundle install --no-upgrade --file=Brewfile$' "$work/asked" || fail "installs nothing: $(cat "$work/asked")"
grep -q '^fetched$' "$work/asked" || fail "does not fetch ONNX Runtime"

# The second time all is there: nothing is said, nothing installed.
stand_in brew "echo \"brew \$*\" >>'$work/asked'; case \"\$1\" in --prefix) echo '$work';; esac"
rm -f "$work/asked"
[ -z "$(packages)" ] || fail "says something though all is there"
! grep -q 'bundle install' "$work/asked" || fail "installs though all is there"

# ./run asks for as many jobs as there are cores where nproc is not known, and lists its commands.
grep -q '^./run demo ' <<<"$(PATH="$work/bin:/usr/bin:/bin" "$work/tree/run")" || fail "./run does not list its commands"
echo "The scripts do on a Mac what they should, as far as can be seen here."
