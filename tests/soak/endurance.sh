#!/usr/bin/env bash
# endurance.sh [SECONDS] [options of render]: the default avatar speaks for SECONDS (default 3600, at least 60) into an MP4 and a raw pipe.
# Memory stays flat within 2 % after the first tenth, every frame that the speech is worth is there, sound and picture end less than one
# frame apart, and the sound has not drifted. Then 1,000 short renders in one process must not grow.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
seconds=${1:-3600} rate=37799
options=("${@:2}")
framegen=${FRAMEGEN:-$PWD/build/release/framegen}
renders=${RENDERS:-$PWD/build/release/tests/soak/many_renders}
work=${WORK:-$(mktemp -d)}
[ -n "${WORK:-}" ] || trap 'rm -rf "$work"' EXIT
failures=0
complain() { echo "FAILED: $*" >&2; failures=$((failures + 1)); }

# The two committed voices at 24 speeds, heights and volumes, shuffled, over and over under a volume that swings with a period of its own:
# no two minutes are alike. The last second but one is silent, with a burst in it. Just long enough for 25 × SECONDS frames: a speech is
# worth a frame or two less than it lasts (its last mel window must be whole).
make_speech() {
  local i voice voices=(assets/speech/demo.flac tests/golden/audio/espeak_22050.wav)
  for i in $(seq 0 23); do
    voice=${voices[i % 2]}
    ffmpeg -v error -y -i "$voice" -af "aresample=$rate,asetrate=$rate*(0.85+0.0125*$i),aresample=$rate,atempo=1.$((i * 7 % 40 + 10)),volume=0.$((i * 11 % 60 + 35)),apad=pad_dur=0.$((i % 9 + 1))" \
      -ac 1 -c:a pcm_s16le "$work/piece-$i.wav"
  done
  for i in $(seq 0 $((seconds / 100 + 1))); do
    for ((k = 0; k < 24; ++k)); do echo "file '$work/piece-$(((k * 5 + i * 7) % 24)).wav'"; done
  done >"$work/pieces.txt"
  local samples=$(awk -v s="$seconds" -v r=$rate 'BEGIN {printf "%d", (s + 0.0376) * r + 1}')
  ffmpeg -v error -y -f concat -safe 0 -i "$work/pieces.txt" -af "volume='0.6+0.4*sin(2*PI*t/97.7)':eval=frame,atrim=end_sample=$samples,\
volume='if(gt(t,$seconds-2),0,1)':eval=frame,aeval='val(0)+0.5*sin(2*PI*880*t)*between(t,$seconds-1,$seconds-0.5)'" -c:a flac "$work/speech.flac"
}

# When the last burst begins, by the sound of file $1, s.
burst_s() { ffmpeg -hide_banner -nostats -sseof -4 -copyts -i "$1" -vn -af silencedetect=noise=-30dB:d=0.3 -f null - 2>&1 | sed -n 's/.*silence_end: \([0-9.]*\).*/\1/p' | awk -v s="$seconds" '$1 < s - 0.7' | tail -n 1; }
probe() { ffprobe -v error -select_streams "$1" "${@:3}" -of csv=p=0 "$2" | tr -d ,; }

echo "a speech of $seconds s at $rate Hz"
make_speech
"$framegen" render --audio "$work/speech.flac" "${options[@]}" --avatar assets/avatars/ava --progress none --report "$work/report.json" -o "$work/video.mp4" --raw - >/dev/null &
pid=$!
while [ -d /proc/$pid ] && ! grep -q '^State:.*Z' /proc/$pid/status 2>/dev/null; do
  awk -v t="$(date +%s)" '/^VmRSS|^RssAnon|^RssFile/ {v[$1] = $2} END {if (length(v) == 3) print t, v["VmRSS:"], v["RssAnon:"], v["RssFile:"]}' /proc/$pid/status >>"$work/memory.txt" 2>/dev/null || true
  sleep "$(awk -v s="$seconds" 'BEGIN {print s < 600 ? 1 : 5}')"
done
wait $pid || { complain "render: exit $?"; exit 1; }

frames=$(probe v "$work/video.mp4" -count_packets -show_entries stream=nb_read_packets)
[ "$frames" = $((seconds * 25)) ] || complain "$frames frames, $((seconds * 25)) are right"
awk -v limit=2 '
  {t[NR] = $1; rss[NR] = $2; anon[NR] = $3}
  END {
    first = int(NR / 10) + 1
    low = high = rss[first]; alow = ahigh = anon[first]
    for (i = first; i <= NR; ++i) {
      if (rss[i] < low) low = rss[i]; if (rss[i] > high) high = rss[i]
      if (anon[i] < alow) alow = anon[i]; if (anon[i] > ahigh) ahigh = anon[i]
    }
    printf "memory: %d samples over %d s after warming up, resident %.1f … %.1f MB (%.2f %%), of it not of files %.1f … %.1f MB\n", NR - first + 1, t[NR] - t[first], low / 1024, high / 1024, 100 * (high - low) / low, alow / 1024, ahigh / 1024
    exit (high - low) * 100 > low * limit
  }' "$work/memory.txt" || complain "memory is not flat within 2 %"
end_of() { awk -v a="$(probe "$1" "$work/video.mp4" -show_entries stream=start_time)" -v b="$(probe "$1" "$work/video.mp4" -show_entries stream=duration)" 'BEGIN {printf "%.4f", a + b}'; }
picture=$(end_of v) sound=$(end_of a)
awk -v p="$picture" -v s="$sound" 'BEGIN {d = s - p; exit !(d > -0.04 && d < 0.04)}' || complain "picture ends at $picture s, sound at $sound s"
before=$(burst_s "$work/speech.flac") after=$(burst_s "$work/video.mp4")
awk -v b="$before" -v a="$after" 'BEGIN {d = a - b; exit !(b > 0 && d > -0.005 && d < 0.005)}' || complain "the burst at the end: $before s in the speech, $after s in the video"
echo "$frames frames; picture ends at $picture s, sound at $sound s; the burst near the end: $before s in the speech, $after s in the video"
sed -n 's/.*\("frames_per_second": *[0-9.]*\).*/\1/p' "$work/report.json"

"$renders" assets/avatars/ava tests/golden/audio/short.wav 1000 || complain "short renders in one process grow"
[ $failures = 0 ] || { echo "$failures failures" >&2; exit 1; }
