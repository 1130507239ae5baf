"""stage.py: one drawn person in a Blender scene: meshes, materials, lamps, world and camera of each film. Used by 01_render.py."""
import math, os, sys, tempfile
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..', 'avatar_recipe')]
import bpy, cv2, numpy as np
from mathutils import Vector
import character as C, eyes, looks, mhcore, scene, skin, wear

CROP, BOX = 360, 328                               # pixels: what is rendered, the face box in its middle
FACE_MESH = 13380                                  # vertices of the body itself; helpers follow
POINTS = dict(upper_in=509, lower_in=494, upper_out=455, lower_out=492, corner_r=499, corner_l=7248, nose_tip=297, nose_bridge=136, chin=5211)
MOUTH_PARTS = ('body', 'teeth', 'tongue', 'beard')
A = mhcore.A


def config(person):
    """The recipe's description of a character for this person."""
    hair, brow, lash, tooth = person['hair']['style'], person['brows']['shape'], person['lashes']['shape'], person['teeth']['shape']
    teeth = 'teeth_base' if tooth == 0 else f'teeth_shape{tooth:02d}'
    proxies = dict(eyes='eyes/high-poly/high-poly.mhclo', brows=f'eyebrows/eyebrow{brow:03d}/eyebrow{brow:03d}.mhclo',
                   lashes=f'eyelashes/eyelashes{lash:02d}/eyelashes{lash:02d}.mhclo', teeth=f'teeth/{teeth}/{teeth}.mhclo', tongue='tongue/tongue01/tongue01.mhclo')
    if hair not in ('buzz', 'bald'):
        proxies['hair'] = f'hair/{hair}/{hair}.mhclo'
    return dict(name=f'person_{person["number"]:03d}', targets=person['targets'], proxies=proxies)


def _image_mean(path):
    """Mean linear luminance of what the texture shows, to bring hair of any texture to the colour that is asked for."""
    p = cv2.imread(path, cv2.IMREAD_UNCHANGED).astype(np.float32) / 255
    a = p[..., 3] > .5 if p.shape[2] == 4 else np.ones(p.shape[:2], bool)
    return float(((p[..., :3][a] ** 2.2) @ np.array([.0722, .7152, .2126], np.float32)).mean())


def _hair_like(name, path, colour, rough, gamma=1., power=1.):
    m = scene.mat_alpha(name, path, rough, .22, tuple(colour), power / max(_image_mean(path), .004), 0., gamma)
    return m


def _set(material, **values):
    for node in material.node_tree.nodes:
        if node.type == 'BSDF_PRINCIPLED':
            for k, v in values.items():
                node.inputs[k].default_value = v
    return material


def _teeth(spec):
    m = scene.N('teeth')
    t = m.img(f'{A}/teeth/materials/teeth.png')
    g = m.n('ShaderNodeHueSaturation')
    g.inputs['Saturation'].default_value = .75 - .35 * spec['white']
    g.inputs['Value'].default_value = 1.0 + .25 * spec['white']
    m.l(t.outputs['Color'], g.inputs['Color'])
    w = m.n('ShaderNodeMixRGB', blend_type='MULTIPLY')
    w.inputs['Fac'].default_value = 1
    tint = np.array([1, .93 - .10 * spec['warm'], .82 - .24 * spec['warm']]) * spec['light'] * 1.15
    w.inputs['Color2'].default_value = (*tint, 1)
    b = scene.principled(m, Roughness=.22, Specular=.5, Subsurface=.06)
    b.inputs['Subsurface Radius'].default_value = (.002, .0014, .001)
    m.l(g.outputs[0], w.inputs['Color1'])
    m.l(w.outputs[0], b.inputs['Base Color'])
    m.l(w.outputs[0], b.inputs['Subsurface Color'])
    glow = m.n('ShaderNodeMixRGB', blend_type='MULTIPLY')
    glow.name, glow.inputs['Fac'].default_value, glow.inputs['Color2'].default_value = 'glow', 1, (0, 0, 0, 1)
    m.l(w.outputs[0], glow.inputs['Color1'])
    m.l(glow.outputs[0], b.inputs['Emission'])
    m.l(b.outputs[0], m.out.inputs['Surface'])
    return m.mat


def _plain(name, colour, **kw):
    m = scene.N(name)
    b = scene.principled(m, **kw)
    b.inputs['Base Color'].default_value = (*colour, 1)
    m.l(b.outputs[0], m.out.inputs['Surface'])
    return m.mat


def pose_person(character, person, pose, visemes, parts=None):
    """Vertices of every part for a pose of the head and a mouth; also the pose units, for the label."""
    C.BASE, kept = {**C.BASE}, C.BASE
    up = pose['smile'] + person.get('rest_smile', .12)
    C.BASE.update({**C.both('InnerBrowUp', .1 + .8 * max(0, pose['brow'])), **C.both('OuterBrowUp', .08 + .6 * max(0, pose['brow'])), **C.both('BrowDown', pose['frown']),
                   **C.both('LowerLidUp', pose['squint']), **C.up(up), **C.both('CheekUp', .05 + .5 * pose['smile'])})
    units = C.units({v: w * (person['articulation'] if v != 'sil' else 1) for v, w in zip(C.NAMES, visemes) if w > .002}, pose['blink'])
    C.BASE = kept
    r = math.radians
    bend = lambda k: np.array([r(pose['nod']), r(pose['turn']), r(pose['tilt'])]) * k
    rot = {'neck01': bend(.2), 'neck02': bend(.2), 'neck03': bend(.2), 'head': bend(.4)}
    for e in ('eye.L', 'eye.R'):
        rot[e] = (-r(pose['nod']) * .85 + r(pose['look'][0]), -r(pose['turn']) * .85 + r(pose['look'][1]), 0)
    return eyes.sink(character.pose(units, extra_rot=rot, parts=parts), pose['blink']), units


class Stage(scene.Presenter):
    def __init__(self, person, texture, regions, samples, workdir):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        for image in list(bpy.data.images):
            bpy.data.images.remove(image)
        self.person, self.cfg, self.workdir = person, config(person), workdir
        self.ch = mhcore.Character(self.cfg)
        self.objs, self.maps = {}, {}
        self.eyes = eyes.replace(self.ch)
        teeth = self.ch.rest['teeth']              # narrower and 1.5 mm back: on narrow or smiling mouths the side teeth stood before the lips
        teeth *= [.93, 1, 1]
        teeth -= [0, 0, .015]
        self._wear(regions)
        p0 = self.ch.pose({})
        self.eye_height = float((self.ch.joint('eye.L____head')[1] + self.ch.joint('eye.R____head')[1]) / 2 * .1)
        self._body(p0, texture)
        self._parts(p0)
        self._eyes(p0)
        self._engine(samples)
        self.passes(workdir)

    def _wear(self, regions):
        r = np.random.default_rng(self.person['skin']['seed'] + 1)
        paint, self.extra = self.person['paint'], {}
        if paint['beard'] > 0:
            share = {'full': dict(jaw=1, moustache=1, chin=1), 'goatee': dict(chin=1, moustache=1), 'moustache': dict(moustache=1), 'chin': dict(chin=1)}[paint['beard_kind']]
            density = np.maximum.reduce([regions[k] * w for k, w in share.items()])
            count = int((11000 if paint['beard_kind'] == 'full' else 5000) * (.6 + .6 * paint['beard']))
            s = wear.Strands(self.ch, density, count, .03 + .075 * paint['beard'] ** 1.5, .0009, r)
            s.join('beard')
            colour = np.array(self.person['hair']['colour']) * .7
            self.extra['beard'] = (s.faces, lambda: _plain('beard', colour, Roughness=.42, Specular=.35))
        g = self.person['glasses']
        if g:
            v, faces = wear.glasses_mesh(self.ch, g)
            wear.add_rigid(self.ch, 'glasses', v)
            self.extra['glasses'] = (faces, lambda: _plain('frame', g['colour'], Roughness=.25, Specular=.5, Metallic=g['metal']))

    def _body(self, p0, texture):
        ch, z = self.ch, p0['body'][:, 2]
        keep = [i for i, g in enumerate(ch.grp) if g == 'body' and min(z[v] for v in ch.faces[i]) > self.eye_height - .27]
        s = self.person['skin']
        mat = _set(scene.mat_skin(texture), Roughness=s['shine'], Specular=s['oil'])
        self.add('body', p0['body'], [ch.faces[i] for i in keep], [ch.ft[i] for i in keep], ch.vt, mat, 1)
        me = self.objs['body'].data
        inside = me.materials[0].copy()
        inside.name = 'mouth'
        me.materials.append(inside)
        for node in inside.node_tree.nodes:
            if node.type == 'HUE_SAT':
                node.inputs['Value'].default_value = .5
            if node.type == 'BSDF_PRINCIPLED':
                node.inputs['Specular'].default_value = .3
        uv = np.zeros(len(me.loops) * 2, np.float32)
        me.uv_layers[0].data.foreach_get('uv', uv)
        uv = uv.reshape(-1, 2)
        for p in me.polygons:                      # the cavity's place in the texture
            u, v = uv[p.loop_start:p.loop_start + p.loop_total].mean(0)
            p.material_index = int(.74 < u < .95 and v < .15)

    def _parts(self, p0):
        ch, person = self.ch, self.person
        hair, lash, brow = person['hair'], person['lashes'], person['brows']
        grown = np.array(hair['colour'])
        brow_name, lash_name = f'eyebrow{brow["shape"]:03d}', f'eyelashes{lash["shape"]:02d}'
        mats = dict(teeth=lambda: _teeth(person['teeth']), tongue=lambda: scene.mat_plain('tongue', f'{A}/tongue/tongue01/tongue01_diffuse.png', .32, .5, .05),
                    brows=lambda: _hair_like('brows', f'{A}/eyebrows/{brow_name}/{brow_name}.png', np.minimum(grown * .55 + .004, .16) * (1.5 - brow['dark']), .6, brow['thick']),
                    lashes=lambda: scene.mat_alpha('lashes', f'{A}/eyelashes/{lash_name}/{lash_name}.png', .6, .1, col=(.012, .009, .007), gamma_a=2.8 - 1.7 * lash['strength']),
                    hair=lambda: _hair_like('hair', f'{A}/hair/{hair["style"]}/{hair["style"]}_diffuse.png', grown, .42))
        for role, proxy in ch.proxies.items():
            z = p0[role][:, 2]
            keep = [i for i in range(len(proxy.faces)) if min(z[v] for v in proxy.faces[i]) > self.eye_height - .24]
            self.add(role, p0[role], [proxy.faces[i] for i in keep], [proxy.ft[i] for i in keep], proxy.vt, mats[role](), int(role == 'tongue'))
        for name, (faces, mat) in self.extra.items():
            self.add(name, p0[name], [list(map(int, f)) for f in faces], [[-1] * len(f) for f in faces], np.zeros((1, 2)), mat(), 0)

    def _eyes(self, p0):
        faces, corners, uv = self.eyes
        path = os.path.join(self.workdir, 'eye.png')
        cv2.imwrite(path, eyes.paint(self.person['eyes'], self.person['skin']['seed']))
        self.add('eyes', p0['eyes'], faces, corners, uv, looks.eye_material(path), 0)

    def _engine(self, samples):
        self.sc = sc = bpy.context.scene
        cam = bpy.data.cameras.new('cam')
        self.cam = bpy.data.objects.new('cam', cam)
        sc.collection.objects.link(self.cam)
        sc.camera = self.cam
        cam.sensor_width, cam.clip_start = 36, .01
        r = sc.render
        r.engine, r.resolution_x, r.resolution_y, r.resolution_percentage = 'CYCLES', CROP, CROP, 100
        r.film_transparent, r.use_persistent_data, r.filter_size = True, True, 1.3
        r.image_settings.file_format, r.image_settings.color_mode = 'PNG', 'RGBA'
        c = sc.cycles
        c.device, c.samples, c.use_adaptive_sampling, c.use_denoising = 'CPU', samples, False, False
        c.max_bounces, c.diffuse_bounces, c.glossy_bounces, c.transmission_bounces, c.transparent_max_bounces = 4, 2, 2, 2, 8
        c.caustics_reflective = c.caustics_refractive = False
        c.sample_clamp_indirect, c.sample_clamp_direct, c.blur_glossy = 2, 6, 1

    # ---------------------------------------------------------------- one film: light and lens
    def film(self, film):
        p = pose_person(self.ch, self.person, dict(nod=0, turn=0, tilt=0, look=[0, 0], blink=0, brow=0, frown=0, smile=0, squint=0), [1] + [0] * 15)[0]['body'][:FACE_MESH]
        self.rest = p
        eyes = (self.ch.joint('eye.L____head') + self.ch.joint('eye.R____head')) / 2 * .1
        self.face = np.array([0, -eyes[2], eyes[1] - .04])
        ref = self.ch.v[:FACE_MESH] * .1
        cheek = p[(ref[:, 2] > eyes[2] - .062) & (np.abs(ref[:, 1] - eyes[1] + .045) < .03) & (np.abs(ref[:, 0]) < .12)]
        self.box_m = (cheek[:, 0].max() - cheek[:, 0].min()) * .95 * film['box'][0]
        self.ppm = BOX / self.box_m                # pixels a metre at the face
        for o in [o for o in bpy.data.objects if o.type == 'LIGHT']:
            bpy.data.objects.remove(o)
        for n, lamp in enumerate(film['lamps']):
            az, h, d = math.radians(lamp['azimuth']), math.radians(lamp['height']), 1.3
            at = self.face + d * np.array([math.sin(az) * math.cos(h), -math.cos(az) * math.cos(h), math.sin(h)])
            self.light(f'lamp{n}', at, self.face, lamp['size'], 15 * lamp['power'] * (1 - film['world_share']), lamp['colour'])
        self._world(film)
        az, h, roll = (math.radians(x) for x in film['camera'])
        d, co = film['distance'], self.cam
        at = self.face + d * np.array([math.sin(az) * math.cos(h), -math.cos(az) * math.cos(h), math.sin(h)])
        co.location = at
        q = (Vector(self.face) - Vector(at)).to_track_quat('-Z', 'Y')
        co.rotation_euler = (q.to_matrix() @ __import__('mathutils').Matrix.Rotation(roll, 3, 'Z')).to_euler()
        self.focal = self.ppm * d                  # pixels
        co.data.lens = self.focal * 36 / CROP

    def _world(self, film):
        old = self.sc.world
        w = bpy.data.worlds.new('w')
        self.sc.world = w
        if old:
            bpy.data.worlds.remove(old)
        w.use_nodes = True
        t, back = w.node_tree, w.node_tree.nodes['Background']
        if film['world'] == 'plain':
            back.inputs[0].default_value = (*[(c / 255) ** 2.2 * .5 + .5 for c in film['background']['colour']], 1)
            back.inputs[1].default_value = film['world_share'] * .7
            return
        path = world_path(film['world'])
        env, mapping, co = (t.nodes.new(n) for n in ('ShaderNodeTexEnvironment', 'ShaderNodeMapping', 'ShaderNodeTexCoord'))
        env.image = bpy.data.images.load(path, check_existing=True)
        mapping.inputs['Rotation'].default_value = (0, 0, math.radians(film['world_turn']))
        t.links.new(co.outputs['Generated'], mapping.inputs[0])
        t.links.new(mapping.outputs[0], env.inputs[0])
        t.links.new(env.outputs[0], back.inputs[0])
        mean = cv2.imread(path, -1)[..., :3].clip(0, 20).mean()
        back.inputs[1].default_value = film['world_share'] / max(float(mean), .01)

    def glow(self, light):
        """Light also comes to the teeth through lips and cheeks, which few bounces leave out: they glow a little with the light on the skin."""
        for material in bpy.data.materials:
            if material.name == 'teeth':
                material.node_tree.nodes['glow'].inputs['Color2'].default_value = (*[.20 * x for x in light], 1)

    # ---------------------------------------------------------------- one pose
    def aim(self, body, film):
        """Move the picture plane so that the face box of this pose lies in the middle of the crop; whole pixels, as a film has."""
        self.cam.data.shift_x = self.cam.data.shift_y = 0
        q = self.project(body)
        ref = self.ch.v[:FACE_MESH] * .1
        oval = q[(ref[:, 2] > .05) & (ref[:, 1] > self.eye_height - .075) & (ref[:, 1] < self.eye_height) & (np.abs(ref[:, 0]) < .078)]
        eyes = q[POINTS['nose_bridge']]
        x = .5 * (oval[:, 0].min() + oval[:, 0].max()) * .5 + eyes[0] * .5 + film['box'][1] * BOX
        y = eyes[1] + BOX * (.5 - .125) + film['box'][2] * BOX
        self.offset = np.round([x - CROP / 2, y - CROP / 2])
        self.cam.data.shift_x, self.cam.data.shift_y = self.offset[0] / CROP, -self.offset[1] / CROP

    def project(self, points):
        """World points → pixels of the crop (x right, y down)."""
        bpy.context.view_layer.update()
        M = np.array(self.cam.matrix_world.inverted())
        P = np.asarray(points) @ M[:3, :3].T + M[:3, 3]
        f, s = self.focal, self.cam.data
        return np.stack([CROP / 2 + f * P[:, 0] / -P[:, 2] - s.shift_x * CROP, CROP / 2 - f * P[:, 1] / -P[:, 2] + s.shift_y * CROP], 1)


def world_path(name):
    """One of the CC0 worlds that come with Blender."""
    return os.path.join(bpy.utils.system_resource('DATAFILES'), 'studiolights', 'world', f'{name}.exr')
