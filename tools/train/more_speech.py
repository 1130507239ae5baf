"""more_speech.py: the same kind of speech in many more voices, for the audio encoder.   python3 more_speech.py RECIPE OUT MINUTES

RECIPE: tools/avatar_recipe (its 03_speech.py makes the sound and the viseme track). Half of the text are sentences, half words in a row, taken
from the licence texts that lie on every Debian machine: all sounds next to all sounds.
"""
import glob
import importlib
import os
import random
import re
import sys

ESPEAK = '''en-us+f1 en-us+f3 en-us+f4 en-us+f5 en-gb+m1 en-gb+m2 en-us+m4 en-us+m5 en-us+m6 en-us+m7 en-gb-x-rp+f2 en-gb-x-rp+m8 en-us+whisper en-029
en-us-nyc en-gb-x-gbclan+f3 en-gb-x-gbcwmd en-us+klatt en-us+klatt3 en-us+Annie en-gb+anika en-us+Alicia en-us+steph en-us+max en-us+linda
en-gb+Andrea en-us+Michael en-us+robosoft'''.split()
FLITE = 'slt rms awb slt rms awb kal'.split()


def main(recipe, out, minutes):
    sys.path.insert(0, recipe)
    speech = importlib.import_module('03_speech')
    for d in ('wav', 'extra', 'visemes'):
        os.makedirs(f'{out}/{d}', exist_ok=True)
    r = random.Random(5)
    text = ' '.join(open(f, errors='ignore').read() for f in sorted(glob.glob('/usr/share/common-licenses/*')))
    words = sorted({w.lower() for w in re.findall('[A-Za-z]{2,12}', text) if w.islower() or w.istitle()})
    seconds = n = 0
    while seconds < float(minutes) * 60:
        parts = (speech.sentence(r) if r.random() < .35 else ' '.join(r.choice(words) for _ in range(r.randint(3, 9))) for _ in range(r.randint(3, 7)))
        said = '. '.join(parts)
        if r.random() < .45:
            make, voice = speech.flite, r.choice(FLITE)
            how = dict(voice=voice, stretch=round(r.uniform(.8, 1.3), 2))
            if r.random() < .6:
                how['pitch'] = r.randint(80, 240)
        else:
            make, voice = speech.espeak, r.choice(ESPEAK)
            how = dict(voice=voice, speed=r.randint(115, 215), pitch=r.randint(15, 90))
        seconds += speech.make(out, f'more_{n:03d}_{voice.replace("+", "_")}', make, said, r.uniform(.3, 1), r.uniform(.3, 1), flac=True, **how)
        n += 1
    print(n, 'recordings,', round(seconds / 60, 1), 'minutes')


if __name__ == '__main__':
    main(*sys.argv[1:])
