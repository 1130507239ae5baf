#!/usr/bin/env python3
# python_fuzz.py: the Python package under wrong types, odd arrays, threads, interrupts, forks and closed sessions; nothing may end the interpreter.
#   PYTHONPATH=build/release/python build/python-venv/bin/python tests/fuzz/python_fuzz.py [SECONDS] [--seed N]      (./run fuzz python SECONDS)
# One interpreter after another, a minute each, is let loose on the package (python/child.py). A fault is one that dies, hangs, leaves
# with anything but 0, or meets an exception of the wrong kind. What it did last is shown, and kept in out/fuzz/python-SEED.log.
from __future__ import annotations

import argparse
import collections
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROUND_S = 60
HANGS_S = 120  # without a new act; an act ends itself after a few seconds


def play(seed: int, seconds: float, log: Path) -> tuple[int, str]:
    """One interpreter: its exit code (137: it hung) and what it said of itself."""
    with tempfile.TemporaryDirectory(prefix="framegen-fuzz-") as folder, open(log, "w") as acts:
        shutil.copytree(ROOT / "assets" / "avatars" / "ava", Path(folder) / "avatar", ignore=shutil.ignore_patterns("cache"))
        places = os.pathsep.join(os.path.abspath(place) for place in sys.path[1:])  # the child works in another folder
        environment = os.environ | {"FRAMEGEN_AVATARS": folder, "FRAMEGEN_AVATAR": str(Path(folder) / "avatar"), "PYTHONPATH": places}
        command = [sys.executable, "-W", "ignore", str(Path(__file__).parent / "python" / "child.py"), str(seed), str(seconds)]
        speech = ROOT / "tests" / "golden" / "pipeline" / "speech.wav"
        shutil.copy(speech, Path(folder) / "speech.wav")
        child = subprocess.Popen(command, cwd=folder, env=environment, stdout=acts, stderr=subprocess.STDOUT)
        seen, since = -1, time.monotonic()
        while child.poll() is None:
            time.sleep(0.1)
            if log.stat().st_size != seen:
                seen, since = log.stat().st_size, time.monotonic()
            elif time.monotonic() - since > HANGS_S:
                child.send_signal(signal.SIGABRT)  # faulthandler says where each thread is
                child.wait(30)
                return 137, log.read_text(errors="replace")
        return child.returncode, log.read_text(errors="replace")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("seconds", nargs="?", type=float, default=60)
    parser.add_argument("--seed", type=int, default=None, help="of the first interpreter; else the clock's")
    parser.add_argument("--logs", type=Path, default=ROOT / "out" / "fuzz")
    words = parser.parse_args()
    seed = words.seed if words.seed is not None else int(time.time()) % 10**6
    words.logs.mkdir(parents=True, exist_ok=True)
    started, faults, acts, rounds, most = time.monotonic(), 0, collections.Counter(), 0, 0
    while (left := words.seconds - (time.monotonic() - started)) > 0:
        log = words.logs / f"python-{seed}.log"
        code, text = play(seed, min(ROUND_S, left), log)
        rounds += 1
        for line in text.splitlines():
            if line.startswith("act "):
                acts[line.split()[2]] += 1
            elif line.startswith("end "):
                most = max(most, int(line.split()[1]))
        if code != 0 or "FAULT" in text or "end " not in text:
            faults += 1
            print(f"seed {seed}: exit {code}; {log}:", *text.splitlines()[-25:], sep="\n  ", flush=True)
        else:
            log.unlink()
        seed += 1
    print(f"python: {rounds} interpreters, {sum(acts.values())} acts, {faults} faults; at most {most} MiB. " + ", ".join(f"{name} {count}" for name, count in sorted(acts.items())))
    return 1 if faults or not acts else 0


if __name__ == "__main__":
    sys.exit(main())
