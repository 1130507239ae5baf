# test_together.py: picture and sound stay together in LiveKit's runner, also where pictures came too late once.
from __future__ import annotations

import asyncio
import statistics
import time

import pytest

pytest.importorskip("livekit.agents")

import framegen
import framegen.livekit
import measure
from test_livekit import Agent, Room, speech

STALL_S = 0.25  # less than LiveKit's synchroniser makes up for by itself


def test_after_a_stall_in_the_middle_of_a_sentence_pictures_wait_for_their_sound(monkeypatch):
    monkeypatch.setattr(framegen.livekit, "_video", framegen.livekit._video)  # Watch puts itself in its place

    async def talk():
        avatar = framegen.Avatar("ava", framegen.Engine(precision="int8", cache=False))
        session, agent, ends = framegen.livekit.AvatarSession(avatar, sample_rate_hz=measure.RATE), Agent(), []
        await session.start(agent, Room())
        watch = measure.Watch(session.runner)
        agent.output.audio.on("playback_finished", lambda event: ends.append(event))
        saying = asyncio.ensure_future(measure.say(agent.output.audio, speech(5), 5))
        await measure.until(lambda: len(watch.heard) > 20)
        time.sleep(STALL_S)  # nothing of this process is shown meanwhile
        behind = watch.last + 8
        await saying
        await measure.until(lambda: ends)
        await session.aclose()
        return [watch.shown[n] - watch.heard[n] for n in sorted(watch.heard) if n > behind and n in watch.shown]

    skews = asyncio.run(asyncio.wait_for(talk(), 120))
    assert len(skews) > 20
    assert abs(statistics.median(skews)) < STALL_S / 3
