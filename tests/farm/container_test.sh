#!/usr/bin/env bash
# container_test.sh ROOT: the Containerfile's steps, without an engine for containers: a bare Debian 12 in ROOT builds, another takes
# the result and speaks, as user 1000, without a network, on a file system that cannot be written to but for /out. Needs root and
# debootstrap; takes a quarter of an hour and 5 GB. What is run is read from deploy/kubernetes/Containerfile.
set -euo pipefail
cd "$(dirname "$0")/../.."
repository=$PWD root=${1:?a folder with 5 GB of space}
command -v debootstrap >/dev/null || { echo "debootstrap is missing: apt-get install debootstrap" >&2; exit 77; }
mkdir -p "$root"
root=$(cd "$root" && pwd)
mirror=$(sed -n 's/^deb  *\(\[[^]]*\] *\)\?\(http[^ ]*\).*/\2/p; s/^URIs: *\([^ ]*\).*/\1/p' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -n 1 || true)
mounted=()
trap 'for place in "${mounted[@]}"; do umount -R "$place"; done' EXIT

# bare NAME: Debian 12 with nothing in it, as debian:12-slim is.
bare() {
  [ -e "$root/$1/etc/debian_version" ] || debootstrap --variant=minbase bookworm "$root/$1" "${mirror:-http://deb.debian.org/debian}" >"$root/$1.log"
  cp /etc/resolv.conf "$root/$1/etc/resolv.conf"
  [ -z "${NODE_EXTRA_CA_CERTS:-}" ] || cp "$NODE_EXTRA_CA_CERTS" "$root/$1/ca.crt"  # where a proxy stands before the npm registry
  for place in proc dev; do
    mount --rbind --make-rslave "/$place" "$root/$1/$place"
    mounted=("$root/$1/$place" "${mounted[@]}")
  done
}
# The commands of a stage's RUN lines, joined where they are continued.
steps() { awk -v stage="$1" '/^FROM/ {n++} {line = line $0} /\\$/ {sub(/\\$/, "", line); next} {if (n == stage && sub(/^RUN /, "", line)) print line; line = ""}' deploy/kubernetes/Containerfile; }

bare build
mkdir -p "$root/build/src"
git archive HEAD | tar -x -C "$root/build/src"
steps 1 | while read -r step; do chroot "$root/build" env ${NODE_EXTRA_CA_CERTS:+NODE_EXTRA_CA_CERTS=/ca.crt} sh -c "cd /src && $step" </dev/null; done
bare image
steps 2 | while read -r step; do chroot "$root/image" sh -c "$step" </dev/null; done
rm -rf "$root/image/opt/framegen" && cp -a "$root/build/opt/framegen" "$root/image/opt/framegen"
mkdir -p "$root/image/out" && chown 1000:1000 "$root/image/out"

# The pod: no network, no rights, nothing to write to but its volume.
environment=$(sed -n 's/^ENV //p' deploy/kubernetes/Containerfile)
cp assets/speech/demo.flac "$root/image/speech.flac"
unshare --net --mount sh -c "mount --rbind '$root/image' '$root/image' && mount -o remount,ro,bind '$root/image' && mount --bind '$root/image/out' '$root/image/out' &&
  mount -o remount,rw,bind '$root/image/out' && chroot --userspec=1000:1000 '$root/image' sh -c 'export $environment; TMPDIR=/out framegen doctor && framegen render --audio /speech.flac --frames 50 --progress none -o /out/a.mp4'"
[ -s "$root/image/out/a.mp4" ] || { echo "FAILED: no video" >&2; exit 1; }
du -sm --one-file-system "$root/image" | awk '{print "the image: " $1 " MB"}'
