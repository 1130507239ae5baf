"""ben.py: the second presenter: a man in his fifties, brown skin, short greying hair, a day's stubble. AVATAR_CHARACTER=ben chooses him."""
import character as C
from motion import Motion

LOOP = C.loop(100)      # 4 s: with a quality of 90 he fits into 20 MB
_MOTION = Motion(LOOP, 30, calm=.85)
BLINKS = _MOTION.blinks
_YOUNG, _OLD = .56, .44
BASE = {**C.BASE, **C.both('InnerBrowUp', .12), **C.both('OuterBrowUp', .10), **C.up(.30), **C.both('CheekUp', .08), **C.both('LowerLidUp', .16)}
CFG = dict(
  name='ben', jpeg_quality=90, view_w=.54, drop=.030, wide=(40, 1240), box=340,
  targets={'macrodetails/african-male-young': .40 * _YOUNG, 'macrodetails/african-male-old': .40 * _OLD, 'macrodetails/caucasian-male-young': .45 * _YOUNG,
           'macrodetails/caucasian-male-old': .45 * _OLD, 'macrodetails/asian-male-young': .15 * _YOUNG, 'macrodetails/asian-male-old': .15 * _OLD,
           'macrodetails/universal-male-young-averagemuscle-averageweight': _YOUNG, 'macrodetails/universal-male-old-averagemuscle-averageweight': _OLD,
           'head/head-rectangular': .30, 'chin/chin-width-incr': .20, 'chin/chin-prominent-incr': .15, 'nose/nose-hump-incr': .20, 'nose/nose-scale-horiz-decr': .15,
           'eyes/l-eye-bag-incr': .22, 'eyes/r-eye-bag-incr': .22, 'mouth/mouth-laugh-lines-in': .22, 'cheek/l-cheek-bones-incr': .25, 'cheek/r-cheek-bones-incr': .25,
           'asym/asym-nose-1-l': .15, 'asym/asym-mouth-1-r': .12},
  skin='skins/textures/middleage_darkskinned_male_diffuse.png', front=8, top_col=(.045, .05, .055),
  proxies=dict(eyes='eyes/high-poly/high-poly.mhclo', brows='eyebrows/eyebrow012/eyebrow012.mhclo', lashes='eyelashes/eyelashes01/eyelashes01.mhclo',
    teeth='teeth/teeth_shape02/teeth_shape02.mhclo', tongue='tongue/tongue01/tongue01.mhclo', top='clothes/male_casualsuit04/male_casualsuit04.mhclo'),
  tex=dict(eyes='eyes/materials/brownlight_eye.png', brows='eyebrows/eyebrow012/eyebrow012.png', lashes='eyelashes/eyelashes01/eyelashes01.png',
    teeth='teeth/materials/teeth.png', tongue='tongue/tongue01/tongue01_diffuse.png', top='clothes/male_casualsuit04/male_casualsuit04_ao.png'),
  looks=dict(strands=dict(kind='short', top=.075, side=.040, count=60000, radius=.0009, colour=(.022, .019, .017), seed=9), pores=.8,
             eyes=dict(iris=(72, 46, 26), rim=(26, 18, 14), pupil=.36), teeth=dict(white=.55, warm=.40, light=.95, glow=.16, depth=.016), tongue=dict(tint=(.82, .43, .36), glow=.08, depth=.020), throat=.22,
             painted=dict(melanin=.58, hair=dict(style='scalp', colour=(.030, .028, .026)),
                          paint=dict(lipstick=0, lip_colour=(0, 0, 0), shadow=0, shadow_colour=(0, 0, 0), liner=0, blush=0, stubble=.26, beard_kind='none'),
                          skin=dict(detail='middleage_darkskinned_male_diffuse', low='middleage_lightskinned_male_diffuse', mix=.35, detail_gain=1.0, tone=(168, 117, 86),
                                    hue=(0, 0, 0), redness=.25, mottle=.8, freckles=0, moles=3, lips=.9, shine=.42, oil=.40, seed=33))))


def idle(i):
    m = _MOTION.at(i)
    return (m['nod'], m['turn'], m['tilt']), m['breath'], m['blink']


def glance(i):
    m = _MOTION.at(i)
    return m['look'], m['brow']
