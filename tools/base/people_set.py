"""people_set.py: rendered people, and the sounds that ask for their mouths → what a generator for any face learns from.

  python3 people_set.py PEOPLE SPEECH ENCODER OUT SPEECH.npz…      PEOPLE: ../people's folder, with `filmed`; SPEECH: wav/, extra/ and visemes/ that its mouths were drawn from

OUT gets
  filmed.npy, clean.npy [n,360,360,3]   crops as a camera gave them and as they were rendered, BGR; the face box of 328 in their middle
  features.npy [m,512] float16          many voices (../train/generator_set.py)
  people.npz                            per crop: person, pose (a number of its own for every film and pose), held, visemes, lips (left, top, right, bottom in the crop), opening,
                                        rows and first (whose sound asks for it); own
"""
import glob
import json
import os
import sys
import cv2
import numpy as np
import torch
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'train'))
from generator_set import OWN, Heard

CROP, BOX = 360, 328
RECORDINGS = 450


def folders(people):
    """persons whose crops are all there"""
    found = sorted(os.path.dirname(f) for f in glob.glob(glob.escape(people) + '/person_*/labels.json'))
    if not found:
        raise SystemExit(f'error: {people}: no person is complete; render some with ../people/01_render.py')
    return found


def lips(points, ids, named):
    """the mouth's place in a crop: the corners, the outer edges of both lips and how far they are apart when nobody speaks"""
    at = {name: points[ids.index(named[name])] for name in ('corner_l', 'corner_r', 'upper_out', 'lower_out')}
    xs, ys = zip(*at.values())
    return min(xs), min(ys), max(xs), max(ys)


def rows_of(folder):
    """one row a crop, in the order of labels.json"""
    with open(folder + '/labels.json') as f:
        labels = json.load(f)
    kept = np.load(folder + '/points.npz')
    ids = list(kept['ids'])
    for crop, points in zip(labels['crops'], kept['points'].astype(np.float32)):
        yield dict(file=f'{folder}/{crop["file"]}', filmed=f'{folder}/filmed/{crop["file"]}', person=labels['person']['number'], held=labels['person']['held_out'],
                   pose=(labels['person']['number'] * 100 + crop['film']) * 100 + crop['pose'], visemes=crop['visemes'], track=crop['track'], t=crop['t'], opening=crop['opening'],
                   lips=lips(points, ids, labels['points']))


def sound_of(speech, track):
    for path in (f'{speech}/wav/{track}.wav', f'{speech}/extra/{track}.flac'):
        if os.path.exists(path):
            return path
    raise SystemExit(f'error: {speech}: holds no sound of the track {track}; give the folder whose visemes the mouths were drawn from')


def pictures(paths, out):
    """PNG → one file that need not be in memory"""
    store = np.lib.format.open_memmap(out + '.new', 'w+', np.uint8, (len(paths), CROP, CROP, 3))
    for k, path in enumerate(paths):
        picture = cv2.imread(path)
        if picture is None:
            raise SystemExit(f'error: {path}: cannot be read; ../people/02_film.py film makes what is missing')
        store[k] = picture
    store.flush()
    os.replace(out + '.new', out)


def main(people, speech, encoder, out, *sets):
    torch.set_num_threads(int(os.environ.get('THREADS', 1)))
    os.makedirs(out, exist_ok=True)
    rows = [row for folder in folders(people) for row in rows_of(folder)]
    for name, key in (('clean', 'file'), ('filmed', 'filmed')):
        pictures([row[key] for row in rows], f'{out}/{name}.npy')
    heard = Heard(encoder, np.random.default_rng(3))
    heard.hear_own({track: sound_of(speech, track) for track in sorted({row['track'] for row in rows})})
    heard.hear_others(sets, RECORDINGS)
    quiet = heard.hear_silence()
    listed = [heard.asks_for(row['visemes'], row['track'], row['t']) for row in rows]
    np.save(out + '/features.npy', np.concatenate(heard.store))
    column = lambda key, kind: np.array([row[key] for row in rows], kind)
    np.savez(out + '/people.new.npz', person=column('person', int), pose=column('pose', int), held=column('held', bool), visemes=column('visemes', np.float32), lips=column('lips', np.float32),
             opening=column('opening', np.float32), rows=np.concatenate(listed), first=np.cumsum([0] + [len(x) for x in listed]), quiet=quiet, own=OWN + 1)
    os.replace(out + '/people.new.npz', out + '/people.npz')
    held = sorted({row['person'] for row in rows if row['held']})
    print(f'{len(rows)} crops of {len({row["person"] for row in rows})} persons, {len(held)} of them held out', flush=True)


if __name__ == '__main__':
    if len(sys.argv) < 6:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
