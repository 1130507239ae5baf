"""film_set.py: crops of a film, and its sound → what a generator learns from.

CROPS is `framegen import --crops`'s folder: frames/frame_<number>.png, 328×328, and crops.json with what was seen in each. OUT gets
  target.npy [n,320,320,3]        the crops' inner part, BGR
  features.npy [m,512] float16    the film's sound as our audio encoder hears it: clean, and in disguises, each with 8 zero rows before and after
  set.npz                         frame numbers, what the mouth does, how the head is held, rows of the features, which frames are held out
"""
import json
import os
import subprocess
import sys
import cv2
import numpy as np
import torch
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'train'))
import augment
import features
import nets
import onnx_file
from trainer import autocast, device

DISGUISES = 5
HELD_SHARE, LONGEST_HELD = .1, 250        # of the film; frames
GUARD = 16                                # frames beside the held-out part that are not learnt from either: their audio windows reach into it
SHORTEST_S = 20
INNER, SIZE, CROP = 4, 320, 328


class Unusable(Exception):
    """said to the user in one line"""


def start_of(film, kind):
    """when the film's first picture or sound comes, in seconds of its own clock; None: it has none"""
    said = subprocess.run(['ffprobe', '-v', 'error', '-select_streams', kind + ':0', '-show_entries', 'stream=start_time', '-of', 'json', film], check=True, capture_output=True, text=True)
    streams = json.loads(said.stdout).get('streams', [])
    if not streams:
        return None
    text = streams[0].get('start_time', '0')
    return 0. if text == 'N/A' else float(text)


def sound_of(film):
    """16 kHz mono, beginning with the first picture; where the film's sound has a gap or drifts, silence and single samples keep it in time"""
    video, audio = start_of(film, 'v'), start_of(film, 'a')
    if audio is None:
        raise Unusable(f'{film}: has no sound: no mouth can be learned from it; film again with a microphone')
    raw = subprocess.run(['ffmpeg', '-v', 'error', '-i', film, '-map', 'a:0', '-af', 'aresample=16000:async=1000:min_hard_comp=0.1:resampler=soxr', '-ac', '1', '-f', 'f32le', '-'],
                         check=True, capture_output=True).stdout
    x = np.frombuffer(raw, np.float32)
    late = int(round((audio - video) * features.RATE))
    return np.concatenate([np.zeros(late, np.float32), x]) if late > 0 else x[-late:].copy()


def encode(net, x):
    w, out, where = features.windows(features.mel(x))[:, None], [], device()
    with torch.no_grad(), autocast(where):
        for k in range(0, len(w), 256):
            out.append(net(torch.from_numpy(w[k:k + 256]).to(where).contiguous(memory_format=torch.channels_last)).float().cpu().numpy())
    return features.sequence(np.concatenate(out)).astype(np.float16)


def held_out(frames, opening):
    """Of ten stretches of the film the one that misses the fewest frames, and of such ones the one whose lips move most nearly as they usually do.  → bool per frame"""
    edges = np.linspace(frames[0], frames[-1] + 1, 11).astype(int)
    rows = []
    for a, b in zip(edges[:-1], np.minimum(edges[1:], edges[:-1] + LONGEST_HELD)):
        inside = (frames >= a) & (frames < b)
        rows.append((b - a - inside.sum(), opening[inside].std() if inside.sum() > 1 else 0., a, b))
    usual = np.median([r[1] for r in rows])
    fewest = min(r[0] for r in rows)
    _, _, a, b = min((r for r in rows if r[0] <= fewest), key=lambda r: abs(r[1] - usual))
    return (frames >= a) & (frames < b)


def read_crops(crops, out):
    """crops.json's rows; the pictures as one file that need not be in memory"""
    rows = json.load(open(crops + '/crops.json'))['frames']
    if len(rows) < SHORTEST_S * features.FPS:
        raise Unusable(f'the film shows the presenter for {len(rows) / features.FPS:.1f} s without a fault: too short to learn a mouth from, {SHORTEST_S} s are the least, two minutes are good')
    target = np.lib.format.open_memmap(out + '/target.new.npy', 'w+', np.uint8, (len(rows), SIZE, SIZE, 3))
    for k, row in enumerate(rows):
        target[k] = cv2.imread(f'{crops}/frames/frame_{row["frame"]:06d}.png')[INNER:INNER + SIZE, INNER:INNER + SIZE]
    target.flush()
    os.replace(out + '/target.new.npy', out + '/target.npy')
    return rows


def in_crop(rows, key):
    """points and rectangles of the film, in pixels of the inner crop"""
    boxes = np.array([r['box'] for r in rows], np.float32)
    v = np.array([r[key] for r in rows], np.float32)
    corner = np.tile(boxes[:, :2], v.shape[1] // 2)
    return (v - corner) / boxes[:, 2:3] * CROP - INNER


def make(film, crops, audio_encoder, out):
    os.makedirs(out, exist_ok=True)
    if os.path.exists(out + '/set.npz'):
        return
    rows = read_crops(crops, out)
    sound = sound_of(film)
    net = nets.AudioEncoder()
    net.load(onnx_file.read(audio_encoder))
    net.to(device()).to(memory_format=torch.channels_last)
    r = np.random.default_rng(1)
    frames = np.array([row['frame'] for row in rows])
    store, first, zeros = [], [], np.zeros((8, 512), np.float16)
    for k in range(DISGUISES + 1):
        f = encode(net, augment.augment(sound, r) if k else sound)
        first.append(sum(map(len, store)) + 8)
        store += [zeros, f, zeros]
    heard = min(len(s) for s in store if len(s) > 8)
    opening = np.array([row['opening'] for row in rows], np.float32)
    held = held_out(frames, opening)
    a, b = frames[held].min(), frames[held].max()
    learnt = ((frames < a - GUARD) | (frames > b + GUARD)) & (frames < heard)
    if learnt.sum() < SHORTEST_S * features.FPS * .7:
        raise Unusable(f'{film}: its sound ends after {heard / features.FPS:.1f} s: too short to learn a mouth from; film two minutes with sound')
    np.save(out + '/features.npy', np.concatenate(store))
    pose = np.concatenate([in_crop(rows, 'nose') / SIZE * 4, np.radians([[row['yaw'], row['roll']] for row in rows]) * 4], 1).astype(np.float32)
    np.savez(out + '/set.new.npz', frames=frames, opening=opening, width=np.array([row['width'] for row in rows], np.float32), mouth=in_crop(rows, 'mouth'), pose=pose,
             first=first, held=held & (frames < heard), learnt=learnt, side=np.array([row['box'][2] for row in rows]))
    os.replace(out + '/set.new.npz', out + '/set.npz')
