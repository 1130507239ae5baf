#!/usr/bin/env python3
# live.py: framegen serve under clients that come and go, say nothing, say nonsense, or do not listen (./run soak live).
#   tests/soak/live.py [SECONDS] [--framegen build/release/framegen] [--clients 50] [--seed 1]
# Fails where a segment does not end exactly once, its sound comes back changed, memory, threads or open files do not come
# back to where they were, the server stops answering, or TERM does not end it in good order.
import argparse
import os
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "tools" / "live"))
from websocket import Session

RATE = 16000
HANGS_S = 120  # nothing may take longer, however busy the machine


class Soak:
    def __init__(self, words):
        self.words = words
        self.over = threading.Event()
        self.counts, self.wrong, self.lock = {}, [], threading.Lock()
        self.longest = 0  # seconds that a speaking client waited for its next picture
        self.process = subprocess.Popen([words.framegen, "serve", "--listen", "127.0.0.1:0", "--max-sessions", str(words.clients), "--drain-s", "30"]
                                        + (["--avatar", words.avatar] if words.avatar else []), stderr=subprocess.PIPE, text=True)
        self.told = []
        for line in self.process.stderr:
            self.told.append(line)
            if found := re.search(r"http://127\.0\.0\.1:(\d+)/", line):
                self.port = int(found[1])
                break
        else:
            raise SystemExit("framegen serve did not start: " + "".join(self.told))
        threading.Thread(target=lambda: self.told.extend(self.process.stderr), daemon=True).start()

    def count(self, what):
        with self.lock:
            self.counts[what] = self.counts.get(what, 0) + 1

    def check(self, right, what):
        if not right:
            with self.lock:
                self.wrong.append(what)
            print("WRONG:", what, flush=True)

    def get(self, path, data=None):
        return urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", data, timeout=HANGS_S).read()

    def metric(self, name):
        return int(re.search(rf"^framegen_{name} (\d+)$", self.get("/metrics").decode(), re.M)[1])

    def state(self):
        pid = self.process.pid
        status = Path(f"/proc/{pid}/status").read_text()
        return {"MiB": int(re.search(r"VmRSS:\s+(\d+)", status)[1]) // 1024, "threads": int(re.search(r"Threads:\s+(\d+)", status)[1]),
                "files": len(os.listdir(f"/proc/{pid}/fd")), "sessions": self.metric("sessions")}

    # --- what a client may be like
    def start(self, video="jpeg", **more):
        return Session("127.0.0.1", self.port, {"audio": {"rate": RATE}, "video": {"format": video}, **more}, timeout=HANGS_S)

    def talker(self, rng):
        """Speaks, interrupts now and then, and checks every sample and every end."""
        session = self.start(rng.choice(["jpeg", "none"]), pace=rng.choice(["realtime", "fast"]), blend=rng.choice(["reference", "feather"]),
                             silence_gate_db=rng.choice([0, -50]))
        for number in range(1, rng.randint(2, 4)):
            pcm = rng.randbytes(2 * rng.randint(1, 2 * RATE))
            for at in range(0, len(pcm), 6400):
                session.send_sound(pcm[at:at + 6400])
            interrupts = rng.random() < 0.4
            session.send({"type": "interrupt" if interrupts and rng.random() < 0.5 else "flush"})
            heard, ends, moved = b"", 0, time.monotonic()
            while ends == 0:
                kind, message = session.receive()
                if time.monotonic() - moved > HANGS_S:
                    self.check(False, f"a segment stands still at {len(heard) // 2} of {len(pcm) // 2} samples")
                    return session.close()
                if kind == "media" and message.own_sound:
                    self.check(message.segment == number, f"sound of segment {message.segment} in {number}")
                    with self.lock:
                        self.longest = max(self.longest, time.monotonic() - moved)
                    heard, moved = heard + message.sound, time.monotonic()
                    if interrupts and rng.random() < 0.1:
                        session.send({"type": "interrupt"})
                elif kind == "text" and message["type"] == "segment_end":
                    ends += 1
                    self.check(message["segment"] == number, f"segment {message['segment']} ended, {number} was spoken")
                    said = message["position_samples"] * 2
                    self.check(heard[:said] == pcm[:said] and len(heard) - said < 1280, "the sound came back changed")
                    self.check(message["interrupted"] or said == len(pcm), "a segment ended early")
                elif kind == "text" and message["type"] == "error":
                    self.check(False, f"an error: {message}")
                    return
        session.send({"type": "stop"})
        try:
            while True:
                kind, message = session.receive()
                self.check(kind != "text" or message["type"] != "segment_end" or message["interrupted"], "a second end")
        except ConnectionError:
            session.close()

    def dropper(self, rng):
        session = self.start(rng.choice(["jpeg", "bgr", "i420"]))
        session.send_sound(rng.randbytes(2 * rng.randint(1, RATE)))
        for _ in range(rng.randint(0, 40)):
            session.receive()
        session.close()

    def slow_reader(self, rng):
        session = self.start(rng.choice(["jpeg", "bgr"]))
        session.send_sound(rng.randbytes(2 * RATE))
        session.send({"type": "flush"})
        try:
            for _ in range(rng.randint(2, 8)):
                session.receive()
                time.sleep(rng.uniform(0, 1.5))
        finally:
            session.close()

    def never_reads(self, rng):
        session = self.start("bgr")
        time.sleep(rng.uniform(1, 15))
        session.close()

    def half_open(self, rng):
        connection = socket.create_connection(("127.0.0.1", self.port), HANGS_S)
        connection.send(rng.choice([b"", b"GET /v1/ses", b"POST /v1/render HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc"]))
        time.sleep(rng.uniform(0.5, 20))
        connection.close()

    def nonsense(self, rng):
        session = self.start("none")
        said = rng.choice(["json", "type", "odd", "oversized", "frame"])
        try:
            if said == "json":
                session._write(1, rng.randbytes(rng.randint(1, 2000)).hex().encode())
            elif said == "type":
                session.send({"type": rng.choice(["start", "sing", 7, None])})
            elif said == "odd":
                session.send_sound(rng.randbytes(3))
            elif said == "oversized":
                session.send_sound(bytes(300000))
            else:
                session.socket.sendall(rng.randbytes(rng.randint(10, 5000)))
            begin = time.monotonic()
            while time.monotonic() - begin < HANGS_S:
                session.receive()
                if said == "frame" and time.monotonic() - begin > 2:  # it may have been a harmless one
                    return session.close()
            self.check(False, f"nonsense ({said}) did not end the session")
        except (ConnectionError, UnicodeDecodeError, ValueError, struct.error, AssertionError):
            pass
        finally:
            session.close()

    def raw_nonsense(self, rng):
        connection = socket.create_connection(("127.0.0.1", self.port), HANGS_S)
        connection.sendall(rng.randbytes(rng.randint(1, 20000)))
        connection.settimeout(HANGS_S)
        try:
            while connection.recv(65536):
                pass
        except ConnectionError:
            pass
        connection.close()

    def asker(self, rng):
        path, data = rng.choice([("/", None), ("/metrics", None), ("/healthz", None), ("/v1/avatars", None), ("/nothing", None),
                                 ("/v1/speech", b'{"text": "one"}'), ("/v1/speech", b"["), ("/v1/render", rng.randbytes(2000))])
        try:
            self.get(path, data)
        except urllib.error.HTTPError as error:
            self.check(error.code in (400, 404, 501, 503), f"{path}: {error.code}")

    def client(self, seed):
        rng = random.Random(seed)
        kinds = [self.talker] * 5 + [self.dropper] * 3 + [self.slow_reader, self.never_reads, self.half_open, self.nonsense, self.raw_nonsense, self.asker]
        while not self.over.is_set():
            kind = rng.choice(kinds)
            try:
                kind(rng)
                self.count(kind.__name__)
            except TimeoutError as error:
                self.check(False, f"{kind.__name__}: nothing came for {HANGS_S} s: {error}")
            except (ConnectionError, OSError) as error:
                self.count(f"{kind.__name__}: {type(error).__name__}")  # full, or dropped because it did not listen
            time.sleep(rng.uniform(0, 0.3))

    # --- the whole
    def settle(self):
        begin = time.monotonic()
        while self.metric("sessions") > 0 and time.monotonic() - begin < HANGS_S:
            time.sleep(0.2)
        time.sleep(3)
        return self.state()

    def run(self):
        warm = [self.start() for _ in range(4)]
        for session in warm:
            for _ in range(5):  # long enough to speak before every template frame of ava: what is kept of them is there then
                session.send_sound(random.Random(0).randbytes(2 * RATE))
            session.send({"type": "flush"})
        for session in warm:
            while not (lambda kind, message: kind == "text" and message["type"] == "segment_end")(*session.receive()):
                pass
            session.close()
        before = self.settle()
        print(f"before: {before}", flush=True)
        threads = [threading.Thread(target=self.client, args=(self.words.seed * 1000 + i,)) for i in range(self.words.clients)]
        for thread in threads:
            thread.start()
        begin, halves = time.monotonic(), [[], []]
        while (now := time.monotonic() - begin) < self.words.seconds and self.process.poll() is None:
            time.sleep(min(10, self.words.seconds / 10))
            state = self.state()
            halves[now > self.words.seconds / 2].append(state["MiB"])
            print(f"{now:5.0f} s: {state}", flush=True)
        self.over.set()
        for thread in threads:
            thread.join(3 * HANGS_S)
            self.check(not thread.is_alive(), "a client hangs")
        after = self.settle()
        print(f"longest wait for a speech picture: {self.longest:.1f} s\nafter: {after}\nclients: {dict(sorted(self.counts.items()))}", flush=True)
        self.check(after["sessions"] == 0 and after["threads"] == before["threads"] and after["files"] <= before["files"] + 1
                   and after["MiB"] < before["MiB"] * 1.1 + 50, f"not all came back: {before} → {after}")
        first, second = (max(half) for half in halves)
        print(f"most memory in the first half {first} MiB, in the second {second} MiB", flush=True)
        self.check(second < first * 1.1 + 50, "memory grows")
        self.stop_in_the_middle()
        print("WRONG: " + "; ".join(self.wrong[:5]) if self.wrong else "all well", flush=True)
        return 1 if self.wrong else 0

    def stop_in_the_middle(self):
        sessions = [self.start("none") for _ in range(min(4, self.words.clients))]
        for session in sessions:
            session.send_sound(random.Random(0).randbytes(RATE))
        quiet = socket.create_connection(("127.0.0.1", self.port), HANGS_S)
        self.process.send_signal(signal.SIGTERM)
        begin = time.monotonic()
        for session in sessions:
            ends = []
            try:
                while True:
                    kind, message = session.receive()
                    if kind == "text" and message["type"] == "segment_end":
                        ends.append(message)
            except ConnectionError:
                pass
            self.check(len(ends) == 1 and not ends[0]["interrupted"] and ends[0]["position_ms"] == 500, f"TERM: ends {ends}")
        code = self.process.wait(HANGS_S)
        quiet.close()
        print(f"TERM: 4 segments spoken to their end, exit {code} after {time.monotonic() - begin:.1f} s", flush=True)
        self.check(code == 0, f"exit {code}: {''.join(self.told[-20:])}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("seconds", nargs="?", type=float, default=600)
    parser.add_argument("--framegen", default="build/release/framegen")
    parser.add_argument("--avatar")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    soak = Soak(parser.parse_args())
    try:
        return soak.run()
    finally:
        soak.process.kill()


sys.exit(main())
