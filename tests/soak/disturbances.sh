#!/usr/bin/env bash
# disturbances.sh [KILLS]: kill -9 at KILLS random moments (default 100), a full disk, an avatar that cannot be written to, files replaced
# while they are mapped, four processes that prepare one cache. Frames stay the same bytes, errors are one line, nothing half is left.
set -euo pipefail
source "$(dirname "$0")/common.sh"
trap 'for place in "$work/slow" "$work/disk"; do ! mountpoint -q "$place" || umount -l "$place"; done; rm -rf "$work"' EXIT
kills=${1:-100}
words=(render -y --avatar "$avatar" --audio "$speech" --frames 6 --threads 2 --preset ultrafast --progress none)

# A render's usual time decides how late a kill may come.
begin=$(date +%s%N)
"$framegen" "${words[@]}" --no-cache -o "$work/time.mp4" >/dev/null
usual_ms=$((($(date +%s%N) - begin) / 1000000))
for ((i = 0; i < kills; ++i)); do
  [ $((i % 10)) != 0 ] || rm -rf "$avatar/cache"  # some kills meet a cache being written
  "$framegen" "${words[@]}" -o "$work/killed.mp4" >/dev/null 2>&1 &
  sleep "$(awk -v r=$RANDOM -v t=$usual_ms 'BEGIN {print r / 32768 * t / 1000}')"
  kill -9 $! 2>/dev/null || true
  wait $! 2>/dev/null || true
  if [ -f "$work/killed.mp4" ]; then
    ffmpeg -v error -xerror -i "$work/killed.mp4" -f null - || complain "kill $i left a half video"
    rm "$work/killed.mp4"
  fi
  [ $((i % 10)) != 9 ] || [ "$(hash_of "$avatar" after)" = "$expected" ] || complain "after kill $i a render gives other frames"
done
echo "kill -9: $kills times within $usual_ms ms; renders afterwards gave the same frames"

rm -rf "$avatar/cache"
for i in 1 2 3 4; do hash_of "$avatar" "together$i" >"$work/together$i" & done
wait
for i in 1 2 3 4; do [ "$(cat "$work/together$i")" = "$expected" ] || complain "process $i of four on one cache gave other frames"; done
echo "one cache, four processes: same frames"

# Replaced by another file of the same name while a render has it mapped: new content under the name, the old one stays mapped.
"$framegen" "${words[@]}" -o "$work/mapped.mp4" --hash "$work/mapped.txt" >/dev/null &
for _ in 1 2 3 4 5; do
  for file in "$avatar"/cache/*; do
    [ -f "$file" ] || continue
    head -c 4096 /dev/zero >"$file.new" && mv "$file.new" "$file"
  done
  sleep 0.1
done
wait $! || complain "cache files replaced while mapped: exit $?"
[ "$(sed -n 's/^all //p' "$work/mapped.txt")" = "$expected" ] || complain "cache files replaced while mapped: other frames"
[ "$(hash_of "$avatar" broken)" = "$expected" ] || complain "a cache of zeros was believed"
echo "cache files replaced by others: ignored"

if ! { mkdir "$work/disk" && mount -t tmpfs -o size=1m tmpfs "$work/disk"; } 2>/dev/null; then
  echo "full disk, read-only avatar: not tried, no tmpfs can be mounted here (be root)"
else
  for kilobytes in 4 16 64 256 512; do
    mount -o "remount,size=${kilobytes}k" "$work/disk"
    rc=0
    "$framegen" render --avatar "$avatar" --audio "$speech" --threads 2 --crf 0 --preset ultrafast --progress none -o "$work/disk/a.mp4" -y \
      >/dev/null 2>"$work/err" || rc=$?
    [ $rc = 5 ] && [ "$(grep -c '^error: ' "$work/err")" = 1 ] || complain "a disk of $kilobytes KB: exit $rc: $(cat "$work/err")"
    [ -z "$(ls -A "$work/disk")" ] || complain "a disk of $kilobytes KB: $(ls -A "$work/disk") is left"
  done
  [ $failures != 0 ] || echo "a disk that is full after 4 … 512 KB: exit 5, nothing left"
  rm -rf "$avatar/cache"
  mount -o remount,size=200m "$work/disk"
  cp -r "$avatar" "$work/disk/avatar"
  mount -o "remount,size=$(($(du -sk "$work/disk" | cut -f1) + 512))k" "$work/disk"
  [ "$(hash_of "$work/disk/avatar" nospace)" = "$expected" ] || complain "no space for the cache: other frames"
  rm -rf "$work/disk/avatar/cache"
  mount -o remount,ro "$work/disk"
  [ "$(hash_of "$work/disk/avatar" readonly)" = "$expected" ] || complain "a read-only avatar: other frames"
  echo "an avatar without space for its cache, and one that is read-only: same frames"
fi

# Eight megabytes a second, as over a poor line: the avatar is read, its cache written and read again, through FUSE.
mkdir "$work/slow"
rm -rf "$avatar/cache"
if ! bindfs --read-rate=8M --write-rate=8M "$avatar" "$work/slow" 2>/dev/null; then
  echo "a slow file system: not tried, bindfs is missing or FUSE is not allowed here"
else
  times=()
  for name in first again; do
    begin=$(date +%s)
    [ "$(hash_of "$work/slow" "slow_$name")" = "$expected" ] || complain "an avatar on a slow file system, $name: other frames"
    times+=($(($(date +%s) - begin)))
  done
  echo "an avatar on a file system of 8 MB/s: same frames, ${times[0]} s; with its cache there ${times[1]} s"
  "$framegen" render --avatar "$work/slow" --audio "$speech" --frames 6 --progress none -o "$work/gone.mp4" -y >/dev/null 2>"$work/err" &
  sleep 1
  pkill -9 -f "bindfs.* $work/slow\$"
  rc=0
  wait $! || rc=$?
  { [ $rc = 4 ] && [ "$(grep -c '^error: ' "$work/err")" = 1 ]; } || complain "the file system died: exit $rc: $(cat "$work/err")"
  [ ! -e "$work/gone.mp4" ] || complain "the file system died: a video is there"
  echo "a file system that dies: exit $rc, $(cut -c 1-120 "$work/err")"
fi
[ $failures = 0 ] || { echo "$failures failures" >&2; exit 1; }
