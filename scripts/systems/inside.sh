#!/usr/bin/env bash
# inside.sh USER [presenter]: in a bare root: both commands as USER, the second without a network, then an avatar from a film; says the results in
# lines that begin with RESULT.
set -euo pipefail
user=$1
home=/root
[ "$user" = root ] || home=/home/$user
set -a
. /etc/framegen/environment
set +a
export npm_config_cache=/var/cache/npm CCACHE_DIR=/var/cache/ccache CCACHE_BASEDIR=$home CCACHE_NOHASHDIR=1 CCACHE_UMASK=000 CCACHE_MAXSIZE=4G
# reachable: packages can be had. Without them nothing is learnt about framegen, and exit 77 says so.
reachable() {
  apt-get update -q -o APT::Update::Error-Mode=any >/dev/null 2>&1 || { echo "RESULT not tried: apt-get update fails in the root"; return 1; }
  ! command -v npm >/dev/null || [ -e "$home/framegen/.deps/onnxruntime/source" ] || timeout 60 npm view onnxruntime-node@1.30.0 name >/dev/null 2>&1 ||
    { echo "RESULT not tried: npm's registry does not answer in the root"; return 1; }
}
# Not needed for either command, and what makes a second run take minutes.
if ! command -v ccache >/dev/null; then
  reachable || exit 77
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends ccache >/dev/null
fi

as_user=(env HOME="$home" USER="$user")
[ "$user" = root ] || as_user=(runuser -u "$user" -- "${as_user[@]}")
cd "$home/framegen"

# since BEGIN: the time from then, in words.
since() { echo "$(((SECONDS - $1) / 60)) min $(((SECONDS - $1) % 60)) s"; }

begin=$SECONDS
if ! "${as_user[@]}" ./run demo; then
  # It says itself why; only where packages are missing and cannot be had is it not framegen's doing.
  "${as_user[@]}" scripts/packages.sh >/dev/null 2>&1 || reachable || exit 77
  exit 1
fi
echo "RESULT demo: $(since "$begin")"
[ -s out/demo.mp4 ] || { echo "there is no out/demo.mp4" >&2; exit 1; }
# All is there now: what it still says on its standard error is the program's own.
"${as_user[@]}" ./run demo >/dev/null 2>out/demo.err
if grep -Ev '^framegen: |^ *[0-9]+ ?%|^ *$' out/demo.err; then echo "./run demo's standard error has lines that are not ours (above)" >&2; exit 1; fi

version() { dpkg-query -W -f '${Version}' "$1" 2>/dev/null | sed -E 's/^[0-9]+://; s/[+~-].*//'; }
echo "RESULT versions: GCC $(c++ -dumpfullversion), FFmpeg $(version ffmpeg), OpenCV $(version libopencv-core-dev), $(version libprotobuf-dev); CMake $(version cmake), Highway $(version libhwy-dev)"

# The loopback alone, which tests of the server need.
loopback='import fcntl, socket, struct
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh", b"lo", 0x41))  # SIOCSIFFLAGS: up, running'
without_network() {
  if unshare --net true 2>/dev/null; then unshare --net bash -c 'python3 -c "$0" && exec "$@"' "$loopback" "$@"
  else echo "no network namespace to be had: the tests see the network" >&2; "$@"; fi
}
begin=$SECONDS
status=0
without_network "${as_user[@]}" ./run test 2>&1 | tee out/test.log || status=$?
# A machine that is busy with others can fail a test that waits for something: what failed is tried once more, alone, and said.
if [ $status != 0 ] && grep -qE '^[0-9]+% tests passed' out/test.log; then
  again=0
  without_network "${as_user[@]}" ctest --test-dir build/release --rerun-failed --output-on-failure -j 1 2>&1 | tee out/again.log || again=$?
  [ $again != 0 ] || { status=0; second=", those passed alone"; }
fi
passed=$(sed -nE 's/^[0-9]+% tests passed, ([0-9]+) tests failed out of ([0-9]+)$/\1 of \2 failed/p' out/test.log | tail -n 1)
echo "RESULT test: $(since "$begin"), ${passed:-not run}${second:-}"
[ $status = 0 ] && [ "${2:-}" = presenter ] || exit $status

# The demo's film, thrice: nobody's picture, and long enough to be learnt from.
begin=$SECONDS
rm -rf out/anna
ffmpeg -v error -y -stream_loop 2 -i out/demo.mp4 -c copy out/film.mp4
"${as_user[@]}" ./run presenter out/film.mp4 -o out/anna --steps 3
[ -s out/anna/report.html ] || { echo "there is no out/anna/report.html" >&2; exit 1; }
"${as_user[@]}" build/release/framegen render assets/speech/demo.flac --avatar out/anna -o out/anna.mp4 -y --frames 25 --progress none
echo "RESULT presenter: $(since "$begin"), PyTorch $(version python3-torch)"
