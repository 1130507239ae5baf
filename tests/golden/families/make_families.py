#!/usr/bin/env python3
"""make_families.py: SyncTalk_2D 160, Ultralight 160 and Wav2Lip, read from their published programs and run with seeded weights.

    python3 make_families.py        rewrites the files beside this script

An independent reading: NumPy, OpenCV and PyTorch, none of framegen's code. Weights are noise; the arithmetic round
them is what is proved. Sound comes in as the golden mel and features of mel/ and pipeline/.
"""
import json
import pathlib
import pickle
import sys
import wave

import cv2
import numpy as np
import torch
from torch import nn

HERE = pathlib.Path(__file__).resolve().parent
GOLDEN = HERE.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(GOLDEN / "checkpoints"))
import make_checkpoints as published  # noqa: E402


# SyncTalk_2D 160 ------------------------------------------------------------------------------------------------

def landmark_box(file):
    points = np.array([line.split() for line in file.read_text().splitlines()], dtype=np.float32).astype(np.int32)
    xmin, ymin, xmax = points[1][0], points[52][1], points[31][0]
    return xmin, ymin, xmax, ymin + (xmax - xmin)


def audio_window(features, frame):
    window = np.zeros((16, 512), np.float32)
    for row, k in enumerate(range(frame - 8, frame + 8)):
        if 0 <= k < len(features):
            window[row] = features[k]
    return torch.from_numpy(window.reshape(1, 32, 16, 16))


def frame_160(net, picture, box, window, method=cv2.INTER_LINEAR):
    """One face of either 160 family. SyncTalk_2D's published call names a destination and no method: bilinear."""
    x1, y1, x2, y2 = box
    crop = cv2.resize(picture[y1:y2, x1:x2], (168, 168), interpolation=method)
    inner = crop[4:164, 4:164].copy()
    masked = cv2.rectangle(inner.copy(), (5, 5, 150, 145), (0, 0, 0), -1)
    both = np.concatenate([inner.transpose(2, 0, 1), masked.transpose(2, 0, 1)]).astype(np.float32) / 255.0
    with torch.no_grad():
        face = net(torch.from_numpy(both)[None], window)[0].numpy().transpose(1, 2, 0) * 255
    crop[4:164, 4:164] = np.array(face, dtype=np.uint8)
    return cv2.resize(crop, (x2 - x1, y2 - y1))


def synctalk160():
    folder = HERE / "synctalk160"
    folder.mkdir(exist_ok=True)
    net = published.half(published.seeded(published.Generator160(2), 11, 1.5))
    torch.save(published.to_half(net.state_dict()), folder / "generator.pth")
    image, window = published.generator_inputs()
    with torch.no_grad():
        np.save(folder / "output.npy", net(image[:, :, ::2, ::2].contiguous(), window)[0, :, 4::8, 4::8].numpy())
    net.audio_model.conv3.stride = (2, 2)  # "hubert": all else, and every key, is the same
    k = np.arange(6 * 160 * 160)
    image = torch.from_numpy(((k * 31 % 256).astype(np.float32) / np.float32(255)).reshape(1, 6, 160, 160))
    k = np.arange(32 * 32 * 32)
    window = torch.from_numpy(((k * 7919 % 1000).astype(np.float32) / np.float32(500) - np.float32(1)).reshape(1, 32, 32, 32))
    with torch.no_grad():
        np.save(folder / "hubert_output.npy", net(image, window)[0, :, 4::8, 4::8].numpy())
    net.audio_model.conv3.stride = (1, 1)
    dataset = GOLDEN / "pipeline" / "dataset"
    features = np.load(GOLDEN / "pipeline" / "features.npy")
    for entry in json.loads((GOLDEN / "pipeline" / "sequence.json").read_text()):
        frame, template = entry["frame"], entry["template"]
        if frame not in (0, 13, 35):
            continue
        picture = cv2.imread(str(dataset / "full_body_img" / f"{template}.jpg"))
        box = landmark_box(dataset / "landmarks" / f"{template}.lms")
        assert list(box) == entry["box"]
        cv2.imwrite(str(folder / f"{frame}_box.png"), frame_160(net, picture, box, audio_window(features, frame)))


# Ultralight-Digital-Human on HuBERT's features --------------------------------------------------------------------

class TinyHubert(nn.Module):
    """HuBERT's outer shape: waveform [1,S] → hidden [1,T,1024], a vector every 320 samples out of 400."""

    def __init__(self):
        super().__init__()
        self.front, self.wide = nn.Conv1d(1, 4, 400, 320), nn.Conv1d(4, 1024, 1)

    def forward(self, waveform):
        return self.wide(torch.tanh(self.front(waveform[:, None]))).transpose(1, 2)


class TinyUltralight(nn.Module):
    """The published inputs and output; few channels between."""

    def __init__(self):
        super().__init__()
        self.sound = nn.Conv2d(16, 4, 32)
        self.face = nn.Conv2d(6, 4, 3, 1, 1)
        self.out = nn.Conv2d(4, 3, 1)

    def forward(self, picture, audio):
        return torch.sigmoid(self.out(torch.tanh(self.face(picture) + self.sound(audio))))


def hubert_features(net, file):
    with wave.open(str(file)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (16000, 1, 2)
        samples = np.frombuffer(sound.readframes(1 << 24), np.int16) / 32768.0
    samples = (samples - samples.mean()) / np.sqrt(samples.var() + 1e-7)
    with torch.no_grad():
        hidden = net(torch.from_numpy(samples.astype(np.float32))[None])[0].numpy()
    return hidden[:len(hidden) // 2 * 2].reshape(-1, 2, 1024)


def ultralight_window(features, frame):
    window = np.zeros((8, 2, 1024), np.float32)
    for row, k in enumerate(range(frame - 4, frame + 4)):
        if 0 <= k < len(features):
            window[row] = features[k]
    return torch.from_numpy(window.reshape(1, 16, 32, 32))


def ultralight160():
    folder = HERE / "ultralight160"
    folder.mkdir(exist_ok=True)
    torch.manual_seed(160)
    hubert, net = TinyHubert().eval(), TinyUltralight().eval()
    with torch.no_grad():
        for part, gain in ((hubert.front, 4), (net.face, 4), (net.out, 4), (net.sound, 6)):
            part.weight.mul_(gain)
    torch.onnx.export(hubert, (torch.zeros(1, 16000),), str(folder / "hubert.onnx"), input_names=["waveform"],
                      output_names=["hidden"], opset_version=11, dynamic_axes={"waveform": {1: "S"}, "hidden": {1: "T"}})
    torch.onnx.export(net, (torch.zeros(1, 6, 160, 160), torch.zeros(1, 16, 32, 32)), str(folder / "generator.onnx"),
                      input_names=["input", "audio"], output_names=["output"], opset_version=11)
    dataset = GOLDEN / "pipeline" / "dataset"
    features = hubert_features(hubert, GOLDEN / "audio" / "short.wav")
    assert len(features) == 9
    for frame in (0, 4, 8):
        template = 1 + frame  # of 12
        picture = cv2.imread(str(dataset / "full_body_img" / f"{template}.jpg"))
        box = landmark_box(dataset / "landmarks" / f"{template}.lms")
        cv2.imwrite(str(folder / f"{frame}_box.png"), frame_160(net, picture, box, ultralight_window(features, frame), cv2.INTER_AREA))


# Wav2Lip and LiveTalking's folder -------------------------------------------------------------------------------

class TinyWav2Lip(nn.Module):
    """The published inputs and output; few channels between."""

    def __init__(self):
        super().__init__()
        self.sound = nn.Sequential(nn.Conv2d(1, 4, (8, 4), (8, 4)), nn.ReLU(), nn.Conv2d(4, 8, (10, 4)))
        self.face = nn.Sequential(nn.Conv2d(6, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 8, 3, 2, 1))
        self.up = nn.Sequential(nn.ConvTranspose2d(8, 8, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(8, 3, 4, 2, 1))
        self.straight = nn.Conv2d(6, 3, 1)

    def forward(self, mel, picture):
        y = torch.relu(self.face(picture) + self.sound(mel))
        return torch.sigmoid(self.up(y) + self.straight(picture))


def mel_windows(mel):
    """Wav2Lip's own loop: window after window, until one would reach over the end."""
    windows, i = [], 0
    while True:
        start = int(i * (80.0 / 25))
        if start + 16 > mel.shape[1]:
            windows.append(mel[:, mel.shape[1] - 16:])
            return windows
        windows.append(mel[:, start:start + 16])
        i += 1


def mirror_index(size, index):
    turn, rest = divmod(index, size)
    return rest if turn % 2 == 0 else size - rest - 1


def wav2lip_frame(net, picture, coords, mel, size):
    y1, y2, x1, x2 = coords
    face = cv2.resize(picture[y1:y2, x1:x2], (size, size))
    masked = face.copy()
    masked[size // 2:] = 0
    both = np.concatenate((masked, face), axis=2) / 255.0
    with torch.no_grad():
        lips = net(torch.from_numpy(mel.astype(np.float32))[None, None],
                   torch.FloatTensor(both.transpose(2, 0, 1))[None])[0].numpy().transpose(1, 2, 0) * 255.0
    frame = picture.copy()
    frame[y1:y2, x1:x2] = cv2.resize(lips.astype(np.uint8), (x2 - x1, y2 - y1))
    return frame


def wav2lip(size):
    folder = HERE / f"wav2lip{size}"
    pictures = folder / "avatar" / "full_imgs"
    pictures.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(size)
    net = TinyWav2Lip().eval()
    with torch.no_grad():
        for value in net.parameters():
            value.mul_(2)
    torch.onnx.export(net, (torch.zeros(1, 1, 80, 16), torch.zeros(1, 6, size, size)), str(folder / "generator.onnx"),
                      input_names=["mel", "face"], output_names=["lips"], opset_version=11,
                      dynamic_axes={name: {0: "batch"} for name in ("mel", "face", "lips")})
    templates, coords = [], []
    for i in range(3):
        whole = cv2.imread(str(GOLDEN / "pipeline" / "dataset" / "full_body_img" / f"{i}.jpg"))
        templates.append(cv2.resize(whole, (112, 63), interpolation=cv2.INTER_AREA))
        cv2.imwrite(str(pictures / f"{i:08d}.png"), templates[-1])
        coords.append((8 + i, 52 + i, 35 - i, 72 + i))
    with open(folder / "avatar" / "coords.pkl", "wb") as file:
        pickle.dump(coords, file)
    windows = mel_windows(np.load(GOLDEN / "mel" / "short_mel.npy"))
    frames = []
    for i, mel in enumerate(windows):
        k = mirror_index(len(templates), i)
        frames.append(wav2lip_frame(net, templates[k], coords[k], mel, size))
    cv2.imwrite(str(folder / "frames.png"), np.concatenate(frames))  # one below the other


if __name__ == "__main__":
    torch.set_num_threads(1)
    synctalk160()
    ultralight160()
    for side in (96, 256, 384):
        wav2lip(side)
