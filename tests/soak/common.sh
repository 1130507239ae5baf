# common.sh: a small avatar and what its render must give. Sourced by the scripts beside it; sets framegen, work, avatar, speech, expected.
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
framegen=${FRAMEGEN:-$PWD/build/release/framegen}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
speech=$PWD/tests/golden/pipeline/speech.wav
avatar=$work/mini
"$framegen" synth-model --width 0.5 --seed 1 -o "$work/models" >/dev/null
"$framegen" import --dataset tests/golden/pipeline/dataset --generator "$work/models/generator.onnx" --audio-encoder "$work/models/audio_encoder.onnx" \
  --name mini -o "$avatar" >/dev/null
failures=0
complain() { echo "FAILED: $*" >&2; failures=$((failures + 1)); }
# hash_of AVATAR NAME [words…]: renders and prints SHA-256 over all frames.
hash_of() { "$framegen" render --avatar "$1" --audio "$speech" --frames 6 --threads 2 --hash "$work/$2.txt" --progress none -y "${@:3}" >/dev/null && sed -n 's/^all //p' "$work/$2.txt"; }
expected=$(hash_of "$avatar" expected --no-cache)
