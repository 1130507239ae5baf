# child.py SEED SECONDS: the interpreter that python_fuzz.py lets loose on the package; says each act before it does it.
from __future__ import annotations

import faulthandler
import random
import signal
import sys
import threading
import time

import acts
import framegen
import world as worlds


def main() -> int:
    faulthandler.enable()
    rng = random.Random(int(sys.argv[1]))
    until = time.monotonic() + float(sys.argv[2])
    world = worlds.World(rng)
    number = 0
    while time.monotonic() < until:
        act = rng.choices(list(acts.WEIGHTS), acts.WEIGHTS.values())[0]
        print("act", number, act.__name__, flush=True)
        number += 1
        try:
            act(world)
        except KeyboardInterrupt:  # the timer went off between two lines of ours
            signal.setitimer(signal.ITIMER_REAL, 0)
        except BaseException as fault:
            worlds.tell(repr(fault))
            return 1
    # The interpreter ends in the middle of everything.
    session = framegen.LiveSession(world.avatars[0])
    session.speak(worlds.samples_16(rng, 2))
    threading.Thread(target=lambda: list(session), daemon=True).start()
    print("end", worlds.memory_mib(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
