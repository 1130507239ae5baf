#!/usr/bin/env bash
# faults.sh [SAMPLES]: makes the n-th allocation, write, read, rename and thread creation of a small render fail, for SAMPLES values of n
# each (default 40, spread over all there are; 0: every n); for allocations also by place: the first from each stack of callers, which is
# every allocation that the program's text holds, whatever order threads take. Always: an end within 60 s, exit 0 with the right frames
# or one error line with a contracted code, no half file. "library": each place that calls FFmpeg, libjpeg-turbo or libpng is told once that
# it failed, in renders, joins, streams, comparisons and imports of films, decoded without walls. FAULTS="write library" tries these alone.
set -euo pipefail
source "$(dirname "$0")/common.sh"
samples=${1:-40}
gcc -O1 -shared -fPIC -o "$work/fail_nth.so" tests/soak/fail_nth.c -ldl
words=(render -y --avatar "$avatar" --audio "$speech" --frames 6 --threads 2 --preset ultrafast --no-cache --progress none)

# The callers of the call that failed, innermost first.
where() { sed -n '3,12s/.*\/\([^/]*\)\[.*/\1/p' "$work/trace" 2>/dev/null | tr '\n' ' '; }

# What libraries do not survive, and nobody above them can catch: libsoxr 0.1.3 writes to what it did not get; so do FFmpeg 5.1's AAC
# encoder, resampler and avio_open2; an encoder's context asserts that its defaults can be read; and FFmpeg's look at a file's beginning
# takes a packet that found no place for the file's end.
unsurvived='soxr_(create|process|output)|avcodec_alloc_context3|avcodec_open2|avio_open2|av_write_trailer|swr_init|avpriv_packet_list_put.*avformat_find_stream_info'

# wrong TEXT: what came of the call at hand is not what should have.
wrong() {
  local stack
  stack=$(where)
  if [[ $stack =~ $unsurvived ]]; then in_libraries=1; else complain "$1: $stack"; fi
}

# one CALL N VARIABLES…: renders with that call failing, judges what comes of it.
one() {
  local call=$1 n=$2 out=$work/out rc=0 in_libraries=0
  rm -rf "$out" "$work/trace" && mkdir "$out"
  timeout -s KILL 60 env "${@:3}" FAIL_TRACE="$work/trace" LD_PRELOAD="$work/fail_nth.so" "$framegen" "${words[@]}" -o "$out/a.mp4" --hash "$out/a.txt" \
    >/dev/null 2>"$work/err" || rc=$?
  case $rc in
    0) [ "$(sed -n 's/^all //p' "$out/a.txt")" = "$expected" ] || wrong "$call $n: exit 0, other frames" ;;
    1 | 3 | 4 | 5) [ "$(grep -c '^error: ' "$work/err")" = 1 ] || wrong "$call $n: exit $rc, not one error line: $(head -c 200 "$work/err")" ;;
    *) wrong "$call $n: exit $rc: $(head -c 200 "$work/err")" ;;
  esac
  if [ $in_libraries = 0 ]; then
    [ -z "$(find "$out" -name '.*' -type f)" ] || wrong "$call $n: leftovers $(ls -A "$out")"
    [ $rc = 0 ] || [ ! -e "$out/a.mp4" ] || ffmpeg -v error -xerror -i "$out/a.mp4" -f null - || wrong "$call $n: half a video is left"
  fi
  [ $in_libraries = 0 ] || rc='in a library'
  codes[$rc]=$((${codes[$rc]:-0} + 1))
}

# step_for COUNT: the distance between those that are tried, so that they are about `samples`.
step_for() { if [ "$samples" -gt 0 ] && [ "$1" -gt "$samples" ]; then echo $(($1 / samples)); else echo 1; fi; }
summary() { echo "$1, every ${2}th made to fail; exit codes $(for rc in "${!codes[@]}"; do printf '%s: %s times  ' "$rc" "${codes[$rc]}"; done)"; }

# library NAME words…: every place of that command that calls a library, {} in the words being an empty folder for what it writes.
library() {
  local name=$1 rc at places out=$work/library right
  shift
  local -A ended=()
  run_in() { rm -rf "$out" && mkdir "$out" && timeout -s KILL 60 env "${preload[@]}" "$framegen" "${words_of[@]//'{}'/$out}" </dev/null >"$out/said" 2>"$work/err"; }
  sum_of() { (cd "$out" && find . -type f ! -name said -exec sha256sum {} + | sort -k2 | sha256sum); }
  local words_of=("$@") preload=(FAIL_CALL=library FAIL_PLACES="$work/places-$name" LD_PRELOAD="$work/fail_nth.so")
  run_in || { complain "library: $name does not run: $(cat "$work/err")"; return; }
  right=$(sum_of)
  mapfile -t places < <(cut -d' ' -f1 "$work/places-$name" | sort -u)
  for at in "${places[@]}"; do
    preload=(FAIL_CALL=library FAIL_PLACE="$at" FAIL_TRACE="$work/trace" LD_PRELOAD="$work/fail_nth.so") rc=0
    rm -f "$work/trace"
    run_in || rc=$?
    ended[$rc]=$((${ended[$rc]:-0} + 1))
    case $rc in
      # A file whose rest cannot be read is spoken as far as it can, and a warning says so.
      0) [ "$(sum_of)" = "$right" ] || grep -q '^warning: ' "$work/err" || wrong "library, $name: exit 0, other files" ;;
      1 | 2 | 3 | 4 | 5) [ "$(grep -c '^error: ' "$work/err")" = 1 ] || wrong "library, $name: exit $rc, not one error line: $(head -c 200 "$work/err")" ;;
      *) wrong "library, $name: exit $rc: $(head -c 200 "$work/err")" ;;
    esac
  done
  echo "library, $name: ${#places[@]} places, each made to fail; exit codes $(for rc in "${!ended[@]}"; do printf '%s: %s times  ' "$rc" "${ended[$rc]}"; done)"
}

libraries() {
  local half=$work/half common=(--avatar "$avatar" --threads 2 --no-sandbox --no-cache --progress none -y)
  mkdir "$half"
  ffmpeg -v error -i "$speech" -c:a aac "$half/speech.m4a"
  ffmpeg -v error -f lavfi -i testsrc=size=320x240:rate=25:duration=0.4 -c:v libx264 -pix_fmt yuv420p "$half/film.mp4"
  "$framegen" render "${common[@]}" --audio "$speech" --preset ultrafast --range 0:3 -o "$half/0.mp4" >/dev/null
  "$framegen" render "${common[@]}" --audio "$speech" --preset ultrafast --range 3: -o "$half/1.mp4" >/dev/null
  library mp4 render "${common[@]}" --audio "$speech" --frames 6 --preset ultrafast -o "{}/a.mp4"
  library mkv render "${common[@]}" --audio "$half/speech.m4a" --frames 6 --preset ultrafast -o "{}/a.mkv"
  library jpg render "${common[@]}" --audio "$speech" --frames 6 --frames-dir "{}/frames" --frame-format jpg
  library png render "${common[@]}" --audio "$speech" --frames 6 --frames-dir "{}/frames" --frame-format png
  library join join --progress none "$half/0.mp4" "$half/1.mp4" --audio "$speech" --no-sandbox -o "{}/a.mp4" -y
  library compare compare "$half/0.mp4" "$half/1.mp4"
  library film import --video "$half/film.mp4" --box 20,20,100 --frames 0:5 --no-sandbox --generator "$work/models/generator.onnx" --audio-encoder "$work/models/audio_encoder.onnx" --progress none -o "{}/avatar"
  library stream stream --avatar "$avatar" --text one --to "{}/a.nut" --threads 2
}

for call in ${FAULTS:-thread rename write read malloc place library}; do
  declare -A codes=()
  if [ "$call" = library ]; then libraries; continue; fi
  if [ "$call" = place ]; then
    FAIL_CALL=malloc FAIL_PLACES=$work/places LD_PRELOAD=$work/fail_nth.so "$framegen" "${words[@]}" -o "$work/all.mp4" >/dev/null
    mapfile -t places < <(cut -d' ' -f1 "$work/places")
    step=$(step_for ${#places[@]})
    for ((n = 0; n < ${#places[@]}; n += step)); do one malloc "at ${places[n]}" FAIL_CALL=malloc FAIL_PLACE="${places[n]}"; done
    summary "malloc: ${#places[@]} places" "$step"
    continue
  fi
  FAIL_CALL=$call FAIL_N=0 FAIL_COUNT=$work/count LD_PRELOAD=$work/fail_nth.so "$framegen" "${words[@]}" -o "$work/all.mp4" --hash "$work/all.txt" \
    >/dev/null
  count=$(cat "$work/count") step=$(step_for "$count")
  for ((n = 1; n <= count; n += step)); do one "$call" $n FAIL_CALL="$call" FAIL_N=$n; done
  summary "$call: $count calls" "$step"
done
[ $failures = 0 ] || { echo "$failures failures" >&2; exit 1; }
