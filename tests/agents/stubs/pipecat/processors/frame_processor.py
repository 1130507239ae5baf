# frame_processor.py: as Pipecat's FrameProcessor: what is pushed lies in `pushed`.
import asyncio
from enum import Enum


class FrameDirection(Enum):
    DOWNSTREAM = 1
    UPSTREAM = 2


class FrameProcessor:
    def __init__(self, **kwargs):
        self.pushed, self.errors, self.changed = [], [], asyncio.Condition()

    async def process_frame(self, frame, direction):
        pass

    async def push_frame(self, frame, direction=FrameDirection.DOWNSTREAM):
        async with self.changed:
            self.pushed.append(frame)
            self.changed.notify_all()

    async def push_error(self, error_msg, exception=None, fatal=False):
        self.errors.append(error_msg)

    def create_task(self, coroutine, name=None):
        return asyncio.create_task(coroutine)

    async def cancel_task(self, task, timeout=None):
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
