"""wear.py: what a person wears in the face: glasses and a beard of strands, as parts of the posable character.

Both become rest vertices with skin weights, so that mhcore poses them like everything else: glasses follow the head, a hair follows the
skin under its root.
"""
import numpy as np

STRAND_RINGS, STRAND_SIDES = 4, 3


def _tube(path, radius, closed):
    """A tube along points [n, 3] → vertices, quads."""
    n, sides = len(path), 8
    ahead = np.roll(path, -1, 0) - np.roll(path, 1, 0) if closed else np.gradient(path, axis=0)
    ahead = ahead / np.linalg.norm(ahead, axis=1, keepdims=True)
    side = np.cross(ahead, [0, .31, .95])
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    up = np.cross(ahead, side)
    a = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    v = path[:, None] + radius * (np.cos(a)[None, :, None] * side[:, None] + np.sin(a)[None, :, None] * up[:, None])
    faces = [[i * sides + k, i * sides + (k + 1) % sides, (i + 1) % n * sides + (k + 1) % sides, (i + 1) % n * sides + k]
             for i in range(n if closed else n - 1) for k in range(sides)]
    return v.reshape(-1, 3), faces


def glasses_mesh(character, spec):
    """A frame round the person's eyes (decimetres, rest pose): vertices, faces. Its lenses reflect nothing and are left out."""
    v = character.v[:13380]
    eyes = [character.joint(f'eye.{s}____head') for s in 'LR']
    gap = abs(eyes[0][0] - eyes[1][0])
    near = lambda x, y, w: v[(np.abs(v[:, 0] - x) < w) & (np.abs(v[:, 1] - y) < w)]
    mid_y = (eyes[0][1] + eyes[1][1]) / 2 - spec['low']
    bridge = near(0, mid_y, .06)[:, 2].max() + .02
    front = max(near(e[0], mid_y, .10)[:, 2].max() for e in eyes) + .11
    front = max(front, bridge - .10)
    frame, fv = [], []

    def put(store, faces_out, verts, faces):
        base = sum(len(s) for s in store)
        store.append(verts)
        faces_out += [[i + base for i in f] for f in faces]
    half_w, half_h = spec['width'] * gap / 2, spec['height'] * gap / 2
    t = np.linspace(0, 2 * np.pi, 44, endpoint=False)
    power = 2 / spec['shape']
    for e in eyes:
        s = np.sign(e[0])
        cx = e[0] + s * .01
        ex = np.sign(np.cos(t)) * np.abs(np.cos(t)) ** power * half_w
        ey = np.sign(np.sin(t)) * np.abs(np.sin(t)) ** power * half_h
        x = cx + ex
        z = front - .55 * np.maximum(np.abs(x) - abs(cx) * .6, 0) ** 2 - .04 * (ey - half_h) / half_h
        rim = np.stack([x, mid_y + ey, z], 1)
        put(fv, frame, *_tube(rim, spec['rim'], True))
        hinge = rim[np.argmax(s * rim[:, 0])]
        ear = v[np.abs(v[:, 1] - mid_y) < .12][:, 0]
        side = max(np.abs(ear[np.abs(ear) < 2]).max() - .10, abs(hinge[0]) + .02)
        arm = np.array([hinge, [s * side, hinge[1], hinge[2] - .12], [s * side, hinge[1] + .01, .35], [s * side * .97, hinge[1] - .12, .05]])
        put(fv, frame, *_tube(_smooth_path(arm, 14), spec['rim'] * .9, False))
    inner = min(abs(e[0]) for e in eyes) + .01 - half_w
    nose = np.array([[-inner, mid_y + half_h * .25, front], [0, mid_y + half_h * .38, max(bridge, front) + .01], [inner, mid_y + half_h * .25, front]])
    put(fv, frame, *_tube(_smooth_path(nose, 9), spec['rim'], False))
    return np.vstack(fv), frame


def _smooth_path(points, n):
    at, t = np.linspace(0, 1, len(points)), np.linspace(0, 1, n)
    return np.stack([np.interp(t, at, points[:, k]) for k in range(3)], 1)


def add_rigid(character, name, vertices):
    """A part that follows the head bone alone."""
    character.rest[name], character.wt[name] = vertices, 'head'


def scatter(character, density, count, r):
    """Points on the body's skin, as many as density (for each vertex) asks for → corners of their triangles, weights of these, points, normals."""
    v = character.v
    quads = [f for f, g in zip(character.faces, character.grp) if g == 'body' and density[f].max() > .05]
    tri = np.array([t for f in quads for t in ((f[0], f[1], f[2]), (f[0], f[2], f[3]))])
    normal = np.cross(v[tri[:, 1]] - v[tri[:, 0]], v[tri[:, 2]] - v[tri[:, 0]])
    area = np.linalg.norm(normal, axis=1)
    p = area * density[tri].mean(1)
    pick = r.choice(len(tri), count, p=p / p.sum())
    u, k = np.sqrt(r.random(count)), r.random(count)
    bary = np.stack([1 - u, u * (1 - k), u * k], 1)
    keep = (density[tri[pick]] * bary).sum(1) > r.random(count) * .6
    tri, bary, n = tri[pick][keep], bary[keep], (normal[pick] / np.maximum(area[pick], 1e-9)[:, None])[keep]
    return tri, bary, (v[tri] * bary[..., None]).sum(1), n


class Strands:
    """Hairs that grow out of the base mesh. roots: density for each vertex; the rest says how they grow."""

    def __init__(self, character, density, count, length, radius, r, lift=.45, comb=(0, -1, .15), curl=.25):
        self.character, self.r = character, r
        tri, bary, root, n = scatter(character, density, count, r)
        self.vertices = self._grow(root, n, length * r.uniform(.55, 1.15, len(root)), radius, lift, np.array(comb, float), curl)
        w = (character.W[tri] * bary[..., None]).sum(1)
        self.weights = np.repeat(w / w.sum(1, keepdims=True), STRAND_RINGS * STRAND_SIDES, 0)
        self.faces = self._faces(len(root))

    def _grow(self, root, n, length, radius, lift, comb, curl):
        side = np.sign(root[:, :1]) * np.array([[.35, 0, 0]])
        lay = comb + side + curl * self.r.normal(size=root.shape)
        lay = lay - n * (lay * n).sum(1, keepdims=True)
        lay /= np.maximum(np.linalg.norm(lay, axis=1, keepdims=True), 1e-6)
        out = []
        a = np.linspace(0, 2 * np.pi, STRAND_SIDES, endpoint=False)
        across = np.cross(lay, n)
        for ring in range(STRAND_RINGS):
            t = ring / (STRAND_RINGS - 1)
            centre = root - n * .004 + length[:, None] * (t * (lift * (1 - .45 * t)) * n + t * (1 - lift * .5) * lay + .10 * curl * t * t * self.r.normal(size=root.shape))
            thick = radius * (1 - .85 * t)
            out += [centre + thick * (np.cos(x) * across + np.sin(x) * n) for x in a]
        return np.stack(out, 1).reshape(-1, 3)

    def _faces(self, count):
        one = np.array([[r * STRAND_SIDES + k, r * STRAND_SIDES + (k + 1) % STRAND_SIDES, (r + 1) * STRAND_SIDES + (k + 1) % STRAND_SIDES, (r + 1) * STRAND_SIDES + k]
                        for r in range(STRAND_RINGS - 1) for k in range(STRAND_SIDES)])
        return (one[None] + np.arange(count)[:, None, None] * STRAND_RINGS * STRAND_SIDES).reshape(-1, 4)

    def join(self, name):
        self.character.rest[name], self.character.wt[name] = self.vertices, self.weights.astype(np.float32)
