# hair_test.py: how strands of the recipe's hair are lit (tools/avatar_recipe/hair_light.py), without Blender.
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / 'tools' / 'avatar_recipe'))
try:
    import numpy as np
except ImportError as missing:
    print('skipped:', missing)
    sys.exit(77)
import hair_light  # noqa: E402

SPEC = dict(colour=(.05, .03, .02), sky=(0, 0, 0))
LAMP = (np.array([0., -2., 0.]), 10., (1., 1., 1.))        # in front, where the camera is
EYE = np.array([0., -2., 0.])


def strand(direction, along):
    """one strand on a head of 10 cm, standing where `direction` points"""
    out = hair_light.unit(np.array(direction, float))
    return (out * .1 + np.linspace(-.01, .01, 6)[:, None] * hair_light.unit(np.array(along, float)))[None]


def lit(points, lamps=(LAMP,), reach=1., shade=1., spec=SPEC):
    n = points.shape[:2]
    return hair_light.light(points, np.zeros(3), np.full(n, shade), np.full(n, reach), list(lamps), EYE, spec)


class HairLight(unittest.TestCase):
    def test_what_faces_the_lamp_is_brighter_than_what_faces_away(self):
        front, side, back = (lit(strand(d, (0, 0, 1))).mean() for d in ((0, -1, 0), (1, 0, 0), (0, 1, 0)))
        self.assertGreater(front, 1.5 * side)
        self.assertGreater(side, back)
        self.assertEqual(back, 0)

    def test_light_falls_with_the_square_of_the_distance_and_adds_up(self):
        far = (LAMP[0] * 10, LAMP[1] * 100, LAMP[2])
        points = strand((0, -1, 0), (0, 0, 1))
        one = lit(points)
        np.testing.assert_allclose(lit(points, (far,)).mean(), one.mean(), rtol=.2)      # nearly: its rays come straighter
        np.testing.assert_allclose(lit(points, (LAMP, LAMP)), 2 * one)
        self.assertEqual(lit(points, ()).max(), 0)

    def test_a_strand_that_points_at_the_lamp_scatters_little(self):
        across, towards = lit(strand((0, -1, 0), (0, 0, 1))).mean(), lit(strand((0, -1, 0), (0, 1, 0))).mean()
        self.assertGreater(across, 3 * towards)

    def test_what_is_buried_is_darker(self):
        way = hair_light.unit(np.random.default_rng(1).normal(size=(400, 1, 3)) * .05 + [0, 0, 1])
        height = np.linspace(0, .1, 400)[:, None]
        reach = hair_light.buried(height, way, .03)
        self.assertGreater(reach[-40:].mean(), .9)
        self.assertLess(reach[:40].mean(), .3)
        self.assertTrue(((reach >= .1) & (reach <= 1)).all())
        points = strand((0, -1, 0), (0, 0, 1))
        np.testing.assert_allclose(lit(points, reach=.25), lit(points) / 4)

    def test_hair_keeps_its_colour(self):
        lit_up = lit(strand((0, -1, 0), (0, 0, 1)))[0].mean(0)
        self.assertTrue(lit_up[0] > lit_up[1] > lit_up[2])


if __name__ == '__main__':
    unittest.main()
