# pipecat.py: framegen in a Pipecat pipeline, in the bot's own process.
"""A bot with a face: ``pip install framegen[pipecat]``, then between the voice and the transport's output::

    Pipeline([…, tts, framegen.pipecat.FramegenVideoService("ava"), transport.output(), …])

The transport: video_out_enabled=True, video_out_is_live=False (pictures are tied to the sound), the avatar's width and height.
"""

from __future__ import annotations

import asyncio
from typing import Any

from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    InterruptionFrame,
    OutputImageRawFrame,
    StartFrame,
    TTSAudioRawFrame,
    TTSStoppedFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor, FrameProcessorSetup

from ._native import Picture, SegmentEnd
from .avatar import Avatar
from .live import LiveSession

__all__ = ["FramegenVideoService"]


class FramegenVideoService(FrameProcessor):
    """Holds speech back until its pictures are made, and gives both, picture before sound.

    ``TTSStoppedFrame`` is held until its speech was given out; an interruption forgets both. Where the avatar fails the voice goes on.

    Args:
        avatar: a name, a folder, or an open :class:`framegen.Avatar`.
        words: the processor's.
    """

    def __init__(self, avatar: Avatar | str | None = None, **words: Any) -> None:
        super().__init__(**words)
        self.avatar = avatar if isinstance(avatar, Avatar) else Avatar(avatar)
        self._session: LiveSession | None = None
        self._giver: asyncio.Task[None] | None = None
        self._held: list[Frame] = []
        self._speaks = False
        self._interrupts = 0
        self._rate = 0

    async def setup(self, setup: FrameProcessorSetup) -> None:
        """Pipecat's."""
        await super().setup(setup)
        self._rate = getattr(setup, "audio_out_sample_rate", 0)  # since 1.8; the StartFrame's goes with 2.0

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Pipecat's."""
        await super().process_frame(frame, direction)
        session = self._session
        if session is not None and isinstance(frame, TTSAudioRawFrame):
            if frame.sample_rate == session.sample_rate_hz and frame.num_channels == 1:
                self._speaks = True
                await session.feed(frame.audio)
                return
            await self.push_error(f"framegen: the voice must be mono at {session.sample_rate_hz} Hz; it goes on without a face")
        elif session is not None and isinstance(frame, TTSStoppedFrame) and self._speaks:
            self._speaks = False
            self._held.append(frame)
            session.flush()
            return
        elif session is not None and isinstance(frame, InterruptionFrame):
            self._held.clear()
            self._speaks = False
            self._interrupts += 1
            session.interrupt()
        elif session is not None and isinstance(frame, EndFrame):
            session.finish()  # what was pushed is still spoken before the pipeline ends
            if self._giver is not None:
                await self._giver
            self._close()
        elif isinstance(frame, CancelFrame):
            if self._giver is not None:
                await self.cancel_task(self._giver)
            self._close()
        await self.push_frame(frame, direction)
        if isinstance(frame, StartFrame):
            rate = self._rate or frame.audio_out_sample_rate
            self._session = LiveSession(self.avatar, sample_rate_hz=rate, pace="fast")
            self._giver = self.create_task(self._give(self._session))

    async def _give(self, session: LiveSession) -> None:
        try:
            interrupts = self._interrupts
            async for given in session:
                if isinstance(given, SegmentEnd):
                    if not given.interrupted and self._held:
                        await self.push_frame(self._held.pop(0))
                elif interrupts == self._interrupts:  # else the interruption overtook it, and is downstream already
                    await self._give_picture(given, session.sample_rate_hz)
                interrupts = self._interrupts
        except Exception as error:
            self._session = None  # the voice goes on
            await self.push_error(f"framegen: {error}; the voice goes on without a face")

    async def _give_picture(self, picture: Picture, rate: int) -> None:
        pixels = picture.bgr[..., ::-1].tobytes()
        image = OutputImageRawFrame(image=pixels, size=(picture.width, picture.height), format="RGB")
        image.sync_with_audio = True
        await self.push_frame(image)
        await self.push_frame(TTSAudioRawFrame(audio=picture.sound.tobytes(), sample_rate=rate, num_channels=1))

    def _close(self) -> None:
        if self._session is not None:
            self._session.close()
        self._session = None
        self._giver = None
