# world.py: what the acts of python_fuzz.py act on, and what may come of a call: its result, an exception of the right kind, or an interrupt.
from __future__ import annotations

import hashlib
import os
import signal
import traceback

import framegen
import numpy as np
import zoo


class Fault(Exception):
    """What must not happen."""


def attempt(call, allowed=()):
    """What `call` gives, None where it is refused as it should be; another exception is a fault."""
    try:
        return call()
    except framegen.Internal as error:
        raise Fault(f"Internal: {error}") from error
    except framegen.Error as error:
        if not str(error) or "\n" in str(error) or not error.why:
            raise Fault(f"not one line: {error!r}") from error
    except (StopIteration, StopAsyncIteration, KeyboardInterrupt, zoo.Trouble, *allowed):
        pass
    return None


class World:
    """Avatars, speeches and sessions that are open, and views of pictures that must never change."""

    def __init__(self, rng):
        self.rng = rng
        self.engines = [framegen.Engine(threads=2, cache=False), framegen.Engine(threads=1, precision="int8", low_latency=True, cache=False)]
        self.avatars = [framegen.Avatar(None, engine) for engine in self.engines]
        self.speeches, self.sessions, self.held = [], [], []
        signal.signal(signal.SIGALRM, signal.default_int_handler)

    def pick(self, things):
        return self.rng.choice(things) if things else None

    def keep(self, things, made, most=6):
        if made is not None:
            things.append(made)
        while len(things) > most:
            things.pop(self.rng.randrange(len(things)))

    def hold(self, frame):
        """Takes views of a picture, to be looked at again when its session is long gone."""
        for view in attempt(lambda: [frame.bgr]) or attempt(lambda: list(frame.planes)) or []:
            self.held.append((view, hashlib.sha256(view.tobytes()).digest()))
        while len(self.held) > 12:
            view, digest = self.held.pop(self.rng.randrange(len(self.held)))
            if hashlib.sha256(view.tobytes()).digest() != digest:
                raise Fault("a picture that was held has changed")
            if view.flags.writeable:
                raise Fault("a picture can be written to")

    def words(self, valid):
        """Arguments: some of the valid ones, and sometimes something else in their place."""
        words = {name: make() for name, make in valid.items() if self.rng.random() < 0.6}
        for _ in range(self.rng.choice([0, 0, 1, 1, 2])):
            words[self.rng.choice(list(valid))] = zoo.anything(self.rng)
        return words

    def interrupted(self, call):
        """`call`, and Ctrl-C somewhere in the middle of it, before it or never."""
        try:
            signal.setitimer(signal.ITIMER_REAL, self.rng.choice([1e-4, 0.003, 0.02, 0.1, 0.5]))
            return attempt(call)
        except KeyboardInterrupt:
            return None
        finally:
            while True:
                try:
                    signal.setitimer(signal.ITIMER_REAL, 0)
                    break
                except KeyboardInterrupt:
                    pass


def memory_mib():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 2**20


def tell(fault):
    print("FAULT", fault, flush=True)
    traceback.print_exc()


def samples_16(rng, seconds=0.2):
    return np.frombuffer(rng.randbytes(int(16000 * seconds) * 2), "<i2")
