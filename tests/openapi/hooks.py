# hooks.py: what schemathesis needs beside docs/openapi.yaml: how offers are written, one that is good, and which answer names what later requests
# are about (a Link's expression cannot cut a Location in two).
from pathlib import Path

import schemathesis

CORPUS = Path(__file__).parents[1] / "fuzz" / "corpus" / "webrtc" / "offer_aiortc"
OFFER = CORPUS.read_bytes().decode()


@schemathesis.serializer("application/sdp", "application/trickle-ice-sdpfrag")
def as_text(context, value):
    return value if isinstance(value, bytes) else str(value).encode(errors="surrogatepass")


@schemathesis.hook
def before_load_schema(context, schema):
    """Sessions that were begun are controlled, spoken to and left."""
    watch = schema["paths"]["/v1/whep"]["post"]
    watch["requestBody"]["content"]["application/sdp"]["example"] = OFFER
    session = "$response.header.Location#regex:/v1/whep/([^/]+)/"
    watcher = "$response.header.Location#regex:/v1/whep/[^/]+/(.+)"
    watch["responses"]["201"]["links"] = {
        "control": {"operationId": "control", "parameters": {"path.session": session}},
        "audio": {"operationId": "audio", "parameters": {"path.session": session}},
        "leave": {"operationId": "leave", "parameters": {"path.session": session, "path.watcher": watcher}},
        "trickle": {"operationId": "trickle", "parameters": {"path.session": session, "path.watcher": watcher}},
    }


@schemathesis.hook
def map_body(context, body):
    """Every second offer is a good one: of texts drawn at random none would be."""
    if context.operation.definition.raw.get("operationId") == "watch" and isinstance(body, str) and len(body) % 2 == 0:
        return OFFER
    return body
