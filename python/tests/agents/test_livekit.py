# test_livekit.py: the installed livekit-agents drives framegen: its own runner, queue and synchroniser; a stand-in for the room alone.
from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

rtc = pytest.importorskip("livekit.rtc")
pytest.importorskip("livekit.agents")

import framegen
import framegen.livekit
from livekit.agents.voice.avatar import AudioSegmentEnd

ROOT = Path(__file__).resolve().parents[3]


class Publication:
    async def wait_for_subscription(self):
        pass


class Room:
    """A room that is connected and takes every track."""

    def __init__(self):
        self.tracks = []
        self.local_participant = self

    def isconnected(self):
        return True

    def on(self, *_):
        pass

    off = on

    async def publish_track(self, track, options):
        self.tracks.append((track.name, options.source))
        return Publication()


class Output:
    audio = None


class Agent:
    def __init__(self):
        self.output = Output()


@pytest.fixture(scope="module")
def ava():
    return framegen.Avatar("ava", framegen.Engine(cache=False))


def frames(sound):
    for at in range(0, len(sound), 480):
        piece = sound[at : at + 480]
        yield rtc.AudioFrame(piece.tobytes(), 24000, 1, len(piece))


def speech(seconds):
    t = np.arange(int(24000 * seconds)) / 24000
    return (9000 * np.sin(2 * np.pi * 200 * t) * np.abs(np.sin(2 * np.pi * 3 * t))).astype(np.int16)


def test_the_runner_plays_a_segment_to_its_end_and_an_interrupted_one_to_its_position(ava):
    async def talk():
        avatar, agent, room = framegen.livekit.AvatarSession(ava), Agent(), Room()
        await avatar.start(agent, room)
        audio, starts, ends = agent.output.audio, [], []
        audio.on("playback_started", lambda event: starts.append(avatar.session.stats()["speech_frames"]))
        audio.on("playback_finished", lambda event: ends.append(event))
        for frame in frames(speech(0.8)):
            await audio.capture_frame(frame)
        assert not starts  # nothing was made yet, so nothing is heard
        audio.flush()
        while len(ends) < 1:
            await asyncio.sleep(0.02)
        before = avatar.session.stats()["speech_frames"]
        for frame in frames(speech(6)):
            await audio.capture_frame(frame)
        audio.flush()
        while avatar.session.stats()["speech_frames"] < before + 15:
            await asyncio.sleep(0.02)
        audio.clear_buffer()
        while len(ends) < 2:
            await asyncio.sleep(0.02)
        await avatar.aclose()
        return room.tracks, starts, ends

    tracks, starts, ends = asyncio.run(asyncio.wait_for(talk(), 120))
    assert [name for name, _ in tracks] == ["avatar_audio", "avatar_video"]
    assert len(starts) == 2 and starts[0] >= 1
    assert not ends[0].interrupted and 0.76 <= ends[0].playback_position <= 0.88
    assert ends[1].interrupted and 0 < ends[1].playback_position < 5


def test_no_sound_comes_after_an_interrupt_which_would_be_counted_as_the_next_replys(ava):
    async def talk():
        session = framegen.LiveSession(ava, sample_rate_hz=24000, format="i420")
        generator = framegen.livekit.Generator(session)
        for frame in frames(speech(6)):
            await generator.push_audio(frame)
        given = aiter(generator)
        while not isinstance(await anext(given), rtc.AudioFrame):
            pass
        assert isinstance(await anext(given), rtc.VideoFrame)  # of a picture that speaks
        await generator.clear_buffer()
        after = [await anext(given) for _ in range(8)]
        session.close()
        return after

    assert all(isinstance(one, rtc.VideoFrame) for one in asyncio.run(asyncio.wait_for(talk(), 120)))


def test_the_generator_gives_every_sample_and_one_end(ava):
    async def talk():
        session = framegen.LiveSession(ava, sample_rate_hz=24000, format="i420", pace="fast")
        generator = framegen.livekit.Generator(session)
        sound = speech(1)
        for frame in frames(sound):
            await generator.push_audio(frame)
        await generator.push_audio(AudioSegmentEnd())
        heard, pictures = [], 0
        async for given in generator:
            if isinstance(given, AudioSegmentEnd):
                session.close()
                return sound, np.concatenate(heard), pictures
            if isinstance(given, rtc.AudioFrame):
                heard.append(np.frombuffer(given.data, np.int16).copy())
            else:
                pictures += 1
                assert (given.width, given.height, given.type) == (1280, 720, rtc.VideoBufferType.I420)

    sound, heard, pictures = asyncio.run(asyncio.wait_for(talk(), 120))
    assert np.array_equal(heard[: len(sound)], sound) and not heard[len(sound) :].any()
    assert pictures == len(heard) // 960


def test_speech_of_another_rate_is_told(ava):
    async def talk():
        session = framegen.LiveSession(ava, sample_rate_hz=24000, format="i420")
        with pytest.raises(ValueError, match="24000"):
            await framegen.livekit.Generator(session).push_audio(rtc.AudioFrame(bytes(320), 16000, 1, 160))
        session.close()

    asyncio.run(talk())
