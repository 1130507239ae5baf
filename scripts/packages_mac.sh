#!/bin/sh
# packages_mac.sh: scripts/packages.sh on a Mac: Homebrew installs what the Brewfile names. Plain sh: macOS's own bash is 3.2.
set -eu
cd "$(dirname "$0")/.."

names=$(sed -n 's/^brew "\([^"]*\)".*/\1/p' Brewfile)
if [ "${1:-}" = --list ]; then
  echo "$names"
  exit 0
fi
if ! command -v brew >/dev/null; then
  echo "Homebrew is missing: install it as https://brew.sh says, then run this again; it brings $(echo $names)" >&2
  exit 1
fi
if ! xcode-select -p >/dev/null 2>&1; then
  echo "Apple's compiler is missing: run xcode-select --install, then this again" >&2
  exit 1
fi
if ! brew bundle check --no-upgrade --file=Brewfile >/dev/null 2>&1; then
  echo "Installing: $(echo $names)"
  brew bundle install --no-upgrade --file=Brewfile
fi
if [ "${1:-}" = --browser ]; then
  [ -d /Applications/Chromium.app ] || brew install --cask chromium
fi
if [ "${FRAMEGEN_SYSTEM_ONNXRUNTIME:-OFF}" != ON ]; then
  PATH="$(brew --prefix)/bin:$PATH" scripts/fetch_onnxruntime.sh  # in Homebrew's bash
fi
