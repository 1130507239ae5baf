# livekit.py: framegen as LiveKit Agents' avatar, in the agent's own process or as a worker that joins the agent's room.
"""An agent with a face: ``pip install framegen[livekit]``, then, before ``session.start()``::

    await framegen.livekit.AvatarSession(avatar="ava").start(session, ctx.room)

Where the presenter is to have a process or a machine of its own, it joins the room as a participant that publishes for the agent::

    LIVEKIT_URL=wss://… LIVEKIT_TOKEN=… python -m framegen.livekit --avatar ava      # token: worker_token(…)

and the agent says, in the place of the line above, ``framegen.livekit.speak_through(session, ctx.room)``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
from livekit import rtc
from livekit.agents.types import ATTRIBUTE_PUBLISH_ON_BEHALF
from livekit.agents.voice.avatar import (
    AudioReceiver,
    AudioSegmentEnd,
    AvatarOptions,
    AvatarRunner,
    DataStreamAudioOutput,
    DataStreamAudioReceiver,
    QueueAudioOutput,
    VideoGenerator,
)

from ._native import Picture, SegmentEnd
from .avatar import Avatar
from .live import LiveSession

__all__ = ["IDENTITY", "AvatarSession", "AvatarWorker", "Generator", "speak_through", "worker_token"]

IDENTITY = "framegen"  # a worker's name in the room
_LONGEST_HANDING_S = 0.5  # AvatarRunner's queue holds 0.1 s
_CUSHION_S = 0.02  # of sound that waits to be heard: a picture that comes later than that leaves a gap
_SOUND_MS = 40  # pieces in which a worker takes speech that comes as a stream of bytes


class Generator(VideoGenerator):
    """LiveKit's VideoGenerator over a :class:`framegen.LiveSession` with planes (``format="i420"``)."""

    def __init__(self, session: LiveSession) -> None:
        self._session = session
        self._interrupts = 0
        self._taken = asyncio.Event()  # no sound is on its way into the room
        self._taken.set()
        self._heard_until = 0.0  # of what was handed over, by time.monotonic()
        self.synchronizer: rtc.AVSynchronizer | None = None
        """AvatarRunner's own (``runner.av_sync``). Where it is known, pictures and sound begin together again after every gap in the sound."""

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

    async def clear_buffer(self) -> None:
        """The user interrupts: what was not given out is forgotten.

        Sound that AvatarRunner is just handing to the room will be heard: it is waited for, so that the position which the agent is told
        counts it, and not the next reply's.
        """
        self._interrupts += 1
        self._heard_until = 0.0
        self._session.interrupt()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._taken.wait(), _LONGEST_HANDING_S)

    def __aiter__(self) -> AsyncIterator[rtc.VideoFrame | rtc.AudioFrame | AudioSegmentEnd]:
        return self._frames()

    async def _frames(self) -> AsyncIterator[rtc.VideoFrame | rtc.AudioFrame | AudioSegmentEnd]:
        said, interrupts = (0, 0), 0
        async for given in self._session:
            if isinstance(given, SegmentEnd):
                # AvatarRunner has told the agent of an interrupted one itself: another end would finish the next reply.
                if not given.interrupted:
                    yield AudioSegmentEnd()
            else:
                if given.segment and given.speech:
                    await self._begin_together()
                yield _video(given)
                position = (given.segment, given.position_samples)
                # AvatarRunner takes any sound for playback: idle silence is no sound, and that of a picture which an interrupt
                # overtook, while it was pulled or shown, would be counted as the next reply's.
                if given.segment and position != said and interrupts == self._interrupts:
                    self._taken.clear()
                    try:
                        self._heard_until = max(self._heard_until, time.monotonic()) + len(given.sound) / self._session.sample_rate_hz
                        yield rtc.AudioFrame(given.sound.tobytes(), self._session.sample_rate_hz, 1, len(given.sound))
                    finally:
                        self._taken.set()
                said = position
            interrupts = self._interrupts

    async def _begin_together(self) -> None:
        """Where no sound is being heard, what comes next is heard at once, but shown when LiveKit's clock for pictures says so: as early or late as
        its very first picture was. After a picture that came too late the sound lags behind by as much, until its segment ends. So the clock
        is set anew at the first sound after every silence.
        """
        if self.synchronizer is None or self._heard_until > time.monotonic():
            return
        await self.synchronizer.wait_for_playout()
        await asyncio.sleep(_CUSHION_S)
        self.synchronizer.reset()


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
        audio = QueueAudioOutput(sample_rate=self.session.sample_rate_hz, wait_playback_start=True)
        self.runner = _runner(room, audio, self.avatar, self.session)
        await self.runner.start()
        agent_session.output.audio = audio

    async def aclose(self) -> None:
        """Leaves the room."""
        self.session.close()
        if self.runner is not None:
            await self.runner.aclose()


class AvatarWorker:
    """A presenter that joins an agent's room by itself; the agent's speech comes as data streams (:func:`speak_through`).

    Args:
        avatar, sample_rate_hz, options: as :class:`AvatarSession`'s.
        agent: the agent's identity; None: the first agent in the room.
    """

    def __init__(
        self, avatar: Avatar | str | None = None, *, sample_rate_hz: int = 24000, agent: str | None = None, **options: Any
    ) -> None:
        self.avatar = avatar if isinstance(avatar, Avatar) else Avatar(avatar)
        self.session = LiveSession(self.avatar, sample_rate_hz=sample_rate_hz, format="i420", **options)
        self.room: rtc.Room | None = None
        self.runner: AvatarRunner | None = None
        self._agent = agent
        self._left = asyncio.Event()

    async def join(self, url: str, token: str) -> None:
        """Enters the room, waits for the agent, and speaks for it from then on."""
        self.room = rtc.Room()
        self.room.on("disconnected", lambda *_: self._left.set())
        await self.room.connect(url, token)
        speech = DataStreamAudioReceiver(self.room, sender_identity=self._agent, frame_size_ms=_SOUND_MS)
        self.runner = _runner(self.room, speech, self.avatar, self.session)
        await self.runner.start()

    async def wait(self) -> None:
        """Until the room is closed, or the worker is sent out of it."""
        await self._left.wait()

    async def aclose(self) -> None:
        """Leaves the room."""
        self.session.close()
        if self.runner is not None:
            await self.runner.aclose()
        if self.room is not None:
            await self.room.disconnect()


def speak_through(agent_session: Any, room: rtc.Room, *, identity: str = IDENTITY, sample_rate_hz: int = 24000) -> None:
    """In the agent: its speech goes to the worker of this identity, once that has joined and shows a picture."""
    agent_session.output.audio = DataStreamAudioOutput(
        room,
        destination_identity=identity,
        sample_rate=sample_rate_hz,
        wait_remote_track=rtc.TrackKind.KIND_VIDEO,
        wait_playback_start=True,
    )


def worker_token(
    room: str, on_behalf_of: str, *, identity: str = IDENTITY, api_key: str | None = None, api_secret: str | None = None
) -> str:
    """Lets a worker into a room, where it publishes for the agent of the identity ``on_behalf_of``; None: LIVEKIT_API_KEY, LIVEKIT_API_SECRET."""
    from livekit import api

    token = api.AccessToken(api_key, api_secret).with_identity(identity).with_name(identity).with_kind("agent")
    grants = api.VideoGrants(room_join=True, room=room)
    return str(token.with_grants(grants).with_attributes({ATTRIBUTE_PUBLISH_ON_BEHALF: on_behalf_of}).to_jwt())


def _runner(room: rtc.Room, speech: AudioReceiver, avatar: Avatar, session: LiveSession) -> AvatarRunner:
    options = AvatarOptions(
        video_width=avatar.width,
        video_height=avatar.height,
        video_fps=avatar.fps,
        audio_sample_rate=session.sample_rate_hz,
        audio_channels=1,
    )
    generator = Generator(session)
    runner = AvatarRunner(room, audio_recv=speech, video_gen=generator, options=options)
    generator.synchronizer = runner.av_sync
    return runner


def _video(picture: Picture) -> rtc.VideoFrame:
    planes = b"".join(plane.tobytes() for plane in picture.planes)
    return rtc.VideoFrame(picture.width, picture.height, rtc.VideoBufferType.I420, planes)


async def _work(words: argparse.Namespace) -> None:
    worker = AvatarWorker(words.avatar, sample_rate_hz=words.rate, agent=words.agent)
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    ends = [asyncio.ensure_future(stop.wait()), asyncio.ensure_future(worker.wait())]
    joining = asyncio.ensure_future(worker.join(os.environ["LIVEKIT_URL"], os.environ["LIVEKIT_TOKEN"]))
    try:
        await asyncio.wait([joining, *ends], return_when=asyncio.FIRST_COMPLETED)
        if joining.done():
            joining.result()
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (joining, *ends):
            task.cancel()
        await worker.aclose()


def _main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m framegen.livekit", description="Joins a LiveKit room and speaks for its agent: LIVEKIT_URL, LIVEKIT_TOKEN."
    )
    parser.add_argument("--avatar", default=None, help="a name or a folder; ava")
    parser.add_argument("--rate", type=int, default=24000, help="of the agent's speech, Hz")
    parser.add_argument("--agent", default=None, help="the agent's identity; the first agent in the room")
    words = parser.parse_args()
    missing = [name for name in ("LIVEKIT_URL", "LIVEKIT_TOKEN") if not os.environ.get(name)]
    if missing:
        parser.error(f"{' and '.join(missing)} not set: the room's address, and a token of framegen.livekit.worker_token()")
    asyncio.run(_work(words))


if __name__ == "__main__":
    _main()
