"""train_audio_part.py: teach the generator's audio part what people do with their mouths, without a picture.

  python3 train_audio_part.py hear AVATAR RECIPE OUT N SPEECH… [--people FOLDER CORPUS.json M]   features of N recordings, clean and in disguise, and of M people's
  python3 train_audio_part.py learn AVATAR RECIPE OUT CORE_MINUTES [GAIN [SHARE]]                OUT/audio_part.pt (resumes) and OUT/generator.onnx

The audio encoder, the image part and the decoder stay as they are. What the audio part says of a mouth is, nearly enough, a linear function A of the sixteen viseme
weights: fitted to what it says today. It learns to say A(rest) + GAIN · (A(v) − A(rest)), v being SHARE of what people_mouth.py finds for the same sounds and else the recipe's track (1: people's
alone, whose weak vowels hardly part synthetic lips). For people's recordings,
whose sounds nobody has timed, v is what the audio part hears today, opened as far as a ridge regression on the features says, which was fitted to
synthetic speech and follows people better than any network here (docs: tools/train/README.md). A window costs 0.15 GMAC: minutes instead of hours.
"""
import importlib
import json
import math
import os
import sys
import time
import numpy as np
import torch
import augment
import features
import nets
import onnx_file
import people_mouth
import sounds
import speech_set
from trainer import CPU, autocast

NEAR = (-4, -3, -2, -1, 0)                # features, counted from the frame, that the regression hears
RIDGE = 1e5                               # its penalty: anything from 1e4 to 1e5 follows the six films alike
BATCH, RATE = 64, 5e-4
QUIET = .08                               # share of windows in which nobody speaks
KEPT = ('rows', 'at', 'v', 'held', 'quiet', 'table', 'scale')
HELD = 6                                  # recordings that are watched, not learnt from


def encode(net, mel):
    w, out = features.windows(mel)[:, None], []
    with torch.no_grad(), autocast(CPU):
        for k in range(0, len(w), 256):
            out.append(net(torch.from_numpy(w[k:k + 256]).contiguous(memory_format=torch.channels_last)).float().numpy())
    return features.sequence(np.concatenate(out)).astype(np.float16)


def hear(avatar, folders, out, count, human):
    net, r = nets.AudioEncoder(), np.random.default_rng(1)
    net.load(onnx_file.read(avatar + '/audio_encoder.onnx'))
    net.to(memory_format=torch.channels_last)
    clean = lambda x: encode(net, features.mel(augment.level(x, -20).clip(-1, 1)))
    disguised = lambda x: encode(net, features.mel(augment.augment(x, r)))
    known = [k for k in speech_set.synthetic(folders) if not any(h in k[0] for h in speech_set.HELD)]
    kept, people = [], []
    for k in r.permutation(len(known))[:count]:
        name, path, segments = known[k]
        x = features.read_audio(path)
        kept.append((name, segments, x.astype(np.float16), clean(x), disguised(x)))
    if human:
        folder, corpus, most = human
        items = [i for i in json.load(open(corpus)) if not any(h in f'{i["speaker"]}: {i["file"]}' for h in speech_set.HELD) and i['seconds'] > 1]
        for k in r.permutation(len(items))[:int(most)]:
            x, _ = speech_set.pause(features.read_audio(f'{folder}/{items[k]["file"]}'), [], .3, .3, r)
            people.append((items[k]['speaker'], clean(x) if r.random() < .5 else disguised(x)))
    quiet = [encode(net, features.mel(np.clip(x, -1, 1))) for x in [np.zeros(48000)] + [augment.noise(48000, r) * 10 ** (-db / 20) for db in (40, 45, 50, 60, 70, 80)]]
    quiet += [encode(net, features.mel(augment.level(augment.music(48000, r), -r.uniform(20, 40)))) for _ in range(8)]
    np.savez(out + '/heard.npz', kept=np.array(kept, dtype=object), people=np.array(people + [None], dtype=object)[:-1], quiet=np.concatenate([q[8:-8] for q in quiet]))
    print(len(kept), 'synthetic,', len(people), 'of people', flush=True)


def around(f, frames):
    """[frames, 2560]: five features round each frame"""
    f = np.pad(f.astype(np.float32), ((0, max(0, frames + 9 - len(f))), (0, 0)), 'edge')
    return np.concatenate([f[np.clip(np.arange(frames) + k, 0, len(f) - 1)] for k in NEAR], 1)


class Ridge:
    def __init__(self, x, y, penalty):
        self.mean, self.size, self.level = x.mean(0), x.std(0) + 1e-2, y.mean(0)
        z = (x - self.mean) / self.size
        self.w = np.linalg.solve(z.T @ z + penalty * np.eye(z.shape[1], dtype=np.float32), z.T @ (y - self.level))

    def __call__(self, x):
        return (x - self.mean) / self.size @ self.w + self.level


def said(net, windows):
    """what the audio part says of each window"""
    out = []
    with torch.no_grad(), autocast(CPU):
        for k in range(0, len(windows), 64):
            out.append(net.audio_part(torch.from_numpy(windows[k:k + 64]).contiguous(memory_format=torch.channels_last)).float().numpy())
    return np.concatenate(out)


def pooled(a):
    """[n, 256, 10, 10] → means of its four quarters"""
    return a.reshape(len(a), -1, 2, 5, 2, 5).mean((3, 5)).reshape(len(a), -1)


class Mouths:
    """all windows as rows of features, and the viseme weights that they ask for; kept in OUT/mouths.npz"""

    def __init__(self, net, recipe, out, gain, share, r):
        path = out + '/mouths.npz'
        if not os.path.exists(path):
            self.find(net, recipe, out, share, r)
            np.savez(path + '.new.npz', **{k: getattr(self, k) for k in KEPT})
            os.replace(path + '.new.npz', path)
        d = np.load(path)
        for k in KEPT:
            setattr(self, k, d[k] if d[k].ndim else float(d[k]))
        self.table = torch.from_numpy((self.table[:1] + gain * (self.table - self.table[:1])).astype(np.float32))
        self.learn, self.watch = np.flatnonzero(~self.held), np.flatnonzero(self.held)[::5]

    def find(self, net, recipe, out, share, r):
        sys.path.insert(0, recipe)
        speech = importlib.import_module('03_speech')
        d = np.load(out + '/heard.npz', allow_pickle=True)
        fitted, self.rows, self.at, self.v, self.held, base = people_mouth.load(), [], [], [], [], 0
        far, shapes, seen, openings = [], [], [], []
        for k, (_, segments, x, f, g) in enumerate(d['kept']):
            x = x.astype(np.float32)
            old = speech.track(segments, sounds.VISEME, len(x) / features.RATE)
            frames = min(len(old), len(f) - 2)
            wide = people_mouth.opening(segments, x, len(old), fitted)
            v = (share * people_mouth.remix(old, wide) + (1 - share) * old)[:frames]
            far += [around(q, frames)[::2] for q in (f, g)]
            openings += [(v @ people_mouth.OPENING)[::2]] * 2
            for i in r.choice(frames, min(40, frames), replace=False):
                seen.append(features.audio_window(f.astype(np.float32), i))
                shapes.append(old[i])
            for q in (f, g):
                base = self.keep(q, v, base, k < HELD)
        a, shapes = said(net, np.stack(seen)), np.array(shapes, np.float32)
        flat = a.reshape(len(a), -1)
        self.table = np.linalg.solve(shapes.T @ shapes + 1e-2 * np.eye(16), shapes.T @ flat).astype(np.float32)
        self.scale = float(np.square(shapes @ self.table - flat.mean(0)).mean())
        shape_of, wide_of = Ridge(pooled(a), shapes, 300.), Ridge(np.concatenate(far), np.concatenate(openings)[:, None], RIDGE)
        for speaker, f in d['people']:
            frames = len(f) - 2
            today = said(net, np.stack([features.audio_window(f.astype(np.float32), i) for i in range(frames)]))
            v = np.clip(shape_of(pooled(today)), 0, None)
            v /= np.maximum(v.sum(1, keepdims=True), 1e-6)
            base = self.keep(f, share * people_mouth.remix(v, wide_of(around(f, frames))[:, 0]) + (1 - share) * v, base, False)
        self.quiet = d['quiet']
        self.rows, self.at, self.v, self.held = np.concatenate(self.rows), np.concatenate(self.at), np.concatenate(self.v).astype(np.float32), np.concatenate(self.held)

    def keep(self, f, v, base, held):
        z = np.zeros((8, f.shape[1]), np.float16)
        self.rows += [z, f, z]
        self.at.append(base + 8 + np.arange(len(v)))
        self.v.append(v)
        self.held.append(np.full(len(v), held))
        return base + len(f) + 16

    def batch(self, index, r=None):
        w = np.stack([self.rows[a - 8:a + 8] for a in self.at[index]]).astype(np.float32)
        v = self.v[index].copy()
        if r is not None:
            for k in np.flatnonzero(r.random(len(w)) < QUIET):
                a = r.integers(8, len(self.quiet) - 8)
                w[k], v[k] = self.quiet[a - 8:a + 8], np.eye(16)[0]
        return torch.from_numpy(w.reshape(-1, 32, 16, 16)).contiguous(memory_format=torch.channels_last), torch.from_numpy(v)


def error(net, mouths, w, v):
    with autocast(CPU):
        a = net.audio_part(w).float().flatten(1)
    return (a - v @ mouths.table).square().mean() / mouths.scale


def learn(avatar, recipe, out, minutes, gain, share):
    torch.manual_seed(1)
    r, net = np.random.default_rng(1), nets.Generator(.5)
    net.load(onnx_file.read(avatar + '/generator.onnx'))
    net.to(memory_format=torch.channels_last)
    mouths = Mouths(net, recipe, out, gain, share, r)
    ours = {k: p for k, p in net.named_parameters() if k.startswith('audio_')}
    for k, p in net.named_parameters():
        p.requires_grad_(k in ours)
    opt = torch.optim.AdamW(ours.values(), RATE, betas=(.9, .99), weight_decay=.02)
    spent, step, path, running = 0., 0, out + '/audio_part.pt', []
    average = {k: p.detach().clone() for k, p in ours.items()}
    if os.path.exists(path):
        c = torch.load(path)
        net.load_state_dict(c['net']), opt.load_state_dict(c['opt'])
        average, spent, step = c['average'], c['spent'], c['step']
    print(len(mouths.learn), 'windows', flush=True)
    last = told = time.process_time()
    while spent < minutes * 60:
        for g in opt.param_groups:
            g['lr'] = RATE * min(1, (step + 1) / 100) * (.5 + .5 * math.cos(math.pi * min(1, spent / (minutes * 60)))) + 1e-6
        w, v = mouths.batch(r.choice(mouths.learn, BATCH), r)
        loss = error(net, mouths, w, v)
        opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(ours.values(), 1.)
        opt.step()
        step += 1
        with torch.no_grad():
            for k, p in ours.items():
                average[k].lerp_(p, 1 - min(.995, step / (step + 20)))
        running.append(loss.item())
        now = time.process_time()
        spent, last = spent + now - last, now
        if now - told > 30 or spent >= minutes * 60:
            told = now
            state = {k: x.clone() for k, x in net.state_dict().items()}
            torch.save(dict(net=state, opt=opt.state_dict(), average=average, spent=spent, step=step), path + '.new')
            os.replace(path + '.new', path)
            net.load_state_dict({**state, **average})
            with torch.no_grad():
                seen = np.mean([error(net, mouths, *mouths.batch(mouths.watch[k:k + 256])).item() for k in range(0, len(mouths.watch), 256)])
            onnx_file.write_generator(net, out + '/generator.onnx', True)
            net.load_state_dict(state)
            print(time.strftime('%H:%M:%S'), step, f'{spent / 60:.1f} min, error {np.mean(running):.3f}, held back {seen:.3f}', flush=True)
            running, last = [], time.process_time()


if __name__ == '__main__':
    torch.set_num_threads(int(os.environ.get('THREADS', 1)))
    if len(sys.argv) < 6:
        sys.exit(__doc__)
    what, avatar, recipe, out = sys.argv[1:5]
    os.makedirs(out, exist_ok=True)
    if what == 'hear':
        rest = sys.argv[6:]
        cut = rest.index('--people') if '--people' in rest else len(rest)
        sys.path.insert(0, recipe)
        hear(avatar, rest[:cut], out, int(sys.argv[5]), rest[cut + 1:cut + 4])
    else:
        gain, share = (float(sys.argv[k]) if len(sys.argv) > k else without for k, without in ((6, 1.4), (7, 1.)))
        learn(avatar, recipe, out, float(sys.argv[5]), gain, share)
