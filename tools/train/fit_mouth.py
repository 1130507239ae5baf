"""fit_mouth.py: the few numbers of people_mouth.json from people on film.   python3 fit_mouth.py RECIPE FILMS PHONES [OUT.json]

FILMS: for each film NAME a sound or film file NAME.* and NAME.npz with `points` [frames, 468, 3], the face mesh of every frame at 25 a second.
PHONES: NAME.json, [[start, end, sound]…] of each (align.py). Prints how well the opening and the width of people never fitted are followed (one film
left out at a time, lag 0) before and after, by the track that the networks learn. No network is trained on these films.
"""
import glob
import importlib
import json
import os
import sys
import numpy as np
import features
import people_mouth as P

WIDTH = np.array([.541, .527, .525, .488, .475, .554, .490, .530, .479, .509, .546, .547, .604, .520, .464, .459])     # of ava, points 61–291 by 33–263
LAGS = (-.12, -.06, 0., .06, .12)
TRUST = (3., 10., 30.)                     # penalties that are tried: how much films must say before a number leaves its prior


def median3(x):
    return np.array([np.median(x[max(0, i - 1):i + 2]) for i in range(len(x))])


def each_lips(points):
    """opening by the face's height, width by the distance of the eyes' corners, of each picture by itself"""
    def between(a, b):
        return np.linalg.norm(points[:, a, :2] - points[:, b, :2], axis=1)
    return between(13, 14) / between(10, 152), between(61, 291) / between(33, 263)


def lips(points):
    """the same in a film"""
    return tuple(median3(x) for x in each_lips(points))


def films(folder, phones):
    for path in sorted(glob.glob(folder + '/*.npz')):
        name = os.path.basename(path)[:-4]
        sound = next(f for f in sorted(glob.glob(f'{folder}/{name}.*')) if not f.endswith(('.npz', '.txt', '.json')))
        x = features.read_audio(sound)
        seen = lips(np.load(path)['points'])
        n = min(len(seen[0]), len(x) * features.FPS // features.RATE)
        yield dict(name=name, x=x, opening=seen[0][:n], width=seen[1][:n], segments=json.load(open(f'{phones}/{name}.json')))


def correlation(a, b):
    n = min(len(a), len(b))
    return float(np.corrcoef(a[:n], b[:n])[0, 1])


def spread(x):
    return float(np.percentile(x, 95) - np.percentile(x, 5))


def solve(people, form, trust):
    """ridge regression towards ava's own openings; every film counts alike, whatever its speaker's habit"""
    a, y = [], []
    for p in people:
        d = P.describe(p['segments'], p['x'], len(p['opening']), form)
        a.append(d - d.mean(0))
        y.append((p['opening'] - p['opening'].mean()) / p['opening'].std())
    a, y = np.concatenate(a), np.concatenate(y)
    prior = np.zeros(a.shape[1])
    prior[:16] = P.OPENING
    along = a @ prior
    prior *= (along @ y) / (along @ along)
    penalty = np.r_[np.full(16, trust / 30), np.full(a.shape[1] - 16, trust)]
    w = prior + np.linalg.solve(a.T @ a + np.diag(penalty), a.T @ (y - a @ prior))
    # as wide a range as people have, and lips that touch in silence
    said = [P.describe(p['segments'], p['x'], len(p['opening']), form) @ w for p in people]
    scale = np.mean([spread(p['opening']) for p in people]) / np.mean([spread(s) for s in said])
    quiet = np.concatenate([s[P.describe(p['segments'], p['x'], len(p['opening']), form)[:, 0] > .98] for s, p in zip(said, people)])
    w = w * scale
    return dict(form, weights=w.round(5).tolist(), offset=round(float(P.OPENING[0] - np.median(quiet) * scale), 5))


def main(recipe, folder, phones, out=None):
    sys.path.insert(0, recipe)
    speech = importlib.import_module('03_speech')
    people = list(films(folder, phones))
    form = dict(smooth_ms=45, lead_s=.02, lags_s=LAGS)
    best = None
    for trust in TRUST:
        rows = []
        for k, p in enumerate(people):
            fitted = solve(people[:k] + people[k + 1:], form, trust)
            old = speech.track(p['segments'], P.sounds.VISEME, len(p['x']) / features.RATE)
            new = P.track(p['segments'], p['x'], speech, fitted)
            o, n = old @ P.OPENING, new @ P.OPENING
            rows.append([correlation(p['opening'], o), correlation(p['opening'], P.opening(p['segments'], p['x'], len(p['opening']), fitted)), correlation(p['opening'], n),
                         correlation(p['width'], old @ WIDTH), correlation(p['width'], new @ WIDTH), spread(o) / spread(p['opening']), spread(n) / spread(p['opening'])])
        rows = np.array(rows)
        if best is None or rows[:, 2].mean() > best[1][:, 2].mean():
            best = trust, rows
    trust, rows = best
    print(f'penalty {trust}\n| film | opening: recipe | linear | as mixed | width: recipe | as mixed | range: recipe | as mixed |\n|' + ' --- |' * 8)
    for name, row in zip([p['name'] for p in people] + ['mean'], np.vstack([rows, rows.mean(0)])):
        print(f'| {name} | ' + ' | '.join(f'{v:.2f}' for v in row) + ' |')
    if out:
        json.dump(solve(people, form, trust), open(out, 'w'), indent=1)


if __name__ == '__main__':
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    main(*sys.argv[1:])
