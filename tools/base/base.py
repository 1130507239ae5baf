"""base.py: a generator for any face, from nothing: rendered people, speech, networks, and whom it fits.   ./run base OUT [STAGE]

OUT/base is the result, OUT/table.md how it was judged; OUT/work holds stages done, logs, pictures. Stopped at any moment, the same line goes on. STAGE: ends after that stage and what it
needs; `list` shows them. What presenters have too (data files, speech, ears) lies in --shared: give that of ./run avatar. --small tries the whole chain in minutes; its network is good
for nothing.
"""
import argparse
import os
import shutil
import sys
sys.dont_write_bytecode = True
here = os.path.dirname(os.path.abspath(__file__))
PEOPLE = os.path.normpath(here + '/../people')
sys.path[:0] = [os.path.normpath(here + '/../avatar_recipe')]
import making
import stages
from making import BASE, TRAIN, count, python
from stages import Stage

SHARED = ('assets', 'denoiser', 'speech', 'mouths', 'voices', 'people', 'ear', 'ear_again', 'set')     # ./run avatar has them too
FULL = dict(first=0, last=90, films=3, poses=4, mouths=5)
SMALL = dict(first=3, last=5, films=1, poses=1, mouths=3)             # person 4 is held out


class BaseMaking(making.Making):
    def __init__(self, a):
        super().__init__(a)
        self.who = SMALL if a.small else FULL
        self.crops_wanted = (self.who['last'] - self.who['first']) * self.who['films'] * self.who['poses'] * self.who['mouths']
        self.faces_folder, self.learnt, self.base = self.work + '/faces', self.work + '/learnt', a.out + '/base'

    def stages(self):
        shared = [s for s in super().stages() if s.name in SHARED]
        make = lambda name, lane, needs, core_s, does, run, progress=None: Stage(name, does, run, self.work, lane, needs, core_s, progress)
        crops, persons = self.crops_wanted, self.who['last'] - self.who['first']
        return shared + [
            make('faces', 'pictures', ('assets', 'denoiser', 'mouths'), 20 * persons + 4.5 * crops, f'{crops} crops of {persons} persons, rendered', self.render,
                 lambda: min(1, count(self.faces_folder, '.png') / crops)),
            make('filmed', 'pictures', ('faces',), .15 * crops, 'the same as cameras and codecs would give them', self.film),
            make('people_set', 'networks', ('filmed', 'set'), 300 + .02 * crops, 'each crop beside all sounds that ask for its mouth', self.gather_set),
            make('generator', 'networks', ('people_set',), 60 * self.n['learn'] * self.a.cores, f'the generator learns for {self.n["learn"]:g} minutes, from {os.path.relpath(self.a.start)}', self.learn),
            make('networks', 'networks', ('generator',), 20, 'the networks as files', self.export),
            make('table', 'networks', ('networks',), 120 + .5 * crops, 'whom it fits', self.judge),
        ]

    def render(self):
        cores, first, last = self.a.cores, self.who['first'], self.who['last']
        edges = [first + (last - first) * k // cores for k in range(cores + 1)]
        less = [w for name in ('films', 'poses', 'mouths') for w in ('--' + name, self.who[name])]
        script = ['blender', '-b', '--python-use-system-env', '--python-exit-code', '1', '-P', PEOPLE + '/01_render.py', '--', self.faces_folder, self.said + '/visemes']
        yield [([*script, '--persons', f'{a}:{b}', *less], {'OMP_NUM_THREADS': '1'}) for a, b in zip(edges[:-1], edges[1:]) if a < b]
        self.rendered(self.faces_folder, self.crops_wanted)

    def film(self):
        yield [python(PEOPLE + '/02_film.py', 'film', self.faces_folder)]

    def gather_set(self):
        yield [(python(here + '/people_set.py', self.faces_folder, self.said, BASE + '/audio_encoder.onnx', self.pairs, self.shared + '/speech.npz'), self.threads)]

    def learn(self):
        steps = {'STEPS': str(self.n['steps'])} if self.n['steps'] else {}
        yield [(python(here + '/train_base.py', self.pairs, self.learnt, self.n['learn'], self.a.start), {**self.threads, **steps})]

    def export(self):
        os.makedirs(self.base, exist_ok=True)
        shutil.copyfile(BASE + '/audio_encoder.onnx', self.base + '/audio_encoder.onnx')
        yield [python(TRAIN + '/onnx_file.py', 'generator', self.learnt + '/generator.pt', self.base + '/generator.onnx', 'round')]

    def judge(self):
        films = ['--films', self.a.films] if self.a.films else []
        yield [(python(here + '/judge_base.py', self.pairs, self.base + '/generator.onnx', self.base + '/audio_encoder.onnx', self.a.out + '/table.md', '--program', self.a.program,
                       '--sheet', self.work + '/sheet.png', *films), self.threads)]


def arguments():
    a = argparse.ArgumentParser(prog='./run base', description=__doc__.partition('\n\n')[2], formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument('out', metavar='OUT')
    a.add_argument('stage', metavar='STAGE', nargs='?')
    making.common_words(a, 'two persons, six crops, three steps')
    a.add_argument('--learn', type=float, default=600, metavar='MINUTES', help='how long the generator learns (default 600)')
    return a, a.parse_args()


def main():
    parser, a = arguments()
    a.out, a.start, a.program = map(os.path.abspath, (a.out, a.start, a.program))
    a.character, a.audio = 'character', 0                             # whose visemes and rest the people have
    every = BaseMaking(a).stages()
    return stages.tool(parser, a, every, dict(character='base', small=a.small), ('table',))


if __name__ == '__main__':
    sys.exit(main())
