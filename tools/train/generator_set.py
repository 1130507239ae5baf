"""generator_set.py: the pairs that the generator learns from.

  python3 generator_set.py DATA ENCODER OUT SET.npz...            ENCODER: train_audio_encoder.py's .pt, or an avatar's audio_encoder.onnx

DATA: template/ train/ speech/ (tools/avatar_recipe). OUT gets
  template.npy [k,320,320,3]    inner crops of the template frames, BGR
  target.npy   [n,320,320,3]    the rendered truth
  features.npy [m,512] float16  features of many voices, one recording after the other with 8 zero rows before and after each
  pairs.npz    template, target → list of rows of features.npy whose sound asks for this mouth; silence: rows where nobody speaks

A rendered mouth is paired not only with the sound it was made for, in several disguises (augment.py), but also with every moment of
other recordings whose mouth, by their viseme track, is the same within a hair: so the generator hears dozens of voices although few were rendered.
"""
import glob
import json
import os
import sys
import cv2
import numpy as np
import torch
import augment
import features
import nets
import onnx_file
from trainer import CPU, autocast

OWN, OTHER = int(os.environ.get('OWN', 10)), 40            # variants of a crop's own sound; matches from other recordings
# pose units of each viseme (sil PP FF TH DD SS CH KK RR aa AE E I AX O U), weighted by how much they show
UNITS = np.array([  # jaw, lip up, lip back, upper lip, lip down, side, kiss, tongue
    [0, .45, 0, 0, 0, 0, 0, 0], [0, .75, 0, -.1, 0, 0, 0, 0], [0, .35, .85, .5, 0, 0, 0, 0], [.16, 0, 0, 0, .1, 0, 0, .15], [.12, 0, 0, 0, .2, 0, 0, .1],
    [.03, 0, 0, .25, .42, .3, 0, 0], [.08, 0, 0, .45, .45, 0, .5, 0], [.18, 0, 0, 0, .1, 0, 0, 0], [.12, 0, 0, 0, .15, 0, .45, 0], [.5, 0, 0, 0, 0, 0, 0, 0],
    [.4, 0, 0, 0, 0, .35, 0, 0], [.28, 0, 0, 0, .1, .4, 0, 0], [.12, 0, 0, .15, .25, .65, 0, 0], [.22, 0, 0, 0, 0, 0, 0, 0], [.34, 0, 0, 0, 0, 0, .55, 0],
    [.1, 0, 0, 0, 0, 0, .95, 0]]) * [2, .6, .6, .7, 1, .5, .6, .3]


def inner(image, box=None):
    if box is not None:
        image = cv2.resize(image[box[1]:box[3], box[0]:box[2]], (328, 328), interpolation=cv2.INTER_CUBIC)
    return image[4:324, 4:324]


def encode(net, mel):
    w = features.windows(mel.astype(np.float32))[:, None]
    out = []
    with torch.no_grad(), autocast(CPU):
        for k in range(0, len(w), 256):
            out.append(net(torch.from_numpy(w[k:k + 256]).contiguous(memory_format=torch.channels_last)).float().numpy())
    return features.sequence(np.concatenate(out))


class Heard:
    """recordings as an audio encoder hears them, one after the other with 8 zero rows before and after each, and which rows ask for a mouth"""

    def __init__(self, encoder, r):
        self.net, self.r, self.store, self.at = nets.AudioEncoder(), r, [], 0
        self.net.load(onnx_file.read(encoder)) if encoder.endswith('.onnx') else self.net.load_state_dict(torch.load(encoder)['average'])
        self.net.to(memory_format=torch.channels_last)
        self.own, self.rows, self.mouths = {}, np.zeros(0, int), np.zeros((0, UNITS.shape[1]), np.float32)

    def add(self, mel):
        """→ the row of the first feature"""
        first, f = self.at + 8, encode(self.net, mel)
        self.store.extend([np.zeros((8, 512), np.float16), f.astype(np.float16), np.zeros((8, 512), np.float16)])
        self.at += len(f) + 16
        return first

    def hear_own(self, paths):
        """the sounds that mouths were rendered for, by their names: as they are, and in OWN disguises"""
        sound = {s: features.read_audio(path) for s, path in paths.items()}
        for s, x in sound.items():
            self.own[s] = [self.add(features.mel(augment.augment(x, self.r) if v else x)) for v in range(OWN + 1)]
            print(s, self.at, flush=True)

    def hear_others(self, sets, most):
        """recordings with their viseme tracks (speech_set.py)"""
        items = [m for path in sets for m in np.load(path, allow_pickle=True)['mels']]
        rows, mouths = [], []
        for k, (_, m, y) in enumerate(items[k] for k in self.r.permutation(len(items))[:most]):
            rows.append(self.add(m) + np.arange(len(y)))
            mouths.append(y @ UNITS)
            if k % 50 == 0:
                print(k, self.at, flush=True)
        self.rows, self.mouths = np.concatenate(rows), np.concatenate(mouths).astype(np.float32)

    def hear_silence(self):
        """→ rows where nobody speaks"""
        quiet = []
        for db in (None, -70, -60, -50, -40):
            for _ in range(3 if db else 1):
                x = np.zeros(16000 * 3) if db is None else augment.noise(16000 * 3, self.r) * 10 ** (db / 20)
                f = self.add(features.mel(np.clip(x, -1, 1)))
                quiet += list(range(f, f + 70))
        return quiet

    def asks_for(self, visemes, sequence, t):
        """rows whose sound asks for this mouth: its own OWN + 1 first, then moments of other recordings whose mouth is the same within a hair"""
        d = np.square(self.mouths - (np.asarray(visemes) @ UNITS).astype(np.float32)).sum(1)
        best = np.argpartition(d, min(OTHER, len(d) - 1))[:OTHER]
        return [f + t for f in self.own[sequence]] + list(self.rows[best[d[best] < .05 ** 2]])


def main(data, encoder, out, *sets, recordings=450):
    torch.set_num_threads(int(os.environ.get('THREADS', 1)))
    os.makedirs(out, exist_ok=True)
    rows = json.load(open(data + '/train/train.json'))['frames']
    names = json.load(open(f'{data}/speech/visemes/{rows[0]["sequence"]}.json'))['names']
    boxes = {x['template']: x['box'] for x in rows}
    template = np.zeros((len(glob.glob(data + '/template/*.lms')), 320, 320, 3), np.uint8)
    for i in range(len(template)):
        b = boxes.get(i)
        if b is None:
            p = np.loadtxt(f'{data}/template/{i}.lms', dtype=np.float32).astype(np.int32)
            b = [p[1, 0], p[52, 1], p[31, 0], p[52, 1] + p[31, 0] - p[1, 0]]
        template[i] = inner(cv2.imread(f'{data}/template/{i}.jpg'), b)
    np.save(out + '/template.npy', template)
    np.save(out + '/target.npy', np.stack([inner(cv2.imread(f'{data}/train/{x["file"]}')) for x in rows]))
    heard = Heard(encoder, np.random.default_rng(3))
    heard.hear_own({s: f'{data}/speech/wav/{s}.wav' for s in sorted({x['sequence'] for x in rows})})
    heard.hear_others(sets, recordings)
    quiet = heard.hear_silence()
    visemes = [[x['visemes'].get(n, 0.) for n in names] for x in rows]
    listed = [heard.asks_for(v, x['sequence'], x['t']) for v, x in zip(visemes, rows)]
    matches = np.array([len(x) - OWN - 1 for x in listed])
    print('matches per crop: median', np.median(matches), 'without any', np.mean(matches == 0))
    np.save(out + '/features.npy', np.concatenate(heard.store))
    np.savez(out + '/pairs.npz', template=[x['template'] for x in rows], holdout=[x['holdout'] for x in rows], sequence=[x['sequence'] for x in rows],
             t=[x['t'] for x in rows], visemes=visemes, rows=np.concatenate(listed), first=np.cumsum([0] + [len(x) for x in listed]), quiet=quiet, own=OWN + 1)


if __name__ == '__main__':
    main(*sys.argv[1:])
