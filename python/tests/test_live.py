# test_live.py: live sessions, from threads and from asyncio.
from __future__ import annotations

import asyncio
import threading
import time

import numpy as np

import framegen


def pull_all(session):
    given = []
    try:
        while True:
            given.append(session.pull())
    except StopIteration:
        return given


def test_fast_speech_is_that_of_speak(ava, sound):
    as_16 = np.rint(sound * 32767).astype(np.int16)
    with framegen.LiveSession(ava, pace="fast", cross_fade_frames=0) as session:
        session.speak(as_16)
        session.finish()
        given = pull_all(session)
    ends = [one for one in given if isinstance(one, framegen.SegmentEnd)]
    pictures = [one for one in given if isinstance(one, framegen.Picture)]
    assert [end.segment for end in ends] == [1] and not ends[0].interrupted
    assert ends[0].position_samples == len(as_16)
    said = np.concatenate([picture.sound for picture in pictures])
    assert np.array_equal(said[: len(as_16)], as_16) and not said[len(as_16) :].any()
    whole = list(ava.speak(as_16))
    spoken = [picture for picture in pictures if picture.speech]
    assert len(spoken) == len(whole)


def test_pictures_come_in_real_time_and_an_interrupt_is_quick(ava, sound):
    async def talk():
        async with framegen.LiveSession(ava) as session:
            session.speak(np.tile(sound, 5))
            started, idle, interrupted = time.monotonic(), 0, None
            async for picture in session:
                if isinstance(picture, framegen.SegmentEnd):
                    return picture, interrupted and time.monotonic() - interrupted, idle, time.monotonic() - started
                assert len(picture.sound) == session.samples_per_frame == 640
                if not picture.speech:
                    idle += 1
                elif picture.position_ms > 400 and interrupted is None:
                    interrupted = time.monotonic()
                    session.interrupt()

    end, waited, _, elapsed = asyncio.run(talk())
    assert end.interrupted and end.position_ms >= 400
    assert elapsed > 0.35  # nobody hurried
    assert waited < 0.5  # a loaded machine's; measured by tests of its own


def test_flush_ends_a_segment_and_the_next_one_begins(ava, sound):
    with framegen.LiveSession(ava, pace="fast") as session:
        for _ in range(2):
            assert session.push(sound)
            session.flush()
        session.finish()
        ends = [one for one in pull_all(session) if isinstance(one, framegen.SegmentEnd)]
    assert [end.segment for end in ends] == [1, 2]


def test_a_full_session_says_so(ava):
    with framegen.LiveSession(ava, max_buffer_ms=1000) as session:
        assert session.push(np.zeros(16000, np.int16))
        assert not session.push(np.zeros(16000, np.int16))
        assert session.stats()["buffered_ms"] == 1000


def test_closing_ends_a_pull_in_another_thread(ava):
    session = framegen.LiveSession(ava, pace="fast")
    ended = []

    def wait():
        try:
            session.pull()
        except framegen.BadUse as error:
            ended.append(str(error))

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.1)
    session.close()
    thread.join(10)
    assert not thread.is_alive() and "closed" in ended[0]


def test_after_finish_the_iterators_end(ava, sound):
    async def count():
        session = framegen.LiveSession(ava, pace="fast")
        await session.feed(sound)
        session.finish()
        return len([one async for one in session])

    assert asyncio.run(count()) > 20


def test_closing_between_two_pictures_ends_the_iterator(ava):
    async def count():
        session, seen = framegen.LiveSession(ava), 0
        async for _ in session:
            seen += 1
            session.close()
        return seen

    assert asyncio.run(asyncio.wait_for(count(), 60)) == 1
