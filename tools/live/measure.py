#!/usr/bin/env python3
# measure.py: the latency and load of framegen serve on this machine, as a Markdown table (docs/live.md).
#   tools/live/measure.py [--framegen build/release/framegen] [--avatar DIR] [--seconds 60] [--sessions 1,2] [--rounds 10] [--options "WORDS FOR SERVE"]
import argparse
import re
import shlex
import statistics
import subprocess
import threading
import time
import urllib.request

from websocket import Session

RATE = 16000
FRAME = RATE // 25 * 2  # bytes of 40 ms


def server(words):
    process = subprocess.Popen([words.framegen, "serve", "--listen", "127.0.0.1:0", "--max-sessions", "32"]
                               + (["--avatar", words.avatar] if words.avatar else []) + shlex.split(words.options), stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if found := re.search(r"http://127\.0\.0\.1:(\d+)/", line):
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return process, int(found[1])
    raise SystemExit("framegen serve did not start")


def metric(port, name):
    text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics").read().decode()
    return int(re.search(rf"^framegen_{name} (\d+)$", text, re.M)[1])


def speech():
    """The golden speech as s16le at RATE."""
    return subprocess.run(["ffmpeg", "-v", "error", "-i", "tests/golden/pipeline/speech.wav", "-f", "s16le", "-ar", str(RATE),
                           "-ac", "1", "-"], check=True, capture_output=True).stdout


def start(port):
    return Session("127.0.0.1", port, {"audio": {"rate": RATE}, "video": {"format": "jpeg"}})


def until(session, wanted):
    while True:
        kind, message = session.receive()
        if wanted(kind, message):
            return message


def is_speech(kind, message):
    return kind == "media" and message.speech


def is_idle(kind, message):
    return kind == "media" and not message.speech


def session_start(port):
    begin = time.perf_counter()
    session = start(port)
    until(session, is_idle)
    took = time.perf_counter() - begin
    session.close()
    return took


def burst(port, sound):
    """Enough sound at once → first speech picture; then an interrupt → first idle picture."""
    session = start(port)
    until(session, is_idle)
    session.send_sound(sound[:FRAME * 13])  # 520 ms
    begin = time.perf_counter()
    until(session, is_speech)
    first = time.perf_counter() - begin
    session.send_sound(sound[FRAME * 13:FRAME * 30])
    for _ in range(5):
        until(session, is_speech)
    session.send({"type": "interrupt"})
    begin = time.perf_counter()
    until(session, lambda kind, message: kind == "text" and message["type"] == "segment_end")
    idle = until(session, lambda kind, message: kind == "media")
    stopped = time.perf_counter() - begin
    assert not idle.speech, "speech after the segment's end"
    session.close()
    return first, stopped


def synthesis(port, sound):
    """Sound at five times real time → first speech picture."""
    session = start(port)
    until(session, is_idle)
    begin = time.perf_counter()

    def send():
        for i in range(10):
            time.sleep(max(0, begin + i * 0.016 - time.perf_counter()))
            session.send_sound(sound[i * 2 * FRAME:(i + 1) * 2 * FRAME])

    sender = threading.Thread(target=send)
    sender.start()
    until(session, is_speech)
    took = time.perf_counter() - begin
    sender.join()
    session.close()
    return took


def speak(port, sound, seconds, result):
    """Speaks for so long, sound in real time; counts what comes back."""
    session = start(port)
    until(session, is_idle)
    stop = time.perf_counter() + seconds

    def send():
        due, at = time.perf_counter() - 0.6, 0
        while time.perf_counter() < stop:
            session.send_sound(sound[at:at + FRAME])
            at = (at + FRAME) % (len(sound) // FRAME * FRAME)
            due += 0.04
            time.sleep(max(0, due - time.perf_counter()))

    threading.Thread(target=send, daemon=True).start()
    until(session, is_speech)
    begin, pictures, spoken, dropped = time.perf_counter(), 0, 0, 0
    late = hungry = p95 = 0
    while time.perf_counter() < stop:
        kind, message = session.receive()
        if kind == "media":
            pictures += 1
            spoken += message.speech
            dropped += not message.picture
        elif message["type"] == "stats":
            late, hungry, p95 = message["late_frames"], message["hungry_frames"], message["frame_ms_p95"]
    took = time.perf_counter() - begin
    result.append({"rate": pictures / took, "speech": spoken / took, "late": late, "hungry": hungry, "dropped": dropped, "p95": p95})
    session.close()


def together(port, sound, seconds, count):
    results = []
    threads = [threading.Thread(target=speak, args=(port, sound, seconds, results)) for _ in range(count)]
    for thread in threads:
        thread.start()
    time.sleep(seconds / 2)
    memory = metric(port, "resident_memory_bytes")
    for thread in threads:
        thread.join()
    return results, memory


def row(what, values, goal):
    values = sorted(value * 1000 for value in values)
    p95 = values[min(len(values) - 1, int(len(values) * 0.95))]
    print(f"| {what} | {statistics.median(values):.0f} ms | {p95:.0f} ms | {goal} |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--framegen", default="build/release/framegen")
    parser.add_argument("--avatar", default="")
    parser.add_argument("--options", default="", help='more words for framegen serve: --options "--precision int8 --memory-mb 300"')
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--sessions", default="1,2,4")
    parser.add_argument("--rounds", type=int, default=10)
    words = parser.parse_args()
    sound = speech()
    process, port = server(words)
    try:
        together(port, sound, 8, 1)  # what is made once: the image parts of all template frames
        print("| from → to | median | 95 % | goal |\n| --- | --- | --- | --- |")
        row("session start → first idle picture", [session_start(port) for _ in range(words.rounds)], "≤ 50 ms")
        pairs = [burst(port, sound) for _ in range(words.rounds)]
        row("enough sound → first speech picture", [pair[0] for pair in pairs], "≤ 80 ms")
        row("first byte of 5× real-time synthesis → first speech picture",
            [synthesis(port, sound) for _ in range(words.rounds)], "≤ 200 ms")
        row("interrupt → first idle picture", [pair[1] for pair in pairs], "≤ 60 ms")
        time.sleep(1)
        before = metric(port, "resident_memory_bytes")
        print("\n| sessions speaking | pictures/s each | of them speaking | late | hungry | dropped | frame, 95 % | memory a session |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- |")
        for count in map(int, words.sessions.split(",")):
            results, memory = together(port, sound, words.seconds, count)
            worst = min(results, key=lambda result: result["speech"])
            total = {key: sum(result[key] for result in results) for key in ("late", "hungry", "dropped")}
            print(f"| {count} | {worst['rate']:.2f} | {worst['speech']:.2f} | {total['late']} | {total['hungry']} | {total['dropped']} | "
                  f"{max(result['p95'] for result in results):.0f} ms | {(memory - before) / count / 2**20:.0f} MiB |", flush=True)
        opened = [start(port) for _ in range(8)]
        for session in opened:
            until(session, is_idle)
        eight = metric(port, "resident_memory_bytes")
        for session in opened:
            session.close()
        time.sleep(3)
        after = metric(port, "resident_memory_bytes")
        print(f"\nServer with the avatar open: {before / 2**20:.0f} MiB; with 8 idle sessions: {eight / 2**20:.0f} MiB; "
              f"after they closed: {after / 2**20:.0f} MiB.")
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
