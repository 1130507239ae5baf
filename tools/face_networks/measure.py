#!/usr/bin/env python3
"""measure.py FRAMEGEN FILM:TRUTH.npz …: our points against MediaPipe's own program, film by film.

FRAMEGEN is the program, TRUTH an .npz whose `points` [frames,468,3] are shares of the picture's width and height. Prints the mean distance over all points in % of the
distance between the eyes' outer corners, the largest difference of a face box's edge in pixels, and the cores' time for a frame, decoding included."""
import resource
import subprocess
import sys
import tempfile

import numpy as np

LEFT_EYE, RIGHT_EYE, LEFT_CHEEK, RIGHT_CHEEK, BRIDGE = 33, 263, 234, 454, 6


def size_of(film: str) -> list:
    words = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height", "-of", "csv=p=0", film]
    return [int(v) for v in subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip().split(",")[:2]]


def box(points: np.ndarray) -> np.ndarray:
    """left, top, side in whole pixels, as the import cuts it before it is calmed."""
    left, right, top = points[:, LEFT_CHEEK, 0], points[:, RIGHT_CHEEK, 0], points[:, BRIDGE, 1]
    return np.stack([np.floor(left), np.floor(top), np.trunc(right) - np.floor(left)], 1)


def core_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(program: str, pairs: list):
    worst = 0.0
    for pair in pairs:
        film, truth_file = pair.rsplit(":", 1)
        truth = np.load(truth_file)["points"][:, :, :2] * size_of(film)
        with tempfile.NamedTemporaryFile(suffix=".npy") as out:
            before = core_seconds()
            subprocess.run([program, "dump", "--stage", "landmarks", "--video", film, "-o", out.name, "-y"], check=True)
            seconds = core_seconds() - before
            ours = np.load(out.name)
        if len(ours) != len(truth):
            sys.exit(f"{film}: {len(ours)} frames, the truth has {len(truth)}")
        lost = int(np.isnan(ours[:, 0, 0]).sum())
        eyes = np.linalg.norm(truth[:, LEFT_EYE] - truth[:, RIGHT_EYE], axis=1)
        errors = 100 * np.linalg.norm(ours - truth, axis=2).mean(1) / eyes
        edges = np.nanmax(np.abs(box(ours) - box(truth)))
        worst = max(worst, np.nanmean(errors))
        print(f"{film}: {len(ours)} frames, {lost} without a face, {1000 * seconds / len(ours):.1f} ms of a core each; points off by {np.nanmean(errors):.3f} % on average, "
              f"{np.nanmax(errors):.3f} % in the worst frame; boxes by at most {edges:.0f} pixels")
    print(f"worst film: {worst:.3f} %")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
