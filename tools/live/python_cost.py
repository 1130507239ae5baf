#!/usr/bin/env python3
# python_cost.py: what the Python package itself costs: processor time a frame, memory over many frames and sessions, cores (python/README.md).
#   PYTHONPATH=build/release/python build/python-venv/bin/python tools/live/python_cost.py [--frames 10000] [--sessions 200] [--precision int8]
# Memory and the iterator's processor time are true on a busy machine too; the cores want two that have nothing else to do. Exit 1: a goal is missed.
from __future__ import annotations

import argparse
import os
import statistics
import sys
import threading
import time

import numpy as np

import framegen

RATE = 16000
ROW = "| {:<58} | {:>22} | {:>10} | {} |"


def speech(seconds):
    """The rhythm of syllables; what is said costs nothing more or less."""
    t = np.arange(int(RATE * seconds)) / RATE
    return (0.3 * np.sin(2 * np.pi * 180 * t) * np.abs(np.sin(2 * np.pi * 3 * t))).astype(np.float32)


def memory_mib():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def load():
    return f"load {os.getloadavg()[0]:.1f}"


def iterator(avatar, frames):
    """Milliseconds of the pulling thread's processor time for each frame, its pixels looked at: without the making of the picture, which C++
    does in the same thread for C++ too (the template's pixels, and the face in them), and with it; medians.
    """
    own, whole, composed = [], [], 0.0
    speaking = avatar.speak(speech(frames / 25 + 0.5))
    at = time.thread_time()
    for frame in speaking:
        view = frame.bgr
        assert view.shape[2] == 3
        took, before, composed = time.thread_time() - at, composed, speaking.stats()["compose_s"]
        whole.append(took * 1000)
        own.append((took - (composed - before)) * 1000)
        at = time.thread_time()
    return statistics.median(own[25:]), statistics.median(whole[25:])


def over_frames(avatar, frames):
    """MiB more after all frames than after a tenth of them; the sound comes in pieces, as from a file that is read."""
    pieces = (speech(1) for _ in range(frames // 25 + 1))
    first = after = count = 0
    for frame in avatar.speak(pieces):
        count += 1
        view = frame.bgr  # noqa: F841  a view is made and let go of
        if count == frames // 10:
            first = memory_mib()
        if count == frames:
            after = memory_mib()
            break
    assert count == frames
    return after - first, after


def over_sessions(avatar, sessions):
    """MiB more after all sessions, half of them left in the middle, than after a tenth of them."""
    first = 0.0
    for number in range(sessions):
        session = framegen.LiveSession(avatar, pace="fast")
        session.push(speech(0.6))
        session.flush()
        while session.stats()["speech_frames"] < 3:
            session.pull(1)
        if number % 2:
            session.close()
        if number == sessions // 10:
            first = memory_mib()
    return memory_mib() - first, memory_mib()


def pull_all(avatar, seconds):
    for _ in avatar.speak(speech(seconds)):
        pass


def cores(precision, seconds):
    """Both at once, each with an engine of one thread: cores used, and how many times as fast as one after the other. The second is the memory's
    and the processor's as well: two processes of the program gain as much."""
    both = [framegen.Avatar("ava", framegen.Engine(threads=1, precision=precision, cache=False)) for _ in range(2)]
    for avatar in both:
        pull_all(avatar, seconds)  # what is made once
    started = time.monotonic()
    for avatar in both:
        pull_all(avatar, seconds)
    alone = time.monotonic() - started
    threads = [threading.Thread(target=pull_all, args=(avatar, seconds)) for avatar in both]
    started, used = time.monotonic(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    together = time.monotonic() - started
    return alone / together, (time.process_time() - used) / together


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--frames", type=int, default=10000)
    parser.add_argument("--sessions", type=int, default=200)
    parser.add_argument("--precision", default="int8")
    words = parser.parse_args()
    avatar = framegen.Avatar("ava", framegen.Engine(precision=words.precision, cache=False))
    pull_all(avatar, 6)
    missed = 0
    print(ROW.format("what", "seen", "goal", "beside") + "\n| --- | --- | --- | --- |")

    def row(what, seen, goal, good):
        nonlocal missed
        missed += not good
        print(ROW.format(what, seen, goal, load() + ("" if good else ", missed")), flush=True)

    own, whole = iterator(avatar, min(words.frames, 1000))
    row("iterator, a frame (and the picture's making)", f"{own:.3f} ms ({whole:.3f})", "≤ 0.2 ms", own <= 0.2)
    more, all_told = over_frames(avatar, words.frames)
    row(f"memory, frame {words.frames // 10} to frame {words.frames}", f"{more:+.1f} of {all_told:.0f} MiB", "≤ 16 MiB", more <= 16)
    more, all_told = over_sessions(avatar, words.sessions)
    row(f"memory, session {words.sessions // 10} to session {words.sessions}", f"{more:+.1f} of {all_told:.0f} MiB", "≤ 16 MiB", more <= 16)
    faster, used = cores(words.precision, 10)
    row("two avatars at once, cores used (times as fast)", f"{used:.2f} ({faster:.2f}×)", "≥ 1.8", used >= 1.8)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
