# avatar.py: engines and avatars.
from __future__ import annotations

import atexit
import logging
import os
import threading
import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from . import _checks, _native
from ._places import avatar_folder
from .errors import BadUse

Backend = Literal["auto", "native", "onnxruntime"]
Precision = Literal["fp32", "bf16", "int8", "auto"]
Format = Literal["bgr", "i420", "bgr+i420"]
Blend = Literal["reference", "feather"]

_log = logging.getLogger("framegen")
# What still computes when the interpreter ends is closed first: its threads must not outlive what they use.
_open: weakref.WeakSet[Any] = weakref.WeakSet()


class Engine:
    """Worker threads, and the way of computing. One for a process is enough, and is made when none is given.

    Args:
        threads: 1 … 1024; 0: one for each core.
        precision: ``bf16`` and ``int8`` are faster where the CPU can; int8 needs a calibrated avatar (ava is). ``auto``: the fastest
            whose faces were measured to be like fp32's (:func:`calibrate`); ``Avatar.info["precision"]`` says which.
        backend: what runs the networks; ``auto`` is native where it can.
        low_latency: all threads share one face, so that each is there sooner: for live sessions.
        batch: faces in one call, 1 … 64; 0: what suits.
        memory_mb: for what is kept of template frames, MiB; 0: a quarter of the memory.
        cpu: nothing better than ``scalar``, ``sse4``, ``avx2``, ``avx3``, ``amx`` or ``neon``, in the whole process; empty: the best.
        image_parts: ``what-pays``, ``keep`` or ``once`` (docs/cli.md).
        cache: keep what is made of template frames in the avatar's own folder.

    Raises:
        BadUse: an argument is out of range.
    """

    def __init__(
        self,
        *,
        threads: int = 0,
        precision: Precision = "fp32",
        backend: Backend = "auto",
        low_latency: bool = False,
        batch: int = 0,
        memory_mb: int = 0,
        cpu: str = "",
        image_parts: Literal["what-pays", "keep", "once"] = "what-pays",
        cache: bool = True,
    ) -> None:
        self._native = _native.Engine(
            threads=_checks.whole("threads", threads),
            backend=_checks.word("backend", backend),
            precision=_checks.word("precision", precision),
            batch=_checks.whole("batch", batch),
            low_latency=_checks.flag("low_latency", low_latency),
            memory_mb=_checks.whole("memory_mb", memory_mb, 0, 2**40),
            cpu=_checks.word("cpu", cpu),
            image_parts=_checks.word("image_parts", image_parts),
            cache=_checks.flag("cache", cache),
        )

    @property
    def threads(self) -> int:
        """How many threads it has."""
        return self._native.threads

    def _tell_warnings(self) -> None:
        for text in self._native.take_warnings():
            _log.warning("%s", text)


_default: Engine | None = None
_default_lock = threading.Lock()


def default_engine() -> Engine:
    """The process's own engine, made at its first use: a thread for each core."""
    global _default
    with _default_lock:
        if _default is None:
            _default = Engine()
        return _default


def _engine(given: object) -> Engine:
    if given is None:
        return default_engine()
    if isinstance(given, Engine):
        return given
    raise BadUse("engine", f"is a {type(given).__name__}", "give a framegen.Engine or None")


def _forget() -> None:
    global _default, _default_lock
    _default_lock = threading.Lock()
    _default = None


def _close_all() -> None:
    for session in list(_open):
        session.close()
    _native.end()


os.register_at_fork(after_in_child=_forget)
atexit.register(_close_all)


class Avatar:
    """A presenter that can speak: weights and pictures lie in memory once, however many sessions speak.

    Args:
        avatar: a name (``framegen.avatars()`` lists them) or a folder with an avatar.json.
        engine: its threads; None: the process's own.

    Raises:
        BadAvatar: it is missing or broken; the line names the file and the place in it.

    >>> import framegen
    >>> avatar = framegen.Avatar("ava")
    >>> avatar.name, avatar.width, avatar.height, avatar.fps
    ('ava', 1280, 720, 25.0)
    """

    def __init__(self, avatar: _checks.Path | None = None, engine: Engine | None = None) -> None:
        self.engine = _engine(engine)
        self.folder = Path(avatar_folder(avatar))
        # As text: what Python does to turn a Path into one may be interrupted, and the extension would call that a wrong type.
        self._native = _native.Avatar(self.engine._native, str(self.folder))
        self._info = self._native.info()
        self.engine._tell_warnings()

    name: str = property(lambda self: self._info["name"])  # type: ignore[assignment]
    licence: str = property(lambda self: self._info["licence"])  # type: ignore[assignment]

    @property
    def width(self) -> int:
        """Of its pictures, in pixels."""
        return int(self._info["width"])

    @property
    def height(self) -> int:
        """Of its pictures, in pixels."""
        return int(self._info["height"])

    @property
    def fps(self) -> float:
        """Pictures a second."""
        return float(self._info["fps"])

    @property
    def info(self) -> dict[str, Any]:
        """All that is known of it: name, licence, source, width, height, fps, template_frames, idle, backend and precision and why, workers, batch."""
        return dict(self._info)

    def __repr__(self) -> str:
        return f"<framegen.Avatar {self.name!r}, {self.width}×{self.height}, {self._info['backend']}>"

    def speak(
        self,
        samples: _checks.Samples | Iterable[npt.NDArray[Any] | bytes],
        *,
        sample_rate_hz: int = 16000,
        format: Format = "bgr",
        blend: Blend = "reference",
        start_frame: int = 0,
        first_frame: int = 0,
        expected_frames: int = 0,
    ) -> _native.Speech:
        """Pictures of a whole speech, one after another, as they are made.

        A picture's pixels are views without a copy (:class:`Frame`). They stay as they are for as long as you hold the frame or a
        view of it; let go of a frame before the next but one, and its memory is used again.

        Args:
            samples: one voice, shape (n,), float32 of full scale ±1 or int16, or bytes of 16-bit little-endian samples; or an
                iterator over such pieces, which is asked as sound is needed.
            sample_rate_hz: 8,000 … 192,000.
            format: ``bgr``, ``i420`` (planes for video encoders), or ``bgr+i420``.
            blend: ``feather`` mixes the face into the picture towards the face box's edges.
            start_frame: first template frame of the presenter's loop.
            first_frame: pictures before this one are left out, not made.
            expected_frames: of the whole speech, where the avatar speaks no other: as :func:`render` does it, bit by bit. 0: what
                fits is kept for the next speech, which may round a pixel differently.

        Raises:
            BadUse, BadInput: NaN or infinite samples; BadAvatar: a broken template frame.

        >>> import framegen, numpy as np
        >>> avatar = framegen.Avatar("ava")
        >>> for frame in avatar.speak(np.zeros(16000, np.float32)):
        ...     last = frame.bgr
        >>> last.shape, last.dtype, last.flags.writeable
        ((720, 1280, 3), dtype('uint8'), False)
        """
        options: dict[str, Any] = {
            "sample_rate_hz": _checks.whole("sample_rate_hz", sample_rate_hz),
            "format": _checks.word("format", format),
            "blend": _checks.word("blend", blend),
            "start_frame": _checks.whole("start_frame", start_frame),
            "first_frame": _checks.frame_number("first_frame", first_frame),
            "expected_frames": _checks.frame_number("expected_frames", expected_frames),
        }
        source = _source(samples)
        speech = _checks.native("framegen.Avatar.speak", lambda: _native.Speech(self._native, source, **options))
        _open.add(speech)
        return speech


def _source(samples: Any) -> Any:
    """An array, or an iterator over arrays."""
    whole = isinstance(samples, (bytes, bytearray, memoryview, np.ndarray, list, tuple)) or hasattr(samples, "__array__")
    if whole or not hasattr(samples, "__iter__"):
        return _checks.samples(samples)
    return _checks.pieces(samples)
