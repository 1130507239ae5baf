#!/usr/bin/env python3
# quality.py: what a live session's options do to the picture: mouth motion in silence, less look-ahead, soft edges (docs/live.md).
#   tools/live/quality.py [--framegen build/release/framegen] [--avatar DIR] [--sound FILE]        needs python3-numpy
# Faces are told from the presenter by subtracting the same template frame: a session shows them in the same order every time.
import argparse
import subprocess

import numpy

from measure import RATE, server
from websocket import Session

FRAME = RATE // 25 * 2  # bytes of 40 ms
SILENCE_S = 3


def decoded(file, seconds):
    return subprocess.run(["ffmpeg", "-v", "error", "-i", file, "-t", str(seconds), "-f", "s16le", "-ar", str(RATE), "-ac", "1", "-"],
                          check=True, capture_output=True).stdout


class Pictures:
    """Pictures of one session. Without idle ones picture n stands before the same template frame in every session."""

    def __init__(self, port, sound, count, **options):
        session = Session("127.0.0.1", port, {"audio": {"rate": RATE}, "video": {"format": "bgr"}, "pace": "fast",
                                                  "idle": "none" if sound else "loop", **options}, timeout=120)
        for at in range(0, len(sound), RATE):
            session.send_sound(sound[at:at + RATE])
        if sound:
            session.send({"type": "flush"})
        self.images = []
        while len(self.images) < count:
            kind, message = session.receive()
            if kind == "media" and message.picture:
                self.images.append(numpy.frombuffer(message.picture, numpy.uint8).reshape(message.height, message.width, 3))
        session.close()


def motion(faces):
    return float(numpy.mean([numpy.abs(b - a).mean() for a, b in zip(faces, faces[1:])]))


def psnr(a, b):
    return 10 * numpy.log10(255 ** 2 / max(1e-9, float(((a.astype(float) - b) ** 2).mean())))


def aligned(port, sound, count, template, **options):
    """Pictures less their template frames, which are found by their upper rows, where no face is pasted; and which those were."""
    keys = numpy.stack([t[:40].astype(numpy.int16) for t in template])
    faces, places = [], []
    for image in Pictures(port, sound, count, **options).images:
        place = int(numpy.abs(keys - image[:40].astype(numpy.int16)).mean(axis=(1, 2, 3)).argmin())
        places.append(place)
        faces.append(image.astype(numpy.int16) - template[place].astype(numpy.int16))
    return faces, places


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--framegen", default="build/release/framegen")
    parser.add_argument("--avatar")
    parser.add_argument("--sound", default="assets/speech/demo.flac")
    words = parser.parse_args()
    process, port = server(words)
    try:
        seen = Pictures(port, b"", 140).images
        template = list({image[:40].tobytes(): image for image in seen}.values())
        speech = decoded(words.sound, 2)
        sound = speech + bytes(2 * RATE * SILENCE_S)
        count = 2 * 25 + SILENCE_S * 25 - 2
        quiet = slice(2 * 25 + 10, count)  # ten pictures later nothing of the speech is in the network's window
        box = None
        print("| | motion of the face from picture to picture (mean over the box, of 255) |\n| --- | --- |")
        for name, options in (("no gate", {}), ("gate at −50 dB", {"silence_gate_db": -50})):
            faces, _ = aligned(port, sound, count, template, **options)
            if box is None:
                changed = numpy.abs(numpy.stack(faces[8:40])).max(axis=(0, 3)) > 0
                rows, columns = numpy.where(changed.any(1))[0], numpy.where(changed.any(0))[0]
                box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
                print(f"| speaking, {name} | {motion([f[box] for f in faces[8:46]]):.2f} |")
            print(f"| silence in a segment, {name} | {motion([f[box] for f in faces[quiet]]):.2f} |")
        whole, places = aligned(port, speech, 40, template)
        print("\n| look_ahead_ms | against all of it: PSNR of the faces | worst picture |\n| --- | --- | --- |")
        for look_ahead in (373, 293, 213, 173):
            less, other = aligned(port, speech, 40, template, look_ahead_ms=look_ahead)
            assert places == other, "the sessions did not show the same template frames"
            values = [psnr(a[box], b[box]) for a, b in zip(whole[6:], less[6:])]
            print(f"| {look_ahead} | {numpy.mean(values):.1f} dB | {min(values):.1f} dB |")
        print("\n| blend | step across the box's edge (mean, of 255) |\n| --- | --- |")
        for blend in ("reference", "feather"):
            faces, _ = aligned(port, speech, 40, template, blend=blend)
            steps = []
            for face in faces[6:]:
                rows, columns = numpy.where(face.any((1, 2)))[0], numpy.where(face.any((0, 2)))[0]
                y, x = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
                steps += [numpy.abs(edge).mean() for edge in (face[y, x.start], face[y, x.stop - 1], face[y.start, x], face[y.stop - 1, x])]
            print(f"| {blend} | {numpy.mean(steps):.2f} |")
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
