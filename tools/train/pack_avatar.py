"""pack_avatar.py: template frames + networks → an avatar folder.

  python3 pack_avatar.py TEMPLATE AVATAR [NAME]     TEMPLATE: 0.jpg … and 0.lms … (tools/avatar_recipe); networks already in AVATAR are listed
"""
import hashlib
import json
import os
import shutil
import sys
import numpy as np


def box(path):
    """landmarks → [x, y, side]: left edge of point 1, height of point 52, right edge of point 31, truncated"""
    p = np.loadtxt(path, dtype=np.float32).astype(np.int32)
    return [int(p[1, 0]), int(p[52, 1]), int(p[31, 0] - p[1, 0])]


def model(folder, name):
    path = f'{folder}/{name}'
    return {'file': name, 'sha256': hashlib.sha256(open(path, 'rb').read()).hexdigest() if os.path.exists(path) else ''}


def main(template, out, name='ava'):
    os.makedirs(out + '/template', exist_ok=True)
    count = len([f for f in os.listdir(template) if f.endswith('.jpg')])
    for i in range(count):
        if not os.path.exists(f'{out}/template/{i}.jpg'):
            shutil.copyfile(f'{template}/{i}.jpg', f'{out}/template/{i}.jpg')
    boxes = [box(f'{template}/{i}.lms') for i in range(count)]
    manifest = {
        'version': 1, 'name': name, 'licence': 'CC0-1.0', 'source': 'rendered from MakeHuman assets by tools/avatar_recipe, trained by tools/train; see ORIGIN.md',
        'fps': 25, 'size': [1280, 720], 'first_index': 1, 'idle': [0, count - 1],
        'models': {k: model(out, k + '.onnx') for k in ('generator', 'audio_encoder')},
        'image': {'size': 320, 'crop': 328, 'inset': 4, 'mask': [5, 5, 314, 309], 'order': 'real_masked', 'channels': 'bgr', 'resize': 'cubic', 'paste': 'cubic'},
        'audio': {'features': 'mel80', 'window': [-8, 7], 'shape': [32, 16, 16]},
        'tensors': {'generator': {'image': 'input', 'audio': 'audio', 'face': 'output'}, 'audio_encoder': {'mel': 'mel', 'feature': 'emb'}},
        'frames': [f'template/{i}.jpg' for i in range(count)], 'boxes': boxes}
    if not all(m['sha256'] for m in manifest['models'].values()):
        print('a network is missing: its sha256 is left empty')
    rows = [f' {json.dumps(k)}: {json.dumps(v)}' for k, v in manifest.items()]
    with open(out + '/avatar.json', 'w') as f:
        f.write('{\n' + ',\n'.join(rows) + '\n}\n')


if __name__ == '__main__':
    main(*sys.argv[1:])
