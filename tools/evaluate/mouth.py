"""mouth.py: how far a mouth is open and how wide it is: by framegen's face mesh in frames (lips), or, without a program, by colour in the face's crop (opening, width).

By colour (inner crop, 320×320, BGR): teeth and the dark of the mouth are not red, skin and lips are: their rows and columns give the opening. The lips are the reddest part (a*
of Lab): their columns give the width. Made for the skin of the recipe's `character`; others want the mesh (`python3 mouth.py SET RECIPE [DATA PROGRAM]` shows how well either fits).
"""
import json
import os
import sys
import tempfile
import cv2
import numpy as np
sys.path.append(os.path.dirname(os.path.abspath(__file__)) + '/../train')
import films
import fit_mouth
import people_mouth

TOP, BOTTOM, LEFT, RIGHT = 150, 265, 75, 245
SHUT_SHARE = .06                          # of the full opening: the mesh trembles


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
    """the opening and width that rendered pictures have for given visemes: a second-order fit over the training crops; shut: below it lips count as closed"""

    def __init__(self, measured, visemes, table, names, shut=None):
        self.table, self.names = table, names
        found = np.isfinite(measured).all(1)
        visemes = np.asarray(visemes)[found]
        self.rest = 0. if shut else float(np.percentile(measured[found, 0], 10))        # the mesh sees lips that touch a little apart
        o = self.above_rest(measured[found])
        x = self.terms(visemes)
        self.fit = np.linalg.lstsq(x, o, rcond=None)[0]
        p = x @ self.fit
        self.quality = [float(np.corrcoef(p[:, k], o[:, k])[0, 1]) for k in (0, 1)]
        self.range = [float(np.percentile(o[:, 0], 99)), float(np.ptp(np.percentile(o[:, 1], [1, 99])))]
        self.shut = shut or SHUT_SHARE * self.range[0]

    def above_rest(self, measured):
        return np.maximum(measured - [self.rest, 0], 0)

    def terms(self, visemes):
        u = units(visemes, self.table, self.names)
        v = np.asarray(visemes)
        return np.c_[np.ones(len(u)), v, u * u, u[:, :1] * u[:, 1:]]

    def __call__(self, visemes):
        p = self.terms(visemes) @ self.fit
        return np.maximum(p[:, 0], 0), p[:, 1]


class Known(Expected):
    """the same for ava without her rendered pictures: what each viseme opens and spreads, as the mesh saw it on 160 rendered mouths (r = 0.98 for the opening)"""
    def __init__(self):
        self.quality, self.rest = [.98, float('nan')], people_mouth.OPENING[0]
        self.range = [float(np.ptp(people_mouth.OPENING)), float(np.ptp(fit_mouth.WIDTH))]
        self.shut = SHUT_SHARE * self.range[0]

    def __call__(self, visemes):
        return np.maximum(visemes @ people_mouth.OPENING - self.rest, 0), visemes @ fit_mouth.WIDTH


def lips(program, pictures, form=fit_mouth.lips):
    """[frames, 2]: opening, as a share of the face's height, and width, by the face mesh; NaN: no face"""
    return np.stack(form(films.mesh(program, pictures)), 1)


def truth(data, program):
    """the rendered mouths in their template frames, as `lips` sees them, in the order of train.json"""
    with tempfile.TemporaryDirectory() as folder:
        for k, row in enumerate(json.load(open(data + '/train/train.json'))['frames']):
            x0, y0, x1, y1 = row['box']
            frame = cv2.imread(f'{data}/template/{row["template"]}.jpg')
            frame[y0:y1, x0:x1] = cv2.resize(cv2.imread(f'{data}/train/{row["file"]}'), (x1 - x0, y1 - y0), interpolation=cv2.INTER_CUBIC)
            cv2.imwrite(f'{folder}/frame_{k:06d}.png', frame, [cv2.IMWRITE_PNG_COMPRESSION, 1])
        return lips(program, folder, fit_mouth.each_lips)


def load_expected(data_set, recipe, data=None, program=None, step=2):
    """from tools/train/generator_set.py's folder and tools/avatar_recipe; with a program by the mesh, kept in lips.npy beside the pictures that were measured"""
    sys.path.insert(0, recipe)
    import character
    visemes = np.load(data_set + '/pairs.npz')['visemes']
    if not program:
        t = np.load(data_set + '/target.npy', mmap_mode='r')
        k = np.arange(0, len(t), step)
        return Expected(np.array([[opening(t[i]), width(t[i])] for i in k]), visemes[k], character.VISEMES, character.NAMES, 1.)      # a pixel of 320
    kept = data_set + '/lips.npy'
    if not os.path.exists(kept):
        np.save(kept, truth(data, program))
    return Expected(np.load(kept), visemes, character.VISEMES, character.NAMES)


if __name__ == '__main__':
    e = load_expected(*sys.argv[1:])
    print('opening and width, fit to visemes: correlation', e.quality, 'range', e.range)
