"""train_audio_encoder.py: a mel window of 0.2 s → a feature that knows the mouth.

  python3 train_audio_encoder.py OUT MINUTES SET.npz...        sets: speech_set.py; resumes from OUT/encoder.pt

Feature j hears mel columns int(3.2 j) … +16, whose middle lies at video frame j + 2.3; it learns the 16 viseme weights of the frames
j+1 … j+4 through linear heads that are thrown away. Beside one head over all 512 values there are 16 that see one 4×4 patch each of the
[2,16,16] picture that the generator makes of a feature: so every region of that picture knows the whole mouth.
"""
import math
import os
import sys
import time
import numpy as np
import torch
from torch import nn
import features
import nets
from trainer import CPU, autocast

SPAN = (1, 2, 3, 4)                       # frames after j that feature j predicts
SPAN_WEIGHT = torch.tensor([.5, 1., 1., .6])
VISEMES = 16


class Heads(nn.Module):
    def __init__(self):
        super().__init__()
        self.whole = nn.Linear(512, len(SPAN) * VISEMES)
        self.patch = nn.Parameter(torch.randn(16, 32, len(SPAN) * VISEMES) * .1)
        self.bias = nn.Parameter(torch.zeros(16, len(SPAN) * VISEMES))

    def forward(self, f):
        p = f.view(-1, 2, 4, 4, 4, 4).permute(2, 4, 0, 1, 3, 5).reshape(16, f.shape[0], 32)
        p = (torch.bmm(p, self.patch) + self.bias[:, None]).permute(1, 0, 2)
        return torch.cat([self.whole(f)[:, None], p], 1).view(-1, 17, len(SPAN), VISEMES)


def load(paths):
    """windows are cut when a batch is made: here only mels, padded end to end, and where each feature starts"""
    mels, at, target, base = [], [], [], 0
    for path in paths:
        for item in (np.load(path, allow_pickle=True)['mels'] if isinstance(path, str) else path):
            _, m, y = item
            s = features.starts(m.shape[1])
            rows = np.clip(np.arange(len(s))[:, None] + np.array(SPAN), 0, len(y) - 1)
            mels.append(m)
            at.append(s + base)
            target.append((y[rows] * 255).round().astype(np.uint8))
            base += m.shape[1]
    return np.concatenate(mels, 1), np.concatenate(at), np.concatenate(target)


def tract(x, r):
    """[80, b, 16] → the same windows through vocal tracts up to a tenth longer or shorter: every band moves"""
    at = np.clip(np.arange(features.BANDS)[:, None] * r.uniform(.9, 1.1, x.shape[1]), 0, features.BANDS - 1)
    low, each = at.astype(int), np.arange(x.shape[1])
    part = (at - low)[..., None].astype(np.float32)
    return x[low, each] * (1 - part) + x[np.minimum(low + 1, features.BANDS - 1), each] * part


def batch(data, index, r=None):
    """windows and targets; with a random generator in the disguise of other speakers"""
    m, at, target = data
    x = m[:, at[index][:, None] + np.arange(features.COLUMNS)].astype(np.float32)
    if r is not None:
        x = tract(x, r)
    x = torch.from_numpy(np.ascontiguousarray(x.transpose(1, 0, 2)))[:, None]
    return x, torch.from_numpy(target[index].astype(np.float32) / 255)


def loss_of(logits, y):
    ce = -(y[:, None] * torch.log_softmax(logits.float(), -1)).sum(-1)
    ce = (ce * SPAN_WEIGHT).sum(-1) / SPAN_WEIGHT.sum()
    return ce[:, 0].mean() + ce[:, 1:].mean()


# how far each viseme opens the mouth (jaw + lower lip, recipe/character.py): the figure that is watched
OPENING = torch.tensor([0, 0, .05, .2, .2, .25, .3, .2, .2, .5, .4, .33, .22, .22, .34, .1])


def check(net, heads, data):
    net.eval()
    p, y = [], []
    with torch.no_grad():
        for k in range(0, len(data[1]), 256):
            x, t = batch(data, np.arange(k, min(k + 256, len(data[1]))))
            with autocast(CPU):
                f = net(x)
            p.append(heads(f.float())[:, 0].softmax(-1))
            y.append(t)
    p, y = torch.cat(p), torch.cat(y)
    a, b = (p[:, 1] @ OPENING).numpy(), (y[:, 1] @ OPENING).numpy()
    pp = y[:, 1, 1] > .6
    return dict(ce=round(float(-(y * torch.log(p + 1e-6)).sum(-1).mean()), 3), opening=round(float(np.corrcoef(a, b)[0, 1]), 3),
                mae=round(float((p - y).abs().sum(-1).mean() / 2), 3), lips_shut=round(float((p[pp][:, 1, :3].sum(-1) > .5).float().mean()), 3))


def main(out, minutes, sets):
    torch.set_num_threads(int(os.environ.get('THREADS', 1)))
    os.makedirs(out, exist_ok=True)
    open(out + '/pid', 'w').write(str(os.getpid()))
    data = load(sets)
    held = load([np.load(sets[0], allow_pickle=True)['val']])
    print(len(data[1]), 'windows,', len(held[1]), 'held out', flush=True)
    net, heads = nets.AudioEncoder(), Heads()
    torch.manual_seed(1)
    rng = np.random.default_rng(1)
    net.unit_variance(batch(data, rng.integers(0, len(data[1]), 256))[0], gain={f'enc.{k}': .4 for k, e in enumerate(nets.ENCODER) if e[5]})
    opt = torch.optim.AdamW([*net.parameters(), *heads.parameters()], 1e-3, betas=(.9, .99), weight_decay=.02)
    average = {k: v.clone() for k, v in net.state_dict().items()}
    spent, step = 0., 0
    path = out + '/encoder.pt'
    if os.path.exists(path):
        c = torch.load(path)
        net.load_state_dict(c['net']), heads.load_state_dict(c['heads']), opt.load_state_dict(c['opt'])
        average, spent, step = c['average'], c['spent'], c['step']
    net.to(memory_format=torch.channels_last)
    last, told, running = time.process_time(), 0, []
    while spent < minutes * 60:
        net.train()
        done = spent / (minutes * 60)
        for g in opt.param_groups:
            g['lr'] = 1.5e-3 * min(1, (step + 1) / 200) * (.5 + .5 * math.cos(math.pi * done)) + 1e-6
        x, y = batch(data, rng.integers(0, len(data[1]), 128), rng)
        x = x + torch.randn(len(x), 1, 1, 1) * .25                                   # loudness
        band = torch.randint(0, 80, (len(x), 1, 1, 1))                                # a band that is not heard
        b = torch.arange(80)[None, None, :, None]
        x = torch.where((b >= band) & (b < band + torch.randint(0, 10, (len(x), 1, 1, 1))), x.mean((1, 2, 3), keepdim=True), x).clamp(-4, 4)
        with autocast(CPU):
            f = net(x.contiguous(memory_format=torch.channels_last))
        loss = loss_of(heads(f.float()), y)
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.)
        opt.step()
        step += 1
        decay = min(.998, step / (step + 50))
        for k, v in net.state_dict().items():
            average[k].lerp_(v, 1 - decay)
        running.append(loss.item())
        now = time.process_time()
        spent += now - last
        last = now
        if step % 20 == 0 and spent - told > 60 or spent >= minutes * 60:
            told = spent
            state = net.state_dict()
            state = {k: v.clone() for k, v in state.items()}
            net.load_state_dict(average)
            print(time.strftime('%H:%M:%S'), step, f'{spent / 60:.1f} min', f'{np.mean(running):.3f}', check(net, heads, held), flush=True)
            torch.save(dict(net=state, heads=heads.state_dict(), opt=opt.state_dict(), average=average, spent=spent, step=step), path + '.new')
            os.replace(path + '.new', path)
            net.load_state_dict(state)
            running = []
            last = time.process_time()


if __name__ == '__main__':
    main(sys.argv[1], float(sys.argv[2]), sys.argv[3:])
