#!/usr/bin/env python3
# measure_room.py: picture and sound of a worker as somebody else in its LiveKit room sees and hears them (docs/agents.md).
#   LIVEKIT_SERVER=… ./run agents measure-room [SECONDS] [--precision int8]        300 s in one piece
# Once a second the speech has a tone of 40 ms, and the picture that owns it a white corner: the viewer notes when each begins. Server, agent, worker
# and viewer, two codecs among them, share this machine. Exit 1: the goal is missed.
from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import framegen
import framegen.livekit
import numpy as np
import rooms
from livekit import rtc
from test_livekit import Agent, frames, speech

RATE, SAMPLES = 24000, 960  # of a picture
CORNER = 160


def marked(seconds):
    """Quiet speech, and a loud tone at each full second's first picture."""
    sound = speech(seconds) // 4
    tone = (20000 * np.sin(2 * np.pi * 2000 * np.arange(SAMPLES) / RATE)).astype(np.int16)
    for at in range(0, len(sound) - SAMPLES, RATE):
        sound[at : at + SAMPLES] = tone
    return sound


def mark_pictures():
    made = framegen.livekit._video

    def marks(picture):
        planes = picture.planes
        if np.abs(picture.sound.astype(int)).mean() > 9000:
            planes = (planes[0].copy(), *planes[1:])
            planes[0][:CORNER, :CORNER] = 235
        return made(SimpleNamespace(planes=planes, width=picture.width, height=picture.height))

    framegen.livekit._video = marks


class Viewer:
    """Moments at which a tone and a white corner began."""

    def __init__(self):
        self.room, self.tones, self.corners, self.pictures, self.tasks = rtc.Room(), [], [], 0, []
        self.room.on("track_subscribed", self.take)

    def take(self, track, *_):
        self.tasks.append(asyncio.ensure_future(self.watch(track) if track.kind == rtc.TrackKind.KIND_VIDEO else self.listen(track)))

    async def watch(self, track):
        was = False
        async for event in rtc.VideoStream(track):
            now, frame = time.monotonic(), event.frame.convert(rtc.VideoBufferType.I420)
            edge = CORNER * frame.width // 1280  # the network may make the picture smaller
            luma = np.frombuffer(frame.data, np.uint8)[: frame.width * frame.height].reshape(frame.height, frame.width)
            white = luma[edge // 4 : edge * 3 // 4, edge // 4 : edge * 3 // 4].mean() > 190
            self.pictures += 1
            if white and not was:
                self.corners.append(now)
            was = white

    async def listen(self, track):
        was = False
        async for event in rtc.AudioStream(track, sample_rate=RATE, num_channels=1):
            now, piece = time.monotonic(), np.frombuffer(event.frame.data, np.int16).astype(int)
            loud = np.abs(piece).mean() > 5000
            if loud and not was:
                self.tones.append(now)
            was = loud


async def talk(words, url):
    viewer, room, agent, ends = Viewer(), rtc.Room(), Agent(), []
    await viewer.room.connect(url, rooms.token("viewer"))
    await room.connect(url, rooms.token("agent", "agent"))
    framegen.livekit.speak_through(agent, room)
    agent.output.audio.on("playback_finished", lambda event: ends.append(event))
    avatar = framegen.Avatar("ava", framegen.Engine(precision=words.precision, low_latency=words.low_latency, cache=False))
    worker = framegen.livekit.AvatarWorker(avatar, sample_rate_hz=RATE)
    await worker.join(url, framegen.livekit.worker_token(rooms.ROOM, "agent", api_key=rooms.KEY, api_secret=rooms.SECRET))
    begun, due = time.monotonic(), 0.0
    for frame in frames(marked(words.seconds)):
        await agent.output.audio.capture_frame(frame)
        due += frame.duration
        await asyncio.sleep(max(0.0, begun + due - 20 - time.monotonic()))  # at most 20 s ahead
    agent.output.audio.flush()
    until = time.monotonic() + words.seconds + 60
    while not ends and time.monotonic() < until:
        await asyncio.sleep(0.1)
    await worker.aclose()
    await viewer.room.disconnect()
    await room.disconnect()
    for task in viewer.tasks:
        task.cancel()
    return viewer, ends


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("seconds", nargs="?", type=float, default=300)
    parser.add_argument("--precision", default="int8")
    parser.add_argument("--low-latency", action="store_true", help="all cores at one face: sooner where nobody else wants them, later where somebody does")
    words = parser.parse_args()
    if not rooms.SERVER:
        parser.error("no livekit-server: LIVEKIT_SERVER names it")
    mark_pictures()
    with tempfile.TemporaryDirectory() as folder, rooms.serving(Path(folder)) as url:
        viewer, ends = asyncio.run(talk(words, url))
    pairs = [(corner, min(viewer.tones, key=lambda tone: abs(tone - corner))) for corner in viewer.corners] if viewer.tones else []
    skews = [(corner - tone) * 1000 for corner, tone in pairs if abs(corner - tone) < 0.5]
    if len(skews) < 3 or not ends:
        print(f"{viewer.pictures} pictures, {len(viewer.corners)} corners, {len(viewer.tones)} tones, {len(ends)} ends: nothing to measure", file=sys.stderr)
        return 1
    tenth = max(1, len(skews) // 10)
    middle, drift = statistics.median(skews), statistics.median(skews[-tenth:]) - statistics.median(skews[:tenth])
    spread = sorted(abs(skew - middle) for skew in skews)[int(len(skews) * 0.95)]
    print(f"load {os.getloadavg()[0]:.1f}: {words.seconds:g} s spoken, {ends[0].playback_position:.2f} s played; {viewer.pictures} pictures seen, {len(skews)} marks of {int(words.seconds)} seen and heard:"
          f" picture {middle:+.0f} ms after its sound (median; 95 % within {spread:.0f} ms of it), the last tenth {drift:+.0f} ms against the first; goal: within 20 ms")
    return int(abs(middle) > 20 or abs(drift) > 20)


if __name__ == "__main__":
    sys.exit(main())
