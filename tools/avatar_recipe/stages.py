"""stages.py: work in stages, each done once: what a stage needs, what it runs, what it cost; stopped at any moment, the same line goes on.

A stage's `run` is a generator of lists of commands: those of one list run at the same time, the next list when all have ended well. Stages of one lane follow each
other, lanes run beside each other. HOME/done/NAME.json says that a stage is done (delete it and the stage is done again), HOME/log/NAME.log what its programs said.
"""
import dataclasses
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from typing import Callable

TELL_S, LOOK_S = 60, .2


class Failed(Exception):
    """one line: which stage, why, where its log is"""


@dataclasses.dataclass
class Stage:
    name: str
    does: str
    run: Callable                         # () → lists of commands: [words, …] or ([words, …], {environment})
    home: str
    lane: str
    needs: tuple = ()
    core_s: float = 0                     # what it costs, core-seconds, for the plan
    progress: Callable = None             # () → share that is done, where it can be seen

    def stamp(self):
        return f'{self.home}/done/{self.name}.json'

    def log(self):
        return f'{self.home}/log/{self.name}.log'

    def done(self):
        return os.path.exists(self.stamp())

    def left(self):
        return 0 if self.done() else self.core_s * (1 - (self.progress() if self.progress else 0))


def named(words):
    """what a command runs: the script rather than its interpreter"""
    return os.path.basename(next((w for w in words if w.endswith(('.py', '.sh'))), words[0]))


class Under:
    """a stage under way"""

    def __init__(self, stage):
        self.stage, self.steps, self.processes, self.begun, self.core_s = stage, stage.run(), [], time.monotonic(), 0.
        for path in (stage.stamp(), stage.log()):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        self.log = open(stage.log(), 'ab')

    def advance(self):
        """True: the stage is done"""
        for p in self.processes[:]:
            pid, status, used = os.wait4(p.pid, os.WNOHANG)      # Popen's own wait does not say what a process cost
            if pid:
                self.processes.remove(p)
                p.returncode = os.waitstatus_to_exitcode(status)
                self.core_s += used.ru_utime + used.ru_stime
                if p.returncode:
                    self.fail(f'{named(p.args[3:])} ended with {p.returncode}')
        if self.processes:
            return False
        try:
            commands = next(self.steps)
            self.processes = [self.spawn(c) for c in commands]
        except StopIteration:
            return self.finish()
        except (OSError, ValueError) as why:
            self.fail(str(why))
        return False

    def spawn(self, command):
        words, more = command if isinstance(command, tuple) else (command, {})
        words = ['setpriv', '--pdeathsig', 'TERM', *map(str, words)]            # none outlives this program, however it ends
        self.log.write(f'{time.strftime("%H:%M:%S")} {" ".join(words[3:])}\n'.encode())
        self.log.flush()
        return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT, env={**os.environ, **more})

    def finish(self):
        cost = dict(seconds=round(time.monotonic() - self.begun, 1), core_s=round(self.core_s, 1))
        with open(self.stage.stamp() + '.new', 'w') as f:
            json.dump(cost, f)
        os.replace(self.stage.stamp() + '.new', self.stage.stamp())
        self.log.close()
        return True

    def fail(self, why):
        self.log.flush()
        with open(self.stage.log(), errors='replace') as f:
            said = [line.strip() for line in f if line.strip()]
        last = f' ({said[-1][:200]})' if said else ''
        raise Failed(f'stage {self.stage.name}: {why}{last}; its log: {self.stage.log()}')

    def stop(self):
        for p in self.processes:
            p.terminate()
        for p in self.processes:
            try:
                p.wait(10)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()
        self.log.close()


def words_for(seconds):
    return f'{seconds:.0f} s' if seconds < 90 else f'{seconds / 60:.0f} min' if seconds < 5400 else f'{seconds / 3600:.1f} h'


def wanted(stages, last):
    """all that the stage `last` needs, itself included, in order; None: every stage"""
    names = {s.name: s for s in stages}
    if last is None:
        return stages
    found, look = set(), [last]
    while look:
        name = look.pop()
        if name not in found:
            found.add(name)
            look += names[name].needs
    return [s for s in stages if s.name in found]


def claim(home):
    """two programs at one folder would do everything twice"""
    os.makedirs(home, exist_ok=True)
    lock = open(home + '/lock', 'w')
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise Failed(f'{home}: another run works here; wait for it, or stop it') from None
    return lock


def ended(*_):
    raise KeyboardInterrupt


def go(stages, cores, say=lambda *words: print(*words, flush=True)):
    """Runs what is not done yet. Failed: one of them failed, and the others were stopped."""
    todo, running, told = [s for s in stages if not s.done()], [], time.monotonic()
    locks = [claim(home) for home in dict.fromkeys(s.home for s in todo)]
    signal.signal(signal.SIGTERM, ended)
    left = lambda: words_for(sum(s.left() for s in todo + [u.stage for u in running]) / cores)
    done = [s.name for s in stages if s.done()]
    if done:
        say('done before:', ', '.join(done))
    if todo:
        say(f'{len(todo)} stages on {cores} cores, about {left()}')
    try:
        while todo or running:
            for s in todo[:]:
                if all(u.stage.lane != s.lane for u in running) and all(n.done() for n in stages if n.name in s.needs):
                    say(f'{time.strftime("%H:%M:%S")} {s.name}: {s.does}')
                    running.append(Under(s))
                    todo.remove(s)
            for u in running[:]:
                if u.advance():
                    running.remove(u)
                    say(f'{time.strftime("%H:%M:%S")} {u.stage.name}: done in {words_for(time.monotonic() - u.begun)}, {u.core_s:.0f} core-seconds; about {left()} left')
            if time.monotonic() - told > TELL_S:
                told = time.monotonic()
                share = [f'{u.stage.name} {u.stage.progress():.0%}' if u.stage.progress else u.stage.name for u in running]
                say(f'{time.strftime("%H:%M:%S")} {", ".join(share)}; about {left()} left')
            time.sleep(LOOK_S)
    finally:
        for u in running:
            u.stop()
        for lock in locks:
            lock.close()


def main(stages, cores):
    """→ exit status"""
    try:
        go(stages, cores)
    except Failed as why:
        print('error:', why, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print('stopped; the same line goes on from here', file=sys.stderr)
        return 130
    return 0


def begun_for(folder, **what):
    """the folder is new, or was begun for the same"""
    os.makedirs(folder, exist_ok=True)
    path = folder + '/made_for.json'
    if not os.path.exists(path):
        with open(path, 'w') as f:
            json.dump(what, f)
    with open(path) as f:
        begun = json.load(f)
    if begun != what:
        raise Failed(f'{folder}: was begun for {begun}, not for {what}; give another folder')


def tool(parser, a, every, what, programs=('avatar', 'table')):
    """what a program of stages does with its words: a.stage, a.out, a.program, a.small, a.cores; what: whom a.out/work is for; programs: stages that want the built program → exit status"""
    if a.stage == 'list':
        for s in every:
            print(f'{"done" if s.done() else words_for(s.left()):8} {s.name:11} {s.does}')
        return 0
    if a.stage not in [None, *(s.name for s in every)]:
        parser.error(f'there is no stage "{a.stage}"; {", ".join(s.name for s in every)}')
    todo = wanted(every, a.stage)
    if todo[-1].name in programs and not os.access(a.program, os.X_OK):
        parser.error(f'{a.program}: no program; {parser.prog} builds it, or give another with --program')
    try:
        begun_for(a.out + '/work', **what)
        begun_for(every[0].home, small=a.small)
    except (OSError, Failed) as why:
        print('error:', why, file=sys.stderr)
        return 1
    return main(todo, a.cores)
