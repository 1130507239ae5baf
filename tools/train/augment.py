"""augment.py: the same speech from other microphones, rooms and lines.   augment(x, random generator, other speech) → x"""
import numpy as np
from scipy import signal

RATE = 16000


def level(x, db):
    """scale to a loudness (dB below full scale, measured where there is speech)"""
    loud = np.sqrt(np.mean(np.square(x[np.abs(x) > .02 * np.abs(x).max() + 1e-9])) + 1e-12)
    return x * (10 ** (db / 20) / max(loud, 1e-6))


def noise(n, r):
    """white … brown noise with a slowly changing level"""
    f = np.fft.rfft(r.standard_normal(n))
    f /= np.maximum(1, np.arange(len(f)) * 20 / len(f)) ** r.uniform(0, 1.2)
    x = np.fft.irfft(f, n)
    x *= 1 + .5 * np.interp(np.arange(n), np.linspace(0, n, 12), r.standard_normal(12))
    return x / (np.std(x) + 1e-9)


def music(n, r):
    """chords of plucked tones and a drum"""
    x = np.zeros(n)
    beat = int(RATE * r.uniform(.25, .6))
    root = r.uniform(80, 260)
    for k, t in enumerate(range(0, n, beat)):
        m = min(n - t, 2 * beat)
        s = np.arange(m) / RATE
        for step in r.choice([0, 3, 4, 5, 7, 9, 12, 16], 3):
            f = root * 2 ** (step / 12)
            for h in range(1, 6):
                x[t:t + m] += np.sin(2 * np.pi * f * h * s + r.uniform(0, 6)) * np.exp(-s * r.uniform(2, 6)) / h ** 1.3
        if k % 2 == 0:
            x[t:t + m] += r.standard_normal(m) * np.exp(-s * 40) * 2
    return x / (np.std(x) + 1e-9)


def room(x, r):
    n = int(RATE * r.uniform(.08, .35))
    h = r.standard_normal(n) * np.exp(-np.arange(n) / n * 7)
    h *= r.uniform(.05, .35) / np.sqrt(np.sum(h * h))
    h[0] = 1
    return signal.fftconvolve(x, h)[:len(x)]


def tilt(x, r):
    """a microphone's colour: a random smooth curve of ± 8 dB"""
    f = np.fft.rfft(x)
    k = np.linspace(0, 1, len(f))
    curve = sum(r.uniform(-4, 4) * np.cos(np.pi * h * k ** .5 + r.uniform(0, 6)) for h in (1, 2, 3))
    return np.fft.irfft(f * 10 ** (curve / 20), len(x))


def telephone(x, r):
    x = signal.sosfilt(signal.butter(4, [r.uniform(150, 350), r.uniform(3000, 3700)], 'band', fs=RATE, output='sos'), x)
    peak = np.abs(x).max() + 1e-9
    mu = np.sign(x) * np.log1p(255 * np.abs(x) / peak) / np.log(256)
    mu = np.round(mu * 127) / 127
    return np.sign(mu) * (256 ** np.abs(mu) - 1) / 255 * peak


def augment(x, r, others=()):
    x = level(np.asarray(x, np.float64), -20)
    if r.random() < .5:
        x = tilt(x, r)
    if r.random() < .3:
        x = room(x, r)
    if r.random() < .15:
        x = telephone(x, r)
    elif r.random() < .2:
        x = signal.sosfilt(signal.butter(6, r.uniform(3000, 7000), fs=RATE, output='sos'), x)
    kind = r.random()
    if kind < .35:
        x = x + noise(len(x), r) * 10 ** (-r.uniform(28, 65) / 20)
    elif kind < .5:
        x = x + music(len(x), r) * 10 ** (-r.uniform(30, 50) / 20)
    elif kind < .58 and len(others):
        o = np.resize(others[r.integers(len(others))], len(x))
        x = x + level(o.astype(np.float64), -20) * 10 ** (-r.uniform(14, 30) / 20)
    x = x * 10 ** (r.uniform(-16, 10) / 20)
    return np.clip(x, -1, 1).astype(np.float32)
