#!/usr/bin/env python3
# measure.py: how soon a face comes in LiveKit's own runner, how soon it stops, and whether picture and sound stay together (docs/agents.md).
#   ./run agents measure [SECONDS] [--precision int8]        300 s of speech in one piece, after ten short ones that are interrupted
# Everything of LiveKit is real but the room: times are those at which the runner gives pictures and sound to the room's tracks. Exit 1: a goal is missed.
from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import time

import framegen
import framegen.livekit
from livekit import rtc
from test_livekit import Agent, Room, speech

RATE = 24000
PIECE = RATE // 50  # 20 ms


class Watch:
    """When each picture goes into its track, and when its own sound will be heard."""

    def __init__(self, runner):
        self.speaks, self.shown, self.heard = {}, {}, {}  # by the frame's number, and its place in the order of pictures
        self.silent_at, self.last = 0.0, -1
        self.numbers = {}
        self._picture = framegen.livekit._video
        framegen.livekit._video = self.made
        self._push, self._show = runner.av_sync.push, runner._video_source.capture_frame
        self._source = runner._audio_source
        runner.av_sync.push, runner._video_source.capture_frame = self.push, self.show

    def made(self, picture):
        frame = self._picture(picture)
        self.last += 1
        self.numbers[id(frame)] = (self.last, frame)  # held, so that no other gets its id
        self.speaks[self.last] = picture.speech
        return frame

    async def push(self, frame, timestamp=None):
        if isinstance(frame, rtc.AudioFrame):
            self.heard[self.last] = time.monotonic() + self._source.queued_duration
            self.silent_at = self.heard[self.last] + frame.duration
        await self._push(frame, timestamp)

    def show(self, frame, **words):
        number, _ = self.numbers.pop(id(frame))
        self.shown[number] = time.monotonic()
        self._show(frame, **words)

    def speech_after(self, moment):
        """Moments at which pictures that speak were shown after this one, the first first."""
        return [at for number, at in sorted(self.shown.items()) if at >= moment and self.speaks[number]]


def pieces(sound):
    for at in range(0, len(sound), PIECE):
        piece = sound[at : at + PIECE]
        yield rtc.AudioFrame(piece.tobytes(), RATE, 1, len(piece))


async def say(audio, sound, speed):
    """Speech as a synthesis of this speed makes it."""
    due = time.monotonic()
    for piece in pieces(sound):
        await audio.capture_frame(piece)
        due += PIECE / RATE / speed
        await asyncio.sleep(max(0.0, due - time.monotonic()))
    audio.flush()


async def until(what, seconds=240):
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            raise SystemExit("it did not come")
        await asyncio.sleep(0.005)


async def interrupted(audio, watch, ends):
    """A reply that is interrupted after a second: first sound → first face, and the interrupt → the last face and the last sound."""
    count, begun = len(ends), time.monotonic()
    saying = asyncio.ensure_future(say(audio, speech(4), 5))
    await until(lambda: watch.speech_after(begun))
    first = watch.speech_after(begun)[0] - begun
    await asyncio.sleep(1)
    await saying
    stop = time.monotonic()
    audio.clear_buffer()
    await until(lambda: len(ends) > count)
    await asyncio.sleep(0.6)
    return first, max([at - stop for at in watch.speech_after(stop)], default=0.0), max(0.0, watch.silent_at - stop)


async def measure(words):
    avatar = framegen.Avatar("ava", framegen.Engine(precision=words.precision, low_latency=words.low_latency, cache=False))
    session, agent = framegen.livekit.AvatarSession(avatar, sample_rate_hz=RATE), Agent()
    await session.start(agent, Room())
    audio, ends, watch = agent.output.audio, [], Watch(session.runner)
    audio.on("playback_finished", lambda event: ends.append(event))
    await say(audio, speech(5), 5)  # what is made once
    await until(lambda: len(ends) == 1)
    rounds = [await interrupted(audio, watch, ends) for _ in range(words.rounds)]
    sound = speech(words.seconds)
    await asyncio.sleep(1)  # making it held up what is shown
    count, begun = len(ends), watch.last + 1
    await say(audio, sound, 1.5)
    await until(lambda: len(ends) > count, words.seconds + 60)
    await session.aclose()
    skews = [(watch.shown[n] - watch.heard[n]) * 1000 for n in range(begun, watch.last) if n in watch.shown and n in watch.heard]
    return rounds, skews, watch


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("seconds", nargs="?", type=float, default=300)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--precision", default="int8")
    parser.add_argument("--low-latency", action="store_true", help="all cores at one face: sooner where nobody else wants them, later where somebody does")
    words = parser.parse_args()
    rounds, skews, _ = asyncio.run(measure(words))
    missed = 0
    print(f"load {os.getloadavg()[0]:.1f}\n\n| from → to | median | 95 % | goal |\n| --- | --- | --- | --- |")
    names = ("first sound of 5× synthesis → first face", "interrupt → last face", "interrupt → last sound")
    for name, values, goal in zip(names, zip(*rounds, strict=True), (200, 100, 100), strict=True):
        values = sorted(value * 1000 for value in values)
        missed += statistics.median(values) > goal
        print(f"| {name} | {statistics.median(values):.0f} ms | {values[int(len(values) * 0.95)]:.0f} ms | ≤ {goal} ms |")
    second = sorted(abs(skew - statistics.median(skews)) for skew in skews)
    tenth = max(1, len(skews) // 10)
    drift = statistics.median(skews[-tenth:]) - statistics.median(skews[:tenth])
    middle = statistics.median(skews)
    missed += abs(middle) > 20 or abs(drift) > 20
    print(f"\n{len(skews)} pictures of {words.seconds:g} s in one piece: shown {middle:+.0f} ms after their sound (median; 95 % within {second[int(len(second) * 0.95)]:.0f} ms of it),"
          f" the last tenth {drift:+.0f} ms against the first; goal: within 20 ms")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
