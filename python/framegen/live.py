# live.py: live sessions: push sound, take a picture and its sound every 40 ms, interrupt at any time.
from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Literal

import numpy as np

from . import _checks, _native
from ._native import Picture, SegmentEnd
from .avatar import Avatar, Blend, Format, _open
from .errors import BadUse, Error

Pace = Literal["realtime", "fast"]
_FRAME_S = 0.04
_PATIENCE_S = 0.1  # a face that is late by more: the presenter holds still and the sound waits
_REST_S = 0.005  # pace fast: between two looks for sound
_SLIP_S = 0.2  # further behind than this, the clock starts anew


class LiveSession:
    """One presenter, live: speech in as it comes, pictures with their own sound out.

    A segment begins with the first sound and ends with :meth:`flush` or :meth:`interrupt`, and gets exactly one
    :class:`SegmentEnd`. Between segments the presenter idles. Every picture owns ``samples_per_frame`` samples of sound: played
    one after the other they are in sync. Push from one thread and take pictures in another, or do both in one asyncio program::

        async with framegen.LiveSession(avatar, sample_rate_hz=24000) as session:
            session.speak(samples)
            async for picture in session:
                if isinstance(picture, framegen.SegmentEnd):
                    break
                show(picture.bgr, picture.sound)

    Args:
        avatar: an :class:`Avatar` of 25 pictures a second.
        sample_rate_hz: of the sound, in and out: 8,000 … 48,000 and divisible by 25.
        pace: ``realtime`` gives 25 pictures a second, idle ones too; ``fast`` gives speech as it is made, and no idle pictures
            but those that carry a segment's last sound.
        format, blend: as :meth:`Avatar.speak`'s.
        look_ahead_ms: sound beyond a picture's own that is waited for, 173 … 452; −1: all that the network can use.
        max_buffer_ms: sound that is held before :meth:`push` says False, 1,000 … 600,000.
        cross_fade_frames: between idle and speech, 0 … 25.
        silence_gate_db: the mouth rests where the sound is quieter, −90 … 0; 0: never.
    """

    def __init__(
        self,
        avatar: Avatar,
        *,
        sample_rate_hz: int = 16000,
        pace: Pace = "realtime",
        format: Format = "bgr",
        blend: Blend = "reference",
        look_ahead_ms: int = -1,
        max_buffer_ms: int = 30000,
        cross_fade_frames: int = 4,
        silence_gate_db: int = 0,
    ) -> None:
        if not isinstance(avatar, Avatar):
            raise BadUse("avatar", f"is a {type(avatar).__name__}", "give a framegen.Avatar")
        if _checks.word("pace", pace) not in ("realtime", "fast"):
            raise BadUse("pace", f"is {_checks.shown(pace)}", "give realtime or fast")
        self.avatar = avatar
        self.pace: Pace = pace
        self.sample_rate_hz = _checks.whole("sample_rate_hz", sample_rate_hz)
        self._session = _native.LiveSession(
            avatar._native,
            sample_rate_hz=self.sample_rate_hz,
            format=_checks.word("format", format),
            idle="loop",
            blend=_checks.word("blend", blend),
            look_ahead_ms=_checks.whole("look_ahead_ms", look_ahead_ms),
            max_buffer_ms=_checks.whole("max_buffer_ms", max_buffer_ms),
            cross_fade_frames=_checks.whole("cross_fade_frames", cross_fade_frames),
            silence_gate_db=_checks.whole("silence_gate_db", silence_gate_db),
        )
        self._due: float | None = None
        self._resting = False
        self._said = (0, 0)
        self._executor: ThreadPoolExecutor | None = None
        _open.add(self)

    def push(self, samples: _checks.Samples) -> bool:
        """Sound as it comes: int16, float of full scale ±1, or bytes of 16-bit little-endian samples. False: full, take pictures first."""
        return self._session.push(_checks.samples_16(samples))

    def speak(self, samples: _checks.Samples) -> None:
        """A whole segment, however long; segments wait in line."""
        self._session.speak(_checks.samples_16(samples))

    async def feed(self, samples: _checks.Samples) -> None:
        """As :meth:`push`, and waits while the session is full."""
        array = _checks.samples_16(samples)
        step = max(1, self.sample_rate_hz // 2)
        for at in range(0, len(array), step):
            while not self._session.push(array[at : at + step]):
                await asyncio.sleep(_FRAME_S / 2)

    def flush(self) -> None:
        """The segment is complete. Nothing pushed since the last one: nothing happens."""
        self._session.flush()

    def interrupt(self) -> None:
        """Throws away all sound that was not given out: a SegmentEnd for each segment comes next. From any thread."""
        self._session.interrupt()

    def finish(self) -> None:
        """What was pushed is still spoken, then the iterators end."""
        self._session.finish()

    def pull(self, timeout_s: float | None = None) -> Picture | SegmentEnd | None:
        """The next picture or end of a segment, without a clock; None: not within the time.

        With idle pictures (``pace="realtime"``) it waits at most so long for a face that is being made. Raises StopIteration after
        :meth:`finish`, once everything was taken.
        """
        if timeout_s is not None:
            try:
                timeout_s = float(timeout_s)
            except (TypeError, ValueError):
                timeout_s = float("nan")
            if not np.isfinite(timeout_s):
                raise BadUse("timeout_s", "is no number", "give seconds, or None")
        if self.pace == "realtime":
            return self._session.pull(timeout_s)
        end = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            given = self._pull_speech()
            if given is not None or (end is not None and time.monotonic() >= end):
                return given
            time.sleep(_REST_S)

    @property
    def samples_per_frame(self) -> int:
        """How much sound each picture owns."""
        return self._session.samples_per_frame

    @property
    def look_ahead_ms(self) -> int:
        """Sound beyond a picture's own that is waited for."""
        return self._session.look_ahead_ms

    @property
    def closed(self) -> bool:
        """Whether :meth:`close` was called."""
        return self._session.closed

    def stats(self) -> dict[str, int]:
        """frames, speech_frames, late_frames, hungry_frames (inside a segment whose sound was not there), buffered_ms."""
        return self._session.stats()

    def close(self) -> None:
        """Gives up what is unfinished. A pull that another thread is in ends with BadUse."""
        self._session.close()
        if self._executor is not None:
            self._executor.shutdown(wait=False)

    def __enter__(self) -> LiveSession:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    async def __aenter__(self) -> LiveSession:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __iter__(self) -> Iterator[Picture | SegmentEnd]:
        while True:
            wait = self._until_due()
            if wait > 0:
                time.sleep(wait)
            ended, given = self._pull_or_end()
            if ended:
                return
            self._resting = given is None
            if given is not None:
                yield given

    async def __aiter__(self) -> AsyncIterator[Picture | SegmentEnd]:
        loop = asyncio.get_running_loop()
        if self._executor is None:
            self._executor = ThreadPoolExecutor(1, thread_name_prefix="framegen-live")
        while True:
            wait = self._until_due()
            if wait > 0:
                await asyncio.sleep(wait)
            try:
                pulling = loop.run_in_executor(self._executor, self._pull_or_end)
            except RuntimeError:  # close() has ended the executor
                if self.closed:
                    return
                raise
            ended, given = await pulling
            if ended:
                return
            self._resting = given is None
            if given is not None:
                yield given

    def _until_due(self) -> float:
        """Seconds until the next picture; the clock starts with the first and skips what cannot be made up for."""
        if self.pace == "fast":
            return _REST_S if self._resting else 0
        now = time.monotonic()
        if self._due is None or now - self._due > _SLIP_S:
            self._due = now
        return self._due - now

    def _pull_speech(self) -> Picture | SegmentEnd | None:
        """Without pictures that carry nothing of a segment: nobody asked for those."""
        given = self._session.pull(None)
        if isinstance(given, Picture):
            said = (given.segment, given.position_samples)
            if not given.speech and (given.segment == 0 or said == self._said):
                return None
            self._said = said
        return given

    def _pull_next(self) -> Picture | SegmentEnd | None:
        if self.pace == "fast":
            return self._pull_speech()
        given = self._session.pull(_PATIENCE_S)
        if self._due is not None and not isinstance(given, SegmentEnd):
            self._due += _FRAME_S
        return given

    def _pull_or_end(self) -> tuple[bool, Picture | SegmentEnd | None]:
        try:
            return False, self._pull_next()
        except StopIteration:
            return True, None
        except Error:
            if self.closed:
                return True, None
            raise
