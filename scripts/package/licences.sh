# licences.sh: which library comes from which package of this system, under what licence; for wheel.sh and package.sh, which read it.

named() { basename "$1" | sed -E 's/-[0-9a-f]{8}\././'; }  # auditwheel adds a hash

# list_licences OUT LIBRARY…: OUT/LIBRARIES, a line a library, and OUT/PACKAGE.copyright for each package. Fails where nobody knows a library.
list_licences() {
  local out=$1 library name package copyright found patterns=()
  shift
  mkdir -p "$out"
  for library in "$@"; do patterns+=("*/$(named "$library")*"); done
  found=$(dpkg -S "${patterns[@]}" 2>/dev/null || true)  # once: each call reads all that dpkg knows
  {
    echo "# Libraries in this package, the Debian package each comes from, and the licences that its copyright file names."
    for library in "$@"; do
      name=$(named "$library")
      package=$(grep -F "/$name" <<<"$found" | sed -n 's/:.*//p' | head -n 1 || true)
      copyright=/usr/share/doc/$package/copyright
      if [ -z "$package" ] || [ ! -f "$copyright" ]; then
        echo "nobody knows where $name comes from: its licence cannot be listed" >&2
        return 1
      fi
      cp -L "$copyright" "$out/$package.copyright"
      echo "$name: $package $(dpkg-query -W -f '${Version}\n' "$package" | head -n 1): $(sed -n 's/^License: *//p' "$copyright" | sort -u | paste -sd, | cut -c -200)"
    done
  } >"$out/LIBRARIES"
}
