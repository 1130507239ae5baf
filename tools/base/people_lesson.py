"""people_lesson.py: rendered people as a lesson for ../train/trainer.py.

Target: a crop. Reference: the same person in the same pose with another mouth, so that all which differs is what the sound asks for. A target is now and then its own reference,
and silence goes with a mouth at rest. Both pictures see the same camera, light, place and side, drawn anew each time.
"""
import os
import sys
import importlib
import cv2
import numpy as np
import torch
here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here + '/../train', here + '/../people']
from generator_set import UNITS
from people_set import BOX, CROP
from trainer import autocast, masked, no_seam

filming = importlib.import_module('02_film')

SIZE, SHOWN = 320, 328                    # of the face that a network makes, and of the crop that the engine shows it in
JAW = (128, 24, 312, 296)                 # top, left, bottom, right of all that moves, in anybody's face
SAME, FILMED, MIRRORED = .06, .6, .5      # shares of samples
AT_REST, QUIET = .97, .5                  # from this weight of 'sil' on a mouth rests; how often silence asks for it
MARGIN = (CROP - BOX) // 2


def framing(r):
    """the face's box is never quite where a tracker puts it: [2,3], inner crop → rendered crop"""
    scale = (BOX / SHOWN) * r.uniform(.97, 1.03)
    middle = CROP / 2 + r.uniform(-7, 7, 2)
    return np.array([[scale, 0, middle[0] - scale * (SIZE / 2 - .5) - .5], [0, scale, middle[1] - scale * (SIZE / 2 - .5) - .5]], np.float32)


STILL = np.array([[1, 0, MARGIN + 4], [0, 1, MARGIN + 4]], np.float32)      # the box as it was rendered


def inner(picture, frame, mirrored=False):
    face = cv2.warpAffine(picture, frame, (SIZE, SIZE), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE)
    return face[:, ::-1] if mirrored else face


def camera(r):
    """what a camera does to pictures that are not compressed as a film"""
    return dict(noise=float(np.exp(r.uniform(np.log(.3), np.log(4)))), blur=float(max(0, r.normal(.3, .4))), scale=float(np.clip(np.exp(r.normal(-.15, .3)), .45, 1)), h264=0,
                jpeg=int(r.integers(55, 96)) if r.random() < .5 else 0, sharpen=float(max(0, r.normal(0, .4))))


class PeopleLesson:
    jaw, panes = JAW, {True: (None, JAW, JAW), False: (None, JAW, JAW)}

    def __init__(self, folder):
        self.clean, self.filmed = (np.load(f'{folder}/{name}.npy', mmap_mode='r') for name in ('clean', 'filmed'))
        self.features = np.load(folder + '/features.npy', mmap_mode='r')
        s = np.load(folder + '/people.npz')
        self.person, self.pose, self.visemes, self.lips, self.opening = (s[k] for k in ('person', 'pose', 'visemes', 'lips', 'opening'))
        self.rows, self.first, self.quiet, self.own = s['rows'], s['first'], s['quiet'], int(s['own'])
        self.train, self.held = np.flatnonzero(~s['held']), np.flatnonzero(s['held'])
        self.units = (self.visemes @ UNITS).astype(np.float32)
        self.mates = {pose: np.flatnonzero(self.pose == pose) for pose in np.unique(self.pose)}
        # Mouths that are seldom asked for matter as much as others.
        kind = self.visemes.argmax(1)
        w = 1 / np.sqrt(np.bincount(kind[self.train], minlength=16)[kind[self.train]])
        self.chance = w / w.sum()
        self.weight = self.weigh()

    def weigh(self):
        """a pixel counts by how much mouths change it, in all faces together"""
        moved = np.zeros((SIZE, SIZE), np.float32)
        some = self.train[::max(1, len(self.train) // 200)]
        for i in some:
            a, b = (inner(self.clean[k], STILL).astype(np.float32) for k in (i, self.mate(i, np.random.default_rng(int(i)))))
            moved += np.abs(a - b).mean(2) / len(some)
        moved = cv2.GaussianBlur(np.maximum(moved - 1, 0), (0, 0), 9)
        return no_seam(torch.from_numpy(.6 + 9 * np.minimum(1, moved / max(np.percentile(moved, 98), 1e-3))).float())

    def mate(self, i, r):
        """another mouth of the same pose; the same one where there is no other"""
        others = self.mates[self.pose[i]]
        others = others[others != i]
        return others[r.integers(len(others))] if len(others) else i

    def window(self, row):
        return self.features[row - 8:row + 8].astype(np.float32).reshape(32, 16, 16)

    def sound(self, i, r):
        """half of the time its own, disguised or not; else any voice's that asks for the same mouth; a mouth at rest is asked for by silence too"""
        if self.visemes[i, 0] > AT_REST and r.random() < QUIET:
            return self.window(self.quiet[r.integers(len(self.quiet))])
        rows = self.rows[self.first[i]:self.first[i + 1]]
        own = len(rows) == self.own or r.random() < .45
        return self.window(rows[r.integers(self.own)] if own else rows[r.integers(self.own, len(rows))])

    def sample(self, r):
        i = self.train[r.choice(len(self.train), p=self.chance)]
        reference = i if r.random() < SAME else self.mate(i, r)
        filmed, frame, mirrored = r.random() < FILMED, framing(r), r.random() < MIRRORED
        store = self.filmed if filmed else self.clean
        seen = [store[reference], store[i]]
        if not filmed:
            capture, seed = camera(r), r.integers(1 << 31)       # the same grain in both: what the picture keeps is not to be learnt anew
            seen = [filming.degrade([x], capture, np.random.default_rng(seed))[0] for x in seen]
        return (*(inner(x, frame, mirrored) for x in seen), self.sound(i, r))

    def batch(self, r, size, colour=True):
        a, b, w = zip(*(self.sample(r) for _ in range(size)))
        a, b = (torch.from_numpy(np.stack(x)).permute(0, 3, 1, 2).float() / 255 for x in (a, b))
        if colour and r.random() < .5:           # light and colour, the same for both
            gain = torch.from_numpy(r.uniform(.8, 1.2, (size, 1, 1, 1)) * r.uniform(.94, 1.06, (size, 3, 1, 1))).float()
            a, b = (a * gain).clamp(0, 1), (b * gain).clamp(0, 1)
        return a, a, b, torch.from_numpy(np.stack(w)), None

    def listen(self, r, size):
        index = self.train[r.choice(len(self.train), size, p=self.chance)]
        w = np.stack([self.window(self.rows[r.integers(self.first[i], self.first[i + 1])]) for i in index])
        return torch.from_numpy(w), torch.from_numpy(self.units[index])

    def pictures(self):
        return None                              # references are too many for their image parts to be kept

    def pairs(self, index):
        """for each crop the mouth of its pose whose opening is the furthest from its own: what a network cannot copy"""
        out = []
        for i in index:
            others = self.mates[self.pose[i]]
            out.append(others[np.abs(self.opening[others] - self.opening[i]).argmax()])
        return np.array(out)

    def mouth(self, i):
        """the lips' place in the inner crop, with a margin"""
        l, t, r, b = self.lips[i] - MARGIN - 4
        w, h = .15 * (r - l), .35 * max(b - t, 20)
        return slice(max(0, int(t - h)), min(SIZE, int(b + h) + 1)), slice(max(0, int(l - w)), min(SIZE, int(r + w) + 1))

    def truth(self, i):
        return np.array(inner(self.filmed[i], STILL))

    def made(self, net, index, exact=False):
        """faces of these crops from the reference that tells least of them, by their own clean sound → uint8 BGR, and the references' numbers"""
        used, out, where = self.pairs(index), [], next(net.parameters()).device
        for i, reference in zip(index, used):
            a = torch.from_numpy(self.truth(reference)).permute(2, 0, 1)[None].float() / 255
            w = torch.from_numpy(self.window(self.rows[self.first[i]]))[None]
            with torch.no_grad(), autocast(where) if not exact else torch.no_grad():
                y = net(masked(a).to(where), w.to(where))
            out.append((y[0].permute(1, 2, 0).float().cpu().numpy() * 255).astype(np.uint8))
        return np.stack(out), used

    def error(self, face, i):
        """dB over the mouth"""
        at = self.mouth(i)
        return 10 * np.log10(255 ** 2 / max(np.square(face[at].astype(np.float32) - self.truth(i)[at]).mean(), 1e-9))

    def check(self, net, path):
        some = self.held[np.linspace(0, len(self.held) - 1, 24).astype(int)] if len(self.held) else self.train[:24]
        known = self.train[np.linspace(0, len(self.train) - 1, 6).astype(int)]
        faces, used = self.made(net, np.concatenate([some, known]))
        shown = np.r_[0:len(some):max(1, len(some) // 6), len(some):len(some) + 6]
        index = np.concatenate([some, known])
        part = (slice(120, 316), slice(50, 270))
        rows = [[self.truth(used[k])[part] for k in shown], [faces[k][part] for k in shown], [self.truth(index[k])[part] for k in shown]]
        cv2.imwrite(path, np.vstack([np.hstack(row) for row in rows]))
        score = [self.error(f, i) for f, i in zip(faces, index)]
        copied = [self.error(self.truth(u), i) for u, i in zip(used, index)]
        return f'never seen: mouth {np.mean(score[:len(some)]):.2f} dB (the reference itself {np.mean(copied[:len(some)]):.2f}), known {np.mean(score[len(some):]):.2f}'
