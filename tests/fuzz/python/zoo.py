# zoo.py: values that nobody should give to a function, and sound that one may: for python_fuzz.py.
from __future__ import annotations

import array
import decimal
import pathlib

import numpy as np


class Trouble(Exception):
    """What the zoo's own objects raise: it has to come out as it is."""


class Raises:
    """Whatever it is asked for, it raises."""

    def __raise(self, *_):
        raise Trouble("of the zoo")

    __index__ = __int__ = __float__ = __bool__ = __len__ = __iter__ = __array__ = __fspath__ = __str__ = __hash__ = __eq__ = __raise


class Lies:
    """Whatever it is asked for, it gives something else."""

    def __init__(self, rng):
        self.answer = rng.choice([None, 7, -1, "text", b"\xff", [], object()])

    def __give(self, *_, **__):
        return self.answer

    __index__ = __float__ = __len__ = __array__ = __fspath__ = __iter__ = __give

    def __repr__(self):
        return f"Lies({self.answer!r})"


class Word(str):
    __slots__ = ()


class Number(int):
    pass


INTEGERS = [-1, 0, 1, 2, 3, 24, 25, 100, 255, 16000, 44100, 48000, -(2**31), 2**31 - 1, 2**31, 2**32, 2**63 - 1, 2**63, 2**64, 10**40]
FLOATS = [0.0, -0.0, 0.5, 1e-320, -1.0, 1e308, float("nan"), float("inf"), float("-inf")]
WORDS = ["", " ", "bgr", "i420", "fp32", "none", "a\0b", "\udcff", "ä" * 300, "x" * 70000, "../..", "{}", "--help", "%s%n", "0:3", "missing.wav"]
DTYPES = ["f2", "f4", "f8", "g", "i1", "i2", "i4", "i8", "u1", "u2", "u8", "?", "c8", "c16", ">f4", ">i2", ">f8", "S3", "U2", "O", "M8[s]", "m8[ms]", "V5"]


def array_of(rng):
    """An array of any type and shape, whole, turned round, with gaps, read-only or empty."""
    shape = rng.choice([(), (0,), (1,), (7,), (640,), (4001,), (2, 500), (500, 2), (1, 1, 1), (0, 3), (3, 0)])
    dtype = np.dtype(rng.choice(DTYPES))
    made = np.zeros(shape, dtype) if rng.random() < 0.5 else np.frombuffer(rng.randbytes(dtype.itemsize * int(np.prod(shape))), "u1").copy()
    if made.dtype != dtype and dtype.kind != "O":
        made = made.view(dtype).reshape(shape) if made.size else np.zeros(shape, dtype)
    way = rng.randrange(6)
    if way == 0 and made.ndim:
        made = made[::-1]
    elif way == 1 and made.ndim:
        made = np.repeat(made, 2, axis=0)[::2]
    elif way == 2:
        made.flags.writeable = False
    elif way == 3:
        made = np.broadcast_to(made, (3, *made.shape))
    elif way == 4 and made.size:
        made = np.ma.masked_array(made, mask=True) if dtype.kind in "fiu" else made
    return made


def sound(rng):
    """What a speech may be, at most a fifth of a second at 16 kHz, of any of the types that are taken."""
    count = rng.choice([0, 1, 7, 639, 640, 641, 3200])
    samples = np.frombuffer(rng.randbytes(2 * count), "<i2")
    way = rng.randrange(6)
    return [samples, samples / np.float32(32768), samples / 32768, samples.tobytes(), memoryview(samples.tobytes()), bytearray(samples.tobytes())][way]


def pieces(rng):
    """Sound as it comes, from a source that sometimes raises, lies or never had any."""
    for _ in range(rng.randrange(4)):
        yield anything(rng) if rng.random() < 0.2 else sound(rng)
    if rng.random() < 0.2:
        raise Trouble("of the source")


def anything(rng):
    """Any value at all."""
    makers = [
        lambda: None, lambda: rng.choice([True, False]), lambda: rng.choice(INTEGERS), lambda: rng.choice(FLOATS), lambda: rng.choice(WORDS),
        lambda: rng.randbytes(rng.choice([0, 1, 3, 640])), lambda: Word(rng.choice(WORDS)), lambda: Number(rng.choice(INTEGERS)),
        lambda: np.int64(rng.choice(INTEGERS[:14])), lambda: np.float32(rng.choice(FLOATS[:5])), lambda: np.bool_(True), lambda: array_of(rng),
        lambda: array_of(rng), lambda: array_of(rng), lambda: array.array("h", [1, 2, 3]), lambda: memoryview(bytes(99))[::2], lambda: pieces(rng),
        lambda: [sound(rng) for _ in range(2)], lambda: [1, "two", None], lambda: (), lambda: {}, lambda: {"audio": 3, 4: 5}, lambda: {1, 2},
        object, lambda: print, lambda: Raises(), lambda: Lies(rng), lambda: decimal.Decimal("NaN"), lambda: 1j, lambda: range(2**62),
        lambda: pathlib.Path(rng.choice(["", "a", "missing.wav"])), lambda: slice(None), lambda: ..., lambda: lambda *_: 1 // 0, lambda: sound(rng),
    ]  # fmt: skip
    return rng.choice(makers)()
