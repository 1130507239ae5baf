#!/usr/bin/env bash
# reproducible.sh [CMake option…]: the last commit packaged twice, and every byte of both compared: from two folders, by two users (as root), with two
# umasks, locales, time zones and numbers of jobs, the second 400 days later by its clock (faketime). Exit 1: out/reproducible says what differs.
set -euo pipefail
cd "$(dirname "$0")/.."
top=$(mktemp -d /tmp/reproducible.XXXXXX)
chmod 755 "$top"
trap 'rm -rf "$top"' EXIT
rm -rf out/reproducible
mkdir -p out/reproducible

# A copy of the commit, with what is fetched and pinned.
place() {
  git clone -q --no-hardlinks . "$1"
  if [ -d .deps ]; then cp -r .deps "$1/"; fi
}

# Its own words come in by the environment: UMASK, JOBS, OPTIONS.
cat >"$top/build" <<'END'
set -euo pipefail
umask "$UMASK"
cd "$PLACE"
export CCACHE_DISABLE=1 HOME=$PLACE/build/home
mkdir -p "$HOME"
git config --global --add safe.directory "$PLACE"
read -r -a options <<<"$OPTIONS"
cmake --preset release -B build/package-usr -DFRAMEGEN_DEVELOPER=OFF -DFRAMEGEN_RELOCATABLE=ON -DCMAKE_INSTALL_PREFIX=/usr "${options[@]}" >build/configure.log
cmake --build build/package-usr -j "$JOBS" >build/build.log
scripts/package.sh build/package-usr >build/package.log
END

first=$top/first second=$top/the-second-folder-has-a-longer-name
place "$first"
place "$second"
jobs=${FRAMEGEN_JOBS:-$(nproc)}
echo "first: $(id -un), umask 022, today"
PLACE=$first UMASK=022 JOBS=$jobs OPTIONS=$* LC_ALL=C TZ=UTC bash "$top/build" || { tail -n 20 "$first"/build/*.log >&2; exit 1; }

other=()
if [ "$(id -u)" = 0 ]; then
  other=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
  chown -R nobody:nogroup "$second"
fi
later=()
if command -v faketime >/dev/null; then later=(faketime -f +400d); fi
echo "second: ${other[*]:-$(id -un)}, umask 077, ${later[*]:-today}"
PLACE=$second UMASK=077 JOBS=1 OPTIONS=$* LC_ALL=C.UTF-8 TZ=Pacific/Auckland "${other[@]}" "${later[@]}" bash "$top/build" || { tail -n 20 "$second"/build/*.log >&2; exit 1; }

differ=0
for file in "$first"/out/package/*; do
  name=$(basename "$file")
  if cmp -s "$file" "$second/out/package/$name"; then
    echo "same      $(sha256sum "$file" | cut -c1-16)  $name"
  else
    differ=1
    echo "DIFFERENT                   $name"
    if command -v diffoscope >/dev/null; then diffoscope --text "out/reproducible/$name.txt" "$file" "$second/out/package/$name" || true; fi
  fi
done
[ "$(ls "$first/out/package")" = "$(ls "$second/out/package")" ] || { differ=1; echo "not the same files"; }
exit $differ
