#!/usr/bin/env bash
# try.sh: are out/package/*.deb clean, and do they and the archive work for somebody who has nothing else? lintian; a bare Debian (debootstrap) in
# which they are installed, speak without a network, and are removed without a trace. Exit 77 where no such root can be made.
set -euo pipefail
cd "$(dirname "$0")/../.."
project=$PWD
keep=0
. scripts/systems/root.sh

packages=(out/package/*.deb)
echo "lintian:"
lintian --fail-on error,warning --tag-display-limit 0 "${packages[@]}"

system=$(. /etc/os-release && echo "$ID$VERSION_ID")
[[ "$system" =~ ^(debian12|debian13|ubuntu24) ]] || { echo "SKIP: packages of $system are not tried" >&2; exit 77; }
system=${system%%.*}
make_possible "$system" || exit 77
root=$(fresh_root package "$(suite "$system")"; echo "$systems/package")
mkdir -p "$root/given"
cp out/package/* assets/speech/demo.flac "$root/given/"
cp scripts/package/try_inside.sh "$root/given/"

in_root "$root" bash /given/try_inside.sh install
# A network of its own, which has none: not even this machine answers.
in_root "$root" unshare --net bash /given/try_inside.sh speak
in_root "$root" bash /given/try_inside.sh remove

# The archive, in a root that has nothing of it.
root=$(fresh_root package "$(suite "$system")"; echo "$systems/package")
mkdir -p "$root/given"
cp out/package/*.tar.gz assets/speech/demo.flac scripts/package/try_inside.sh "$root/given/"
in_root "$root" unshare --net bash /given/try_inside.sh archive
rm -rf --one-file-system "$systems/package"
