"""presenter.py: a film in, an avatar out.   ./run presenter FILM -o DIR [--hours H] [--face N] [--name NAME]

Finds the presenter, cuts the film, learns the mouth, and writes DIR: an avatar's folder for `framegen render --avatar DIR`, and DIR/report.html. May be stopped at any time: the same
line goes on where it was. DIR/training holds what it works with (crops, samples, the network's state) and may be deleted afterwards; more --hours later go on from it too.
"""
import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, here + '/../train']
try:
    import cv2
    import numpy as np
    import torch
    import nets
    import onnx_file
    import film_set
    import judge
    import report
    from film_lesson import FilmLesson
    from trainer import Spent, Trainer, device, words_for
except ImportError as missing:
    sys.exit(f'presenter: {missing}; install python3-torch python3-opencv python3-scipy python3-onnx (Debian), or torch opencv-python-headless scipy onnx (PyPI)')

PEAK = 6e-4                               # ava's network knows mouths already: less than what she was taught with
BAD_USE, BAD_INPUT, BAD_OUTPUT = 2, 3, 5


def say(*words):
    print(*words, flush=True)


def refuse(why, code):
    """one line, as the program says its errors → the exit code"""
    print('error:', why, file=sys.stderr)
    return code


def fingerprint(path):
    """of a film that may have gigabytes: its size, its beginning and its end"""
    h, size = hashlib.sha256(), os.path.getsize(path)
    with open(path, 'rb') as f:
        h.update(f.read(1 << 20))
        f.seek(max(0, size - (1 << 20)))
        h.update(f.read())
    return f'{size} {h.hexdigest()}'


class Presenter:
    def __init__(self, a):
        self.a, self.work = a, a.output + '/training'
        self.crops, self.set, self.avatar, self.held = (f'{self.work}/{n}' for n in ('crops', 'set', 'avatar', 'held'))
        self.base = os.path.abspath(a.base)

    def framegen(self, *words, capture=False, quiet=False, fine=(0,)):
        done = subprocess.run([self.a.program, *words], stdout=subprocess.PIPE if capture or quiet else None, stderr=subprocess.PIPE if quiet else None, text=True)
        if done.returncode not in fine:
            sys.stderr.write(done.stderr or '')
            sys.exit(done.returncode)        # it has said why, in a line
        return done.stdout

    def face(self):
        return ['--face', str(self.a.face)] if self.a.face else []

    def claim(self):
        """the folder is new, or was begun from this film and this face"""
        mine, wanted = self.work + '/film.json', dict(film=fingerprint(self.a.film), face=self.a.face)
        if os.path.exists(mine):
            if json.load(open(mine)) != wanted:
                sys.exit(refuse(f'{self.a.output}: was begun from another film or face; give another folder', BAD_INPUT))
            return
        if os.path.isdir(self.a.output) and os.listdir(self.a.output):
            sys.exit(refuse(f'{self.a.output}: is not empty, and was not made by ./run presenter; give the name of a new folder', BAD_OUTPUT))
        try:
            os.makedirs(self.work, exist_ok=True)
        except OSError as why:
            sys.exit(refuse(f'{self.a.output}: cannot be made ({why.strerror}); give the name of a new folder', BAD_OUTPUT))
        with open(mine + '.new', 'w') as f:
            json.dump(wanted, f)
        os.replace(mine + '.new', mine)

    def import_film(self):
        if os.path.exists(self.avatar + '/avatar.json'):
            return
        shutil.rmtree(self.crops, ignore_errors=True)
        say(f'1/5  looking for the presenter in {self.a.film}')
        self.framegen('import', '--video', self.a.film, '--name', self.a.name, '--crops', self.crops, '-o', self.avatar, *self.face())

    def learn(self):
        """the averaged network, and what it was taught"""
        say('2/5  cutting the film, listening to it')
        film_set.make(self.a.film, self.crops, self.base + '/audio_encoder.onnx', self.set)
        lesson, net = FilmLesson(self.set), nets.Generator(.5)
        net.load(onnx_file.read(self.base + '/generator.onnx'))
        trainer = Trainer(net, lesson.units.shape[1], self.work, PEAK)
        trainer.resume()
        clock = Spent(self.a.hours * 3600, self.a.steps, trainer.spent)
        say(f'3/5  learning from {len(lesson.train)} frames, {len(lesson.held)} held out, on {"the GPU" if device().type == "cuda" else f"{torch.get_num_threads()} cores"}: '
            + (f'{self.a.steps} steps' if self.a.steps else f'{words_for(clock.left(trainer.step))} left') + f'; samples in {self.work}')
        trainer.run(lesson, clock, np.random.default_rng(), say)
        return net, lesson, dict(film=os.path.basename(self.a.film), steps=trainer.step, hours=clock.spent() / 3600)

    def export(self, net, sound):
        """the network into the avatar; what int8 needs to know of it"""
        say('4/5  the network into the avatar')
        onnx_file.write_generator(net.cpu(), self.avatar + '/generator.new.onnx', True)
        os.replace(self.avatar + '/generator.new.onnx', self.avatar + '/generator.onnx')
        m = json.load(open(self.avatar + '/avatar.json'))
        m['models']['generator'] = {'file': 'generator.onnx', 'sha256': hashlib.sha256(open(self.avatar + '/generator.onnx', 'rb').read()).hexdigest()}
        with open(self.avatar + '/avatar.json.new', 'w', encoding='utf8') as f:
            json.dump(m, f, ensure_ascii=False, indent=1)
        os.replace(self.avatar + '/avatar.json.new', self.avatar + '/avatar.json')
        self.framegen('calibrate', '--avatar', self.avatar, '--audio', sound, '--faces', str(self.a.calibrated), '-y', '--progress', 'none')

    def held_film(self, lesson):
        """the held-out part at full size, as an avatar of its own, and its sound"""
        first, last = int(lesson.frames[lesson.held].min()), int(lesson.frames[lesson.held].max())
        sound = self.work + '/held.wav'
        x = film_set.sound_of(self.a.film)[first * 640:(last + 1) * 640]
        subprocess.run(['ffmpeg', '-v', 'error', '-y', '-f', 'f32le', '-ar', '16000', '-ac', '1', '-i', '-', sound], input=x.astype(np.float32).tobytes(), check=True)
        if not os.path.exists(self.held + '/avatar.json'):
            self.framegen('import', '--video', self.a.film, '--frames', f'{first}:{last + 1}', '--skip-lost', '--frame-format', 'png', '-o', self.held, *self.face(), quiet=True)
        return sound

    def judge(self, net, lesson, sound, trained):
        say('5/5  looking at the frames that were held out')
        shutil.rmtree(self.work + '/spoken', ignore_errors=True)
        judged = judge.compare(self.a.program, net, lesson, self.held, sound, self.avatar, self.work)
        found, words = judge.limits(lesson, np.load(self.set + '/set.npz')['side'])
        check = self.framegen('inspect', self.avatar, '--check', capture=True, fine=(0, 1))       # 1: something is to be mended, and said
        video = self.work + '/said.mp4'
        self.framegen('render', '--avatar', self.avatar, '--audio', self.a.sentence, '-o', video, '-y', '--progress', 'none')
        report.write(self.work + '/report.html', self.a.name, judged, lesson, found, words, trained, check, video)
        curves = {k: [v if np.isfinite(v) else None for v in c] for k, c in judged['curves'].items()}
        with open(self.work + '/figures.json', 'w') as f:
            json.dump({k: v for k, v in judged.items() if k not in ('faces', 'curves')} | dict(curves=curves, film=found, trained=trained), f, indent=1)
        return judged

    def put_in_place(self, with_report=True):
        """all but the training folder, avatar.json last; linked, not copied, where the disk can"""
        found = [os.path.relpath(os.path.join(root, name), self.avatar) for root, _, files in os.walk(self.avatar) for name in files]
        for name in sorted(found, key=lambda n: n == 'avatar.json'):
            if name.split(os.sep)[0] == 'cache':
                continue
            os.makedirs(os.path.dirname(f'{self.a.output}/{name}'), exist_ok=True)
            self.put(f'{self.avatar}/{name}', f'{self.a.output}/{name}')
        if with_report:
            self.put(self.work + '/report.html', self.a.output + '/report.html')

    @staticmethod
    def put(source, to):
        new = to + '.new'
        if os.path.exists(new):
            os.remove(new)
        try:
            os.link(source, new)
        except OSError:
            shutil.copyfile(source, new)
        os.replace(new, to)

    def run(self):
        self.claim()
        self.import_film()
        try:
            net, lesson, trained = self.learn()
        except film_set.Unusable as why:
            self.put_in_place(with_report=False)
            print(f'warning: {why}\n{self.a.output}: an avatar with borrowed lips; nothing was learnt', file=sys.stderr)
            return
        sound = self.held_film(lesson)
        self.export(net, sound)
        judged = self.judge(net, lesson, sound, trained)
        self.put_in_place()
        say(f'{self.a.output}: mouth {judged["psnr"]:.1f} dB, lips r {judged["opening"]:.2f} on the held-out part; open {self.a.output}/report.html, or framegen render speech.wav --avatar {self.a.output}')


def main():
    p = argparse.ArgumentParser(prog='./run presenter', description='A film in, an avatar out (docs/presenter.md).')
    p.add_argument('film')
    p.add_argument('-o', '--output', required=True, help='the avatar\'s folder')
    p.add_argument('--hours', type=float, default=3, help='to learn for, all runs together; default 3')
    p.add_argument('--steps', type=int, help='to learn for, instead of hours')
    p.add_argument('--face', type=int, help='of several in the film: 1 …, the most prominent first')
    p.add_argument('--name', help='default: the folder\'s')
    root = os.path.abspath(here + '/../..')
    p.add_argument('--program', default=root + '/build/release/framegen', help=argparse.SUPPRESS)
    p.add_argument('--base', default=root + '/assets/avatars/ava', help=argparse.SUPPRESS)
    p.add_argument('--calibrated', type=int, default=250, help=argparse.SUPPRESS)        # faces; tests take fewer
    p.add_argument('--sentence', default=root + '/assets/speech/demo.flac', help='a speech that the report\'s video says')
    a = p.parse_args()
    a.output = os.path.abspath(a.output)
    a.name = a.name or os.path.basename(a.output)
    if not os.path.isfile(a.film):
        sys.exit(refuse(f'{a.film}: does not exist; give a film of a person who speaks', BAD_INPUT))
    if not a.hours > 0 or (a.steps is not None and a.steps < 1):
        sys.exit(refuse('--hours and --steps: are above 0', BAD_USE))
    torch.manual_seed(1)
    # Left to itself, Debian's PyTorch takes one of two virtual cores.
    cores = len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()
    torch.set_num_threads(int(os.environ.get('THREADS', cores)))
    try:
        Presenter(a).run()
    except KeyboardInterrupt:
        print('\nstopped; the same line goes on from here', file=sys.stderr)
        sys.exit(130)


if __name__ == '__main__':
    main()
