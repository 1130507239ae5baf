"""shots.py: draws what is filmed of a person: films (light, lens, background), poses of the head in each, mouths for each pose.

draw_films(person, seed, mouths) → a list of films, each with its poses, each with its mouths. A mouth is a moment of a speech track
(16 viseme weights whose sound is known), so a network can be asked for it by sound.
"""
import glob, json, os
import numpy as np

FILMS, POSES, MOUTHS = 3, 4, 5                      # 60 crops a person
NAMES = ('sil', 'PP', 'FF', 'TH', 'DD', 'SS', 'CH', 'KK', 'RR', 'aa', 'AE', 'E', 'I', 'AX', 'O', 'U')
WORLDS = ('city', 'courtyard', 'forest', 'interior', 'night', 'studio', 'sunrise', 'sunset')


class MouthBook:
    """All moments of the speech tracks, sorted into groups of like mouths, so that a draw covers rare mouths as well as common ones."""

    def __init__(self, folder, groups=40):
        rows, where = [], []
        for path in sorted(glob.glob(os.path.join(folder, '*.json'))):
            track = json.load(open(path))
            if list(track['names']) != list(NAMES):
                raise SystemExit(f'{path}: viseme names differ from those of shots.py · cannot draw mouths · make the tracks with 03_speech.py')
            rows += track['frames']
            where += [(os.path.basename(path)[:-5], t) for t in range(len(track['frames']))]
        if not rows:
            raise SystemExit(f'{folder}: no speech tracks (*.json) · cannot draw mouths · run avatar_recipe/03_speech.py first')
        self.rows, self.where = np.array(rows, np.float32), where
        self.group = self._cluster(groups)

    def _cluster(self, groups):
        """Farthest points as centres, every moment to the nearest one."""
        x = self.rows
        centre = [int(np.argmax(x[:, 0]))]
        far = np.full(len(x), np.inf, np.float32)
        for _ in range(groups - 1):
            far = np.minimum(far, ((x - x[centre[-1]]) ** 2).sum(1))
            centre.append(int(far.argmax()))
        return np.stack([((x - x[c]) ** 2).sum(1) for c in centre], 1).argmin(1)

    def draw(self, r, count):
        """`count` moments of different groups; every third time the first is a mouth at rest."""
        present = np.unique(self.group)
        picks = [int(r.choice(np.nonzero(self.group == g)[0])) for g in r.choice(present, count, replace=False)]
        if r.random() < .34:
            picks[0] = int(r.choice(np.nonzero(self.rows[:, 0] > .97)[0]))
        return [dict(track=self.where[i][0], t=self.where[i][1], visemes=[round(float(w), 3) for w in self.rows[i]]) for i in picks]


def _kelvin(t):
    """Colour of a lamp in linear light, brightest channel 1; coarse but monotonous from 2500 to 9000 kelvin."""
    rgb = np.array([np.interp(t, [2500, 4000, 6500, 9000], v) for v in ([1, 1, 1, .82], [.60, .79, .97, .88], [.27, .58, 1, 1])])
    return rgb / rgb.max()


def _lamps(r):
    base = r.uniform(2700, 7500)
    key_side = r.uniform(-80, 80)
    lamps = [dict(azimuth=key_side, height=r.uniform(-5, 55), size=float(np.exp(r.uniform(np.log(.08), np.log(1.6)))), power=1., kelvin=base)]
    if r.random() < .75:
        lamps.append(dict(azimuth=-np.sign(key_side) * r.uniform(20, 85), height=r.uniform(-15, 35), size=r.uniform(.4, 1.6),
                          power=float(r.uniform(.08, .7)), kelvin=base + r.normal() * 700))
    if r.random() < .4:
        lamps.append(dict(azimuth=r.choice([-1, 1]) * r.uniform(110, 165), height=r.uniform(5, 60), size=r.uniform(.2, .8),
                          power=float(r.uniform(.2, 1.2)), kelvin=r.uniform(2700, 8000)))
    for lamp in lamps:
        lamp['colour'] = [round(float(c), 3) for c in _kelvin(np.clip(lamp.pop('kelvin'), 2500, 9000))]
    if r.random() < .12:                           # a shop sign, a screen
        lamps[-1]['colour'] = [round(float(c), 3) for c in r.uniform(.25, 1, 3)]
    return [{k: v if k == 'colour' else round(float(v), 3) for k, v in lamp.items()} for lamp in lamps]


def _film(r):
    world = str(r.choice(WORLDS)) if r.random() < .6 else 'plain'
    back = [round(float(c), 1) for c in np.clip(r.uniform(20, 235) + r.normal(0, 22, 3), 4, 250)]
    return dict(lamps=_lamps(r), world=world, world_turn=round(r.uniform(0, 360), 1), world_share=round(float(r.uniform(.1, .95 if world != 'plain' else .5)), 3),
                distance=round(float(np.exp(r.uniform(np.log(.42), np.log(2.2)))), 3), camera=[round(float(x), 2) for x in (r.normal(0, 5), r.normal(2, 4), r.normal(0, 1.5))],
                exposure=round(float(np.exp(r.normal(0, .22))), 3), balance=round(float(r.uniform(.55, 1)), 3), contrast=round(float(r.normal(1, .08)), 3),
                saturation=round(float(np.clip(r.normal(1, .15), .45, 1.4)), 3),
                box=[round(float(x), 4) for x in (r.normal(1, .04), r.normal(0, .012), r.normal(0, .015))],
                background=dict(kind=str(r.choice(['world', 'gradient', 'plain', 'shapes'])), colour=back, other=[round(float(c), 1) for c in r.uniform(10, 240, 3)],
                                seed=int(r.integers(1 << 30))),
                capture=dict(noise=round(float(np.exp(r.uniform(np.log(.3), np.log(6)))), 2), blur=round(float(max(0, r.normal(.35, .5))), 2),
                             scale=round(float(np.clip(np.exp(r.normal(-.25, .45)), .3, 1)), 3), h264=int(r.integers(16, 34)) if r.random() < .7 else 0,
                             jpeg=int(r.integers(45, 96)) if r.random() < .5 else 0, sharpen=round(float(max(0, r.normal(0, .5))), 2)))


def _pose(r, person):
    wide = r.random() < .3
    blink = float(r.choice([0, 0, 0, 0, 0, .3, .7, 1])) * r.uniform(.7, 1)
    return dict(nod=round(float(np.clip(r.normal(0, 5), -13, 13)), 2), turn=round(float(np.clip(r.normal(0, 13 if wide else 6), -27, 27)), 2),
                tilt=round(float(np.clip(r.normal(0, 4), -11, 11)), 2), look=[round(float(x), 2) for x in (r.normal(0, 3), r.normal(0, 5))], blink=round(float(blink), 2),
                brow=round(float(r.normal(.1, .3)), 2), frown=round(float(max(0, r.normal(-.2, .3))), 2), smile=round(float(np.clip(person['smile'] + r.normal(0, .1), 0, .6)), 2),
                squint=round(float(max(0, r.normal(.08, .1))), 2), seed=int(r.integers(1, 1 << 20)))


def draw_films(person, seed, book):
    r = np.random.default_rng([seed, person['number'], 7])
    films = []
    for _ in range(FILMS):
        film = _film(r)
        film['poses'] = [dict(_pose(r, person), mouths=book.draw(r, MOUTHS)) for _ in range(POSES)]
        films.append(film)
    return films
