# _checks.py: arguments as the extension wants them, or BadUse that names the argument.
from __future__ import annotations

import os
import reprlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from .errors import BadUse

T = TypeVar("T")

Path = str | os.PathLike[str]
# One voice, full scale ±1 or 16 bits; bytes are 16-bit little-endian.
Samples = npt.ArrayLike | bytes | bytearray | memoryview
_MOST = 2**63 - 1


def whole(name: str, value: Any, least: int = -(2**31), most: int = 2**31 - 1) -> int:
    """An int between the two, bool not being one."""
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        if least <= value <= most:
            return int(value)
        raise BadUse(name, f"is {value}", f"give {least} … {most}")
    raise BadUse(name, f"is {_kind(value)}", "give a whole number")


def frame_number(name: str, value: Any) -> int:
    return whole(name, value, 0, _MOST)


def flag(name: str, value: Any) -> bool:
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    raise BadUse(name, f"is {_kind(value)}", "give True or False")


def word(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise BadUse(name, f"is {_kind(value)}", "give a string")
    if "\0" in value:
        raise BadUse(name, "has a zero character in it", "give a string without one")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise BadUse(name, "is no text", "give a string of Unicode characters") from None
    return value


def path(name: str, value: Any) -> str:
    """A path as a string; of None the empty one."""
    if value is None:
        return ""
    try:
        text = os.fsdecode(value)
        os.fsencode(text)
    except TypeError:
        raise BadUse(name, f"is {_kind(value)}", "give a path") from None
    except UnicodeEncodeError:
        raise BadUse(name, "has a character that no file's name can have", "give a path") from None
    if not text or "\0" in text:
        raise BadUse(name, "is empty or has a zero character in it", "give a path")
    return text


def function(name: str, value: Any) -> Callable[..., object] | None:
    if value is None or callable(value):
        return value  # type: ignore[no-any-return]
    raise BadUse(name, f"is {_kind(value)}", "give a function or None")


def native(name: str, call: Callable[[], T]) -> T:
    """What ``call`` gives; where the extension does not take an argument's type, BadUse."""
    try:
        return call()
    except TypeError as error:
        if "incompatible function arguments" not in str(error):
            raise
        raise BadUse(name, "an argument is of the wrong type", f"see help({name})") from None


def samples(value: Any) -> npt.NDArray[np.float32] | npt.NDArray[np.int16]:
    """One voice as float32 or int16, in one piece."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return _from_bytes(bytes(value))
    try:
        array = np.asarray(value)
    except Exception as error:
        raise BadUse("samples", f"are no array of numbers: {error}", "give a NumPy array of one voice") from None
    if array.dtype.kind not in "fiu" or array.dtype.kind == "u" and array.size:
        raise BadUse("samples", f"are of type {array.dtype}", "give float32 of full scale ±1, or int16")
    if array.ndim != 1:
        raise BadUse("samples", f"have the shape {array.shape}", "give one voice, of shape (n,): of stereo samples.mean(axis=1)")
    if array.dtype.kind == "i" and array.dtype != np.int16 and array.size:
        raise BadUse("samples", f"are of type {array.dtype}", "give int16, or float32 of full scale ±1")
    wanted: npt.DTypeLike = np.int16 if array.dtype == np.int16 else np.float32
    with np.errstate(over="ignore", invalid="ignore"):
        one_piece: npt.NDArray[Any] = np.ascontiguousarray(array, dtype=wanted)
        return one_piece


def samples_16(value: Any) -> npt.NDArray[np.int16]:
    """The same as int16; floats beyond full scale are cut."""
    array = samples(value)
    if array.dtype == np.int16:
        return array  # type: ignore[return-value]
    if not np.isfinite(array).all():
        raise BadUse("samples", "a sample is NaN or infinite", "give finite samples, full scale ±1")
    rounded: npt.NDArray[np.int16] = np.clip(np.rint(array * np.float32(32768)), -32768, 32767).astype(np.int16)
    return rounded


def pieces(source: Iterable[Any]) -> Iterator[npt.NDArray[np.float32]]:
    """Each piece as float32."""
    for piece in source:
        array = samples(piece)
        yield array.astype(np.float32) * np.float32(1 / 32768) if array.dtype == np.int16 else array  # type: ignore[misc]


def _from_bytes(value: bytes) -> npt.NDArray[np.int16]:
    if len(value) % 2:
        raise BadUse("samples", "are an odd number of bytes", "give 16-bit samples, little-endian")
    return np.frombuffer(value, dtype="<i2").astype(np.int16, copy=False)


def shown(value: Any) -> str:
    """A value in a few words on one line, whatever it is."""
    return " ".join(reprlib.repr(value).split())


def _kind(value: Any) -> str:
    return "None" if value is None else f"a {type(value).__name__}"
