"""making.py: the stages of a presenter, from data files to a table: what each needs, costs and runs. Used by make.py.

Costs are core-seconds on a server's core without AVX-512, for the plan alone (README.md: how they were measured).
"""
import collections
import glob
import json
import os
import re
import shutil
import sys
from stages import Stage

here = os.path.dirname(os.path.abspath(__file__))
ROOT, TRAIN, EVALUATE = (os.path.normpath(here + p) for p in ('/../..', '/../train', '/../evaluate'))
BASE = ROOT + '/assets/avatars/ava'                # whose audio encoder every presenter has, and from whose generator a new one begins
SPEECH = ROOT + '/assets/speech/demo.flac'
GIT = dict(makehuman='makehumancommunity/makehuman', makehuman_assets='makehumancommunity/makehuman-assets', mirror='brighter-ai/makehuman')
# crops: what 04_render.py makes; minutes of speech and of learning; recordings aligned, heard, paired with crops
FULL = dict(crops=1244, extra=20, more=95, people=1500, ear=6, ear_more=8, heard=70, heard_people=220, most=200, steps=None)
SMALL = dict(frames=3, crops=6, extra=.5, more=1, people=4, ear=.1, ear_more=.1, heard=8, heard_people=2, most=4, learn=1, audio=.2, steps=3)
FEW_PACKAGES = ['asterisk-core-sounds-ru', 'asterisk-core-sounds-ru-g722', 'asterisk-moh-opsound-g722']


def common_words(parser, small):
    """the words that programs of these stages share; small: what --small tries"""
    for name, source in GIT.items():
        parser.add_argument('--' + name.replace('_', '-'), metavar='GIT_DIR', default=os.environ.get(name.upper()), help=f'github.com/{source}, cloned bare (environment: {name.upper()}; default: it is cloned)')
    parser.add_argument('--shared', metavar='DIR')
    parser.add_argument('--start', metavar='GENERATOR.onnx', default=BASE + '/generator.onnx', help="what the generator learns on from (default: ava's)")
    parser.add_argument('--films', metavar='DIR', help='people on film for the table (tools/evaluate)')
    parser.add_argument('--program', default=ROOT + '/build/release/framegen')
    parser.add_argument('--cores', type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument('--small', action='store_true', help=small + ': does the chain hold?')


def python(script, *words):
    return [sys.executable, '-B', script, *words]


def count(folder, ending):
    return sum(f.endswith(ending) and '.part' not in f for _, _, files in os.walk(folder) for f in files)


def some_of(spoken, most):
    """recordings of everybody: of who said more, more, by the square root"""
    of = collections.defaultdict(list)
    for k, recording in enumerate(spoken):
        of[recording['speaker']].append(k)
    turns = sorted((turn / len(mine) ** .5, k) for mine in of.values() for turn, k in enumerate(mine))
    return [spoken[k] for k in sorted(k for _, k in turns[:most])]


class Making:
    def __init__(self, a):
        self.a, self.work = a, a.out + '/work'
        self.n = SMALL if a.small else dict(FULL, learn=a.learn, audio=a.audio, frames=int(re.search(r'loop\((\d+)\)', text_of(a.character))[1]))
        self.shared = os.path.abspath(a.shared or self.work + '/shared')
        self.assets, self.speech, self.said, self.more, self.people = (f'{self.shared}/{n}' for n in ('assets', 'speech', 'said', 'more', 'people'))
        self.threads = {'THREADS': str(a.cores)}
        self.pictures, self.data, self.pairs, self.avatar = self.work + '/pictures', self.work + '/data', self.work + '/pairs', a.out + '/avatar'
        os.environ.update(AVATAR_ASSETS=self.assets, AVATAR_CHARACTER=a.character, PYTHONPATH=f'{self.shared}/py', PYTHONDONTWRITEBYTECODE='1')
        if a.small:
            os.environ.update(AVATAR_LOOP=str(self.n['frames']), AVATAR_CROPS=str(self.n['crops']), OWN='1')

    def stages(self):
        n, shared = self.n, self.shared
        make = lambda name, lane, needs, core_s, does, run, home=self.work, progress=None: Stage(name, does, run, home, lane, needs, core_s, progress)
        return [
            make('assets', 'pictures', (), 10, 'meshes, morphs, textures out of three git repositories', self.gather, shared),
            make('denoiser', 'pictures', (), 10, 'Open Image Denoise from PyPI', self.denoiser, shared),
            make('template', 'pictures', ('assets', 'denoiser'), 18 * self.a.cores + 26 * n['frames'], f'{n["frames"]} frames of the loop, rendered', self.template,
                 progress=lambda: count(self.pictures + '/template', '.png') / n['frames']),
            make('speech', 'sound', (), 25, 'speech, synthetic, and the mouths it asks for', self.speak, shared),
            make('mouths', 'sound', ('speech',), 20, 'those mouths as people would move them', self.mouths, shared),
            make('crops', 'pictures', ('template', 'mouths'), 15 * self.a.cores + 5.2 * n['crops'], f'{n["crops"]} lower faces along the speech, rendered', self.crops,
                 progress=lambda: min(1, count(self.pictures + '/train', '.png') / n['crops'])),
            make('data', 'pictures', ('crops', 'mouths'), 60, 'frames and crops as JPEG, a contact sheet', self.pack),
            make('voices', 'sound', (), 2.5 * n['more'], 'synthetic speech in many more voices', self.voices, shared),
            make('people', 'sound', (), 60, 'people who speak, out of Debian', self.fetch, shared),
            make('ear', 'sound', ('speech', 'voices', 'people'), 60 * n['ear'] + 3 * n['more'] + .1 * n['people'], 'an ear for sounds; when people say which', self.ear, shared),
            make('ear_again', 'sound', ('ear',), 60 * n['ear_more'] + 3 * n['more'] + .2 * n['people'], 'the ear learns from people; when they say which, again', self.ear_again, shared),
            make('set', 'sound', ('ear_again',), 2.5 * n['most'], 'recordings and the mouths they ask for', self.set, shared),
            make('heard', 'sound', ('voices', 'people'), 3.5 * n['heard'] + 1.5 * n['heard_people'], 'what the audio encoder hears in recordings', self.hear, shared),
            make('pairs', 'networks', ('data', 'set'), 100 + 2 * n['most'] * 2, 'each crop beside all sounds that ask for it', self.pair),
            make('generator', 'networks', ('pairs',), 60 * n['learn'] * self.a.cores, f'the generator learns for {n["learn"]:g} minutes, from {os.path.relpath(self.a.start)}', self.learn),
            make('audio_part', 'networks', ('generator', 'heard'), 15 + 60 * n['audio'], 'its audio part learns what people do', self.audio_part),
            make('avatar', 'networks', ('audio_part', 'data'), 10 if self.a.small else 60, 'the avatar, its calibration, a look at it', self.finish),
            make('table', 'networks', ('avatar',), 75 if self.a.small else 600, 'how well it speaks', self.judge),
        ]

    # ------------------------------------------------------------ pictures
    def gather(self):
        where = {}
        for name, source in GIT.items():
            where[name] = getattr(self.a, name) or f'{self.shared}/git/{name}.git'
            if not os.path.exists(where[name] + '/HEAD'):
                if getattr(self.a, name):
                    raise ValueError(f'{where[name]}: is no git directory; give one of github.com/{source}, or none: it is cloned then')
                yield [['git', 'clone', '-q', '--bare', '--depth', '1', f'https://github.com/{source}.git', where[name]]]
        yield [['bash', here + '/01_assets.sh', *where.values(), self.assets]]

    def denoiser(self):
        yield [[sys.executable, '-m', 'pip', 'install', '-q', '--no-deps', '--upgrade', '--target', self.shared + '/py', 'pyoidn']]

    def blender(self, *words):
        """as many at once as there are cores; each takes its share"""
        script = ['blender', '-b', '--python-use-system-env', '--python-exit-code', '1', '-P', here + '/04_render.py', '--']
        return [[*script, *words, f'{k}/{self.a.cores}'] for k in range(self.a.cores)]

    def rendered(self, folder, wanted):
        found = count(folder, '.png')
        if found < wanted:
            raise ValueError(f'{found} pictures of {wanted} in {folder}')

    def template(self):
        yield self.blender('template', self.pictures + '/template')
        self.rendered(self.pictures + '/template', self.n['frames'])

    def crops(self):
        yield self.blender('train', self.pictures, self.said + '/visemes')
        asked = sum(len(json.load(open(f))['frames']) for f in glob.glob(self.said + '/visemes/train_*.json'))
        self.rendered(self.pictures + '/train', min(asked, self.n['crops']) if self.a.small else asked)

    def pack(self):
        yield [python(here + '/05_assemble.py', 'pack', self.pictures, self.said, self.data)]

    # ------------------------------------------------------------ sound
    def speak(self):
        yield [python(here + '/03_speech.py', self.speech, self.n['extra'])]

    def mouths(self):
        os.makedirs(self.said, exist_ok=True)
        for d in ('wav', 'extra'):
            if not os.path.lexists(f'{self.said}/{d}'):
                os.symlink(f'{self.speech}/{d}', f'{self.said}/{d}')
        yield [python(TRAIN + '/people_tracks.py', here, self.speech, self.said + '/visemes')]

    def voices(self):
        yield [python(TRAIN + '/more_speech.py', here, self.more, self.n['more'])]

    def fetch(self):
        yield [python(TRAIN + '/human_speech.py', 'fetch', self.people, *(FEW_PACKAGES if self.a.small else ()))]
        yield [python(TRAIN + '/human_speech.py', 'list', self.people, self.shared + '/all.json')]
        with open(self.shared + '/all.json') as f:
            spoken = json.load(f)
        with open(self.shared + '/corpus.json', 'w') as f:
            json.dump(some_of(spoken, self.n['people']), f, ensure_ascii=False)

    def ear(self):
        ear, folders = self.shared + '/ear.pt', (self.speech, self.more)
        if os.path.exists(ear):
            os.remove(ear)                         # it would learn on
        yield [python(TRAIN + '/align.py', 'learn', ear, self.n['ear'], here, *folders)]
        yield [python(TRAIN + '/align.py', 'corpus', ear, self.people, self.shared + '/corpus.json', self.shared + '/aligned.json')]

    def ear_again(self):
        ear, aligned = self.shared + '/ear_again.pt', self.shared + '/aligned.json'
        shutil.copyfile(self.shared + '/ear.pt', ear)
        yield [python(TRAIN + '/align.py', 'more', ear, self.n['ear_more'], self.people, aligned, here, self.speech, self.more)]
        yield [python(TRAIN + '/align.py', 'corpus', ear, self.people, self.shared + '/corpus.json', self.shared + '/aligned_again.json')]

    def set(self):
        yield [python(TRAIN + '/speech_set.py', here, self.speech, self.more, '--people', self.people, self.shared + '/aligned_again.json', '--mouth', 'people',
                      '--most', self.n['most'], self.shared + '/speech.npz')]

    def hear(self):
        yield [python(TRAIN + '/train_audio_part.py', 'hear', BASE, here, self.shared, self.n['heard'], self.speech, self.more, '--people', self.people,
                      self.shared + '/corpus.json', self.n['heard_people'])]

    # ------------------------------------------------------------ networks
    def pair(self):
        yield [(python(TRAIN + '/generator_set.py', self.data, BASE + '/audio_encoder.onnx', self.pairs, self.shared + '/speech.npz'), self.threads)]

    def learn(self):
        steps = {'STEPS': str(self.n['steps'])} if self.n['steps'] else {}
        yield [(python(TRAIN + '/train_generator.py', self.pairs, self.work + '/generator', self.n['learn'], self.a.start), {**self.threads, **steps})]
        taught = self.work + '/taught'                     # an avatar's networks, for train_audio_part.py
        os.makedirs(taught, exist_ok=True)
        shutil.copyfile(BASE + '/audio_encoder.onnx', taught + '/audio_encoder.onnx')
        yield [python(TRAIN + '/onnx_file.py', 'generator', self.work + '/generator/generator.pt', taught + '/generator.onnx', 'round')]

    def audio_part(self):
        folder, taught = self.work + '/audio_part', self.work + '/taught'
        kept = folder + '/mouths.npz'
        if os.path.exists(kept) and os.path.getmtime(kept) < os.path.getmtime(taught + '/generator.onnx'):
            shutil.rmtree(folder)                          # of another generator
        os.makedirs(folder, exist_ok=True)
        if not os.path.lexists(folder + '/heard.npz'):
            os.symlink(self.shared + '/heard.npz', folder + '/heard.npz')
        yield [(python(TRAIN + '/train_audio_part.py', 'learn', taught, here, folder, self.n['audio'], self.a.gain, self.a.share), self.threads)]

    def finish(self):
        shutil.rmtree(self.avatar, ignore_errors=True)
        os.makedirs(self.avatar)
        shutil.copyfile(self.work + '/audio_part/generator.onnx', self.avatar + '/generator.onnx')
        shutil.copyfile(BASE + '/audio_encoder.onnx', self.avatar + '/audio_encoder.onnx')
        yield [python(TRAIN + '/pack_avatar.py', self.data + '/template', self.avatar, self.a.character.split('_')[0].replace('character', 'ava'))]
        yield [[self.a.program, 'calibrate', '--avatar', self.avatar, '--audio', SPEECH, '-y', '--progress', 'none', *(['--faces', '8', '--likeness-faces', '4'] if self.a.small else [])]]
        look = 'set -o pipefail; "$0" inspect --check "$1" 2>&1 | tee "$2" || [ $? = 1 ]'       # 1: something looks wrong, which is said at the end
        yield [['bash', '-c', look, self.a.program, self.avatar, self.a.out + '/check.txt']]

    def judge(self):
        cases = self.work + '/cases'
        yield [python(EVALUATE + '/cases.py', self.data, cases)]
        yield [python(TRAIN + '/people_tracks.py', here, cases, cases + '/visemes')]           # asked for what people do, as the crops were
        few = ['--only', 'sentence'] if self.a.small else []
        films = ['--films', self.a.films] if self.a.films else []
        yield [python(EVALUATE + '/evaluate.py', self.avatar, self.data, self.pairs, cases, '--program', self.a.program, '--markdown', self.a.out + '/table.md', '--sheets', self.work + '/sheets',
                      *few, *films)]


def text_of(name):
    path = f'{here}/{name}.py'
    if not os.path.isfile(path):
        return ''
    with open(path, encoding='utf8') as f:
        return f.read()


def known(name):
    """a module that says who somebody is"""
    return re.search(r'^CFG = ', text_of(name), re.M)
