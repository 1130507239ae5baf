"""looks.py: the better looks of a character, where its CFG asks for them with 'looks': strands for hair, own eyes, painted skin with pores, lit teeth.

prepare(character, cfg) before the scene is built, skin_texture(cfg, folder) for the body's picture, build(presenter) after it.
"""
import os, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'people'))
import cv2, numpy as np
import eyes, hair_light, mhcore, skin, strands


def _regions(low, arch):
    half = {f'macrodetails/caucasian-{s}-young': .5 for s in ('female', 'male')}
    ch = mhcore.Character(dict(targets=half, proxies={}))
    lip = lambda name: np.linalg.norm(mhcore.load_target(f'{mhcore.A}/targets/mouth/mouth-{name}-volume-incr.target', len(ch.v)), axis=1)
    return ch, skin.vertex_regions(ch, lip('upperlip'), lip('lowerlip'), low, arch)


def light_hair(presenter, posed):
    """What the strands shine in the pose `posed` (a character's parts) goes to their knots."""
    hair, knots = presenter.hair, presenter.objs['strands'].data
    points = posed['strands'][:-1].reshape(*hair['shade'].shape, 3)
    lamps = [(o.location, o.data.energy, o.data.color) for o in presenter.sc.objects if o.type == 'LIGHT']
    shines = hair_light.light(points, posed['strands'][-1], hair['shade'], hair['reach'], lamps, np.array(presenter.cam.location), hair)
    knots.attributes['light'].data.foreach_set('vector', shines.astype(np.float32).ravel())
    knots.update()


def prepare(character, looks):
    """Replaces the eyes and adds the strands as parts that mhcore poses."""
    made = {}
    made['eyes'] = eyes.replace(character)
    character.rest['teeth'] = character.rest['teeth'] * [.93, 1, 1] - [0, 0, .015]      # narrower and 1.5 mm back: the side teeth stood before the corners of smiling lips
    spec = looks['strands']
    base, regions = _regions(spec.get('low', 0.), spec.get('arch', 0.))
    points, radius, shade, reach, centre = strands.grow(character, regions['scalp'], spec, np.random.default_rng(spec['seed']))
    character.rest['strands'], character.wt['strands'] = np.vstack([points.reshape(-1, 3), centre]), 'head'
    made['strands'] = dict(radius=radius * .1, shade=shade, reach=reach)      # decimetres → metres
    made['masks'] = skin.region_masks(base, regions)
    return made


def skin_texture(looks, made, folder):
    path = os.path.join(folder, 'skin.png')
    cv2.imwrite(path, skin.paint(looks['painted'], made['masks'], mhcore.A))
    return path


def eye_material(path):
    """A painted ball that is wet: water reflects 2 to 4 %. A clear coat of this material gives a quarter of that, and without the lamps in them eyes stare."""
    import scene
    m = scene.N('eye')
    b = scene.principled(m, Roughness=.05, Specular=.5)
    m.l(m.img(path).outputs['Color'], b.inputs['Base Color'])
    m.l(b.outputs[0], m.out.inputs['Surface'])
    return m.mat


def build(presenter, looks, made, folder):
    """Eyes and strands into the scene of a scene.Presenter; pores into its skin; teeth that are not left in the dark."""
    import bpy
    p0 = presenter.ch.pose({})
    faces, corners, uv = made['eyes']
    path = os.path.join(folder, 'eye.png')
    cv2.imwrite(path, eyes.paint(looks['eyes']))
    presenter.add('eyes', p0['eyes'], faces, corners, uv, eye_material(path), 0)
    hair = made['strands']
    knots = strands.show(bpy, p0['strands'][:-1], hair['radius'])
    presenter.objs['strands'], presenter.maps['strands'] = knots, np.arange(hair['radius'].size)
    presenter.hair = hair | looks['strands']
    for material in bpy.data.materials:
        if material.name == 'skin':
            _pores(material, looks)
        if material.name == 'teeth':
            _teeth(material, looks['teeth'])
            _deep(presenter, 'teeth', material, p0, looks['teeth'].get('depth', 0))
        if material.name == 'tongue' and 'tongue' in looks:
            _tongue(material, looks['tongue'])
            _deep(presenter, 'tongue', material, p0, looks['tongue'].get('depth', 0))
        if material.name == 'mouth' and 'throat' in looks:
            next(n for n in material.node_tree.nodes if n.type == 'HUE_SAT').inputs['Value'].default_value = looks['throat']


def _pores(material, looks):
    """Small dents everywhere, closer on nose and cheeks by the texture's own bump; a shine that is not the same everywhere."""
    t, spec = material.node_tree, looks['painted']['skin']
    bsdf = next(n for n in t.nodes if n.type == 'BSDF_PRINCIPLED')
    bump = next(n for n in t.nodes if n.type == 'BUMP')
    cells, second, coords = t.nodes.new('ShaderNodeTexVoronoi'), t.nodes.new('ShaderNodeBump'), t.nodes.new('ShaderNodeTexCoord')
    cells.inputs['Scale'].default_value = 620
    second.inputs['Strength'].default_value, second.inputs['Distance'].default_value = looks['pores'] * .35, .0004
    t.links.new(coords.outputs['UV'], cells.inputs['Vector'])
    t.links.new(cells.outputs['Distance'], second.inputs['Height'])
    t.links.new(bump.outputs['Normal'], second.inputs['Normal'])
    t.links.new(second.outputs['Normal'], bsdf.inputs['Normal'])
    noise, rough = t.nodes.new('ShaderNodeTexNoise'), t.nodes.new('ShaderNodeMapRange')
    noise.inputs['Scale'].default_value = 45
    rough.inputs['To Min'].default_value, rough.inputs['To Max'].default_value = spec['shine'] - .09, spec['shine'] + .09
    t.links.new(coords.outputs['UV'], noise.inputs['Vector'])
    t.links.new(noise.outputs['Fac'], rough.inputs['Value'])
    t.links.new(rough.outputs[0], bsdf.inputs['Roughness'])
    bsdf.inputs['Specular'].default_value = spec['oil']


def _teeth(material, spec):
    """White teeth keep their gaps: the texture is multiplied, not painted over, and light that came through lips and cheeks is added."""
    t = material.node_tree
    bsdf = next(n for n in t.nodes if n.type == 'BSDF_PRINCIPLED')
    mix = next(n for n in t.nodes if n.type == 'MIX_RGB')
    mix.blend_type, mix.inputs['Fac'].default_value = 'MULTIPLY', 1
    tint = np.array([1, .95 - .08 * spec['warm'], .86 - .22 * spec['warm']]) * spec['light'] * (1.05 + .2 * spec['white'])
    mix.inputs['Color2'].default_value = (*tint, 1)
    t.links.new(mix.outputs[0], bsdf.inputs['Emission'])
    bsdf.inputs['Emission Strength'].default_value = spec.get('glow', .13)


def _deep(presenter, part, material, posed, depth):
    """Teeth and tongue further back stand in the shadow of the cheeks, which few samples do not find: they darken with their distance behind what is in front. depth: metres to the dark, 0: no."""
    if not depth:
        return
    mesh, y = presenter.objs[part].data, posed[part][presenter.maps[part]][:, 1]
    t0 = np.clip((y - y.min() - .004) / depth, 0, 1)
    mesh.attributes.new('light', 'FLOAT', 'POINT').data.foreach_set('value', (1 - .92 * t0 * t0 * (3 - 2 * t0)).astype(np.float32))
    t = material.node_tree
    bsdf = next(n for n in t.nodes if n.type == 'BSDF_PRINCIPLED')
    light, dark = t.nodes.new('ShaderNodeAttribute'), t.nodes.new('ShaderNodeMixRGB')
    light.attribute_name = 'light'
    dark.inputs['Color1'].default_value = (.16, .055, .05, 1)      # not black: what reaches them has gone through cheeks
    t.links.new(bsdf.inputs['Base Color'].links[0].from_socket, dark.inputs['Color2'])
    t.links.new(light.outputs['Fac'], dark.inputs['Fac'])
    for name in ('Base Color', 'Subsurface Color', 'Emission'):
        t.links.new(dark.outputs[0], bsdf.inputs[name])


def _tongue(material, spec):
    """The tongue's texture is nearly white; a tongue is not, and in a mouth's little light it looked blue. Few samples find it in there: what comes through the cheeks is added."""
    t = material.node_tree
    bsdf = next(n for n in t.nodes if n.type == 'BSDF_PRINCIPLED')
    mix = t.nodes.new('ShaderNodeMixRGB')
    mix.blend_type, mix.inputs['Fac'].default_value, mix.inputs['Color2'].default_value = 'MULTIPLY', 1, (*spec['tint'], 1)
    t.links.new(bsdf.inputs['Base Color'].links[0].from_socket, mix.inputs['Color1'])
    for name in ('Base Color', 'Subsurface Color', 'Emission'):
        t.links.new(mix.outputs[0], bsdf.inputs[name])
    bsdf.inputs['Emission Strength'].default_value = spec.get('glow', 0)
