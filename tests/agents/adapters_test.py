# adapters_test.py: LiveKit's generator and Pipecat's processor against recorded sessions of `framegen serve`.
#   python3 adapters_test.py                       replays recordings/
#   python3 adapters_test.py --record ws://…:8317  makes them anew from a running server (see recordings/README.md)
import asyncio
import math
import struct
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE / "stubs"), str(HERE.parent.parent / "examples" / "agents")]

from livekit import rtc
from livekit.agents.voice.avatar import AudioSegmentEnd
from pipecat.frames.frames import (EndFrame, InterruptionFrame, OutputImageRawFrame, StartFrame, TTSAudioRawFrame, TTSStartedFrame,
                                   TTSStoppedFrame)
from pipecat.processors.frame_processor import FrameDirection

import livekit_generator
import pipecat_processor
from recorded_server import Recorded, Recorder, serve

PATIENCE_S = 30
RECORDINGS = [HERE / "recordings" / name for name in ("livekit.jsonl.gz", "pipecat.jsonl.gz")]
RATE = 8000


def tone(milliseconds):
    return struct.pack(f"<{RATE * milliseconds // 1000}h", *(int(8000 * math.sin(0.3 * i + 0.0001 * i * i)) for i in range(RATE * milliseconds // 1000)))


def pieces(pcm, milliseconds=100):
    size = RATE * milliseconds // 1000 * 2
    return [pcm[at:at + size] for at in range(0, len(pcm), size)]


async def until(changed, condition):
    async with changed:
        await asyncio.wait_for(changed.wait_for(condition), PATIENCE_S)


class Agent:
    """Stands for LiveKit's AgentSession."""

    class output:
        audio = None


async def livekit_speaks_and_is_interrupted(url):
    agent = Agent()
    runner = await livekit_generator.start_avatar(agent, rtc.Room(), url, RATE)
    audio, frames = agent.output.audio, runner.frames
    heard = lambda: b"".join(bytes(f.data) for f in frames if isinstance(f, rtc.AudioFrame))
    await until(runner.changed, lambda: len(frames) >= 3)
    assert all(isinstance(f, rtc.VideoFrame) for f in frames), "idle silence was given out as sound"
    first = tone(700)
    for piece in pieces(first):
        audio.capture_frame(rtc.AudioFrame(piece, RATE, 1, len(piece) // 2))
    audio.flush()
    await until(runner.changed, lambda: any(isinstance(f, AudioSegmentEnd) for f in frames))
    assert heard()[:len(first)] == first and not any(heard()[len(first):]), "the sound came back changed"
    assert audio.told == [("started",), ("finished", math.ceil(0.7 * 25) / 25, False)], audio.told
    sounds = [i for i, f in enumerate(frames) if isinstance(f, rtc.AudioFrame)]
    assert all(isinstance(frames[i - 1], rtc.VideoFrame) for i in sounds), "a sound came before its picture"
    # Another reply, which is interrupted, and a third one right after it.
    for piece in pieces(tone(1000)):
        audio.capture_frame(rtc.AudioFrame(piece, RATE, 1, len(piece) // 2))
    mark = len(heard())
    await until(runner.changed, lambda: len(heard()) >= mark + 4 * RATE // 25 * 2)
    audio.clear_buffer()
    await until(runner.changed, lambda: len(audio.told) == 4)
    interrupted = len(heard())
    assert audio.told[3][0] == "finished" and audio.told[3][2] is True, audio.told
    third = first[::-1][:RATE]
    audio.capture_frame(rtc.AudioFrame(third, RATE, 1, len(third) // 2))
    audio.flush()
    await until(runner.changed, lambda: len(audio.told) == 6)
    assert heard()[interrupted:interrupted + len(third)] == third, "something of the interrupted reply was heard after it"
    assert audio.told[4:] == [("started",), ("finished", math.ceil(0.5 * 25) / 25, False)], audio.told
    assert runner.av_sync.resets >= 1, "pictures and sound do not begin together"
    await runner.generator._session.close()
    for result in await runner.aclose():
        assert result is None or isinstance(result, asyncio.CancelledError), result


async def pipecat_speaks_and_is_interrupted(url):
    processor = pipecat_processor.FramegenProcessor(url)
    down = FrameDirection.DOWNSTREAM
    say = lambda frame: processor.process_frame(frame, down)
    pushed = processor.pushed
    of = lambda kind: [f for f in pushed if isinstance(f, kind)]
    heard = lambda: b"".join(f.audio for f in of(TTSAudioRawFrame))
    await say(StartFrame(audio_out_sample_rate=RATE))
    await until(processor.changed, lambda: len(of(OutputImageRawFrame)) >= 3)
    assert not of(TTSAudioRawFrame)
    image = of(OutputImageRawFrame)[0]
    assert image.format == "RGB" and len(image.image) == image.size[0] * image.size[1] * 3 and image.sync_with_audio
    first = tone(700)
    await say(TTSStartedFrame())
    for piece in pieces(first):
        await say(TTSAudioRawFrame(piece, RATE, 1))
    await say(TTSStoppedFrame())
    assert not of(TTSStoppedFrame), "the end was told before the speech was"
    await until(processor.changed, lambda: of(TTSStoppedFrame))
    assert heard()[:len(first)] == first and not any(heard()[len(first):])
    assert len(heard()) == math.ceil(0.7 * 25) * RATE // 25 * 2
    last_sound = max(i for i, f in enumerate(pushed) if isinstance(f, TTSAudioRawFrame))
    assert pushed.index(of(TTSStoppedFrame)[0]) > last_sound
    # A reply that is interrupted …
    for piece in pieces(tone(1000)):
        await say(TTSAudioRawFrame(piece, RATE, 1))
    mark = len(heard())
    await until(processor.changed, lambda: len(heard()) >= mark + 4 * RATE // 25 * 2)
    await say(InterruptionFrame())
    interrupted = len(heard())
    # … a voice of another rate, which is refused, and a reply that the pipeline's end waits for.
    await say(TTSAudioRawFrame(bytes(480), 24000, 1))
    assert len(processor.errors) == 1 and "8000" in processor.errors[0]
    third = first[::-1][:RATE]
    await say(TTSAudioRawFrame(third, RATE, 1))
    await say(TTSStoppedFrame())
    await say(EndFrame())
    assert heard()[interrupted:interrupted + len(third)] == third
    assert isinstance(pushed[-1], EndFrame) and len(of(TTSStoppedFrame)) == 2 and len(of(InterruptionFrame)) == 1


async def main():
    record = sys.argv[2] if sys.argv[1:2] == ["--record"] else None
    handler = Recorder(record, *RECORDINGS) if record else Recorded(*RECORDINGS)
    runner, url = await serve(handler)
    for scenario in (livekit_speaks_and_is_interrupted, pipecat_speaks_and_is_interrupted):
        await asyncio.wait_for(scenario(url), 2 * PATIENCE_S)
        assert not handler.complaints, handler.complaints
        print(f"ok: {scenario.__name__}")
    await runner.cleanup()


asyncio.run(main())
