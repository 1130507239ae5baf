# acts.py: what python_fuzz.py does to the package: one function an act, each given the world.
from __future__ import annotations

import asyncio
import copy
import gc
import os
import pickle
import signal
import threading

import framegen
import framegen._native as native
import zoo
from world import Fault, attempt, samples_16

SPEECH = "speech.wav"


def engine(world):
    rng = world.rng
    valid = {
        "threads": lambda: rng.choice([0, 1, 2, 3]), "precision": lambda: rng.choice(["fp32", "bf16", "int8", "auto"]),
        "backend": lambda: rng.choice(["auto", "native"]), "low_latency": lambda: rng.random() < 0.5, "batch": lambda: rng.randrange(5),
        "memory_mb": lambda: rng.choice([0, 200]), "image_parts": lambda: rng.choice(["what-pays", "keep", "once"]),
    }  # fmt: skip
    attempt(lambda: framegen.Engine(cache=False, **world.words(valid)))


def avatar(world):
    words = world.words({"avatar": lambda: world.rng.choice(["avatar", "./avatar", None, "nobody"]), "engine": lambda: world.pick(world.engines)})
    words.setdefault("engine", world.engines[0])
    made = attempt(lambda: framegen.Avatar(**words))
    if made is not None:
        attempt(lambda: (made.info, repr(made), made.fps, made.name))
        world.keep(world.avatars, made, 4)


def broken_avatar(world):
    """A copy, some bytes of one of its files other ones."""
    rng, folder = world.rng, "broken"
    os.makedirs(folder, exist_ok=True)
    names = ["avatar.json", "generator.onnx", "audio_encoder.onnx", "calibration.json", "template"]
    spoilt = rng.choice(names[:4])
    for name in names:
        place = os.path.join(folder, name)
        if os.path.lexists(place):
            os.unlink(place)
        if name != spoilt:
            os.symlink(os.path.join("..", "avatar", name), place)
    with open(os.path.join("avatar", spoilt), "rb") as file:
        text = bytearray(file.read())
    for _ in range(rng.choice([1, 3, 30])):
        at = rng.randrange(len(text))
        text[at : at + rng.choice([0, 1, 1, 8])] = rng.randbytes(rng.choice([0, 1, 1, 8]))
    with open(os.path.join(folder, spoilt), "wb") as file:
        file.write(text[: rng.choice([None, None, rng.randrange(len(text))])])
    made = attempt(lambda: framegen.Avatar("./broken", world.pick(world.engines)))
    if made is not None:
        attempt(lambda: list(made.speak(samples_16(rng))))


def speak(world):
    rng, presenter = world.rng, world.pick(world.avatars)
    valid = {
        "samples": lambda: zoo.sound(rng) if rng.random() < 0.6 else zoo.pieces(rng), "sample_rate_hz": lambda: rng.choice([8000, 16000, 44100]),
        "format": lambda: rng.choice(["bgr", "i420", "bgr+i420"]), "blend": lambda: rng.choice(["reference", "feather"]),
        "start_frame": lambda: rng.randrange(3), "first_frame": lambda: rng.randrange(3), "expected_frames": lambda: rng.randrange(9),
    }  # fmt: skip
    words = world.words(valid)
    words.setdefault("samples", zoo.sound(rng))
    world.keep(world.speeches, attempt(lambda: presenter.speak(**words)))


def pull_speech(world):
    speech = world.pick(world.speeches)
    if speech is None:
        return
    for _ in range(world.rng.randrange(8)):
        frame = attempt(lambda: next(speech))
        if frame is None:
            return
        world.hold(frame)
        attempt(lambda: (frame.index, frame.time_s, frame.box, frame.template_frame, frame.untouched, frame.width, frame.height))
    attempt(lambda: (speech.stats(), speech.frames_all, speech.closed))


def session(world):
    rng, presenter = world.rng, world.pick(world.avatars)
    valid = {
        "sample_rate_hz": lambda: rng.choice([8000, 16000, 24000, 48000]), "pace": lambda: rng.choice(["realtime", "fast"]),
        "format": lambda: rng.choice(["bgr", "i420", "bgr+i420"]), "blend": lambda: rng.choice(["reference", "feather"]),
        "look_ahead_ms": lambda: rng.choice([-1, 173, 300, 452]), "max_buffer_ms": lambda: rng.choice([1000, 5000]),
        "cross_fade_frames": lambda: rng.randrange(6), "silence_gate_db": lambda: rng.choice([0, -50]),
    }  # fmt: skip
    world.keep(world.sessions, attempt(lambda: framegen.LiveSession(presenter, **world.words(valid))))


def use_session(world, session=None):
    """Any of a session's methods, closed or not."""
    rng = world.rng
    session = session or world.pick(world.sessions)
    if session is None:
        return
    for _ in range(rng.randrange(12)):
        way = rng.randrange(11)
        junk = rng.random() < 0.3
        if way < 2:
            attempt(lambda: session.push(zoo.anything(rng) if junk else zoo.sound(rng)))
        elif way == 2:
            attempt(lambda: session.speak(zoo.anything(rng) if junk else zoo.sound(rng)))
        elif way < 7:
            given = attempt(lambda: session.pull(zoo.anything(rng) if junk and rng.random() < 0.2 and session.pace == "realtime" else rng.choice([0, 0.01, 0.1])))
            if isinstance(given, framegen.Picture):
                world.hold(given)
                attempt(lambda: (given.sound, given.segment, given.position_ms, given.pts_us))
        elif way == 7:
            attempt(session.flush)
        elif way == 8:
            attempt(session.interrupt)
        elif way == 9:
            attempt(lambda: (session.stats(), session.samples_per_frame, session.look_ahead_ms, session.closed))
        elif rng.random() < 0.1:
            attempt(rng.choice([session.finish, session.close]))


def asynchronous(world):
    """An asyncio program over a session, cancelled in the middle."""
    rng, presenter = world.rng, world.pick(world.avatars)

    async def talk():
        async with framegen.LiveSession(presenter, pace=rng.choice(["realtime", "fast"])) as session:
            await session.feed(samples_16(rng, 0.4))
            if rng.random() < 0.5:
                session.finish()
            async for given in session:
                if isinstance(given, framegen.Picture):
                    world.hold(given)
                if rng.random() < 0.02:
                    session.interrupt()

    async def limited():
        try:
            await asyncio.wait_for(talk(), rng.choice([0.001, 0.05, 0.3]))
        except asyncio.TimeoutError:
            pass

    attempt(lambda: asyncio.run(limited()))


def progress(rng):
    """Functions to be called: some that stop, raise, ask for themselves or answer anything."""
    return rng.choice([
        None, lambda *_: None, lambda *_: rng.random() < 0.5, lambda *_: zoo.anything(rng), lambda *_: attempt(lambda: framegen.speech_frames(SPEECH)),
        print_nothing,
    ])  # fmt: skip


def print_nothing(*_):
    raise zoo.Trouble("of a progress function")


def files(world):
    """The functions that read and write whole files, in a folder of their own."""
    rng = world.rng
    out = lambda: rng.choice(["out.mp4", "out.mkv", "no/folder/out.mp4", "out", None])  # noqa: E731
    job = rng.randrange(7)
    if job <= 1:
        valid = {
            "audio": lambda: rng.choice([SPEECH, SPEECH, "missing.wav", "avatar/avatar.json"]), "video": out, "avatar": lambda: world.pick(world.avatars),
            "hash": lambda: "hash.txt", "raw": lambda: "raw.bgr", "first_frame": lambda: rng.randrange(4), "end_frame": lambda: rng.randrange(6),
            "crf": lambda: rng.randrange(52), "mark": lambda: rng.random() < 0.5, "progress": lambda: progress(rng),
        }  # fmt: skip
        words = {"audio": SPEECH, "avatar": world.avatars[0], "end_frame": 3, "preset": "ultrafast", **world.words(valid)}
        world.interrupted(lambda: framegen.render(**words))
    elif job == 2:
        jobs = rng.choice([[SPEECH], [{"audio": SPEECH, "range": "0:2"}, {"audio": "missing.wav"}], zoo.anything(rng), [zoo.anything(rng)], [{"audio": zoo.anything(rng)}]])
        valid = {"resume": lambda: rng.random() < 0.5, "at_once": lambda: rng.randrange(3), "shards": lambda: 1, "crf": lambda: 30, "progress": lambda: progress(rng)}
        words = {"jobs": jobs, "folder": "batch", "engine": world.engines[0], "preset": "ultrafast", **world.words(valid)}
        world.interrupted(lambda: framegen.batch(**words))
    elif job == 3:
        attempt(lambda: framegen.speech_frames(rng.choice([SPEECH, zoo.anything(rng)])))
        attempt(lambda: framegen.split_frames(rng.choice([10, zoo.anything(rng)]), rng.choice([3, zoo.anything(rng)])))
    elif job == 4:
        words = {"parts": ["out.mp4", "out.mp4"], "audio": SPEECH, "video": "joined.mp4", **world.words({"parts": list, "audio": lambda: "missing.wav", "progress": lambda: progress(rng)})}
        attempt(lambda: framegen.join(**words))
    elif job == 5:
        valid = {
            "video": lambda: rng.choice(["out.mp4", SPEECH]), "dataset": lambda: "avatar", "package": lambda: "avatar", "generator": lambda: "avatar/generator.onnx",
            "audio_encoder": lambda: "avatar/audio_encoder.onnx", "box": lambda: (1, 2, 30, 40), "frames": lambda: (0, 2), "skip_lost": lambda: True,
        }  # fmt: skip
        words = {name: value for name, value in world.words(valid).items() if name != "output"}
        world.interrupted(lambda: framegen.import_avatar("imported", replace=True, progress=progress(rng), **words))
    else:
        valid = {"precision": lambda: "int8", "memory_mb": lambda: 100, "disk_mb": lambda: 20, "progress": lambda: progress(rng)}
        world.interrupted(lambda: framegen.prepare("./avatar", **world.words(valid)))
        valid = {"speech": lambda: SPEECH, "faces": lambda: rng.randrange(3), "progress": lambda: progress(rng)}
        world.interrupted(lambda: framegen.calibrate("./avatar", **{"speech": SPEECH, "faces": 1, **world.words(valid)}))


def threads(world):
    """Several threads at one speech and one session; one of them closes both."""
    rng, presenter = world.rng, world.pick(world.avatars)
    speech = attempt(lambda: presenter.speak(samples_16(rng, 0.3)))
    live = attempt(lambda: framegen.LiveSession(presenter, pace=rng.choice(["realtime", "fast"])))
    faults = []

    def work():
        try:
            for _ in range(rng.randrange(20)):
                attempt(rng.choice([lambda: next(speech), lambda: speech.stats(), lambda: live.pull(0.02), lambda: live.push(samples_16(rng, 0.1)), live.interrupt, live.flush, gc.collect]))
            if rng.random() < 0.4:
                attempt(rng.choice([speech.close, live.close]))
        except BaseException as fault:
            faults.append(fault)

    workers = [threading.Thread(target=work, daemon=True) for _ in range(4)]
    for worker in workers:
        worker.start()
    if rng.random() < 0.5:
        world.interrupted(lambda: live.pull(0.3))
    for worker in workers:
        worker.join(60)
    if faults:
        raise faults[0]
    if any(worker.is_alive() for worker in workers):
        raise Fault("a thread does not come back")
    world.keep(world.speeches, speech)
    world.keep(world.sessions, live)


def interrupts(world):
    """Ctrl-C while pictures are waited for or made."""
    rng, presenter = world.rng, world.pick(world.avatars)
    world.interrupted(rng.choice([
        lambda: list(presenter.speak(samples_16(rng, 0.5))),
        lambda: list(presenter.speak(zoo.pieces(rng))),
        lambda: framegen.LiveSession(presenter, pace="fast").pull(1),
        lambda: framegen.Avatar("./avatar", world.engines[0]),
        lambda: use_session(world),
    ]))  # fmt: skip


def forked(world):
    """A child of fork, which may use none of it and must not die of it."""
    child = os.fork()
    if child == 0:
        signal.alarm(30)
        try:
            for use in (lambda: next(world.speeches[0]), lambda: world.avatars[0].speak(b""), lambda: world.sessions[0].push(b""), lambda: world.sessions[0].interrupt(), lambda: world.sessions[0].pull(0)):
                attempt(use, (IndexError,))
            world.speeches.clear()
            world.sessions.clear()
            gc.collect()
        except BaseException:
            os._exit(1)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code != 0:
        raise Fault(f"a forked child left with {code}")


def below(world):
    """The extension itself, which nobody should call: any kind of exception, but the interpreter lives."""
    rng = world.rng
    things = [getattr(native, name) for name in dir(native) if not name.startswith("_") and name not in ("end", "prepare", "calibrate", "import_avatar", "render", "batch")]
    things += [*world.speeches, *world.sessions, *world.avatars, *(one._native for one in world.avatars), *(one._session for one in world.sessions)]
    thing = rng.choice(things)
    ways = [
        lambda: thing(*[zoo.anything(rng) for _ in range(rng.randrange(4))]), lambda: thing(**{name: zoo.anything(rng) for name in ("threads", "cpu", "samples")}),
        lambda: thing.__new__(thing), lambda: attempt_all(thing.__new__(thing)), lambda: attempt_all(thing), lambda: copy.copy(thing), lambda: pickle.dumps(thing),
        lambda: thing.__init__(*[zoo.anything(rng)] * rng.randrange(3)), lambda: setattr(thing, "index", 3), lambda: native.Speech(world.avatars[0]._native, zoo.anything(rng), sample_rate_hz=16000),
        lambda: native.LiveSession(world.avatars[0]._native, sample_rate_hz=zoo.anything(rng)), lambda: world.sessions[0]._session.push(zoo.anything(rng)),
    ]  # fmt: skip
    try:
        rng.choice(ways)()
    except Exception:
        pass


def attempt_all(thing):
    """Each of a thing's attributes read, and called where that needs nothing and ends soon."""
    for name in dir(thing):
        try:
            value = getattr(thing, name)
            if callable(value) and name in ("stats", "flush", "interrupt", "info", "take_warnings", "__array__", "__iter__", "__next__"):
                value()
        except Exception:
            pass


def forget(world):
    """Drops something, in any order."""
    things = world.rng.choice([world.speeches, world.sessions, world.held])
    if things:
        things.pop(world.rng.randrange(len(things)))
    if len(world.avatars) > 2 and world.rng.random() < 0.3:
        world.avatars.pop()
    if world.rng.random() < 0.3:
        gc.collect()


# The more often, the cheaper.
WEIGHTS = {
    engine: 3, avatar: 1, broken_avatar: 1, speak: 10, pull_speech: 10, session: 5, use_session: 12, asynchronous: 2, files: 2, threads: 2, interrupts: 3,
    forked: 1, below: 25, forget: 6,
}  # fmt: skip
