# rtc.py: as livekit-rtc's VideoFrame, AudioFrame and VideoBufferType, and as strict about sizes.
from dataclasses import dataclass


class VideoBufferType:
    I420 = 5


@dataclass
class VideoFrame:
    width: int
    height: int
    type: int
    data: bytes

    def __post_init__(self):
        chroma = ((self.width + 1) // 2) * ((self.height + 1) // 2)
        assert self.type == VideoBufferType.I420 and len(self.data) == self.width * self.height + 2 * chroma


class AudioFrame:
    def __init__(self, data, sample_rate, num_channels, samples_per_channel):
        if len(data) < num_channels * samples_per_channel * 2:
            raise ValueError("data length must be >= num_channels * samples_per_channel * sizeof(int16)")
        self._data, self.sample_rate, self.num_channels = bytearray(data), sample_rate, num_channels
        self.samples_per_channel = samples_per_channel

    @property
    def data(self):
        return memoryview(self._data).cast("h")

    @property
    def duration(self):
        return self.samples_per_channel / self.sample_rate


class Room:
    pass
