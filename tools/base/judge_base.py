"""judge_base.py: whom a generator for any face fits, and whom it does not.

  python3 judge_base.py SET GENERATOR.onnx ENCODER.onnx OUT.md [--program build/release/framegen] [--films DIR] [--sheet FILE.png]

Rendered persons that were never trained on (people_set.py): each crop is made from the mouth of its pose that is least like it, by the sound it was rendered for, in float32. The lips' opening is
seen by framegen's own face mesh, in what was made and in what was rendered; r is over the crops of a person. A copy of the reference is judged beside it: what doing nothing would score.
People on film (../evaluate/films.py: NAME.* and NAME.npz): each film becomes an avatar with these networks, says its own sound and another film's, and is measured against what the sound's speaker did;
beside it how far the picture stays what it was. Nothing of the films is kept.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import cv2
import numpy as np
import torch
here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here + '/../train', here + '/../evaluate', here + '/../people']
import films
import fit_mouth
import nets
import onnx_file
import pack_avatar
from evaluate import loop
from likeness import ssim
from people_lesson import MARGIN, SIZE, PeopleLesson
from person import draw_person

EDGE = 6                                  # pixels: the border of a face, where a seam would be
QUIET_POINTS = (33, 133, 362, 263, 168, 6, 10, 234, 454)       # of the face mesh: eyes' corners, the nose's bridge, the outline's upper half
EYES = (33, 263)


def groups_of(person):
    """the groups that somebody belongs to"""
    yield 'women' if person['sex'] == 'female' else 'men'
    yield 'under 38' if person['age'] < 38 else '38 to 55' if person['age'] < 56 else '56 and older'
    yield 'light skin' if person['melanin'] < 1 / 3 else 'medium skin' if person['melanin'] < 2 / 3 else 'dark skin'
    if person['glasses']:
        yield 'glasses'
    yield 'beard' if person['paint']['beard'] > 0 else 'no beard'


def openings(program, pictures):
    """the lips' opening in each of some 360×360 pictures; NaN: no face was seen"""
    with tempfile.TemporaryDirectory() as folder:
        for k, picture in enumerate(pictures):
            cv2.imwrite(f'{folder}/frame_{k:06d}.png', picture, [cv2.IMWRITE_PNG_COMPRESSION, 1])
        return fit_mouth.each_lips(films.mesh(program, folder))[0]


def pasted(crop, face):
    """the face in the crop that it was made for"""
    out = crop.copy()
    out[MARGIN + 4:MARGIN + 4 + SIZE, MARGIN + 4:MARGIN + 4 + SIZE] = face
    return out


def correlation(a, b):
    ok = np.isfinite(a) & np.isfinite(b)
    a, b = a[ok], b[ok]
    return float(np.corrcoef(a, b)[0, 1]) if len(a) > 4 and a.std() > 1e-9 and b.std() > 1e-9 else float('nan')


class Crops:
    """what is measured of each held-out crop"""

    def __init__(self, lesson, net):
        self.lesson, self.index = lesson, lesson.held
        self.faces, self.used = lesson.made(net, self.index, exact=True)
        self.rows = [self.row(i, u, f) for i, u, f in zip(self.index, self.used, self.faces)]

    def row(self, i, reference, face):
        lesson = self.lesson
        at, truth, copied = lesson.mouth(i), lesson.truth(i), lesson.truth(reference)
        still = np.abs(truth.astype(int) - copied).max(2) < 3      # where the pose's pictures are the same but for noise
        shift = np.abs((face.astype(np.float32) - copied)[still].mean(0)).max() if still.any() else 0.
        ring = np.ones((SIZE, SIZE), bool)
        ring[EDGE:-EDGE, EDGE:-EDGE] = False
        seam = np.abs(face.astype(np.float32) - copied)[ring & still].mean() if (ring & still).any() else 0.
        return dict(psnr=lesson.error(face, i), copied=lesson.error(copied, i), ssim=ssim(face[at], truth[at]), shift=float(shift), seam=float(seam))

    def by_person(self, program):
        """one row a person: means over the crops, and how the lips follow"""
        lesson, persons = self.lesson, []
        for number in np.unique(lesson.person[self.index]):
            mine = np.flatnonzero(lesson.person[self.index] == number)
            row = {k: float(np.mean([self.rows[j][k] for j in mine])) for k in self.rows[0]} | dict(person=draw_person(1, int(number)), r=float('nan'))
            if program:
                true = openings(program, [lesson.filmed[self.index[j]] for j in mine])
                row['r'] = correlation(true, openings(program, [pasted(lesson.filmed[self.index[j]], self.faces[j]) for j in mine]))
            persons.append(row)
        return persons

    def sheet(self, path):
        """reference, made, truth of a crop of each person"""
        columns = []
        for number in np.unique(self.lesson.person[self.index]):
            mine = np.flatnonzero(self.lesson.person[self.index] == number)
            j = mine[np.argmax(self.lesson.opening[self.index[mine]])]
            columns.append(np.vstack([self.lesson.truth(self.used[j]), self.faces[j], self.lesson.truth(self.index[j])]))
        cv2.imwrite(path, np.hstack(columns))


def line(name, rows):
    mean = {k: np.nanmean([r[k] for r in rows]) if any(np.isfinite(r[k]) for r in rows) else float('nan') for k in ('psnr', 'copied', 'ssim', 'r', 'shift', 'seam')}
    return '| {} | {} | {psnr:.1f} | {copied:.1f} | {ssim:.3f} | {r:.2f} | {shift:.1f} | {seam:.1f} |'.format(name, len(rows), **mean)


def people_table(persons):
    groups = {}
    for row in persons:
        for group in groups_of(row['person']):
            groups.setdefault(group, []).append(row)
    lines = ['| never seen | persons | mouth, dB | a copy of the reference, dB | SSIM | opening r | colour, levels | at the border, levels |', '| ' + '--- | ' * 8, line('all', persons)]
    return '\n'.join(lines + [line(name, groups[name]) for name in sorted(groups)])


def film_avatar(program, film, networks, folder):
    """an avatar of the film, its box cut as ava's is, which rendered crops were cut like, with these networks"""
    subprocess.run([program, 'import', '--video', film, '--name', 'film', '--licence', 'not to be passed on', '--frame-format', 'png', '-o', folder, '--progress', 'none'], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(folder + '/avatar.json') as f:
        m = json.load(f)
    for name, network in zip(('generator', 'audio_encoder'), networks):
        shutil.copyfile(network, f'{folder}/{name}.onnx')
        m['models'][name] = pack_avatar.model(folder, name + '.onnx')
    with open(folder + '/avatar.json', 'w') as f:
        json.dump(m, f)


def said(program, avatar, sound, folder):
    subprocess.run([program, 'render', '--avatar', avatar, '--audio', sound, '--frames-dir', folder, '--frame-format', 'png', '--progress', 'none', '--no-mark'], check=True,
                   stdout=subprocess.DEVNULL)
    return films.mesh(program, folder)


def kept(avatar, folder, mesh, template):
    """how far the picture is still the film's: mean colour of the box, and the mesh away from the mouth by the distance of the eyes"""
    with open(avatar + '/avatar.json') as f:
        m = json.load(f)
    shift, moved = [], []
    names = sorted(os.listdir(folder))
    for k in range(len(names)):
        i = loop(k, len(m['frames']))
        x, y, s = m['boxes'][i]
        part = np.s_[y:y + s // 3, x:x + s]                        # above the mouth: there nothing is to change
        a, b = cv2.imread(f'{folder}/{names[k]}'), cv2.imread(f'{avatar}/{m["frames"][i]}')
        shift.append(np.abs((a[part].astype(np.float32) - b[part]).mean((0, 1))).max())
        if k < len(mesh) and i < len(template):
            d = np.linalg.norm(mesh[k, QUIET_POINTS] - template[i, QUIET_POINTS], axis=1).mean()
            moved.append(d / np.linalg.norm(template[i, EYES[0]] - template[i, EYES[1]]))
    return float(np.mean(shift)), float(np.nanmedian(moved))


def film_rows(program, folder, networks):
    listed = list(films.listed(folder))
    for k, (name, film, points) in enumerate(listed):
        other, sound, other_points = listed[(k + 1) % len(listed)]
        with tempfile.TemporaryDirectory() as work:
            film_avatar(program, film, networks, work + '/avatar')
            template = films.mesh(program, work + '/avatar/frames')
            own = said(program, work + '/avatar', film, work + '/own')
            strange = said(program, work + '/avatar', sound, work + '/strange')
            shift, moved = kept(work + '/avatar', work + '/own', own, template)
            yield dict(film=name, own=films.judge(name, points, own)['opening'], other=other, strange=films.judge(other, other_points, strange)['opening'], shift=shift, moved=moved)


def film_table(rows):
    lines = ['| film | opening r, its own sound | another film\'s sound | colour above the mouth, levels | mesh away from the mouth, of the eyes\' distance |', '| ' + '--- | ' * 5]
    lines += ['| {film} | {own:.2f} | {strange:.2f} | {shift:.1f} | {moved:.1%} |'.format(**r) for r in rows]
    mean = {k: np.mean([r[k] for r in rows]) for k in ('own', 'strange', 'shift', 'moved')}
    return '\n'.join(lines + ['| mean | {own:.2f} | {strange:.2f} | {shift:.1f} | {moved:.1%} |'.format(**mean)])


def main():
    p = argparse.ArgumentParser(prog='judge_base.py', description=__doc__.partition('\n\n')[0])
    for name in ('set', 'generator', 'encoder', 'out'):
        p.add_argument(name)
    p.add_argument('--program')
    p.add_argument('--films')
    p.add_argument('--sheet')
    a = p.parse_args()
    torch.set_num_threads(int(os.environ.get('THREADS', 1)))
    net = nets.Generator(float(os.environ.get('WIDTH', .5)))
    net.load(onnx_file.read(a.generator))
    crops = Crops(PeopleLesson(a.set), net.to(memory_format=torch.channels_last))
    tables = [people_table(crops.by_person(a.program))]
    if a.sheet:
        crops.sheet(a.sheet)
    if a.films and a.program:
        tables.append(film_table(list(film_rows(a.program, a.films, (a.generator, a.encoder)))))
    with open(a.out + '.new', 'w') as f:
        f.write('\n\n'.join(tables) + '\n')
    os.replace(a.out + '.new', a.out)
    print('\n\n'.join(tables), flush=True)


if __name__ == '__main__':
    main()
