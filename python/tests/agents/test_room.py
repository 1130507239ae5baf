# test_room.py: a worker joins a room of a real LiveKit server and speaks for an agent, seen and heard by a third participant.
# LIVEKIT_SERVER names the server's program (github.com/livekit/livekit-server); skipped where there is none.
from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time

import numpy as np
import pytest

rtc = pytest.importorskip("livekit.rtc")
pytest.importorskip("livekit.agents")

import framegen.livekit
import rooms
from test_livekit import Agent, frames, speech

in_a_room = pytest.mark.skipif(not rooms.SERVER, reason="no livekit-server: LIVEKIT_SERVER names it")


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with rooms.serving(tmp_path_factory.mktemp("livekit")) as address:
        yield address


class Viewer:
    """Counts pictures and keeps the sound of whoever publishes."""

    def __init__(self):
        self.room, self.sizes, self.sound, self.owners, self.tasks = rtc.Room(), [], [], set(), []
        self.room.on("track_subscribed", self.take)

    def take(self, track, publication, participant):
        self.owners.add((participant.identity, participant.attributes.get("lk.publish_on_behalf")))
        watch = self.watch if track.kind == rtc.TrackKind.KIND_VIDEO else self.listen
        self.tasks.append(asyncio.ensure_future(watch(track)))

    async def watch(self, track):
        async for event in rtc.VideoStream(track):
            self.sizes.append((event.frame.width, event.frame.height))

    async def listen(self, track):
        async for event in rtc.AudioStream(track, sample_rate=24000, num_channels=1):
            self.sound.append(np.frombuffer(event.frame.data, np.int16).copy())

    def loud_s(self):
        """Seconds in which something was heard."""
        return sum(len(piece) for piece in self.sound if np.abs(piece.astype(int)).mean() > 300) / 24000


async def wait_for(what, seconds=240):
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not come"
        await asyncio.sleep(0.02)


async def talk(url):
    viewer, room, agent, starts, ends = Viewer(), rtc.Room(), Agent(), [], []
    await viewer.room.connect(url, rooms.token("viewer"))
    await room.connect(url, rooms.token("agent", "agent"))
    framegen.livekit.speak_through(agent, room)
    agent.output.audio.on("playback_started", lambda event: starts.append(event))
    agent.output.audio.on("playback_finished", lambda event: ends.append(event))
    environment = os.environ | {
        "LIVEKIT_URL": url,
        "LIVEKIT_TOKEN": framegen.livekit.worker_token(rooms.ROOM, "agent", api_key=rooms.KEY, api_secret=rooms.SECRET),
    }
    worker = subprocess.Popen([sys.executable, "-m", "framegen.livekit", "--avatar", "ava"], env=environment)
    try:
        for frame in frames(speech(1.2)):  # waits until the worker has joined and shows a picture
            await agent.output.audio.capture_frame(frame)
        agent.output.audio.flush()
        await wait_for(lambda: len(ends) == 1)
        heard = viewer.loud_s()
        for frame in frames(speech(20)):
            await agent.output.audio.capture_frame(frame)
        agent.output.audio.flush()
        await wait_for(lambda: viewer.loud_s() > heard + 0.3)
        agent.output.audio.clear_buffer()
        await wait_for(lambda: len(ends) == 2)
        await asyncio.sleep(1)
        after = viewer.loud_s()
        await asyncio.sleep(1)
        quiet = viewer.loud_s() - after
    finally:
        worker.terminate()
        code = worker.wait(30)
        await viewer.room.disconnect()
        await room.disconnect()
        for task in viewer.tasks:
            task.cancel()
    return viewer, len(starts), ends, heard, quiet, code


@in_a_room
def test_a_worker_speaks_for_the_agent_in_a_room_and_stops_when_it_is_interrupted(url):
    viewer, starts, ends, heard, quiet, code = asyncio.run(asyncio.wait_for(talk(url), 600))
    assert viewer.owners == {("framegen", "agent")}
    assert len(viewer.sizes) > 20 and (1280, 720) in viewer.sizes
    assert starts == 2  # told by the worker, when it is heard
    assert not ends[0].interrupted and 1.16 <= ends[0].playback_position <= 1.28
    assert heard > 0.5  # the sound goes up and down in it, and so do what is lost and stretched on the way
    assert ends[1].interrupted and 0 < ends[1].playback_position < 19
    assert quiet == 0 and code == 0


def test_a_worker_says_what_it_lacks():
    without = {name: value for name, value in os.environ.items() if not name.startswith("LIVEKIT_")}
    done = subprocess.run([sys.executable, "-m", "framegen.livekit"], env=without, capture_output=True, text=True)
    assert done.returncode == 2 and "LIVEKIT_URL" in done.stderr and "worker_token" in done.stderr
