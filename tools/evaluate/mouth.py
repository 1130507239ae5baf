"""mouth.py: how far a mouth is open and how wide it is, measured in a picture of the face (inner crop, 320×320, BGR).

Teeth and the dark of the mouth are not red, skin and lips are: their rows and columns give the opening. The lips are the reddest part (a* of
Lab): their columns give the width. Made for the avatar ava: another presenter needs other thresholds (`python3 mouth.py SET` shows how well they fit).
"""
import sys
import cv2
import numpy as np

TOP, BOTTOM, LEFT, RIGHT = 150, 265, 75, 245


def parts(face):
    r = cv2.GaussianBlur(face[TOP:BOTTOM, LEFT:RIGHT], (3, 3), .6).astype(np.float32)
    inside = ((r[..., 2] - r[..., 1] < 22) | (r.max(2) < 75)).astype(np.uint8)
    inside = cv2.morphologyEx(inside, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    lab = cv2.cvtColor(face[TOP:BOTTOM, LEFT:RIGHT], cv2.COLOR_BGR2LAB)[..., 1].astype(np.float32)
    return inside, cv2.GaussianBlur(lab, (0, 0), 1.2)


def opening(face):
    """pixels: the mean height of the mouth's inside over its middle 60 columns"""
    inside, _ = parts(face)
    mid = inside[:, 55:115]
    any_ = mid.any(0)
    high = np.where(any_, len(mid) - mid[::-1].argmax(0) - mid.argmax(0), 0)
    return float(high.mean())


def width(face):
    """pixels from corner to corner of the lips"""
    _, a = parts(face)
    lips = cv2.morphologyEx((a > np.percentile(a, 50) + 5).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    n, label, stats, _ = cv2.connectedComponentsWithStats(lips)
    if n < 2:
        return 0.
    big = stats[1:, cv2.CC_STAT_AREA] > .15 * stats[1:, cv2.CC_STAT_AREA].max()         # upper and lower lip may lie apart
    left = stats[1:, cv2.CC_STAT_LEFT][big]
    return float((left + stats[1:, cv2.CC_STAT_WIDTH][big]).max() - left.min())


def units(visemes, table, names):
    """what opens and spreads the mouth: jaw, lower lip, upper lip, side, kiss, lips pressed"""
    keys = ('JawDrop', 'lowerLipDown', 'UpperLipUp', 'MouthLeftPullSide', 'LipsKiss', 'lowerLipUp', 'lowerLipBackward')
    m = np.array([[table[n].get(k, 0) for k in keys] for n in names])
    return np.asarray(visemes) @ m


class Expected:
    """the opening and width that rendered pictures have for given visemes: a second-order fit over the training crops"""

    def __init__(self, targets, visemes, table, names):
        self.table, self.names = table, names
        o = np.array([[opening(f), width(f)] for f in targets])
        x = self.terms(visemes)
        self.fit = np.linalg.lstsq(x, o, rcond=None)[0]
        p = x @ self.fit
        self.quality = [float(np.corrcoef(p[:, k], o[:, k])[0, 1]) for k in (0, 1)]
        self.range = [float(np.percentile(o[:, 0], 99)), float(np.ptp(np.percentile(o[:, 1], [1, 99])))]
        self.measured = o

    def terms(self, visemes):
        u = units(visemes, self.table, self.names)
        v = np.asarray(visemes)
        return np.c_[np.ones(len(u)), v, u * u, u[:, :1] * u[:, 1:]]

    def __call__(self, visemes):
        p = self.terms(visemes) @ self.fit
        return np.maximum(p[:, 0], 0), p[:, 1]


def load_expected(data_set, recipe, step=2):
    """from tools/train/generator_set.py's folder and tools/avatar_recipe"""
    sys.path.insert(0, recipe)
    import character
    p = np.load(data_set + '/pairs.npz')
    t = np.load(data_set + '/target.npy', mmap_mode='r')
    k = np.arange(0, len(t), step)
    return Expected([t[i] for i in k], p['visemes'][k], character.VISEMES, character.NAMES)


if __name__ == '__main__':
    e = load_expected(sys.argv[1], sys.argv[2])
    print('opening and width, fit to visemes: correlation', e.quality, 'range', e.range)
