#!/usr/bin/env python3
# idle.py: framegen serve under ten thousand sockets that want nothing, while one honest session speaks (./run soak idle).
#   tests/soak/idle.py [SECONDS] [--sockets 10000] [--framegen build/release/framegen] [--avatar DIR] [--serve "more words"]
# A quarter each: connected and silent; stopped in the middle of a request; answered once and kept alive; a WebSocket that starts nothing. The server
# keeps as many as it has room for and lets newcomers take the place of the silent; what it closes is opened again five seconds later. Fails where the
# honest session misses a picture, /healthz is not answered, a newcomer gets no picture in three tries, or memory, threads and descriptors do not come
# back. Loopback only.
import argparse
import collections
import multiprocessing
import os
import resource
import selectors
import socket
import sys
import time

from hostile import HOST, RATE, Hostile, Session, honest

SPARE = 200  # descriptors beside the crowd's
KINDS = 4
AGAIN_S = 5
TRIES = 3
WEBSOCKET = (b"GET /v1/session HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
             b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
FIRST_WORDS = (b"", b"POST /v1/speech HTTP/1.1\r\nHost: loc", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", WEBSOCKET)


def open_one(port, number):
    """Connected from one of fifty addresses of the loopback; what it says first is in its number."""
    one = socket.socket()
    one.bind((f"127.0.0.{2 + number % 50}", 0))
    one.connect((HOST, port))
    one.setblocking(False)
    one.send(FIRST_WORDS[number % KINDS])
    return one


def crowd(port, sockets, over, held, opened):
    """Holds `sockets` connections until it is over, opening again what was closed."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (sockets + SPARE, sockets + SPARE))
    watched, missing = selectors.DefaultSelector(), collections.deque((0.0, number) for number in range(sockets))
    while not over.is_set():
        for _ in range(200):  # not more at once than the system queues for the server
            if not missing or missing[0][0] > time.monotonic():
                break
            try:
                watched.register(open_one(port, missing[0][1]), selectors.EVENT_READ, missing[0][1])
                opened.value += 1
            except OSError:
                break
            missing.popleft()
        held.value = len(watched.get_map())
        for key, _ in watched.select(0.05):
            try:
                gone = not key.fileobj.recv(65536)
            except OSError:
                gone = True
            if gone:
                watched.unregister(key.fileobj)
                key.fileobj.close()
                missing.append((time.monotonic() + AGAIN_S, key.data))


def newcomer(port):
    """How long somebody waits for the first picture who comes now, in seconds."""
    begin = time.monotonic()
    session = Session(HOST, port, {"audio": {"rate": RATE}, "video": {"format": "jpeg"}}, timeout=20)
    kind = ""
    while kind != "media":
        kind, _ = session.receive()
    session.close()
    return time.monotonic() - begin


class Idle(Hostile):
    def run(self):
        before = self.warm_up()
        print("before:", before, flush=True)
        over, result = multiprocessing.Event(), multiprocessing.Queue()
        held, opened = multiprocessing.Value("i", 0), multiprocessing.Value("i", 0)
        speaker = multiprocessing.Process(target=honest, args=(self.port, self.words.seconds, result))
        speaker.start()
        time.sleep(1)  # it has its place
        strangers = multiprocessing.Process(target=crowd, args=(self.port, self.words.sockets, over, held, opened))
        strangers.start()
        begin, slowest, most, largest, waits, away = time.monotonic(), 0.0, 0, 0, [], 0
        while time.monotonic() - begin < self.words.seconds and self.process.poll() is None:
            time.sleep(1)
            slowest = max(slowest, self.healthy())
            state = self.state()
            if state["connections"] > largest:
                most, largest = state["MiB"], state["connections"]
            for _ in range(TRIES):
                try:
                    waits.append(newcomer(self.port))
                    break
                except (OSError, ConnectionError, ValueError, AssertionError):
                    away += 1
            else:
                self.check(False, f"a newcomer was turned away {TRIES} times")
            print(f"{time.monotonic() - begin:5.0f} s: held {held.value}, opened {opened.value}, {state}, load {os.getloadavg()[0]:.1f}", flush=True)
        seen = result.get(timeout=60)
        speaker.join(10)
        over.set()
        strangers.join(60)
        strangers.kill()
        print(f"honest: {seen['pictures'] / seen['seconds']:.2f} pictures/s, {seen}\n/healthz: slowest {slowest * 1000:.0f} ms\n"
              f"{self.words.sockets} sockets, {opened.value} times opened, {largest} kept at once; most memory {most} MiB\n"
              f"newcomers: {len(waits)}, first picture after {max(waits, default=0) * 1000:.0f} ms at most; tries turned away: {away}", flush=True)
        self.check(opened.value >= self.words.sockets, "the crowd never was whole")
        self.check(seen["pictures"] / seen["seconds"] > 24.9 and seen["missing"] == 0 and not seen["errors"], "the honest session missed pictures")
        after = self.settle()
        print("after: ", after, flush=True)
        self.check(after["threads"] == before["threads"] and after["files"] <= before["files"] + 1 and after["MiB"] < before["MiB"] + 24, "not all came back")
        print("WRONG: " + "; ".join(self.wrong[:5]) if self.wrong else "all well", flush=True)
        return 1 if self.wrong else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("seconds", nargs="?", type=float, default=60)
    parser.add_argument("--sockets", type=int, default=10_000)
    parser.add_argument("--framegen", default="build/release/framegen")
    parser.add_argument("--avatar")
    parser.add_argument("--serve", default="", help="more words for framegen serve")
    words = parser.parse_args()
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < words.sockets + SPARE:
        raise SystemExit(f"{words.sockets} sockets need {words.sockets + SPARE} descriptors in a process: raise the hard limit (ulimit -Hn), or ask for fewer (--sockets)")
    idle = Idle(words, words.sockets + SPARE)
    try:
        return idle.run()
    finally:
        idle.process.kill()
        for child in multiprocessing.active_children():
            child.kill()


if __name__ == "__main__":
    sys.exit(main())
