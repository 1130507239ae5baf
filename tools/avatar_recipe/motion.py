"""motion.py: how a presenter moves while she waits and speaks: head, breath, blinks, small jumps of the eyes, brows, for a loop played to and fro.

Motion(frames, seed).at(i) → dict of nod, turn, tilt (degrees), breath, blink (0…1), look (pitch and yaw, degrees), brow (0…1).
Everything comes to rest towards both ends, so that nobody sees the loop turn round; nothing repeats within it.
"""
import numpy as np

FPS, EASE = 25, 14                                 # frames in which the motion dies away before a turn


class Motion:
    def __init__(self, frames, seed, calm=1.):
        r = np.random.default_rng(seed)
        i = np.arange(frames)
        pace = np.minimum(1, np.sin(np.pi / 2 * np.clip((np.minimum(i, frames - 1 - i)) / EASE, 0, 1)))
        t = np.cumsum(pace) / FPS
        wave = lambda period, phase: np.sin(2 * np.pi * t / period + phase)
        phase = r.uniform(0, 2 * np.pi, 8)
        self.nod = calm * (.8 * wave(5.3, phase[0]) + .45 * wave(2.9, phase[1]) + .15 * wave(1.3, phase[6]))
        self.turn = calm * (1.7 * wave(6.7, phase[2]) + .7 * wave(3.1, phase[3]))
        self.tilt = calm * (.9 * wave(7.9, phase[4]) + .3 * wave(3.7, phase[5]))
        self.breath = .5 - .5 * np.cos(2 * np.pi * t / 3.9)
        self.blinks = self._times(r, frames, 2.0, 5.2)
        self.blink = np.zeros(frames)
        for c in self.blinks:                      # three frames down, five up
            d = i - c
            self.blink = np.maximum(self.blink, np.where(d <= 0, 1 + d / 3, 1 - d / 5).clip(0, 1))
        self.look = self._fixations(r, frames)
        self.brow = np.zeros(frames)
        for c in self._times(r, frames, 2.5, 4.5):
            self.brow = np.maximum(self.brow, r.uniform(.3, 1) * np.exp(-((i - c) / 9.) ** 2))

    @staticmethod
    def _times(r, frames, least, most):
        """Frames at irregular distances (seconds), none so near to an end that the turn would show it twice."""
        out, t = [], EASE + r.uniform(.4, 1.5) * FPS
        while t < frames - EASE - 8:
            out.append(int(t))
            t += r.uniform(least, most) * FPS
        return tuple(out)

    @staticmethod
    def _fixations(r, frames):
        """The eyes rest on points round the lens and jump between them within a frame; a blink's length before the ends they stay."""
        look = np.zeros((frames, 2))
        at = EASE
        while at < frames - EASE:
            look[at:] = r.normal(0, (.35, .75))
            at += int(r.uniform(.5, 2.4) * FPS)
        back = look.copy()
        back[1:] = .75 * look[1:] + .25 * look[:-1]
        return back

    def at(self, i):
        return dict(nod=float(self.nod[i]), turn=float(self.turn[i]), tilt=float(self.tilt[i]), breath=float(self.breath[i]), blink=float(self.blink[i]),
                    look=self.look[i].tolist(), brow=float(self.brow[i]))
