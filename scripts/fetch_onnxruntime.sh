#!/usr/bin/env bash
# fetch_onnxruntime.sh [SYSTEM [FOLDER]]: puts the one ONNX Runtime that framegen is tried with, library and headers, into FOLDER
# (.deps/onnxruntime). SYSTEM, where it is not this machine's: Linux-x86_64, Linux-aarch64, Darwin-arm64, Windows-x86_64, Windows-arm64.
# Source: npm packages that carry Microsoft's builds; pinned, checksums verified.
set -euo pipefail
cd "$(dirname "$0")/.."

package=onnxruntime-node@1.30.0   # the libraries, of every system
sha512=twhs1C2C/BFkz1yc5OY0KIU2GUq6DURO7hD4bx5Q2Qy3nAMJwRXW8xU3NVczE29VA9lolLOYepoD8fjTGOfIqw==
headers_package=com.github.asus4.onnxruntime@0.4.9   # the headers, which the other lacks: those of 1.29, whose functions 1.30 has
headers_sha512=BkzxduSZ9IkeDP6Q8lz2TFU2ie7hSSvS7ZIfzMooExoq0CNzJnuuGaUJ7IsojBgqO4ouD1jXah8OYyJbCN29Fg==

system=${1:-$(uname -s)-$(uname -m)}
target=${2:-.deps/onnxruntime}
case "$system" in
  Linux-x86_64) library=linux/x64/libonnxruntime.so.1 ;;
  Linux-aarch64) library=linux/arm64/libonnxruntime.so.1 ;;
  Darwin-arm64) library=darwin/arm64/libonnxruntime.1.dylib ;;
  Windows-x86_64 | MINGW*-x86_64 | MSYS*-x86_64) library=win32/x64/onnxruntime.dll ;;
  Windows-arm64) library=win32/arm64/onnxruntime.dll ;;
  *) echo "No ONNX Runtime is packaged for $system; configure with -DFRAMEGEN_ONNXRUNTIME=OFF" >&2; exit 1 ;;
esac
name=$(basename "$library")
[ "$name" != libonnxruntime.1.dylib ] || name=libonnxruntime.dylib

# What lies there says what it is; "own" is somebody's own copy, which is left alone.
source="$package $system"
if [ -e "$target/lib/$name" ]; then
  case "$(cat "$target/source" 2>/dev/null)" in "$source" | own) exit 0 ;; esac
fi
command -v npm >/dev/null || { echo "npm is missing: it fetches ONNX Runtime; run scripts/packages.sh" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# fetch PACKAGE SHA512 PATH: downloads without running the package's scripts, checks, unpacks PATH to $work/package.
fetch() {
  echo "Fetching $1 from the npm registry"
  (cd "$work" && npm pack --loglevel=error --ignore-scripts "$1" >name) || {
    echo "$1 could not be fetched: npm says why above. Behind a proxy with its own certificates set NODE_EXTRA_CA_CERTS; or put lib/$name and include/ into $target yourself, and the word own into $target/source." >&2
    exit 1
  }
  local archive actual
  archive="$work/$(tail -n 1 "$work/name")"
  actual=$(openssl dgst -sha512 -binary "$archive" | openssl base64 -A)
  [ "$actual" = "$2" ] || { echo "$1: checksum is $actual, expected $2; not used" >&2; exit 1; }
  tar -xzf "$archive" -C "$work" "$3"
  rm -f "$archive"
}

headers=package/Plugins/iOS~/onnxruntime.xcframework/ios-arm64/onnxruntime.framework/Headers
fetch "$headers_package" "$headers_sha512" "$headers"
fetch "$package" "$sha512" "package/bin/napi-v6/$library"
mkdir -p "$work/ready/include" "$work/ready/lib"
cp "$work/$headers"/*.h "$work/ready/include/"
cp "$work/package/bin/napi-v6/$library" "$work/ready/lib/$name"
echo "$source" >"$work/ready/source"
mkdir -p "$(dirname "$target")"
rm -rf "$target"
mv "$work/ready" "$target"
echo "ONNX Runtime is in $target"
