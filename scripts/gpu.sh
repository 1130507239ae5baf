#!/usr/bin/env bash
# gpu.sh: holds every GPU provider that starts here against the CPU (tests/gpu); where none does, WebGPU on SwiftShader, a Vulkan device in software that comes
# with Chromium: its arithmetic is WebGPU's, its speed says nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

# starting: the providers that pass doctor's test.
starting() {
  build/release/framegen doctor --json | python3 -c 'import json, sys
for name, seen in json.load(sys.stdin)["gpu_providers"].items():
    print(name + ": " + seen["seen"], file=sys.stderr)
    if seen["works"]: print(name)'
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mapfile -t providers < <(starting)
if [ ${#providers[@]} = 0 ]; then
  echo "No GPU computes here: on SwiftShader, in software"
  scripts/packages.sh --gpu
  export VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json XDG_RUNTIME_DIR=$work
  [ -e "$VK_ICD_FILENAMES" ] || { echo "this Chromium brings no SwiftShader ($VK_ICD_FILENAMES)" >&2; exit 1; }
  mapfile -t providers < <(starting)
  [ ${#providers[@]} != 0 ] || { echo "no provider starts on SwiftShader either" >&2; exit 1; }
fi
for provider in "${providers[@]}"; do
  echo "provider $provider"
  FRAMEGEN_GPU_PROVIDER=$provider build/release/tests/gpu/gpu_test --gtest_brief=0
done
