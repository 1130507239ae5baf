# test_package.py: types, the stub against the extension, and every example in the docstrings.
from __future__ import annotations

import doctest
import importlib
import os
import subprocess
import sys

import pytest

from conftest import ROOT

MODULES = ["framegen", "framegen._places", "framegen.avatar", "framegen.errors", "framegen.files", "framegen.live", "framegen.making"]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_the_docstrings(name):
    assert doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS).failed == 0


def test_mypy_is_content():
    pytest.importorskip("mypy")
    done = subprocess.run([sys.executable, "-m", "mypy", "--strict", "--cache-dir", os.devnull], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_stub_has_what_the_extension_has():
    pytest.importorskip("mypy")
    command = [sys.executable, "-m", "mypy.stubtest", "framegen._native", "--ignore-positional-only", "--concise"]
    environment = os.environ | {"MYPYPATH": os.environ.get("PYTHONPATH", "")}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    missing = [line for line in done.stdout.splitlines() if "is not present in stub" in line or "is not present at runtime" in line]
    assert not missing, done.stdout
