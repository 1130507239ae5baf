# livekit.py: framegen as LiveKit Agents' avatar, in the agent's own process.
"""An agent with a face: ``pip install framegen[livekit]``, then, before ``session.start()``::

    await framegen.livekit.AvatarSession(avatar="ava").start(session, ctx.room)
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import numpy as np
from livekit import rtc
from livekit.agents.voice.avatar import AudioSegmentEnd, AvatarOptions, AvatarRunner, QueueAudioOutput, VideoGenerator

from ._native import Picture, SegmentEnd
from .avatar import Avatar
from .live import LiveSession

__all__ = ["AvatarSession", "Generator"]


class Generator(VideoGenerator):
    """LiveKit's VideoGenerator over a :class:`framegen.LiveSession` with planes (``format="i420"``)."""

    def __init__(self, session: LiveSession) -> None:
        self._session = session

    async def push_audio(self, frame: rtc.AudioFrame | AudioSegmentEnd) -> None:
        """Speech of the agent; the end of a segment lets the presenter close its mouth."""
        if isinstance(frame, AudioSegmentEnd):
            self._session.flush()
            return
        if frame.sample_rate != self._session.sample_rate_hz or frame.num_channels != 1:
            raise ValueError(
                f"{frame.sample_rate} Hz × {frame.num_channels}: this session speaks mono at {self._session.sample_rate_hz} Hz"
            )
        await self._session.feed(np.frombuffer(frame.data, np.int16))

    def clear_buffer(self) -> None:
        """The user interrupts: what was not given out is forgotten."""
        self._session.interrupt()

    def __aiter__(self) -> AsyncIterator[rtc.VideoFrame | rtc.AudioFrame | AudioSegmentEnd]:
        return self._frames()

    async def _frames(self) -> AsyncIterator[rtc.VideoFrame | rtc.AudioFrame | AudioSegmentEnd]:
        said = (0, 0)
        async for given in self._session:
            if isinstance(given, SegmentEnd):
                # AvatarRunner has told the agent of an interrupted one itself: another end would finish the next reply.
                if not given.interrupted:
                    yield AudioSegmentEnd()
                continue
            yield _video(given)
            position = (given.segment, given.position_samples)
            if given.segment and position != said:  # AvatarRunner takes any sound for playback: idle silence is no sound
                said = position
                yield rtc.AudioFrame(given.sound.tobytes(), self._session.sample_rate_hz, 1, len(given.sound))


class AvatarSession:
    """A presenter in an agent's room, of the shape of LiveKit's own avatar plugins.

    Args:
        avatar: a name, a folder, or an open :class:`framegen.Avatar`.
        sample_rate_hz: of the agent's speech; it is asked to speak at this rate.
        options: as :class:`framegen.LiveSession`'s.
    """

    def __init__(self, avatar: Avatar | str | None = None, *, sample_rate_hz: int = 24000, **options: Any) -> None:
        self.avatar = avatar if isinstance(avatar, Avatar) else Avatar(avatar)
        self.session = LiveSession(self.avatar, sample_rate_hz=sample_rate_hz, format="i420", **options)
        self.runner: AvatarRunner | None = None

    async def start(self, agent_session: Any, room: rtc.Room) -> None:
        """Publishes picture and sound in the room, and takes the agent's speech from now on."""
        rate = self.session.sample_rate_hz
        audio = QueueAudioOutput(sample_rate=rate)
        options = AvatarOptions(
            video_width=self.avatar.width,
            video_height=self.avatar.height,
            video_fps=self.avatar.fps,
            audio_sample_rate=rate,
            audio_channels=1,
        )
        self.runner = AvatarRunner(room, audio_recv=audio, video_gen=Generator(self.session), options=options)
        await self.runner.start()
        agent_session.output.audio = audio

    async def aclose(self) -> None:
        """Leaves the room."""
        self.session.close()
        if self.runner is not None:
            await self.runner.aclose()


def _video(picture: Picture) -> rtc.VideoFrame:
    planes = b"".join(plane.tobytes() for plane in picture.planes)
    return rtc.VideoFrame(picture.width, picture.height, rtc.VideoBufferType.I420, planes)
