#!/usr/bin/env bash
# python_environment.sh: the Python that builds and tests the package: build/python-venv, with the pinned packages of python/requirements.txt.
# Says SKIP and exits 77 where there is no Python 3.10 with headers, or no package index to be had. FRAMEGEN_PYTHON_BASE names another Python.
set -euo pipefail
cd "$(dirname "$0")/.."

skip() {
  echo "SKIP: the Python package is neither built nor tested: $1" >&2
  exit 77
}
base=${FRAMEGEN_PYTHON_BASE:-python3}
venv=build/python-venv
stamp=$venv/framegen-requirements
wanted=$("$base" --version 2>&1 && sha256sum python/requirements.txt) || skip "there is no $base"
[ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || exit 0

"$base" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || skip "$base is older than 3.10"
"$base" -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h")))' || skip "$base has no headers (python3-dev)"
rm -rf "$venv"
"$base" -m venv "$venv" >build/python-venv.log 2>&1 || skip "$base makes no virtual environment (python3-venv; build/python-venv.log)"
"$venv/bin/python" -m pip install -q --disable-pip-version-check --retries 1 --timeout 20 -r python/requirements.txt >>build/python-venv.log 2>&1 ||
  skip "pip cannot install python/requirements.txt ($(tail -n 1 build/python-venv.log))"
echo "$wanted" >"$stamp"
