"""cases.py: the recordings that an avatar is judged by.   python3 cases.py DATA OUT      DATA: speech/ and train/ of tools/avatar_recipe

A sentence never trained on whose every frame was rendered, new sentences full of p, b and m, two voices never heard (another synthesiser's and another accent), the same behind
music, noise and a telephone line, and what nobody says: silence, music, breath, a cough (both made of noise). OUT gets the sound and cases.json.
"""
import importlib
import json
import os
import sys
import wave
import numpy as np
from scipy import signal
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE + '/../train', HERE + '/../avatar_recipe']
import augment
import features


LIPS = 'Bob may keep the map. My mother put apples, plums and bread above the cupboard. Maybe Pam jumped. A blue lamp, a bright room, a small boy.'


def write(path, x, rate=16000):
    with wave.open(path, 'wb') as f:
        f.setnchannels(1), f.setsampwidth(2), f.setframerate(rate)
        f.writeframes((np.clip(x, -1, 1) * 32767).round().astype('<i2').tobytes())


def phone(x):
    """300–3400 Hz, 8 kHz, 8-bit µ-law"""
    x = signal.sosfilt(signal.butter(4, [300, 3400], 'band', fs=16000, output='sos'), x)
    x = signal.resample_poly(x, 1, 2)
    m = np.sign(x) * np.log1p(255 * np.abs(x) / np.abs(x).max()) / np.log(256)
    m = np.round(m * 127) / 127
    return np.sign(m) * (256 ** np.abs(m) - 1) / 255 * .5


def puffs(r, length_s, every_s, band_hz, shape, level_db):
    """noise that comes three times: nobody speaks"""
    x, n = np.zeros(int(16000 * every_s * 3.5)), int(16000 * length_s)
    for k in range(3):
        at = int(16000 * every_s * (k + .4))
        noise = signal.sosfilt(signal.butter(2, band_hz, 'band', fs=16000, output='sos'), r.standard_normal(n))
        x[at:at + n] = noise / np.sqrt(np.mean(noise ** 2)) * shape(np.arange(n) / n) * 10 ** (level_db / 20)
    return x


def main(data, out):
    os.makedirs(out, exist_ok=True)
    r = np.random.default_rng(2)
    cases = []

    def case(name, x, visemes=None, crops=None, rate=16000):
        file = f'{name.replace(" ", "_").replace(",", "")}.wav'
        write(f'{out}/{file}', x, rate)
        cases.append(dict(name=name, sound=file, visemes=visemes and os.path.relpath(visemes, data), crops=crops))

    def speech(name, ext):
        x = features.read_audio(f'{data}/speech/{ext}/{name}.{"wav" if ext == "wav" else "flac"}')
        return x, f'{data}/speech/visemes/{name}.json'
    x, v = speech('train_09_en-gb', 'wav')
    case('sentence held out', x, v, 'train_09_en-gb')
    recipe = importlib.import_module('03_speech')
    for d in ('wav', 'visemes'):
        os.makedirs(f'{out}/{d}', exist_ok=True)
    for make, voice in ((recipe.flite, 'slt'), (recipe.espeak, 'en-gb')):
        recipe.make(out, 'lips_' + voice, make, LIPS, .4, .6, voice=voice)
        case(f'lips, {voice}', features.read_audio(f'{out}/wav/lips_{voice}.wav'), f'{out}/visemes/lips_{voice}.json')
    others = []
    for name, file in (('kal16', 'extra_044_kal16'), ('Scottish', 'extra_005_en-gb-scotland')):
        if os.path.exists(f'{data}/speech/extra/{file}.flac'):         # little speech has neither
            y, t = speech(file, 'extra')
            others.append((name, y[:16000 * 12], t))
            case('voice held out, ' + name, *others[-1][1:])
    for name, y, t in [('held out', x, v)] + [o for o in others if o[0] == 'kal16']:
        y = augment.level(y[:16000 * 6], -20)
        case(f'{name}, music at 10 dB', y + augment.level(augment.music(len(y), r), -30), t)
        case(f'{name}, telephone 8 kHz', phone(y), t, rate=8000)
    case('held out, noise at 20 dB', augment.level(x, -20) + augment.noise(len(x), r) * .01, v)
    case('held out, 20 dB quieter', x * .1, v)
    case('silence, digital', np.zeros(16000 * 3))
    case('silence, room at -60 dB', augment.noise(16000 * 3, r) * .001)
    case('music alone at -25 dB', augment.level(augment.music(16000 * 4, r), -25))
    case('breath', puffs(r, .6, 1.3, (300, 3000), lambda t: np.sin(np.pi * t) ** 2, -38))
    case('cough', puffs(r, .25, 1.2, (200, 5000), lambda t: np.exp(-8 * t), -12))
    json.dump(cases, open(out + '/cases.json', 'w'), indent=1)


if __name__ == '__main__':
    main(*sys.argv[1:])
