"""sounds.py: words of any language → the sounds they are made of → visemes.

A sound is one of SOUNDS: what an ear tells apart and a mouth shows, the same for every language. `pronounce` asks espeak-ng (its library, through
ctypes) for the International Phonetic Alphabet and folds that into sounds; FLITE folds flite's and pocketsphinx's names.
"""
import ctypes
import unicodedata

SOUNDS = ['sil', 'p', 'b', 'm', 'f', 'v', 'T', 'D', 't', 'd', 'n', 'l', 's', 'z', 'S', 'Z', 'r', 'rr', 'k', 'g', 'x', 'h', 'N', 'j', 'w',
          'a', 'A', 'E', 'I', '@', 'O', 'U', 'Y']

# sound → viseme (tools/avatar_recipe/character.py). Y, the u of French, has the lips of u and the jaw of i
VISEME = dict(sil='sil', p='PP', b='PP', m='PP', f='FF', v='FF', T='TH', D='TH', t='DD', d='DD', n='DD', l='DD', s='SS', z='SS', S='CH', Z='CH',
              r='RR', rr='DD', k='KK', g='KK', x='KK', h='KK', N='KK', j='I', w='U', a='aa', A='AE', E='E', I='I', O='O', U='U', Y='U')
VISEME['@'] = 'AX'

# IPA letter → sounds. What is not here (stress, length, breath marks) makes no sound of its own
IPA = {'p': 'p', 'b': 'b', 'm': 'm', 'ɱ': 'm', 'β': 'b', 'ɸ': 'f', 'f': 'f', 'v': 'v', 'ʋ': 'v', 'θ': 'T', 'ð': 'D', 't': 't', 'd': 'd', 'n': 'n', 'ɲ': 'n j', 'ɳ': 'n',
       'ʈ': 't', 'ɖ': 'd', 'l': 'l', 'ɫ': 'l', 'ʎ': 'l j', 'ɭ': 'l', 's': 's', 'z': 'z', 'ʃ': 'S', 'ʒ': 'Z', 'ɕ': 'S', 'ʑ': 'Z', 'ʂ': 'S', 'ʐ': 'Z', 'ɹ': 'r', 'ɻ': 'r', 'ɾ': 'rr', 'r': 'rr',
       'ʀ': 'x', 'ʁ': 'x', 'k': 'k', 'ɡ': 'g', 'g': 'g', 'ɣ': 'g', 'x': 'x', 'χ': 'x', 'ç': 'x', 'h': 'h', 'ɦ': 'h', 'ħ': 'h', 'q': 'k', 'c': 'k', 'ɟ': 'g', 'ŋ': 'N', 'j': 'j', 'ʝ': 'j',
       'w': 'w', 'ɥ': 'Y', 'ɰ': 'g', 'a': 'a', 'ɑ': 'a', 'ɒ': 'O', 'æ': 'A', 'ɐ': '@', 'ʌ': '@', 'ə': '@', 'ɜ': '@', 'ɚ': '@ r', 'ɝ': '@ r', 'ɵ': 'U', 'ɤ': '@', 'e': 'E', 'ɛ': 'E',
       'ɪ': 'I', 'i': 'I', 'ɨ': 'I', 'ᵻ': 'I', 'ɯ': 'I', 'y': 'Y', 'ʏ': 'Y', 'ø': 'Y', 'œ': 'O', 'ɶ': 'O', 'o': 'O', 'ɔ': 'O', 'u': 'U', 'ʊ': 'U', 'ʉ': 'U', 'ʔ': ''}

FLITE = dict(aa='a', ae='A', ah='@', ao='O', aw='A U', ax='@', ay='a I', b='b', ch='t S', d='d', dh='D', eh='E', er='@ r', ey='E I', f='f', g='g', hh='h', ih='I', iy='I', jh='d Z', k='k', l='l',
             m='m', n='n', ng='N', ow='O U', oy='O I', p='p', r='r', s='s', sh='S', t='t', th='T', uh='U', uw='U', v='v', w='w', y='j', z='z', zh='Z', pau='sil', sil='sil')

_library = None


def library():
    """espeak-ng, ready to speak into memory and to name its phonemes in IPA; loaded once, when it is first needed"""
    global _library
    if _library is None:
        _library = ctypes.CDLL('libespeak-ng.so.1')
        _library.espeak_Initialize(1, 0, None, 1 | 2)               # 1: into memory; events of phonemes, named in IPA
        _library.espeak_TextToPhonemes.restype = ctypes.c_char_p
    return _library


def fold(ipa):
    """a string of IPA → sounds"""
    out = []
    for letter in unicodedata.normalize('NFD', ipa):
        out += IPA.get(letter, '').split()
    return out


def pronounce(text, language):
    """text → a list of words, each a list of sounds, and None where a clause ends; language: a voice of espeak-ng"""
    e = library()
    if e.espeak_SetVoiceByName(language.encode()) != 0:
        raise ValueError(f'espeak-ng has no voice "{language}"')
    raw = ctypes.c_char_p(text.encode())
    at = ctypes.cast(raw, ctypes.c_void_p)
    words = []
    while at.value:
        clause = e.espeak_TextToPhonemes(ctypes.byref(at), 1, 2)      # 1: UTF-8; 2: IPA
        words += [w for w in (fold(part) for part in (clause or b'').decode('utf8', 'ignore').split()) if w] + [None]
    return words
