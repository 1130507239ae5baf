#!/usr/bin/env bash
# sbom.sh [OUT.spdx [PROGRAM]]: what framegen is made of, as SPDX 2.3 (tag-value): our own files' hash, the pinned ONNX Runtime, the avatar's
# networks, and every Debian package whose library the program loads, at the version that is installed. Default: out/framegen.spdx.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-out/framegen.spdx}
program=${2:-build/release/framegen}
[ -x "$program" ] || { echo "$program is missing: ./run build" >&2; exit 1; }
mkdir -p "$(dirname "$out")"
version=$(sed -n 's/^project(framegen VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
commit=$(git rev-parse HEAD 2>/dev/null || echo unknown)

# package NAME VERSION DOWNLOAD [PURL] [SHA-ALGORITHM HEX]: a package that framegen depends on.
package() {
  local id=SPDXRef-${1//[^A-Za-z0-9.-]/-}
  printf '\nPackageName: %s\nSPDXID: %s\nPackageVersion: %s\nPackageDownloadLocation: %s\nFilesAnalyzed: false\nPackageLicenseConcluded: NOASSERTION\nPackageLicenseDeclared: NOASSERTION\nPackageCopyrightText: NOASSERTION\n' \
    "$1" "$id" "$2" "$3"
  if [ -n "${4:-}" ]; then echo "ExternalRef: PACKAGE-MANAGER purl $4"; fi
  if [ -n "${5:-}" ]; then echo "PackageChecksum: $5: $6"; fi
  echo "Relationship: SPDXRef-framegen DEPENDS_ON $id"
}

# Names and versions of the Debian packages whose libraries the program loads, through other libraries too.
loaded_packages() {
  local libraries names
  mapfile -t libraries < <(ldd "$program" | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p')
  libraries+=("${libraries[@]#/usr}" "${libraries[@]/#\/lib/\/usr\/lib}")  # a merged /usr: dpkg knows one of the names
  mapfile -t names < <({ dpkg-query -S "${libraries[@]}" 2>/dev/null || true; } | cut -d: -f1 | sort -u)
  dpkg-query -W -f '${Package} ${Version}\n' "${names[@]}" 2>/dev/null | sort -u
}

{
  cat <<END
SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
DocumentName: framegen-$version
DocumentNamespace: https://spdx.org/spdxdocs/framegen-$version-$commit
Creator: Tool: framegen-sbom
Created: $(date -u -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}" +%Y-%m-%dT%H:%M:%SZ)
Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-framegen

PackageName: framegen
SPDXID: SPDXRef-framegen
PackageVersion: $version
PackageDownloadLocation: NOASSERTION
FilesAnalyzed: false
PackageComment: <text>commit $commit</text>
PackageLicenseConcluded: NOASSERTION
PackageLicenseDeclared: NOASSERTION
PackageCopyrightText: NOASSERTION
END
  pinned=$(sed -n 's/^package=\([^ ]*\).*/\1/p' scripts/fetch_onnxruntime.sh)
  sha512=$(sed -n 's/^sha512=//p' scripts/fetch_onnxruntime.sh | base64 -d | od -An -v -tx1 | tr -d ' \n')
  package "${pinned%@*}" "${pinned#*@}" "https://registry.npmjs.org/${pinned%@*}/-/${pinned%@*}-${pinned#*@}.tgz" \
    "pkg:npm/${pinned%@*}@${pinned#*@}" SHA512 "$sha512"
  for network in assets/avatars/*/*.onnx assets/face/*.onnx; do
    package "${network#assets/}" "$version" NOASSERTION '' SHA256 "$(sha256sum "$network" | cut -d' ' -f1)"
  done
  distribution=$(. /etc/os-release && echo "$ID")
  while read -r name installed; do
    package "$name" "$installed" NOASSERTION "pkg:deb/$distribution/$name@$installed"
  done < <(loaded_packages)
} >"$out"
echo "$out: $(grep -c '^PackageName: ' "$out") packages"
