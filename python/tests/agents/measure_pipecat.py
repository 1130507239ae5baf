#!/usr/bin/env python3
# measure_pipecat.py: how soon a face comes in a Pipecat pipeline, and how soon it stops (docs/agents.md).
#   ./run agents measure-pipecat [--rounds 10] [--precision int8]
# A whole pipeline with a synthesis of five times real time in the place of the voice; times are those at which frames reach what comes after
# framegen. Exit 1: a goal is missed.
from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import time

import framegen
import framegen.pipecat
from pipecat.frames.frames import EndFrame, InterruptionFrame, OutputImageRawFrame, TTSAudioRawFrame, TTSStoppedFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.task import PipelineParams, PipelineTask
from test_pipecat import RATE, Ear, pieces, speech

SPEED = 5
LONGEST_S = 240


class Clock(Ear):
    """When each frame came."""

    def __init__(self):
        super().__init__()
        self.came = []

    async def process_frame(self, frame, direction):
        self.came.append((time.monotonic(), frame))
        await super().process_frame(frame, direction)

    def after(self, moment, kind):
        return [at for at, frame in self.came if at >= moment and isinstance(frame, kind)]


async def until(what):
    end = time.monotonic() + LONGEST_S
    while not what():
        if time.monotonic() > end:
            raise SystemExit("it did not come")
        await asyncio.sleep(0.002)


async def say(task, seconds):
    """Speech as it would be made, until it is cancelled."""
    due = time.monotonic()
    for piece in pieces(speech(seconds)):
        await task.queue_frame(piece)
        due += len(piece.audio) / 2 / RATE / SPEED
        await asyncio.sleep(max(0.0, due - time.monotonic()))
    await task.queue_frame(TTSStoppedFrame())


async def talk(task, clock, rounds, figures):
    for number in range(rounds + 1):  # the first makes what is made once
        begun = time.monotonic()
        saying = asyncio.ensure_future(say(task, 8))
        await until(lambda: clock.after(begun, OutputImageRawFrame))
        first = clock.after(begun, OutputImageRawFrame)[0] - begun
        await asyncio.sleep(1)
        saying.cancel()
        stop = time.monotonic()
        await task.queue_frame(InterruptionFrame())
        await until(lambda: clock.after(stop, InterruptionFrame))
        await asyncio.sleep(0.5)
        late = clock.after(stop, (OutputImageRawFrame, TTSAudioRawFrame))
        if number:
            figures.append((first, max([at - stop for at in late], default=0.0)))
    await task.queue_frame(EndFrame())


async def measure(words):
    avatar = framegen.Avatar("ava", framegen.Engine(precision=words.precision, low_latency=words.low_latency, cache=False))
    clock, figures = Clock(), []
    task = PipelineTask(Pipeline([framegen.pipecat.FramegenVideoService(avatar), clock]), params=PipelineParams(audio_out_sample_rate=RATE))
    talking = asyncio.create_task(talk(task, clock, words.rounds, figures))
    await PipelineRunner(handle_sigint=False).run(task)
    await talking
    return figures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--precision", default="int8")
    parser.add_argument("--low-latency", action="store_true", help="all cores at one face: sooner where nobody else wants them, later where somebody does")
    figures = asyncio.run(measure(parser.parse_args()))
    print(f"load {os.getloadavg()[0]:.1f}\n\n| Pipecat, from → to | median | 95 % | goal |\n| --- | --- | --- | --- |")
    missed = 0
    names = ("first sound of 5× synthesis → first face", "interruption → last picture or sound")
    for name, values, goal in zip(names, zip(*figures, strict=True), (200, 100), strict=True):
        values = sorted(value * 1000 for value in values)
        missed += statistics.median(values) > goal
        print(f"| {name} | {statistics.median(values):.0f} ms | {values[int(len(values) * 0.95)]:.0f} ms | ≤ {goal} ms |")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
