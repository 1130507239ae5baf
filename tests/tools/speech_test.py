# speech_test.py: from people's words to a mouth: pronouncing, alignment, and the opening that people have (tools/train).
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
TOOLS = Path(__file__).resolve().parents[2] / 'tools'
sys.path.insert(0, str(TOOLS / 'train'))
try:
    import numpy as np
    import scipy.signal  # noqa: F401  augment.py needs it
    import human_speech
    import people_mouth
    import sounds
    import viterbi
except ImportError as missing:
    print('skipped:', missing)
    sys.exit(77)

RATE = 16000


def scores(*said):
    """log likelihoods of a made recording: (sound, columns)…"""
    r = np.random.default_rng(0)
    out = np.full((sum(n for _, n in said), len(sounds.SOUNDS)), -4.) + r.normal(0, .5, (sum(n for _, n in said), len(sounds.SOUNDS)))
    at = 0
    for sound, n in said:
        out[at:at + n, sounds.SOUNDS.index(sound)] = -.5
        at += n
    return out


class Alignment(unittest.TestCase):
    words = [['b', 'I', 'n'], ['b', 'l', 'U'], None]

    def starts(self, *said):
        segments, _ = viterbi.way(scores(*said), self.words)
        return [(sound, round(start * viterbi.COLUMNS_A_SECOND)) for start, _, sound in segments]

    def test_finds_a_pause_between_words(self):
        self.assertEqual(self.starts(('sil', 10), ('b', 4), ('I', 7), ('n', 5), ('sil', 6), ('b', 3), ('l', 4), ('U', 9), ('sil', 12)),
                         [('sil', 0), ('b', 10), ('I', 14), ('n', 21), ('sil', 26), ('b', 32), ('l', 35), ('U', 39), ('sil', 48)])

    def test_needs_no_pause_between_words(self):
        self.assertEqual(self.starts(('sil', 10), ('b', 4), ('I', 7), ('n', 5), ('b', 3), ('l', 4), ('U', 9), ('sil', 12)),
                         [('sil', 0), ('b', 10), ('I', 14), ('n', 21), ('b', 26), ('l', 29), ('U', 33), ('sil', 42)])

    def test_needs_no_silence_at_the_ends(self):
        self.assertEqual(self.starts(('b', 4), ('I', 7), ('n', 5), ('b', 3), ('l', 4), ('U', 9)),
                         [('b', 0), ('I', 4), ('n', 11), ('b', 16), ('l', 19), ('U', 23)])

    def test_a_recording_shorter_than_its_words_is_refused(self):
        self.assertIsNone(viterbi.way(scores(('b', 4), ('U', 5)), self.words))


class Sounds(unittest.TestCase):
    def test_every_sound_has_a_viseme_that_the_track_knows(self):
        for sound in sounds.SOUNDS:
            self.assertIn(sounds.VISEME[sound], people_mouth.NAMES)

    def test_ipa_folds_into_known_sounds_only(self):
        for letter, said in [*sounds.IPA.items(), *sounds.FLITE.items()]:
            for sound in said.split():
                self.assertIn(sound, sounds.SOUNDS, letter)

    def test_an_accent_or_a_length_is_no_sound(self):
        self.assertEqual(sounds.fold('tˈɜːmɪn'), ['t', '@', 'm', 'I', 'n'])
        self.assertEqual(sounds.fold('bɔ̃'), ['b', 'O'])


class Voices(unittest.TestCase):
    def setUp(self):
        try:
            self.library = sounds.library()
        except OSError:
            self.skipTest('no libespeak-ng.so.1')

    def test_every_language_of_the_corpus_has_a_voice(self):
        for language in {human_speech.VOICE.get(l, l) for l in (*human_speech.KLETTRES, 'en', 'es', 'fr', 'it', 'ru')}:
            with self.subTest(language=language):
                self.assertTrue(any(sounds.pronounce('ba', language)))

    def test_a_language_without_a_voice_is_an_error_and_not_the_last_voice(self):
        with self.assertRaisesRegex(ValueError, 'no voice "xx"'):
            sounds.pronounce('ba', 'xx')


class Mouth(unittest.TestCase):
    def weights(self, **named):
        return np.array([[named.get(n, 0.) for n in people_mouth.NAMES]])

    def test_mixing_opens_as_far_as_wanted_and_weights_stay_shares(self):
        for name, wanted in (('E', .05), ('I', .04), ('aa', .02), ('U', .03)):
            with self.subTest(viseme=name):
                mixed = people_mouth.remix(self.weights(**{name: 1.}), np.array([wanted]))
                self.assertAlmostEqual(float(mixed @ people_mouth.OPENING), wanted, places=3)
                self.assertAlmostEqual(float(mixed.sum()), 1., places=6)
                self.assertGreaterEqual(float(mixed.min()), 0.)

    def test_lips_that_meet_and_a_silent_mouth_open_for_nothing(self):
        for name in ('PP', 'sil'):
            with self.subTest(viseme=name):
                mixed = people_mouth.remix(self.weights(**{name: 1.}), np.array([.06]))
                self.assertAlmostEqual(float(mixed @ people_mouth.OPENING), float(people_mouth.OPENING[people_mouth.INDEX[name]]), places=6)

    def test_rounded_lips_stay_round_when_they_open(self):
        mixed = people_mouth.remix(self.weights(U=1.), np.array([.035]))[0]
        self.assertAlmostEqual(mixed[people_mouth.INDEX['U']] + mixed[people_mouth.INDEX['O']], 1., places=6)

    def test_a_louder_vowel_opens_further(self):
        t = np.arange(RATE) / RATE
        voice = sum(np.sin(2 * np.pi * 120 * h * t) / h for h in range(1, 40)) * .05
        segments, fitted = [[0, .2, 'sil'], [.2, .8, 'E'], [.8, 1., 'sil']], people_mouth.load()
        def middle(gain):
            x = voice * np.where((t > .2) & (t < .8), np.where(t > .5, 1., gain), 1e-4)
            return people_mouth.opening(segments, x, 25, fitted)[9]
        self.assertGreater(middle(1.), middle(.1))


if __name__ == '__main__':
    unittest.main()
