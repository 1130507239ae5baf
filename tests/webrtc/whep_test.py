#!/usr/bin/env python3
# whep_test.py: framegen serve watched by aiortc, a WebRTC peer that shares no code with it: every picture counted and decoded.
#   whep_test.py FRAMEGEN AVATAR [WORD OF A TEST'S NAME]        (./run webrtc does the rest)
import array
import asyncio
import collections
import fractions
import json
import math
import random
import re
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import aioice
import aiortc.rtcrtpreceiver
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame

PATIENCE_S = 60  # for a condition; a busy machine is slow, and nothing is said about it here
RATE = 48000


class Server:
    def __init__(self, framegen, avatar, *words):
        self.process = subprocess.Popen(
            [framegen, "serve", "--listen", "127.0.0.1:0", "--avatar", avatar, "--max-sessions", "3", "--no-cache", *words],
            stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if found := re.search(r"http://[\d.]+:\d+", line):
                self.url = found.group(0)
                return
        raise RuntimeError("framegen serve did not start")

    async def ask(self, method, path, body=None, **headers):
        def go():
            request = urllib.request.Request(self.url + path, data=body, method=method, headers={k.replace("_", "-"): v for k, v in headers.items()})
            try:
                with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                    return answer.status, answer.headers, answer.read().decode(errors="replace")
            except urllib.error.HTTPError as error:
                return error.code, error.headers, error.read().decode(errors="replace")
        return await asyncio.to_thread(go)

    async def metric(self, name):
        _, _, text = await self.ask("GET", "/metrics")
        return int(re.search(rf"^framegen_{name} (\d+)$", text, re.M).group(1))

    def stop(self):
        self.process.terminate()
        return self.process.wait(PATIENCE_S)


class Peer:
    """Counts what it receives."""

    def __init__(self, microphone=None):
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.pictures, self.sounds, self.tasks = [], [], []
        self.pc.addTransceiver(microphone or "audio", direction="sendrecv" if microphone else "recvonly")
        self.pc.addTransceiver("video", direction="recvonly")
        self.pc.on("track", lambda track: self.tasks.append(asyncio.ensure_future(self.count(track))))

    async def count(self, track):
        try:
            while True:
                frame = await track.recv()
                if track.kind == "video":
                    self.pictures.append((frame.pts, frame.width, frame.height, time.monotonic(), frame.key_frame))
                else:
                    samples = array.array("h", bytes(frame.planes[0])[:4 * frame.samples])  # s16, two channels
                    self.sounds.append((frame.pts, frame.samples, math.sqrt(sum(s * s for s in samples[::8]) / len(samples[::8])), time.monotonic()))
        except MediaStreamError:  # the track has ended
            pass

    async def watch(self, server, query="", change=lambda sdp: sdp):
        await self.pc.setLocalDescription(await self.pc.createOffer())
        status, headers, answer = await server.ask("POST", "/v1/whep" + query, self.pc.localDescription.sdp.encode(), Content_Type="application/sdp")
        assert status == 201, (status, answer)
        self.location, self.tag = headers["Location"], headers["ETag"]
        self.session = self.location.split("/")[3]
        await self.pc.setRemoteDescription(RTCSessionDescription(sdp=change(answer), type="answer"))
        return self

    async def close(self):
        await self.pc.close()
        for task in self.tasks:
            task.cancel()


async def until(what, condition):
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        result = condition()
        if asyncio.iscoroutine(result):
            result = await result
        if result:
            return result
        await asyncio.sleep(0.05)
    raise AssertionError(f"not within {PATIENCE_S} s: {what}")


def tone(seconds):
    return b"".join(struct.pack("<h", int(9000 * math.sin(i * 2 * math.pi * 220 / RATE))) for i in range(int(seconds * RATE)))


async def speak(server, session, seconds):
    sound = tone(seconds)
    piece = RATE // 5 * 2
    for at in range(0, len(sound), piece):
        status, _, text = await server.ask("POST", f"/v1/sessions/{session}/audio", sound[at:at + piece], Content_Type="application/octet-stream")
        assert status == 200, text
    return await control(server, session, {"type": "flush"})


async def control(server, session, message):
    status, _, text = await server.ask("POST", f"/v1/sessions/{session}/control", json.dumps(message).encode(), Content_Type="application/json")
    assert status == 200, text


def gaps(peer):
    stamps = [pts for pts, *_ in peer.pictures]
    return [b - a for a, b in zip(stamps, stamps[1:]) if b - a != 3600]


async def receives_every_picture(server):
    peer = await Peer().watch(server)
    await until("the presenter is seen", lambda: len(peer.pictures) > 50)
    await speak(server, peer.session, 2)
    await until("speech is heard", lambda: sum(level > 1000 for _, _, level, _ in peer.sounds) > 80)
    await until("it is silent again", lambda: peer.sounds[-1][2] < 10)
    assert len({size[1:3] for size in peer.pictures}) == 1
    assert gaps(peer) == [], f"pictures are missing: {gaps(peer)}"
    stamps = [pts for pts, *_ in peer.sounds]
    assert all(b - a == 960 for a, b in zip(stamps, stamps[1:])), "sound is missing"
    # Both clocks began at random places: how far apart they run on is what counts.
    seconds = [(stamps[-1] - stamps[0]) / 48000, (peer.pictures[-1][0] - peer.pictures[0][0]) / 90000]
    heard = sum(level > 1000 for _, _, level, _ in peer.sounds)
    await peer.close()
    await until("the session has ended with its watcher", lambda: ended(server))
    return f"{len(peer.pictures)} pictures of {peer.pictures[0][1]}×{peer.pictures[0][2]}, {len(peer.sounds)} sounds, {heard * 20} ms of speech; {seconds[0]:.2f} and {seconds[1]:.2f} s"


async def ended(server):
    return await server.metric("sessions") == 0


class Voice(MediaStreamTrack):
    """A microphone: a tone of two seconds after one of silence, then silence."""

    kind = "audio"

    def __init__(self):
        super().__init__()
        self.at, self.begun = 0, time.monotonic()

    async def recv(self):
        await asyncio.sleep(max(0, self.begun + self.at / RATE - time.monotonic()))
        spoken = RATE <= self.at < 3 * RATE
        frame = AudioFrame(format="s16", layout="mono", samples=960)
        frame.planes[0].update(b"".join(struct.pack("<h", int(9000 * math.sin((self.at + i) * 2 * math.pi * 220 / RATE)) if spoken else 0) for i in range(960)))
        frame.pts, frame.sample_rate, frame.time_base = self.at, RATE, fractions.Fraction(1, RATE)
        self.at += 960
        return frame


async def says_what_a_microphone_says(server):
    peer = await Peer(Voice()).watch(server)
    await until("the microphone is heard again", lambda: sum(level > 1000 for _, _, level, _ in peer.sounds) > 80)
    await until("it is silent again", lambda: peer.sounds[-1][2] < 100)
    heard = sum(level > 1000 for _, _, level, _ in peer.sounds)
    assert heard < 120, f"{heard} sounds of 20 ms of a tone of 2 s"
    another = await Peer(Voice()).watch(server, f"?session={peer.session}")  # one voice at a time: this one is not listened to
    await until("it is watched", lambda: len(another.pictures) > 90)
    assert not any(level > 1000 for _, _, level, _ in another.sounds)
    await another.close()
    await peer.close()
    await until("the session has ended", lambda: ended(server))
    return f"{heard} sounds of 20 ms of a tone of 2 s"


async def heeds_an_interrupt(server):
    peer = await Peer().watch(server)
    await until("the presenter is seen", lambda: len(peer.pictures) > 10)
    await speak(server, peer.session, 8)
    await until("speech is heard", lambda: sum(level > 1000 for _, _, level, _ in peer.sounds) > 10)
    asked = time.monotonic()
    await control(server, peer.session, {"type": "interrupt"})
    await until("it is silent", lambda: len(peer.sounds) > 20 and all(level < 10 for _, _, level, _ in peer.sounds[-10:]))
    last = max(at for _, _, level, at in peer.sounds if level > 1000)
    assert time.monotonic() - asked < 7, "it spoke to the end"
    await peer.close()
    await until("the session has ended", lambda: ended(server))
    return f"the last sound came {1000 * (last - asked):.0f} ms after it was asked"


async def many_watch_one(server):
    first = await Peer().watch(server)
    others = [await Peer().watch(server, f"?session={first.session}") for _ in range(4)]
    everybody = [first, *others]
    await until("all see the presenter", lambda: all(len(peer.pictures) > 30 for peer in everybody))
    assert await server.metric("sessions") == 1
    status, _, _ = await server.ask("DELETE", first.location)
    assert status == 200
    seen = [len(peer.pictures) for peer in others]
    await until("the others see on", lambda: all(len(peer.pictures) > n + 30 for peer, n in zip(others, seen)))
    for peer in others:
        assert gaps(peer) == [], gaps(peer)
    for peer in everybody:
        await peer.close()
    await until("the session has ended with the last", lambda: ended(server))


async def fifty_watch_one(server):
    """Encoded once; nobody decodes here, which would take more than two cores: whole pictures are counted as they come out of the packets."""
    whole = collections.Counter()

    def count_alone(loop, incoming, outgoing, _):
        me = threading.get_ident()
        while (task := incoming.get()) is not None:
            whole[me] += task[0].name == "H264"
        asyncio.run_coroutine_threadsafe(outgoing.put(None), loop)

    decode, aiortc.rtcrtpreceiver.decoder_worker = aiortc.rtcrtpreceiver.decoder_worker, count_alone
    try:
        before = await server.metric("resident_memory_bytes")
        first = await Peer().watch(server)
        await until("one sees the presenter", lambda: sum(whole.values()) > 25)
        alone = await server.metric("resident_memory_bytes")
        everybody = [first] + [await Peer().watch(server, f"?session={first.session}") for _ in range(49)]
        await until("all see the presenter", lambda: sum(count > 50 for count in whole.values()) == 50)
        assert await server.metric("sessions") == 1
        all_told = await server.metric("resident_memory_bytes")
        for peer in everybody:
            await peer.close()
        await until("the session has ended with the last", lambda: ended(server))
    finally:
        aiortc.rtcrtpreceiver.decoder_worker = decode
    return f"{(all_told - alone) / 49 / 1024:.0f} KiB a watcher, {(alone - before) / 2**20:.0f} MiB the session"


async def who_vanishes_leaves_nothing(server):
    peer = await Peer().watch(server)
    await until("the presenter is seen", lambda: len(peer.pictures) > 10)
    for _ in range(2):  # one that never begins, either
        quiet = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        quiet.addTransceiver("video", direction="recvonly")
        await quiet.setLocalDescription(await quiet.createOffer())
        status, _, _ = await server.ask("POST", "/v1/whep", quiet.localDescription.sdp.encode(), Content_Type="application/sdp")
        assert status == 201
        await quiet.close()
    status, headers, text = await server.ask("POST", "/v1/whep", peer.pc.localDescription.sdp.encode(), Content_Type="application/sdp")
    assert status == 503 and headers["Retry-After"], text
    for transport in {peer.pc.getTransceivers()[0].receiver.transport.transport}:
        await transport._connection.close()  # without a word
    began = time.monotonic()
    await until("all are gone", lambda: ended(server))
    for task in peer.tasks:
        task.cancel()
    return f"after {time.monotonic() - began:.0f} s"


async def ice_begins_anew(server):
    """As a laptop that has changed its network: a new agent at another address, the same handshake and pictures."""
    peer = await Peer().watch(server)
    await until("the presenter is seen", lambda: len(peer.pictures) > 30)
    tag = peer.tag
    old = peer.pc.getTransceivers()[0].receiver.transport.transport._connection
    new = aioice.Connection(ice_controlling=True)
    await new.gather_candidates()
    kind = "application/trickle-ice-sdpfrag"
    names = f"a=ice-ufrag:{new.local_username}\r\na=ice-pwd:{new.local_password}\r\n".encode()
    for fragment, match, wanted in ((b"a=mid:0\r\n", tag, 204), (b"", None, 204), (b"a=mid:0\r\n", '"other"', 412), (names, '"other"', 412), (names, None, 428),
                                    (b"a=ice-ufrag:abcd\r\n", "*", 400), (names + b"\x01", "*", 400)):
        status, _, text = await server.ask("PATCH", peer.location, fragment, Content_Type=kind, **({"If_Match": match} if match else {}))
        assert status == wanted, (fragment, match, status, text)
    assert (await server.ask("PATCH", peer.location, names, Content_Type="application/sdp", If_Match="*"))[0] == 415
    status, headers, fragment = await server.ask("PATCH", peer.location, names, Content_Type=kind, If_Match="*")
    assert status == 200 and headers["ETag"] not in (None, tag) and headers["Content-Type"] == kind, (status, fragment)
    seen = len(peer.pictures)
    await until("pictures come the old way until the new one is there", lambda: len(peer.pictures) > seen + 10)
    new.remote_username = re.search(r"a=ice-ufrag:(\S+)", fragment).group(1)
    new.remote_password = re.search(r"a=ice-pwd:(\S+)", fragment).group(1)
    new.remote_is_lite = True
    for line in re.findall(r"a=candidate:(.*)\r", fragment):
        await new.add_remote_candidate(aioice.Candidate.from_sdp(line))
    await new.add_remote_candidate(None)
    await new.connect()
    came = 0

    async def hand_on():  # what comes the new way goes on to the same handshake
        nonlocal came
        while True:
            data = await new.recv()
            came += 1
            await old._queue.put((data, 1))
    handing = asyncio.ensure_future(hand_on())
    seen = len(peer.pictures)
    await until("pictures come the new way", lambda: came > 100 and len(peer.pictures) > seen + 50)
    assert gaps(peer) == [], f"pictures are missing: {gaps(peer)}"
    status, _, _ = await server.ask("PATCH", peer.location, b"a=mid:0\r\n", Content_Type=kind, If_Match=tag)
    assert status == 412, "a tag of before"
    handing.cancel()
    await new.close()
    await peer.close()
    assert (await server.ask("DELETE", peer.location))[0] in (200, 404)
    await until("the session has ended", lambda: ended(server))
    return f"{came} packets the new way, none of {len(peer.pictures)} pictures missing"


async def garbage_is_refused(server):
    offer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    offer.addTransceiver("video", direction="recvonly")
    await offer.setLocalDescription(await offer.createOffer())
    sdp = offer.localDescription.sdp
    random.seed(7)
    broken = ["", "v=0", "nonsense", "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n", sdp.replace("H264", "H265"), sdp.replace("a=ice-ufrag", "a=no"),
              sdp.replace("sha-256", "sha-1"), sdp.replace("a=rtcp-mux", "a=no"), sdp.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP"), sdp + "a=" + "x" * 5000, sdp + "\x00",
              sdp.replace("a=setup:actpass", "a=setup:passive"), sdp + "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n" * 40]
    for text in broken:
        status, _, answer = await server.ask("POST", "/v1/whep", text.encode(), Content_Type="application/sdp")
        assert status == 400 and "\n" not in answer, (status, answer, text[:80])
    for _ in range(100):
        letters = bytearray(sdp.encode())
        for _ in range(random.randrange(1, 30)):
            letters[random.randrange(len(letters))] = random.randrange(256)
        status, headers, answer = await server.ask("POST", "/v1/whep", bytes(letters), Content_Type="application/sdp")
        assert status in (201, 400, 503), (status, answer)  # a session's place is free when its thread is gone
        if status == 201:
            assert (await server.ask("DELETE", headers["Location"]))[0] == 200
    for method, path, wanted in (("POST", "/v1/whep?nonsense=1", 400), ("POST", "/v1/whep?session=none", 404), ("POST", "/v1/whep?avatar=nobody", 400), ("POST", "/v1/whep?rate=44100", 400),
                                 ("DELETE", "/v1/whep/none/none", 404), ("PATCH", "/v1/whep/none/none", 404), ("PATCH", "/v1/sessions/none/audio", 405),
                                 ("GET", "/v1/whep", 405), ("POST", "/v1/sessions/none/control", 404)):
        status, _, answer = await server.ask(method, path, sdp.encode() if method == "POST" else None, Content_Type="application/sdp")
        assert status == wanted, (method, path, status, answer)
    status, _, _ = await server.ask("POST", "/v1/whep", sdp.encode(), Content_Type="text/plain")
    assert status == 415
    await offer.close()
    await until("nothing is left", lambda: ended(server))


class Way:
    """One direction of a line: what was sent on it, and when it is free again."""

    def __init__(self):
        self.bits, self.free = [], 0.0


class BadLine(asyncio.DatagramProtocol):
    """Between a peer and a server, since few kernels have netem: 2 % are lost both ways, the others take 40 ms; each way 1 Mbit/s, and what
    would wait for more than a quarter of a second is lost, too."""

    LOSS, DELAY_S, BITS_PER_SECOND, LONGEST_S = 0.02, 0.04, 1e6, 0.25

    def __init__(self, port, host="127.0.0.1"):
        self.server, self.peer, self.lost, self.towards_peer, self.towards_server = (host, port), None, 0, Way(), Way()
        self.out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.out.setblocking(False)
        self.random = random.Random(3)
        asyncio.get_running_loop().add_reader(self.out, self.from_server)

    def connection_made(self, transport):
        self.transport = transport

    def close(self):
        asyncio.get_running_loop().remove_reader(self.out)
        self.out.close()
        self.transport.close()

    def carry(self, way, send, data, to):
        now, bits = time.monotonic(), 8 * (len(data) + 28)
        way.bits.append((now, bits))
        waits = max(0.0, way.free - now)
        if waits > self.LONGEST_S:
            self.lost += 1
            return
        way.free = now + waits + bits / self.BITS_PER_SECOND
        if self.random.random() < self.LOSS:
            self.lost += 1
        else:
            asyncio.get_running_loop().call_later(way.free - now + self.DELAY_S, lambda: self.transport.is_closing() or send(data, to))

    def datagram_received(self, data, source):
        self.peer = source
        self.carry(self.towards_server, self.out.sendto, data, self.server)

    def from_server(self):
        while True:
            try:
                data = self.out.recv(2048)
            except BlockingIOError:
                return
            if self.peer:
                self.carry(self.towards_peer, self.transport.sendto, data, self.peer)

    def kilobits_per_second(self, way):
        """Of the second half of the time."""
        half = (way.bits[0][0] + way.bits[-1][0]) / 2
        return sum(bits for at, bits in way.bits if at > half) / (way.bits[-1][0] - half) / 1000


class AsksAgain(aiortc.rtcrtpreceiver.NackGenerator):
    """aiortc asks once for what is lost, with the next loss again: where the question or what was sent again is lost, too, its picture stands still
    till then. Browsers ask again and again; so does this."""

    BETWEEN_S = 0.1

    def __init__(self):
        super().__init__()
        self.asked = 0.0

    def add(self, packet):
        missed = super().add(packet)
        if not missed and not (self.missing and time.monotonic() - self.asked > self.BETWEEN_S):
            return False
        self.asked = time.monotonic()
        return True


async def survives_a_bad_line(server):
    once, aiortc.rtcrtpreceiver.NackGenerator = aiortc.rtcrtpreceiver.NackGenerator, AsksAgain
    try:
        return await on_a_bad_line(server)
    finally:
        aiortc.rtcrtpreceiver.NackGenerator = once


async def on_a_bad_line(server):
    peer = Peer()
    await peer.pc.setLocalDescription(await peer.pc.createOffer())
    status, headers, answer = await server.ask("POST", "/v1/whep", peer.pc.localDescription.sdp.encode(), Content_Type="application/sdp")
    assert status == 201
    port = int(re.search(r"a=candidate:.* (\d+) typ host", answer).group(1))
    transport, line = await asyncio.get_running_loop().create_datagram_endpoint(lambda: BadLine(port), local_addr=("127.0.0.1", 0))
    answer = answer.replace(f" {port} typ host", f" {transport.get_extra_info('sockname')[1]} typ host")
    await peer.pc.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))
    await until("the presenter is seen", lambda: len(peer.pictures) > 10)
    for _ in range(3):
        await speak(server, headers["Location"].split("/")[3], 4)
    await until("much is seen", lambda: len(peer.pictures) > 500)
    assert line.lost > 10, "the line lost nothing"
    missing = sum(gap // 3600 - 1 for gap in gaps(peer))
    assert missing < len(peer.pictures) * 0.02, f"{missing} pictures were never seen: what was lost was not sent again"
    rate = line.kilobits_per_second(line.towards_peer)
    assert rate <= 900, f"{rate:.0f} kbit/s over a line of 1000"
    times = [at for _, _, _, at, _ in peer.pictures]
    stall = max(b - a for a, b in zip(times, times[1:]))
    await peer.close()
    line.close()
    await until("the session has ended", lambda: ended(server))
    return f"{line.lost} packets lost, {missing} of {len(peer.pictures)} pictures never seen, {rate:.0f} kbit/s, the longest time without a picture {1000 * stall:.0f} ms"


async def asks_for_its_token(framegen, avatar):
    server = Server(framegen, avatar, "--token", "secret")
    try:
        peer = Peer()
        await peer.pc.setLocalDescription(await peer.pc.createOffer())
        sdp = peer.pc.localDescription.sdp.encode()
        for method, path in (("POST", "/v1/whep"), ("DELETE", "/v1/whep/a/b"), ("PATCH", "/v1/whep/a/b"), ("POST", "/v1/sessions/a/control"), ("POST", "/v1/whep?token=secreT")):
            status, _, _ = await server.ask(method, path, sdp, Content_Type="application/sdp")
            assert status == 403, (method, path, status)
        status, _, _ = await server.ask("POST", "/v1/whep", sdp, Content_Type="application/sdp", Authorization="Bearer secret")
        assert status == 201
        await peer.close()
    finally:
        assert server.stop() == 0


async def main(framegen, avatar, only=""):
    failed = []
    server = Server(framegen, avatar)
    try:
        for test in (receives_every_picture, says_what_a_microphone_says, heeds_an_interrupt, many_watch_one, fifty_watch_one, ice_begins_anew, garbage_is_refused, survives_a_bad_line, who_vanishes_leaves_nothing):
            if only not in test.__name__:
                continue
            try:
                told = await asyncio.wait_for(test(server), 5 * PATIENCE_S)
            except Exception as fault:  # the others are tried all the same
                failed.append(test.__name__)
                print(f"FAILED: {test.__name__.replace('_', ' ')}: {fault!r}", flush=True)
                continue
            print(f"ok: {test.__name__.replace('_', ' ')}{': ' + told if told else ''}", flush=True)
    finally:
        assert server.stop() == 0
    await asks_for_its_token(framegen, avatar)
    print("ok: asks for its token")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))
