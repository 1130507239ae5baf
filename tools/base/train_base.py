"""train_base.py: teach a generator to move anybody's mouth.

  python3 train_base.py SET OUT MINUTES [START.onnx]      SET: people_set.py; MINUTES: of learning, over all runs; START: what it goes on from, an avatar's generator

Resumes from OUT/generator.pt; STEPS (environment) ends earlier, THREADS is for cores, RATE for the learning rate's peak. OUT gets log and sample_*.png (reference, made, truth; the last six
persons are known to the network). The loop itself: ../train/trainer.py.
"""
import os
import sys
import time
import numpy as np
import torch
here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, here + '/../train')
import nets
from generator_set import UNITS
from people_lesson import PeopleLesson
from trainer import Spent, Trainer, begin


def main(data, out, minutes, start=None):
    torch.set_num_threads(int(os.environ.get('THREADS', 1)))
    torch.manual_seed(1)
    os.makedirs(out, exist_ok=True)
    lesson, r, net = PeopleLesson(data), np.random.default_rng(), nets.Generator(float(os.environ.get('WIDTH', .5)))
    begin(net, lesson, out, start)
    trainer = Trainer(net, UNITS.shape[1], out, float(os.environ.get('RATE', 1e-3)))
    trainer.resume()
    say = lambda *words: print(*words, flush=True)
    say(time.strftime('%H:%M:%S'), f'{len(lesson.train)} crops, {len(lesson.held)} held out, weight {lesson.weight.mean().item():.2f}')
    steps = os.environ.get('STEPS')
    trainer.run(lesson, Spent(60 * float(minutes), steps and int(steps), trainer.spent), r, say)


if __name__ == '__main__':
    if len(sys.argv) < 4:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
