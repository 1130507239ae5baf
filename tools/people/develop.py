"""develop.py: a render's light passes → a picture: denoised, subsurface scattering, exposure and white balance as a camera sets them, background."""
import os
os.environ['OPENCV_IO_ENABLE_OPENEXR'] = '1'
import cv2, numpy as np
import grade

LUMA = np.array([.0722, .7152, .2126], np.float32)
SKIN, MOUTH, TONGUE = 1, 2, 8


def read(folder, frame=0):
    """The passes of one render, BGR, as float32."""
    p = {n: grade.rd(folder, n, frame) for n in ('Image', 'DiffDir', 'DiffInd', 'DiffCol', 'Depth', 'IndexMA')}
    one = lambda a: a[..., 0] if a.ndim == 3 else a
    irradiance = p['DiffDir'][..., :3] + p['DiffInd'][..., :3]
    colour = p['DiffCol'][..., :3]
    return dict(alpha=p['Image'][..., 3:4].copy(), irradiance=irradiance, colour=colour, gloss=p['Image'][..., :3] - irradiance * colour, depth=one(p['Depth']),
                index=np.round(one(p['IndexMA'])))


def meter(passes, film):
    """What the camera sets itself to, from the light on the skin: an exposure and gains for white balance (BGR)."""
    skin = passes['index'] == SKIN
    light = np.median(passes['irradiance'][skin], 0)
    albedo = float(np.median(passes['colour'][skin] @ LUMA))
    level = float(np.percentile(passes['irradiance'][skin] @ LUMA, 65))
    gains = (float(light @ LUMA) / np.maximum(light, 1e-4)) ** film['balance']
    exposure = .62 * film['exposure'] / max(level, 1e-4) * (.33 / max(albedo, .02)) ** .38
    rgb = light[::-1] * level / max(float(light @ LUMA), 1e-4)
    return dict(light=[round(float(x), 4) for x in rgb], exposure=round(exposure, 4), gains=[round(float(g), 4) for g in gains / float(gains @ LUMA)], contrast=film['contrast'], saturation=film['saturation'])


def _scatter(irradiance, index, px_per_mm):
    """Light that enters the skin leaves it a little beside, red farthest."""
    skin = (index == SKIN).astype(np.float32)
    out, total = np.zeros_like(irradiance), np.zeros(3, np.float32)
    for variance, rgb in grade.G:
        w = np.array(rgb[::-1], np.float32)
        out += grade.nblur(irradiance, skin, np.sqrt(variance) * px_per_mm) * w
        total += w
    irradiance = np.where(skin[..., None] > 0, out / total, irradiance)
    wet = ((index == MOUTH) | (index == TONGUE)).astype(np.float32)
    return np.where(wet[..., None] > 0, grade.nblur(irradiance, wet, .6 * px_per_mm), irradiance)


def develop(passes, px_per_mm, look, background):
    irradiance, gloss = grade.denoise(passes['irradiance'], passes['gloss'], passes['colour'], passes['depth'], passes['index'], oidn=True)
    x = _scatter(irradiance, passes['index'], px_per_mm) * passes['colour'] + gloss
    x = x / np.maximum(passes['alpha'], 1e-3) * np.array(look['gains'], np.float32)
    rgb = grade.tone(x, look['exposure']).astype(np.float32)
    rgb = .45 + (rgb - .45) * look['contrast']
    grey = (rgb @ LUMA)[..., None]
    rgb = (grey + (rgb - grey) * look['saturation']) * 255
    out = rgb * passes['alpha'] + background * (1 - passes['alpha'])
    return np.clip(out + .5, 0, 255).astype(np.uint8)


def backdrop(film, size, offset):
    """What is behind the person: a wall, a gradient, shapes out of focus, or the world that lights the scene. It stands still while the head moves."""
    spec = film['background']
    r = np.random.default_rng(spec['seed'])
    wide = size * 2
    a, b = np.array(spec['colour'], np.float32), np.array(spec['other'], np.float32)
    yy, xx = np.mgrid[:wide, :wide].astype(np.float32) / wide - .5
    if spec['kind'] == 'plain':
        picture = np.ones((wide, wide, 1), np.float32) * a
    elif spec['kind'] == 'gradient':
        t = r.uniform(0, 2 * np.pi)
        k = np.clip(.5 + (xx * np.cos(t) + yy * np.sin(t)) * r.uniform(.6, 1.6), 0, 1)[..., None]
        picture = a * (1 - k) + (.6 * a + .4 * b) * k
    else:
        picture = np.ones((wide, wide, 1), np.float32) * a
        for _ in range(r.integers(6, 26)):
            colour = np.clip(a + r.normal(0, 45, 3), 0, 255).tolist() if spec['kind'] == 'shapes' else np.clip(b * .5 + a * .5 + r.normal(0, 60, 3), 0, 255).tolist()
            x, y, w, h = r.uniform(0, wide, 2).tolist() + r.uniform(20, wide / 2, 2).tolist()
            cv2.rectangle(picture, (int(x - w / 2), int(y - h / 2)), (int(x + w / 2), int(y + h / 2)), colour, -1)
        picture = cv2.GaussianBlur(picture, (0, 0), float(r.uniform(4, 26)))
    x, y = (np.clip(np.array(offset) + size / 2, 0, wide - size)).astype(int)
    return picture[y:y + size, x:x + size]
