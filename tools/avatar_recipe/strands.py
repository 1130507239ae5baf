"""strands.py: hair of single strands for the head of a character: where they grow, how they lie, and the Blender object that shows them.

grow(character, density, style, r) → points [strands, KNOTS, 3] of the rest pose (decimetres), radius [strands, KNOTS], shade (times the hair's colour) and reach (what is left of the light: hair_light.py), both [strands, KNOTS]; the middle of the head.
Styles: tied (combed back from the hairline and gathered behind), parted (to both sides of a parting, over the ears' tops and gathered at the nape) and short (a man's cut, short at the sides).
"""
import os, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'people'))
import numpy as np
import hair_light
from hair_light import unit
from wear import scatter

KNOTS, LOCKS = 14, 600


class Skull:
    """How far the skin is from the middle of the head, in each direction; ears and hollows smoothed away."""
    ROWS, COLUMNS = 48, 96

    def __init__(self, character):
        v = character.v[:13380]
        eyes = (character.joint('eye.L____head') + character.joint('eye.R____head')) / 2
        top = v[:, 1].max()
        self.centre = np.array([0, eyes[1] + .25 * (top - eyes[1]), eyes[2] - .80])
        head = v[(v[:, 1] > eyes[1] - .75) & ~((np.abs(v[:, 0]) > np.abs(v[:, 0][v[:, 1] > top - .8]).max() + .01) & (v[:, 1] < eyes[1] + .35))] - self.centre
        radius = np.linalg.norm(head, axis=1)
        self.middle = float(np.median(radius))
        way = head / np.maximum(radius, 1e-6)[:, None]
        polar, azimuth = np.meshgrid(np.linspace(0, np.pi, self.ROWS), np.linspace(-np.pi, np.pi, self.COLUMNS), indexing='ij')
        grid = np.stack([np.sin(polar) * np.sin(azimuth), np.cos(polar), np.sin(polar) * np.cos(azimuth)], -1).reshape(-1, 3)
        near = np.exp((np.clip(grid @ way.T, -1, 1) - 1) / .0028)
        near = near * np.exp(12 * (radius - self.middle))      # what lies outside counts, not the cavities within
        self.table = ((near @ radius + 1e-9 * self.middle) / (near.sum(1) + 1e-9)).reshape(self.ROWS, self.COLUMNS)

    def radius(self, way):
        y = np.arccos(np.clip(way[..., 1], -1, 1)) / np.pi * (self.ROWS - 1)
        x = (np.arctan2(way[..., 0], way[..., 2]) / (2 * np.pi) + .5) * (self.COLUMNS - 1)
        i, j = np.minimum(y.astype(int), self.ROWS - 2), np.minimum(x.astype(int), self.COLUMNS - 2)
        a, b, t = y - i, x - j, self.table
        return (t[i, j] * (1 - b) + t[i, j + 1] * b) * (1 - a) + (t[i + 1, j] * (1 - b) + t[i + 1, j + 1] * b) * a


def _unruly(s, lock, r, wave, tempo, share, most):
    """What a comb does not rule, at each knot s [strands, KNOTS]: how far a hair wanders sideways (`wave` with its lock, in `tempo` bends, and a little by itself), how far one of a share stands off (`most` at most)."""
    n = len(lock)
    sideways = wave * np.sin(s * r.uniform(*tempo, LOCKS)[lock][:, None] + r.uniform(0, 6.3, LOCKS)[lock][:, None]) + .004 * np.sin(s * r.uniform(6, 15, (n, 1)) + r.uniform(0, 6.3, (n, 1)))
    return sideways, (r.random((n, 1)) < share) * r.uniform(.015, most, (n, 1)) * np.sin(np.pi * np.clip(s * r.uniform(1, 1.6, (n, 1)), 0, 1))


def _tied(skull, root, r, share):
    """Great circles from the root to a knot behind the head, laid in layers; a share of the hairs does not obey."""
    n = len(root)
    way = unit(root - skull.centre)
    goal = unit(np.array([0, .35, -1]) + .07 * r.normal(size=(n, 3)))
    angle = np.arccos(np.clip((way * goal).sum(1), -1, 1))[:, None, None]
    s = np.linspace(0, 1, KNOTS)[None, :, None] * r.uniform(.9, 1, (n, 1, 1))
    path = (np.sin((1 - s) * angle) * way[:, None] + np.sin(s * angle) * goal[:, None]) / np.maximum(np.sin(angle), 1e-6)
    guide = r.choice(n, LOCKS)                     # what a comb leaves: locks, each a little higher or lower than its neighbours, with gaps between
    lock = np.argmax(way @ way[guide].T, 1)
    pull = .5 * np.clip(s * 3 - .12, 0, 1) ** 1.5 * np.clip((1.03 + (way * goal).sum(1)) / .25, 0, 1)[:, None, None]      # ways that begin opposite the knot part to both sides: none is pulled over to the other
    path = unit(path * (1 - pull) + path[guide][lock] * pull)
    lift = np.clip(s[..., 0] * 7, 0, 1) * (.012 + .045 * r.random((n, 1)) ** 1.6) * (1 + .5 * np.clip(way[:, 1:2], 0, 1))
    lift = lift + np.clip(s[..., 0] * 3, 0, 1) * .035 * r.random(LOCKS)[lock][:, None]
    wave, loose = _unruly(s[..., 0], lock, r, .008, (4, 9), share, .05)
    centre = skull.centre + unit(path) * (skull.radius(unit(path)) + lift + np.abs(wave) * .5 + loose)[..., None]
    across = unit(np.cross(path, goal[:, None]))
    points = centre + across * wave[..., None]
    points[:, 0] = root
    return points, lock


def _gathered(root, skull, part, r):
    """where each hair of a parted head goes → its side (-1, 1), the point that it passes over, the place behind the neck (directions)"""
    n = len(root)
    way = unit(root - skull.centre)
    side = np.where(way[:, 0] > part + .012 * r.normal(size=n), 1., -1.)
    over = unit(np.stack([.80 * side, np.full(n, .50), np.full(n, -.10)], 1) + .30 * way + .05 * r.normal(size=(n, 3)))
    nape = unit(np.stack([.42 * side, np.full(n, -.55), np.full(n, -.72)], 1) + .06 * r.normal(size=(n, 3)))
    return way, side, over, nape


def _parted(skull, root, r, part, share):
    """Bent ways from the root over the side of the head to the nape, laid in layers; a share of the hairs does not obey."""
    n = len(root)
    way, side, over, nape = _gathered(root, skull, part, r)
    s = np.linspace(0, 1, KNOTS)[None, :, None] ** 1.15
    path = (1 - s) ** 2 * way[:, None] + 2 * s * (1 - s) * over[:, None] + s * s * nape[:, None]
    guide = r.choice(n, LOCKS)
    lock = np.argmax(way @ way[guide].T - 4 * (side[:, None] != side[guide]), 1)
    path = unit(path * (1 - (pull := .6 * np.clip(s * 1.6 - .16, 0, 1))) + path[guide][lock] * pull)
    rise = np.clip(s[..., 0] * 4, 0, 1)
    lift = rise * (.010 + .050 * r.random((n, 1)) ** 1.6 + .045 * r.random(LOCKS)[lock][:, None])
    wave, loose = _unruly(s[..., 0], lock, r, .010, (3, 7), share, .06)
    centre = skull.centre + path * (skull.radius(path) + lift + np.abs(wave) * .5 + loose)[..., None]
    across = unit(np.cross(path, nape[:, None]))
    points = centre + across * (wave * rise)[..., None]
    points[:, 0] = root
    return points, lock


def _short(skull, root, r, top, side):
    """Steps along the skull: forwards and to a side on the top, down at the sides; hairs gather in locks. top, side: their lengths (decimetres)."""
    n = len(root)
    start = unit(root - skull.centre)
    height = np.clip((start[:, 1] - .30) / .45, 0, 1)
    height = height * height * (3 - 2 * height)
    length = (side + (top - side) * height) * r.uniform(.7, 1.1, n)
    guide = r.choice(n, 420)
    lock = np.argmax(start @ start[guide].T, 1)
    turn = (.30 * r.normal(size=420))[lock] + .16 * r.normal(size=n)
    lean = np.stack([.55 * np.ones(n), .10 * np.ones(n), .75 * np.ones(n)], 1) * height[:, None] + np.array([0, -1, -.35]) * (1 - height[:, None])
    points = np.empty((n, KNOTS, 3))
    at = root.copy()
    lift_end = (.35 * side + (.42 * top - .35 * side) * height) * r.uniform(.5, 1.1, n)
    for k in range(KNOTS):
        s = k / (KNOTS - 1)
        points[:, k] = at
        way = unit(at - skull.centre)
        along = lean - way * (lean * way).sum(1, keepdims=True)
        along = unit(unit(along) + turn[:, None] * np.cross(way, unit(along)))
        at = at + along * (length / (KNOTS - 1))[:, None]
        way = unit(at - skull.centre)
        at = skull.centre + way * (skull.radius(way) + lift_end * np.sin(np.pi * .5 * min(1, 1.6 * (s + .07))) - .02 * height * s ** 2)[:, None]
    pull = np.linspace(0, .45, KNOTS)[None, :, None] ** 1.5 * height[:, None, None]
    tips = points[guide][lock] - points[guide][lock][:, :1] + points[:, :1]
    points = points * (1 - pull) + tips * pull
    return points + .006 * r.normal(size=(n, 1, 3)) * np.linspace(0, 1, KNOTS)[None, :, None], lock


def grow(character, density, style, r):
    skull = Skull(character)
    count = style.get('count', 30000)
    tri, bary, root, _ = scatter(character, density, count, r)
    kinds = dict(tied=lambda: _tied(skull, root, r, style.get('loose', .025)), parted=lambda: _parted(skull, root, r, style.get('part', .1), style.get('loose', .025)),
                 short=lambda: _short(skull, root, r, style.get('top', .36), style.get('side', .085)))
    points, lock = kinds[style['kind']]()
    long = style['kind'] != 'short'
    thin = np.linspace(1, .35 if long else .55, KNOTS)
    radius = style.get('radius', .0007) * r.uniform(.7, 1.2, (len(points), 1)) * thin
    shade = r.uniform(.55, 1.45, lock.max() + 1)[lock] * r.uniform(.7, 1.3, len(points))      # hairs of a lock look alike: else 60,000 of them are one brown
    if long:
        inside = (density[tri] * bary).sum(1)      # hairs are finer the nearer they grow to the face
        radius *= np.clip(.42 + .58 * inside / .8, 0, 1)[:, None]
        shade *= np.clip(.5 + .5 * inside / .8, 0, 1)
        # the soft edge of the hairline: short fine hairs
        edge = np.where((density > .02) & (density < .75) & (np.abs(character.v[:, 0]) < .71), 1., 0.)      # not on the ears
        _, _, fine, _ = scatter(character, edge, count // 10, r)
        way = unit(fine - skull.centre)           # combed back as well, along the skin: standing off they were dotted bristles before the ears
        back = np.array([0, .6, -.8]) if style['kind'] == 'tied' else _gathered(fine, skull, style.get('part', .1), r)[2] - way
        back = back + .15 * r.normal(size=fine.shape)
        back = unit(back - way * (back * way).sum(1, keepdims=True))
        s = np.linspace(0, 1, KNOTS)[None, :, None]
        length = r.uniform(.08, .42, (len(fine), 1, 1))
        short = unit(fine[:, None] + length * s * back[:, None] - skull.centre)
        away = np.linalg.norm(fine - skull.centre, axis=1)[:, None] + (np.linspace(0, 1, KNOTS) * r.uniform(.006, .03, (len(fine), 1)))
        short = skull.centre + short * np.maximum(away, np.linspace(0, 1, KNOTS) * (skull.radius(short) + .008))[..., None]
        points = np.concatenate([points, short])
        radius = np.concatenate([radius, np.full((len(fine), KNOTS), style.get('radius', .0007) * .6) * np.linspace(1, .3, KNOTS)])
        shade = np.concatenate([shade, np.full(len(fine), .5)])
    way = points - skull.centre
    height = np.linalg.norm(way, axis=2) - skull.radius(unit(way))
    reach = hair_light.buried(height, unit(way), style.get('depth', .05))
    seen = unit(way)[..., 2].max(1) > -.3         # nobody sees the back of the head
    return points[seen], radius[seen], np.repeat(shade[seen, None], KNOTS, 1), reach[seen], skull.centre


# ---------------------------------------------------------------- Blender
def _material(bpy):
    m = bpy.data.materials.new('hair')
    m.use_nodes = True
    t = m.node_tree
    t.nodes.clear()
    light, emission, out = (t.nodes.new(n) for n in ('ShaderNodeAttribute', 'ShaderNodeEmission', 'ShaderNodeOutputMaterial'))
    light.attribute_name = 'light'
    t.links.new(light.outputs['Color'], emission.inputs['Color'])
    t.links.new(emission.outputs[0], out.inputs['Surface'])
    return m


def show(bpy, points, radius):
    """The strands as a hair object. Its knots are vertices of a hidden mesh, which is returned: move those and the hair follows (metres, z up); its attribute `light` is what they shine."""
    n, k = radius.shape
    mesh = bpy.data.meshes.new('knots')
    mesh.vertices.add(n * k)
    mesh.vertices.foreach_set('co', points.reshape(-1).astype(np.float32))
    a = np.arange(n * k).reshape(n, k)
    edges = np.stack([a[:, :-1], a[:, 1:]], -1).reshape(-1, 2)
    mesh.edges.add(len(edges))
    mesh.edges.foreach_set('vertices', edges.ravel())
    mesh.attributes.new('thick', 'FLOAT', 'POINT').data.foreach_set('value', radius.ravel().astype(np.float32))
    mesh.attributes.new('light', 'FLOAT_VECTOR', 'POINT')
    mesh.update()
    knots = bpy.data.objects.new('knots', mesh)
    knots.hide_render = True
    bpy.context.scene.collection.objects.link(knots)
    material = _material(bpy)
    curves = bpy.data.hair_curves.new('strands')
    curves.materials.append(material)
    hair = bpy.data.objects.new('strands', curves)
    bpy.context.scene.collection.objects.link(hair)
    hair.modifiers.new('knots', 'NODES').node_group = _nodes(bpy, knots, material)
    return knots


def _nodes(bpy, knots, material):
    """Geometry nodes: the edges of the knots' mesh → curves with their radius."""
    g = bpy.data.node_groups.new('strands', 'GeometryNodeTree')
    g.inputs.new('NodeSocketGeometry', 'Geometry')
    g.outputs.new('NodeSocketGeometry', 'Geometry')
    g.nodes.new('NodeGroupInput')
    out, source, curve, thick, value, paint = (g.nodes.new(n) for n in ('NodeGroupOutput', 'GeometryNodeObjectInfo', 'GeometryNodeMeshToCurve', 'GeometryNodeSetCurveRadius',
                                                                         'GeometryNodeInputNamedAttribute', 'GeometryNodeSetMaterial'))
    source.inputs['Object'].default_value = knots
    value.inputs[0].default_value = 'thick'
    paint.inputs['Material'].default_value = material
    link = g.links.new
    link(source.outputs['Geometry'], curve.inputs[0])
    link(curve.outputs[0], thick.inputs[0])
    link(next(o for o in value.outputs if o.enabled), thick.inputs['Radius'])
    link(thick.outputs[0], paint.inputs[0])
    link(paint.outputs[0], out.inputs[0])
    return g
