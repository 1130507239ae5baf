# livekit_generator.py: framegen as LiveKit Agents' avatar: a VideoGenerator for AvatarRunner, over `framegen serve`.
#   pip install livekit-agents;  then, in an agent's entrypoint, before session.start():  await start_avatar(session, ctx.room)
import asyncio
import time
from collections.abc import AsyncIterator

from livekit import rtc
from livekit.agents.voice.avatar import AudioSegmentEnd, AvatarOptions, AvatarRunner, QueueAudioOutput, VideoGenerator

from framegen_session import FramegenSession, SegmentEnd


class FramegenGenerator(VideoGenerator):
    def __init__(self, session: FramegenSession):
        self._session = session
        self.synchronizer: rtc.AVSynchronizer | None = None  # the runner's
        self._heard_until = 0.0

    async def push_audio(self, frame: rtc.AudioFrame | AudioSegmentEnd) -> None:
        if isinstance(frame, AudioSegmentEnd):
            return await self._session.flush()
        if frame.sample_rate != self._session.rate or frame.num_channels != 1:
            raise ValueError(f"{frame.sample_rate} Hz × {frame.num_channels}: this session speaks mono at {self._session.rate} Hz")
        await self._session.push(bytes(frame.data))

    async def clear_buffer(self) -> None:
        self._heard_until = 0.0
        await self._session.interrupt()

    def __aiter__(self) -> AsyncIterator[rtc.VideoFrame | rtc.AudioFrame | AudioSegmentEnd]:
        return self._frames()

    async def _frames(self):
        async for message in self._session:
            if isinstance(message, SegmentEnd):
                # AvatarRunner has told the agent of an interrupted one itself: another end would finish the next reply.
                if not message.interrupted:
                    yield AudioSegmentEnd()
                continue
            if message.own_sound:
                await self._begin_together()
            if message.picture:
                yield rtc.VideoFrame(width=message.width, height=message.height, type=rtc.VideoBufferType.I420, data=message.picture)
            if message.own_sound:  # AvatarRunner takes any sound for playback: idle silence is no sound
                samples = len(message.sound) // 2
                self._heard_until = max(self._heard_until, time.monotonic()) + samples / self._session.rate
                yield rtc.AudioFrame(data=message.sound, sample_rate=self._session.rate, num_channels=1,
                                     samples_per_channel=samples)

    async def _begin_together(self) -> None:
        """After a gap in the sound LiveKit's clock for pictures is set anew: it goes on where the sound had to wait."""
        if self.synchronizer is None or self._heard_until > time.monotonic():
            return
        await self.synchronizer.wait_for_playout()
        await asyncio.sleep(0.02)  # of sound in hand
        self.synchronizer.reset()


async def start_avatar(agent_session, room: rtc.Room, url: str = "ws://127.0.0.1:8317", rate: int = 24000, **words) -> AvatarRunner:
    session = FramegenSession(url, rate=rate, video="i420", pace="realtime", **words)
    ready = await session.start()
    audio = QueueAudioOutput(sample_rate=rate)
    options = AvatarOptions(video_width=ready["width"], video_height=ready["height"], video_fps=ready["fps"],
                            audio_sample_rate=rate, audio_channels=1)
    generator = FramegenGenerator(session)
    runner = AvatarRunner(room, audio_recv=audio, video_gen=generator, options=options)
    generator.synchronizer = runner.av_sync
    await runner.start()
    agent_session.output.audio = audio
    return runner
