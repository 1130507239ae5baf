"""hair_light.py: how strands of hair are lit: by their direction (Kajiya and Kay 1989, with the two shifted highlights of Marschner et al. 2003), darker where other hairs lie above them.

Path-traced strands thinner than a pixel want a hundred samples, which an hour's loop has not; a denoiser made a cap of eight. What is computed at a knot has no noise, and a strand shows it as it is.
"""
import numpy as np

SHIFT, SHINE, GLOW = (.33, .55), (80, 14), (.5, 1.1)     # of the highlight on a hair's surface and of the one that went through it: towards the tip, exponent, strength
WRAP = .30                                                 # how far light creeps round the head


def unit(x):
    return x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-9)


def buried(height, way, scale, rows=40, columns=80):
    """How much of the light reaches a knot (0…1): by how far (height: over the skull) it lies under the highest hairs around it. way: unit vectors from the middle of the head."""
    cell = (np.arccos(np.clip(way[..., 1], -1, 1)) / np.pi * (rows - 1)).astype(int) * columns + ((np.arctan2(way[..., 0], way[..., 2]) / (2 * np.pi) + .5) * (columns - 1)).astype(int)
    flat, order = cell.ravel(), np.argsort(cell.ravel(), kind='stable')
    edges = np.flatnonzero(np.r_[True, np.diff(flat[order]) != 0, True])
    top = np.zeros(rows * columns)
    for a, b in zip(edges[:-1], edges[1:]):
        top[flat[order[a]]] = np.quantile(height.ravel()[order[a:b]], .93)
    return np.clip(np.exp((height - top[cell]) / scale), .10, 1)


def light(points, centre, shade, reach, lamps, eye, spec):
    """points [strands, knots, 3] and the head's middle in the world (metres), shade (times the hair's colour) and reach (what is left of the light) per knot;
    lamps: (place, watts, colour); eye: the camera; spec: colour, gain, sky → linear light per knot [strands, knots, 3]."""
    along, out = unit(np.gradient(points, axis=1)), unit(points - centre)
    view = unit(eye - points)
    colour = np.array(spec['colour']) * shade[..., None]
    tint = np.sqrt(colour)                                 # light that crosses a hair is coloured less than light that was scattered in many
    # a hair tells no front from back: its shifted tangents are those of a scale that stands off the skin
    scales = [unit(along + s * out) for s in SHIFT]
    result = colour * np.array(spec.get('sky', (.16, .16, .17))) * (.6 + .4 * np.clip(out[..., 2:], 0, 1))
    for place, watts, lamp in lamps:
        to = np.array(place) - points
        far = np.linalg.norm(to, axis=-1, keepdims=True)
        to, half = to / far, unit(to / far + view)
        facing = np.clip(((out * to).sum(-1, keepdims=True) + WRAP) / (1 + WRAP), 0, 1)
        scattered = colour * np.sqrt(np.maximum(1 - (along * to).sum(-1, keepdims=True) ** 2, 0))
        sine = [np.maximum(1 - (t * half).sum(-1, keepdims=True) ** 2, 0) ** (p / 2) for t, p in zip(scales, SHINE)]
        shine = GLOW[0] * np.array((.11, .098, .085)) * sine[0] + GLOW[1] * .25 * tint * sine[1]
        result = result + facing * (scattered + shine) * np.array(lamp) * (watts * spec.get('gain', .14) / far ** 2)
    return result * reach[..., None]
