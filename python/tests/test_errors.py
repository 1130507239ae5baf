# test_errors.py: every error is an exception of its kind, with one line in Python's words.
from __future__ import annotations

import pathlib
import pickle
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import framegen
from conftest import SPEECH
from framegen import errors


class Lines:
    """Whose refusal has several lines."""

    def __array__(self, *_, **__):
        raise ValueError("first\nsecond")


BAD_USE = [
    lambda ava: framegen.Engine(threads=-1),
    lambda ava: framegen.Engine(threads="two"),
    lambda ava: framegen.Engine(precision="fp12"),
    lambda ava: framegen.Engine(cpu="z80"),
    lambda ava: framegen.Avatar(7),
    lambda ava: framegen.Avatar("ava", engine="mine"),
    lambda ava: ava.speak(None),
    lambda ava: ava.speak(np.zeros((2, 100))),
    lambda ava: ava.speak(np.array(["a"])),
    lambda ava: ava.speak(b"odd"),
    lambda ava: ava.speak([1, 2, 3]),
    lambda ava: ava.speak(np.zeros(9, np.float32), sample_rate_hz=10),
    lambda ava: ava.speak(np.zeros(9, np.float32), format="rgb"),
    lambda ava: ava.speak(np.zeros(9, np.float32), start_frame=10**6),
    lambda ava: next(ava.speak(iter([object()]))),
    lambda ava: framegen.LiveSession("ava"),
    lambda ava: framegen.LiveSession(ava, sample_rate_hz=16001),
    lambda ava: framegen.LiveSession(ava, pace="slow"),
    lambda ava: framegen.LiveSession(ava, pace=np.zeros(2)),
    lambda ava: framegen.LiveSession(ava, pace=np.zeros((90, 90), ">i2")),
    lambda ava: framegen.LiveSession(ava, pace="slow\n" * 99),
    lambda ava: framegen.import_avatar("x", video="v.mp4", box=np.zeros((900, 3), int)),
    lambda ava: ava.speak(Lines()),
    lambda ava: framegen.join(np.zeros(()), "a.wav", "b.mp4"),
    lambda ava: framegen.LiveSession(ava).pull("soon"),
    lambda ava: framegen.render(None, "x.mp4", avatar=ava),
    lambda ava: framegen.render("", avatar=ava),
    lambda ava: framegen.render("a\0b", avatar=ava),
    lambda ava: framegen.render(SPEECH, avatar=ava, crf="good"),
    lambda ava: framegen.render(SPEECH, avatar=ava, progress=3),
    lambda ava: framegen.split_frames(10, 0),
    lambda ava: framegen.batch(3, "x"),
    lambda ava: framegen.batch(np.array(3), "x"),  # iterable by its type, and not by its shape
    lambda ava: framegen.calibrate("ava", "\ud800.wav"),  # no file can have this name
    lambda ava: framegen.import_avatar("x"),
    lambda ava: framegen.import_avatar("x", video="v.mp4", box=(1, 2)),
]


@pytest.mark.parametrize("number", range(len(BAD_USE)))
def test_bad_use(ava, number):
    with pytest.raises(framegen.BadUse) as caught:
        BAD_USE[number](ava)
    line = str(caught.value)
    assert line and len(line) < 300 and "\n" not in line and "::" not in line and "--" not in line
    assert caught.value.what and caught.value.remedy and caught.value.why


def test_bad_input(ava, tmp_path):
    nothing = tmp_path / "nothing.wav"
    for path in (nothing, tmp_path):
        with pytest.raises(framegen.BadInput) as caught:
            framegen.render(path, tmp_path / "x.mp4", avatar=ava)
        assert caught.value.exit_code == 3 and str(path) in str(caught.value)
    with pytest.raises(framegen.BadInput):
        next(ava.speak(np.full(16000, np.nan, np.float32)))
    with pytest.raises(framegen.BadInput):
        framegen.speech_frames(nothing)
    assert not list(tmp_path.iterdir())


def test_bad_avatar(tmp_path, engine):
    for word in ("nobody", "x" * 9999, tmp_path, tmp_path / "none"):
        with pytest.raises(framegen.BadAvatar) as caught:
            framegen.Avatar(word, engine)
        assert str(word) in str(caught.value)


def test_bad_output(ava, tmp_path):
    with pytest.raises(framegen.BadOutput) as caught:
        framegen.render(SPEECH, tmp_path / "no" / "folder" / "x.mp4", avatar=ava, end_frame=2)
    assert str(caught.value).startswith(caught.value.where)


def test_a_progress_function_stops_and_its_exception_goes_on(ava, tmp_path):
    with pytest.raises(framegen.Cancelled):
        framegen.render(SPEECH, tmp_path / "x.mp4", avatar=ava, progress=lambda *_: False)
    with pytest.raises(ZeroDivisionError):
        framegen.render(SPEECH, tmp_path / "x.mp4", avatar=ava, progress=lambda *_: 1 // 0)
    assert not list(tmp_path.iterdir())


def test_errors_survive_pickling():
    error = pickle.loads(pickle.dumps(framegen.BadOutput("here", "is full", "make room")))
    assert (error.where, error.what, error.remedy, str(error)) == ("here", "is full", "make room", "here: is full; make room")


def test_every_kind_has_its_class():
    kinds = {1: framegen.Internal, 2: framegen.BadUse, 3: framegen.BadInput, 4: framegen.BadAvatar, 5: framegen.BadOutput, 130: framegen.Cancelled}
    for code, kind in kinds.items():
        assert type(errors.from_native(code, "a", "b", "c")) is kind


def run(code: str, **how) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **how)


def test_ctrl_c_ends_a_render(tmp_path):
    child = run(f"""
        import framegen
        ava = framegen.Avatar("ava", framegen.Engine(threads=1, cache=False))
        try:
            print("ready", flush=True)
            while True:
                framegen.render({str(SPEECH)!r}, {str(tmp_path / "x.mp4")!r}, avatar=ava, preset="medium")
        except KeyboardInterrupt:
            print("stopped")
    """)
    assert child.stdout.readline() == "ready\n"
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert (out, child.returncode) == ("stopped\n", 0), err


def test_ctrl_c_while_an_avatar_is_named_is_no_wrong_type(engine, monkeypatch):
    """What turns a Path into text runs in Python, so Ctrl-C may arrive in it: nothing may take that for a wrong argument."""

    def interrupted(_):
        raise KeyboardInterrupt

    folder = str(framegen.Avatar("ava", engine).folder)
    with monkeypatch.context() as patch:
        patch.setattr(pathlib.PurePath, "__fspath__", interrupted)
        assert framegen.Avatar(folder, engine).name == "ava"


def test_ctrl_c_ends_a_wait_for_sound():
    child = run("""
        import framegen
        session = framegen.LiveSession(framegen.Avatar("ava", framegen.Engine(threads=1, cache=False)), pace="fast")
        try:
            print("ready", flush=True)
            session.pull()
        except KeyboardInterrupt:
            print("stopped")
    """)
    assert child.stdout.readline() == "ready\n"
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert (out, child.returncode) == ("stopped\n", 0), err


def test_a_forked_child_is_told_and_can_make_its_own():
    child = run("""
        import os, numpy as np, framegen
        ava = framegen.Avatar("ava")
        speech = ava.speak(np.zeros(16000, np.float32))
        next(speech)
        if os.fork() == 0:
            for use in (lambda: next(speech), lambda: ava.speak(np.zeros(9, np.float32)), lambda: framegen.LiveSession(ava)):
                try:
                    use()
                except framegen.BadUse as error:
                    assert "fork" in str(error), error
                else:
                    os._exit(1)
            print(sum(1 for _ in framegen.Avatar("ava").speak(np.zeros(16000, np.float32))), flush=True)
        else:
            raise SystemExit(os.waitstatus_to_exitcode(os.wait()[1]))
    """)
    out, err = child.communicate(timeout=120)
    assert child.returncode == 0 and int(out) > 20, err


def test_the_interpreter_may_end_in_the_middle():
    child = run("""
        import threading, numpy as np, framegen
        ava = framegen.Avatar("ava")
        speech = ava.speak(np.zeros(160000, np.float32))
        next(speech)
        session = framegen.LiveSession(ava)
        session.speak(np.zeros(160000, np.int16))
        threading.Thread(target=lambda: [p for p in session], daemon=True).start()
    """)
    out, err = child.communicate(timeout=120)
    assert child.returncode == 0 and not err, err
