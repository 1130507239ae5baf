# conftest.py: what several tests need: an engine, ava, and a second of speech-like sound.
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import framegen

ROOT = Path(__file__).resolve().parents[2]
SPEECH = ROOT / "tests" / "golden" / "pipeline" / "speech.wav"


@pytest.fixture(scope="session")
def engine():
    return framegen.Engine(threads=2, cache=False)


@pytest.fixture(scope="session")
def ava(engine):
    return framegen.Avatar("ava", engine)


@pytest.fixture(scope="session")
def sound():
    """A second at 16 kHz with the rhythm of syllables."""
    t = np.arange(16000) / 16000
    return (0.3 * np.sin(2 * np.pi * 180 * t) * np.abs(np.sin(2 * np.pi * 3 * t))).astype(np.float32)
