"""trainer.py: the loop that teaches a generator, wherever its pictures come from.

A lesson says what is learnt (train_generator.Pairs: rendered crops; ../presenter/film_lesson.py: a film):

  batch(r, size, colour)  reference [b,3,320,320], source (the picture that is blanked), target, audio windows [b,32,16,16], keys of their kept image parts
  listen(r, size)         more audio windows, and what the mouth does meanwhile [n, units]
  weight [320,320]        how much each pixel counts
  panes                   {True: … , False: …}: the parts of the picture that steps see in turn, before and after the image part is frozen; None: all of it
  jaw                     the pane whose losses are told: all that moves
  pictures()              the references of every key, where their image parts can be kept; None: they cannot
  check(net, path)        a strip of samples; says how far it is, in words

The average of the weights over the last steps is what is checked and kept beside the weights themselves. Everything goes on from OUT/generator.pt.
"""
import math
import os
import time
import numpy as np
import torch
import torch.nn.functional as F
import onnx_file

BATCH = 4                                # on cores; four times as many on a GPU
LISTEN = 12                              # more audio windows per step, for the audio part alone
SAVE_S, TELL_S = 240, 60


def device():
    return torch.device('cuda' if torch.cuda.is_available() else 'cpu')


def has_bfloat16():
    """whether this processor multiplies bfloat16 by itself: where it only could, float32 is faster"""
    try:
        with open('/proc/cpuinfo') as f:
            flags = f.read()
    except OSError:
        return False
    return any(f in flags for f in ('avx512_bf16', 'amx_bf16', ' bf16'))


CPU = torch.device('cpu')


def autocast(where):
    usable = torch.cuda.is_bf16_supported() if where.type == 'cuda' else has_bfloat16()
    return torch.autocast(where.type, dtype=torch.bfloat16, enabled=usable)


def masked(reference, source=None):
    """[b,3,320,320] → [b,6,320,320]: beside the reference the source with the face blanked (mask 5…314 × 5…309); one picture is both at inference"""
    m = (reference if source is None else source).clone()
    m[:, :, 5:310, 5:315] = 0
    return torch.cat([reference, m], 1).contiguous(memory_format=torch.channels_last)


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


def no_seam(weight):
    """no line where the face meets its frame"""
    for edge in (weight[:6], weight[-6:], weight[:, :6], weight[:, -6:]):
        edge.clamp_(min=4)
    return weight


def begin(net, lesson, out, start=None):
    """a net that has not learnt yet: from an ONNX file, or as the identity, by the lesson's own data; one that has is left for resume()"""
    if os.path.exists(out + '/generator.pt'):
        return
    if start:
        net.load(onnx_file.read(start))
        return
    r = np.random.default_rng()
    a, s, _, w, _ = zip(*(lesson.batch(r, 4) for _ in range(6)))
    net.start(masked(torch.cat(a), torch.cat(s)), torch.cat(w))


class Until:
    """learns until a moment; `frozen_at` is the one at which the image part is frozen"""

    def __init__(self, begun, until, frozen_at):
        self.begun, self.until, self.frozen_at = begun, until, frozen_at

    def share(self, step):
        return (time.time() - self.begun) / (self.until - self.begun)

    def frozen(self, step):
        return time.time() > self.frozen_at

    def left(self, step):
        return max(0., self.until - time.time())


class Spent:
    """learns for so many seconds, or so many steps, over as many runs as it takes"""

    def __init__(self, seconds, steps=None, before=0., frozen_share=1.):
        self.seconds, self.steps, self.before, self.frozen_share, self.begun, self.first = seconds, steps, before, frozen_share, time.monotonic(), None

    def spent(self):
        return self.before + time.monotonic() - self.begun

    def share(self, step):
        return step / self.steps if self.steps else self.spent() / self.seconds

    def frozen(self, step):
        return self.share(step) > self.frozen_share

    def left(self, step):
        if not self.steps:
            return max(0., self.seconds - self.spent())
        self.first = step if self.first is None else self.first
        return (self.steps - step) * (time.monotonic() - self.begun) / max(1, step - self.first)


class Trainer:
    def __init__(self, net, units, out, peak=1e-3, keep=.998):
        self.out, self.path, self.peak, self.keep, self.device = out, out + '/generator.pt', peak, keep, device()
        self.net = net.to(self.device).to(memory_format=torch.channels_last)
        self.ear = torch.nn.Conv2d(net.ch[4], units, 1)            # thrown away: makes every place of the audio part's result know the mouth
        torch.nn.init.zeros_(self.ear.weight)
        torch.nn.init.zeros_(self.ear.bias)
        self.ear.to(self.device)
        self.opt = torch.optim.Adam([*net.parameters(), *self.ear.parameters()], peak, betas=(.9, .99))
        self.average = {k: v.clone() for k, v in net.state_dict().items()}
        self.step, self.begun, self.spent, self.kept = 0, time.time(), 0., None
        self.batch, self.listen = (n * (4 if self.device.type == 'cuda' else 1) for n in (BATCH, LISTEN))

    def resume(self):
        """True where there was something to go on from"""
        if not os.path.exists(self.path):
            return False
        c = torch.load(self.path, map_location=self.device)
        self.begun, self.step, self.spent = c['begun'], c['step'], c.get('spent', 0.)
        self.net.load_state_dict(c['net'])
        if 'ear' in c:
            self.ear.load_state_dict(c['ear'])
            self.opt.load_state_dict(c['opt'])
        self.average = c['average']
        return True

    def save(self, clock):
        state = {k: v.clone() for k, v in self.net.state_dict().items()}
        spent = clock.spent() if isinstance(clock, Spent) else 0.
        torch.save(dict(net=state, average=self.average, ear=self.ear.state_dict(), opt=self.opt.state_dict(), begun=self.begun, step=self.step, spent=spent), self.path + '.new')
        os.replace(self.path + '.new', self.path)

    def checked(self, lesson):
        """the averaged network's samples; the weights are as before afterwards"""
        state = {k: v.clone() for k, v in self.net.state_dict().items()}
        self.net.load_state_dict(self.average)
        said = lesson.check(self.net, f'{self.out}/sample_{self.step:06d}.png')
        self.net.load_state_dict(state)
        return said

    def freeze(self, pictures):
        """the image part as it is from now on, and its six results for every picture, where they can be kept"""
        for name, value in self.net.named_parameters():
            if name.startswith(('inc_', 'down')):
                value.data.copy_(self.average[name])
                value.requires_grad_(False)
                value.grad = None
        if pictures is None:
            return 'unkept'
        kept = []
        with torch.no_grad():
            for k in range(0, len(pictures), 2):
                x = torch.from_numpy(pictures[k:k + 2]).permute(0, 3, 1, 2).float() / 255
                kept.append([y.bfloat16() for y in self.net.image_part(masked(x).to(self.device))])
        return [torch.cat(level).contiguous(memory_format=torch.channels_last) for level in zip(*kept)]

    def image_part(self, reference, source, keys):
        if isinstance(self.kept, list):
            return [level[keys].contiguous(memory_format=torch.channels_last) for level in self.kept]
        with torch.set_grad_enabled(self.kept is None):
            return self.net.image_part(masked(reference, source))

    def learn(self, lesson, r, weight):
        """one step → its pane and its two losses; None: it could not be taken"""
        a, s, b, w, keys = lesson.batch(r, self.batch, self.kept is None)
        panes = lesson.panes[self.kept is None]
        pane = panes[self.step % len(panes)]
        p = pane or (0, 0, 320, 320)
        jaw = lesson.jaw
        size = (p[2] - p[0]) * (p[3] - p[1]) / ((jaw[2] - jaw[0]) * (jaw[3] - jaw[1]))
        more, units = lesson.listen(r, self.listen)
        a, s, b, w, more, units = (x.to(self.device) for x in (a, s, b, w, more, units))
        with autocast(self.device):
            x = self.image_part(a, s, keys)
            heard = self.net.audio_part(torch.cat([w, more]))
            face = torch.sigmoid(self.net.logits(self.net.fuse(x[5], heard[:len(w)]), x, pane).float())
            said = self.ear(heard[len(w):])
        loss = loss_of(face, b[:, :, p[0]:p[2], p[1]:p[3]].contiguous(memory_format=torch.channels_last), weight[p[0]:p[2], p[1]:p[3]])
        ear_loss = (said.float() - units[:, :, None, None]).square().mean()
        self.opt.zero_grad()
        (loss * size + 4 * ear_loss).backward()          # a pixel counts the same in every step
        norm = torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.)
        if not torch.isfinite(norm):
            return pane, None
        self.opt.step()
        return pane, (loss.item(), ear_loss.item())

    def run(self, lesson, clock, r, say=print):
        """Learns until the clock has run out; ends with the averaged weights in `net`. Ctrl-C saves what was learnt."""
        try:
            self.go_on(lesson, clock, r, say)
        except KeyboardInterrupt:
            self.save(clock)
            raise
        self.save(clock)
        self.net.load_state_dict(self.average)
        say('done', self.step, lesson.check(self.net, f'{self.out}/sample_{self.step:06d}.png'))

    def go_on(self, lesson, clock, r, say):
        told = saved = time.time()
        running, told_step, skipped, weight = [], self.step, 0, lesson.weight.to(self.device)
        while clock.share(self.step) < 1:
            rate = self.peak * min(1, (self.step + 1) / 150) * (.5 + .5 * math.cos(math.pi * min(1, clock.share(self.step)))) + 2e-6
            for g in self.opt.param_groups:
                g['lr'] = rate
            if self.kept is None and clock.frozen(self.step):
                self.kept = self.freeze(lesson.pictures())
                say(time.strftime('%H:%M:%S'), 'image part frozen')
            pane, losses = self.learn(lesson, r, weight)
            skipped += losses is None
            self.step += 1
            if losses and pane == lesson.jaw:
                running.append(losses)
            keep = min(self.keep, self.step / (self.step + 30))
            with torch.no_grad():
                for k, v in self.net.state_dict().items():
                    self.average[k].lerp_(v, 1 - keep)
            if time.time() - told > TELL_S:
                speed = self.batch * (self.step - told_step) / (time.time() - told)
                loss = np.mean(running, 0).round(4) if running else 'not known yet'        # a minute may be less than a step
                say(time.strftime('%H:%M:%S'), self.step, f'loss {loss} rate {rate:.1e} {speed:.1f} samples/s skipped {skipped}, {words_for(clock.left(self.step))} left')
                running, told, told_step = [], time.time(), self.step
            if time.time() - saved > SAVE_S:
                saved = time.time()
                self.save(clock)
                say(time.strftime('%H:%M:%S'), self.step, self.checked(lesson))
                told += time.time() - saved


def words_for(seconds):
    if seconds < 90:
        return f'{seconds:.0f} s'
    return f'{seconds / 60:.0f} min' if seconds < 5400 else f'{seconds / 3600:.1f} h'
