#!/usr/bin/env python3
# hostile.py: framegen serve under everything that once crashed, starved or outlasted it, at once, while one honest
# session speaks (./run soak hostile).
#   tests/soak/hostile.py [SECONDS] [--framegen build/release/framegen] [--avatar DIR] [--seed 1] [--serve "more words"]
# Fails where the honest session misses a picture, /healthz is not answered, memory, threads or descriptors do not come back
# to where they were, or TERM in the middle of it does not end the server in time. Loopback only, bounded in number and time.
import argparse
import json
import multiprocessing
import os
import random
import re
import resource
import shlex
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "tools" / "live"))
from websocket import Session

RATE = 16000
HOST = "127.0.0.1"
DESCRIPTORS = 128  # so few that a crowd meets the limit
DRAIN_S = 5


# --- the honest one
def honest(port, seconds, result):
    """Speaks in real time, in segments with pauses, and counts what comes back."""
    rng = random.Random(7)
    session = Session(HOST, port, {"audio": {"rate": RATE}, "video": {"format": "jpeg"}}, timeout=60)
    kind, ready = session.receive()
    while kind != "media":
        kind, message = session.receive()
    begin = last = time.monotonic()
    seen = {"pictures": 0, "speech": 0, "missing": 0, "gap_ms": 0.0, "late": 0, "dropped": 0, "segments": 0, "errors": []}
    pts, spoken_s = message.pts_us, 0.0
    while (now := time.monotonic()) - begin < seconds:
        if spoken_s < now - begin + 1:  # a second ahead of what is played
            session.send_sound(rng.randbytes(RATE // 5 * 2))
            spoken_s += 0.2
            if int(spoken_s * 5) % 20 == 0:
                session.send({"type": "flush"})
        kind, message = session.receive()
        if kind == "text":
            seen["segments"] += message["type"] == "segment_end"
            if message["type"] == "stats":
                seen["late"], seen["dropped"] = message["late_frames"], message["dropped_pictures"]
            elif message["type"] == "error":
                seen["errors"].append(message)
                break
            continue
        now = time.monotonic()
        seen["gap_ms"], last = max(seen["gap_ms"], (now - last) * 1000), now
        seen["pictures"] += 1
        seen["speech"] += message.speech
        seen["missing"] += not message.picture or message.pts_us != pts + 40000
        pts = message.pts_us
    seen["seconds"] = time.monotonic() - begin
    session.close()
    result.put(seen)


# --- the others: each does its harm once, in at most twenty seconds
def raw(port, text=b"", timeout=5):
    connection = socket.create_connection((HOST, port), timeout)
    connection.sendall(text if isinstance(text, bytes) else text.encode())
    return connection


def speak(port, **start):
    session = Session(HOST, port, {"audio": {"rate": RATE}, "video": {"format": "none"}, **start}, timeout=5)
    return session


def until_closed(connection, seconds=5):
    end = time.monotonic() + seconds
    while time.monotonic() < end and connection.recv(65536):
        pass


def upload(size, more=""):
    return f"POST /v1/render HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n{more}\r\n"


def wav(seconds):
    data = bytes(2 * RATE * seconds)
    return b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, RATE, 2 * RATE, 2, 16) + b"data" + struct.pack(
        "<I", len(data)) + data


def deep_words(port, rng):
    opening, closing = rng.choice([("[", "]"), ('{"x":', "}"), ('[{"a":', "}]")])
    levels = 190_000 // len(opening + closing)
    session = Session(HOST, port, {}, timeout=5)
    session._write(1, ('{"type":"start","%s":' % rng.choice(["audio", "video", "x"]) + opening * levels + "1" + closing * levels + "}").encode())
    until_closed(session.socket)
    body = opening * 1000 + closing * 1000
    until_closed(raw(port, f"POST /v1/speech HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n{body}"))


def interrupts(port, rng):
    """Ends of segments as fast as they can be made, to somebody who reads none of them."""
    session = speak(port, idle=rng.choice(["none", "loop"]))
    end = time.monotonic() + rng.uniform(5, 20)
    while time.monotonic() < end:
        session.send_sound(bytes(320))
        session.send({"type": "interrupt"})
    session.close()


def drips(port, rng):
    """Strangers, refused, that go on with a byte now and then."""
    crowd = [raw(port, "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n") for _ in range(40)]
    for _ in range(rng.randint(5, 15)):
        for one in list(crowd):
            try:
                one.sendall(b"x")
            except OSError:
                crowd.remove(one)
        time.sleep(0.5)


def silent_crowd(port, rng):
    crowd = [raw(port, rng.choice([b"", b"GET /v1/ses", b"\0"])) for _ in range(60)]
    time.sleep(rng.uniform(1, 10))
    for one in crowd:
        one.close()


def unstarted(port, rng):
    sessions = [Session.__new__(Session) for _ in range(4)]
    head = ("GET /v1/session HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
    crowd = [raw(port, head) for _ in sessions]
    time.sleep(rng.uniform(1, 12))
    for one in crowd:
        one.close()


def vanishing(port, rng):
    """Started and gone, many times."""
    for _ in range(40):
        session = speak(port, video={"format": rng.choice(["bgr", "jpeg"])})
        session.send_sound(bytes(RATE))
        session.close()
        time.sleep(0.02)


def slow_upload(port, rng):
    connection = raw(port, upload(8 << 20) + "RIFF")
    for _ in range(rng.randint(5, 30)):
        connection.sendall(b"x" * rng.choice([1, 1000, 20000]))
        time.sleep(0.5)


def unfinished_uploads(port, rng):
    crowd = [raw(port, upload(60 << 20)) for _ in range(6)]
    for one in crowd:
        try:
            one.sendall(bytes(2 << 20))
        except OSError:
            pass
    time.sleep(rng.uniform(1, 5))


def renders(port, rng):
    """Long ones, some that hang up, some that have no more to say, some that stay after the answer."""
    sound = wav(rng.choice([1, 2, 600]))
    connection = raw(port, upload(len(sound), rng.choice(["", "Accept: text/event-stream\r\n"])))
    connection.sendall(sound)
    way = rng.choice(["hang up", "half close", "stay"])
    if way == "half close":
        connection.shutdown(socket.SHUT_WR)
    if way != "hang up":
        connection.settimeout(20)
        until_closed(connection, 20)
    for _ in range(rng.choice([0, 10])):
        connection.sendall(b"x")
        time.sleep(0.5)


def never_reads(port, rng):
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(5)
    connection.connect((HOST, port))
    connection.sendall(upload(3, "Accept: text/event-stream\r\n").encode() + b"abc" if rng.random() < 0.5 else b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
    session = speak(port, video={"format": "bgr"})
    time.sleep(rng.uniform(1, 15))
    session.close()


def nonsense(port, rng):
    session = speak(port)
    for _ in range(rng.randint(1, 50)):
        kind = rng.randint(0, 4)
        if kind == 0:
            session._write(9, rng.randbytes(100))
        elif kind == 1:
            session._write(rng.choice([0, 1, 2, 3, 10]), rng.randbytes(rng.randint(0, 300)))
        elif kind == 2:
            session.send({"type": rng.choice(["flush", "interrupt", "stop", "sing", None])})
        elif kind == 3:
            session.send_sound(bytes(rng.choice([0, 1, 320, 300_000])))
        else:
            session.socket.sendall(rng.randbytes(rng.randint(1, 2000)))
    until_closed(session.socket, 2)


def raw_nonsense(port, rng):
    until_closed(raw(port, rng.choice([rng.randbytes(20000), b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 5000, b"POST /v1/render HTTP/9.9\r\n\r\n",
                                       b"POST /v1/render HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"])))


def asks(port, rng):
    for _ in range(50):
        until_closed(raw(port, f"GET {rng.choice(['/', '/metrics', '/v1/avatars', '/v1/renders/1', '/%00', '/?token=%zz'])} HTTP/1.1\r\nHost: localhost\r\n\r\n"))
    body = json.dumps({"text": "one two three " * 100})
    crowd = [raw(port, f"POST /v1/speech HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n{body}") for _ in range(12)]
    for one in crowd:
        until_closed(one)


HARMS = [deep_words, interrupts, drips, silent_crowd, unstarted, vanishing, slow_upload, unfinished_uploads, renders, never_reads, nonsense,
         raw_nonsense, asks]


def attack(port, harm, seed, over, counts):
    os.nice(10)  # an attacker brings its own machine: not the server's cores
    rng = random.Random(seed)
    while not over.is_set():
        try:
            harm(port, rng)
        except (OSError, ConnectionError, ValueError, AssertionError, struct.error):
            pass  # refused, cut off: what is hoped for
        with counts.get_lock():
            counts[HARMS.index(harm)] += 1
        time.sleep(rng.uniform(0, 1))


# --- the whole
def small_avatar(program, folder):
    """A small one: the honest session has to have a chance on a machine that others use. Its networks lie beside it, in models."""
    folder = Path(folder)
    subprocess.run([program, "synth-model", "--width", "0.5", "--seed", "1", "-o", folder / "models"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([program, "import", "--dataset", ROOT / "tests/golden/pipeline/dataset", "--generator", folder / "models/generator.onnx",
                    "--audio-encoder", folder / "models/audio_encoder.onnx", "--name", "mini", "-o", folder / "mini"], check=True,
                   stdout=subprocess.DEVNULL)
    return str(folder / "mini")


def port_of(process):
    """Where framegen serve listens, as it says itself when it begins."""
    line = ""
    for line in process.stderr:
        if found := re.search(rf"http://{HOST}:(\d+)/", line):
            return int(found[1])
    raise SystemExit("framegen serve did not start: " + line)


class Hostile:
    def __init__(self, words, descriptors=DESCRIPTORS):
        self.words, self.wrong = words, []
        self.folder = tempfile.TemporaryDirectory()
        self.process = subprocess.Popen(
            [words.framegen, "serve", "--listen", f"{HOST}:0", "--max-sessions", "4", "--drain-s", str(DRAIN_S), "--max-render-s", "20", "--avatar",
             words.avatar or small_avatar(words.framegen, self.folder.name)] + shlex.split(words.serve), stderr=subprocess.PIPE, text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors)))
        self.port = port_of(self.process)

    def check(self, right, what):
        if not right:
            self.wrong.append(what)
            print("WRONG:", what, flush=True)

    def get(self, path):
        return urllib.request.urlopen(f"http://{HOST}:{self.port}{path}", timeout=10).read().decode()

    def state(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        metrics = self.get("/metrics")
        number = lambda name: int(re.search(rf"^framegen_{name} (\d+)$", metrics, re.M)[1])
        return {"MiB": int(re.search(r"VmRSS:\s+(\d+)", status)[1]) // 1024, "threads": int(re.search(r"Threads:\s+(\d+)", status)[1]),
                "files": len(os.listdir(f"/proc/{self.process.pid}/fd")),
                **{name: number(name) for name in ("sessions", "renders", "uploads", "connections")}}

    def settle(self):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            state = self.state()
            if state["sessions"] + state["renders"] + state["uploads"] == 0 and state["connections"] <= 1:
                break
            time.sleep(0.5)
        time.sleep(2)
        return self.state()

    def warm_up(self):
        """Everything once in good manners: what is kept for ever is there then."""
        queue = multiprocessing.Queue()
        honest(self.port, 8, queue)
        sound = wav(2)
        until_closed(raw(self.port, upload(len(sound)).encode() + sound, 120), 120)
        return self.settle()

    def healthy(self):
        begin = time.monotonic()
        try:
            answered = '"ok"' in self.get("/healthz")
        except OSError:
            answered = False
        took = time.monotonic() - begin
        self.check(answered and took < 5, f"/healthz: answered {answered} after {took:.1f} s")
        return took

    def run(self):
        before = self.warm_up()
        print("before:", before, flush=True)
        over, counts, result = multiprocessing.Event(), multiprocessing.Array("i", len(HARMS)), multiprocessing.Queue()
        speaker = multiprocessing.Process(target=honest, args=(self.port, self.words.seconds, result))
        speaker.start()
        time.sleep(1)  # it has its place
        crowd = [multiprocessing.Process(target=attack, args=(self.port, harm, self.words.seed + i, over, counts)) for i, harm in enumerate(HARMS)]
        for one in crowd:
            one.start()
        begin, slowest, most = time.monotonic(), 0.0, 0
        while (now := time.monotonic() - begin) < self.words.seconds and self.process.poll() is None:
            time.sleep(1)
            slowest = max(slowest, self.healthy())
            if int(now) % 30 == 0:
                state = self.state()
                most = max(most, state["MiB"])
                print(f"{now:5.0f} s: {state}, load {os.getloadavg()[0]:.1f}", flush=True)
        seen = result.get(timeout=60)
        speaker.join(10)
        over.set()
        for one in crowd:
            one.join(60)
            self.check(one.exitcode == 0, "an attacker hangs")
            one.kill()
        rate = seen["pictures"] / seen["seconds"]
        print(f"honest: {rate:.2f} pictures/s, {seen}\n/healthz: slowest {slowest * 1000:.0f} ms\nattacks: "
              f"{ {harm.__name__: counts[i] for i, harm in enumerate(HARMS)} }\nmost memory {most} MiB", flush=True)
        self.check(rate > 24.9 and seen["missing"] == 0 and not seen["errors"], "the honest session missed pictures")
        after = self.settle()
        print("after: ", after, flush=True)
        self.check(after["threads"] == before["threads"] and after["files"] <= before["files"] + 1 and after["MiB"] < before["MiB"] + 24,
                   "not all came back")
        self.stop_in_the_middle()
        print("WRONG: " + "; ".join(self.wrong[:5]) if self.wrong else "all well", flush=True)
        return 1 if self.wrong else 0

    def stop_in_the_middle(self):
        over, counts = multiprocessing.Event(), multiprocessing.Array("i", len(HARMS))
        crowd = [multiprocessing.Process(target=attack, args=(self.port, harm, i, over, counts)) for i, harm in enumerate(HARMS)]
        for one in crowd:
            one.start()
        time.sleep(3)
        begin = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(DRAIN_S + 30)
        except subprocess.TimeoutExpired:
            code = "none"
        took = time.monotonic() - begin
        over.set()
        for one in crowd:
            one.join(60)
            one.kill()
        print(f"TERM: exit {code} after {took:.1f} s", flush=True)
        self.check(code == 0 and took < DRAIN_S + 5, "TERM did not end it in time")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("seconds", nargs="?", type=float, default=600)
    parser.add_argument("--framegen", default="build/release/framegen")
    parser.add_argument("--avatar")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--serve", default="", help="more words for framegen serve")
    hostile = Hostile(parser.parse_args())
    try:
        return hostile.run()
    finally:
        hostile.process.kill()
        for child in multiprocessing.active_children():
            child.kill()


if __name__ == "__main__":
    sys.exit(main())
