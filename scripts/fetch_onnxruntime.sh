#!/usr/bin/env bash
# fetch_onnxruntime.sh: puts ONNX Runtime's library and headers into .deps/onnxruntime where the distribution has none.
# Source: an npm package that carries Microsoft's builds (Linux x64, macOS arm64) and the headers; pinned, checksum verified.
set -euo pipefail
cd "$(dirname "$0")/.."

package=com.github.asus4.onnxruntime@0.4.9   # ONNX Runtime 1.29
sha512=BkzxduSZ9IkeDP6Q8lz2TFU2ie7hSSvS7ZIfzMooExoq0CNzJnuuGaUJ7IsojBgqO4ouD1jXah8OYyJbCN29Fg==
arm64_package=onnxruntime-node@1.30.0        # the Linux arm64 library (no headers)

target=.deps/onnxruntime
[ -e "$target/lib/libonnxruntime.so.1" ] || [ -e "$target/lib/libonnxruntime.dylib" ] && exit 0
command -v npm >/dev/null || { echo "npm is missing: it fetches ONNX Runtime; run scripts/packages.sh" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# fetch PACKAGE [SHA512]: downloads without running the package's scripts, checks, unpacks to $work/package.
fetch() {
  echo "Fetching $1 from the npm registry"
  local expected=${2:-}
  [ -n "$expected" ] || expected=$(npm view "$1" dist.integrity | sed 's/^sha512-//')
  (cd "$work" && npm pack --loglevel=error --ignore-scripts "$1" >name) || {
    echo "$1 could not be fetched: npm says why above. Behind a proxy with its own certificates set NODE_EXTRA_CA_CERTS; or put libonnxruntime.so.1 and the headers into $target yourself." >&2
    exit 1
  }
  local archive actual
  archive="$work/$(tail -n 1 "$work/name")"
  actual=$(openssl dgst -sha512 -binary "$archive" | base64 -w 0)
  [ "$actual" = "$expected" ] || { echo "$1: checksum is $actual, expected $expected; not used" >&2; exit 1; }
  rm -rf "$work/package"
  tar -xzf "$archive" -C "$work"
}

fetch "$package" "$sha512"
mkdir -p "$work/ready/include" "$work/ready/lib"
cp "$work"/package/Plugins/iOS~/onnxruntime.xcframework/ios-arm64/onnxruntime.framework/Headers/*.h "$work/ready/include/"
case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) cp "$work/package/Plugins/Linux/x64/libonnxruntime.so" "$work/ready/lib/libonnxruntime.so.1" ;;
  Darwin-arm64) find "$work/package/Plugins/macOS" -name 'libonnxruntime*.dylib' -exec cp {} "$work/ready/lib/libonnxruntime.dylib" \; ;;
  Linux-aarch64)
    fetch "$arm64_package"
    find "$work/package/bin" -path '*linux/arm64*' -name 'libonnxruntime.so*' -exec cp {} "$work/ready/lib/libonnxruntime.so.1" \; ;;
  *) echo "No ONNX Runtime is packaged for $(uname -s) on $(uname -m); configure with -DFRAMEGEN_ONNXRUNTIME=OFF" >&2; exit 1 ;;
esac
mkdir -p .deps
rm -rf "$target"
mv "$work/ready" "$target"
echo "ONNX Runtime is in $target"
