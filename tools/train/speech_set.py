"""speech_set.py: recordings + what is said when → what the audio encoder learns from.

  python3 speech_set.py RECIPE SPEECH... [--people FOLDER ALIGNED.json] [--mouth people] [--most N] OUT.npz

Each SPEECH folder has wav/ and extra/ (sound) and visemes/ (the truth); FOLDER and ALIGNED.json are those of human_speech.py and align.py. What the mouth
does meanwhile is the recipe's track, which rendered crops follow too, or with --mouth people people_mouth.py's. Every recording is taken clean and once in
disguise: other speed and pitch (the track is computed anew for the new times), microphone, room, line, noise (augment.py). HELD voices are kept for
checking; --most N takes so many recordings of synthesis and so many of people, at random. Music without words (a package of human_speech.py) teaches the mouth to rest.
"""
import glob
import importlib
import json
import os
import sys
import numpy as np
from scipy import signal
import align
import augment
import features
import people_mouth
import sounds

HELD = ('kal16', 'en-gb-scotland', 'train_09', 'asterisk it', 'klettres hu', 'klettres da')
SURE = .9                                 # share of aligned recordings that are trusted, the most certain first
MUSIC = 'asterisk-moh-opsound-g722'


def find(folder):
    for path in sorted(glob.glob(folder + '/wav/*.wav')) + sorted(glob.glob(folder + '/extra/*.*')):
        track = f'{folder}/visemes/{os.path.basename(path).rsplit(".", 1)[0]}.json'
        if os.path.exists(track):
            yield path, json.load(open(track))


def synthetic(folders):
    """name, path, segments of sounds"""
    for folder in folders:
        for path, truth in find(folder):
            yield os.path.basename(path), path, align.split(truth['phonemes'], align.named(truth['voice']['engine']))


def people(folder, aligned):
    items = json.load(open(aligned))
    least = np.quantile([i['sure'] for i in items], 1 - SURE)
    for item in items:
        if item['sure'] >= least and item['seconds'] > .4:
            yield f'{item["speaker"]}: {item["file"]}', f'{folder}/{item["file"]}', item['segments']


def music(folder, r, minutes=6):
    """pieces of music, and a mouth at rest"""
    for path in sorted(glob.glob(f'{folder}/{MUSIC}/**/*.g722', recursive=True)):
        x = features.read_audio(path)
        for _ in range(int(minutes * 60 / 20 / 4)):
            a = r.integers(0, max(1, len(x) - 20 * features.RATE))
            yield x[a:a + 20 * features.RATE]


def faster(x, s):
    """play s times as fast: pitch and timbre rise too"""
    n = int(len(x) / s)
    if s > 1.02:
        x = signal.sosfiltfilt(signal.butter(6, min(.98, 1 / s), output='sos'), x)
    return np.interp(np.arange(n) * s, np.arange(len(x)), x)


def pause(x, segments, lead, tail, r):
    """people's recordings are cut tight: a mouth also has to open and to close"""
    a, b = int(lead * features.RATE), int(tail * features.RATE)
    hum = augment.noise(a + len(x) + b, r) * np.abs(x).max() * 10 ** (-r.uniform(55, 75) / 20)
    return np.concatenate([np.zeros(a), x, np.zeros(b)]) + hum, [[s + lead, e + lead, p] for s, e, p in segments]


def mouth_of(recipe, as_people):
    """segments and their sound → viseme weights"""
    sys.path.insert(0, recipe)
    speech = importlib.import_module('03_speech')
    if as_people:
        fitted = people_mouth.load()
        return lambda segments, x: people_mouth.track(segments, x, speech, fitted)
    return lambda segments, x: speech.track(segments, sounds.VISEME, len(x) / features.RATE).astype(np.float32)


def main(recipe, folders, out, human=None, as_people=False, most=None):
    track, r = mouth_of(recipe, as_people), np.random.default_rng(0)
    mels, held, others = [], [], []
    some = lambda listed: [listed[k] for k in sorted(r.permutation(len(listed))[:most])]
    recordings = some([*synthetic(folders)]) + (some([*people(*human)]) if human else [])
    for k, (name, path, segments) in enumerate(recordings):
        x = features.read_audio(path)
        if ': ' in name:
            x, segments = pause(x, segments, r.uniform(.2, .5), r.uniform(.2, .5), r)
        y = track(segments, x)
        if any(h in name for h in HELD):
            held.append((name, features.mel(x).astype(np.float16), y))
            continue
        if len(others) < 80 and k % 7 == 0:
            others.append(x)
        mels.append((name, features.mel(augment.level(x, -20).clip(-1, 1)).astype(np.float16), y))
        if r.random() < .5:
            s = r.uniform(.84, 1.2)
            x = faster(x, s)
            y = track([[a / s, b / s, p] for a, b, p in segments], x)
        mels.append((name, features.mel(augment.augment(x, r, others)).astype(np.float16), y))
        if k % 250 == 0:
            print(k, 'of', len(recordings), flush=True)
    for x in music(human[0], r) if human else ():
        y = np.zeros((len(x) * features.FPS // features.RATE, len(people_mouth.NAMES)), np.float32)
        y[:, 0] = 1
        mels.append(('music', features.mel(augment.level(x, -r.uniform(15, 35)).clip(-1, 1)).astype(np.float16), y))
    np.savez(out, mels=np.array(mels, dtype=object), val=np.array(held, dtype=object))
    print(len(mels), 'to learn from,', len(held), 'held back')


if __name__ == '__main__':
    rest, given = [], {}
    words = iter(sys.argv[1:])
    for word in words:
        if word == '--people':
            given['human'] = next(words), next(words)
        elif word == '--mouth':
            given['as_people'] = next(words) == 'people'
        elif word == '--most':
            given['most'] = int(next(words))
        else:
            rest.append(word)
    if len(rest) < 3:
        sys.exit(__doc__)
    main(rest[0], rest[1:-1], rest[-1], **given)
