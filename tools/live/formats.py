#!/usr/bin/env python3
# formats.py: what a live session's pictures cost in each format: bytes a second, likeness to the pixels, the server's CPU time; as a Markdown table.
#   tools/live/formats.py [--framegen build/release/framegen] [--avatar DIR] [--speech FILE] [--quality 85]
import argparse
import re
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from websocket import Session

RATE = 16000


def server(words):
    process = subprocess.Popen([words.framegen, "serve", "--listen", "127.0.0.1:0", "--max-sessions", "4"] + (["--avatar", words.avatar] if words.avatar else []),
                               stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if found := re.search(r"http://127\.0\.0\.1:(\d+)/", line):
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return process, int(found[1])
    raise SystemExit("framegen serve did not start")


def cpu_s(process):
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def pictures(port, pcm, form, quality):
    """The speech's pictures, as they come when only they are wanted."""
    session = Session("127.0.0.1", port, {"audio": {"rate": RATE}, "video": {"format": form, "quality": quality}, "pace": "fast", "idle": "none"})
    for at in range(0, len(pcm), RATE):
        session.send_sound(pcm[at:at + RATE])
    session.send({"type": "flush"})
    session.send({"type": "stop"})
    found, size = [], ""
    while True:
        kind, message = session.receive()
        if kind == "media" and message.speech:
            found.append(message.picture)
            size = f"{message.width}x{message.height}"
        elif kind == "text" and message["type"] == "segment_end":
            session.close()
            return found, size


def ssim(folder, form, size):
    """Of the coded pictures against the pixels, by FFmpeg."""
    coded = ["-f", "h264", "-framerate", "25"] if form == "h264" else ["-f", "mjpeg", "-framerate", "25"]
    run = subprocess.run(["ffmpeg", "-v", "info", *coded, "-i", folder / form, "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", size, "-framerate", "25",
                          "-i", folder / "i420", "-lavfi",
                          "[0]scale=in_range=auto:out_range=tv:in_color_matrix=" + ("bt709" if form == "h264" else "bt601") + ":out_color_matrix=bt709,format=yuv420p[a];[a][1]ssim",
                          "-f", "null", "-"], capture_output=True, text=True)
    return float(re.search(r"SSIM.*All:([\d.]+)", run.stderr)[1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--framegen", default="build/release/framegen")
    parser.add_argument("--avatar")
    parser.add_argument("--speech", default="assets/speech/demo.flac")
    parser.add_argument("--quality", type=int, default=85)
    words = parser.parse_args()
    pcm = subprocess.run(["ffmpeg", "-v", "error", "-i", words.speech, "-f", "s16le", "-ar", str(RATE), "-ac", "1", "-"], check=True,
                         capture_output=True).stdout
    process, port = server(words)
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            pictures(port, pcm, "none", words.quality)  # warms the template's parts
            print("| format | kB a second | CPU ms a picture beyond none | SSIM |\n| --- | --- | --- | --- |")
            base = None
            for form in ("none", "i420", "jpeg", "h264"):
                if form == "jpeg":
                    pictures(port, pcm, form, words.quality)  # its template frames are coded once
                before = cpu_s(process)
                made, size = pictures(port, pcm, form, words.quality)
                spent = (cpu_s(process) - before) / len(made) * 1000
                base = spent if base is None else base
                if form == "none":
                    continue
                (folder / form).write_bytes(b"".join(made))
                likeness = "1" if form == "i420" else f"{ssim(folder, form, size):.4f}"
                print(f"| {form} | {sum(map(len, made)) / len(made) * 25 / 1000:.0f} | {spent - base:.2f} | {likeness} |", flush=True)
    finally:
        process.terminate()
        process.wait()


sys.exit(main())
