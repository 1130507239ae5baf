# recipe_stages_test.py: the stages of ./run avatar, without Blender: order, resuming, errors, and what becomes of programs that still run.
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
RECIPE = Path(__file__).resolve().parents[2] / 'tools' / 'avatar_recipe'
sys.path.insert(0, str(RECIPE))
import making  # noqa: E402
import stages  # noqa: E402


def shell(text):
    return ['bash', '-c', text]


class Stages(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.home, self.said = self.folder.name, []

    def tearDown(self):
        self.folder.cleanup()

    def stage(self, name, *steps, lane='a', needs=()):
        return stages.Stage(name, 'does ' + name, lambda: iter(steps), self.home, lane, needs, 10)

    def go(self, *listed):
        stages.go(list(listed), 2, lambda *words: self.said.append(' '.join(words)))

    def read(self, name):
        return Path(self.home, name).read_text()

    def adds(self, word):
        return shell(f'echo {word} >> {self.home}/order')

    def test_commands_of_a_list_run_together_and_lists_after_one_another(self):
        meet = lambda mine, other: shell(f'touch {self.home}/{mine}; for _ in $(seq 100); do [ -e {self.home}/{other} ] && exit; sleep .05; done; exit 1')
        self.go(self.stage('both', [meet('x', 'y'), meet('y', 'x')], [self.adds('after')]))
        self.assertEqual(self.read('order'), 'after\n')

    def test_what_is_needed_comes_first_although_it_is_listed_last(self):
        self.go(self.stage('late', [self.adds('late')], needs=('early',)), self.stage('early', [shell('sleep .3')], [self.adds('early')], lane='b'))
        self.assertEqual(self.read('order'), 'early\nlate\n')

    def test_a_stage_fails_in_one_line_and_the_next_run_goes_on_there(self):
        first, broken = self.stage('first', [self.adds('first')]), self.stage('broken', [shell('echo no paper; exit 3')], needs=('first',))
        with self.assertRaisesRegex(stages.Failed, r'^stage broken: bash ended with 3 \(no paper\); its log: .*/log/broken.log$'):
            self.go(first, broken)
        self.go(first, self.stage('broken', [self.adds('mended')], needs=('first',)))
        self.assertEqual(self.read('order'), 'first\nmended\n')
        self.assertIn('done before: first', self.said)
        self.assertIn('echo no paper', self.read('log/broken.log'))

    def test_a_program_that_does_not_exist_is_named(self):
        with self.assertRaisesRegex(stages.Failed, r'stage lost: none-such ended with .*none-such: No such file'):
            self.go(self.stage('lost', [['none-such', 'word']]))

    def test_what_a_stage_finds_wrong_fails_it(self):
        def run():
            yield [shell('true')]
            raise ValueError('2 pictures of 3')
        with self.assertRaisesRegex(stages.Failed, 'stage counts: 2 pictures of 3'):
            self.go(stages.Stage('counts', '', run, self.home, 'a'))
        self.assertFalse(Path(self.home, 'done/counts.json').exists())

    def test_a_failure_stops_what_runs_beside_it(self):
        begun = time.monotonic()
        with self.assertRaises(stages.Failed):
            self.go(self.stage('long', [['sleep', '60']]), self.stage('broken', [shell('sleep .3; exit 1')], lane='b'))
        self.assertLess(time.monotonic() - begun, 20)

    def test_two_runs_do_not_work_in_one_folder(self):
        lock = stages.claim(self.home)
        with self.assertRaisesRegex(stages.Failed, 'another run works here'):
            self.go(self.stage('mine', [shell('true')]))
        lock.close()

    def test_only_what_a_stage_needs_is_wanted(self):
        listed = [self.stage('a'), self.stage('b', needs=('a',)), self.stage('c'), self.stage('d', needs=('b',))]
        self.assertEqual([s.name for s in stages.wanted(listed, 'd')], ['a', 'b', 'd'])

    def test_killed_it_leaves_no_program_behind(self):
        script = f'''
import sys; sys.path.insert(0, {str(RECIPE)!r}); sys.dont_write_bytecode = True
import stages
stages.go([stages.Stage('long', '', lambda: iter([[['bash', '-c', 'echo $$ > {self.home}/pid; exec sleep 60']]]), {self.home!r}, 'a')], 1)'''
        for how in (signal.SIGKILL, signal.SIGTERM):
            with self.subTest(signal=how):
                run = subprocess.Popen([sys.executable, '-c', script], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                self.wait(lambda: Path(self.home, 'pid').exists() and self.read('pid').strip())
                pid = int(self.read('pid'))
                run.send_signal(how)
                run.wait(20)
                self.wait(lambda: not os.path.exists(f'/proc/{pid}') or ') Z ' in Path(f'/proc/{pid}/stat').read_text())
                os.remove(self.home + '/pid')

    def wait(self, true):
        until = time.monotonic() + 20
        while not true():
            self.assertLess(time.monotonic(), until)
            time.sleep(.05)


class Recordings(unittest.TestCase):
    def test_everybody_is_among_some(self):
        said = [dict(speaker=who, file=k) for who, many in (('often', 90), ('seldom', 3), ('once', 1)) for k in range(many)]
        some = making.some_of(said, 12)
        self.assertEqual(len(some), 12)
        self.assertEqual({r['speaker'] for r in some}, {'often', 'seldom', 'once'})
        self.assertGreater(sum(r['speaker'] == 'often' for r in some), 6)
        self.assertEqual(some, [r for r in said if r in some])        # in their order
        self.assertEqual(making.some_of(said, 1000), said)


class Command(unittest.TestCase):
    def make(self, *words):
        return subprocess.run([sys.executable, '-B', str(RECIPE / 'make.py'), *map(str, words)], capture_output=True, text=True)

    def test_refuses_whom_it_does_not_know(self):
        for words, said in ((('nobody', 'out'), 'no character "nobody"'), (('looks', 'out'), 'no character "looks"'), (('ben', 'out', 'dinner'), 'no stage "dinner"')):
            with self.subTest(words=words):
                done = self.make(*words)
                self.assertEqual(done.returncode, 2)
                self.assertIn(said, done.stderr)
                self.assertFalse(os.path.exists('out/work'))

    def test_lists_every_stage_with_what_it_takes(self):
        done = self.make('ben', 'out', 'list')
        self.assertEqual(done.returncode, 0)
        names = [line.split()[2] for line in done.stdout.splitlines()]
        self.assertEqual((names[0], names[-1]), ('assets', 'table'))
        self.assertFalse(os.path.exists('out/work'))

    def test_a_missing_repository_ends_the_first_stage_in_one_line(self):
        with tempfile.TemporaryDirectory() as out:
            done = self.make('ben', out, 'assets', '--makehuman', out + '/none.git')
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, r'^error: stage assets: .*none.git: is no git directory; .*its log: .*\n$')
            other = self.make('ava_strands', out, 'assets')
            self.assertEqual(other.returncode, 1)
            self.assertRegex(other.stderr, r'^error: .*: was begun for .*ben.*\n$')


if __name__ == '__main__':
    unittest.main()
