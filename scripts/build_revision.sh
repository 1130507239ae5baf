#!/usr/bin/env bash
# build_revision.sh REV [JOBS]: build/against/framegen, the program as it was at any revision, built as this tree's is.
set -euo pipefail
cd "$(dirname "$0")/.."
revision=$(git rev-parse --verify --quiet "$1^{commit}") || { echo "build_revision.sh: git knows no revision '$1'" >&2; exit 2; }
folder=build/against
mkdir -p "$folder"
if [ ! -d "$folder/source/.git" ]; then git clone -q --shared --no-checkout . "$folder/source"; fi
git -C "$folder/source" fetch -q origin "$revision" 2>/dev/null || true
git -C "$folder/source" checkout -q --detach "$revision"
[ ! -d .deps ] || { rm -rf "$folder/source/.deps" && cp -r .deps "$folder/source/.deps"; }
launcher=()
! command -v ccache >/dev/null || launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
(cd "$folder/source" && cmake --preset release -B ../build -DFRAMEGEN_DEVELOPER=OFF "${launcher[@]}") >"$folder/configure.log" 2>&1 || { cat "$folder/configure.log" >&2; exit 1; }
cmake --build "$folder/build" -j "${2:-2}" --target framegen_program
ln -sf build/framegen "$folder/framegen"
