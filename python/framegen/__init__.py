# __init__.py: speech in, a presenter's pictures out.
"""framegen turns speech into a lip-synced video of a presenter.

    import framegen

    framegen.render("speech.wav", "out.mp4")

    avatar = framegen.Avatar("ava")                                  # a name, or an avatar's folder
    for frame in avatar.speak(samples, sample_rate_hz=16000):        # one voice, float32 or int16
        show(frame.bgr)                                              # NumPy, (720, 1280, 3), uint8, B G R

Live speech: :class:`LiveSession`. Voice agents: ``framegen.livekit``, ``framegen.pipecat``. Errors: :class:`Error` and its kinds.
"""

from ._native import Frame, Picture, SegmentEnd, Speech, __version__
from ._places import avatars
from .avatar import Avatar, Engine, default_engine
from .errors import BadAvatar, BadInput, BadOutput, BadUse, Cancelled, Error, Internal
from .files import BatchReport, BatchResult, RenderReport, batch, join, render, speech_frames, split_frames
from .live import LiveSession
from .making import Prepared, calibrate, import_avatar, prepare

__all__ = [
    "Avatar", "BadAvatar", "BadInput", "BadOutput", "BadUse", "BatchReport", "BatchResult", "Cancelled", "Engine", "Error", "Frame",
    "Internal", "LiveSession", "Picture", "Prepared", "RenderReport", "SegmentEnd", "Speech", "__version__", "avatars", "batch", "calibrate",
    "default_engine", "import_avatar", "join", "prepare", "render", "speech_frames", "split_frames",
]  # fmt: skip
