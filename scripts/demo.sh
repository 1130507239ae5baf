#!/usr/bin/env bash
# demo.sh OUT.mp4: the default avatar says what it is.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-out/demo.mp4}
framegen=build/release/framegen
avatar=assets/avatars/ava
if [ ! -f "$avatar/generator.onnx" ]; then
  echo "This avatar is not trained yet: its face will be noise, from seeded weights. Everything else is real."
  rm -rf out/ava && mkdir -p out && cp -r "$avatar" out/ava
  "$framegen" synth-model --width 0.5 --seed 1 -o out/ava -y
  avatar=out/ava
fi
mkdir -p "$(dirname "$out")"
"$framegen" render --avatar "$avatar" --audio assets/speech/demo.flac -o "$out" -y
echo "The video is $out"
