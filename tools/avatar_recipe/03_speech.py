"""Step 3: make speech and its viseme tracks.   python3 03_speech.py OUT [extra_minutes]

OUT/wav/train_*.wav   16 kHz mono, the sequences that 04_render.py renders      OUT/visemes/train_*.json
OUT/extra/*.flac      more voices, speeds and pitches, for the audio encoder    OUT/visemes/extra_*.json
A viseme file: {"fps":25, "names":[16 visemes], "phonemes":[[start,end,name]...], "frames":[[16 weights]...]};
frame i is the mouth at time i/25 s. Weights of a frame sum to 1. Needs espeak-ng (library), flite, ffmpeg.
"""
import ctypes, json, os, random, re, subprocess, sys, wave
import numpy as np
sys.dont_write_bytecode = True; sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from character import NAMES
FPS, RATE, HZ = 25, 16000, 200                     # HZ: the inner time grid of the smoothing

# ---------------------------------------------------------------- phoneme -> visemes (diphthongs: two)
FLITE = dict(aa='aa', ae='AE', ah='AX', ao='O', aw='AE U', ax='AX', ay='aa I', b='PP', ch='CH', d='DD', dh='TH', eh='E', er='RR', ey='E I', f='FF',
  g='KK', hh='KK', ih='I', iy='I', jh='CH', k='KK', l='DD', m='PP', n='DD', ng='KK', ow='O U', oy='O I', p='PP', r='RR', s='SS', sh='CH', t='DD',
  th='TH', uh='U', uw='U', v='FF', w='U', y='I', z='SS', zh='CH', pau='sil')
ESPEAK = {'p':'PP','b':'PP','m':'PP','f':'FF','v':'FF','T':'TH','D':'TH','t':'DD','d':'DD','n':'DD','l':'DD','t#':'DD','*':'DD','s':'SS','z':'SS','S':'CH','Z':'CH',
  'tS':'CH','dZ':'CH','k':'KK','g':'KK','N':'KK','h':'KK','x':'KK','?':'KK','r':'RR','w':'U','j':'I','A':'aa','A@':'aa RR','a':'AE','aa':'AE','&':'AE','E':'E','e':'E','e@':'E AX','I':'I','I2':'I',
  'i':'I','i@':'I AX','0':'O','O':'O','o':'O','O@':'O RR','O2':'O','U':'U','U@':'U AX','u':'U','V':'AX','@':'AX','@2':'AX','@5':'AX','@L':'AX DD','3':'RR','I#':'I','a#':'AX',
  'aI':'aa I','eI':'E I','OI':'O I','aU':'AE U','oU':'O U','aI@':'aa AX','aU@':'AE AX','_':'sil','_:':'sil',';':'sil','':'sil'}
def viseme_of(ph, table):
    if ph in table: return table[ph]
    q = re.sub(r"[:'%,=_!|~^\"-]", '', ph)
    return table.get(q) or table.get(q.rstrip('0123456789')) or table.get(q[:1], 'AX' if q else 'sil')

# ---------------------------------------------------------------- voices
def to16k(src, dst): subprocess.run(['ffmpeg', '-v', 'error', '-y', '-i', src, '-ac', '1', '-ar', str(RATE), '-af', 'apad=pad_dur=0', dst], check=True)
def flite(text, wav, voice, stretch=1., pitch=None):
    cmd = ['flite', '-voice', voice, '-t', text, '-o', wav + '.tmp.wav', '-psdur', '--setf', f'duration_stretch={stretch}']
    if pitch: cmd += ['--setf', f'int_f0_target_mean={pitch}']
    seg, t = [], 0.
    for tok in subprocess.run(cmd, check=True, capture_output=True, text=True).stdout.split():      # "phoneme:end ..."
        ph, _, e = tok.rpartition(':'); seg.append([t, float(e), ph]); t = float(e)
    to16k(wav + '.tmp.wav', wav); os.remove(wav + '.tmp.wav'); return seg, FLITE
class Event(ctypes.Structure):
    _fields_ = [('type', ctypes.c_int), ('uid', ctypes.c_uint), ('text', ctypes.c_int), ('length', ctypes.c_int), ('ms', ctypes.c_int), ('sample', ctypes.c_int),
                ('user', ctypes.c_void_p), ('string', ctypes.c_char * 8)]
E = ctypes.CDLL('libespeak-ng.so.1'); SR = E.espeak_Initialize(1, 0, None, 1)          # retrieval, phoneme events
CB = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(Event)); _pcm, _ev = [], []
@CB
def _cb(pcm, n, ev):
    if n: _pcm.append(np.ctypeslib.as_array(pcm, (n,)).copy())
    i = 0
    while ev[i].type != 0:
        if ev[i].type == 7: _ev.append((ev[i].sample / SR, bytes(ev[i].string).split(b'\0')[0].decode('utf8', 'ignore')))
        i += 1
    return 0
E.espeak_SetSynthCallback(_cb)
def espeak(text, wav, voice, speed=160, pitch=50):
    base, plus, variant = voice.partition('+')                        # the library knows the British voice as "en" alone, and would keep the last voice without a word
    if E.espeak_SetVoiceByName(({'en-gb': 'en'}.get(base, base) + plus + variant).encode()): raise ValueError(f'espeak-ng has no voice "{voice}": see `espeak-ng --voices`')
    E.espeak_SetParameter(1, speed, 0); E.espeak_SetParameter(3, pitch, 0); _pcm.clear(); _ev.clear()
    b = text.encode() + b'\0'; E.espeak_Synth(b, len(b), 0, 1, 0, 1, None, None); E.espeak_Synchronize()
    x = np.concatenate(_pcm); end = len(x) / SR
    with wave.open(wav + '.tmp.wav', 'wb') as f: f.setnchannels(1); f.setsampwidth(2); f.setframerate(SR); f.writeframes(x.tobytes())
    ev = sorted(_ev, key=lambda e: e[0]); seg = [[t, (ev[i + 1][0] if i + 1 < len(ev) else end), p] for i, (t, p) in enumerate(ev)]
    to16k(wav + '.tmp.wav', wav); os.remove(wav + '.tmp.wav'); return [s for s in seg if s[1] > s[0]], ESPEAK

# ---------------------------------------------------------------- viseme track
VOWEL = {'aa', 'AE', 'E', 'I', 'AX', 'O', 'U'}; LOOSE = {'DD': .55, 'KK': .35, 'TH': .75}    # how much of a consonant's own shape shows
def smooth(x, ms):
    s = ms / 1000 * HZ; r = int(3 * s) + 1; k = np.exp(-.5 * (np.arange(-r, r + 1) / s) ** 2); k /= k.sum()
    return np.stack([np.convolve(np.pad(c, r, 'edge'), k, 'valid') for c in x.T], 1)
def track(seg, table, seconds):
    v = []
    for s, e, ph in seg:
        vs = viseme_of(ph, table).split()
        for j, n in enumerate(vs): v.append([s + (e - s) * j / len(vs), s + (e - s) * (j + 1) / len(vs), n])
    T = int(np.ceil(seconds * HZ)) + 1; X = np.zeros((T, len(NAMES))); ix = {n: i for i, n in enumerate(NAMES)}; X[:, 0] = 1
    hard = {'PP': np.zeros((T, 1)), 'FF': np.zeros((T, 1))}
    for j, (s, e, n) in enumerate(v):
        a, b = int(round(s * HZ)), max(int(round(e * HZ)), int(round(s * HZ)) + 1); row = np.zeros(len(NAMES))
        near = lambda d: next((v[q][2] for q in range(j + d, (j + 4 * d) if d > 0 else max(j - 4, -1), d) if 0 <= q < len(v) and v[q][2] in VOWEL), None)
        if n in LOOSE:
            row[ix[n]] = LOOSE[n]; nb = [x for x in (near(-1), near(1)) if x] or ['AX']
            for x in nb: row[ix[x]] += (1 - LOOSE[n]) / len(nb)
        elif n == 'sil' and e - s < .12: row[ix['sil']] = .4; row[ix[near(-1) or 'sil']] += .6    # a short gap does not close the mouth
        else: row[ix[n]] = 1
        X[a:b] = row
        if n in hard: m = max(0, .065 - (e - s)) / 2 + .008; hard[n][max(0, int((s - m) * HZ)):int(np.ceil((e + m) * HZ)) + 1] = 1
    Y = smooth(X, 34)
    for n in ('U', 'O', 'CH', 'RR'): Y[:, ix[n]] = .5 * Y[:, ix[n]] + .5 * smooth(X[:, ix[n]:ix[n] + 1], 55)[:, 0]      # rounding spreads
    for n, h in hard.items():                                      # lips that must meet do meet, briefly and completely
        p = np.clip(smooth(h, 14)[:, 0] * 1.25, 0, 1); o = Y[:, ix[n]].copy(); Y *= ((1 - p) / np.maximum(Y.sum(1) - o, 1e-6))[:, None]; Y[:, ix[n]] = p
    Y = np.clip(Y, 0, None); Y /= Y.sum(1, keepdims=True)
    n = int(np.floor(seconds * FPS + 1e-6)); return Y[np.minimum((np.arange(n) * HZ / FPS).round().astype(int), T - 1)]
def add_silence(wav, seg, lead, tail):
    with wave.open(wav) as f: x = f.readframes(f.getnframes())
    z = lambda s: b'\0\0' * int(round(s * RATE)); x = z(lead) + x + z(tail)
    with wave.open(wav, 'wb') as f: f.setnchannels(1); f.setsampwidth(2); f.setframerate(RATE); f.writeframes(x)
    return [[s + lead, e + lead, p] for s, e, p in seg], len(x) / 2 / RATE
def make(out, name, fn, text, lead, tail, flac=False, **kw):
    wav = f'{out}/{"extra" if flac else "wav"}/{name}.wav'; seg, table = fn(text, wav, **kw); seg, sec = add_silence(wav, seg, lead, tail)
    Y = track(seg, table, sec)
    json.dump(dict(fps=FPS, names=NAMES, seconds=round(sec, 4), voice=dict(engine=fn.__name__, **kw), text=text, phonemes=[[round(s, 4), round(e, 4), p] for s, e, p in seg],
        frames=[[round(float(w), 3) for w in r] for r in Y]), open(f'{out}/visemes/{name}.json', 'w'), separators=(',', ':'))
    if flac: subprocess.run(['ffmpeg', '-v', 'error', '-y', '-i', wav, '-compression_level', '8', wav[:-4] + '.flac'], check=True); os.remove(wav)
    return sec

# ---------------------------------------------------------------- what is said (our own sentences)
TRAIN = ["Hello and welcome. My name is Ava, and I am happy to help you today.",
 "Please bring five big paper boxes before the show begins at four.",
 "We move the blue boat away from the beach while the weather is good.",
 "Think about the path through the forest; both of them found it very peaceful.",
 "You should choose a fresh juice. A large orange, or just a cherry?",
 "Maybe the problem is simple: every model must prove that it works.",
 "Our house is now open. Go out, look around, and enjoy the view.",
 "The voice you hear is made by a machine, but the words are ours.",
 "Six busy farmers pushed a heavy wagon up the muddy hill.",
 "Thank you for watching. Good bye, and see you soon."]
W = dict(who=['the teacher','a young driver','my brother','the whole family','our neighbour','the old painter','a famous doctor','the computer','every visitor','the new manager','a clever child','the pilot','your mother','the woman in blue','a group of friends'],
 did=['bought','found','repaired','described','imagined','brought back','showed us','wrote about','gave away','discovered','measured','painted','carried','forgot','remembered','photographed','changed','watched'],
 what=['a wooden bridge','five yellow umbrellas','the broken window','a very short poem','the southern valley','fresh vegetables','a mechanical watch','the weather report','a beautiful voice','the golden fish','both paper maps','a cup of coffee','thirty thousand pictures','the garage door','a long journey','the first chapter','an unusual machine','blue ocean water'],
 when=['this morning','before breakfast','on a rainy Thursday','in the middle of June','while the music played','after the meeting','every few weeks','without any help','under the full moon','just in time','for the last time','at half past four','as quickly as possible','near the old mill'],
 start=['Well,','However,','In my view,','Of course,','By the way,','First of all,','Surprisingly,','As far as I know,','Believe me,','To be fair,','','','',''])
def sentence(r): return ' '.join(f"{r.choice(W['start'])} {r.choice(W['who'])} {r.choice(W['did'])} {r.choice(W['what'])} {r.choice(W['when'])}.".split()).strip().capitalize()
if __name__ == '__main__':
    out = sys.argv[1]; minutes = float(sys.argv[2]) if len(sys.argv) > 2 else 0
    for d in ('wav', 'extra', 'visemes'): os.makedirs(f'{out}/{d}', exist_ok=True)
    V = [(flite, dict(voice='slt')), (flite, dict(voice='rms')), (espeak, dict(voice='en-us+f3', speed=150, pitch=55)), (flite, dict(voice='awb')), (espeak, dict(voice='en-gb', speed=160, pitch=45))]
    tot = 0
    for i, text in enumerate(TRAIN):
        fn, kw = V[i % len(V)]; tot += make(out, f'train_{i:02d}_{kw["voice"].replace("+", "")}', fn, text, .4, .52, **kw)
    print('train seconds', round(tot, 1)); r = random.Random(11); tot = i = 0
    while tot < minutes * 60:
        fn, voice = r.choice([(flite, 'slt'), (flite, 'rms'), (flite, 'awb'), (flite, 'kal16'), (espeak, 'en-us'), (espeak, 'en-us+f2'), (espeak, 'en-us+m3'), (espeak, 'en-gb+f4'), (espeak, 'en-gb'), (espeak, 'en-gb-scotland')])
        kw = dict(voice=voice, stretch=round(r.uniform(.85, 1.25), 2)) if fn is flite else dict(voice=voice, speed=r.randint(125, 200), pitch=r.randint(25, 75))
        tot += make(out, f'extra_{i:03d}_{voice.replace("+", "")}', fn, ' '.join(sentence(r) for _ in range(r.randint(3, 6))), r.uniform(.3, .8), r.uniform(.3, .9), flac=True, **kw); i += 1
    print('extra minutes', round(tot / 60, 1), 'files', i)
