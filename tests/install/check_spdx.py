#!/usr/bin/env python3
"""check_spdx.py FILE: is FILE an SPDX 2.3 document in tag-value form, by the clauses of the specification that we use (6 to 11)?"""
import re
import sys

DOCUMENT = {"SPDXVersion", "DataLicense", "SPDXID", "DocumentName", "DocumentNamespace", "Creator", "Created"}
PACKAGE = {"PackageName", "SPDXID", "PackageVersion", "PackageDownloadLocation", "FilesAnalyzed",
           "PackageLicenseConcluded", "PackageLicenseDeclared", "PackageCopyrightText"}
OPTIONAL = {"PackageComment", "PackageChecksum", "ExternalRef", "Relationship"}
DIGITS = {"SHA1": 40, "SHA256": 64, "SHA512": 128}


def sections(text):
    """The document's tags, then each package's, as lists of (tag, value)."""
    parts = [[]]
    for line in text.splitlines():
        if not line:
            continue
        tag, colon, value = line.partition(": ")
        assert colon and re.fullmatch(r"[A-Za-z0-9]+", tag), f"no tag: {line}"
        if tag == "PackageName":
            parts.append([])
        parts[-1].append((tag, value))
    return parts


def check_section(tags, required):
    names = [tag for tag, _ in tags]
    assert required <= set(names), f"{tags[0]}: missing {required - set(names)}"
    assert set(names) <= required | OPTIONAL, f"{tags[0]}: unknown {set(names) - required - OPTIONAL}"
    assert all(names.count(tag) == 1 for tag in required), f"{tags[0]}: a tag stands twice"


def check_values(tags):
    for tag, value in tags:
        if tag == "PackageChecksum":
            algorithm, digest = value.split(": ")
            assert re.fullmatch(r"[0-9a-f]{%d}" % DIGITS[algorithm], digest), value
        if tag == "ExternalRef":
            assert re.fullmatch(r"PACKAGE-MANAGER purl pkg:[a-z]+/[^\s@]+@\S+", value), value
        if tag == "PackageDownloadLocation":
            assert value in ("NONE", "NOASSERTION") or value.startswith("https://"), value


def main():
    document, *packages = sections(open(sys.argv[1], encoding="utf-8").read())
    check_section(document, DOCUMENT)
    head = dict(document)
    assert head["SPDXVersion"] == "SPDX-2.3" and head["DataLicense"] == "CC0-1.0"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", head["Created"]), head["Created"]
    assert re.fullmatch(r"(Tool|Organization|Person): .+", head["Creator"]), head["Creator"]
    identifiers = [head["SPDXID"]]
    for package in packages:
        check_section(package, PACKAGE)
        check_values(package)
        identifiers.append(dict(package)["SPDXID"])
    assert all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", name) for name in identifiers), "an identifier of other letters"
    assert len(set(identifiers)) == len(identifiers), "an identifier stands twice"
    for tag, value in sum([document, *packages], []):
        if tag == "Relationship":
            first, kind, second = value.split(" ")
            assert kind in ("DESCRIBES", "DEPENDS_ON") and {first, second} <= set(identifiers), value
    names = {dict(package)["PackageName"] for package in packages}
    wanted = {"libavformat", "libopencv-core", "libc6"}
    missing = [w for w in wanted if not any(name.startswith(w) for name in names)]
    assert not missing, f"not among the packages: {missing}"
    print(f"{len(packages)} packages, all of them whole")


main()
