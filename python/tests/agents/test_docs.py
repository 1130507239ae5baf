# test_docs.py: the examples of docs/agents.md run as they stand there, in the installed frameworks.
from __future__ import annotations

import ast
import asyncio
import inspect
import re
from types import SimpleNamespace

import pytest

from test_livekit import ROOT, Agent, Room

TEXTS = re.findall(r"^```python\n(.*?)^```", (ROOT / "docs" / "agents.md").read_text(), re.M | re.S)


async def run(text, names):
    made = eval(compile(text, "<docs/agents.md>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), names)
    if inspect.iscoroutine(made):
        await made


def test_livekits_lines_give_the_agent_a_face():
    pytest.importorskip("livekit.agents")
    [text] = [text for text in TEXTS if "livekit" in text]

    async def talk():
        session, room = Agent(), Room()
        names = {"session": session, "ctx": SimpleNamespace(room=room)}
        await run(text, names)
        assert session.output.audio is not None
        while len(room.tracks) < 2:  # with the first picture
            await asyncio.sleep(0.02)
        assert [name for name, _ in room.tracks] == ["avatar_audio", "avatar_video"]
        await names["avatar"].aclose()

    asyncio.run(asyncio.wait_for(talk(), 120))


def test_pipecats_lines_make_a_pipeline():
    pytest.importorskip("pipecat")
    from pipecat.pipeline.pipeline import Pipeline
    from pipecat.processors.filters.identity_filter import IdentityFilter

    [text] = [text for text in TEXTS if "pipecat" in text]

    async def make():
        transport = SimpleNamespace(input=IdentityFilter, output=IdentityFilter)
        names = {"Pipeline": Pipeline, "transport": transport, "stt": IdentityFilter(), "llm": IdentityFilter(), "tts": IdentityFilter()}
        await run(text, names)
        assert isinstance(names["pipeline"], Pipeline)

    asyncio.run(asyncio.wait_for(make(), 60))
