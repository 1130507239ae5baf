"""features.py: speech as the networks hear it (float64 numpy, the arithmetic of librosa as the reference uses it).

mel(x)              16 kHz samples → [80, T] in −4…4
starts(T)           first mel column of each feature's window of 16
windows(m)          mel → [data_len, 80, 16], one window per feature
sequence(f)         features of the windows → N = data_len + 2 features: the first and the last one are repeated
audio_window(f, i)  the 16 features around video frame i, reshaped to [32,16,16]; outside the sequence: zeros
"""
import subprocess
import numpy as np

RATE, FPS, HOP, NFFT, BANDS, COLUMNS = 16000, 25, 200, 800, 80, 16


def filter_bank():
    """80 triangles from 55 to 7600 Hz on the Slaney mel scale, each of unit area"""
    def to_mel(f):
        return np.where(f < 1000, f * 3 / 200, 15 + np.log(np.maximum(f, 1e-9) / 1000) * 27 / np.log(6.4))

    def to_hz(m):
        return np.where(m < 15, m * 200 / 3, 1000 * np.exp((m - 15) * np.log(6.4) / 27))
    edge = to_hz(np.linspace(to_mel(np.array(55.)), to_mel(np.array(7600.)), BANDS + 2))
    bins = np.linspace(0, RATE / 2, NFFT // 2 + 1)
    ramp = edge[:, None] - bins
    width = np.diff(edge)
    bank = np.maximum(0, np.minimum(-ramp[:-2] / width[:-1, None], ramp[2:] / width[1:, None]))
    return (bank * (2 / (edge[2:] - edge[:-2]))[:, None]).astype(np.float32)


BANK = filter_bank()
HANN = .5 - .5 * np.cos(2 * np.pi * np.arange(NFFT) / NFFT)


def mel(x):
    x = np.asarray(x, np.float64)
    y = np.append(x[:1], x[1:] - .97 * x[:-1])
    y = np.pad(y, NFFT // 2)
    frames = np.lib.stride_tricks.sliding_window_view(y, NFFT)[::HOP]
    out = [BANK.astype(np.float64) @ np.abs(np.fft.rfft(frames[k:k + 2000] * HANN, axis=1)).T for k in range(0, len(frames), 2000)]
    db = 20 * np.log10(np.maximum(1e-5, np.concatenate(out, 1))) - 20
    return np.clip(8 * ((db + 100) / 100) - 4, -4, 4).astype(np.float32)


def starts(columns):
    n = int((columns - COLUMNS) / 80. * FPS) + 2
    return np.array([min(int(80. * (j / float(FPS))), columns - COLUMNS) for j in range(n)])


def windows(m):
    return np.stack([m[:, s:s + COLUMNS] for s in starts(m.shape[1])])


def sequence(f):
    return np.concatenate([f[:1], f, f[-1:]])


def audio_window(f, i):
    out = np.zeros((16, f.shape[1]), f.dtype)
    a, b = max(0, i - 8), min(len(f), i + 8)
    out[a - (i - 8):b - (i - 8)] = f[a:b]
    return out.reshape(32, 16, 16)


def read_audio(path):
    """any file → mono float32 at 16 kHz (soxr, high quality)"""
    raw = subprocess.run(['ffmpeg', '-v', 'error', '-i', path, '-af', 'aresample=resampler=soxr:precision=20', '-ac', '1', '-ar', str(RATE), '-f', 'f32le', '-'],
                         check=True, capture_output=True).stdout
    return np.frombuffer(raw, np.float32).copy()
