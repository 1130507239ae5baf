"""eyes.py: eyeballs of our own: a ball with a cornea, and a painted iris of fibres with a soft dark rim, for one clear highlight instead of a double ring.

make(character) → rest vertices, faces, texture corners, uv, skin weights of both eyes as one part; paint(spec) → the texture, BGR.
"""
import cv2, numpy as np

LIMBUS, REACH, SIZE = np.radians(28.5), np.radians(110), 1024   # where iris meets white; what the texture shows, from its middle to its edge


def make(character):
    verts, faces, corners, uv, weights = [], [], [], [(.5, .5)], []
    rings = np.concatenate([np.linspace(0, LIMBUS, 12), np.linspace(LIMBUS, np.radians(150), 22)[1:]])
    turns = np.linspace(0, 2 * np.pi, 36, endpoint=False)
    old = character.rest['eyes']
    for side in 'LR':
        bone = f'eye.{side}'
        centre = character.joint(bone + '____head')
        ball = old[np.sign(old[:, 0]) == np.sign(centre[0])]
        radius = float(np.percentile(np.linalg.norm(ball - centre, axis=1), 60))
        bulge = np.where(rings < LIMBUS, 1 - (rings / LIMBUS) ** 2, 0) * .085
        base, uv_base = sum(len(v) for v in verts), len(uv)
        r = radius * (1 + bulge)[:, None]
        ball = np.stack([r * np.sin(rings)[:, None] * np.cos(turns), r * np.sin(rings)[:, None] * np.sin(turns), r * np.cos(rings)[:, None] * np.ones(len(turns))], -1)
        verts.append(centre + ball.reshape(-1, 3))
        reach = np.minimum(rings / REACH, 1)[:, None] * .5
        uv += list(zip((.5 + reach * np.cos(turns)).ravel(), (.5 + reach * np.sin(turns)).ravel()))
        n = len(turns)
        for i in range(len(rings) - 1):
            for k in range(n):
                quad = [i * n + k, (i + 1) * n + k, (i + 1) * n + (k + 1) % n, i * n + (k + 1) % n]
                faces.append([base + q for q in quad])
                corners.append([uv_base + q for q in quad])
        w = np.zeros((len(rings) * n, len(character.order)), np.float32)
        w[:, character.bi[bone]] = 1
        weights.append(w)
    return np.vstack(verts), faces, corners, np.array(uv), np.vstack(weights)


def replace(character):
    """Our eyeballs in the place of the character's eyes, as a part that mhcore poses → faces, texture corners, uv."""
    v, faces, corners, uv, weights = make(character)
    character.rest['eyes'], character.wt['eyes'] = v, weights
    character.proxies.pop('eyes')
    return faces, corners, uv


def sink(parts, blink):
    """The balls go back up to 2.4 mm while the lids close over them: lids of other faces lie up to 2 mm behind the cornea, which would show through. Nobody sees them then."""
    if 'eyes' in parts:
        parts['eyes'][:, 1] += .0024 * min(1., blink / .6)
    return parts


def paint(spec, seed=5):
    """spec: iris and rim (sRGB), pupil (share of the iris). Fibres run outwards, the rim is soft, the white is not white and has veins."""
    r = np.random.default_rng(seed)
    yy, xx = (np.mgrid[:SIZE, :SIZE].astype(np.float32) + .5) / SIZE - .5
    away, turn = np.hypot(xx, yy) * 2 * REACH, np.arctan2(yy, xx)
    t = away / LIMBUS
    phase = (turn / (2 * np.pi) + .5) * 720
    rows = cv2.GaussianBlur(r.standard_normal((64, 722)).astype(np.float32), (0, 0), sigmaX=1.1, sigmaY=9)
    rows[:, -2:] = rows[:, :2]
    fibre = cv2.remap(rows / rows.std(), phase.astype(np.float32), np.clip(t * 63, 0, 63).astype(np.float32), cv2.INTER_LINEAR)
    iris, rim = np.array(spec['iris'], np.float32), np.array(spec['rim'], np.float32)
    inner = np.exp(-((t - spec['pupil'] - .12) / .16) ** 2)[..., None]
    colour = iris * (1 + .20 * fibre[..., None]) + inner * np.array(spec.get('inner', [40, 24, 6]), np.float32)
    edge = np.clip((t - .74) / .26, 0, 1)[..., None] ** 1.6
    colour = colour * (1 - edge) + rim * edge
    hole = np.clip((spec['pupil'] + .02 * fibre - t) / .06 + .5, 0, 1)[..., None]
    colour = colour * (1 - hole) + np.array([9, 8, 8], np.float32) * hole
    white = np.array(spec.get('white', [222, 215, 209]), np.float32) - np.clip((away - np.radians(45)) / np.radians(40), 0, 1)[..., None] * np.array([16, 52, 52], np.float32)
    for _ in range(46):
        a, b = r.uniform(0, 2 * np.pi), np.radians(r.uniform(52, 95))
        points = []
        while b > np.radians(r.uniform(34, 46)):
            points.append(((.5 + .5 * b / REACH * np.cos(a)) * SIZE, (.5 + .5 * b / REACH * np.sin(a)) * SIZE))
            a, b = a + r.normal() * .035, b - .025
        veins = np.zeros((SIZE, SIZE), np.float32)
        cv2.polylines(veins, [np.array(points, np.int32)], False, float(r.uniform(.15, .5)), 1, cv2.LINE_AA)
        white = white - cv2.GaussianBlur(veins, (0, 0), .9)[..., None] * np.array([30, 92, 84], np.float32)
    outside = np.clip((t - 1) / .10 + .5, 0, 1)[..., None]
    return np.clip(colour * (1 - outside) + white * outside, 0, 255)[..., ::-1].astype(np.uint8)
