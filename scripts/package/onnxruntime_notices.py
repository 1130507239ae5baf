#!/usr/bin/env python3
"""onnxruntime_notices.py VERSION FOLDER: ONNX Runtime's LICENSE and ThirdPartyNotices.txt out of its makers' own wheel, checked, into FOLDER.

The npm package that the library comes from (scripts/fetch_onnxruntime.sh) does not have them. Asks pip's package index.
"""
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

# Of 1.30.0; another version has others, and whoever pins it looks at them first.
SHA256 = {"LICENSE": "2f07c72751aed99790b8a4869cf2311df85a860b22ded05fa22803587a48922c",
          "ThirdPartyNotices.txt": "143764b952fdb1a7c69ce653bfba74a7744d6a8a573bfb73e235fba356c83de3"}


def main(version, folder):
    with tempfile.TemporaryDirectory() as temporary:
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:",
                        "--python-version", "3.12", "--dest", temporary, f"onnxruntime=={version}"], check=True)
        with zipfile.ZipFile(next(Path(temporary).glob("onnxruntime-*.whl"))) as wheel:
            for name, wanted in SHA256.items():
                text = wheel.read(f"onnxruntime/{name}")
                if hashlib.sha256(text).hexdigest() != wanted:
                    sys.exit(f"onnxruntime {version}: {name} is not the one that was looked at; read it, and put its hash into {__file__}")
                (Path(folder) / name).write_bytes(text)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
