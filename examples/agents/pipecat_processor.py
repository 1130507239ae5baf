# pipecat_processor.py: framegen in a Pipecat pipeline, between TTS and transport.output(), over `framegen serve`.
#   pip install pipecat-ai;  Pipeline([…, tts, FramegenProcessor("ws://127.0.0.1:8317"), transport.output(), …])
# The transport: video_out_enabled=True, video_out_is_live=False (pictures are tied to the sound), the avatar's width and height.
from pipecat.frames.frames import (CancelFrame, EndFrame, Frame, InterruptionFrame, OutputImageRawFrame, StartFrame, TTSAudioRawFrame,
                                   TTSStoppedFrame)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from framegen_session import FramegenSession, SegmentEnd


def rgb(bgr: bytes) -> bytes:
    turned = bytearray(bgr)
    turned[0::3], turned[2::3] = bgr[2::3], bgr[0::3]
    return bytes(turned)


class FramegenProcessor(FrameProcessor):
    def __init__(self, url: str, *, avatar: str | None = None, token: str | None = None, **words):
        super().__init__(**words)
        self._url, self._choice = url, {"avatar": avatar, "token": token}
        self._session = self._receiver = None
        self._held = []  # TTSStoppedFrames whose speech is still to come

    async def process_frame(self, frame: Frame, direction: FrameDirection):
        await super().process_frame(frame, direction)
        if isinstance(frame, TTSAudioRawFrame):
            return await self._say(frame)
        if isinstance(frame, TTSStoppedFrame) and self._session and self._session.speaks:
            self._held.append(frame)
            return await self._session.flush()
        if isinstance(frame, InterruptionFrame) and self._session:
            self._held.clear()
            await self._session.interrupt()
        elif isinstance(frame, EndFrame) and self._session:
            await self._session.stop()  # what was pushed is still spoken before the pipeline ends
            await self._receiver
            await self._close()
        elif isinstance(frame, CancelFrame) and self._session:
            await self._close()
        await self.push_frame(frame, direction)
        if isinstance(frame, StartFrame):
            self._session = FramegenSession(self._url, rate=frame.audio_out_sample_rate, video="bgr", pace="fast", **self._choice)
            await self._session.start()
            self._receiver = self.create_task(self._receive())

    async def _say(self, frame: TTSAudioRawFrame):
        if frame.sample_rate != self._session.rate or frame.num_channels != 1:
            return await self.push_error(error_msg=f"framegen: the voice must be mono at audio_out_sample_rate ({self._session.rate} Hz)")
        await self._session.push(frame.audio)

    # The picture first, then its sound: with sync_with_audio the transport shows it when all sound before it has been played.
    async def _receive(self):
        async for message in self._session:
            if isinstance(message, SegmentEnd):
                if not message.interrupted and self._held:
                    await self.push_frame(self._held.pop(0))
                continue
            if message.picture:
                image = OutputImageRawFrame(image=rgb(message.picture), size=(message.width, message.height), format="RGB")
                image.sync_with_audio = True
                await self.push_frame(image)
            if message.own_sound:
                await self.push_frame(TTSAudioRawFrame(audio=message.sound, sample_rate=self._session.rate, num_channels=1))

    async def _close(self):
        await self._session.close()
        await self.cancel_task(self._receiver)
        self._session = None
