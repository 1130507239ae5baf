# test_pipecat.py: the installed pipecat-ai runs framegen in a real pipeline, with speech in the place of a voice, interruptions included.
from __future__ import annotations

import asyncio

import numpy as np
import pytest

pytest.importorskip("pipecat")

import framegen
import framegen.pipecat
from pipecat.frames.frames import EndFrame, InterruptionFrame, OutputImageRawFrame, TTSAudioRawFrame, TTSStoppedFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.task import PipelineParams, PipelineTask
from pipecat.processors.frame_processor import FrameProcessor

RATE = 24000


@pytest.fixture(scope="module")
def ava():
    return framegen.Avatar("ava", framegen.Engine(cache=False))


class Ear(FrameProcessor):
    """What comes out, in order."""

    def __init__(self):
        super().__init__()
        self.given = []

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        self.given.append(frame)
        await self.push_frame(frame, direction)

    def heard(self):
        return np.concatenate([np.frombuffer(f.audio, np.int16) for f in self.given if isinstance(f, TTSAudioRawFrame)] or [np.zeros(0, np.int16)])


def speech(seconds):
    t = np.arange(int(RATE * seconds)) / RATE
    return (9000 * np.sin(2 * np.pi * 200 * t) * np.abs(np.sin(2 * np.pi * 3 * t))).astype(np.int16)


def pieces(sound):
    return [TTSAudioRawFrame(sound[at : at + 2400].tobytes(), RATE, 1) for at in range(0, len(sound), 2400)]


async def run(ava, talk):
    ear = Ear()
    task = PipelineTask(Pipeline([framegen.pipecat.FramegenVideoService(ava), ear]), params=PipelineParams(audio_out_sample_rate=RATE))
    talking = asyncio.create_task(talk(task, ear))
    await asyncio.wait_for(PipelineRunner(handle_sigint=False).run(task), 120)
    await talking
    return ear


def test_pictures_come_with_their_sound_and_the_end_is_held_until_it_was_spoken(ava):
    sound = speech(1)

    async def talk(task, ear):
        await task.queue_frames([*pieces(sound), TTSStoppedFrame(), EndFrame()])

    ear = asyncio.run(run(ava, talk))
    heard = ear.heard()
    assert np.array_equal(heard[: len(sound)], sound) and not heard[len(sound) :].any()
    media = [f for f in ear.given if isinstance(f, (OutputImageRawFrame, TTSAudioRawFrame))]
    assert all(isinstance(f, OutputImageRawFrame) for f in media[0::2]) and all(isinstance(f, TTSAudioRawFrame) for f in media[1::2])
    assert media[0].size == (1280, 720) and media[0].sync_with_audio
    stopped = next(n for n, f in enumerate(ear.given) if isinstance(f, TTSStoppedFrame))
    assert not any(isinstance(f, TTSAudioRawFrame) for f in ear.given[stopped:])


def test_after_an_interruption_nothing_of_it_comes_and_the_next_reply_does(ava):
    async def talk(task, ear):
        await task.queue_frames([*pieces(speech(20)), TTSStoppedFrame()])
        while not len(ear.heard()):
            await asyncio.sleep(0.02)
        await task.queue_frame(InterruptionFrame())
        while not any(isinstance(f, InterruptionFrame) for f in ear.given):
            await asyncio.sleep(0.02)
        ear.given.clear()
        await task.queue_frames([*pieces(-speech(0.5)), TTSStoppedFrame(), EndFrame()])

    ear = asyncio.run(run(ava, talk))
    heard = ear.heard()
    assert np.array_equal(heard[: RATE // 2], -speech(0.5)) and len(heard) < RATE
