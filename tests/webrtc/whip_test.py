#!/usr/bin/env python3
# whip_test.py: framegen stream published to aiortc by WHIP: every picture and sound counted; who refuses, sends on, vanishes; a bad line.
#   whip_test.py FRAMEGEN AVATAR [WORD OF A TEST'S NAME]        (./run webrtc does the rest)
import asyncio
import http.server
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from whep_test import PATIENCE_S, RATE, BadLine, Peer, gaps, tone, until


class Watching(Peer):
    """Who is published to: answers an offer, and counts."""

    def __init__(self):
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.pictures, self.sounds, self.tasks = [], [], []
        self.pc.on("track", lambda track: self.tasks.append(asyncio.ensure_future(self.count(track))))

    async def answer(self, offer, passive):
        await self.pc.setRemoteDescription(RTCSessionDescription(sdp=offer, type="offer"))
        if passive:  # aiortc begins the handshake by itself, given the choice
            for transceiver in self.pc.getTransceivers():
                transceiver.receiver.transport._set_role("server")
        await self.pc.setLocalDescription(await self.pc.createAnswer())
        return self.pc.localDescription.sdp


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def say(self, status, body="", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def do_POST(self):
        whip, path = self.server.whip, self.path.split("?")[0]
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        whip.asked.append((path, self.headers.get("Authorization"), self.headers.get("Content-Type")))
        if path == "/moved":
            return self.say(307, Location="/whip")
        if path == "/elsewhere":
            return self.say(307, Location=f"http://localhost:{self.server.server_port}/token")
        if path == "/round":
            return self.say(308, Location="/round")
        if path == "/gone":
            return self.say(302, Location="/whip")
        if path == "/token" and self.headers.get("Authorization") != "Bearer secret":
            return self.say(401, '{"error": {"message": "no token,\\nno place"}}', Content_Type="application/json")
        if path == "/full":
            return self.say(503, "come back", Retry_After="5")
        if path == "/page":
            return self.say(200, "<html>hello</html>", Content_Type="text/html")
        if path == "/nonsense":
            return self.say(201, "v=0\r\nnonsense", Content_Type="application/sdp", Location="/session")
        if path not in ("/whip", "/token", "/passive", "/bad", "/nowhere", "/stranger"):
            return self.say(404, "nothing here")
        answer = asyncio.run_coroutine_threadsafe(whip.watch(body, path), whip.loop).result(PATIENCE_S)
        self.say(201, answer, Content_Type="application/sdp", Location="session", ETag='"1"', Link='<stun:stun.example.net>; rel="ice-server"')

    def do_DELETE(self):
        self.server.whip.deleted.append((self.path, self.headers.get("Authorization"), time.monotonic()))
        self.say(200)


class Whip:
    """A server that is published to, one after the other."""

    def __init__(self, certificate=None):
        self.loop, self.asked, self.deleted, self.peers, self.line = asyncio.get_running_loop(), [], [], [], None
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.whip = self
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.http.socket = context.wrap_socket(self.http.socket, server_side=True)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.url = f"{'whips' if certificate else 'whip'}://127.0.0.1:{self.http.server_port}"

    async def watch(self, offer, path):
        peer = Watching()
        self.peers.append(peer)
        answer = await peer.answer(offer, path == "/passive")
        if path == "/nowhere":  # nobody is at its addresses
            await peer.close()
        if path == "/stranger":  # somebody else's certificate
            answer = re.sub(r"(a=fingerprint:sha-256 )..:..", r"\g<1>00:00", answer)
        if path == "/bad":
            host, port = re.search(r"a=candidate:\S+ 1 udp \d+ ([\d.]+) (\d+)", answer).groups()
            transport, self.line = await self.loop.create_datagram_endpoint(lambda: BadLine(int(port), host), local_addr=("127.0.0.1", 0))
            near = transport.get_extra_info("sockname")[1]
            answer = re.sub(r"(a=candidate:\S+ 1 udp \d+) \S+ \d+", rf"\1 127.0.0.1 {near}", answer)
            answer = re.sub(r"a=candidate:\S+ 1 udp \d+ \S*:.*\r\n", "", answer)
        return answer

    async def close(self):
        for peer in self.peers:
            await peer.close()
        self.http.shutdown()
        self.http.server_close()


class Stream:
    def __init__(self, framegen, avatar, to, *words, environment=None):
        self.process = subprocess.Popen([framegen, "stream", "--avatar", avatar, "--no-cache", "--to", to, *words], stdin=subprocess.PIPE, stderr=subprocess.PIPE,
                                        env={**os.environ, **(environment or {})})

    async def say(self, sound):
        def go():
            try:
                self.process.stdin.write(sound)
                self.process.stdin.flush()
            except BrokenPipeError:
                pass
        await asyncio.to_thread(go)

    async def end(self):
        """Its exit code and what it said, but for the line that tells the precision."""
        def go():
            _, said = self.process.communicate(timeout=2 * PATIENCE_S)
            return self.process.returncode, "".join(line for line in said.decode().splitlines(True) if not line.startswith("framegen: "))
        return await asyncio.to_thread(go)


def whole(peer):
    """What was written and seen: nothing between the first and the last is missing."""
    assert gaps(peer) == [], f"pictures are missing: {gaps(peer)}"
    stamps = [pts for pts, *_ in peer.sounds]
    assert all(b - a == 960 for a, b in zip(stamps, stamps[1:])), "sound is missing"
    heard = sum(level > 1000 for _, _, level, _ in peer.sounds)
    return f"{len(peer.pictures)} pictures of {peer.pictures[0][1]}×{peer.pictures[0][2]}, {len(peer.sounds)} sounds, {heard * 20} ms of speech"


async def sees_every_picture(run, path="/whip", rate=RATE):
    whip = Whip()
    stream = Stream(*run, whip.url + path, "--rate", str(rate))
    sound = tone(4)
    await stream.say(sound if rate == RATE else b"".join(sound[i * RATE // rate * 2:i * RATE // rate * 2 + 2] for i in range(4 * rate)))
    code, said = await stream.end()
    assert code == 0, said
    peer = whip.peers[0]
    # aiortc shows a picture once another follows, and a sound once four do.
    await until("all of it is there", lambda: len(peer.pictures) >= 98 and len(peer.sounds) >= 190)
    told = whole(peer)
    assert peer.pictures[0][4], "it begins with a key picture"
    heard = sum(level > 1000 for _, _, level, _ in peer.sounds)
    # A face that is late on a busy machine gives 40 ms of silence within the tone, whose edges are heard.
    assert 185 <= heard <= 240, f"{heard} sounds of 20 ms of a tone of 4 s"
    assert [(path, token) for path, token, _ in whip.deleted] == [("/session", None)], whip.deleted
    assert all(kind == "application/sdp" for _, _, kind in whip.asked)
    await whip.close()
    return told


async def who_waits_is_spoken_to(run):
    return await sees_every_picture(run, "/passive")


async def who_is_sent_on_goes_there(run):
    return await sees_every_picture(run, "/moved")


async def any_rate_is_heard(run):
    return await sees_every_picture(run, rate=22050)


async def ctrl_c_says_goodbye(run):
    whip = Whip()
    stream = Stream(*run, whip.url + "/whip", "--rate", str(RATE))
    await stream.say(tone(20))
    await until("speech is heard", lambda: whip.peers and sum(level > 1000 for _, _, level, _ in whip.peers[0].sounds) > 20)
    asked = time.monotonic()
    stream.process.send_signal(signal.SIGINT)
    code, said = await stream.end()
    assert code == 130, (code, said)
    assert len(whip.deleted) == 1 and whip.deleted[0][2] - asked < 3, whip.deleted
    await until("the goodbye is heard", lambda: all(transceiver.receiver.transport.state == "closed" for transceiver in whip.peers[0].pc.getTransceivers()))
    whole(whip.peers[0])
    await whip.close()
    return f"deleted after {1000 * (whip.deleted[0][2] - asked):.0f} ms"


async def shows_its_token_to_who_is_named_alone(run):
    whip = Whip()
    for words, environment in ((("--token", "secret"), {}), ((), {"FRAMEGEN_WHIP_TOKEN": "secret"})):
        stream = Stream(*run, whip.url + "/token", *words, environment=environment)
        await stream.say(bytes(16000))
        code, said = await stream.end()
        assert code == 0, said
    assert [token for _, token, _ in whip.asked] == ["Bearer secret"] * 2 and [token for _, token, _ in whip.deleted] == ["Bearer secret"] * 2
    whip.asked.clear()
    code, said = await Stream(*run, whip.url + "/elsewhere", "--token", "secret").end()
    assert code == 5 and "another server" in said and "secret" not in said, said
    assert whip.asked[0][1] == "Bearer secret" and whip.asked[1][:2] == ("/token", None), whip.asked
    await whip.close()


async def who_refuses_is_quoted(run):
    whip = Whip()
    for path, words in (("/token", "answers 401: no token, no place"), ("/full", "answers 503: come back; try again later"), ("/page", "WHIP endpoint"), ("/none", "answers 404: nothing here"),
                        ("/gone", "answers 302"), ("/round", "answers 308"), ("/nonsense", "answer: "), ("/nowhere", "none of the server's addresses answers over UDP"),
                        ("/stranger", "handshake (DTLS) fails")):
        code, said = await Stream(*run, whip.url + path + "?key=hidden").end()
        assert code == 5 and words in said and said.count("\n") == 1 and said.startswith("error: ") and "hidden" not in said, (path, code, said)
    assert [path for path, *_ in whip.deleted] == ["/session"] * 3, "what was begun and came to nothing is deleted"
    await whip.close()
    code, said = await Stream(*run, whip.url + "/whip").end()
    assert code == 5 and "cannot be asked" in said and said.count("\n") == 1, said
    for to, *words in (("whip://",), (whip.url, "--crf", "30"), (whip.url, "--format", "flv"), (whip.url, "--raw"), ("whip://live.example.org/x", "--token", "a"), ("udp://127.0.0.1:9", "--token", "a")):
        code, said = await Stream(*run, to, *words).end()
        assert code == 2 and said.count("\n") == 1, (to, words, code, said)


async def tls_is_not_taken_from_a_stranger(run):
    if not shutil.which("openssl"):
        return "not tried: no openssl here"
    with tempfile.TemporaryDirectory() as folder:
        pem = folder + "/own.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", pem, "-out", folder + "/own.crt", "-days", "2", "-subj", "/CN=127.0.0.1",
                        "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        with open(pem, "a") as key, open(folder + "/own.crt") as certificate:
            key.write(certificate.read())
        whip = Whip(pem)
        for url in (whip.url, whip.url.replace("whips", "https")):
            code, said = await Stream(*run, url + "/whip").end()
            assert code == 5 and "certificate" in said and said.count("\n") == 1, said
        assert not whip.asked
        await whip.close()


async def survives_a_bad_line(run):
    whip = Whip()
    stream = Stream(*run, whip.url + "/bad", "--rate", str(RATE))
    saying = asyncio.ensure_future(stream.say(tone(20)))
    code, said = await stream.end() if await saying is None else None
    assert code == 0, said
    peer, line = whip.peers[0], whip.line
    assert line.lost > 10, "the line lost nothing"
    missing = sum(gap // 3600 - 1 for gap in gaps(peer))
    assert len(peer.pictures) > 470 and missing < 10, f"{missing} of {len(peer.pictures)} pictures were never seen: what was lost was not sent again"
    rate = line.kilobits_per_second(line.towards_server)
    assert rate <= 900, f"{rate:.0f} kbit/s over a line of 1000"
    line.close()
    await whip.close()
    return f"{line.lost} packets lost, {missing} of {len(peer.pictures)} pictures never seen, {rate:.0f} kbit/s"


async def who_vanishes_is_noticed(run):
    whip = Whip()
    stream = Stream(*run, whip.url + "/whip", "--rate", str(RATE))
    await stream.say(tone(1))
    await until("the presenter is seen", lambda: whip.peers and len(whip.peers[0].pictures) > 10)
    for transport in {whip.peers[0].pc.getTransceivers()[0].receiver.transport.transport}:
        await transport._connection.close()  # without a word
    began = time.monotonic()
    await asyncio.to_thread(stream.process.wait, PATIENCE_S)
    took = time.monotonic() - began
    code, said = await stream.end()
    assert code == 5 and "silent" in said and said.count("\n") == 1, said
    assert took < 25, took
    await whip.close()
    return f"after {took:.0f} s"


async def main(framegen, avatar, only=""):
    failed = []
    for test in (sees_every_picture, who_waits_is_spoken_to, who_is_sent_on_goes_there, any_rate_is_heard, ctrl_c_says_goodbye, shows_its_token_to_who_is_named_alone, who_refuses_is_quoted,
                 tls_is_not_taken_from_a_stranger, survives_a_bad_line, who_vanishes_is_noticed):
        if only not in test.__name__:
            continue
        try:
            told = await asyncio.wait_for(test((framegen, avatar)), 5 * PATIENCE_S)
        except Exception as fault:  # the others are tried all the same
            failed.append(test.__name__)
            print(f"FAILED: {test.__name__.replace('_', ' ')}: {fault!r}", flush=True)
            continue
        print(f"ok: {test.__name__.replace('_', ' ')}{': ' + told if told else ''}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))
