# presenter_test.py PROGRAM: a film in, an avatar out, in a few steps: tools/presenter from beginning to end. The film is ava speaking, rendered: nobody's picture.
import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
os.environ['PYTHONDONTWRITEBYTECODE'] = '1'
ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / 'tools/presenter'), str(ROOT / 'tools/train')]
try:
    import cv2
    import numpy as np
    import onnx  # noqa: F401
    import scipy.signal  # noqa: F401  augment.py needs it
    import torch
except ImportError as missing:
    print('skipped:', missing)
    sys.exit(77)
import film_set  # noqa: E402
import trainer  # noqa: E402
from film_lesson import FilmLesson  # noqa: E402

PROGRAM = sys.argv.pop(1)
SPEECH = str(ROOT / 'assets/speech/demo.flac')


def run(*words):
    return subprocess.run([str(w) for w in words], capture_output=True, text=True)


def ffmpeg(*words):
    done = run('ffmpeg', '-v', 'error', '-y', *words)
    assert done.returncode == 0, done.stderr


def presenter(*words):
    return run(sys.executable, ROOT / 'tools/presenter/presenter.py', *words, '--program', PROGRAM, '--calibrated', 20)


class HeldOut(unittest.TestCase):
    def test_a_tenth_of_the_film_in_one_piece_and_typical(self):
        frames = np.concatenate([np.arange(0, 420), np.arange(430, 1000)])      # ten frames are lost
        opening = np.where(frames < 100, 0, np.sin(frames))                      # it begins in silence
        held = film_set.held_out(frames, opening)
        self.assertEqual(held.sum(), 100)
        self.assertEqual(np.ptp(frames[held]), 99)
        self.assertGreaterEqual(frames[held][0], 100)

    def test_of_a_long_film_no_more_than_is_looked_at(self):
        frames = np.arange(15000)
        self.assertEqual(film_set.held_out(frames, np.sin(frames)).sum(), film_set.LONGEST_HELD)


class Lesson(unittest.TestCase):
    """frames whose colours say their number"""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        at, n = self.folder.name, 600
        number = np.stack([np.arange(n) % 256, np.arange(n) // 256, np.zeros(n)], 1).astype(np.uint8)
        np.save(at + '/target.npy', np.broadcast_to(number[:, None, None], (n, 320, 320, 3)))
        np.save(at + '/features.npy', np.broadcast_to(np.arange(2 * (n + 20), dtype=np.float16)[:, None], (2 * (n + 20), 512)))
        frames, r = np.arange(n), np.random.default_rng(0)
        held = (frames >= 300) & (frames < 360)
        np.savez(at + '/set.npz', frames=frames, opening=r.random(n), width=r.random(n), mouth=np.tile([110., 185., 220., 235.], (n, 1)), pose=r.normal(0, 1, (n, 4)),
                 first=[8, n + 28], held=held, learnt=(frames < 284) | (frames > 375), side=np.full(n, 300))
        self.lesson = FilmLesson(at)

    def tearDown(self):
        self.folder.cleanup()

    def test_nothing_that_is_held_out_is_ever_seen(self):
        r, seen = np.random.default_rng(1), set()
        for _ in range(60):
            a, s, b, w, index = self.lesson.batch(r, 4, colour=False)
            self.assertTrue(torch.equal(s, b))
            number = lambda x: ((x[:, 0, 0, 0] + 256 * x[:, 1, 0, 0]) * 255).round().int().tolist()
            self.assertEqual(number(b), index)
            for i, reference in zip(index, number(a)):
                self.assertGreater(abs(i - reference), 12)                # another moment
                seen |= {i, reference}
        self.assertFalse(seen & set(range(284, 376)))
        self.assertGreater(len(seen), 200)

    def test_a_frame_hears_the_window_that_the_engine_gives_it(self):
        self.assertEqual(self.lesson.window(100)[0, 0, 0], 8 + 100 - 8)            # features i−8 … i+7 (docs/reference.md §3)
        self.assertEqual(self.lesson.window(100).reshape(16, 512)[-1, 0], 8 + 100 + 7)

    def test_references_of_a_row_follow_one_another(self):
        self.lesson.pose[100:130] = self.lesson.pose[310:340]
        used = self.lesson.steady(np.arange(310, 335))
        self.assertEqual(used.tolist(), list(range(100, 125)))
        scattered = self.lesson.steady(np.array([300, 320, 340]))
        self.assertEqual(scattered.tolist(), [self.lesson.alike(i, 1)[0] for i in (300, 320, 340)])

    def test_the_likest_pose_comes_first_and_the_mouth_weighs_most(self):
        near = self.lesson.alike(50)
        d = np.square(self.lesson.pose[near] - self.lesson.pose[50]).sum(1)
        self.assertTrue((np.diff(d) >= 0).all())
        self.assertGreater(self.lesson.weight[210, 160], 4 * self.lesson.weight[60, 160])
        t, l, b, r = self.lesson.jaw
        self.assertTrue(t < 185 and l < 110 and b > 250 and r > 220 and all(v % 2 == 0 for v in self.lesson.jaw))

    def test_learning_goes_on_where_it_was(self):
        import nets
        with tempfile.TemporaryDirectory() as out:
            def learn(steps):
                torch.manual_seed(0)
                net = nets.Generator(.25)
                t = trainer.Trainer(net, 2, out)
                begun = t.resume(), t.step
                t.run(self.lesson, trainer.Spent(3600, steps, t.spent), np.random.default_rng(0), lambda *_: None)
                return begun, t, net
            _, first, net = learn(2)
            weights = {k: v.clone() for k, v in net.state_dict().items()}
            for k, v in first.average.items():
                self.assertTrue(torch.equal(v, weights[k]))
            (resumed, step), second, _ = learn(3)
            self.assertEqual((resumed, step, second.step), (True, 2, 3))
            self.assertGreater(second.spent, 0)
            self.assertTrue(os.path.exists(out + '/sample_000003.png'))


class AFilm(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        at = cls.at = Path(cls.folder.name)
        ffmpeg('-stream_loop', '3', '-i', SPEECH, '-t', '20.6', at / 'speech.wav')
        done = run(PROGRAM, 'render', '--audio', at / 'speech.wav', '-o', at / 'ava.mp4', '--crf', '16', '--no-mark', '--progress', 'none')
        assert done.returncode == 0, done.stderr
        ffmpeg('-i', at / 'ava.mp4', '-vf', 'scale=640:360', '-c:a', 'pcm_s16le', at / 'film.mkv')

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_becomes_an_avatar_with_a_report_and_goes_on_from_there(self):
        out = self.at / 'anna'
        sentence = self.at / 'sentence.wav'
        ffmpeg('-i', SPEECH, '-t', '2', sentence)
        done = presenter(self.at / 'film.mkv', '-o', out, '--steps', 2, '--sentence', sentence)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        self.assertIn('held out', done.stdout)
        m = json.loads((out / 'avatar.json').read_text())
        own, avas = (out / 'generator.onnx').read_bytes(), (ROOT / 'assets/avatars/ava/generator.onnx').read_bytes()
        self.assertNotEqual(own, avas)
        self.assertEqual(run('sha256sum', out / 'generator.onnx').stdout.split()[0], m['models']['generator']['sha256'])
        figures = json.loads((out / 'training/figures.json').read_text())
        self.assertEqual(figures['trained']['steps'], 2)
        self.assertEqual(figures['frames'], len(figures['curves']['true']))
        self.assertGreater(figures['psnr'], 20)               # ava's network knows ava
        self.assertTrue(-1 <= figures['opening'] <= 1 and figures['ssim'] > .5 and figures['flicker'] > 0)
        page = (out / 'report.html').read_text()
        self.assertEqual(page.count('<polyline'), 3)
        self.assertNotIn('http', re.sub(r'base64,[A-Za-z0-9+/=]*', '', page))      # one file, nothing fetched
        video = base64.b64decode(re.search(r'data:video/mp4;base64,([A-Za-z0-9+/=]+)', page).group(1))
        self.assertEqual(video[4:8], b'ftyp')
        spoken = run(PROGRAM, 'render', '--avatar', out, '--audio', SPEECH, '--frames', '3', '--precision', 'int8', '--hash', self.at / 'hash.txt')
        self.assertEqual(spoken.returncode, 0, spoken.stderr)
        again = presenter(self.at / 'film.mkv', '-o', out, '--steps', 3, '--sentence', sentence)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertNotIn('looking for the presenter', again.stdout)
        self.assertEqual(json.loads((out / 'training/figures.json').read_text())['trained']['steps'], 3)
        self.assertNotEqual((out / 'generator.onnx').read_bytes(), own)
        other = presenter(self.at / 'ava.mp4', '-o', out, '--steps', 4)
        self.assertEqual(other.returncode, 3)
        self.assertIn('anna: was begun from another film or face', other.stderr)

    def test_of_three_seconds_is_too_short_and_says_so(self):
        ffmpeg('-i', self.at / 'film.mkv', '-t', '3', '-c:a', 'pcm_s16le', self.at / 'short.mkv')
        done = presenter(self.at / 'short.mkv', '-o', self.at / 'short', '--steps', 2)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r'warning: the film shows the presenter for 3\.0 s without a fault: too short to learn a mouth from')
        self.assertEqual((self.at / 'short/generator.onnx').read_bytes(), (ROOT / 'assets/avatars/ava/generator.onnx').read_bytes())
        self.assertFalse((self.at / 'short/report.html').exists())

    def test_that_does_not_exist_is_named(self):
        done = presenter(self.at / 'none.mp4', '-o', self.at / 'none')
        self.assertEqual(done.returncode, 3)
        self.assertIn('none.mp4: does not exist', done.stderr)
        self.assertEqual(presenter(self.at / 'film.mkv', '-o', self.at / 'none', '--hours', '0').returncode, 2)
        self.assertEqual(presenter(self.at / 'film.mkv', '-o', self.at / 'none', '--hours', 'nan').returncode, 2)
        taken = presenter(self.at / 'film.mkv', '-o', self.at / 'film.mkv')
        self.assertEqual(taken.returncode, 5)
        self.assertRegex(taken.stderr, r'^error: .*film.mkv: cannot be made .*\n$')
        (self.at / 'mine').mkdir()
        (self.at / 'mine/letter.txt').write_text('dear')
        taken = presenter(self.at / 'film.mkv', '-o', self.at / 'mine')
        self.assertEqual(taken.returncode, 5)
        self.assertIn('mine: is not empty', taken.stderr)


class Sound(unittest.TestCase):
    def test_begins_with_the_picture(self):
        """a beep and a flash at 1.0 s stay together however late the file's sound begins"""
        with tempfile.TemporaryDirectory() as at:
            beep = at + '/beep.wav'
            ffmpeg('-f', 'lavfi', '-i', "aevalsrc='if(between(t,1,1.1),sin(2000*t),0)':s=48000:d=3", beep)
            for name, delay in (('early', 0), ('late', .32)):
                film = f'{at}/{name}.mkv'
                ffmpeg('-f', 'lavfi', '-i', 'color=s=64x64:r=25:d=3', '-itsoffset', delay, '-ss', delay, '-i', beep, '-c:a', 'pcm_s16le', film)
                x = film_set.sound_of(film)
                self.assertAlmostEqual(np.flatnonzero(np.abs(x) > .1)[0] / 16000, 1, delta=.01, msg=name)
            silent = at + '/silent.mkv'
            ffmpeg('-f', 'lavfi', '-i', 'color=s=64x64:r=25:d=1', silent)
            with self.assertRaisesRegex(film_set.Unusable, 'silent.mkv: has no sound'):
                film_set.sound_of(silent)


if __name__ == '__main__':
    cv2.setNumThreads(1)
    torch.set_num_threads(2)
    unittest.main()
