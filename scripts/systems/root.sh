# root.sh: bare Debian systems in a folder, for scripts/systems.sh and scripts/systems/arm64.sh, which read it.
systems=$project/build/systems
mkdir -p "$systems/ccache" "$systems/archives" "$systems/npm"

# result LOG KEY: what a run said about itself.
result() { sed -n "s/^RESULT $2: //p" "$1" | tail -n 1; }

# suite SYSTEM: the release's name at its mirror.
suite() {
  case "$1" in debian13) echo trixie ;; ubuntu24) echo noble ;; *) echo bookworm ;; esac
}

# mirror SUITE: Debian's is this machine's own, so that whatever reaches packages here reaches them there.
mirror() {
  [ "$1" != noble ] || { echo "${FRAMEGEN_UBUNTU_MIRROR:-http://archive.ubuntu.com/ubuntu}"; return; }
  [ -z "${FRAMEGEN_MIRROR:-}" ] || { echo "$FRAMEGEN_MIRROR"; return; }
  apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -E '/debian/?$' | head -n 1
}

# make_possible SYSTEM: installs debootstrap, makes the bare root; false, with a reason, where that cannot be.
make_possible() {
  [ "$keep" = 0 ] || [ ! -d "$systems/$1" ] || return 0
  command -v debootstrap >/dev/null || {
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends debootstrap; } >"$systems/debootstrap-install.log" 2>&1 || true
  }
  reason=
  if ! command -v debootstrap >/dev/null; then reason="debootstrap is not to be had ($systems/debootstrap-install.log)"
  elif [ -z "$(mirror "$(suite "$1")")" ]; then reason="no Debian mirror among this machine's package sources: set FRAMEGEN_MIRROR"
  elif ! unshare --mount --pid --fork true 2>/dev/null; then reason="this environment permits no mount namespace"
  elif ! bare_root "$(suite "$1")" >/dev/null; then reason="debootstrap failed: $systems/debootstrap-*.log"
  fi
  [ -z "$reason" ] && return
  echo "$1: $reason" >&2
  return 1
}

# ubuntu_keyring: prints the file of the keys that Ubuntu signs with: the system's, or that of Ubuntu's own package, pinned.
ubuntu_keyring() {
  local keys=/usr/share/keyrings/ubuntu-archive-keyring.gpg package=ubuntu-keyring_2023.11.28.1_all.deb
  local sum=36de43b15853ccae0028e9a767613770c704833f82586f28eb262f0311adb8a8
  if [ ! -e $keys ]; then
    keys=$systems/ubuntu-archive-keyring.gpg
    [ -s "$keys" ] || { (cd "$systems" && /usr/lib/apt/apt-helper download-file "$(mirror noble)/pool/main/u/ubuntu-keyring/$package" $package SHA256:$sum >&2) &&
      dpkg-deb --fsys-tarfile "$systems/$package" | tar -xO ./usr/share/keyrings/ubuntu-archive-keyring.gpg >"$keys"; } || return 1
  fi
  echo "$keys"
}

# bare_root SUITE: prints the folder of a root as debootstrap leaves it, made once.
bare_root() {
  local bare=$systems/bare-$1
  if [ ! -e "$bare/.whole" ]; then
    rm -rf --one-file-system "$bare"
    local options=(--variant=minbase --include=ca-certificates,sudo)
    local script=()
    if [ "$1" = noble ]; then
      options+=(--components=main,universe --keyring="$(ubuntu_keyring)")
      # A debootstrap that is older than the release has no script of its name; all of Ubuntu's are this one.
      [ -e /usr/share/debootstrap/scripts/noble ] || script=(/usr/share/debootstrap/scripts/gutsy)
    fi
    # In a mount namespace of its own: what debootstrap mounts ends with it, however it ends.
    unshare --mount debootstrap "${options[@]}" "$1" "$bare" "$(mirror "$1")" "${script[@]}" >"$systems/debootstrap-$1.log" 2>&1 ||
      { tail -n 5 "$systems/debootstrap-$1.log" >&2; echo "debootstrap $1 failed: $systems/debootstrap-$1.log" >&2; return 1; }
    touch "$bare/.whole"
  fi
  echo "$bare"
}

# fresh_root NAME SUITE: build/systems/NAME as a bare system with this machine's way to the network, and a user with sudo.
fresh_root() {
  local root=$systems/$1 bare
  bare=$(bare_root "$2") || return 1
  rm -rf --one-file-system "$root"
  cp -a --one-file-system "$bare" "$root"
  cp -L /etc/resolv.conf "$root/etc/resolv.conf"
  cp -L /etc/hosts "$root/etc/hosts"
  echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/unsafe-io"  # a root for one day need not survive a power cut
  echo 'APT::Keep-Downloaded-Packages "true";' >"$root/etc/apt/apt.conf.d/90keep"
  rm -f "$root/etc/apt/apt.conf.d/docker-clean"
  apt-config dump 2>/dev/null | grep -E '^Acquire::(http|https)::Proxy ' >"$root/etc/apt/apt.conf.d/91proxy" || true
  chroot "$root" useradd -m -s /bin/bash builder
  echo 'builder ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/builder"
  pass_npm_settings "$root"
}

# pass_npm_settings ROOT: this machine's npm registry, proxies and certificates; no names and passwords.
pass_npm_settings() {
  mkdir -p "$1/etc/framegen"
  : >"$1/etc/framegen/environment"
  local certificates=${NODE_EXTRA_CA_CERTS:-} key value
  if command -v npm >/dev/null; then
    for key in registry proxy https-proxy noproxy; do
      value=$(npm config get "$key" 2>/dev/null || true)
      case "$value" in null | undefined | '' | *@*) ;; *) echo "npm_config_${key//-/_}=$value" >>"$1/etc/framegen/environment" ;; esac
    done
    value=$(npm config get cafile 2>/dev/null || true)
    if [ -z "$certificates" ] && [ -f "$value" ]; then certificates=$value; fi
  fi
  if [ -n "$certificates" ] && [ -f "$certificates" ]; then
    cp -L "$certificates" "$1/etc/framegen/certificates.pem"
    echo NODE_EXTRA_CA_CERTS=/etc/framegen/certificates.pem >>"$1/etc/framegen/environment"
  fi
}

# clone_into ROOT USER: a clean clone of this project's last commit in the user's home, and the script that runs there.
clone_into() {
  local home=/root
  [ "$2" = root ] || home=/home/$2
  if [ -n "$(git -c safe.directory='*' status --porcelain --untracked-files=no)" ]; then echo "Uncommitted changes are not part of the clone." >&2; fi
  # A kept root keeps its build folder: the sources that did not change keep their times. A clone that was cut short is made anew.
  local clone=$1$home/framegen
  if ! { git -c safe.directory='*' -C "$clone" fetch -q "file://$project" HEAD && git -c safe.directory='*' -C "$clone" reset -q --hard FETCH_HEAD; } 2>/dev/null; then
    rm -rf "$clone"
    git -c safe.directory='*' clone -q "file://$project" "$clone"
  fi
  [ "$2" = root ] || chroot "$1" chown -R "$2:$2" "$home/framegen"
  install -m 755 "$project/scripts/systems/inside.sh" "$1/usr/local/bin/inside.sh"
}

# in_root ROOT COMMAND…: as root in ROOT, whose mounts and processes end with the command. Compiler cache, packages and npm's cache are shared.
# Without /sys where $without_sys is set: ONNX Runtime for Arm, emulated, crashes where it finds a PC's processor there.
in_root() {
  local root=$1
  shift
  mkdir -p "$root/var/cache/ccache" "$root/var/cache/npm"
  chmod 777 "$systems/ccache" "$systems/npm"
  env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 CI="${CI:-}" TERM=dumb \
    ROOT="$root" SYSTEMS="$systems" WITHOUT_SYS="${without_sys:-}" unshare --mount --pid --fork --kill-child bash -c '
      set -e
      mount --make-rprivate /
      mount -t proc proc "$ROOT/proc"
      [ -n "$WITHOUT_SYS" ] || mount --rbind /sys "$ROOT/sys"
      mount --rbind /dev "$ROOT/dev"
      mount --bind "$SYSTEMS/ccache" "$ROOT/var/cache/ccache"
      mount --bind "$SYSTEMS/npm" "$ROOT/var/cache/npm"
      mkdir -p "$SYSTEMS/archives/$(basename "$ROOT")/partial"
      mount --bind "$SYSTEMS/archives/$(basename "$ROOT")" "$ROOT/var/cache/apt/archives"
      exec chroot "$ROOT" "$@"' in_root "$@"
}
