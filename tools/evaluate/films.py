"""films.py: people who really said it against the avatar that says it.   Used by evaluate.py --films DIR --program FRAMEGEN

DIR: for each film its sound or the film itself, NAME.*, and NAME.npz with `points` [frames, 468, 3]: the face mesh of every frame at 25 a second. The
avatar's pictures are looked at with the same mesh (`framegen dump --stage landmarks`), whoever the avatar is. Nothing of the films is written anywhere.
"""
import glob
import os
import subprocess
import tempfile
import numpy as np
import fit_mouth

LAGS = range(-6, 7)                       # frames, + = the avatar is late
SHUT_SHARE = .15                          # of the film's own range above its own closed mouth: the mesh trembles, and people press their lips by habit


def listed(folder):
    """name, sound, points of each film"""
    for path in sorted(glob.glob(folder + '/*.npz')):
        name = os.path.basename(path)[:-4]
        sounds = [f for f in sorted(glob.glob(f'{glob.escape(folder)}/{glob.escape(name)}.*')) if not f.endswith(('.npz', '.txt', '.json'))]
        if sounds:
            yield name, sounds[0], np.load(path)['points']


def lagged(person, avatar, lag):
    n = min(len(person), len(avatar))
    a, b = (person[:n - lag], avatar[lag:n]) if lag >= 0 else (person[-lag:n], avatar[:n + lag])
    return float(np.corrcoef(a, b)[0, 1]) if len(a) > 10 and a.std() > 1e-6 and b.std() > 1e-6 else 0.


def mesh(program, pictures):
    """[frames, 468, 2]: the face mesh in every picture of a folder or film; NaN: no face"""
    with tempfile.TemporaryDirectory() as work:
        subprocess.run([program, 'dump', '--stage', 'landmarks', '--video', pictures, '-o', work + '/points.npy'], check=True, stdout=subprocess.DEVNULL)
        return np.load(work + '/points.npy')


def lips_met(opened, segments, limit):
    """whether the lips meet during each p, b and m: at 25 a second, half a picture more on either side"""
    near = lambda s, e: slice(max(0, int(np.floor(s * 25 - .5))), int(np.ceil(e * 25 + .5)) + 1)
    return [bool(opened[near(s, e)].min() < limit) for s, e, sound in segments if sound.strip("'") in ('p', 'b', 'm') and e * 25 < len(opened) - 1]


def share(met):
    return float(np.mean(met)) if met else float('nan')


def judge(name, points, seen, segments=()):
    """points, seen: the person's face mesh and the avatar's; segments: [start, end, sound]… of what is said (../train/align.py english)"""
    (opened, wide), (o, w) = fit_mouth.lips(points), fit_mouth.lips(seen)
    by_lag = {lag: lagged(opened, o, lag) for lag in LAGS}
    best = max(by_lag, key=by_lag.get)
    return dict(film=name, frames=min(len(o), len(opened)), opening=by_lag[0], best=by_lag[best], lag=best, width=lagged(wide, w, 0), person=fit_mouth.spread(opened), avatar=fit_mouth.spread(o),
                shut=[share(lips_met(x, segments, np.percentile(x, 5) + SHUT_SHARE * fit_mouth.spread(x))) for x in (opened, o)])


def table(rows):
    timed = any(np.isfinite(r['shut'][0]) for r in rows)
    lines = ['| film | opening, lag 0 | best lag | width | range of the opening: person, avatar |' + ' lips shut on p b m: person, avatar |' * timed, '| ' + '--- | ' * (5 + timed)]
    for r in rows:
        lines.append('| {film} | {opening:.2f} | {best:.2f} at {lag:+d} | {width:.2f} | {person:.3f}, {avatar:.3f} |'.format(**r) +
                     (' {:.0%}, {:.0%} |'.format(*r['shut']) if np.isfinite(r['shut'][0]) else ' |') * timed)
    share = np.array([r['frames'] for r in rows], float)
    mean = {k: float(np.average([r[k] for r in rows], weights=share)) for k in ('opening', 'best', 'width')}
    ratio = np.mean([r['avatar'] / r['person'] for r in rows])
    lines.append(f'| mean over frames | {mean["opening"]:.2f} | {mean["best"]:.2f} | {mean["width"]:.2f} | {ratio:.2f} of the person\'s |')
    return '\n'.join(lines)
