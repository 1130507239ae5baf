# test_docs.py: every Python example in the documents runs as it stands there.
from __future__ import annotations

import ast
import asyncio
import inspect
import re
import shutil

import numpy as np
import pytest

import framegen
from conftest import ROOT, SPEECH

BLOCK = re.compile(r"^```python\n(.*?)^```", re.M | re.S)
# The examples of docs/agents.md need the frameworks, and are not run here.
PAGES = [page for page in [ROOT / "README.md", ROOT / "python" / "README.md", *sorted((ROOT / "docs").glob("*.md"))] if page.name != "agents.md"]
EXAMPLES = [pytest.param(text, id=f"{page.relative_to(ROOT)}-{number}") for page in PAGES for number, text in enumerate(BLOCK.findall(page.read_text()))]


def run(text, names):
    """Runs lines in which `await` and `async with` stand as in a function."""
    made = eval(compile(text, "<example>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), names)
    if inspect.iscoroutine(made):
        asyncio.run(asyncio.wait_for(made, 120))


def test_there_are_examples():
    assert len(EXAMPLES) >= 3


@pytest.mark.parametrize("text", EXAMPLES)
def test_example(text, ava, sound, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(SPEECH, "speech.wav")
    shown = []
    names = {"framegen": framegen, "avatar": ava, "samples": sound, "np": np, "show": lambda *what: shown.append(what)}
    run(text, names)
    if "show(" in text:
        assert shown and shown[0][0].shape == (720, 1280, 3)
    if "out.mp4" in text:
        assert (tmp_path / "out.mp4").stat().st_size > 10000
