#!/usr/bin/env python3
# first_face.py: how soon a text's first face comes after the speech server's first byte, in framegen serve and stream (docs/live.md).
#   tools/live/first_face.py [--framegen build/release/framegen] [--rounds 10] [--speed 5] [--options "WORDS FOR SERVE AND STREAM"]
# The speech server is a stand-in that thinks for a second, then sends the golden speech at so many times real time. stream's sound is taken
# out by ffmpeg, whose own delay is counted in. Exit 1: the goal is missed.
from __future__ import annotations

import argparse
import contextlib
import http.server
import shlex
import statistics
import subprocess
import sys
import threading
import time

import measure

GOAL_S = 0.3
RATE = 24000
PIECE_S = 0.02


class Speaker(http.server.BaseHTTPRequestHandler):
    """Answers each text with the same speech, as it would be made."""

    sound, speed, first_byte = b"", 5.0, 0.0

    def do_POST(self):  # noqa: N802
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(1)
        self.send_response(200)
        self.send_header("Content-Type", "audio/wav")
        self.end_headers()
        size = int(RATE * PIECE_S) * 2
        Speaker.first_byte = due = time.perf_counter()
        with contextlib.suppress(ConnectionError):  # the last round's listener goes when it has seen a face
            self.wfile.write(wav_head(0))  # of a length that nobody knows yet
            for at in range(0, len(self.sound), size):
                self.wfile.write(self.sound[at : at + size])
                due += PIECE_S / self.speed
                time.sleep(max(0.0, due - time.perf_counter()))

    def log_message(self, *_):
        pass


def wav_head(size):
    number = lambda value, count: value.to_bytes(count, "little")  # noqa: E731
    kind = number(1, 2) + number(1, 2) + number(RATE, 4) + number(RATE * 2, 4) + number(2, 2) + number(16, 2)
    return b"RIFF" + number(0xFFFFFFFF, 4) + b"WAVEfmt " + number(16, 4) + kind + b"data" + number(size or 0xFFFFFFFF, 4)


def of_serve(port):
    """A text said to a session that idles → its first speech picture, in seconds after the speech server's first byte."""
    session = measure.start(port)
    measure.until(session, measure.is_idle)
    session.send({"type": "say", "text": "Good morning."})
    measure.until(session, measure.is_speech)
    took = time.perf_counter() - Speaker.first_byte
    session.close()
    return took


def of_stream(words, url):
    """The same of stream, whose first sound that is not silence is the first speech picture's own."""
    stream = [words.framegen, "stream", "--text", "Good morning.", "--tts", url, "--to", "-", *shlex.split(words.options)]
    if words.avatar:
        stream += ["--avatar", words.avatar]
    listen = "ffmpeg -v quiet -fflags nobuffer -probesize 32 -analyzeduration 0 -i - -map 0:a -flush_packets 1 -f s16le -"
    making = subprocess.Popen(stream, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    hearing = subprocess.Popen(shlex.split(listen), stdin=making.stdout, stdout=subprocess.PIPE)
    making.stdout.close()
    try:
        while sound := hearing.stdout.read1(4096):
            if sound.strip(b"\0"):
                return time.perf_counter() - Speaker.first_byte
    finally:
        for process in (hearing, making):
            process.terminate()
            process.wait()
    raise SystemExit("framegen stream said nothing")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--framegen", default="build/release/framegen")
    parser.add_argument("--avatar", default="")
    parser.add_argument("--options", default="")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--speed", type=float, default=5)
    words = parser.parse_args()
    command = ["ffmpeg", "-v", "error", "-i", "tests/golden/pipeline/speech.wav", "-f", "s16le", "-ar", str(RATE), "-ac", "1", "-"]
    sound = subprocess.run(command, check=True, capture_output=True).stdout
    silence = len(sound) - len(sound.lstrip(b"\0"))
    Speaker.sound, Speaker.speed = sound[silence // 2 * 2 :], words.speed
    speaker = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Speaker)
    threading.Thread(target=speaker.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{speaker.server_port}/v1/audio/speech"
    served = argparse.Namespace(**{**vars(words), "options": f"{words.options} --tts {url}"})
    process, port = measure.server(served)
    try:
        of_serve(port)  # what is made once
        serve = [of_serve(port) for _ in range(words.rounds)]
    finally:
        process.terminate()
        process.wait()
    stream = [of_stream(words, url) for _ in range(words.rounds)]
    with open("/proc/loadavg") as file:
        print(f"speech at {words.speed:g} times real time, load {file.read().split()[0]}\n")
    print("| speech server's first byte → first face | median | 95 % | goal |\n| --- | --- | --- | --- |")
    measure.row("serve", serve, "≤ 300 ms")
    measure.row("stream, through ffmpeg", stream, "≤ 300 ms")
    return int(max(statistics.median(serve), statistics.median(stream)) > GOAL_S)


if __name__ == "__main__":
    sys.exit(main())
