"""skin.py: paints a person's skin texture from MakeHuman's CC0 skins: two mixed, recoloured, with make-up, freckles and stubble.

paint(person, masks, assets) → BGR image. All skins share one layout, so the colour of one can carry the detail of another. The work is done in
optical density (-log of linear light), where complexion is a shift and melanin, blood and paint add up.
"""
import os
import cv2, numpy as np

SIZE = 2048
# regions on MakeHuman's base mesh (decimetres, y up, z towards the viewer), of the neutral young head: eyes at y 7.5, lips at 6.85, chin at 6.4


def _step(x, low, high):
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def _blob(p, at, radius):
    return np.exp(-(((p - np.array(at)) / np.array(radius)) ** 2).sum(1))


def vertex_regions(character, upper, lower, low=0., arch=0.):
    """{region: a weight for each vertex of the base mesh}. upper, lower: what the two lips' volume morphs move. low, arch: how much lower hair begins above the forehead, and above its sides (decimetres)."""
    v = character.v
    x, y, z = np.abs(v[:, 0]), v[:, 1], v[:, 2]
    lip = np.clip(np.maximum(upper / upper.max(), lower / lower.max()) * 1.9 - .25, 0, 1)
    front, off_ear = _step(z, .42, .62), 1 - _step(x, .70, .76)
    cheek_line = np.interp(x, [0, .2, .3, .45, .55, .63, .70], [6.80, 6.84, 6.89, 6.96, 7.06, 7.25, 7.62])
    neck_line = np.interp(z, [.3, .8, 1.3], [6.62, 6.36, 6.20])
    jaw = _step(cheek_line - y, -.03, .05) * _step(y - neck_line, -.05, .08) * front * off_ear
    moustache = _step(y, 6.875, 6.91) * (1 - _step(y, 7.00, 7.05)) * (1 - _step(x, .25, .33)) * _step(z, 1.15, 1.25)
    chin = jaw * (1 - _step(x, .20, .32)) * _step(z, .9, 1.1)
    corner = jaw * _step(z, 1.05, 1.2) * (1 - _step(x, .30, .38))
    hairline = np.interp(z, [-.4, -.1, .1, .55, .75, 1.1, 1.35], [6.75, 6.95, 7.35, 7.45, 7.85, 8.08, 8.15]) - (low + arch * _step(x, .15, .55)) * _step(z, .6, 1.0)
    mirrored = np.stack([x, y, z], 1)
    return dict(lips=lip, moustache=moustache * (1 - lip), jaw=jaw * (1 - lip), chin=np.maximum(chin, corner) * (1 - lip),
                scalp=_step(y - hairline, -.06, .10) * (1 - _step(x, .74, .80)),
                lid=_blob(mirrored, (.30, 7.59, 1.30), (.16, .075, .30)), liner=_blob(mirrored, (.30, 7.525, 1.32), (.15, .03, .30)),
                blush=_blob(mirrored, (.44, 7.10, 1.15), (.17, .13, .5)), freckle=np.maximum(_blob(mirrored, (.36, 7.15, 1.2), (.25, .18, .5)), _blob(mirrored, (0, 7.25, 1.6), (.16, .2, .4))),
                face=_step(z, .3, .7) * _step(y, 6.3, 6.5))


def region_masks(character, regions, size=1024):
    """Per-vertex weights → pictures in the texture's layout, 8 bits each."""
    body = [i for i, g in enumerate(character.grp) if g == 'body']
    masks = {}
    for name, weight in regions.items():
        picture = np.zeros((size, size), np.float32)
        for i in body:
            w = weight[character.faces[i]]
            if w.max() < .02:
                continue
            uv = character.vt[character.ft[i]] * [size, -size] + [0, size]
            cv2.fillConvexPoly(picture, np.round(uv * 16).astype(np.int32), float(w.mean()), cv2.LINE_AA, 4)
        masks[name] = np.round(cv2.GaussianBlur(picture, (0, 0), 2.0) * 255).clip(0, 255).astype(np.uint8)
    return masks


def _density(picture):
    """sRGB 8 bits → optical density of linear light"""
    c = picture.astype(np.float32) / 255
    return -np.log(np.maximum(np.where(c <= .04045, c / 12.92, ((c + .055) / 1.055) ** 2.4), 2e-3))


def _picture(density):
    c = np.exp(-np.maximum(density, 0))
    return np.clip(np.where(c <= .0031308, 12.92 * c, 1.055 * c ** (1 / 2.4) - .055) * 255 + .5, 0, 255).astype(np.uint8)


def _colour_density(rgb):
    return _density(np.array(rgb, np.float32)[None, None, ::-1])[0, 0]


def _noise(r, cell):
    """Smooth noise of unit spread, cell pixels wide."""
    small = r.standard_normal((SIZE // cell + 2, SIZE // cell + 2)).astype(np.float32)
    n = cv2.resize(small, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
    return n / n.std()


def _dots(r, mask, count, size):
    """Round spots, more of them where the mask is bright; 0…1."""
    at = np.nonzero(mask.ravel() > 40)[0]
    spots = np.zeros((SIZE, SIZE), np.float32)
    if len(at) == 0:
        return spots
    p = mask.ravel()[at].astype(float)
    for i in r.choice(at, count, p=p / p.sum()):
        y, x = divmod(int(i), mask.shape[1])
        k = SIZE / mask.shape[1]
        cv2.circle(spots, (int(x * k), int(y * k)), max(1, int(r.uniform(*size))), float(r.uniform(.3, 1)), -1, cv2.LINE_AA)
    return cv2.GaussianBlur(spots, (0, 0), 1.2)


def _load(assets, name):
    path = f'{assets}/skins/textures/{name}.png'
    p = cv2.imread(path)
    if p is None:
        raise SystemExit(f'{path}: not a picture · a skin is wanted · collect the assets with avatar_recipe/01_assets.sh')
    return _density(cv2.resize(p, (SIZE, SIZE), interpolation=cv2.INTER_AREA if p.shape[0] > SIZE else cv2.INTER_CUBIC))


def _base(skin, big, assets):
    """Two skins mixed, brought to the person's complexion. measured: where; brows, nostrils and lips count in the whole face, whose cheeks come out paler and greener than asked."""
    blur = lambda d: cv2.resize(cv2.GaussianBlur(cv2.resize(d, (256, 256), interpolation=cv2.INTER_AREA), (0, 0), 2.2), (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
    detail = _load(assets, skin['detail'])
    low = blur(detail)
    fine = detail - low
    face = big[skin.get('measured', 'face')] > .5
    mean = low[face].mean(0)
    low = low - mean
    if skin['low'] != skin['detail']:
        other = blur(_load(assets, skin['low']))
        low = low * (1 - skin['mix']) + (other - other[face].mean(0)) * skin['mix']
    target = _colour_density(skin['tone']) + np.array(skin['hue'], np.float32)
    strength = np.clip(target.mean() / mean.mean(), .6, 1.25)      # contrast of blood and folds follows the complexion only a little
    return target + low * strength ** .5 + fine * skin['detail_gain']


def _beard_share(paint):
    """How dense the beard is in each region."""
    kind = paint['beard_kind']
    return dict(jaw=1. if kind in ('none', 'full') else .25, chin=.25 if kind == 'moustache' else 1., moustache=.3 if kind == 'chin' else 1.)


def _stubble(r, d, person, big):
    paint = person['paint']
    share = _beard_share(paint)
    where = np.maximum.reduce([big[k] * w for k, w in share.items()])
    shade = np.clip(cv2.GaussianBlur((r.random((SIZE, SIZE)) > .62).astype(np.float32), (0, 0), .8) * 1.3 + .12, 0, 1)
    hair = _colour_density(np.clip(np.array(person['hair']['colour']) ** (1 / 2.2) * 255 * .8, 4, 200))
    grown = (where * paint['stubble'])[..., None]
    root = .30 * np.array([.85, 1, 1], np.float32)                # what shines through the skin is bluish
    d = d + root * grown * .6
    return d + (np.maximum(hair - d, 0) * shade[..., None]) * np.clip(grown * .75, 0, .8)


def paint(person, masks, assets):
    skin, make = person['skin'], person['paint']
    r = np.random.default_rng(skin['seed'])
    big = {k: cv2.resize(m, (SIZE, SIZE), interpolation=cv2.INTER_LINEAR).astype(np.float32) / 255 for k, m in masks.items()}
    d = _base(skin, big, assets)
    lips = big['lips'][..., None]
    lip_shift = (np.array([.10, .16, -.02], np.float32) if person['melanin'] < .6 else np.array([.02, .06, -.06], np.float32)) * skin['lips']
    d = d + lip_shift * lips
    blood = np.array([.06, .10, -.01], np.float32)
    d = d + blood * skin['redness'] * (big['blush'] + big['freckle'] * .5)[..., None]
    d = d + blood * .35 * skin['mottle'] * (_noise(r, 24) * .6 + _noise(r, 9) * .4)[..., None] + .018 * skin['mottle'] * _noise(r, 2)[..., None]
    brown = np.array([.55, .38, .22], np.float32)
    if skin['freckles'] > 0:
        d = d + brown * .75 * skin['freckles'] * _dots(r, masks['freckle'], int(150 + 500 * skin['freckles']), (1, 4))[..., None]
    if skin['moles']:
        d = d + brown * 2.2 * _dots(r, masks['face'], skin['moles'], (2, 5))[..., None]
    for name, region, colour in (('lipstick', 'lips', make['lip_colour']), ('shadow', 'lid', make['shadow_colour']), ('liner', 'liner', [18, 14, 14])):
        cover = make[name] * (.85 if region == 'lips' else .7) * big[region][..., None]
        d = d * (1 - cover) + (_colour_density(np.maximum(colour, 6)) * .85 + d * .15) * cover
    d = d + np.array([.05, .13, -.02], np.float32) * 1.5 * make['blush'] * big['blush'][..., None]
    if make['stubble'] > 0:
        d = _stubble(r, d, person, big)
    if person['hair']['style'] in ('buzz', 'scalp'):   # shaved, or what is seen between strands
        hair = _colour_density(np.clip(np.array(person['hair']['colour']) ** (1 / 2.2) * 255, 4, 200))
        shade = np.clip(cv2.GaussianBlur(r.random((SIZE, SIZE)).astype(np.float32), (0, 0), .9) * 2.2 - .35, .25, 1)
        cover = (big['scalp'] ** person['hair'].get('fade', 1) * shade * .92)[..., None]      # fade: how much later than the hair the paint begins
        d = d * (1 - cover) + np.maximum(hair, d) * cover
    return _picture(d)
