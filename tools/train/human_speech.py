"""human_speech.py: people who speak, and what they say, out of Debian's own packages.

  python3 human_speech.py fetch FOLDER [PACKAGE…]   downloads and unpacks the packages below, or these (nothing is installed; needs apt, dpkg-deb)
  python3 human_speech.py list FOLDER OUT.json      [{file, text, language, speaker, package}, …]; files relative to FOLDER; says how many hours

Languages are voices of espeak-ng, which knows how the words are pronounced (sounds.py). When each sound is said: align.py.
"""
import glob
import gzip
import html
import json
import os
import re
import subprocess
import sys

# package → licence of its recordings, as its copyright file says
CORE = 'asterisk-core-sounds-'
PACKAGES = {
    **{f'{CORE}{l}{kind}': 'CC BY 3.0' if l == 'ru' else 'CC BY-SA 3.0' for l in ('en', 'es', 'fr', 'it', 'ru') for kind in ('', '-g722')},
    'klettres-data': 'GPL 2 or later',
    'fillets-ng-data': 'GPL 2', 'fillets-ng-data-cs': 'GPL 2',
    'asterisk-moh-opsound-g722': 'CC BY-SA 3.0',            # music without words: what a mouth must not follow
}
VOICE = {'en': 'en-us', 'pt_BR': 'pt-br', 'en_GB': 'en'}       # language of a package → espeak-ng's voice, where they differ (its library knows no en-gb, no fr-fr)
KLETTRES = ('cs', 'da', 'de', 'en', 'en_GB', 'es', 'fr', 'hu', 'it', 'lt', 'nb', 'nl', 'pt_BR', 'ru', 'uk')


def fetch(folder, packages):
    os.makedirs(folder + '/deb', exist_ok=True)
    for package in packages or PACKAGES:
        if os.path.isdir(f'{folder}/{package}'):
            continue
        if not glob.glob(f'{folder}/deb/{package}_*.deb'):
            subprocess.run(['apt-get', 'download', package], cwd=folder + '/deb', check=True)
        new = f'{folder}/{package}.new'
        subprocess.run(['dpkg-deb', '-x', glob.glob(f'{folder}/deb/{package}_*.deb')[0], new], check=True)
        os.rename(new, f'{folder}/{package}')


def asterisk(folder):
    """telephone prompts, one speaker a language"""
    for language in ('en', 'es', 'fr', 'it', 'ru'):
        words, told = {}, f'{folder}/{CORE}{language}/usr/share/doc/{CORE}{language}/core-sounds-{language}.txt.gz'
        if not os.path.exists(told):                         # not every package was fetched
            continue
        with gzip.open(told, 'rt', errors='replace') as f:
            for line in f:
                name, colon, text = line.partition(':')
                if colon and '[' not in text and '(' not in text and text.strip():       # [tones], (silence)
                    words[name.strip()] = text.strip()
        for path in sorted(glob.glob(f'{folder}/{CORE}{language}-g722/**/*.g722', recursive=True)):
            root = re.search(r'.*/sounds/[^/]+/', path).group()
            text = words.get(path[len(root):-5])
            if text:
                yield dict(file=path, text=text, language=VOICE.get(language, language), speaker='asterisk ' + language, package=f'{CORE}{language}-g722')


def klettres(folder):
    """letters and syllables, a speaker a language"""
    root = f'{folder}/klettres-data/usr/share/klettres/'
    for language in KLETTRES:
        xml = root + language + '/sounds.xml'
        if not os.path.exists(xml):
            continue
        text = open(xml, encoding='utf8').read()
        for kind, body in re.findall(r'<(alphabet|syllables)>(.*?)</\1>', text, re.S):
            for name, file in re.findall(r'name="([^"]*)"\s+file="([^"]*)"', body):
                said = html.unescape(name)
                if os.path.exists(root + file):
                    yield dict(file=root + file, text=said if kind == 'alphabet' else said.lower(), language=VOICE.get(language, language),
                               speaker='klettres ' + language, package='klettres-data')


def fillets(folder):
    """actors in a game, Czech, with its subtitles"""
    root = f'{folder}/fillets-ng-data/usr/share/games/fillets-ng/script/'
    sound = f'{folder}/fillets-ng-data-cs/usr/share/games/fillets-ng/sound/'
    for lua in sorted(glob.glob(root + '**/dialogs_cs.lua', recursive=True)):
        level = os.path.dirname(lua)[len(root):]
        text = open(lua, encoding='utf8').read()
        for name, said in re.findall(r'dialogId\("([^"]+)"[^\n]*\)\s*dialogStr\("((?:[^"\\]|\\.)*)"\)', text):
            path = f'{sound}{level}/cs/{name}.ogg'
            if os.path.exists(path) and said.strip():
                who = (name.split('-') + ['', ''])[1]
                yield dict(file=path, text=said.replace('\\"', '"'), language='cs', speaker='fillets ' + who, package='fillets-ng-data-cs')


def duration(path):
    """seconds, without decoding: G.722 is 64 kbit/s; an Ogg file ends in a page that counts the samples until there"""
    size = os.path.getsize(path)
    if path.endswith('.g722'):
        return size / 8000
    with open(path, 'rb') as f:
        head = f.read(64)
        f.seek(max(0, size - 65536))
        tail = f.read()
    at = tail.rfind(b'OggS')
    if head[29:35] != b'vorbis' or at < 0:
        return 0.
    return max(0, int.from_bytes(tail[at + 6:at + 14], 'little', signed=True)) / int.from_bytes(head[40:44], 'little')


def main(what, folder, *rest):
    if what == 'fetch':
        fetch(folder, rest)
        return
    out = rest[0]
    items, hours = [*asterisk(folder), *klettres(folder), *fillets(folder)], {}
    for item in items:
        item['seconds'] = round(duration(item['file']), 2)
        hours[item['package']] = hours.get(item['package'], 0) + item['seconds'] / 3600
        item['file'] = os.path.relpath(item['file'], folder)
    json.dump(items, open(out, 'w'), ensure_ascii=False, indent=0)
    for package, h in hours.items():
        print(f'{package}: {h:.2f} h, {PACKAGES[package]}')
    print(len(items), 'recordings,', len({i['speaker'] for i in items}), 'speakers')


if __name__ == '__main__':
    if len(sys.argv) < 3 or sys.argv[1] not in ('fetch', 'list') or sys.argv[1] == 'list' and len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
