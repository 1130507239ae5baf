#!/usr/bin/env python3
# webrtc.py: watchers of framegen serve that come, go, vanish, never begin, send nonsense and offer without end (./run soak webrtc).
#   tests/soak/webrtc.py FRAMEGEN AVATAR [SECONDS] [--clients 6] [--seed 1]
# Fails where the server dies or does not answer, where sessions, threads, descriptors or memory do not come back, or TERM does not end it.
import argparse
import asyncio
import collections
import contextlib
import os
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "webrtc"))
from aiortc import RTCConfiguration, RTCPeerConnection
from whep_test import Peer, Server, control, speak, until

ANSWERS_S = 10


class Full(Exception):
    """503: as it should be, where all places are taken."""


class Soak:
    def __init__(self, server, words):
        self.server, self.words, self.wrong = server, words, []
        self.acts, self.over = collections.Counter(), False

    async def come(self, query=""):
        peer = Peer()
        try:
            return await peer.watch(self.server, query)
        except AssertionError as error:
            await peer.close()
            if "(503," in str(error) or "(404," in str(error):  # a session that was to be joined may be over
                raise Full from error
            raise

    async def sees(self, peer, pictures):
        await until(f"{pictures} pictures", lambda: len(peer.pictures) >= pictures)

    async def speaks(self, rng):
        peer = await self.come()
        await self.sees(peer, 10)
        await speak(self.server, peer.session, rng.uniform(0.2, 2))
        if rng.random() < 0.5:
            await control(self.server, peer.session, {"type": "interrupt"})
        await self.sees(peer, len(peer.pictures) + 20)
        await peer.close()

    async def vanishes(self, rng):
        peer = await self.come()
        await self.sees(peer, rng.randrange(1, 30))
        for transport in {peer.pc.getTransceivers()[0].receiver.transport.transport}:
            await transport._connection.close()  # without a word
        for task in peer.tasks:
            task.cancel()

    async def offer(self):
        quiet = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        quiet.addTransceiver("video", direction="recvonly")
        await quiet.setLocalDescription(await quiet.createOffer())
        sdp = quiet.localDescription.sdp
        await quiet.close()
        return sdp

    async def post(self, sdp, query="", **words):
        return await self.server.ask("POST", "/v1/whep" + query, sdp, Content_Type="application/sdp", **words)

    async def never_begins(self, rng):
        status, _, _ = await self.post((await self.offer()).encode())
        assert status in (201, 503), status

    async def offers_without_end(self, rng):
        peer = await self.come()
        sdp = (await self.offer()).encode()
        for _ in range(rng.randrange(5, 30)):
            status, headers, text = await self.post(sdp, f"?session={peer.session}")
            assert status in (201, 503), (status, text)
            if status == 201 and rng.random() < 0.8:
                assert (await self.server.ask("DELETE", headers["Location"]))[0] == 200
        await peer.close()

    async def nonsense(self, rng):
        sdp = (await self.offer()).encode()
        for _ in range(20):
            letters = bytearray(sdp)
            for _ in range(rng.randrange(1, 40)):
                letters[rng.randrange(len(letters))] = rng.randrange(256)
            status, headers, text = await self.post(bytes(letters))
            assert status in (201, 400, 503) and "\n" not in text.strip("\r\n") or status == 201, (status, text)
            if status == 201:
                await self.server.ask("DELETE", headers["Location"])
        for method, path in (("PATCH", "/v1/whep/a/b"), ("POST", "/v1/sessions/a/audio"), ("DELETE", "/v1/whep/")):
            status, _, _ = await self.server.ask(method, path, rng.randbytes(100))
            assert status in (404, 405), (method, path, status)

    async def client(self, number):
        rng = random.Random(1000 * self.words.seed + number)
        acts = [self.speaks, self.vanishes, self.never_begins, self.offers_without_end, self.nonsense]
        while not self.over:
            act = rng.choice(acts)
            try:
                await act(rng)
                self.acts[act.__name__] += 1
            except Full:
                self.acts["no place"] += 1
                await asyncio.sleep(rng.random())
            except (AssertionError, ConnectionError, OSError) as error:
                self.wrong.append(f"{act.__name__}: {error!r}")

    async def watch(self):
        """The server answers, whatever they do; once in a while how much it has."""
        longest = shown = 0.0
        while not self.over:
            began = time.monotonic()
            status, _, _ = await self.server.ask("GET", "/healthz")
            longest = max(longest, time.monotonic() - began)
            assert status == 200
            if began - shown > 30:
                shown = began
                print(f"{await self.state()}, {sum(self.acts.values())} acts", flush=True)
            await asyncio.sleep(0.5)
        return longest

    async def state(self):
        proc = Path(f"/proc/{self.server.process.pid}")
        status = dict(line.split(":", 1) for line in (proc / "status").read_text().splitlines())
        return {"sessions": await self.server.metric("sessions"), "MiB": int(status["VmRSS"].split()[0]) // 1024,
                "threads": int(status["Threads"]), "files": len(os.listdir(proc / "fd"))}  # fmt: skip

    async def warm(self):
        """What is made once: parts of all of ava's template frames, to and fro, and three sessions' memory."""
        peers = [await self.come() for _ in range(3)]
        for peer in peers:
            await speak(self.server, peer.session, 8)
        for peer in peers:
            await self.sees(peer, 250)
            await peer.close()

    async def settled(self):
        await until("all sessions have ended", lambda: self.no_sessions())
        with contextlib.suppress(AssertionError):
            await asyncio.sleep(3)
        return await self.state()

    async def no_sessions(self):
        return await self.server.metric("sessions") == 0

    async def run(self):
        await self.warm()
        before = await self.settled()
        watching = asyncio.ensure_future(self.watch())
        clients = [asyncio.ensure_future(self.client(n)) for n in range(self.words.clients)]
        await asyncio.sleep(self.words.seconds)
        self.over = True
        await asyncio.wait_for(asyncio.gather(*clients), 180)
        longest = await watching
        after = await self.settled()
        print(f"acts: {dict(sorted(self.acts.items()))}\nbefore {before}, after {after}; /healthz at most {1000 * longest:.0f} ms", flush=True)
        if after["threads"] > before["threads"] or after["files"] > before["files"] or after["MiB"] > before["MiB"] * 1.1 + 50:
            self.wrong.append(f"not all came back: {before} → {after}")
        if longest > ANSWERS_S:
            self.wrong.append(f"/healthz took {longest:.1f} s")


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("framegen")
    parser.add_argument("avatar")
    parser.add_argument("seconds", nargs="?", type=float, default=600)
    parser.add_argument("--clients", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    words = parser.parse_args()
    soak = Soak(Server(words.framegen, words.avatar, "--precision", "int8"), words)
    try:
        await soak.run()
    finally:
        code = soak.server.stop()
    if code != 0:
        soak.wrong.append(f"TERM: exit {code}")
    print("WRONG: " + "; ".join(soak.wrong[:5]) if soak.wrong else "all well")
    return 1 if soak.wrong else 0


sys.exit(asyncio.run(main()))
