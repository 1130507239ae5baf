"""people_mouth.py: what a person's mouth does while these sounds are said.   track(segments, sound, recipe) → [frames, 16] viseme weights

The recipe's own track says which shapes follow each other. How far the mouth opens is said here: a mean opening for each viseme, and how loud the
sound is in seven broad bands just before, at and just after the moment (a loud first formant is an open jaw; phones alone do not know it). Those
numbers, people_mouth.json, were fitted to people on film (fit_mouth.py). The track's weights are then mixed with an open or a closed shape until the
presenter opens as far. Lips that must meet still meet, and silence stays silent.
"""
import json
import os
import numpy as np
import features
import sounds

HZ = 200                                  # the inner time grid
NAMES = ['sil', 'PP', 'FF', 'TH', 'DD', 'SS', 'CH', 'KK', 'RR', 'aa', 'AE', 'E', 'I', 'AX', 'O', 'U']
INDEX = {n: k for k, n in enumerate(NAMES)}
# how far each viseme opens ava's lips, as a share of the height of her face (face mesh, points 13–14 by 10–152, on 160 rendered mouths; r = 0.98)
OPENING = np.array([.0038, .0031, .0067, .0167, .0214, .0204, .0441, .0162, .0207, .0709, .0411, .0260, .0159, .0256, .0407, .0219])
ROUND = np.array([n in ('U', 'O', 'CH', 'RR') for n in NAMES], float)
BANDS = ((0, 5), (5, 11), (11, 18), (18, 28), (28, 42), (42, 60), (60, 80))   # mel bands: 55 Hz … 7.6 kHz
FITTED = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'people_mouth.json')


def smooth(x, ms, hz=HZ):
    """a Gaussian over the rows of x"""
    s = ms / 1000 * hz
    n = int(3 * s) + 1
    k = np.exp(-.5 * (np.arange(-n, n + 1) / s) ** 2)
    k /= k.sum()
    return np.stack([np.convolve(np.pad(c, n, 'edge'), k, 'valid') for c in x.T], 1)


def shown(segments, seconds, ms):
    """[start, end, sound] → which viseme is asked for at each instant, smoothed"""
    x = np.zeros((int(np.ceil(seconds * HZ)) + 1, len(NAMES)))
    x[:, 0] = 1
    for start, end, sound in segments:
        a = int(round(start * HZ))
        b = max(int(round(end * HZ)), a + 1)
        x[a:b] = 0
        x[a:b, INDEX[sounds.VISEME[sound]]] = 1
    return smooth(x, ms)


def loudness(mel):
    """[columns, 7]: each band against its own loud moments (1 = 25 dB), at 80 columns a second, smoothed over a tenth of a second"""
    b = np.stack([mel[lo:hi].mean(0) for lo, hi in BANDS], 1)
    b = np.clip((b - np.percentile(b, 95, axis=0)) / 2, -1.6, .3)
    k = np.hanning(9)
    return np.stack([np.convolve(np.pad(c, 4, 'edge'), k / k.sum(), 'valid') for c in b.T], 1)


def describe(segments, x, frames, fitted):
    """[frames, 16 + 7 × lags]: what the opening is a linear function of"""
    t = np.arange(frames) / features.FPS
    seen = shown(segments, len(x) / features.RATE, fitted['smooth_ms'])
    out = [seen[np.clip(((t + fitted['lead_s']) * HZ).round().astype(int), 0, len(seen) - 1)]]
    loud = loudness(features.mel(x))
    rate = features.RATE / features.HOP
    for lag in fitted['lags_s']:
        out.append(loud[np.clip(((t + lag) * rate).round().astype(int), 0, len(loud) - 1)])
    return np.concatenate(out, 1)


def opening(segments, x, frames, fitted):
    """how far a person would open the lips, as a share of the height of the face"""
    return describe(segments, x, frames, fitted) @ np.array(fitted['weights']) + fitted['offset']


def remix(weights, wanted):
    """the same shapes, mixed with an open or a closed one until they open as far as wanted"""
    now = weights @ OPENING
    rounded = np.clip(weights @ ROUND, 0, 1)[:, None]
    eye = np.eye(len(NAMES))
    opened = rounded * eye[INDEX['O']] + (1 - rounded) * eye[INDEX['aa']]
    closed = rounded * (.5 * eye[INDEX['U']] + .5 * eye[0]) + (1 - rounded) * eye[0]
    up = np.clip((wanted - now) / np.maximum(opened @ OPENING - now, 1e-3), 0, .9)
    down = np.clip((now - wanted) / np.maximum(now - closed @ OPENING, 1e-3), 0, .8)
    lips = np.clip(weights[:, INDEX['PP']] + weights[:, INDEX['FF']], 0, 1)
    free = (1 - lips) * (1 - weights[:, 0] ** 2)                      # lips that meet stay so, and a silent mouth opens for nothing
    up, down = (up * free)[:, None], (down * (1 - lips))[:, None]
    return weights * (1 - up - down) + up * opened + down * closed


def load():
    with open(FITTED) as f:
        return json.load(f)


def track(segments, x, recipe, fitted=None):
    """[start, end, sound]…, 16 kHz samples, the module tools/avatar_recipe/03_speech.py → viseme weights at 25 frames a second"""
    weights = recipe.track(segments, sounds.VISEME, len(x) / features.RATE)
    return remix(weights, opening(segments, x, len(weights), fitted or load())).astype(np.float32)
