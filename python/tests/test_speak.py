# test_speak.py: pictures of a whole speech: the program's own, never stale, in any thread.
from __future__ import annotations

import gc
import hashlib
import os
import subprocess
import threading
import time

import numpy as np
import pytest

import framegen
from conftest import SPEECH


def test_frames_are_the_programs_own(ava, engine, tmp_path):
    program = os.environ["FRAMEGEN_PROGRAM"]
    hashes = tmp_path / "hashes.txt"
    command = [program, "render", str(SPEECH), "--avatar", str(ava.folder), "--hash", str(hashes), "--no-cache", "--progress", "none"]
    subprocess.run([*command, "--frames", "20"], check=True)
    wanted = [line.split()[0] for line in hashes.read_text().splitlines()][:20]
    raw = tmp_path / "frames.bgr"
    report = framegen.render(SPEECH, avatar=ava, raw=raw, hash=tmp_path / "own.txt", end_frame=20)
    assert (tmp_path / "own.txt").read_text() == hashes.read_text()
    assert report.frames == 20 and len(report.frames_sha256) == 64
    samples = np.frombuffer(SPEECH.read_bytes()[44:], "<i2")
    pictures = np.memmap(raw, np.uint8, "r").reshape(20, ava.height, ava.width, 3)
    assert len(wanted) == 20
    for frame, picture in zip(ava.speak(samples, sample_rate_hz=22050, expected_frames=framegen.speech_frames(SPEECH)), pictures, strict=False):
        assert np.array_equal(frame.bgr, picture), frame.index


def test_a_view_is_a_view_and_read_only(ava, sound):
    frame = next(ava.speak(sound))
    assert frame.bgr.shape == (720, 1280, 3) and frame.bgr.dtype == np.uint8
    assert frame.bgr.__array_interface__["data"][0] == np.asarray(frame).__array_interface__["data"][0]
    with pytest.raises(ValueError):
        frame.bgr[0, 0, 0] = 1
    with pytest.raises(framegen.BadUse, match="format"):
        _ = frame.planes


def test_a_held_view_keeps_its_picture(ava, sound):
    speech = ava.speak(sound)
    held, digests = [], []
    for frame in speech:
        held.append(frame.bgr)
        digests.append(hashlib.sha256(frame.bgr).digest())
    speech.close()
    del speech, frame
    gc.collect()
    assert [hashlib.sha256(view).digest() for view in held] == digests
    assert len(set(digests)) > 10


def test_memory_that_nobody_holds_is_used_again(ava, sound):
    places = {frame.bgr.__array_interface__["data"][0] for frame in ava.speak(sound)}
    assert len(places) <= 4


def test_pieces_samples_and_bytes_speak_alike(ava, sound):
    whole = [hashlib.sha256(f.bgr).digest() for f in ava.speak(sound)]
    pieces = [hashlib.sha256(f.bgr).digest() for f in ava.speak(sound[at : at + 777] for at in range(0, len(sound), 777))]
    assert pieces == whole
    as_16 = np.rint(sound * 32767).astype(np.int16)
    assert [hashlib.sha256(f.bgr).digest() for f in ava.speak(as_16)] == [hashlib.sha256(f.bgr).digest() for f in ava.speak(as_16.tobytes())]


def test_planes_for_encoders(ava, sound):
    frame = next(ava.speak(sound, format="i420"))
    assert [plane.shape for plane in frame.planes] == [(720, 1280), (360, 640), (360, 640)]


def test_an_exception_of_the_source_goes_on(ava, sound):
    def pieces():
        yield sound[:8000]
        raise KeyError("gone")

    with pytest.raises(KeyError, match="gone"):
        list(ava.speak(pieces()))


def test_two_avatars_speak_at_once_in_two_threads(engine, ava, sound):
    alone = [hashlib.sha256(f.bgr).digest() for f in ava.speak(sound)]
    results: dict[int, list[bytes]] = {}

    def speak(number):
        avatar = framegen.Avatar("ava", engine)
        results[number] = [hashlib.sha256(f.bgr).digest() for f in avatar.speak(sound)]

    threads = [threading.Thread(target=speak, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results[0] == alone and results[1] == alone


def test_a_closed_speech_says_so(ava, sound):
    speech = ava.speak(sound)
    next(speech)
    speech.close()
    assert speech.closed
    with pytest.raises(framegen.BadUse, match="closed"):
        next(speech)


def test_the_interpreter_is_free_while_pictures_are_made(ava, sound):
    counted, stop = [0], threading.Event()

    def count():
        while not stop.is_set():
            counted[0] += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    started = time.monotonic()
    frames = sum(1 for _ in ava.speak(sound))
    elapsed = time.monotonic() - started
    stop.set()
    thread.join()
    assert frames > 20
    assert counted[0] > elapsed * 20  # a lock that was held would let it count once a picture at most


def test_one_thread_pulls_and_another_is_told(ava, sound):
    asked, go_on = threading.Event(), threading.Event()

    def pieces():
        asked.set()
        go_on.wait(30)
        yield sound

    speech = ava.speak(pieces())
    thread = threading.Thread(target=lambda: next(speech))
    thread.start()
    assert asked.wait(30)
    with pytest.raises(framegen.BadUse, match="another thread"):
        next(speech)
    go_on.set()
    thread.join()
    assert next(speech).index == 1
