# making.py: other people's files into avatars, and preparing one for int8.
from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from . import _checks, _native
from ._places import avatar_folder
from .errors import BadUse

_log = logging.getLogger("framegen")
Progress = Callable[[int, int], object]


def import_avatar(
    output: _checks.Path,
    *,
    video: _checks.Path | None = None,
    dataset: _checks.Path | None = None,
    package: _checks.Path | None = None,
    livetalking: _checks.Path | None = None,
    generator: _checks.Path | None = None,
    audio_encoder: _checks.Path | None = None,
    audio_features: Literal["dataset", "ave", "hubert"] = "dataset",
    boxes: _checks.Path | None = None,
    landmarks: _checks.Path | None = None,
    landmark_model: _checks.Path | None = None,
    landmark_points: Sequence[int] | None = None,
    box: Sequence[int] | None = None,
    smoothing: int = 0,
    video_frames: Literal["jpg", "png"] = "jpg",
    name: str = "",
    licence: str = "",
    replace: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Other people's files into an avatar's folder, whole or not at all (docs/import.md says what each may be).

    Args:
        output: the avatar's folder.
        video, dataset, package, livetalking: one of them: a film of the presenter, a SyncTalk_2D data set, a pre-cut package, a
            LiveTalking avatar.
        generator, audio_encoder: the networks, as ONNX or PyTorch checkpoints.
        boxes, landmarks, landmark_model, landmark_points, box, smoothing: where the face is in a film; box is x, y, width and
            height in pixels.
        licence: of the pictures.
        replace: an avatar that is already there.
        progress: called with template frames done and in all; False stops.

    Returns:
        The folder. Warnings go to the logger ``framegen``.
    """
    job: dict[str, Any] = {
        key: _checks.path(key, value)
        for key, value in {
            "output": output, "video": video, "dataset": dataset, "package": package, "livetalking": livetalking,
            "generator": generator, "audio_encoder": audio_encoder, "boxes": boxes, "landmarks": landmarks,
            "landmark_model": landmark_model,
        }.items()
    }  # fmt: skip
    if not job["output"]:
        raise BadUse("output", "is None", "give the avatar's folder")
    job["box"] = _numbers("box", box, 4)
    job["landmark_points"] = _numbers("landmark_points", landmark_points, 3)
    job["smoothing"] = _checks.whole("smoothing", smoothing)
    job["replace"] = _checks.flag("replace", replace)
    for key, word in (("video_frames", video_frames), ("audio_features", audio_features), ("name", name), ("licence", licence)):
        job[key] = _checks.word(key, word)
    for warning in _native.import_avatar(job, _checks.function("progress", progress)):
        _log.warning("%s", warning)
    return Path(job["output"])


def calibrate(
    avatar: _checks.Path | None, speech: _checks.Path, *, faces: int = 250, progress: Progress | None = None
) -> Path:
    """Prepares an avatar for ``precision="int8"``: renders faces with a speech and writes the ranges of its network's numbers.

    Args:
        avatar: a name or a folder; an avatar that is open already does not see it.
        speech: any audio file; the more voices the better, ten seconds are enough.
        faces: how many are watched, 1 … 10,000.

    Returns:
        The file, calibration.json beside the avatar's generator.
    """
    folder = Path(avatar_folder(avatar))
    if speech is None:
        raise BadUse("speech", "is None", "give an audio file")
    sound = _checks.path("speech", speech)
    _native.calibrate(folder, sound, _checks.whole("faces", faces), _checks.function("progress", progress))
    return next(folder.rglob("calibration.json"))


def _numbers(name: str, value: Any, count: int) -> list[int] | None:
    if value is None:
        return None
    try:
        numbers = [_checks.whole(name, number) for number in value]
    except TypeError:
        numbers = []
    if len(numbers) != count:
        raise BadUse(name, f"is {value!r}", f"give {count} whole numbers")
    return numbers
