# debs.sh: the Debian packages, by Debian's own tools alone (dpkg-deb, dpkg-shlibdeps); package.sh reads it and names the folders.
soversion() { basename "$(find "$libraries" -name 'libframegen.so.?.?' -o -name 'libframegen.so.?' | head -n 1)" | sed 's/libframegen.so.//'; }

# take PACKAGE PATH…: moves what is installed under these paths (below /usr) into the package.
take() {
  local package=$1 path
  shift
  for path; do
    mkdir -p "$work/deb/$package/usr/$(dirname "$path")"
    mv "$installed/$path" "$work/deb/$package/usr/$path"
  done
}

# put PACKAGE FILE PATH: a file of ours, below /usr; compressed where its name ends so.
put() {
  local to=$work/deb/$1/usr/$3
  mkdir -p "$(dirname "$to")"
  case "$3" in
    *.gz) gzip -9nc "$2" >"$to" ;;
    *) cp "$2" "$to" ;;
  esac
  chmod 644 "$to"
}

copyright_of() {  # PACKAGE
  local text=$work/deb/$1/usr/share/doc/$1/copyright
  mkdir -p "$(dirname "$text")"
  cat scripts/package/copyright >"$text"
  if [ "$1" = framegen-onnxruntime ]; then
    { sed -n '1,3p' scripts/package/copyright; printf '\nFiles: usr/lib/framegen/libonnxruntime.so.1\nCopyright: 2018-2026 Microsoft Corporation\nLicense: MIT\n'
      sed 's/^ *$/./; s/^/ /' "$work/onnxruntime/LICENSE"; } >"$text"
    put "$1" "$work/onnxruntime/ThirdPartyNotices.txt" "share/doc/$1/ThirdPartyNotices.txt.gz"
  fi
  chmod 644 "$text"
}

# depends PACKAGE FILE…: what these need, as dpkg-shlibdeps reads it from the system that they were built on.
depends() {
  local package=$1
  shift
  mkdir -p "$work/shlibs/debian"
  printf 'Source: framegen\n\nPackage: %s\nArchitecture: any\n' "$package" >"$work/shlibs/debian/control"
  (cd "$work/shlibs" && dpkg-shlibdeps -O "${@/#/-e}" 2>"$work/shlibs.log") | sed -n 's/^shlibs:Depends=//p'
}

# build PACKAGE ARCHITECTURE SECTION FIELDS, with the long description on standard input: its first line is the short one.
build_deb() {
  local package=$1 architecture=$2 section=$3 fields=$4 tree=$work/deb/$1 size short
  copyright_of "$package"
  printf 'framegen (%s) unstable; urgency=medium\n\n  * See CHANGELOG.md of the sources.\n\n -- %s  %s\n' \
    "$version" "$maintainer" "$(date -R -u -d "@$SOURCE_DATE_EPOCH")" >"$work/changelog"
  put "$package" "$work/changelog" "share/doc/$package/changelog.gz"
  if [ -f "scripts/package/$package.lintian-overrides" ]; then
    put "$package" "scripts/package/$package.lintian-overrides" "share/lintian/overrides/$package"
  fi
  size=$(du -k -s --apparent-size "$tree" | cut -f1)
  mkdir -p "$tree/DEBIAN"
  {
    printf 'Package: %s\nSource: framegen\nVersion: %s\nArchitecture: %s\nMaintainer: %s\nInstalled-Size: %s\n' "$package" "$version" "$architecture" "$maintainer" "$size"
    [ -z "$fields" ] || printf '%b\n' "$fields"
    printf 'Section: %s\nPriority: optional\n' "$section"
    read -r short && echo "Description: $short"
    fmt -w 75 | sed 's/^$/./; s/^/ /'  # lintian: 80 columns
  } >"$tree/DEBIAN/control"
  find "$tree" -path "$tree/DEBIAN" -prune -o -type f -printf '%P\0' | sort -z | (cd "$tree" && xargs -0 md5sum) >"$tree/DEBIAN/md5sums"
  find "$tree" -type d -exec chmod 755 {} +
  find "$tree" -newermt "@$SOURCE_DATE_EPOCH" -print0 | xargs -0r touch -h -d "@$SOURCE_DATE_EPOCH"
  dpkg-deb --root-owner-group -Zxz --build "$tree" "$out/${package}_${version}_$architecture.deb" >/dev/null
}

make_debs() {
  cp -a "$work/all/usr" "$work/tar/usr"  # the archive has all of it in one folder
  local soname library page
  soname=$(soversion)
  library=libframegen$soname

  take "$library" "$triplet/libframegen.so.$soname" "$triplet/libframegen.so.$version"
  mkdir -p "$work/deb/$library/DEBIAN"
  echo "libframegen $soname $library (>= $version)" >"$work/deb/$library/DEBIAN/shlibs"
  echo "activate-noawait ldconfig" >"$work/deb/$library/DEBIAN/triggers"
  chmod 644 "$work/deb/$library"/usr/lib/*/*.so.*
  build_deb "$library" "$machine" libs "Multi-Arch: same\nDepends: $(depends "$library" "$work/deb/$library/usr/$triplet/libframegen.so.$version")\nRecommends: framegen-avatar-ava" <<END
speech to lip-synced video of a presenter, shared library
The library behind framegen: pushes speech in, pulls pictures out, on an ordinary
CPU. C++ and C; live sessions, renders into files, import of avatars.

This Debian's FFmpeg is built with GPL parts (x264 and others): a program that
loads this library is, with them, under the GPL, version 3 or later.
END

  take libframegen-dev include "$triplet/libframegen.so" "$triplet/libframegen.a" "$triplet/cmake" "$triplet/pkgconfig"
  build_deb libframegen-dev "$machine" libdevel "Multi-Arch: same\nDepends: $library (= $version)" <<END
speech to lip-synced video of a presenter, development files
Headers, CMake package and pkg-config file of libframegen, and its static library.
END

  take framegen-avatar-ava share/framegen/avatars
  mkdir -p "$work/deb/framegen-avatar-ava/DEBIAN"
  # What renders by root have computed and kept.
  printf '#!/bin/sh\nset -e\nif [ "$1" = remove ]; then rm -rf /usr/share/framegen/avatars/ava/cache; fi\n' >"$work/deb/framegen-avatar-ava/DEBIAN/prerm"
  chmod 755 "$work/deb/framegen-avatar-ava/DEBIAN/prerm"
  build_deb framegen-avatar-ava all graphics "Enhances: framegen" <<END
speech to lip-synced video of a presenter, the presenter ava
A rendered person who speaks what framegen is given: template frames, face boxes
and the two networks that move her lips.
END

  mkdir -p "$work/deb/framegen-onnxruntime/usr/lib/framegen"
  if [ -f "$runtime" ]; then
    cp "$runtime" "$work/deb/framegen-onnxruntime/usr/lib/framegen/"
    strip --strip-unneeded "$work/deb/framegen-onnxruntime/usr/lib/framegen/libonnxruntime.so.1"
    chmod 644 "$work/deb/framegen-onnxruntime/usr/lib/framegen/libonnxruntime.so.1"
    build_deb framegen-onnxruntime "$machine" libs "Depends: $(depends framegen-onnxruntime "$work/deb/framegen-onnxruntime/usr/lib/framegen/libonnxruntime.so.1")\nEnhances: framegen" <<END
speech to lip-synced video of a presenter, ONNX Runtime for it
Microsoft's ONNX Runtime, the version that framegen is tried with, in a folder that
framegen alone looks into: for --backend onnxruntime. Its reports to its makers are
turned off by framegen.
END
  fi

  take framegen bin share/framegen/face
  for page in "$work"/pages/man1/*.1; do put framegen "$page" "share/man/man1/$(basename "$page").gz"; done
  put framegen "$work/pages/framegen.bash" share/bash-completion/completions/framegen
  put framegen "$work/pages/_framegen" share/zsh/vendor-completions/_framegen
  put framegen "$work/pages/framegen.fish" share/fish/vendor_completions.d/framegen.fish
  put framegen "$work/framegen.spdx" share/doc/framegen/framegen.spdx.gz
  build_deb framegen "$machine" graphics "Depends: $(depends framegen "$work/deb/framegen/usr/bin/framegen")\nRecommends: framegen-avatar-ava (= $version), espeak-ng\nSuggests: framegen-onnxruntime" <<END
speech to lip-synced video of a presenter
Turns a sound file, a text or live speech into video of a presenter who says it,
frame by frame, on an ordinary CPU: files, a live stream to any address, a server
with a page, batches.

This Debian's FFmpeg is built with GPL parts (x264 and others): with them the
program is under the GPL, version 3 or later.
END
  find "$work/all/usr" -type f -o -type l >"$work/left"
  [ ! -s "$work/left" ] || { echo "package: in no package: $(head -n 5 "$work/left")" >&2; exit 1; }
}
