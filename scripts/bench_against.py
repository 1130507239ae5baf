#!/usr/bin/env python3
"""bench_against.py NEW OLD [options] [-- render's own options]: is this change faster? Two programs render the same, in turns, in one run.

For each way (--ways: fp32,bf16,int8, or any options of render, e.g. "--precision int8 --threads 1") both programs render --frames frames, --rounds times, first
one and then the other, the order changing with every round. A round's two times are a pair: what is printed is the median of the pairs' ratios (old over new:
above 1 is faster), with the smallest and largest pair, once by the clock and once by processor time, which other work on the machine disturbs less. Whether the
frames are the same bytes is said too. Nothing is written but below a temporary folder.
"""
import argparse
import os
import re
import shlex
import statistics
import sys
import tempfile
import time

PRECISIONS = ('fp32', 'bf16', 'int8')


def words_of(way):
    return ['--precision', way] if way in PRECISIONS else shlex.split(way)


def run(program, words, log):
    """seconds by the clock, of the processor; the frames' hash"""
    hashes = log + '.txt'
    command = [program, 'render', *words, '--hash', hashes, '-y', '-q', '--progress', 'none']
    began = time.monotonic()
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 2, log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)])
    _, status, used = os.wait4(pid, 0)
    clock = time.monotonic() - began
    if status != 0:
        with open(log) as said:
            sys.exit(f'bench_against.py: {shlex.join(command)} failed: {said.read().strip() or "exit " + str(os.waitstatus_to_exitcode(status))}')
    with open(hashes) as lines:
        return clock, used.ru_utime + used.ru_stime, re.findall(r'^all (\w+)', lines.read(), re.M)[-1]


def spread(pairs):
    ratios = sorted(old / new for new, old in pairs)
    return f'{statistics.median(ratios):.3f}× ({ratios[0]:.3f} … {ratios[-1]:.3f})'


def compare(programs, way, options, folder):
    """a table's row"""
    words = [*options.words, *words_of(way)]
    times = {'new': [], 'old': []}
    hashes = {}
    for at in range(options.rounds + 1):  # the first reads files and builds caches: it is not counted
        for name in ('new', 'old') if at % 2 == 0 else ('old', 'new'):
            clock, processor, hashes[name] = run(programs[name], words, f'{folder}/{name}')
            if at > 0:
                times[name].append((clock, processor))
    both = list(zip(times['new'], times['old']))
    new_s, old_s = (statistics.median(processor for _, processor in times[name]) for name in ('new', 'old'))
    same = 'same bytes' if hashes['new'] == hashes['old'] else 'OTHER BYTES'
    return f'| {way} | {spread([(n[0], o[0]) for n, o in both])} | {spread([(n[1], o[1]) for n, o in both])} | {old_s:.2f} → {new_s:.2f} | {same} |'


def main():
    a = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    a.add_argument('new')
    a.add_argument('old')
    a.add_argument('--ways', default=','.join(PRECISIONS), help='comma between them')
    a.add_argument('--rounds', type=int, default=5)
    a.add_argument('--frames', type=int, default=125)
    a.add_argument('--audio', default='assets/speech/demo.flac')
    a.add_argument('--avatar', default='assets/avatars/ava', help='the same for both')
    a.add_argument('words', nargs='*', help="options of render for all ways, behind --")
    options = a.parse_args()
    if options.rounds < 1 or options.frames < 1:
        a.error('--rounds and --frames are 1 or more')
    for program in (options.new, options.old):
        if not os.access(program, os.X_OK):
            a.error(f'{program} is no program')
    options.words = [options.audio, '--avatar', options.avatar, '--frames', str(options.frames), *options.words]
    print('| way | faster by the clock, old : new (worst … best pair) | by processor time | processor s, old → new | frames |\n| --- | --- | --- | --- | --- |', flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for way in options.ways.split(','):
            print(compare({'new': options.new, 'old': options.old}, way, options, folder), flush=True)


if __name__ == '__main__':
    main()
