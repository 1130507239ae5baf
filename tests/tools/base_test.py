# base_test.py: rendered people as a lesson for a generator of any face. The people here are grey ovals with a dark mouth: nobody has to be rendered.
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
os.environ['PYTHONDONTWRITEBYTECODE'] = '1'
ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / 'tools/base'), str(ROOT / 'tools/train'), str(ROOT / 'tools/people')]
try:
    import cv2
    import numpy as np
    import onnx  # noqa: F401
    import scipy.signal  # noqa: F401  augment.py needs it
    import torch
except ImportError as missing:
    print('skipped:', missing)
    sys.exit(77)
import judge_base  # noqa: E402
import nets  # noqa: E402
import people_lesson  # noqa: E402
import people_set  # noqa: E402
import person  # noqa: E402
from generator_set import OWN, UNITS  # noqa: E402
from trainer import Spent, Trainer  # noqa: E402

NAMES = dict(corner_l=1, corner_r=2, upper_out=3, lower_out=4)
HELD = person.HELD_OUT[0]
POSES, MOUTHS = 2, 3


def face(number, pose, opening):
    picture = np.full((360, 360, 3), 30 + 20 * number, np.uint8)
    cv2.ellipse(picture, (180 + 6 * pose, 180), (110, 150), 0, 0, 360, (120, 140, 190 + number), -1)
    cv2.ellipse(picture, (180 + 6 * pose, 250), (40, 4 + int(200 * opening)), 0, 0, 360, (20, 20, 60), -1)
    return cv2.GaussianBlur(picture, (0, 0), 1)


def draw_people(folder):
    """two persons to learn from, one held out, as ../people leaves them"""
    for number in (0, 1, HELD):
        mine = f'{folder}/person_{number:03d}'
        os.makedirs(mine + '/filmed')
        crops, points = [], []
        for pose in range(POSES):
            for mouth in range(MOUTHS):
                opening, name = .02 + .04 * mouth, f'f0p{pose}m{mouth}.png'
                cv2.imwrite(f'{mine}/{name}', face(number, pose, opening))
                cv2.imwrite(f'{mine}/filmed/{name}', face(number, pose, opening))
                visemes = [0.] * 16
                visemes[(0, 9, 14)[mouth]] = 1.
                crops.append(dict(file=name, film=0, pose=pose, mouth=mouth, track='said', t=10 + mouth, visemes=visemes, opening=opening))
                points.append([(0, 0), (140 + 6 * pose, 250), (220 + 6 * pose, 250), (180, 240), (180, 262)])
        np.savez(mine + '/points.npz', ids=np.arange(5), points=np.array(points, np.float16))
        with open(mine + '/labels.json', 'w') as f:
            json.dump(dict(person=dict(number=number, held_out=number == HELD), points=NAMES, crops=crops), f)


def gather(people, out):
    """people_set.py's folder with features of nobody in particular: an encoder has no part in what is tested here"""
    rows = [row for folder in people_set.folders(people) for row in people_set.rows_of(folder)]
    os.makedirs(out)
    for name, key in (('clean', 'file'), ('filmed', 'filmed')):
        people_set.pictures([row[key] for row in rows], f'{out}/{name}.npy')
    np.save(out + '/features.npy', np.random.default_rng(1).normal(size=(200, 512)).astype(np.float16))
    column = lambda key, kind: np.array([row[key] for row in rows], kind)
    np.savez(out + '/people.npz', person=column('person', int), pose=column('pose', int), held=column('held', bool), visemes=column('visemes', np.float32), lips=column('lips', np.float32),
             opening=column('opening', np.float32), rows=np.tile(np.arange(20, 20 + OWN + 1), len(rows)), first=np.arange(len(rows) + 1) * (OWN + 1), quiet=[9], own=OWN + 1)


class Lesson(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        draw_people(cls.folder.name + '/people')
        gather(cls.folder.name + '/people', cls.folder.name + '/set')
        cls.lesson = people_lesson.PeopleLesson(cls.folder.name + '/set')

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_who_is_held_out_is_never_learnt_from(self):
        lesson = self.lesson
        self.assertEqual((len(lesson.train), len(lesson.held)), (2 * POSES * MOUTHS, POSES * MOUTHS))
        self.assertEqual(set(lesson.person[lesson.held]), {HELD})
        r = np.random.default_rng(5)
        for _ in range(40):
            self.assertNotEqual(lesson.person[lesson.train[r.choice(len(lesson.train), p=lesson.chance)]], HELD)

    def test_a_reference_is_the_same_pose_with_another_mouth(self):
        lesson, r = self.lesson, np.random.default_rng(2)
        for i in lesson.train:
            mates = {int(lesson.mate(i, r)) for _ in range(30)}
            self.assertNotIn(i, mates)
            self.assertEqual({int(lesson.pose[m]) for m in mates}, {int(lesson.pose[i])})
            self.assertEqual(len(mates), MOUTHS - 1)

    def test_it_is_judged_from_the_mouth_that_tells_least(self):
        for i, reference in zip(self.lesson.held, self.lesson.pairs(self.lesson.held)):
            mine = self.lesson.mates[self.lesson.pose[i]]
            furthest = np.abs(self.lesson.opening[mine] - self.lesson.opening[i]).max()
            self.assertAlmostEqual(abs(self.lesson.opening[reference] - self.lesson.opening[i]), furthest)

    def test_both_pictures_see_the_same_camera_place_and_side(self):
        r = np.random.default_rng(3)
        for _ in range(12):
            a, b, _ = self.lesson.sample(r)
            self.assertEqual(a.shape, (320, 320, 3))
            self.assertLess(np.abs(a[:120].astype(int) - b[:120]).max(), 30)       # above every mouth; JPEG reaches a block further
            self.assertLess(np.abs(a[:100].astype(int) - b[:100]).mean(), .6)

    def test_the_box_as_it_was_rendered_is_taken_to_the_pixel(self):
        picture = np.random.default_rng(4).integers(0, 255, (360, 360, 3)).astype(np.uint8)
        np.testing.assert_array_equal(people_lesson.inner(picture, people_lesson.STILL), picture[20:340, 20:340])
        np.testing.assert_array_equal(people_lesson.inner(picture, people_lesson.STILL, True), picture[20:340, 20:340][:, ::-1])

    def test_what_mouths_change_counts_more(self):
        weight = self.lesson.weight.numpy()
        self.assertGreater(weight[230, 160], 4 * weight[60, 160])
        self.assertGreaterEqual(weight[2, 160], 4)                                    # no seam

    def test_it_learns_and_goes_on(self):
        out = self.folder.name + '/learnt'
        os.makedirs(out)
        torch.manual_seed(1)
        torch.set_num_threads(2)
        net, r, said = nets.Generator(.5), np.random.default_rng(1), []
        a, s, _, w, _ = self.lesson.batch(r, 2)
        from trainer import masked
        net.start(masked(a, s), w)
        trainer = Trainer(net, UNITS.shape[1], out)
        trainer.batch = trainer.listen = 2
        trainer.run(self.lesson, Spent(600, 3), r, lambda *words: said.append(' '.join(map(str, words))))
        self.assertRegex(said[-1], r'done 3 never seen: mouth [\d.]+ dB \(the reference itself [\d.]+\), known [\d.]+')
        self.assertEqual(cv2.imread(out + '/sample_000003.png').shape[0], 3 * 196)
        again = Trainer(nets.Generator(.5), UNITS.shape[1], out)
        self.assertTrue(again.resume())
        self.assertEqual(again.step, 3)


class Judging(unittest.TestCase):
    def test_everybody_belongs_to_a_group_of_each_kind(self):
        for number in person.HELD_OUT:
            groups = set(judge_base.groups_of(person.draw_person(1, number)))
            self.assertEqual(len(groups & {'women', 'men'}), 1)
            self.assertEqual(len(groups & {'under 38', '38 to 55', '56 and older'}), 1)
            self.assertEqual(len(groups & {'light skin', 'medium skin', 'dark skin'}), 1)

    def test_a_face_is_set_where_it_was_cut(self):
        crop = np.random.default_rng(4).integers(0, 255, (360, 360, 3)).astype(np.uint8)
        np.testing.assert_array_equal(judge_base.pasted(crop, people_lesson.inner(crop, people_lesson.STILL)), crop)

    def test_output_frames_show_template_frames_to_and_fro(self):
        self.assertEqual([judge_base.loop(n, 3) for n in range(7)], [1, 2, 1, 0, 1, 2, 1])


class Command(unittest.TestCase):
    def test_lists_every_stage_with_what_it_takes(self):
        with tempfile.TemporaryDirectory() as out:
            done = subprocess.run([sys.executable, '-B', str(ROOT / 'tools/base/base.py'), out + '/base', 'list'], capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ''))
            names = [line[9:].split()[0] for line in done.stdout.splitlines()]
            self.assertEqual((names[0], names[-1]), ('assets', 'table'))
            self.assertIn('faces', names)
            self.assertFalse(os.path.exists(out + '/base/work'))

    def test_a_folder_of_nobody_is_told_in_one_line(self):
        with tempfile.TemporaryDirectory() as empty:
            with self.assertRaisesRegex(SystemExit, 'no person is complete; render some'):
                people_set.folders(empty)


if __name__ == '__main__':
    unittest.main()
