# framegen_session.py: a live session of `framegen serve` for asyncio: sound in, pictures with their sound out (docs/live.md).
import json
import struct
from dataclasses import dataclass

import aiohttp


@dataclass
class Media:
    """One picture (1/25 s) and the sound that belongs to it."""

    speech: bool
    own_sound: bool  # the sound is a segment's; else it is silence
    segment: int
    pts_us: int
    width: int
    height: int
    sound: bytes  # s16le, mono
    picture: bytes  # empty: dropped, we read too slowly


@dataclass
class SegmentEnd:
    segment: int
    position_ms: int  # of its sound given out
    interrupted: bool


def parse_media(message: bytes) -> Media:
    magic, kind, flags, header, pts_us, segment, sound, picture, width, height = struct.unpack_from("<4sBBHQIIIHH", message)
    if magic != b"FGM1" or len(message) != header + sound + picture:
        raise ValueError("this is no framegen media message")
    return Media(kind == 2, bool(flags & 1), segment, pts_us, width, height,
                 message[header:header + sound], message[header + sound:])


class FramegenSession:
    """push() and flush() make segments; iterate for Media and SegmentEnd. Nothing of an interrupted segment comes after interrupt()."""

    def __init__(self, url: str, *, rate: int, video: str, pace: str, avatar: str | None = None, token: str | None = None):
        self.rate = rate
        self._url = url.rstrip("/") + "/v1/session"
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._start = {"type": "start", "audio": {"rate": rate, "channels": 1}, "video": {"format": video}, "pace": pace}
        if avatar:
            self._start["avatar"] = avatar
        self._begun = self._interrupted = 0  # segments, in the order in which the server counts them
        self._open = False

    async def start(self) -> dict:
        """The server's `ready`: width, height, fps, samples_per_frame …"""
        self._http = aiohttp.ClientSession(headers=self._headers)
        try:
            self._socket = await self._http.ws_connect(self._url, protocols=["framegen.v1"], max_msg_size=0)
            await self._socket.send_json(self._start)
            return self._checked(json.loads(await self._socket.receive_str()))
        except BaseException:
            await self._http.close()
            raise

    async def push(self, pcm: bytes) -> None:
        if pcm and not self._open:
            self._begun += 1
            self._open = True
        for at in range(0, len(pcm), self.rate):  # half a second each; the server takes up to one
            await self._socket.send_bytes(pcm[at:at + self.rate])

    async def flush(self) -> None:
        self._open = False
        await self._socket.send_json({"type": "flush"})

    async def interrupt(self) -> None:
        self._open = False
        self._interrupted = self._begun
        await self._socket.send_json({"type": "interrupt"})

    async def stop(self) -> None:
        """What was pushed is still spoken; then the iteration ends."""
        await self._socket.send_json({"type": "stop"})

    async def close(self) -> None:
        await self._socket.close()
        await self._http.close()

    @property
    def speaks(self) -> bool:
        """Sound was pushed since the last flush."""
        return self._open

    async def __aiter__(self):
        async for message in self._socket:
            if message.type == aiohttp.WSMsgType.BINARY:
                media = parse_media(message.data)
                if media.segment == 0 or media.segment > self._interrupted:
                    yield media
            elif message.type == aiohttp.WSMsgType.TEXT:
                event = self._checked(json.loads(message.data))
                if event["type"] == "segment_end":
                    yield SegmentEnd(event["segment"], event["position_ms"], event["interrupted"])

    @staticmethod
    def _checked(event: dict) -> dict:
        if event["type"] == "error":
            raise ConnectionError(f"{event['what']}: {event['why']}; {event['do']}")
        return event
