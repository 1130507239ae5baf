# test_fuzz.py: a few seconds of what `./run fuzz python` does for longer.
from __future__ import annotations

import subprocess
import sys

from conftest import ROOT


def test_nothing_ends_the_interpreter(tmp_path):
    command = [sys.executable, str(ROOT / "tests" / "fuzz" / "python_fuzz.py"), "5", "--seed", "1", "--logs", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0 and " 0 faults" in done.stdout, done.stdout + done.stderr
