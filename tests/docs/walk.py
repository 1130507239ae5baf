#!/usr/bin/env python3
# walk.py: runs every command line of framegen that the documents show, in a folder with what they name.
"""walk.py PROGRAM [DOCUMENT…]: exit 1 where a command fails, or is new and neither runs nor stands among kNotRun."""
import glob
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GOLDEN = f"{ROOT}/tests/golden/pipeline"
# What cannot run here, by a part of its line, and why.
NOT_RUN = {
    "curl ": "asks the network",
    "rtmp://": "needs a server that listens",
    "whips://": "needs a server that listens: tests/webrtc has one",
    "/dev/video0": "needs a video loopback device and a sound server",
    "--tts ": "needs a program or a server that speaks: apps/voice and tests/end_to_end test it with stand-ins",
    "ffplay": "needs a screen: run with `cat` in its place",
    "LIBRARY": "a stand-in for other words",
    "podman ": "needs an engine for containers",
    "kubectl ": "needs a cluster",
    "bench --live": "takes forty minutes: Bench.MeasuresALivePresenter runs a short one",
    "wav2lip256.onnx": "needs Wav2Lip's network and an avatar of LiveTalking: tests/end_to_end and src/avatar test it",
    "--video presenter.mp4": "needs a film with boxes: ImportVideo tests it",
}
# Lines of commands that are not framegen's own; their scripts are tests themselves, or build what this tests.
OTHERS = ("./run", "cmake", "tools/", "tests/", "deploy/", "ninja", "npm", "docker", "pip", "tar ", "ctest")


def command_lines(path):
    """Indented and fenced lines that call framegen, continued lines joined, remarks cut off."""
    lines, fenced, held = [], False, ""
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        if line.startswith("```"):
            fenced = not fenced
            continue
        if not (fenced or line.startswith("    ")):
            continue
        text = held + line.strip()
        held = ""
        if text.endswith("\\"):
            held = text[:-1]
            continue
        text = re.split(r"\s#\s|\s{3,}", text)[0].strip()
        words = re.sub(r"^(\$ |… \| )", "", text)
        if not words.startswith(OTHERS) and re.search(r"(^|\| *|&& *)(build/release/)?framegen [a-z]", words):
            lines.append((number, text))
    return lines


def reason_not_to_run(line):
    return next((why for part, why in NOT_RUN.items() if part in line and part != "ffplay"), None)


def runnable(line):
    """The line as it is run here: no screen, no optional words, short where it would be long."""
    line = line.replace("build/release/framegen", "framegen").replace("ffplay -", "cat >/dev/null")
    line = re.sub(r"\[[^\]]*\]…?", "", line)
    line = re.sub(r"^… \|", "head -c 32000 /dev/zero |", line)
    line = line.replace("--range 4500:9000", "--range 18:36").replace("1280x720", "640x360")
    return re.sub(r" DIR\b", " dataset/anna", line)


def prepare(folder, framegen):
    """What the documents' lines name, and a small presenter under the name of ava."""
    run = lambda *words: subprocess.run(words, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    speech = f"{folder}/speech.wav"
    shutil.copy(f"{GOLDEN}/speech.wav", speech)
    for name in ("speech.mp3", "any_speech.wav"):
        run("ffmpeg", "-v", "error", "-i", speech, name)
    run(framegen, "synth-model", "--width", "0.5", "--seed", "1", "-o", "models")
    for name in ("dataset/anna", "dataset/may", "checkpoint/may", "model/checkpoints", "talks", "in", "avatars"):
        os.makedirs(f"{folder}/{name}", exist_ok=True)
    for name in ("dataset/anna", "dataset/may"):
        shutil.copytree(f"{GOLDEN}/dataset", f"{folder}/{name}", dirs_exist_ok=True)
    for name in ("G.pth", "G.onnx", "checkpoint/may/120.pth"):
        shutil.copy(f"{folder}/models/generator.onnx", f"{folder}/{name}")
    for name in ("E.pth", "E.onnx", "model/checkpoints/audio_visual_encoder.pth"):
        shutil.copy(f"{folder}/models/audio_encoder.onnx", f"{folder}/{name}")
    run(framegen, "import", "--dataset", "dataset/anna", "--generator", "G.onnx", "--audio-encoder", "E.onnx", "-o",
        "avatars/ava")
    for name in ("talks/a.wav", "in/a.wav"):
        shutil.copy(speech, f"{folder}/{name}")
    run(framegen, "render", speech, "--avatar", "ava", "--range", ":18", "-o", "part-00000.mp4", "-q")
    for name in ("reference.mp4", "mine.mp4"):
        shutil.copy(f"{folder}/part-00000.mp4", f"{folder}/{name}")
    with open(f"{folder}/jobs.jsonl", "w", encoding="utf-8") as jobs:
        jobs.write('{"audio": "in/a.wav"}\n')


def serves(process):
    """A server is right when it says where it listens; then it is stopped."""
    deadline, said = time.monotonic() + 120, ""
    while time.monotonic() < deadline and process.poll() is None and "http://" not in said:
        if select.select([process.stderr], [], [], 0.2)[0]:
            said += os.read(process.stderr.fileno(), 4096).decode(errors="replace")
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    return ("http://" in said), said


def run_line(line, folder, environment):
    if re.match(r"framegen serve\b", line):
        words = line.split()[1:] + ([] if "--port" in line or "--listen" in line else ["--port", "0"])
        words = [w for w in words if w != "|"]
        process = subprocess.Popen([environment["FRAMEGEN"], *words], cwd=folder, env=environment,
                                   stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        return serves(process)
    done = subprocess.run(["bash", "-o", "pipefail", "-c", line], cwd=folder, env=environment, capture_output=True,
                          text=True, errors="replace", stdin=subprocess.DEVNULL, timeout=280, check=False)
    # inspect --check may find fault with networks of noise: that is its work.
    return done.returncode == 0 or (done.returncode == 1 and "--check" in line), done.stderr


def main():
    framegen = os.path.abspath(sys.argv[1])
    documents = sys.argv[2:] or [f"{ROOT}/README.md", *sorted(glob.glob(f"{ROOT}/docs/*.md"))]
    failed = ran = left_out = 0
    with tempfile.TemporaryDirectory(prefix="framegen-docs-") as folder:
        environment = {**os.environ, "PATH": f"{os.path.dirname(framegen)}:{os.environ['PATH']}", "FRAMEGEN": framegen,
                       "FRAMEGEN_AVATAR": "ava"}
        prepare(folder, framegen)
        for document in documents:
            for number, line in command_lines(document):
                place = f"{os.path.relpath(document, ROOT)}:{number}"
                why = reason_not_to_run(line)
                if why:
                    left_out += 1
                    print(f"left out  {place}: {line}  ({why})")
                    continue
                # Each line is somebody's first: what an earlier one has written is in nobody's way.
                taken = runnable(line) + (" -y" if re.search(r" (-o|--report|--hash) ", line) and "|" not in line
                                          and "--resume" not in line else "")
                good, said = run_line(taken, folder, environment)
                ran += 1
                failed += not good
                print(f"{'ran      ' if good else 'FAILED   '} {place}: {line}" + ("" if good else f"\n{taken}\n{said}"),
                      flush=True)
    print(f"{ran} lines run, {failed} failed, {left_out} left out")
    return 1 if failed or not ran else 0


if __name__ == "__main__":
    sys.exit(main())
