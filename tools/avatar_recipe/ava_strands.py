"""ava_strands.py: ava with hair of strands tied back, eyes of our own, painted skin and a loop of ten seconds. AVATAR_CHARACTER=ava_strands chooses her.

The avatar in assets/ is still the one of character.py: pictures and networks belong together, and these looks want networks of their own.
"""
import character as C
from motion import Motion

LOOP = C.loop(240)
_MOTION = Motion(LOOP, 11)
BLINKS = _MOTION.blinks
_PROXIES = {k: v for k, v in C.CFG['proxies'].items() if k != 'hair'}
CFG = {**C.CFG, 'name': 'ava_strands', 'proxies': _PROXIES, 'view_w': .50, 'drop': .022, 'front': 4, 'box': 340,      # the chin stays inside when the jaw drops
       'looks': dict(strands=dict(kind='tied', low=.16, count=60000, radius=.0007, loose=.006, colour=(.060, .030, .016), rough=.4, seed=4), pores=.55,
                     eyes=dict(iris=(66, 62, 46), rim=(26, 24, 20), pupil=.36), teeth=dict(white=.75, warm=.25, light=1.0),
                     painted=dict(melanin=.3, hair=dict(style='scalp', colour=(.070, .034, .018)),
                                  paint=dict(lipstick=.28, lip_colour=(176, 92, 88), shadow=.18, shadow_colour=(112, 82, 68), liner=.30, blush=.16, stubble=0, beard_kind='none'),
                                  skin=dict(detail='young_lightskinned_female_diffuse2', low='young_lightskinned_female_diffuse3', mix=.35, detail_gain=.85, tone=(205, 158, 134),
                                            hue=(0, 0, 0), redness=.30, mottle=.55, freckles=.06, moles=2, lips=1.0, shine=.44, oil=.36, seed=21)))}


def idle(i):
    m = _MOTION.at(i)
    return (m['nod'], m['turn'], m['tilt']), m['breath'], m['blink']


def glance(i):
    m = _MOTION.at(i)
    return m['look'], m['brow']
