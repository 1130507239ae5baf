"""ava_strands.py: ava as she is in assets/avatars: parted hair of single strands, eyes of our own, painted skin and a loop of ten seconds. AVATAR_CHARACTER=ava_strands chooses her.
"""
import character as C
from motion import Motion

LOOP = C.loop(240)
_MOTION = Motion(LOOP, 11)
BLINKS = _MOTION.blinks
# lids a little lower, brows less raised than character.py's: with the whole iris free she stared
BASE = {**C.BASE, **C.both('InnerBrowUp', .14), **C.both('OuterBrowUp', .10), **C.both('UpperLidClosed', .15), **C.both('LowerLidUp', .15), **C.up(.52)}
_PROXIES = {k: v for k, v in C.CFG['proxies'].items() if k != 'hair'}
CFG = {**C.CFG, 'name': 'ava_strands', 'proxies': _PROXIES, 'view_w': .50, 'drop': .022, 'box': 340,      # the chin stays inside when the jaw drops
       'lamps': dict(key=16.5, fill=5.6, front=3.2, rim=3, rim2=2), 'fill_colour': (1, .96, .92), 'sky': (.86, .84, .84), 'lash_kw': dict(gamma_a=1.5),      # a side in shadow, and no blue light on skin
       'looks': dict(strands=dict(kind='parted', part=.1, low=-.06, arch=.16, count=60000, radius=.0007, loose=.004, colour=(.056, .031, .019), seed=4), pores=.55,
                     eyes=dict(iris=(66, 62, 46), rim=(26, 24, 20), pupil=.36, white=(190, 177, 169)), teeth=dict(white=.75, warm=.20, light=1.0, glow=.22, depth=.016), tongue=dict(tint=(.80, .50, .47), glow=.09, depth=.020), throat=.22,
                     painted=dict(melanin=.3, hair=dict(style='scalp', colour=(.070, .034, .018), fade=2.2),
                                  paint=dict(lipstick=.28, lip_colour=(176, 92, 88), shadow=.10, shadow_colour=(112, 82, 68), liner=.14, blush=.14, stubble=0, beard_kind='none'),
                                  skin=dict(detail='young_lightskinned_female_diffuse2', low='young_lightskinned_female_diffuse3', mix=.35, detail_gain=.85, measured='blush', tone=(198, 147, 124),
                                            hue=(0, 0, 0), redness=.30, mottle=.55, freckles=.06, moles=2, lips=1.0, shine=.44, oil=.36, seed=21)))}


def idle(i):
    m = _MOTION.at(i)
    return (m['nod'], m['turn'], m['tilt']), m['breath'], m['blink']


def glance(i):
    m = _MOTION.at(i)
    return m['look'], m['brow']
