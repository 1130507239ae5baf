# rooms.py: a LiveKit server of the tests' own, on this machine's own address alone, and tokens for it.
from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time

from livekit import api

# github.com/livekit/livekit-server: `go install github.com/livekit/livekit-server/cmd/server@v1.9.11`
SERVER = os.environ.get("LIVEKIT_SERVER") or shutil.which("livekit-server")
KEY, SECRET = "devkey", "a-secret-of-this-test-alone-that-is-long-enough"
ROOM = "talk"


@contextlib.contextmanager
def serving(folder):
    """The address of a server that is up, with its configuration and log in the folder."""
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        port, media = one.getsockname()[1], two.getsockname()[1]
    config, log = folder / "config.yaml", folder / "log"
    config.write_text(
        f"port: {port}\nbind_addresses: ['127.0.0.1']\nkeys: {{{KEY}: {SECRET}}}\nlogging: {{level: warn}}\n"
        f"rtc: {{tcp_port: {media}, udp_port: {media}, node_ip: 127.0.0.1, use_external_ip: false, enable_loopback_candidate: true}}\n"
    )
    with open(log, "w") as out:
        server = subprocess.Popen([SERVER, "--config", str(config)], stdout=out, stderr=subprocess.STDOUT)
    try:
        for _ in range(600):
            with socket.socket() as ask:
                if ask.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert server.poll() is None, log.read_text()
            time.sleep(0.1)
        yield f"ws://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def token(identity, kind="standard"):
    grants = api.VideoGrants(room_join=True, room=ROOM)
    return api.AccessToken(KEY, SECRET).with_identity(identity).with_kind(kind).with_grants(grants).to_jwt()
