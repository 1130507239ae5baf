"""people_tracks.py: the recipe's viseme tracks as people's mouths would go, for crops to be rendered along.   python3 people_tracks.py RECIPE SPEECH OUT

SPEECH: tools/avatar_recipe/03_speech.py's folder. OUT gets the same JSON files with other `frames` (people_mouth.py): 04_render.py's `train` reads them.
"""
import json
import os
import sys
import align
import features
import speech_set


def main(recipe, speech, out):
    track = speech_set.mouth_of(recipe, as_people=True)
    os.makedirs(out, exist_ok=True)
    for path, told in speech_set.find(speech):
        name = os.path.basename(path).rsplit('.', 1)[0]
        frames = track(align.split(told['phonemes'], align.named(told['voice']['engine'])), features.read_audio(path))[:len(told['frames'])]
        with open(f'{out}/{name}.json.new', 'w') as f:
            json.dump(told | dict(frames=[[round(float(w), 3) for w in row] for row in frames]), f, separators=(',', ':'))
        os.replace(f'{out}/{name}.json.new', f'{out}/{name}.json')


if __name__ == '__main__':
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
