"""hostile_files.py: files that were made to do harm, for files.py. Every one is made here from a seed; none is anybody's.

Four families. `broken`: small true recordings in every container and codec that FFmpeg writes, cut, flipped, with huge numbers in them, chunks doubled and nested.
`bombs`: small files that say they are large, long, deep, or many. `histories`: what published faults of FFmpeg were reached by, each named by its CVE number and made
after its public description (the samples themselves are not published); a later FFmpeg must have mended them, and walls must hold where it has not.
`spies`: playlists and scripts that name other files and addresses.
"""
import base64
import io
import random
import struct
import subprocess
import tempfile
import zipfile
import zlib
from pathlib import Path

# ending, words for ffmpeg: sound alone
SOUNDS = [("wav", ""), ("w64", ""), ("aiff", ""), ("au", ""), ("caf", ""), ("voc", ""), ("flac", ""), ("ogg", "-c:a libvorbis"), ("opus", "-c:a libopus"), ("oga", "-c:a flac"),
          ("spx", "-c:a libspeex"), ("mp3", "-c:a libmp3lame"), ("mp2", "-c:a mp2"), ("ac3", ""), ("eac3", ""), ("dts", "-c:a dca -strict -2"), ("aac", "-c:a aac"), ("m4a", "-c:a aac"),
          ("m4a", "-c:a alac"), ("mka", "-c:a pcm_s24le"), ("webm", "-c:a libopus"), ("wma", "-c:a wmav2"), ("gsm", "-c:a libgsm -ar 8000"),
          ("tta", ""), ("wv", "-c:a wavpack"), ("wav", "-c:a adpcm_ms"), ("wav", "-c:a adpcm_ima_wav"), ("wav", "-c:a pcm_mulaw"), ("rm", "-c:a ac3"), ("nut", ""),
          ("mxf", "-ar 48000 -f mxf_opatom -c:a pcm_s16le"), ("sox", ""), ("ast", ""), ("rso", ""), ("mlp", "-c:a mlp -strict -2"), ("thd", "-c:a truehd -strict -2")]
# film
FILMS = [("mp4", "-c:v libx264"), ("mov", "-c:v prores"), ("mov", "-c:v mjpeg"), ("mkv", "-c:v libx264"), ("webm", "-c:v libvpx"), ("webm", "-c:v libvpx-vp9"), ("avi", "-c:v mpeg4"),
         ("avi", "-c:v ffv1"), ("avi", "-c:v huffyuv"), ("avi", "-c:v cinepak"), ("flv", "-c:v flv -an"), ("asf", "-c:v wmv2"), ("mpg", "-c:v mpeg2video"), ("ts", "-c:v mpeg2video"), ("ogv", "-c:v libtheora"),
         ("gif", ""), ("apng", "-f apng"), ("mp4", "-c:v libx265"), ("rm", "-c:v rv20"), ("swf", "-c:v flv -an"), ("nut", "-c:v utvideo"), ("mxf", "-c:v mpeg2video -ar 48000"), ("h264", "-c:v libx264"),
         ("y4m", "-pix_fmt yuv420p"), ("ivf", "-c:v libvpx"), ("dv", "-s 720x576 -pix_fmt yuv420p -an"), ("mov", "-c:v qtrle"), ("avi", "-c:v snow -strict -2"), ("mov", "-c:v jpeg2000")]
HUGE = [b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00", b"\x00\x00\x00\x80", b"\xff\xff\xff\xfe", b"\x00\x00\x00\x00"]


def encoded(ending, words, film):
    """a quarter of a second of sound, and ten small pictures; None: this FFmpeg has no such encoder"""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/seed.{ending}"
        sound = ["-f", "lavfi", "-i", "sine=220:sample_rate=16000:duration=0.25"]
        picture = ["-f", "lavfi", "-i", "testsrc=size=96x80:rate=25:duration=0.4"]
        given = picture + ([] if film and ending in ("gif", "apng", "h264", "y4m", "ivf") else sound) if film else sound
        if subprocess.run(["ffmpeg", "-v", "quiet", "-y", *given, *words.split(), path], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
            return None
        return Path(path).read_bytes()


def harmed(data, rng):
    """one way to break a file, mostly where the numbers are: near its beginning"""
    at = lambda: min(int(rng.expovariate(1 / 200)), len(data) - 1) if rng.random() < .7 else rng.randrange(len(data))
    bytes_ = bytearray(data)
    way = rng.randrange(6)
    if way == 0:
        return data[:rng.randrange(1, len(data))]
    if way == 1:
        for _ in range(rng.choice([1, 4, 40])):
            bytes_[at()] ^= 1 << rng.randrange(8)
    elif way == 2:
        for _ in range(rng.choice([1, 3])):
            k = at() & ~1
            bytes_[k:k + 4] = rng.choice(HUGE)
    elif way == 3:
        k, n = at(), rng.choice([4, 64, 1000])
        bytes_[k:k] = data[k:k + n] * rng.choice([1, 20])
    elif way == 4:
        k = at()
        del bytes_[k:k + rng.choice([1, 4, 64])]
    else:
        k = at()
        bytes_[k:k + 16] = rng.randbytes(16)
    return bytes(bytes_)


def broken(seeds, film, each, rng):
    for ending, words in seeds:
        seed = encoded(ending, words, film)
        if seed is None:
            continue
        codec = words.split()[1] if words.startswith("-c") else "plain"
        for k in range(each):
            yield f"{ending}-{codec}-{k}.{ending}", harmed(seed, rng)


def atom(name, body=b""):
    return struct.pack(">I", 8 + len(body)) + name + body


def wav(rate=16000, channels=1, bits=16, data=b"", says=None, form=1):
    size = len(data) if says is None else says
    return b"RIFF" + struct.pack("<I", (36 + size) & 0xFFFFFFFF) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, form, channels, rate, (rate * channels * bits // 8) & 0xFFFFFFFF,
                                                                                     (channels * bits // 8) & 0xFFFF, bits) + b"data" + struct.pack("<I", size) + data


def deep_mp4(levels):
    body = atom(b"free")
    for _ in range(levels):
        body = atom(b"moov", body)
    return atom(b"ftyp", b"isom\0\0\0\0isom") + body


def deep_mkv(levels):
    head = bytes.fromhex("1a45dfa3") + b"\x8b" + bytes.fromhex("4282886d6174726f736b61")
    return head + bytes.fromhex("18538067") + b"\x01" + b"\xff" * 7 + (bytes.fromhex("1654ae6b") + b"\x01\xff\xff\xff\xff\xff\xff\xff" + b"\xae\x01\xff\xff\xff\xff\xff\xff\xff") * levels


def id3(size):
    return b"ID3\x04\0\0" + bytes((size >> s) & 127 for s in (21, 14, 7, 0)) + b"APIC" + bytes((size >> s) & 127 for s in (21, 14, 7, 0)) + b"\0\0" + b"\0image/png\0\0" + bytes(1000)


def sound_bombs():
    silence = bytes(3200)
    yield "says-4-GB.wav", wav(data=silence, says=0xFFFFFFF0)
    yield "a-thousand-channels.wav", wav(channels=1000, data=bytes(200000))
    yield "65535-channels.wav", wav(channels=65535, data=bytes(400000))
    yield "rate-4-GHz.wav", wav(rate=0xFFFFFFFF, data=silence)
    yield "rate-0.wav", wav(rate=0, data=silence)
    yield "rate-1.wav", wav(rate=1, data=silence)
    yield "bits-65535.wav", wav(bits=65535, data=silence)
    yield "bits-0.wav", wav(bits=0, data=silence)
    yield "thousands-of-chunks.wav", wav(data=silence)[:12] + (b"LIST" + struct.pack("<I", 0)) * 200000 + wav(data=silence)[12:]
    yield "deep.mp4", deep_mp4(20000)
    yield "deep.mkv", deep_mkv(20000)
    yield "tag-of-256-MB.mp3", id3((1 << 28) - 1)
    yield "tags-in-tags.mp3", id3(1000)[:10] * 50000
    yield "streams-without-end.ogg", b"".join(b"OggS\0\2" + bytes(8) + struct.pack("<I", n) + bytes(8) + b"\1\x1e\x01vorbis" + bytes(4) + b"\2" + struct.pack("<I", 44100) + bytes(12) + b"\xb8\1" for n in range(20000))
    hour = subprocess.run(["ffmpeg", "-v", "quiet", "-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono:d=36000", "-c:a", "flac", "-compression_level", "0", "-frame_size", "65535", "-f", "flac", "-"],
                          stdin=subprocess.DEVNULL, capture_output=True).stdout
    yield "ten-hours-in-little.flac", hour
    yield "deep-lists.mod", b"x" * 1080 + b"M.K." + bytes(range(128)) * 200
    stts = atom(b"stts", struct.pack(">II", 0, 0x0FFFFFFF) + struct.pack(">II", 0xFFFFFFFF, 0xFFFFFFFF) * 4)
    stsz = atom(b"stsz", struct.pack(">III", 0, 1, 0x7FFFFFFF))
    stbl = atom(b"stbl", atom(b"stsd", struct.pack(">II", 0, 1) + atom(b"sowt", bytes(6) + b"\0\1" + bytes(8) + struct.pack(">HHHHI", 1, 16, 0, 0, 16000 << 16))) + stts + stsz +
                atom(b"stsc", struct.pack(">II", 0, 1) + struct.pack(">III", 1, 0x7FFFFFFF, 1)) + atom(b"stco", struct.pack(">III", 0, 1, 64)))
    mdia = atom(b"mdia", atom(b"mdhd", struct.pack(">IIIIII", 0, 0, 0, 16000, 0xFFFFFFFF, 0)) + atom(b"hdlr", struct.pack(">II", 0, 0) + b"soun" + bytes(12)) + atom(b"minf", stbl))
    elst = atom(b"edts", atom(b"elst", struct.pack(">II", 0, 0x10000000) + struct.pack(">IiI", 0xFFFFFFFF, -1, 65536) * 1000))
    yield "two-thousand-million-samples.mp4", atom(b"ftyp", b"isom\0\0\0\0isom") + atom(b"moov", atom(b"trak", elst + mdia)) + atom(b"mdat", silence)


def png(width, height, rows=b"\0", chunks=b""):
    chunk = lambda name, body: struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + chunks + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def jpeg(width, height):
    data = bytearray(subprocess.run(["ffmpeg", "-v", "quiet", "-f", "lavfi", "-i", "testsrc=size=640x360:d=0.04", "-frames:v", "1", "-pix_fmt", "yuvj420p", "-f", "mjpeg", "-"], stdin=subprocess.DEVNULL, capture_output=True).stdout)
    k = data.index(b"\xff\xc0")
    data[k + 5:k + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def picture_bombs():
    yield "65535-square.png", png(65535, 65535)
    yield "two-thousand-million-wide.png", png(0x7FFFFFFF, 0x7FFFFFFF)
    yield "no-width.png", png(0, 1)
    yield "full-of-zeros.png", png(30000, 30000, bytes(90_001) * 3000)
    yield "text-bomb.png", png(8, 8, bytes(25 * 8), struct.pack(">I", 0x7FFFFFFF) + b"zTXt")
    yield "65535-square.jpg", jpeg(65535, 65535)
    yield "65500-high.jpg", jpeg(16, 65500)
    yield "no-height.jpg", jpeg(64, 0)
    yield "scans-without-end.jpg", (lambda d: d[:-2] + d[d.index(b"\xff\xda"):-2] * 3000 + b"\xff\xd9")(jpeg(64, 64))


def film_bombs():
    gif = lambda w, h, frames: b"GIF89a" + struct.pack("<HH", w, h) + b"\xf0\0\0" + bytes(6) + (b"!\xf9\4\0\1\0\0\0," + struct.pack("<HHHH", 0, 0, w, h) + b"\0\2\2\x44\1\0") * frames + b";"
    yield "65535-square.gif", gif(65535, 65535, 1)
    yield "hundred-thousand-pictures.gif", gif(96, 80, 100000)
    yield "65535-square.apng", png(65535, 65535)
    yield "huge.y4m", b"YUV4MPEG2 W1000000 H1000000 F25:1 C420\nFRAME\n" + bytes(1000)
    yield "thousand-million-a-second.y4m", b"YUV4MPEG2 W96 H80 F1000000000:1 C420\n" + (b"FRAME\n" + bytes(96 * 80 * 3 // 2)) * 20
    yield "no-time.y4m", b"YUV4MPEG2 W96 H80 F0:0 C420\n" + (b"FRAME\n" + bytes(96 * 80 * 3 // 2)) * 20
    yield "one-in-a-year.y4m", b"YUV4MPEG2 W96 H80 F1:31536000 C420\n" + (b"FRAME\n" + bytes(96 * 80 * 3 // 2)) * 20
    yield "deep-film.mp4", deep_mp4(20000)


def broken_pictures(each, rng):
    plain = png(640, 360, (b"\0" + bytes(range(240)) * 8) * 360)
    for k in range(each * 2):
        yield f"broken-{k}.png", harmed(plain, rng)
        yield f"broken-{k}.jpg", harmed(jpeg(640, 360), rng)


def zipped(entries, method=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method, compresslevel=9) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return out.getvalue()


def checkpoint_bombs():
    zeros = bytes(200 << 20)
    yield "200-MB-in-200-kB.pth", zipped([("archive/data.pkl", zeros)], zipfile.ZIP_DEFLATED)
    yield "tensors-of-zeros.pth", zipped([("archive/data.pkl", b"\x80\2}q\0."), *((f"archive/data/{k}", zeros) for k in range(4))], zipfile.ZIP_DEFLATED)
    yield "hundred-thousand-entries.pth", zipped([(f"archive/data/{k}", b"") for k in range(100000)])
    yield "names-outside.pth", zipped([("../../../../tmp/escaped", b"x"), ("/etc/escaped", b"x"), ("archive/data.pkl", b"\x80\2.")])
    yield "a-program.pth", zipped([("archive/data.pkl", b"\x80\2cos\nsystem\nq\0X\x13\0\0\0touch /tmp/escaped-frq\1\x85q\2Rq\3.")])
    yield "a-program-alone.pth", b"cos\nsystem\n(S'touch /tmp/escaped-fr'\ntR."
    yield "deep-pickle.pth", zipped([("archive/data.pkl", b"\x80\2" + b"(" * 1000000 + b"t" * 1000000 + b".")])
    yield "doubling.pth", zipped([("archive/data.pkl", b"\x80\2]q\0" + b"(h\0h\0h\0h\0lq\0" * 5000 + b".")])
    one = zipped([("archive/data.pkl", b"\x80\2}q\0.")])
    end = one.rindex(b"PK\5\6")
    yield "says-65535-entries.pth", one[:end + 8] + b"\xff\xff\xff\xff" + one[end + 12:]
    yield "central-directory-elsewhere.pth", one[:end + 16] + b"\xff\xff\xff\x7f" + one[end + 20:]


def broken_checkpoints(each, rng):
    plain = zipped([("archive/data.pkl", b"\x80\2}q\0(X\1\0\0\0aq\1K\1u."), ("archive/data/0", bytes(400)), ("archive/version", b"3\n")])
    for k in range(each * 2):
        yield f"broken-{k}.pth", harmed(plain, rng)


def histories():
    """what published faults were reached by, as their descriptions say it"""
    riff = lambda form, body: b"RIFF" + struct.pack("<I", 4 + len(body)) + form + body
    yield "CVE-2017-14054.ivr", b".R1M\0\1\1" + struct.pack(">I", 1) + b"\1" + struct.pack(">I", 0) + b"\2" + struct.pack(">I", 0x7FFFFFFF)
    yield "CVE-2017-14055.mv", b"MOVI\0\0" + struct.pack(">H", 2) + bytes(8) + struct.pack(">I", 0x7FFFFFFF) + bytes(200)
    yield "CVE-2017-14056.rl2", b"FORM" + struct.pack(">I", 0x7FFFFFFF) + b"RLV3" + struct.pack("<I", 0) + struct.pack("<IHHHHHH", 0x7FFFFFFF, 1, 22050, 1, 1, 1, 1) + bytes(200)
    guid = lambda text: bytes.fromhex(text)
    asf = guid("3026b2758e66cf11a6d900aa0062ce6c") + struct.pack("<QIBB", 0x200, 3, 1, 2)
    yield "CVE-2017-14057.asf", asf + guid("01cd87f451a9cf118ee600c00c205365") + struct.pack("<Q", 0x1000) + bytes(16) + struct.pack("<IHH", 0x7FFFFFFF, 0, 0xFFFF) + bytes(64)
    yield "CVE-2017-14223.asf", asf + guid("90080033b1e5cf1189f400a0c90349cb") + struct.pack("<Q", 0x1000) + bytes(16) + struct.pack("<QII", 1, 1, 0x7FFFFFFF) + bytes(64)
    yield "CVE-2017-14058.m3u8", b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:0\n" + b"#EXTINF:0,\nnowhere.ts\n" * 100000
    yield "CVE-2017-14059.cine", b"CI" + struct.pack("<HHHiIiIIII", 44, 0, 1, 0, 0x7FFFFFFF, 0, 0x7FFFFFFF, 44, 84, 500) + bytes(8) + struct.pack("<IiiHHIIiiII", 40, 96, 80, 1, 8, 0, 7680, 0, 0, 0, 0) + bytes(1000)
    mxf = bytes.fromhex("060e2b34020501010d010201010200") + b"\0"
    yield "CVE-2017-14169.mxf", mxf + b"\x83\0\0\x40" + bytes(64) + bytes.fromhex("060e2b34020501010d01020101050100") + b"\x83\0\0\x08" + struct.pack(">II", 0xFFFFFFFF, 18) + bytes(64)
    yield "CVE-2017-14170.mxf", mxf + b"\x83\0\0\x40" + bytes(64) + bytes.fromhex("060e2b34025301010d01020101100100") + b"\x83\0\0\x20" + struct.pack(">HHII", 0x3F0A, 0xFFFF, 0x7FFFFFFF, 11) + bytes(64)
    yield "CVE-2017-14171.nsv", b"NSVf" + struct.pack("<IIIIII", 0x100, 0x7FFFFFFF, 1000, 0, 0x7FFFFFFF, 0x7FFFFFFF) + bytes(64) + b"NSVs"
    tfra = atom(b"mfra", atom(b"tfra", struct.pack(">IIII", 0x01000000, 1, 0, 0x7FFFFFFF)) + atom(b"mfro", struct.pack(">II", 0, 48)))
    yield "CVE-2017-14222.mp4", atom(b"ftyp", b"isom\0\0\0\0isom") + atom(b"moov", atom(b"mvex", atom(b"trex", bytes(24)))) + tfra
    yield "CVE-2017-14767.sdp", b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 4000 RTP/AVP 96\na=rtpmap:96 H264/90000\na=fmtp:96 sprop-parameter-sets=,;packetization-mode=1\n"
    yield "CVE-2019-9718.srt", b"1\n00:00:00,000 --> 00:00:01,000\n" + b"<font " * 200000 + b"\n"
    yield "CVE-2020-13904.m3u8", b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:" + b"9" * 100000 + b",\n" + b"a" * 100000 + b"\n"
    yield "CVE-2021-38171.aac", b"\xff\xf1\x4c\x00" + b"\x02\x1f\xfc" + bytes(2000)
    yield "CVE-2022-3341.nut", b"nut/multimedia container\0" + bytes.fromhex("4e4d7a561f5f04ad") + b"\x20\x03\xff\xff\xff\xff\x7f\x01" + bytes(100)
    yield "CVE-2023-6604-xbin.m3u8", b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\ndata:application/x-xbin;base64," + base64.b64encode(b"XBIN\x1a" + struct.pack("<HHBB", 65535, 65535, 16, 0)) + b"\n"
    yield "CVE-2023-6602-tty.m3u8", b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\ndata:text/plain;base64," + base64.b64encode(b"secret\n" * 100) + b"\n"
    yield "CVE-2016-2326.avi", riff(b"AVI ", b"LIST" + struct.pack("<I", 0xFFFFFFF0) + b"hdrl" + b"avih" + struct.pack("<I", 56) + b"\xff" * 56)


def spies(canary, port):
    """each names the file CANARY and the address 127.0.0.1:PORT, and would have them opened"""
    there, web = f"file://{canary}", f"http://127.0.0.1:{port}/seen"
    list_ = lambda *lines: ("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:0\n" + "\n".join(lines) + "\n#EXT-X-ENDLIST\n").encode()
    yield "list-of-a-file.m3u8", list_("#EXTINF:1,", there)
    yield "list-of-a-path.m3u8", list_("#EXTINF:1,", canary)
    yield "list-of-an-address.m3u8", list_("#EXTINF:1,", web)
    yield "key-of-an-address.m3u8", list_(f'#EXT-X-KEY:METHOD=AES-128,URI="{web}"', "#EXTINF:1,", "data:audio/wav;base64," + base64.b64encode(wav(data=bytes(320))).decode())
    yield "CVE-2016-1897.m3u8", list_("#EXTINF:1,", f"concat:{web}.m3u8|{there}")
    yield "CVE-2016-1898.m3u8", list_("#EXTINF:1,", f"concat:{web}.m3u8|subfile,,start,0,end,32,,:{canary}")
    yield "CVE-2023-6605.mpd", (f'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S"><Period><AdaptationSet mimeType="audio/mp4">'
                                f'<Representation id="1" bandwidth="1"><BaseURL>{web}</BaseURL><SegmentList><SegmentURL media="{web}"/></SegmentList></Representation></AdaptationSet></Period></MPD>').encode()
    yield "entities.mpd", f'<?xml version="1.0"?><!DOCTYPE m [<!ENTITY x SYSTEM "{there}">]><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period>&x;</Period></MPD>'.encode()
    yield "script.ffconcat", f"ffconcat version 1.0\nfile '{canary}'\nfile '{web}'\n".encode()
    yield "script.ffmetadata", f";FFMETADATA1\ntitle={there}\n".encode()
    yield "shortcut.mov", atom(b"ftyp", b"qt  \0\0\0\0qt  ") + atom(b"moov", atom(b"rmra", atom(b"rmda", atom(b"rdrf", bytes(4) + b"url " + struct.pack(">I", len(web) + 1) + web.encode() + b"\0"))))
    gab2 = list_("#EXTINF:1,", there)
    yield "CVE-2017-9993.avi", (lambda body: b"RIFF" + struct.pack("<I", 4 + len(body)) + b"AVI " + body)(
        b"LIST" + struct.pack("<I", 4 + 64 + 124) + b"hdrl" + b"avih" + struct.pack("<I", 56) + struct.pack("<14I", 40000, 0, 0, 0, 1, 0, 1, 0, 96, 80, 0, 0, 0, 0) +
        b"LIST" + struct.pack("<I", 116) + b"strl" + b"strh" + struct.pack("<I", 56) + b"txts" + bytes(52) + b"strf" + struct.pack("<I", 40) + bytes(40) +
        b"LIST" + struct.pack("<I", 4 + 8 + 21 + len(gab2)) + b"movi" + b"00tx" + struct.pack("<I", 17 + len(gab2)) + b"GAB2\0\2\0" + struct.pack("<I", 0) + b"\4\0" + struct.pack("<I", len(gab2)) + gab2)
    yield "feed.rtsp.sdp", f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\na=control:rtsp://127.0.0.1:{port}/\nm=audio {port} RTP/AVP 0\n".encode()
    yield "image-list.png", f"file {canary}\n".encode()


def families(each, seed, canary, port, only=None):
    """kind, family, name, bytes of every one; kind: sound, film, picture, checkpoint; only: of this kind"""
    for kind, family, made in every(each, random.Random(seed), canary, port):
        if only in (None, kind):
            for name, data in made:
                yield kind, family, name, data


def every(each, rng, canary, port):
    return (("sound", "broken", broken(SOUNDS, False, each, rng)), ("film", "broken", broken(FILMS, True, each, rng)), ("picture", "broken", broken_pictures(each, rng)),
            ("checkpoint", "broken", broken_checkpoints(each, rng)), ("sound", "bombs", sound_bombs()), ("film", "bombs", film_bombs()), ("picture", "bombs", picture_bombs()),
            ("checkpoint", "bombs", checkpoint_bombs()), ("sound", "histories", histories()), ("film", "histories", histories()), ("sound", "spies", spies(canary, port)),
            ("film", "spies", spies(canary, port)))
