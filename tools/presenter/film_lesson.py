"""film_lesson.py: a film as a lesson for ../train/trainer.py.

Target: a frame. What is blanked of it: the mouth and all round it. The reference, which shows who it is: another moment of the same film, mostly one in which the head is held
alike, else any. So the mouth can be learnt from the sound alone; at inference the reference is the frame itself, whose own mouth says nothing of what is to be said.
"""
import os
import sys
import cv2
import numpy as np
import torch
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'train'))
from trainer import autocast, masked, no_seam

ALIKE, NEAR = .7, 24                      # share of references that are among so many frames of a like pose
APART = 12                                # frames that a reference is away from its target at least
CHECKED, PAIRS = 12, 6                    # held-out frames, in a row and shown
STEADY = 25                               # frames in a row whose references follow one another too, as a template does


def even(v):
    return int(v) // 2 * 2


class FilmLesson:
    def __init__(self, folder):
        self.target = np.load(folder + '/target.npy', mmap_mode='r')
        self.features = np.load(folder + '/features.npy')
        s = np.load(folder + '/set.npz')
        self.frames, self.first, self.pose, self.mouth = s['frames'], s['first'], s['pose'], s['mouth']
        self.train, self.held = np.flatnonzero(s['learnt']), np.flatnonzero(s['held'])
        units = np.stack([s['opening'], s['width']], 1)
        self.units = ((units - units[self.train].mean(0)) / (units[self.train].std(0) + 1e-6)).astype(np.float32)
        # Wide open mouths are rare and matter as much as others.
        bins = np.clip(np.digitize(self.units[self.train, 0], np.arange(-2, 3, .5)), 0, 10)
        w = 1 / np.sqrt(np.bincount(bins, minlength=11)[bins])
        self.chance = w / w.sum()
        self.jaw = self.find_jaw()
        self.panes = {True: (None, self.jaw), False: (None, self.jaw)}
        self.weight = self.weigh()

    def find_jaw(self):
        """top, left, bottom, right of what the mouth reaches, and the chin below it"""
        low, high = np.percentile(self.mouth, 2, 0), np.percentile(self.mouth, 98, 0)
        wide, tall = high[2] - low[0], max(high[3] - low[1], 40)
        box = low[1] - .5 * tall, low[0] - .4 * wide, high[3] + .9 * tall, high[2] + .4 * wide
        return tuple(even(np.clip(v, 8, 312)) for v in box)

    def weigh(self):
        m = np.zeros((320, 320), np.float32)
        for box in self.mouth[self.train[::7]]:
            l, t, r, b = np.clip(box, 0, 320)
            m[int(t) - 6 if t > 6 else 0:int(b) + 14, int(l) - 8 if l > 8 else 0:int(r) + 8] += 1
        m = cv2.GaussianBlur(m, (0, 0), 9)
        return no_seam(torch.from_numpy(.7 + 8 * m / m.max()).float())

    def window(self, i, disguise=0):
        row = self.first[disguise] + self.frames[i]
        return self.features[row - 8:row + 8].astype(np.float32).reshape(32, 16, 16)

    def other_moments(self, i):
        return self.train[np.abs(self.frames[self.train] - self.frames[i]) > APART]

    def alike(self, i, count=NEAR):
        """frames to learn from in which the head is held as in frame i, not of its own moment; the likest first"""
        far = self.other_moments(i)
        d = np.square(self.pose[far] - self.pose[i]).sum(1)
        count = min(count, len(far) - 1)
        near = np.argpartition(d, count)[:count]
        return far[near[np.argsort(d[near])]]

    def steady(self, index):
        """references for frames in a row: stretches of the film in which the head moves most nearly as in these"""
        out = []
        for k in range(0, len(index), STEADY):
            part = index[k:k + STEADY]
            last = len(self.train) - len(part)
            starts = np.flatnonzero(self.frames[self.train[len(part) - 1:]] - self.frames[self.train[:last + 1]] == len(part) - 1)
            if not len(starts) or self.frames[part[-1]] - self.frames[part[0]] != len(part) - 1:
                out += [self.alike(i, 1)[0] for i in part]
                continue
            far = sum(np.square(self.pose[self.train[starts + j]] - self.pose[i]).sum(1) for j, i in enumerate(part))
            out += list(self.train[starts[far.argmin()] + np.arange(len(part))])
        return np.array(out)

    def reference(self, i, r):
        among = self.alike(i) if r.random() < ALIKE else self.other_moments(i)
        return among[r.integers(len(among))]

    def batch(self, r, size, colour=True):
        index = self.train[r.choice(len(self.train), size, p=self.chance)]
        a = np.stack([self.target[self.reference(i, r)] for i in index])
        b = np.stack([self.target[i] for i in index])
        a, b = (torch.from_numpy(x).permute(0, 3, 1, 2).float() / 255 for x in (a, b))
        if colour and r.random() < .3:           # light and colour, the same for both
            gain = torch.from_numpy(r.uniform(.93, 1.07, (size, 1, 1, 1)) * r.uniform(.98, 1.02, (size, 3, 1, 1))).float()
            a, b = (a * gain).clamp(0, 1), (b * gain).clamp(0, 1)
        w = np.stack([self.window(i, r.integers(len(self.first)) if r.random() < .6 else 0) for i in index])
        return a, b, b, torch.from_numpy(w), list(index)

    def listen(self, r, size):
        index = self.train[r.choice(len(self.train), size, p=self.chance)]
        w = np.stack([self.window(i, r.integers(len(self.first))) for i in index])
        return torch.from_numpy(w), torch.from_numpy(self.units[index])

    def pictures(self):
        return None                              # references are too many for their image parts to be kept

    def made(self, net, index, exact=False):
        """faces of these frames, each with another moment as its reference → uint8 BGR, and the references' numbers"""
        out, used, where = [], self.steady(index), next(net.parameters()).device
        for i, reference in zip(index, used):
            a, b = (torch.from_numpy(self.target[k].copy()).permute(2, 0, 1)[None].float() / 255 for k in (reference, i))
            w = torch.from_numpy(self.window(i))[None]
            with torch.no_grad():
                if exact:
                    y = net(masked(a, b).to(where), w.to(where))
                else:
                    with autocast(where):
                        y = net(masked(a, b).to(where), w.to(where))
            out.append((y[0].permute(1, 2, 0).float().cpu().numpy() * 255).astype(np.uint8))
        return np.stack(out), used

    def lips(self, i):
        """the mouth's place in the crop, with a margin"""
        l, t, r, b = self.mouth[i]
        w, h = .15 * (r - l), .35 * max(b - t, 20)
        return slice(max(0, int(t - h)), min(320, int(b + h) + 1)), slice(max(0, int(l - w)), min(320, int(r + w) + 1))

    def check(self, net, path):
        middle = len(self.held) // 2
        row = self.held[max(0, middle - CHECKED // 2):][:CHECKED]
        shown = self.held[np.linspace(0, len(self.held) - 1, PAIRS).astype(int)]
        faces, used = (np.concatenate(x) for x in zip(self.made(net, row), self.made(net, shown)))
        error = np.mean([np.square(f[self.lips(i)].astype(np.float32) - self.target[i][self.lips(i)]).mean() for f, i in zip(faces, row)])
        cv2.imwrite(path, np.vstack([np.hstack(list(x)) for x in (self.target[used[len(row):]], faces[len(row):], self.target[shown])]))
        return f'held out: mouth {10 * np.log10(255 ** 2 / max(error, 1e-9)):.2f} dB, flicker {flicker(faces[:len(row)], self, row):.2f} of the film\'s'


def flicker(faces, lesson, index):
    """mean second difference in time round the mouth, as a share of the film's own: 1 is as calm as the film, below it something is missing"""
    t, l, b, r = lesson.jaw
    shake = lambda f: np.abs(f[2:] - 2 * f[1:-1] + f[:-2]).mean()
    made = faces[:, t:b, l:r].astype(np.float32)
    true = np.stack([lesson.target[i][t:b, l:r] for i in index]).astype(np.float32)
    return float(shake(made) / max(shake(true), 1e-6))
