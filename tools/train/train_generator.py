"""train_generator.py: teach the generator to move the mouth.

  python3 train_generator.py SET OUT UNTIL [START.onnx]     SET: generator_set.py; UNTIL: minutes of learning, or a time of day as 15:35

Resumes from OUT/generator.pt, minutes are counted over all runs; STEPS (environment) ends earlier. The learning rate falls along a cosine that ends at UNTIL. After FREEZE
(environment; the same forms; default: a third of the time) the image part is left as it is and its results are kept, one set per template frame: steps then cost half. OUT gets log, sample_*.png (template, output, truth)
and, every few minutes, generator.pt. Input: the template's own crop and its masked copy, as at inference; target: the same head with the
mouth that the sound asks for. The process may be stopped (SIGSTOP) and continued at will. The loop itself: trainer.py.
"""
import os
import sys
import time
import cv2
import numpy as np
import torch
import nets
from generator_set import UNITS
from trainer import Spent, Trainer, Until, autocast, begin, masked, no_seam

MOUTH = (160, 72, 264, 248)              # top, left, bottom, right
JAW = (144, 32, 312, 288)                # all that moves
PANES = {True: (None, JAW, JAW, JAW), False: (None, MOUTH, JAW, MOUTH)}       # what the steps see in turn, before and after freezing
QUIET = .05                              # share of samples: silence → the template itself


class Pairs:
    """a lesson (trainer.py): template frames whose mouths move as the sound asks"""
    panes, jaw = PANES, JAW

    def __init__(self, folder):
        self.template = np.load(folder + '/template.npy')
        self.target = np.load(folder + '/target.npy', mmap_mode='r')
        self.features = np.load(folder + '/features.npy', mmap_mode='r')
        p = np.load(folder + '/pairs.npz')
        self.of, self.rows, self.first, self.quiet, self.own = p['template'], p['rows'], p['first'], p['quiet'], int(p['own'])
        self.holdout, self.sequence, self.t, self.visemes = p['holdout'], p['sequence'], p['t'], p['visemes']
        self.units = (self.visemes @ UNITS).astype(np.float32)
        self.train = np.flatnonzero(~self.holdout)
        kind = self.visemes.argmax(1)
        count = np.bincount(kind[self.train], minlength=16)
        w = 1 / np.sqrt(count[kind[self.train]])
        w *= np.where(kind[self.train] == 0, .7, 1)
        self.chance = w / w.sum()
        moved = np.mean([np.abs(self.target[i].astype(np.float32) - self.template[self.of[i]]).mean(2) for i in self.train[::9]], 0)
        moved = cv2.GaussianBlur(np.maximum(moved - 4, 0), (0, 0), 7)
        self.weight = no_seam(torch.from_numpy(.5 + 9 * np.minimum(1, moved / max(np.percentile(moved, 98), 1e-3))).float())

    def pictures(self):
        return self.template

    def window(self, row):
        return self.features[row - 8:row + 8].astype(np.float32).reshape(32, 16, 16)

    def sample(self, r):
        if r.random() < QUIET:
            i = r.integers(len(self.template))
            return i, self.template[i], self.template[i], self.window(self.quiet[r.integers(len(self.quiet))])
        i = self.train[r.choice(len(self.train), p=self.chance)]
        rows = self.rows[self.first[i]:self.first[i + 1]]
        own = len(rows) == self.own or r.random() < .45
        row = rows[r.integers(self.own)] if own else rows[r.integers(self.own, len(rows))]
        return self.of[i], self.template[self.of[i]], self.target[i], self.window(row)

    def listen(self, r, size):
        """audio windows and the pose units of the mouth they ask for"""
        w, u = [], []
        for i in self.train[r.choice(len(self.train), size, p=self.chance)]:
            w.append(self.window(self.rows[r.integers(self.first[i], self.first[i + 1])]))
            u.append(self.units[i])
        return torch.from_numpy(np.stack(w)), torch.from_numpy(np.stack(u))

    def batch(self, r, size, colour=True):
        i, a, b, w = zip(*(self.sample(r) for _ in range(size)))
        a, b = (torch.from_numpy(np.stack(x)).permute(0, 3, 1, 2).float() / 255 for x in (a, b))
        if colour and r.random() < .3:           # light and colour, the same for both
            gain = torch.from_numpy(r.uniform(.93, 1.07, (size, 1, 1, 1)) * r.uniform(.98, 1.02, (size, 3, 1, 1))).float()
            a, b = (a * gain).clamp(0, 1), (b * gain).clamp(0, 1)
        return a, a, b, torch.from_numpy(np.stack(w)), list(i)

    def check(self, net, path):
        return check(net, self, path)


def faces(net, pairs, index, variant=0):
    """float32 faces of the crops in `index`, as uint8 BGR"""
    out, where = [], next(net.parameters()).device
    with torch.no_grad(), autocast(where):
        for i in index:
            x = torch.from_numpy(pairs.template[pairs.of[i]]).permute(2, 0, 1)[None].float() / 255
            a = torch.from_numpy(pairs.window(pairs.rows[pairs.first[i] + variant]))[None]
            out.append((net(masked(x).to(where), a.to(where))[0].permute(1, 2, 0).cpu().numpy() * 255).astype(np.uint8))
    return np.stack(out)


def check(net, pairs, path):
    held = np.flatnonzero(pairs.holdout)
    held = held[14::6] if len(held) > 27 else np.resize(held, 14)
    kind = pairs.visemes[pairs.train]
    known = pairs.train[[kind[:, k].argmax() for k in (0, 1, 2, 6, 9, 14)]]
    index = np.concatenate([known, held[2:14:2]])
    out = faces(net, pairs, np.concatenate([index, held]))
    say = []
    for name, o, i in (('train', out[:6], known), ('held out', out[len(index):], held)):
        d = (o[:, 160:245, 85:235].astype(np.float32) - pairs.target[i][:, 160:245, 85:235]) ** 2
        say.append(f'{name} mouth {10 * np.log10(255 ** 2 / d.mean()):.2f} dB')
    part = (slice(130, 310), slice(50, 270))
    cv2.imwrite(path, np.vstack([np.hstack([x[part] for x in row]) for k in (0, 6) for row in
                                 (pairs.template[pairs.of[index[k:k + 6]]], out[k:k + 6], pairs.target[np.array(index[k:k + 6])])]))
    return ', '.join(say)


def moment(text):
    """a time of day → seconds since the epoch"""
    now = time.localtime()
    return time.time() + 60 * ((int(text[:2]) - now.tm_hour) * 60 + int(text[3:]) - now.tm_min) - now.tm_sec


def clock(until, trainer):
    freeze = os.environ.get('FREEZE')
    if ':' in until:
        end = moment(until)
        return Until(trainer.begun, end, moment(freeze) if freeze else time.time() + (end - time.time()) / 3)
    steps = os.environ.get('STEPS')
    return Spent(60 * float(until), steps and int(steps), trainer.spent, float(freeze) / float(until) if freeze else 1 / 3)


def main(data, out, until, start=None):
    torch.set_num_threads(int(os.environ.get('THREADS', 1)))
    torch.manual_seed(1)
    os.makedirs(out, exist_ok=True)
    open(out + '/pid', 'w').write(str(os.getpid()))
    pairs, r, net = Pairs(data), np.random.default_rng(), nets.Generator(.5)
    begin(net, pairs, out, start)
    trainer = Trainer(net, UNITS.shape[1], out, float(os.environ.get('RATE', 1e-3)))
    trainer.resume()
    say = lambda *words: print(*words, flush=True)
    say(time.strftime('%H:%M:%S'), len(pairs.train), 'crops, weight', pairs.weight.mean().item())
    trainer.run(pairs, clock(until, trainer), r, say)


if __name__ == '__main__':
    main(*sys.argv[1:])
