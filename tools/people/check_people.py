"""check_people.py: checks the draw of persons and films without Blender.   python3 check_people.py [TRACKS]

Exit status 1 and one line for each thing that does not hold. TRACKS (speech/visemes of avatar_recipe) adds the mouths.
"""
import sys
sys.dont_write_bytecode = True
import numpy as np
import importlib, person, shots

filming = importlib.import_module('02_film')


def persons(say):
    people = [person.draw_person(1, k) for k in range(person.PERSONS)]
    say(people[7] == person.draw_person(1, 7), 'person 7 drawn twice is two persons')
    say(people[7]['targets'] != person.draw_person(2, 7)['targets'], 'another seed gives the same face')
    for p in people:
        macro = [w for t, w in p['targets'].items() if t.startswith('macrodetails/') and 'universal' not in t]
        build = [w for t, w in p['targets'].items() if 'universal' in t]
        say(abs(sum(macro) - 1) < .05 and abs(sum(build) - 1) < .05, f'person {p["number"]}: ancestry adds up to {sum(macro):.2f}, build to {sum(build):.2f}, not 1')
    for name, group in (('all', people), ('held-out', [p for p in people if p['held_out']])):
        women = sum(p['sex'] == 'female' for p in group) / len(group)
        say(.35 <= women <= .65, f'{name} persons: {women:.0%} are women')
        for what, cuts in (('melanin', (1 / 3, 2 / 3)), ('age', (38, 56))):
            share = np.bincount(np.digitize([p[what] for p in group], cuts), minlength=3) / len(group)
            say(share.min() >= .15, f'{name} persons: thirds by {what} hold {np.round(share, 2)}')
    held = [p for p in people if p['held_out']]
    say(len(held) == 10, f'{len(held)} persons are held out, not 10')
    for what, has in (('glasses', lambda p: bool(p['glasses'])), ('beards', lambda p: p['paint']['beard'] > 0)):
        say(2 <= sum(map(has, held)) <= 8, f'held-out persons: {sum(map(has, held))} of 10 with {what}')


def cameras(say):
    r = np.random.default_rng(3)
    yy, xx = np.mgrid[:360, :360]
    moving = [np.repeat((128 + 60 * np.sin((xx + 3 * t) / 9.) * np.cos(yy / 13.))[..., None], 3, 2).astype(np.uint8) for t in range(5)]
    for capture in (dict(noise=1, blur=0, scale=1, h264=0, jpeg=0, sharpen=0), dict(noise=3, blur=.5, scale=.55, h264=28, jpeg=70, sharpen=.4)):
        out = filming.degrade(moving, capture, r)
        say(len(out) == 5 and all(o.shape == m.shape for o, m in zip(out, moving)), f'{capture}: pictures changed their number or size')
        error = [float(np.abs(o.astype(float) - m).mean()) for o, m in zip(out, moving)]
        say(.3 < min(error) and max(error) < 14, f'{capture}: mean change {min(error):.1f} … {max(error):.1f} levels')


def mouths(say, tracks):
    book = shots.MouthBook(tracks)
    films = shots.draw_films(person.draw_person(1, 3), 1, book)
    say(films == shots.draw_films(person.draw_person(1, 3), 1, book), 'films drawn twice differ')
    drawn = [pose['mouths'] for k in range(12) for film in shots.draw_films(person.draw_person(1, k), 1, book) for pose in film['poses']]
    say(all(len({(m['track'], m['t']) for m in pose}) == shots.MOUTHS for pose in drawn), 'a pose has one mouth twice')
    strongest = {int(np.argmax(m['visemes'])) for pose in drawn for m in pose}
    say(len(strongest) == len(shots.NAMES), f'only {len(strongest)} of {len(shots.NAMES)} visemes are ever the strongest')


def main():
    failed = []
    say = lambda holds, what: None if holds else failed.append(what)
    persons(say)
    cameras(say)
    if len(sys.argv) > 1:
        mouths(say, sys.argv[1])
    print('\n'.join(failed) or 'people: all checks hold')
    raise SystemExit(bool(failed))


if __name__ == '__main__':
    main()
