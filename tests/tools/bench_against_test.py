"""bench_against_test.py: two stand-ins for framegen, one of which takes twice as long, judged by scripts/bench_against.py."""
import os
import re
import stat
import subprocess
import sys
import tempfile
import unittest

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../scripts/bench_against.py')


def stand_in(folder, name, seconds, frames, code=0):
    path = os.path.join(folder, name)
    with open(path, 'w') as file:
        file.write(f'''#!{sys.executable}
import sys, time
until = time.process_time() + {seconds}
while time.process_time() < until:
    pass
open(sys.argv[sys.argv.index('--hash') + 1], 'w').write('0 aa\\nall {frames}\\n')
if {code}:
    print('error: broken', file=sys.stderr)
sys.exit({code})
''')
    os.chmod(path, stat.S_IRWXU)
    return path


class BenchAgainst(unittest.TestCase):
    def judge(self, new, old, *words):
        return subprocess.run([sys.executable, SCRIPT, new, old, '--rounds', '3', '--ways', 'int8,--threads 1', *words], capture_output=True, text=True)

    def test_says_how_much_faster_and_whether_the_frames_are_the_same(self):
        with tempfile.TemporaryDirectory() as folder:
            fast, slow, other = stand_in(folder, 'fast', .1, 'bb'), stand_in(folder, 'slow', .3, 'bb'), stand_in(folder, 'other', .1, 'cc')
            rows = self.judge(fast, slow).stdout.splitlines()[2:]
            self.assertEqual([row.split(' | ')[0] for row in rows], ['| int8', '| --threads 1'])
            for row in rows:
                self.assertIn('same bytes', row)
                self.assertGreater(float(re.findall(r'([\d.]+)×', row)[1]), 1.3)  # by processor time
            self.assertIn('OTHER BYTES', self.judge(fast, other).stdout)

    def test_a_program_that_fails_is_named_with_its_words(self):
        with tempfile.TemporaryDirectory() as folder:
            run = self.judge(stand_in(folder, 'fast', .01, 'bb'), stand_in(folder, 'broken', .01, 'bb', 4))
            self.assertEqual(run.returncode, 1)
            self.assertIn('failed: error: broken', run.stderr)


if __name__ == '__main__':
    unittest.main()
