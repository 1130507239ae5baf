# recorded_server.py: records what passes between a client and `framegen serve`, and plays the server's half of it again.
import asyncio
import base64
import gzip
import json

from aiohttp import ClientSession, WSMsgType, web


def as_line(side, message):
    if message.type == WSMsgType.TEXT:
        return {"from": side, "text": message.data}
    return {"from": side, "binary": base64.b64encode(message.data).decode()}


class Recorded:
    """One recorded session after the other, for one connection each. What the client sends must be what it sent then."""

    def __init__(self, *files):
        self.sessions = [[json.loads(line) for line in gzip.open(file, "rt")] for file in files]
        self.complaints = []

    async def handle(self, request):
        socket = web.WebSocketResponse(protocols=["framegen.v1"], max_msg_size=0)
        await socket.prepare(request)
        last_speech = b""
        for number, line in enumerate(self.sessions.pop(0)):
            if line["from"] == "server":
                binary = base64.b64decode(line.get("binary", ""))
                await (socket.send_bytes(binary) if binary else socket.send_str(line["text"]))
                last_speech = binary if binary[4:5] == b"\2" else last_speech
                continue
            message = await socket.receive()
            if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED):
                self.complaints.append(f"line {number}: the client hung up")
                break
            said = as_line("client", message)
            same = json.loads(said["text"]) == json.loads(line["text"]) if "text" in said and "text" in line else said == line
            if not same:
                self.complaints.append(f"line {number}: {str(said)[:200]} where {str(line)[:200]} was recorded")
                break
            if "interrupt" in said.get("text", ""):  # what is still on its way then
                await socket.send_bytes(last_speech)
        await socket.close()
        return socket


class Recorder:
    """Stands between a client and a server and writes down all that passes."""

    def __init__(self, server, *files):
        self.server, self.files, self.complaints = server, list(files), []

    async def handle(self, request):
        client = web.WebSocketResponse(protocols=["framegen.v1"], max_msg_size=0)
        await client.prepare(request)
        lines = []

        async def pass_on(side, source, sink):
            async for message in source:
                lines.append(as_line(side, message))
                await (sink.send_str(message.data) if message.type == WSMsgType.TEXT else sink.send_bytes(message.data))
            await sink.close()

        async with ClientSession() as http, http.ws_connect(self.server + "/v1/session", protocols=["framegen.v1"], max_msg_size=0) as server:
            await asyncio.gather(pass_on("client", client, server), pass_on("server", server, client))
        with gzip.GzipFile(self.files.pop(0), "wb", mtime=0) as file:
            file.write("".join(json.dumps(line) + "\n" for line in lines if '"stats"' not in line.get("text", "")).encode())
        return client


async def serve(handler):
    """→ (runner, url)"""
    application = web.Application()
    application.router.add_get("/v1/session", handler.handle)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return runner, f"ws://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
