# avatar.py: as livekit-agents' voice.avatar: the interface that a generator fills, and the runner that uses it.
import asyncio
from abc import ABC, abstractmethod
from dataclasses import dataclass

from livekit import rtc


class AudioSegmentEnd:
    pass


class VideoGenerator(ABC):
    @abstractmethod
    async def push_audio(self, frame): ...

    @abstractmethod
    def clear_buffer(self): ...

    @abstractmethod
    def __aiter__(self): ...


@dataclass
class AvatarOptions:
    video_width: int
    video_height: int
    video_fps: float
    audio_sample_rate: int
    audio_channels: int


class QueueAudioOutput:
    """What an agent speaks into; what it is told stands in `told`."""

    def __init__(self, *, sample_rate=None):
        self.sample_rate, self.queue, self.told, self.on_clear = sample_rate, asyncio.Queue(), [], None

    def capture_frame(self, frame):
        self.queue.put_nowait(frame)

    def flush(self):
        self.queue.put_nowait(AudioSegmentEnd())

    def clear_buffer(self):
        while not self.queue.empty():
            self.queue.get_nowait()
        self.on_clear()


class Synchronizer:
    """Of the published AVSynchronizer what a generator may call; here everything is shown and heard at once."""

    def __init__(self):
        self.resets = 0

    async def wait_for_playout(self):
        pass

    def reset(self):
        self.resets += 1


class AvatarRunner:
    """Reads sound into the generator, takes its frames, and tells of playback: the rules of the published runner."""

    def __init__(self, room, *, audio_recv, video_gen, options):
        self.audio, self.generator, self.options = audio_recv, video_gen, options
        self.playing, self.position, self.frames, self.tasks = False, 0.0, [], []
        self.changed = asyncio.Condition()
        self.av_sync = Synchronizer()

    async def start(self):
        self.audio.on_clear = self._on_clear_buffer
        self.tasks = [asyncio.create_task(self._read_audio()), asyncio.create_task(self._forward_video())]

    async def _read_audio(self):
        while True:
            frame = await self.audio.queue.get()
            self.playing = self.playing or isinstance(frame, rtc.AudioFrame)
            await self.generator.push_audio(frame)

    async def _forward_video(self):
        async for frame in self.generator:
            async with self.changed:
                self._take(frame)
                self.changed.notify_all()

    def _take(self, frame):
        self.frames.append(frame)
        if isinstance(frame, AudioSegmentEnd):
            if self.playing:
                self.audio.told.append(("finished", round(self.position, 6), False))
                self.playing, self.position = False, 0.0
        elif isinstance(frame, rtc.AudioFrame):
            if self.position == 0:
                self.audio.told.append(("started",))
            self.position += frame.duration

    def _on_clear_buffer(self):
        async def clear(was_playing):
            cleared = self.generator.clear_buffer()
            if asyncio.iscoroutine(cleared):
                await cleared
            if was_playing:
                async with self.changed:
                    self.audio.told.append(("finished", round(self.position, 6), True))
                    self.position = 0.0
                    self.changed.notify_all()

        self.tasks.append(asyncio.create_task(clear(self.playing)))
        self.playing = False

    async def aclose(self):
        for task in self.tasks:
            task.cancel()
        return await asyncio.gather(*self.tasks, return_exceptions=True)
