#!/bin/bash
# Step 1: collect the MakeHuman data files (data only, no code).   01_assets.sh MAKEHUMAN ASSETS MIRROR OUT
#   MAKEHUMAN  git directory of github.com/makehumancommunity/makehuman         (mesh, rig, pose units, targets; CC0)
#   ASSETS     git directory of github.com/makehumancommunity/makehuman-assets  (hair, clothes, eyes, skins; CC0; textures are LFS pointers)
#   MIRROR     git directory of github.com/brighter-ai/makehuman                (an older copy with the textures in it)
# A texture taken from MIRROR is checked against the sha256 that the official LFS pointer states; OUT/textures.txt lists the result.
# Skins differ there (the official ones were saved anew): they are kept and marked DIFF. See assets/avatars/ava/ORIGIN.md.
set -euo pipefail
MH=$1 AS=$2 BA=$3 A=$4; mkdir -p "$A"
show(){ mkdir -p "$A/$(dirname "$3")"; git --git-dir="$1" show "HEAD:$2" > "$A/$3"; }
show "$MH" LICENSE.ASSETS.md LICENSE.ASSETS.md; show "$AS" README.md ASSETS_README.md
for f in 3dobjs/base.obj poseunits/face-poseunits.bvh poseunits/face-poseunits.json rigs/default_weights.mhw rigs/default.mhskel \
  eyes/high-poly/high-poly.mhclo eyes/high-poly/high-poly.obj; do show "$MH" "makehuman/data/$f" "$f"; done
git --git-dir="$MH" archive HEAD makehuman/data/targets | tar -x -C "$A" --strip-components=2
for d in eyebrows eyelashes teeth tongue hair clothes eyes skins; do
  git --git-dir="$AS" archive HEAD "base/$d" | tar -x -C "$A" --strip-components=1
done
find "$A" -name '*.png' -size -2k | sort | while read -r p; do                 # LFS pointers
  rel=${p#"$A"/}; oid=$(grep -a -o 'sha256:[0-9a-f]*' "$p" | cut -d: -f2) || continue
  if ! git --git-dir="$BA" cat-file blob "HEAD:makehuman/data/$rel" > "$p.new" 2>/dev/null; then rm -f "$p" "$p.new"; echo "NONE $rel"; continue; fi
  [ "$(sha256sum "$p.new" | cut -d' ' -f1)" = "$oid" ] && echo "OK $rel" || echo "DIFF $rel"
  mv "$p.new" "$p"
done > "$A/textures.txt"
echo "$(grep -c ^OK "$A/textures.txt") textures verified, $(grep -c ^DIFF "$A/textures.txt") differ"
