#!/usr/bin/env bash
# try_inside.sh install|speak|remove|archive: what scripts/package/try.sh does within the bare root; /given holds what it was given.
set -euo pipefail
cd /given
export DEBIAN_FRONTEND=noninteractive

# Every file but what no package is to blame for.
files() { find / -xdev -not -path '/given*' -not -path '/proc*' -not -path '/sys*' -not -path '/dev*' -not -path '/tmp*' -not -path '/var/cache*' -not -path '/var/lib/apt/*' \
  -not -path '/var/log*' -not -path '/var/lib/dpkg/*' | sort; }

speaks() {  # PROGRAM
  "$1" render /given/demo.flac -t 2 -o /given/out.mp4 -y --progress none
  "$1" render /given/demo.flac -t 2 --hash /given/hashes.txt -y --backend onnxruntime --progress none
  [ "$(wc -c </given/out.mp4)" -gt 100000 ] || { echo "FAILED: out.mp4 is too small" >&2; exit 1; }
  [ "$(grep -c . /given/hashes.txt)" -ge 50 ] || { echo "FAILED: $(wc -l </given/hashes.txt) hashes" >&2; exit 1; }
  echo "speaks: $(wc -c </given/out.mp4) bytes of video"
}

case "$1" in
  install)
    apt-get update -q >/dev/null
    files >/given/before
    apt-get install -y -q --no-install-recommends ./framegen_*.deb ./libframegen*.deb ./framegen-*.deb espeak-ng >/given/install.log 2>&1 || { tail -n 20 /given/install.log; exit 1; }
    ;;
  speak)
    speaks framegen
    framegen render --text "Nothing else is needed." --hash /given/text.txt -y --progress none
    framegen doctor
    [ -e /usr/share/man/man1/framegen-render.1.gz ] && [ -e /usr/share/doc/framegen/framegen.spdx.gz ]
    bash -c '. /usr/share/bash-completion/completions/framegen; COMP_WORDS=(framegen ren); COMP_CWORD=1; _framegen; [ "${COMPREPLY[*]}" = render ]'
    ! ldd /usr/bin/framegen | grep 'not found'
    ;;
  remove)
    apt-get purge -y -q framegen framegen-avatar-ava framegen-onnxruntime 'libframegen*' espeak-ng >/given/remove.log 2>&1 || { tail -n 20 /given/remove.log; exit 1; }
    apt-get autoremove -y -q --purge >>/given/remove.log 2>&1
    files >/given/after
    # What other packages leave behind is not ours; of framegen nothing may be left, in names or in folders.
    if find / -xdev -not -path '/given*' -not -path '/proc*' -not -path '/var/cache*' -not -path '/var/log*' -iname '*framegen*' | grep -vxFf /given/before; then
      echo "FAILED: this is left of framegen" >&2
      exit 1
    fi
    left=$(comm -13 /given/before /given/after | grep -vE '^/(etc/ld.so.cache|var/lib/(systemd|dbus|alsa|pulse)|etc/|usr/lib/systemd|run)' || true)
    [ -z "$left" ] || { echo "left behind:"; head -n 20 <<<"$left"; }
    echo "removed without a trace"
    ;;
  archive)
    tar -xzf /given/framegen-*.tar.gz -C /opt
    mv /opt/framegen-* "/opt/a folder"
    speaks "/opt/a folder/bin/framegen"
    [ -z "$(ldd '/opt/a folder/bin/framegen' | grep 'not found')" ]
    ldd "/opt/a folder/bin/framegen" | sed -n 's/.* => \(\/.*\) (0x[0-9a-f]*)$/\1/p' | grep -v '^/opt/a folder/' | grep -vE '/(libc|libm|libdl|librt|libpthread|libresolv|libmvec)\.so' &&
      { echo "FAILED: loaded from the system" >&2; exit 1; }
    echo "the archive runs from any folder"
    ;;
esac
