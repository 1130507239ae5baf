"""person.py: draws one person at random (shape, skin, hair, teeth, glasses) from a seed and a number; always the same person.

draw_person(seed, number) → a dict that describes the person and can be written as JSON. Age, complexion and sex follow
low-discrepancy sequences, so that any first N persons, and the held-out ones among them, cover all of them evenly.
"""
import numpy as np

PERSONS = 90
HELD_OUT = tuple(range(4, PERSONS, 9))            # ten persons that no network may be trained on

# face morphs: (name, the two ends, spread, one per side); a weight of 1 is already an unusual face
MORPHS = [('head/head-scale-horiz', 'decr', 'incr', .28, 0), ('head/head-scale-vert', 'decr', 'incr', .25, 0), ('head/head-fat', 'decr', 'incr', .25, 0),
          ('chin/chin-width', 'decr', 'incr', .35, 0), ('chin/chin-height', 'decr', 'incr', .30, 0), ('chin/chin-prominent', 'decr', 'incr', .30, 0),
          ('chin/chin-bones', 'decr', 'incr', .30, 0), ('chin/chin-prognathism', 'decr', 'incr', .15, 0), ('chin/chin-jaw-drop', 'decr', 'incr', .20, 0),
          ('cheek/@-cheek-volume', 'decr', 'incr', .35, 1), ('cheek/@-cheek-bones', 'decr', 'incr', .30, 1), ('cheek/@-cheek-inner', 'decr', 'incr', .25, 1),
          ('nose/nose-scale-horiz', 'decr', 'incr', .35, 0), ('nose/nose-scale-vert', 'decr', 'incr', .25, 0), ('nose/nose-scale-depth', 'decr', 'incr', .30, 0),
          ('nose/nose-volume', 'decr', 'incr', .25, 0), ('nose/nose-width1', 'decr', 'incr', .30, 0), ('nose/nose-width2', 'decr', 'incr', .30, 0),
          ('nose/nose-width3', 'decr', 'incr', .30, 0), ('nose/nose-hump', 'decr', 'incr', .30, 0), ('nose/nose-curve', 'concave', 'convex', .30, 0),
          ('nose/nose-point', 'down', 'up', .30, 0), ('nose/nose-nostrils-width', 'decr', 'incr', .30, 0), ('nose/nose-base', 'down', 'up', .20, 0),
          ('mouth/mouth-scale-horiz', 'decr', 'incr', .35, 0), ('mouth/mouth-upperlip-height', 'decr', 'incr', .30, 0),
          ('mouth/mouth-lowerlip-height', 'decr', 'incr', .30, 0), ('mouth/mouth-upperlip-volume', 'decr', 'incr', .40, 0),
          ('mouth/mouth-lowerlip-volume', 'decr', 'incr', .40, 0), ('mouth/mouth-cupidsbow', 'decr', 'incr', .40, 0),
          ('mouth/mouth-philtrum-volume', 'decr', 'incr', .30, 0), ('mouth/mouth-angles', 'down', 'up', .15, 0), ('mouth/mouth-trans', 'down', 'up', .15, 0),
          ('mouth/mouth-dimples', 'in', 'out', .25, 0), ('eyes/@-eye-scale', 'decr', 'incr', .25, 1), ('eyes/@-eye-corner1', 'down', 'up', .25, 1),
          ('eyes/@-eye-corner2', 'down', 'up', .25, 1), ('eyes/@-eye-height1', 'decr', 'incr', .25, 1), ('eyes/@-eye-height2', 'decr', 'incr', .25, 1),
          ('eyes/@-eye-trans', 'in', 'out', .20, 1), ('eyes/@-eye-push1', 'in', 'out', .20, 1), ('eyebrows/eyebrows-trans', 'down', 'up', .25, 0),
          ('eyebrows/eyebrows-angle', 'down', 'up', .30, 0), ('forehead/forehead-scale-vert', 'decr', 'incr', .25, 0),
          ('forehead/forehead-temple', 'decr', 'incr', .25, 0), ('neck/neck-scale-horiz', 'decr', 'incr', .25, 0)]
OUTLINES = ('oval', 'round', 'square', 'rectangular', 'triangular', 'invertedtriangular', 'diamond')
ASYMMETRY = ('brown-1', 'brown-2', 'cheek-1', 'cheek-2', 'eye-1', 'eye-4', 'eye-7', 'jaw-1', 'jaw-2', 'mouth-1', 'mouth-2', 'nose-1', 'nose-3')

# complexion: 0 the palest, 1 the darkest; sRGB of the middle of the cheek
TONES = [(0, (240, 207, 188)), (.2, (228, 184, 158)), (.4, (205, 156, 124)), (.6, (164, 113, 82)), (.8, (110, 71, 51)), (1, (70, 44, 34))]
IRISES = [(58, 36, 20), (88, 58, 32), (108, 88, 52), (92, 104, 70), (96, 122, 148), (118, 126, 132)]
HAIR = dict(black=(.012, .010, .009), dark=(.030, .018, .011), brown=(.070, .038, .020), chestnut=(.11, .045, .022), red=(.24, .075, .025),
            ash=(.17, .125, .085), blond=(.36, .245, .12), grey=(.22, .215, .21), white=(.55, .54, .52))
SKINS = dict(female=['young_lightskinned_female_diffuse2', 'young_lightskinned_female_diffuse3', 'middleage_lightskinned_female_diffuse2',
                     'middleage_darkskinned_female_diffuse', 'old_darkskinned_female_diffuse'],
             male=['young_lightskinned_male_diffuse', 'young_lightskinned_male_diffuse2', 'young_lightskinned_male_diffuse3', 'young_darkskinned_male_diffuse',
                   'middleage_lightskinned_male_diffuse', 'middleage_lightskinned_male_diffuse2', 'middleage_darkskinned_male_diffuse',
                   'old_lightskinned_male_diffuse2', 'old_darkskinned_male_diffuse'])


def _number(x, digits=3):
    return round(float(x), digits)


def tone(melanin):
    """sRGB 0…255 of a complexion"""
    at, rgb = zip(*TONES)
    return [float(np.interp(melanin, at, [c[k] for c in rgb])) for k in range(3)]


def _macro(r, sex, age, melanin):
    """The morphs that mean sex, age, build and ancestry; their weights add up to one each."""
    other = 'male' if sex == 'female' else 'female'
    purity, old = r.uniform(.8, 1), np.clip((age - 25) / 65, 0, 1)
    african = np.clip((melanin - .35) / .5, 0, 1) * r.uniform(.6, 1)
    asian = (1 - african) * (r.uniform(.6, 1) if r.random() < .3 and melanin < .65 else r.uniform(0, .25))
    ancestry = dict(african=african, asian=asian, caucasian=1 - african - asian)
    muscle, weight = r.uniform(.15, .85), np.clip(.45 + .17 * r.normal() + .1 * old, .1, .95)
    end = lambda x, low, high: {low: max(0, 1 - 2 * x), 'average': 1 - abs(2 * x - 1), high: max(0, 2 * x - 1)}
    targets = {}
    for s, ws in ((sex, purity), (other, 1 - purity)):
        for a, wa in (('young', 1 - old), ('old', old)):
            for name, w in ancestry.items():
                targets[f'macrodetails/{name}-{s}-{a}'] = ws * wa * w
            for m, wm in end(muscle, 'min', 'max').items():
                for b, wb in end(weight, 'min', 'max').items():
                    targets[f'macrodetails/universal-{s}-{a}-{m}muscle-{b}weight'] = ws * wa * wm * wb
    return targets, {k: _number(v) for k, v in ancestry.items()}, weight


def _shape(r, sex, age, melanin):
    targets, ancestry, weight = _macro(r, sex, age, melanin)
    add = lambda name, w: targets.__setitem__(name, targets.get(name, 0) + w)
    for name, low, high, spread, sided in MORPHS:
        w = np.clip(r.normal() * spread, -2.2 * spread, 2.2 * spread)
        for side in ('l', 'r') if sided else ('',):
            add(name.replace('@', side) + '-' + (high if w > 0 else low), abs(w) * (1 + .15 * r.normal() * sided))
    add('head/head-' + r.choice(OUTLINES), r.uniform(0, .6))
    for name in r.choice(ASYMMETRY, 4, replace=False):
        add(f'asym/asym-{name}-{r.choice(["l", "r"])}', r.uniform(0, .45))
    for side in 'lr':                              # age shows under the eyes, a fold of the lid with East Asian ancestry
        add(f'eyes/{side}-eye-bag-incr', np.clip((age - 35) / 60, 0, .6))
        add(f'eyes/{side}-eye-epicanthus-in', .8 * ancestry['asian'])
    add('neck/neck-double-incr', max(0, weight - .6) * 1.6)
    add('mouth/mouth-laugh-lines-in', np.clip((age - 35) / 90, 0, .4))
    return {k: _number(w) for k, w in targets.items() if w > .004}, ancestry


def _hair(r, sex, age, melanin):
    dark = melanin > .45
    names = ['black', 'dark'] if dark else ['dark', 'brown', 'chestnut', 'ash', 'blond', 'red', 'black']
    colour = np.array(HAIR[r.choice(names)]) * r.uniform(.8, 1.25)
    grey = float(np.clip((age - 38) / 35 + .25 * r.normal(), 0, 1)) if age > 35 else 0.
    if sex == 'female' and r.random() < .5:
        grey = 0.                                  # dyed
    colour = colour * (1 - grey) + np.array(HAIR[r.choice(['grey', 'white'])]) * grey
    long = ['bob02', 'braid01', 'braid01', 'long01', 'long01', 'ponytail01', 'ponytail01', 'short01', 'short03', 'short04']
    short = ['short01', 'short02', 'short03', 'buzz'] if sex == 'female' else ['short01', 'short02', 'short03', 'short04', 'buzz', 'buzz', 'bald']
    style = str(r.choice(long if sex == 'female' and r.random() < .92 else short))
    return dict(style=style, colour=[_number(c, 4) for c in colour], grey=_number(grey))


def _face_paint(r, sex, age):
    """Make-up, stubble, beard."""
    paint = dict(lipstick=0, lip_colour=[0, 0, 0], shadow=0, shadow_colour=[0, 0, 0], liner=0, blush=0, stubble=0, beard=0, beard_kind='none')
    if sex == 'female' and r.random() < .55:
        lips = [(150, 30, 45), (190, 70, 85), (120, 25, 60), (200, 95, 80), (165, 80, 70), (95, 35, 45)]
        lids = [(90, 65, 55), (60, 55, 70), (120, 80, 60), (70, 80, 95), (110, 60, 85)]
        paint.update(lipstick=_number(r.uniform(.15, .85)), lip_colour=list(lips[r.integers(len(lips))]), shadow=_number(r.uniform(0, .6)),
                     shadow_colour=list(lids[r.integers(len(lids))]), liner=_number(r.uniform(0, .8)), blush=_number(r.uniform(0, .35)))
    if sex == 'male':
        u = r.random()
        if u < .35:
            paint.update(stubble=_number(r.uniform(.15, .8)))
        elif u < .68:
            kind = str(r.choice(['full', 'full', 'goatee', 'moustache', 'chin']))
            paint.update(stubble=_number(r.uniform(.5, .9)), beard=_number(r.uniform(.15, 1)), beard_kind=kind)
    return paint


def _skin(r, sex, age, melanin):
    light, dark = [[s for s in SKINS[sex] if t in s] for t in ('lightskinned', 'darkskinned')]
    stage = 'young' if age < 38 else 'middleage' if age < 60 else 'old'
    pool = dark if melanin > .62 else light if melanin < .5 else light + dark
    near = [s for s in pool if s.startswith(stage)] or [s for s in pool if s.startswith('middleage')] or pool
    detail, low = str(r.choice(near)), str(r.choice(pool))
    return dict(detail=detail, low=low, mix=_number(r.uniform(0, .8)), detail_gain=_number(r.uniform(.6, 1.15)), tone=[_number(c, 1) for c in tone(melanin)],
                hue=[_number(c) for c in r.normal(0, .02, 3)], redness=_number(r.uniform(0, .6)), mottle=_number(r.uniform(.3, 1.2)),
                freckles=_number(max(0, r.uniform(-1.2, 1)) if melanin < .35 else 0), moles=int(r.integers(0, 9)), lips=_number(r.uniform(.6, 1.4)),
                shine=_number(r.uniform(.36, .60)), oil=_number(r.uniform(.20, .45)), sss=_number(r.uniform(.7, 1.2)), seed=int(r.integers(1 << 30)))


def _brow(shape, sex):
    """Shape 6 is plucked to a line: no man has it here."""
    return 9 if sex == 'male' and shape == 6 else int(shape)


def draw_person(seed, number):
    r = np.random.default_rng([seed, number])
    sex = 'female' if (number * .7320508 + .2) % 1 < .5 else 'male'
    age = 19 + 62 * ((number * .618034 + .31) % 1) ** 1.15
    melanin = float(np.clip((number * .754878 + .07) % 1 + r.normal(0, .03), 0, 1))
    targets, ancestry = _shape(r, sex, age, melanin)
    hair = _hair(r, sex, age, melanin)
    paint, skin = _face_paint(r, sex, age), _skin(r, sex, age, melanin)
    iris = np.array(IRISES[r.integers(2 if melanin > .5 else len(IRISES))]) * r.uniform(.8, 1.2) + r.normal(0, 4, 3)
    glasses = None
    if (number * .5698403 + .4) % 1 < .30:
        glasses = dict(shape=_number(r.uniform(2, 6)), width=_number(r.uniform(.74, .87)), height=_number(r.uniform(.46, .72)), rim=_number(r.uniform(.005, .017), 4),
                       colour=[_number(c) for c in np.array([(.01, .01, .012), (.10, .045, .02), (.45, .42, .38), (.03, .05, .14), (.30, .02, .03)][r.integers(5)])],
                       metal=_number(r.choice([0, 0, 1])), low=_number(r.uniform(0, .05)))
    return dict(number=number, held_out=number in HELD_OUT, sex=sex, age=_number(age, 1), melanin=_number(melanin), ancestry=ancestry, targets=targets, skin=skin,
                paint=paint, hair=hair, glasses=glasses,
                brows=dict(shape=_brow(r.integers(1, 13), sex), dark=_number(r.uniform(.5, 1)), thick=_number(r.uniform(.55, 1.1))),
                eyes=dict(iris=[_number(c, 1) for c in np.clip(iris, 8, 180)], rim=[_number(c, 1) for c in np.clip(iris * .38, 4, 80)], pupil=_number(r.uniform(.25, .45))),
                lashes=dict(shape=int(r.integers(1, 5)), strength=_number(r.uniform(.5, 1) if sex == 'female' else r.uniform(.15, .45))),
                teeth=dict(shape=int(r.integers(0, 6)), white=_number(r.uniform(0, 1)), warm=_number(r.uniform(0, 1)), light=_number(r.uniform(.75, 1.15))),
                articulation=_number(r.uniform(.9, 1.12)), smile=_number(r.uniform(.0, .45)))


if __name__ == '__main__':
    import json, sys
    print(json.dumps(draw_person(int(sys.argv[2]) if len(sys.argv) > 2 else 1, int(sys.argv[1])), indent=1))
