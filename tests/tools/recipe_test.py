# recipe_test.py: the voices of tools/avatar_recipe/03_speech.py are those it names. A process of its own: espeak-ng starts once in each.
import importlib
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / 'tools' / 'avatar_recipe'))
try:
    speech = importlib.import_module('03_speech')
except (ImportError, OSError) as missing:
    print('skipped:', missing)
    sys.exit(77)
if not shutil.which('ffmpeg'):
    print('skipped: no ffmpeg')
    sys.exit(77)


class Voices(unittest.TestCase):
    def phonemes(self, voice):
        with tempfile.TemporaryDirectory() as folder:
            return [p for _, _, p in speech.espeak('Hot water.', folder + '/a.wav', voice)[0]]

    def test_an_unknown_voice_is_refused(self):
        with self.assertRaisesRegex(ValueError, 'no voice "xx[+]f1"'):
            self.phonemes('xx+f1')

    def test_the_british_voice_is_not_the_one_that_spoke_before(self):
        self.phonemes('cs')
        after_czech = self.phonemes('en-gb')
        self.phonemes('en-us')
        self.assertEqual(after_czech, self.phonemes('en-gb'))
        self.assertNotEqual(after_czech, self.phonemes('en-us'))


if __name__ == '__main__':
    unittest.main()
