# websocket.py: the client's half of framegen.v1 with nothing but Python's own library (docs/live.md).
import base64
import json
import os
import socket
import struct


class Session:
    """One live session. Messages come as ("text", dict) or ("media", Media)."""

    def __init__(self, host, port, start, token=None, timeout=30):
        self.socket = socket.create_connection((host, port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET /v1/session HTTP/1.1", f"Host: {host}:{port}", "Upgrade: websocket", "Connection: Upgrade",
                 f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: framegen.v1"]
        if token:
            lines.append(f"Authorization: Bearer {token}")
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.held = b""
        while b"\r\n\r\n" not in self.held:
            self.held += self._receive()
        head, self.held = self.held.split(b"\r\n\r\n", 1)
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise ConnectionError(head.decode(errors="replace").split("\r\n")[0])
        self.send({"type": "start", **start})

    def _receive(self):
        data = self.socket.recv(1 << 18)
        if not data:
            raise ConnectionError("closed by the server")
        return data

    def _write(self, opcode, payload):
        mask = os.urandom(4)
        size = len(payload)
        head = bytes([0x80 | opcode])
        head += bytes([0x80 | size]) if size < 126 else (
            bytes([0x80 | 126]) + struct.pack(">H", size) if size < 65536 else bytes([0x80 | 127]) + struct.pack(">Q", size))
        mask_all = (mask * (size // 4 + 1))[:size]
        masked = (int.from_bytes(payload, "big") ^ int.from_bytes(mask_all, "big")).to_bytes(size, "big") if size else b""
        self.socket.sendall(head + mask + masked)

    def send(self, message):
        self._write(1, json.dumps(message).encode())

    def send_sound(self, pcm):
        self._write(2, pcm)

    def _take(self, count):
        while len(self.held) < count:
            self.held += self._receive()
        taken, self.held = self.held[:count], self.held[count:]
        return taken

    def receive(self):
        while True:
            first, second = self._take(2)
            size = second & 127
            if size == 126:
                size = struct.unpack(">H", self._take(2))[0]
            elif size == 127:
                size = struct.unpack(">Q", self._take(8))[0]
            payload = self._take(size)
            opcode = first & 15
            if opcode == 9:
                self._write(10, payload)
            elif opcode == 8:
                self._write(8, payload[:2])  # RFC 6455, 5.5.1 and 7.1.1: the server waits for both
                self.close()
                raise ConnectionError("closed by the server")
            elif opcode == 1:
                return "text", json.loads(payload)
            elif opcode == 2:
                return "media", Media(payload)

    def close(self):
        self.socket.close()


class Media:
    """One picture and its sound."""

    def __init__(self, message):
        magic, kind, flags, header, self.pts_us, self.segment, sound, picture, self.width, self.height = struct.unpack_from(
            "<4sBBHQIIIHH", message)
        assert magic == b"FGM1" and len(message) == header + sound + picture
        self.speech = kind == 2
        self.own_sound = bool(flags & 1)  # of a segment; else silence that was put in
        self.sound = message[header:header + sound]
        self.picture = message[header + sound:]
