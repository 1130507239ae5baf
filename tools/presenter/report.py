"""report.py: DIR/report.html, one file: true beside made, lips over time, figures, what limits the film, and a sentence never said."""
import base64
import html
import cv2
import numpy as np

SHOWN = 8
GOOD = dict(psnr=30, opening=.85)
STYLE = '''body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
h1,h2{font-weight:600}table{border-collapse:collapse}td,th{padding:.25rem .9rem .25rem 0;text-align:left;vertical-align:top}
img,video{max-width:100%}.pair{display:inline-block;margin:0 .4rem .6rem 0}.pair img{display:block;width:14rem}svg{width:100%;height:auto;border:1px solid #ddd}
.true{color:#06c}.made{color:#c40}.spoken{color:#393}small{color:#666}'''


def picture(image):
    return 'data:image/jpeg;base64,' + base64.b64encode(cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, 88])[1]).decode()


def pairs(faces, lesson):
    """true above made, the least and the most open mouths among them"""
    index = lesson.held
    order = np.argsort(lesson.units[index, 0])
    out = []
    for k in sorted(order[np.linspace(0, len(order) - 1, min(SHOWN, len(order))).astype(int)]):
        out.append(f'<div class="pair"><img alt="true" src="{picture(np.array(lesson.target[index[k]]))}"><img alt="made" src="{picture(faces[k])}"><small>frame {lesson.frames[index[k]]}</small></div>')
    return ''.join(out)


def chart(curves, names):
    wide, high = 1000, 220
    top = max(max((v for v in c if np.isfinite(v)), default=0) for c in curves.values()) or 1
    lines = []
    for name, values in curves.items():
        points = ' '.join(f'{30 + k * (wide - 40) / max(1, len(values) - 1):.1f},{high - 20 - v / top * (high - 40):.1f}' for k, v in enumerate(values) if np.isfinite(v))
        lines.append(f'<polyline class="{name}" fill="none" stroke="currentColor" stroke-width="1.6" points="{points}"/>')
    seconds = len(curves['true']) / 25
    ticks = ''.join(f'<text x="{30 + t / max(seconds, 1e-9) * (wide - 40):.0f}" y="{high - 4}" font-size="12" fill="#666">{t} s</text>' for t in range(int(seconds) + 1))
    legend = ' · '.join(f'<span class="{k}">{html.escape(v)}</span>' for k, v in names.items())
    return f'<p>{legend}</p><svg viewBox="0 0 {wide} {high}" role="img" aria-label="opening of the lips over time">{"".join(lines)}{ticks}</svg>'


def figures(j):
    rows = [('likeness of the mouth', f'{j["psnr"]:.1f} dB PSNR, SSIM {j["ssim"]:.3f}', f'{GOOD["psnr"]} dB and more is hard to tell from the film'),
            ('opening of the lips against the film', f'r {j["opening"]:.2f}', f'{GOOD["opening"]:.2f} and more looks right; each picture made with another moment as its reference'),
            ('… in frames that framegen rendered', f'r {j["opening_spoken"]:.2f}', 'the same sound over the avatar\'s own template'),
            ('range of the opening', f'{j["range"]:.0%} of the film\'s', 'below 70 % the avatar mumbles'),
            ('calm', f'{j["flicker"]:.2f} of the film\'s', 'above 1.3 the mouth flickers; below 0.6 something is missing')]
    return '<table>' + ''.join(f'<tr><td>{html.escape(a)}</td><td><b>{html.escape(b)}</b></td><td><small>{html.escape(c)}</small></td></tr>' for a, b, c in rows) + '</table>'


def write(path, name, judged, lesson, found, words, trained, check, video):
    """`trained`: steps, hours and the film's name; `check`: framegen inspect --check's words; `video`: a sentence never said, MP4"""
    said = base64.b64encode(open(video, 'rb').read()).decode()
    verdict = 'The lips follow the speech.' if judged['opening'] >= GOOD['opening'] and judged['psnr'] >= GOOD['psnr'] else \
        'Not there yet: the figures below say by how much. Go on with more --hours, or with a longer film.'
    page = f'''<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{html.escape(name)}</title><style>{STYLE}</style>
<h1>{html.escape(name)}</h1><p>{html.escape(verdict)} Learnt from {found["seconds"]:.0f} s of {html.escape(trained["film"])} in {trained["steps"]} steps, {trained["hours"]:.2f} hours.
All below is of {judged["frames"]} frames that were held out: no step has seen them.</p>
<h2>A sentence never said</h2><video controls src="data:video/mp4;base64,{said}"></video><p><small>A synthetic voice; the video is generated.</small></p>
<h2>True and made</h2><p>Above the film, below what was made of its sound.</p>{pairs(judged["faces"], lesson)}
<h2>Opening of the lips</h2>{chart(judged["curves"], dict(true="the film", made="made, another moment as reference", spoken="rendered by framegen"))}
<h2>Figures</h2>{figures(judged)}
<h2>What limits this film</h2><ul>{"".join(f"<li>{html.escape(w)}</li>" for w in words)}</ul>
<p><small>face {found["face"]:.0f} pixels wide · brightness {found["brightness"]:.0f} ± {found["light_changes"]:.1f} of 255 · burnt out {found["clipped"]:.1%} · noise ± {found["noise"]:.1f} · sharpness {found["sharpness"]:.0f}</small></p>
<h2>The face in its frame</h2><pre>{html.escape(check)}</pre></html>
'''
    with open(path, 'w', encoding='utf8') as f:
        f.write(page)
