#!/usr/bin/env python3
"""files.py: strangers' files that were made to do harm, one by one, and all that may come of them (./run soak files).

  tests/soak/files.py [--each 8] [--seed 1] [--more FOLDER…] [--only KIND] [--framegen PROGRAM] [--list OUT.csv]

Each file of hostile_files.py, and of FOLDER (any crash files that somebody has: their sort is told by their names), is given to the command that would open it: sound to `render` and
to a running `serve`, film to `import --video`, pictures to an avatar's template and to `compare`, checkpoints to `import --generator`. What may come: success, or one error line with a contracted code.
Wrong are: a crash, a second line, more than 30 s, more memory than LARGEST, a file in a place that nobody named, an opened spy address, a word of the secret file anywhere,
and a server whose memory, threads or descriptors do not come back, or whose frames are others afterwards.
"""
import argparse
import collections
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hostile_files
from hostile import port_of, small_avatar

ROOT = Path(__file__).parent.parent.parent
SECRET = "a-secret-that-nobody-may-read-7c1f"
SLOW_S = 30
LARGEST = 2 << 30  # of any one process: a decoder has 1 GiB more than framegen had
SOUND = (".wav .w64 .aif .aiff .aifc .au .caf .voc .flac .ogg .oga .opus .spx .mp3 .mp2 .ac3 .eac3 .aac .m4a .mka .wma .ape .mpc .wv .tta .mod .s3m .xm .it .weba .id3 .sf2").split()
FILM = ".mp4 .mov .m4v .mkv .webm .avi .asf .wmv .flv .mpg .mpeg .ts .ogv .3gp .3g2 .gif .apng .avif .h264 .fli .y4m".split()
PICTURE = ".png .jpg .jpeg".split()
CODES = {1, 2, 3, 4, 5}


def kind_of(path):
    ending = path.suffix.lower()
    return "sound" if ending in SOUND else "film" if ending in FILM else "picture" if ending in PICTURE else None


def gathered(process):
    """what it said on both lines, and what it and its own children used"""
    said = []
    reader = threading.Thread(target=lambda: said.append(process.stdout.read()))
    reader.start()
    complaint = process.stderr.read()
    reader.join()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return said[0], complaint, usage


class Spy(threading.Thread):
    """an address that nobody may ask for"""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket, self.seen = socket.create_server(("127.0.0.1", 0)), 0
        self.port = self.socket.getsockname()[1]
        self.start()

    def run(self):
        while True:
            self.socket.accept()[0].close()
            self.seen += 1


class Trial:
    def __init__(self, words):
        self.words, self.wrong, self.rows, self.spy = words, [], [], Spy()
        self.work = Path(tempfile.mkdtemp())
        self.home = self.work / "home"
        self.home.mkdir()
        self.canary = self.work / "secret.txt"
        self.canary.write_text(SECRET * 100)
        self.environment = {**os.environ, "HOME": str(self.home), "TMPDIR": str(self.home), "XDG_CACHE_HOME": str(self.home), "LC_ALL": "C.UTF-8"}
        small_avatar(words.framegen, self.work)
        self.networks = ["--generator", self.work / "models/generator.onnx", "--audio-encoder", self.work / "models/audio_encoder.onnx"]
        self.shown = json.loads((self.work / "mini/avatar.json").read_text())["frames"]

    # --- one file, one command
    def command(self, kind, path, out):
        if kind == "sound":
            return ["render", "--avatar", self.work / "mini", "--audio", path, "--frames", "3", "--raw", out / "frames", "--no-cache", "--progress", "none"]
        if kind == "film":
            return ["import", "--video", path, "--box", "8,8,64", "--frames", "0:3", *self.networks, "-o", out / "avatar", "--progress", "none", "-q"]
        if kind == "checkpoint":
            return ["import", "--dataset", ROOT / "tests/golden/pipeline/dataset", "--generator", path, "--audio-encoder", self.work / "models/audio_encoder.onnx", "-o", out / "avatar", "--progress", "none"]
        if kind == "folder":
            (out / "pictures").mkdir()
            shutil.copyfile(path, out / f"pictures/0{path.suffix.lower()}")
            return ["compare", out / "pictures", out / "pictures"]
        avatar = out / "avatar"
        shutil.copytree(self.work / "mini", avatar, ignore=shutil.ignore_patterns("cache"))
        for name in self.shown:
            shutil.copyfile(path, avatar / name)
        return ["render", "--avatar", avatar, "--audio", ROOT / "tests/golden/pipeline/speech.wav", "--frames", "3", "--raw", out / "frames", "--no-cache", "--progress", "none"]

    def one(self, kind, family, path):
        out = self.work / "out"
        out.mkdir()
        words = [self.words.framegen, *map(str, self.command(kind, path, out))]
        there = self.places()
        begin = time.monotonic()
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.home, env=self.environment)
        alarm = threading.Timer(SLOW_S, process.kill)
        alarm.start()
        said, complaint, usage = gathered(process)
        alarm.cancel()
        took, text = time.monotonic() - begin, complaint.decode(errors="replace")
        most = usage.ru_maxrss * 1024
        name, lines = f"{family}/{path.name}", [line for line in text.splitlines() if not line.startswith("warning: ")]
        fault = self.fault(process.returncode, lines, took, most, said + complaint, out, there)
        self.rows.append((kind, family, path.name, process.returncode, round(took, 2), lines[0] if lines else ""))
        if fault:
            self.complain(f"{kind} {name}: {fault}: {text[:300]!r}")
            kept = Path(self.words.keep) / name.replace("/", "-")
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, kept)
        shutil.rmtree(out)
        return process.returncode

    def places(self):
        return {str(p) for p in self.work.rglob("*") if p.parts[len(self.work.parts)] not in ("out", "given")} | {"/tmp/" + n for n in os.listdir("/tmp") if "escaped" in n}

    def fault(self, code, lines, took, most, words, out, there):
        if code == -9 and took >= SLOW_S:
            return f"not ended after {SLOW_S} s"
        if code != 0 and code not in CODES:
            return f"ended with {code}"
        if code == 0 and lines or code != 0 and (len(lines) != 1 or not lines[0].startswith("error: ")):
            return f"exit {code} and {len(lines)} lines"
        if code != 0 and (out / "frames").exists():
            return "half an output"
        if most > LARGEST:
            return f"{most >> 20} MiB"
        if SECRET.encode() in words or any(SECRET.encode() in f.read_bytes() for f in out.rglob("*") if f.is_file() and f.stat().st_size < 64 << 20):
            return "the secret was read"
        if self.spy.seen:
            self.spy.seen = 0
            return "the address was asked"
        if new := self.places() - there:
            return f"left {sorted(new)[:3]}"
        return None

    def complain(self, what):
        self.wrong.append(what)
        print("WRONG:", what, flush=True)


class Server:
    """a server that is given every sound, and must be the same afterwards"""

    def __init__(self, trial):
        self.trial = trial
        self.process = subprocess.Popen([trial.words.framegen, "serve", "--listen", "127.0.0.1:0", "--avatar", str(trial.work / "mini"), "--max-render-s", "2", "--precision", "fp32", "--no-cache"],
                                        stderr=subprocess.PIPE, text=True, cwd=trial.home, env=trial.environment)
        self.port = port_of(self.process)
        threading.Thread(target=lambda: [None for _ in self.process.stderr], daemon=True).start()

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2 * SLOW_S)
        connection.request(method, path, body)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, data

    def state(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return dict(MiB=int(re.search(r"VmRSS:\s+(\d+)", status)[1]) >> 10, threads=int(re.search(r"Threads:\s+(\d+)", status)[1]), files=len(os.listdir(f"/proc/{self.process.pid}/fd")),
                    children=len(Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()))

    def give(self, name, data):
        try:
            for _ in range(300):  # one that was given up may still have its place
                status, answer = self.ask("POST", "/v1/render?avatar=mini", data)
                if status != 503:
                    break
                time.sleep(0.1)
        except (OSError, http.client.HTTPException) as why:
            return self.trial.complain(f"served {name}: no answer: {why!r}")
        right = status == 200 and answer[4:8] == b"ftyp" or status in (400, 413, 422) and answer.count(b"\n") <= 1 and b'"error"' in answer
        if not right:
            self.trial.complain(f"served {name}: {status} {answer[:200]!r}")
        if SECRET.encode() in answer:
            self.trial.complain(f"served {name}: the secret was read")
        return status

    def honest(self):
        return self.ask("POST", "/v1/render?avatar=mini", (ROOT / "tests/golden/pipeline/speech.wav").read_bytes())


def corpus(words, trial):
    given = trial.work / "given"
    given.mkdir()
    for kind, family, name, data in hostile_files.families(words.each, words.seed, str(trial.canary), trial.spy.port, words.only):
        path = given / name.replace("/", "-")
        path.write_bytes(data)
        yield kind, family, path
        path.unlink()
    for folder in words.more:
        for path in sorted(Path(folder).rglob("*")):
            if path.is_file() and (kind := kind_of(path)) and words.only in (None, kind):
                yield kind, Path(folder).name, path


def served(trial, sounds):
    server, answers = Server(trial), collections.Counter()
    first = server.honest()
    for _ in range(3):
        server.honest()
    time.sleep(2)
    before = server.state()
    for name, data in sounds:
        answers[server.give(name, data)] += 1
        if server.process.poll() is not None:
            return trial.complain(f"served {name}: the server ended with {server.process.returncode}")
    last = server.honest()
    time.sleep(35)  # a decoder that nobody waits for is ended within 30 s
    after = server.state()
    print("server before", before, "after", after, "answers", dict(answers), flush=True)
    if last != first:
        trial.complain("the server's frames are others afterwards")
    if after["MiB"] > before["MiB"] * 1.1 + 16 or any(after[k] > before[k] for k in ("threads", "files", "children")):
        trial.complain(f"the server kept something: {before} {after}")
    if server.ask("GET", "/healthz")[0] != 200:
        trial.complain("the server is not well")
    server.process.terminate()
    if server.process.wait(60) != 0:
        trial.complain(f"the server ended with {server.process.returncode}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--each", type=int, default=8, help="broken ones of each container and codec")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--more", nargs="*", default=[], metavar="FOLDER")
    parser.add_argument("--only", choices=["sound", "film", "picture", "checkpoint"])
    parser.add_argument("--framegen", default=str(ROOT / "build/release/framegen"))
    parser.add_argument("--keep", default=str(ROOT / "out/hostile"), help="where files go that did harm")
    parser.add_argument("--list", metavar="OUT.csv")
    words = parser.parse_args()
    trial, counts, sounds, begin = Trial(words), collections.defaultdict(collections.Counter), [], time.monotonic()
    for n, (kind, family, path) in enumerate(corpus(words, trial)):
        counts[family, kind][trial.one(kind, family, path)] += 1
        if kind == "picture":  # of any size
            counts[family, "folder"][trial.one("folder", family, path)] += 1
        if kind == "sound" and path.stat().st_size < 64 << 20:
            sounds.append((path.name, path.read_bytes()))
        if sys.stderr.isatty():
            print(f"\r{n + 1} files, {len(trial.wrong)} wrong, {time.monotonic() - begin:.0f} s", end="", file=sys.stderr)
    if sounds:
        served(trial, sounds)
    print("| files | opened as | tried | right pictures | one error line | exit codes | slowest |\n| --- | --- | --- | --- | --- | --- | --- |")
    for (family, kind), codes in counts.items():
        slowest = max(row[4] for row in trial.rows if row[:2] == (kind, family))
        print(f"| {family} | {kind} | {codes.total()} | {codes[0]} | {codes.total() - codes[0]} | {', '.join(f'{c}: {n}' for c, n in sorted(codes.items()) if c)} | {slowest:.1f} s |")
    if words.list:
        Path(words.list).write_text("".join(",".join(map(str, row)) + "\n" for row in trial.rows))
    shutil.rmtree(trial.work)
    print(f"{sum(c.total() for c in counts.values())} files in {time.monotonic() - begin:.0f} s, {len(trial.wrong)} wrong")
    return bool(trial.wrong)


if __name__ == "__main__":
    sys.exit(main())
