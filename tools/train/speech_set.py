"""speech_set.py: recordings + viseme tracks → what the audio encoder learns from.   python3 speech_set.py RECIPE SPEECH... OUT.npz

Each SPEECH folder has wav/ and extra/ (sound) and visemes/ (the truth). Every recording is taken clean and once in disguise: other speed and
pitch (the viseme track is computed anew for the new times), microphone, room, line, noise (augment.py). HELD voices are kept for checking.
"""
import glob
import importlib
import json
import os
import sys
import numpy as np
from scipy import signal
import augment
import features

HELD = ('kal16', 'en-gb-scotland', 'train_09')


def find(folder):
    for path in sorted(glob.glob(folder + '/wav/*.wav')) + sorted(glob.glob(folder + '/extra/*.*')):
        track = f'{folder}/visemes/{os.path.basename(path).rsplit(".", 1)[0]}.json'
        if os.path.exists(track):
            yield path, json.load(open(track))


def faster(x, s):
    """play s times as fast: pitch and timbre rise too"""
    n = int(len(x) / s)
    if s > 1.02:
        x = signal.sosfiltfilt(signal.butter(6, min(.98, 1 / s), output='sos'), x)
    return np.interp(np.arange(n) * s, np.arange(len(x)), x)


def main(recipe, *rest):
    *folders, out = rest
    sys.path.insert(0, recipe)
    speech = importlib.import_module('03_speech')
    r = np.random.default_rng(0)
    mels, held, others = [], [], []
    for folder in folders:
        for path, truth in find(folder):
            name, x, y = os.path.basename(path), features.read_audio(path), np.array(truth['frames'], np.float32)
            if any(h in name for h in HELD):
                held.append((name, features.mel(x).astype(np.float16), y))
                continue
            if len(others) < 40:
                others.append(x)
            mels.append((name, features.mel(augment.level(x, -20).clip(-1, 1)).astype(np.float16), y))
            if r.random() < .5:
                s = r.uniform(.84, 1.2)
                x = faster(x, s)
                table = speech.FLITE if truth['voice']['engine'] == 'flite' else speech.ESPEAK
                y = speech.track([[a / s, b / s, p] for a, b, p in truth['phonemes']], table, len(x) / features.RATE).astype(np.float32)
            mels.append((name, features.mel(augment.augment(x, r, others)).astype(np.float16), y))
    np.savez(out, mels=np.array(mels, dtype=object), val=np.array(held, dtype=object))
    print(len(mels), 'to learn from,', len(held), 'held back')


if __name__ == '__main__':
    main(*sys.argv[1:])
