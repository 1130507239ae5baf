"""evaluate.py: does the mouth follow the speech?

  python3 evaluate.py AVATAR DATA SET CASES [--program build/release/framegen | --frames DIR] [--films DIR] [--markdown FILE] [--sheets DIR]

AVATAR: the folder with avatar.json; DATA: tools/avatar_recipe's output; SET: tools/train/generator_set.py's, or - for ava without rendered pictures; CASES: cases.py's.
--program renders every case with the engine itself; --frames DIR takes frames rendered before (DIR/<case>/*.png); without either the
networks are run by PyTorch. --films DIR adds people on film (films.py), --phones DIR what they say when (NAME.json, ../train/align.py english), --contours FILE draws both mouths; --only films takes nothing else. Opening and width are measured in the output pictures and compared with what the viseme track asks for.
"""
import argparse
import glob
import json
import os
import subprocess
import sys
import tempfile
import cv2
import numpy as np
import torch
here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, here + '/../train']
import contours
import features
import films
import mouth
import nets
import onnx_file
from likeness import ssim
from trainer import CPU, autocast

MOUTH = (slice(mouth.TOP, mouth.BOTTOM), slice(mouth.LEFT, mouth.RIGHT))


def loop(n, count):
    """the template frame of output frame n (docs/reference.md §4)"""
    last, i, step = count - 1, 0, 0
    for _ in range(n + 1):
        step = -1 if i > last - 1 else 1 if i < 1 else step
        i += step
    return i


class Avatar:
    def __init__(self, folder):
        m = json.load(open(folder + '/avatar.json'))
        self.boxes, self.count = m['boxes'], len(m['frames'])
        self.template = [cv2.imread(f'{folder}/{f}') for f in m['frames']]
        self.encoder, self.generator = nets.AudioEncoder(), nets.Generator(.5)
        if all(os.path.exists(f'{folder}/{k}.onnx') for k in ('generator', 'audio_encoder')):
            self.encoder.load(onnx_file.read(folder + '/audio_encoder.onnx'))
            self.generator.load(onnx_file.read(folder + '/generator.onnx'))
        self.generator.to(memory_format=torch.channels_last)

    def face(self, frame, i):
        x, y, s = self.boxes[i]
        return cv2.resize(frame[y:y + s, x:x + s], (328, 328), interpolation=cv2.INTER_CUBIC)[4:324, 4:324]

    def render(self, sound):
        w = features.windows(features.mel(features.read_audio(sound)))
        with torch.no_grad():
            f = features.sequence(self.encoder(torch.from_numpy(w[:, None])).numpy())
            for n in range(len(f)):
                i = loop(n, self.count)
                x = torch.from_numpy(self.face(self.template[i], i)).permute(2, 0, 1)[None].float() / 255
                m = x.clone()
                m[:, :, 5:310, 5:315] = 0
                with autocast(CPU):
                    y = self.generator(torch.cat([x, m], 1).contiguous(memory_format=torch.channels_last), torch.from_numpy(features.audio_window(f, n))[None])
                bx, by, s = self.boxes[i]
                crop = cv2.resize(self.template[i][by:by + s, bx:bx + s], (328, 328), interpolation=cv2.INTER_CUBIC)
                crop[4:324, 4:324] = (y[0].permute(1, 2, 0).numpy() * 255).astype(np.uint8)
                frame = self.template[i].copy()
                frame[by:by + s, bx:bx + s] = cv2.resize(crop, (s, s), interpolation=cv2.INTER_CUBIC)
                yield frame


def seam(frame, box):
    """largest mean step between neighbouring lines near the box's edge, grey levels: from just outside to 10 pixels inside, where the face meets its ring"""
    x, y, s = box
    f = frame.astype(np.float32)
    steps = []
    for d in range(-1, 10):
        steps.append([np.abs(f[y + d, x:x + s] - f[y + d + 1, x:x + s]).mean(), np.abs(f[y + s - 1 - d, x:x + s] - f[y + s - 2 - d, x:x + s]).mean(),
                      np.abs(f[y:y + s, x + d] - f[y:y + s, x + d + 1]).mean(), np.abs(f[y:y + s, x + s - 1 - d] - f[y:y + s, x + s - 2 - d]).mean()])
    return float(np.max(steps, 0).mean())


def flicker(faces):
    f = np.stack(faces).astype(np.float32)
    return float(np.abs(f[2:] - 2 * f[1:-1] + f[:-2]).mean())


def correlation(a, b, lag):
    n = min(len(a), len(b))
    a, b = (a[lag:n], b[:n - lag]) if lag >= 0 else (a[:n + lag], b[-lag:n])
    return float(np.corrcoef(a, b)[0, 1]) if a.std() > 1e-6 and b.std() > 1e-6 else 0.


def judge(avatar, case, frames, data, expected, seen):
    """seen: opening and width in every frame; None: measured here, by colour"""
    faces, seams, plain = [], [], []
    for n, frame in enumerate(frames):
        i = loop(n, avatar.count)
        faces.append(avatar.face(frame, i))
        seams.append(seam(frame, avatar.boxes[i]))
        plain.append(seam(avatar.template[i], avatar.boxes[i]))
    o, w = (np.array([[mouth.opening(f), mouth.width(f)] for f in faces]) if seen is None else expected.above_rest(np.nan_to_num(seen))).T
    full = expected.range[0]
    row = dict(case=case['name'], frames=len(faces), seam=np.mean(seams) - np.mean(plain))
    if case['visemes']:
        track = json.load(open(f'{data}/{case["visemes"]}'))
        v = np.array(track['frames'])[:len(faces)]
        to, tw = expected(v)
        by_lag = {k: correlation(o, to, k) for k in range(-4, 5)}
        row.update(opening=by_lag[0], lag=max(by_lag, key=by_lag.get), best=max(by_lag.values()), width=correlation(w, tw, 0), gain=float(np.polyfit(to[:len(o)], o[:len(to)], 1)[0]))
        names = track['names']
        shut = films.lips_met(o, track['phonemes'], expected.shut)
        row.update(shut=np.mean(shut), lips=len(shut), pp_open=float(o[:len(v)][v[:, names.index('PP')] > .8].mean() / full))
        quiet = v[:, names.index('sil')] > .98
        row['silence'] = float(o[:len(v)][quiet].mean() / full)
    else:
        row['silence'] = float(o.mean() / full)
    if case['crops']:
        true = {n: cv2.imread(path)[4:324, 4:324] for n in range(len(faces)) if os.path.exists(path := f'{data}/train/{case["crops"]}/{n}.jpg')}
    else:
        true = {}
    if true:
        a, b = [faces[n][MOUTH] for n in true], [f[MOUTH] for f in true.values()]
        row.update(psnr=float(np.mean([10 * np.log10(65025 / ((p.astype(float) - q) ** 2).mean()) for p, q in zip(a, b)])),
                   ssim=float(np.mean([ssim(p, q) for p, q in zip(a, b)])))
        if list(true) == list(range(len(true))) and len(true) > 66:       # a row without gaps
            row['flicker'] = flicker(a) / flicker(b)
            row['sheet'] = np.vstack([np.hstack([f[k][130:300, 70:250] for k in range(26, 66, 4)]) for f in (faces, true)])
    row['strip'] = faces
    return row


def folder_of(a, sound, name):
    """the engine's frames of this sound: rendered now where there is a program, else before"""
    folder = f'{a.frames}/{name}' if a.frames else tempfile.mkdtemp()
    if a.program:
        subprocess.run([a.program, 'render', '--avatar', a.avatar, '--audio', sound, '--frames-dir', folder, '--frame-format', 'png', '--progress', 'none', '--no-mark', '--overwrite'], check=True)
    return folder


def people(a):
    rows, drawn = [], []
    for name, sound, points in films.listed(a.films):
        said = f'{a.phones}/{name}.json'
        segments = json.load(open(said)) if a.phones and os.path.exists(said) else ()
        seen = films.mesh(a.program, folder_of(a, sound, name))
        rows.append(films.judge(name, points, seen, segments))
        drawn.append(contours.row(points, seen))
        print({k: round(v, 3) if isinstance(v, float) else v for k, v in rows[-1].items()}, flush=True)
    if a.contours:
        contours.write(a.contours, drawn)
    return films.table(rows)


def table(rows):
    columns = [('case', 'case', '{}'), ('opening', 'opening, lag 0', '{:.2f}'), ('lag', 'best lag', '{:+d}'), ('width', 'width', '{:.2f}'), ('gain', 'gain', '{:.2f}'), ('shut', 'lips shut on p b m', '{:.0%}'),
               ('silence', 'open in silence', '{:.1%}'), ('psnr', 'PSNR', '{:.1f}'), ('ssim', 'SSIM', '{:.3f}'), ('flicker', 'flicker', '{:.2f}'), ('seam', 'seam', '{:+.2f}')]
    lines = ['| ' + ' | '.join(c[1] for c in columns) + ' |', '| ' + ' | '.join('---' for _ in columns) + ' |']
    for r in rows:
        lines.append('| ' + ' | '.join(c[2].format(r[c[0]]) if c[0] in r else '' for c in columns) + ' |')
    return '\n'.join(lines)


def main():
    a = argparse.ArgumentParser()
    for p in ('avatar', 'data', 'set', 'cases'):
        a.add_argument(p)
    for p in ('--program', '--frames', '--films', '--phones', '--contours', '--markdown', '--sheets', '--only'):
        a.add_argument(p)
    a = a.parse_args()
    if a.films and not a.program:
        sys.exit('--films: needs --program, whose face mesh looks at the avatar')
    torch.set_num_threads(1)
    films_alone = a.films and a.only == 'films'
    avatar = None if films_alone else Avatar(a.avatar)
    if a.set == '-' and not (films_alone or a.program):
        sys.exit('SET is -: needs --program, whose face mesh looks at the avatar')
    expected = None if films_alone else mouth.Known() if a.set == '-' else mouth.load_expected(a.set, here + '/../avatar_recipe', a.data, a.program)
    if expected:
        print('opening and width of rendered mouths as a function of their visemes: r', np.round(expected.quality, 3).tolist(), flush=True)
    rows = []
    for case in [] if films_alone else json.load(open(a.cases + '/cases.json')):
        if a.only and a.only not in case['name']:
            continue
        sound = f'{a.cases}/{case["sound"]}'
        if a.program or a.frames:
            folder = folder_of(a, sound, case['sound'][:-4])
            frames = (cv2.imread(f) for f in sorted(glob.glob(folder + '/*.png')))
        else:
            frames = avatar.render(sound)
        rows.append(judge(avatar, case, frames, a.data, expected, mouth.lips(a.program, folder) if a.program else None))
        say = {k: round(v, 3) if isinstance(v, float) else v for k, v in rows[-1].items() if k not in ('sheet', 'strip')}
        print(say, flush=True)
        if a.sheets:
            os.makedirs(a.sheets, exist_ok=True)
            name = f'{a.sheets}/{case["sound"][:-4]}'
            f = rows[-1]['strip'][8:]
            cv2.imwrite(name + '_frames.png', np.vstack([np.hstack([x[150:300, 60:260] for x in f[k:k + 10]]) for k in range(0, min(len(f) // 10 * 10, 80), 10)]))
            if 'sheet' in rows[-1]:
                cv2.imwrite(name + '_truth.png', rows[-1]['sheet'])
    said = [table(rows)] if rows else []
    if a.films:
        said.append(people(a))
    print('\n\n'.join(said))
    if a.markdown:
        open(a.markdown, 'w').write('\n\n'.join(said) + '\n')


if __name__ == '__main__':
    main()
