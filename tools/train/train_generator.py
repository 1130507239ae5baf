"""train_generator.py: teach the generator to move the mouth.

  python3 train_generator.py SET OUT UNTIL [START.onnx]     SET: generator_set.py; UNTIL: minutes from now, or a time of day as 15:35

Resumes from OUT/generator.pt. The learning rate falls along a cosine that ends at UNTIL. After FREEZE (environment; the same forms; default: a
third of the time) the image part is left as it is and its results are kept, one set per template frame: steps then cost half. OUT gets log, sample_*.png (template, output, truth)
and, every few minutes, generator.pt. Input: the template's own crop and its masked copy, as at inference; target: the same head with the
mouth that the sound asks for. The process may be stopped (SIGSTOP) and continued at will.
"""
import os
import sys
import time
import cv2
import numpy as np
import torch
import torch.nn.functional as F
import nets
import onnx_file
from generator_set import UNITS

BATCH = 4
MOUTH = (160, 72, 264, 248)              # top, left, bottom, right
JAW = (144, 32, 304, 288)                # all that moves
PANES = {True: (None, JAW, JAW, JAW), False: (None, MOUTH, JAW, MOUTH)}       # what the steps see in turn, before and after freezing
LISTEN = 12                              # more audio windows per step, for the audio part alone
QUIET = .05                              # share of samples: silence → the template itself


def masked(image):
    """[b,3,320,320] → [b,6,320,320]: beside the picture its copy with the face blanked (mask 5…314 × 5…309)"""
    m = image.clone()
    m[:, :, 5:310, 5:315] = 0
    return torch.cat([image, m], 1).contiguous(memory_format=torch.channels_last)


class Pairs:
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
        self.weight = torch.from_numpy(.5 + 9 * np.minimum(1, moved / np.percentile(moved, 98))).float()
        for edge in (self.weight[:6], self.weight[-6:], self.weight[:, :6], self.weight[:, -6:]):
            edge.clamp_(min=4)                   # no line where the face meets its frame

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

    def listen(self, r):
        """audio windows and the pose units of the mouth they ask for"""
        w, u = [], []
        for i in self.train[r.choice(len(self.train), LISTEN, p=self.chance)]:
            w.append(self.window(self.rows[r.integers(self.first[i], self.first[i + 1])]))
            u.append(self.units[i])
        return torch.from_numpy(np.stack(w)), torch.from_numpy(np.stack(u))

    def batch(self, r, colour=True):
        i, a, b, w = zip(*(self.sample(r) for _ in range(BATCH)))
        a, b = (torch.from_numpy(np.stack(x)).permute(0, 3, 1, 2).float() / 255 for x in (a, b))
        if colour and r.random() < .3:           # light and colour, the same for both
            gain = torch.from_numpy(r.uniform(.93, 1.07, (BATCH, 1, 1, 1)) * r.uniform(.98, 1.02, (BATCH, 3, 1, 1))).float()
            a, b = (a * gain).clamp(0, 1), (b * gain).clamp(0, 1)
        return a, b, torch.from_numpy(np.stack(w)), list(i)


def loss_of(face, target, weight):
    """L1, and L1 of the gradients at three scales: keeps lip lines and teeth sharp"""
    total = ((face - target).abs() * weight).mean()
    w = weight[None, None]
    for scale in (1, 2, 4):
        if scale > 1:
            face, target, w = F.avg_pool2d(face, 2), F.avg_pool2d(target, 2), F.avg_pool2d(w, 2)
        for d in (2, 3):
            n = face.shape[d] - 1
            g = face.diff(dim=d) - target.diff(dim=d)
            total = total + .7 * (g.abs() * w.narrow(d, 0, n)).mean()
    return total


def faces(net, pairs, index, variant=0):
    """float32 faces of the crops in `index`, as uint8 BGR"""
    out = []
    with torch.no_grad(), torch.autocast('cpu', dtype=torch.bfloat16):
        for i in index:
            x = torch.from_numpy(pairs.template[pairs.of[i]]).permute(2, 0, 1)[None].float() / 255
            a = torch.from_numpy(pairs.window(pairs.rows[pairs.first[i] + variant]))[None]
            out.append((net(masked(x), a)[0].permute(1, 2, 0).numpy() * 255).astype(np.uint8))
    return np.stack(out)


def check(net, pairs, path):
    held = np.flatnonzero(pairs.holdout)[14::6]
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
    """minutes from now, or a time of day → seconds since the epoch"""
    if ':' not in text:
        return time.time() + 60 * float(text)
    now = time.localtime()
    return time.time() + 60 * ((int(text[:2]) - now.tm_hour) * 60 + int(text[3:]) - now.tm_min) - now.tm_sec


def freeze(net, average, pairs):
    """the image part as it is from now on, and its six results for every template frame"""
    for name, value in net.named_parameters():
        if name.startswith(('inc_', 'down')):
            value.data.copy_(average[name])
            value.requires_grad_(False)
            value.grad = None
    kept = []
    with torch.no_grad():
        for k in range(0, len(pairs.template), 2):
            x = torch.from_numpy(pairs.template[k:k + 2]).permute(0, 3, 1, 2).float() / 255
            kept.append([y.bfloat16() for y in net.image_part(masked(x))])
    return [torch.cat(level).contiguous(memory_format=torch.channels_last) for level in zip(*kept)]


def main(data, out, until, start=None):
    torch.set_num_threads(int(os.environ.get('THREADS', 1)))
    torch.manual_seed(1)
    os.makedirs(out, exist_ok=True)
    open(out + '/pid', 'w').write(str(os.getpid()))
    until = moment(until)
    frozen_at = moment(os.environ['FREEZE']) if 'FREEZE' in os.environ else time.time() + (until - time.time()) / 3
    kept, peak = None, float(os.environ.get('RATE', 1e-3))
    pairs = Pairs(data)
    r = np.random.default_rng()
    net = nets.Generator(.5)
    path = out + '/generator.pt'
    begun, step = time.time(), 0
    if os.path.exists(path):
        c = torch.load(path)
        begun, step = c['begun'], c['step']
        net.load_state_dict(c['net'])
    elif start:
        net.load(onnx_file.read(start))
    else:
        a, b, w, _ = zip(*(pairs.batch(r) for _ in range(6)))
        net.start(masked(torch.cat(a)), torch.cat(w))
    net.to(memory_format=torch.channels_last)
    ear = torch.nn.Conv2d(net.ch[4], UNITS.shape[1], 1)            # thrown away: makes every place of the audio part's result know the mouth
    torch.nn.init.zeros_(ear.weight)
    torch.nn.init.zeros_(ear.bias)
    opt = torch.optim.Adam([*net.parameters(), *ear.parameters()], peak, betas=(.9, .99))
    average = {k: v.clone() for k, v in net.state_dict().items()}
    if os.path.exists(path):
        if 'ear' in c:
            ear.load_state_dict(c['ear'])
            opt.load_state_dict(c['opt'])
        average = c['average']
    print(time.strftime('%H:%M:%S'), len(pairs.train), 'crops, weight', pairs.weight.mean().item(), flush=True)
    told = saved = time.time()
    running, told_step, skipped = [], step, 0
    while time.time() < until:
        done = (time.time() - begun) / (until - begun)
        rate = peak * min(1, (step + 1) / 150) * (.5 + .5 * np.cos(np.pi * min(1, done))) + 2e-6
        for g in opt.param_groups:
            g['lr'] = rate
        if kept is None and time.time() > frozen_at:
            kept = freeze(net, average, pairs)
            print(time.strftime('%H:%M:%S'), 'image part frozen', flush=True)
        a, b, w, i = pairs.batch(r, kept is None)
        pane = PANES[kept is None][step % len(PANES[kept is None])]
        p = pane or (0, 0, 320, 320)
        size = (p[2] - p[0]) * (p[3] - p[1]) / ((JAW[2] - JAW[0]) * (JAW[3] - JAW[1]))
        with torch.autocast('cpu', dtype=torch.bfloat16):
            x = [level[i].contiguous(memory_format=torch.channels_last) for level in kept] if kept else net.image_part(masked(a))
            more, units = pairs.listen(r)
            heard = net.audio_part(torch.cat([w, more]))
            face = torch.sigmoid(net.logits(net.fuse(x[5], heard[:BATCH]), x, pane).float())
            said = ear(heard[BATCH:])
        loss = loss_of(face, b[:, :, p[0]:p[2], p[1]:p[3]].contiguous(memory_format=torch.channels_last), pairs.weight[p[0]:p[2], p[1]:p[3]])
        ear_loss = (said.float() - units[:, :, None, None]).square().mean()
        opt.zero_grad()
        (loss * size + 4 * ear_loss).backward()          # a pixel counts the same in every step
        norm = torch.nn.utils.clip_grad_norm_(net.parameters(), 1.)
        if torch.isfinite(norm):
            opt.step()
        else:
            skipped += 1
        step += 1
        if pane == JAW:
            running.append((loss.item(), ear_loss.item()))
        keep = min(.998, step / (step + 30))
        with torch.no_grad():
            for k, v in net.state_dict().items():
                average[k].lerp_(v, 1 - keep)
        if time.time() - told > 60:
            print(time.strftime('%H:%M:%S'), step, f'loss {np.mean(running, 0).round(4)} rate {rate:.1e} {BATCH * (step - told_step) / (time.time() - told):.1f} samples/s skipped {skipped}',
                  flush=True)
            running, told, told_step = [], time.time(), step
        if time.time() - saved > 240 or time.time() >= until:
            saved = time.time()
            state = {k: v.clone() for k, v in net.state_dict().items()}
            torch.save(dict(net=state, average=average, ear=ear.state_dict(), opt=opt.state_dict(), begun=begun, step=step), path + '.new')
            os.replace(path + '.new', path)
            net.load_state_dict(average)
            print(time.strftime('%H:%M:%S'), step, check(net, pairs, f'{out}/sample_{step:06d}.png'), flush=True)
            net.load_state_dict(state)
            told += time.time() - saved
    net.load_state_dict(average)
    print('done', step, check(net, pairs, f'{out}/sample_{step:06d}.png'), flush=True)


if __name__ == '__main__':
    main(*sys.argv[1:])
