# frames.py: the names and fields of Pipecat's frames that our adapter uses.
from dataclasses import dataclass, field


@dataclass
class Frame:
    pass


@dataclass
class StartFrame(Frame):
    audio_out_sample_rate: int = 24000


@dataclass
class EndFrame(Frame):
    pass


@dataclass
class CancelFrame(Frame):
    pass


@dataclass
class InterruptionFrame(Frame):
    pass


@dataclass
class TTSStartedFrame(Frame):
    pass


@dataclass
class TTSStoppedFrame(Frame):
    pass


@dataclass
class TTSAudioRawFrame(Frame):
    audio: bytes
    sample_rate: int
    num_channels: int


@dataclass
class OutputImageRawFrame(Frame):
    image: bytes
    size: tuple
    format: str
    sync_with_audio: bool = field(default=False, init=False)
