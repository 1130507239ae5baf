"""judge.py: the held-out part of the film, made and true: likeness of the mouth, lips over time, and what limits this film.

Two ways, since at inference a frame is its own reference and its true mouth lies in it: the pictures are compared where each was made with another moment as its reference
(PyTorch, float32), so that nothing of the true mouth could be seen; the lips are compared there too, and in frames that framegen itself rendered with the avatar's template
from the held-out sound, which shows other mouths altogether.
"""
import glob
import json
import os
import subprocess
import sys
import cv2
import numpy as np
here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here + '/../train', here + '/../evaluate']
import films
from film_lesson import flicker
from film_set import CROP, INNER, SIZE
from likeness import ssim

UPPER, LOWER, FOREHEAD, CHIN = 13, 14, 10, 152      # of the face mesh


def openings(program, pictures):
    """how far the lips are apart in every picture of a folder or film, as a share of the face's height, by framegen's own face mesh; NaN: no face"""
    p = films.mesh(program, pictures)
    between = lambda a, b: np.linalg.norm(p[:, a] - p[:, b], axis=1)
    return between(UPPER, LOWER) / between(FOREHEAD, CHIN)


def correlation(a, b):
    n = min(len(a), len(b))
    a, b = a[:n], b[:n]
    ok = np.isfinite(a) & np.isfinite(b)
    a, b = a[ok], b[ok]
    return float(np.corrcoef(a, b)[0, 1]) if len(a) > 4 and a.std() > 1e-9 and b.std() > 1e-9 else 0.


def paste(frame, box, face):
    """as the engine does (docs/reference.md §7)"""
    x, y, s = box
    crop = cv2.resize(frame[y:y + s, x:x + s], (CROP, CROP), interpolation=cv2.INTER_CUBIC)
    crop[INNER:INNER + SIZE, INNER:INNER + SIZE] = face
    out = frame.copy()
    out[y:y + s, x:x + s] = cv2.resize(crop, (s, s), interpolation=cv2.INTER_CUBIC)
    return out


def compare(program, net, lesson, held, sound, avatar, work):
    """`held`: an avatar whose template is the held-out part; `sound`: what was said meanwhile; `avatar`: the one that was made"""
    m = json.load(open(held + '/avatar.json'))
    index = lesson.held
    faces, _ = lesson.made(net.cpu(), index, exact=True)
    folder = work + '/made'
    os.makedirs(folder, exist_ok=True)
    for old in glob.glob(folder + '/*.png'):
        os.remove(old)
    rows = []
    for k, (i, face) in enumerate(zip(index, faces)):
        cv2.imwrite(f'{folder}/frame_{k:06d}.png', paste(cv2.imread(f'{held}/{m["frames"][k]}'), m['boxes'][k], face))
        at, true = lesson.lips(i), np.array(lesson.target[i])
        error = np.square(face[at].astype(np.float32) - true[at]).mean()
        rows.append((10 * np.log10(255 ** 2 / max(error, 1e-9)), ssim(face[at], true[at])))
    true = openings(program, held + '/frames')[:len(index)]
    made = openings(program, folder)
    spoken = work + '/spoken'
    if not os.path.isdir(spoken):
        subprocess.run([program, 'render', '--avatar', avatar, '--audio', sound, '--frames-dir', spoken, '--frame-format', 'png', '--progress', 'none', '--no-mark'], check=True)
    engine = openings(program, spoken)
    psnr, likeness = np.array(rows).T
    return dict(frames=len(index), psnr=float(psnr.mean()), ssim=float(likeness.mean()), opening=correlation(true, made), opening_spoken=correlation(true, engine),
                range=float(np.nanpercentile(made, 95) - np.nanpercentile(made, 5)) / max(1e-9, float(np.nanpercentile(true, 95) - np.nanpercentile(true, 5))),
                flicker=flicker(faces, lesson, index), curves=dict(true=true.tolist(), made=made.tolist(), spoken=engine[:len(index)].tolist()), faces=faces)


def limits(lesson, side):
    """what of this film stands in the way, in figures and in words"""
    some = lesson.train[np.linspace(0, len(lesson.train) - 1, min(200, len(lesson.train))).astype(int)]
    faces = [np.array(lesson.target[i]) for i in some]
    brightness = np.array([cv2.cvtColor(f, cv2.COLOR_BGR2GRAY)[:140].mean() for f in faces])
    clipped = float(np.mean([(f[:140] > 250).all(2).mean() for f in faces]))
    # Noise: what is left of smooth skin between the eyes and the mouth when three pixels are averaged, by the median.
    skin = [f[60:140, 60:260].astype(np.float32) for f in faces]
    noise = float(np.median([np.median(np.abs(f - cv2.blur(f, (3, 3)))) for f in skin]) * 1.4826)
    sharp = float(np.median([cv2.Laplacian(cv2.cvtColor(f, cv2.COLOR_BGR2GRAY), cv2.CV_32F).var() for f in faces]))
    still = float(np.median(np.abs(np.diff(lesson.pose, axis=0)).sum(1)))
    found = dict(seconds=len(lesson.frames) / 25, face=float(np.median(side)), brightness=float(brightness.mean()), light_changes=float(brightness.std()), clipped=clipped, noise=noise, sharpness=sharp, head_moves=still)
    words = []
    if found['seconds'] < 60:
        words.append(f'{found["seconds"]:.0f} s of film: too few mouths were seen; two minutes and more make the largest difference.')
    if found['face'] < 200:
        words.append(f'The face is {found["face"]:.0f} pixels wide where the network sees {CROP}: it is enlarged and stays soft. Come nearer, or film in a larger format.')
    if found['brightness'] < 70:
        words.append(f'It is dark (mean brightness {found["brightness"]:.0f} of 255): more light from the front.')
    if clipped > .02:
        words.append(f'{clipped:.0%} of the skin is burnt out to white: less light, or expose for the face.')
    if found['light_changes'] > 8:
        words.append(f'The light changes (the face\'s brightness by ± {found["light_changes"]:.0f} of 255): no clouds, no screen in front of the face, exposure locked.')
    if noise > 3:
        words.append(f'The picture is noisy (± {noise:.1f} of 255): more light, or a better camera; noise cannot be learnt and comes out as blur.')
    if not words:
        words.append('Nothing of this film stands out: what is missing is more of it, or more hours.')
    return found, words
