"""02_film.py: makes the clean crops look filmed (lens blur, sensor noise, sharpening, H.264, JPEG), and draws contact sheets.

  python3 02_film.py film SET                a copy of each person's crops under filmed/, as labels.json says each film was taken; resumable
  python3 02_film.py sheet SET OUT.png [N]   N persons side by side, clean above filmed where there is a filmed one

A trainer may call degrade() with a capture of its own instead, so that the network sees the same crop through many cameras.
"""
import glob, json, os, subprocess, sys, zlib
import cv2, numpy as np


def sense(picture, capture, r):
    """One picture through lens and sensor, at the size that the film has."""
    size = picture.shape[0]
    small = int(round(size * capture['scale'] / 2)) * 2
    x = picture.astype(np.float32)
    if capture['blur'] > .05:
        x = cv2.GaussianBlur(x, (0, 0), capture['blur'] / capture['scale'])
    x = cv2.resize(x, (small, small), interpolation=cv2.INTER_AREA)
    sigma = capture['noise'] * (.5 + .5 * np.sqrt(np.maximum(255 - x, 0) / 255))      # dark parts are lifted, and their noise with them
    grain = r.standard_normal(x.shape).astype(np.float32)
    grain = .7 * grain.mean(2, keepdims=True) * 3 ** .5 + .3 * grain
    x = x + sigma * cv2.GaussianBlur(grain, (0, 0), .5) * 1.6
    if capture['sharpen'] > .05:
        x = x + capture['sharpen'] * (x - cv2.GaussianBlur(x, (0, 0), 1.1))
    return np.clip(x + .5, 0, 255).astype(np.uint8)


def h264(pictures, crf):
    """The pictures as frames of one film: encoded and decoded again."""
    h, w = pictures[0].shape[:2]
    raw = ['-f', 'rawvideo', '-pix_fmt', 'bgr24', '-s', f'{w}x{h}']
    size = w * h * 3
    film = subprocess.run(['ffmpeg', '-v', 'error', *raw, '-r', '25', '-i', '-', '-c:v', 'libx264', '-preset', 'veryfast', '-threads', '1', '-crf', str(crf), '-pix_fmt', 'yuv420p',
                           '-f', 'matroska', '-'], input=b''.join(p.tobytes() for p in pictures), stdout=subprocess.PIPE, check=True).stdout
    back = subprocess.run(['ffmpeg', '-v', 'error', '-threads', '1', '-i', '-', *raw[:4], '-'], input=film, stdout=subprocess.PIPE, check=True).stdout
    if len(back) != size * len(pictures):
        raise SystemExit(f'ffmpeg gave {len(back) // size} frames for {len(pictures)} · a film was to be encoded · try another ffmpeg')
    return [np.frombuffer(back[i * size:(i + 1) * size], np.uint8).reshape(h, w, 3) for i in range(len(pictures))]


def degrade(pictures, capture, r):
    """Pictures of one film → the same as that camera and its compression would have given them, at the size that came in."""
    size = pictures[0].shape[0]
    out = [sense(p, capture, r) for p in pictures]
    if capture['h264']:
        out = h264(out, capture['h264'])
    if capture['jpeg']:
        out = [cv2.imdecode(cv2.imencode('.jpg', p, [cv2.IMWRITE_JPEG_QUALITY, capture['jpeg']])[1], 1) for p in out]
    return [p if p.shape[0] == size else cv2.resize(p, (size, size), interpolation=cv2.INTER_CUBIC) for p in out]


def film_person(folder):
    labels = json.load(open(f'{folder}/labels.json'))
    os.makedirs(f'{folder}/filmed', exist_ok=True)
    for n, film in enumerate(labels['films']):
        names = [c['file'] for c in labels['crops'] if c['film'] == n]
        if not names or all(os.path.exists(f'{folder}/filmed/{f}') for f in names):
            continue
        r = np.random.default_rng(zlib.crc32(f'{os.path.basename(folder)} {n}'.encode()))
        for name, picture in zip(names, degrade([cv2.imread(f'{folder}/{f}') for f in names], film['capture'], r)):
            cv2.imwrite(f'{folder}/filmed/{name}', picture)


def sheet(folder, out, count):
    rows = []
    persons = sorted(p for p in glob.glob(f'{folder}/person_*') if glob.glob(p + '/*.png'))
    for person in persons[::max(1, len(persons) // count)][:count]:
        files = sorted(glob.glob(person + '/*.png'))
        cells = []
        for f in [files[i] for i in np.linspace(0, len(files) - 1, 6).astype(int)]:
            filmed = f'{person}/filmed/{os.path.basename(f)}'
            cell = cv2.imread(filmed if len(cells) % 2 and os.path.exists(filmed) else f)
            cv2.putText(cell, f'{person[-3:]} {os.path.basename(f)[:-4]}', (6, 14), 0, .45, (0, 255, 255), 1, cv2.LINE_AA)
            cells.append(cell)
        rows.append(np.hstack(cells))
    if not rows:
        raise SystemExit(f'{folder}: no crops · nothing to show · render some with 01_render.py')
    cv2.imwrite(out, np.vstack(rows))


def main():
    mode = sys.argv[1] if len(sys.argv) > 2 else ''
    if mode == 'film':
        for labels in sorted(glob.glob(f'{sys.argv[2]}/person_*/labels.json')):
            film_person(os.path.dirname(labels))
            print('filmed', os.path.basename(os.path.dirname(labels)), flush=True)
    elif mode == 'sheet' and len(sys.argv) > 3:
        sheet(sys.argv[2], sys.argv[3], int(sys.argv[4]) if len(sys.argv) > 4 else 8)
    else:
        raise SystemExit(__doc__)


if __name__ == '__main__':
    main()
