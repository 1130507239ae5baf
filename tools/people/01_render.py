"""01_render.py: renders the people: crops of faces with labels. Resumable: what exists is skipped.

  blender -b -P 01_render.py -- OUT TRACKS [--seed 1] [--persons 0:90] [--samples 4] [--threads 1]

OUT gets person_000/ and so on: crops as PNG (film, pose, mouth in the name), labels.json, points.npz. TRACKS holds the viseme tracks
of avatar_recipe/03_speech.py (speech/visemes). --films, --poses and --mouths make fewer of each, for a look; finish such a folder elsewhere.
A file named STOP in OUT ends the run after the crop at hand.
"""
import argparse, json, os, sys, tempfile, time
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..', 'avatar_recipe')]
sys.dont_write_bytecode = True
os.environ['OPENCV_IO_ENABLE_OPENEXR'] = '1'
import cv2, numpy as np
import develop, mhcore, shots, skin
from person import PERSONS, draw_person
from stage import BOX, CROP, FACE_MESH, MOUTH_PARTS, POINTS, Stage, pose_person


def reference_regions():
    """Regions on the base mesh and their pictures in the texture's layout; the same for everyone."""
    half = {f'macrodetails/caucasian-{s}-young': .5 for s in ('female', 'male')}
    ch = mhcore.Character(dict(targets=half, proxies={}))
    lip = lambda name: np.linalg.norm(mhcore.load_target(f'{mhcore.A}/targets/mouth/mouth-{name}-volume-incr.target', len(ch.v)), axis=1)
    regions = skin.vertex_regions(ch, lip('upperlip'), lip('lowerlip'))
    lips = np.nonzero(regions['lips'][:FACE_MESH] > .5)[0]
    v = ch.v[:FACE_MESH]
    face = np.nonzero((v[:, 2] > .55) & (v[:, 1] > 6.3) & (v[:, 1] < 8.1) & (np.abs(v[:, 0]) < .7))[0]
    ids = np.unique(np.concatenate([list(POINTS.values()), lips[::2], face[::14]]))
    return regions, skin.region_masks(ch, regions), ids


def save(path, picture):
    cv2.imwrite(path + '.part.png', picture, [cv2.IMWRITE_PNG_COMPRESSION, 4])
    os.replace(path + '.part.png', path)


def write_json(path, value):
    with open(path + '.part', 'w') as f:
        json.dump(value, f, separators=(',', ':'))
    os.replace(path + '.part', path)


def measures(q, rest):
    """How far the mouth is open and how wide it is, in units of the face."""
    p = {k: q[i] for k, i in POINTS.items()}
    far = lambda a, b: float(np.hypot(*(p[a] - p[b])))
    height = float(np.hypot(*(rest[POINTS['nose_bridge']] - rest[POINTS['chin']])))
    return dict(opening=round(far('upper_in', 'lower_in') / height, 4), lips=round(far('upper_out', 'lower_out') / height, 4), width=round(far('corner_l', 'corner_r') / height, 4))


class Shoot:
    """All crops of one person."""

    def __init__(self, number, args, regions, masks, ids, book):
        self.args, self.ids = args, ids
        self.person = draw_person(args.seed, number)
        self.films = shots.draw_films(self.person, args.seed, book)
        self.folder = os.path.join(args.out, f'person_{number:03d}')
        os.makedirs(self.folder, exist_ok=True)
        self.work = tempfile.mkdtemp(dir='/dev/shm' if os.path.isdir('/dev/shm') else None)
        texture = os.path.join(self.work, 'skin.png')
        cv2.imwrite(texture, skin.paint(self.person, masks, mhcore.A))
        self.stage = Stage(self.person, texture, regions, args.samples, self.work)
        render = self.stage.sc.render
        render.threads_mode, render.threads = 'FIXED', args.threads
        self.rows, self.points = [], []

    def run(self):
        for f, film in enumerate(self.films[:self.args.films]):
            stage = self.stage
            stage.film(film)
            look_file = os.path.join(self.folder, f'film_{f}.json')
            self.look = json.load(open(look_file)) if os.path.exists(look_file) else None
            stage.glow(self.look['light'] if self.look else (0, 0, 0))
            for p, pose in enumerate(film['poses'][:self.args.poses]):
                self.pose(f, film, p, pose)
                if not os.path.exists(look_file):
                    write_json(look_file, self.look)
        np.savez_compressed(os.path.join(self.folder, 'points.npz'), ids=self.ids, points=np.array(self.points, np.float16), names=[r['file'] for r in self.rows])
        films = [{k: v for k, v in f.items() if k != 'poses'} for f in self.films]
        write_json(os.path.join(self.folder, 'labels.json'), dict(person=self.person, films=films, crop=CROP, box=[(CROP - BOX) // 2, (CROP - BOX) // 2, BOX], points=POINTS,
                                                                  viseme_names=shots.NAMES, crops=self.rows))

    def pose(self, f, film, p, pose):
        stage = self.stage
        stage.sc.cycles.seed = pose['seed']
        rest = pose_person(stage.ch, self.person, pose, [1] + [0] * 15, ('body',))[0]['body'][:FACE_MESH]
        stage.aim(rest, film)
        rest_2d = stage.project(rest)
        cut = int(np.clip(rest_2d[POINTS['nose_bridge'], 1] + .09 * BOX, 60, 190))
        posed, first = False, None
        for m, mouth in enumerate(pose['mouths'][:self.args.mouths]):
            name = f'f{f}p{p}m{m}.png'
            path = os.path.join(self.folder, name)
            parts, units = pose_person(stage.ch, self.person, pose, mouth['visemes'], MOUTH_PARTS if posed else None)
            q = stage.project(parts['body'][:FACE_MESH])
            self.points.append(q[self.ids])
            self.rows.append(dict(file=name, film=f, pose=p, mouth=m, **mouth, units={k: round(float(w), 3) for k, w in units.items()}, offset=stage.offset.tolist(), cut=cut,
                                  head={k: pose[k] for k in ('nod', 'turn', 'tilt', 'look', 'blink', 'brow', 'frown', 'smile', 'squint')}, **measures(q, rest_2d)))
            if not os.path.exists(path):
                stage.set_pose(parts)
                posed = True
                first = self.crop(film, path, first, cut)
            elif first is None:
                first = cv2.imread(path)
            if os.path.exists(os.path.join(self.args.out, 'STOP')):
                raise SystemExit('STOP: ended as asked')

    def crop(self, film, path, first, cut):
        """The first mouth of a pose is a whole picture; the others are the lower face set into it. Returns the whole picture."""
        stage, border = self.stage, (0, 0, CROP, CROP) if first is None else (0, cut - 8, CROP, CROP)
        stage.render_passes(0, border)
        passes = develop.read(self.work)
        if self.look is None:                      # the first picture of a film is taken twice: once for the light meter
            self.look = develop.meter(passes, film)
            stage.glow(self.look['light'])
            stage.render_passes(0, border)
            passes = develop.read(self.work)
        x0, y0, x1, y1 = border
        picture = develop.develop(passes, stage.ppm / 1000 * self.person['skin']['sss'], self.look, develop.backdrop(film, CROP, stage.offset)[y0:y1, x0:x1])
        if first is not None:
            blend = np.clip((np.arange(y1 - y0) - 4) / 8, 0, 1)[:, None, None]
            whole = first.copy()
            whole[y0:y1] = np.clip(picture * blend + first[y0:y1] * (1 - blend) + .5, 0, 255)
            picture = whole
        save(path, picture)
        print('CROP', os.path.relpath(path, self.args.out), time.strftime('%H:%M:%S'), 'cpu', round(sum(os.times()[:2]), 1), flush=True)
        return picture if first is None else first


def main():
    a = argparse.ArgumentParser(prog='01_render.py')
    a.add_argument('out')
    a.add_argument('tracks')
    for name, default in (('seed', 1), ('films', shots.FILMS), ('poses', shots.POSES), ('mouths', shots.MOUTHS), ('samples', 4), ('threads', 1)):
        a.add_argument('--' + name, type=int, default=default)
    a.add_argument('--persons', default=f'0:{PERSONS}')
    args = a.parse_args(sys.argv[sys.argv.index('--') + 1:])
    args.out = os.path.abspath(args.out)
    os.makedirs(args.out, exist_ok=True)
    book = shots.MouthBook(args.tracks)
    regions, masks, ids = reference_regions()
    low, high = (int(x) for x in args.persons.split(':'))
    for number in range(low, high):
        if not os.path.exists(os.path.join(args.out, f'person_{number:03d}', 'labels.json')):
            Shoot(number, args, regions, masks, ids, book).run()


main()
sys.stdout.flush()
os._exit(0)                                        # Blender may crash on its way out after Open Image Denoise has worked in it
