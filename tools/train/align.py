"""align.py: when each sound is said.

  python3 align.py learn ALIGNER.pt MINUTES RECIPE SPEECH…           an ear for sounds, from synthetic speech whose times are known; resumes
  python3 align.py corpus ALIGNER.pt FOLDER CORPUS.json OUT.json     human_speech.py's recordings → segments of each, and how sure
  python3 align.py more ALIGNER.pt MINUTES FOLDER OUT.json RECIPE SPEECH…     learns on from what it aligned (then align again: it hears people better)
  python3 align.py english SOUND "words" OUT.json                    one English recording by pocketsphinx (PyPI), for fit_mouth.py

The ear is a small convolutional network over mel columns, 80 a second; the times are the most likely way through the words' sounds (Viterbi), with
pauses allowed between words and at least 25 ms for each sound. Sounds are the same for all languages, so every language teaches the others.
"""
import importlib
import json
import math
import os
import subprocess
import sys
import time
import numpy as np
import torch
from torch import nn
import augment
import features
import sounds
import viterbi

INDEX = {s: k for k, s in enumerate(sounds.SOUNDS)}
RATE = viterbi.COLUMNS_A_SECOND
PIECE, BATCH = 160, 24                    # columns of a training piece


class Ear(nn.Module):
    """mel [b,80,T] → log probabilities [b,sounds,T]"""

    def __init__(self):
        super().__init__()
        width, layers, last = 160, [], features.BANDS
        for dilation in (1, 2, 4):
            layers += [nn.Conv1d(last, width, 5, padding=2 * dilation, dilation=dilation), nn.ReLU(), nn.Dropout(.1)]
            last = width
        self.layers = nn.Sequential(*layers, nn.Conv1d(width, len(sounds.SOUNDS), 1))

    def forward(self, x):
        return torch.log_softmax(self.layers(x), 1)


def heard(x):
    """samples → mel without the microphone's colour and level"""
    m = features.mel(augment.level(np.asarray(x, np.float64), -20).clip(-1, 1))
    return (m - m.mean(1, keepdims=True)).astype(np.float32)


def labels(segments, columns):
    y = np.zeros(columns, np.int64)
    for start, end, sound in segments:
        y[int(round(start * RATE)):max(int(round(end * RATE)), int(round(start * RATE)) + 1)] = INDEX[sound]
    return y


def split(segments, names):
    """[start, end, phoneme] → [start, end, sound]: what is made of two sounds is halved"""
    out = []
    for start, end, name in segments:
        said = names(name) or ['sil']
        for k, sound in enumerate(said):
            out.append([round(start + (end - start) * k / len(said), 4), round(start + (end - start) * (k + 1) / len(said), 4), sound])
    return out


# espeak-ng's own names where IPA has another letter, for the recipe's recordings
MNEMONIC = {'tS': 't S', 'dZ': 'd Z', 'T': 'T', 'D': 'D', 'S': 'S', 'Z': 'Z', 'N': 'N', 'r': 'r', 'l': 'l', '@': '@', '3': '@ r', 'V': '@', '0': 'O', '&': 'A', 'aa': 'A', 'a': 'A',
            'A': 'a', 'aI': 'a I', 'aU': 'A U', 'oU': 'O U', 'eI': 'E I', 'OI': 'O I', 'i@': 'I @', 'e@': 'E @', 'U@': 'U @', 'aI@': 'a I @', 'A@': 'a r', 'O@': 'O r', 'aU@': 'a U @',
            'I': 'I', 'I2': 'I', 'i': 'I', 'E': 'E', 'e': 'E', 'O': 'O', 'o': 'O', 'U': 'U', 'u': 'U', 't#': 'd', '*': 'rr', '?': 'k', '@L': '@ l', '@2': '@', '@5': '@', 'a#': '@',
            'I#': 'I', 'O2': 'O', 'x': 'x', 'h': 'h', 'j': 'j', 'w': 'w'}


def named(engine):
    def mnemonic(name):
        if name in MNEMONIC:
            return MNEMONIC[name].split()
        bare = ''.join(c for c in name if c not in ":'%,=_!|~^\"-;")
        return (MNEMONIC.get(bare) or MNEMONIC.get(bare.rstrip('0123456789')) or (bare if bare in INDEX else '')).split()
    return (lambda name: sounds.FLITE.get(name, 'sil').split()) if engine == 'flite' else mnemonic


def synthetic(folders):
    """every recording of the recipe with its sounds"""
    import speech_set
    for folder in folders:
        for path, truth in speech_set.find(folder):
            yield features.read_audio(path), split(truth['phonemes'], named(truth['voice']['engine']))


def people(folder, aligned, least=-1.6):
    """recordings that were aligned with some certainty"""
    for item in json.load(open(aligned)):
        if item['sure'] > least:
            yield features.read_audio(f'{folder}/{item["file"]}'), item['segments']


def learn(path, minutes, recordings):
    torch.manual_seed(2)
    torch.set_num_threads(1)
    ear, spent, step = Ear(), 0., 0
    opt = torch.optim.Adam(ear.parameters(), 2e-3)
    if os.path.exists(path):
        c = torch.load(path)
        ear.load_state_dict(c['ear'])
    r = np.random.default_rng(4)
    mels, truths = [], []
    for k, (x, segments) in enumerate(recordings):
        if len(x) < features.RATE:
            x = np.pad(x, (0, features.RATE))
        x = augment.augment(x, r) if k % 2 else x
        m = heard(x)
        mels.append(np.pad(m, ((0, 0), (0, PIECE)), 'edge').astype(np.float16))
        truths.append(np.pad(labels(segments, m.shape[1])[:m.shape[1]], (0, PIECE)))
    size = np.array([m.shape[1] for m in mels], float)
    begun = time.process_time()
    while spent < minutes * 60:
        for g in opt.param_groups:
            g['lr'] = 2e-3 * (.5 + .5 * math.cos(math.pi * spent / (minutes * 60))) + 1e-5
        pick = r.choice(len(mels), BATCH, p=size / size.sum())
        at = [r.integers(0, mels[i].shape[1] - PIECE + 1) for i in pick]
        x = torch.from_numpy(np.stack([mels[i][:, a:a + PIECE] for i, a in zip(pick, at)]).astype(np.float32))
        y = torch.from_numpy(np.stack([truths[i][a:a + PIECE] for i, a in zip(pick, at)]))
        x = x + torch.randn(len(x), features.BANDS, 1) * .15                 # another microphone
        loss = nn.functional.nll_loss(ear(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        step += 1
        spent = time.process_time() - begun
        if step % 300 == 0:
            print(time.strftime('%H:%M:%S'), step, f'{spent / 60:.1f} min, loss {loss.item():.3f}', flush=True)
    counts = np.bincount(np.concatenate(truths), minlength=len(INDEX)) + 50.
    torch.save(dict(ear=ear.state_dict(), prior=torch.from_numpy(np.log(counts / counts.sum()))), path + '.new')
    os.replace(path + '.new', path)


def align(ear, prior, x, words):
    with torch.no_grad():
        p = ear(torch.from_numpy(heard(x))[None])[0].numpy().T
    return viterbi.way(p - .6 * prior, words)


def corpus(path, folder, listed, out):
    torch.set_num_threads(1)
    c = torch.load(path)
    ear, done, lost = Ear().eval(), [], 0
    ear.load_state_dict(c['ear'])
    for k, item in enumerate(json.load(open(listed))):
        words = sounds.pronounce(item['text'], item['language'])
        x = features.read_audio(f'{folder}/{item["file"]}')
        found = align(ear, np.asarray(c['prior']), x, words) if len(x) > features.RATE / 5 and any(words) else None
        if found:
            done.append(dict(item, segments=found[0], sure=round(found[1], 3)))
        else:
            lost += 1
        if k % 200 == 0:
            print(time.strftime('%H:%M:%S'), k, 'recordings', flush=True)
    json.dump(done, open(out + '.new', 'w'), ensure_ascii=False)
    os.replace(out + '.new', out)
    sure = np.array([d['sure'] for d in done])
    print(len(done), 'aligned,', lost, 'not; certainty, tenths:', np.percentile(sure, range(10, 100, 10)).round(2).tolist())


def english(sound, words, out):
    from pocketsphinx import Decoder
    decoder = Decoder(samprate=features.RATE, lm=None, loglevel='FATAL')
    x = (features.read_audio(sound) * 32767).astype('<i2').tobytes()
    decoder.set_align_text(words)
    for _ in range(2):                                    # words, then their phones
        decoder.start_utt()
        decoder.process_raw(x, full_utt=True)
        decoder.end_utt()
        if _ == 0:
            decoder.set_alignment()
    found = [[p.start / 100, (p.start + p.duration) / 100, p.name.lower()] for word in decoder.get_alignment() for p in word]
    json.dump(split(found, named('flite')), open(out, 'w'))


def main(what, *rest):
    if what == 'learn':
        path, minutes, _, *folders = rest
        learn(path, float(minutes), synthetic(folders))
    elif what == 'more':
        path, minutes, folder, aligned, _, *folders = rest
        learn(path, float(minutes), [*synthetic(folders), *people(folder, aligned)])
    elif what == 'corpus':
        corpus(*rest)
    elif what == 'english':
        english(*rest)
    else:
        sys.exit(__doc__)


if __name__ == '__main__':
    main(*sys.argv[1:]) if len(sys.argv) > 4 else sys.exit(__doc__)
