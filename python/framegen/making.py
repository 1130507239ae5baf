# making.py: other people's files into avatars, and preparing them: for int8, and a film for speeches.
from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from . import _checks, _native
from ._places import avatar_folder, face_networks
from .avatar import Precision
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
    face: int = 0,
    frames: tuple[int, int] | None = None,
    skip_lost: bool = False,
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
        generator, audio_encoder: the networks, as ONNX or PyTorch checkpoints. A film without them is spoken by ava's.
        face: in a film whose face is found by framegen itself, which of several: 1 … the most prominent first; 0: that one.
        frames: of a film at 25 a second, the first and one after the last; None: all, or the stillest stretch of at most 20 s in
            which the face that was found can be used.
        skip_lost: leave out frames in which the face cannot be used, wherever they lie.
        boxes, landmarks, landmark_model, landmark_points, box, smoothing: who knows where the face is in a film says it with one
            of them; box is x, y, width and height in pixels.
        licence: of the pictures.
        replace: an avatar that is already there.
        progress: called with template frames done and in all; False stops.

    Returns:
        The folder. Warnings, and what was found and chosen, go to the logger ``framegen``.
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
    job["face"] = _checks.whole("face", face)
    numbers = _numbers("frames", frames, 2)
    job["frames"] = None if numbers is None else tuple(numbers)
    job["skip_lost"] = _checks.flag("skip_lost", skip_lost)
    job["replace"] = _checks.flag("replace", replace)
    networks = face_networks() if video is not None else None
    job["networks"] = str(networks or "")
    own = generator is not None or audio_encoder is not None
    job["base_avatar"] = avatar_folder(None) if video is not None and not own else ""
    for key, word in (("video_frames", video_frames), ("audio_features", audio_features), ("name", name), ("licence", licence)):
        job[key] = _checks.word(key, word)
    warnings, notes = _native.import_avatar(job, _checks.function("progress", progress))
    for note in notes:
        _log.info("%s", note)
    for warning in warnings:
        _log.warning("%s", warning)
    return Path(job["output"])


@dataclass(frozen=True)
class Prepared:
    """What :func:`prepare` found and made.

    Attributes:
        frames: the avatar's template frames.
        were_there: of them prepared before; written: now. What is left found no room on the disk.
        bytes_per_frame: on the disk.
    """

    frames: int
    were_there: int
    written: int
    bytes_per_frame: int


def prepare(
    avatar: _checks.Path | None = None,
    *,
    precision: Precision = "fp32",
    threads: int = 0,
    memory_mb: int = 0,
    cpu: str = "",
    disk_mb: int = 0,
    progress: Callable[[int, int, float], object] | None = None,
) -> Prepared:
    """Computes once, onto the disk, what faces need of a film's template frames; who opens the avatar later reads it instead.

    Can be stopped, and goes on where it was. Pays for films of some hundred frames and more (docs/cli.md).

    Args:
        avatar: a name or a folder, whose ``cache/`` is written.
        precision, threads, memory_mb, cpu: as of the :class:`Engine` that will speak; with another choice it is not looked at.
        disk_mb: for all that lies in ``cache/``, 10⁶ bytes; 0: half of what the disk has free.
        progress: called with frames done, in all, and seconds left (0: not known yet); False stops.

    Raises:
        BadAvatar, BadOutput (the folder cannot be written), BadUse, Cancelled (progress returned False).
    """
    options = {
        "precision": _checks.word("precision", precision),
        "threads": _checks.whole("threads", threads),
        "memory_mb": _checks.whole("memory_mb", memory_mb, 0, 2**40),
        "cpu": _checks.word("cpu", cpu),
        "disk_mb": _checks.whole("disk_mb", disk_mb, 0, 2**40),
    }
    *counts, warnings = _native.prepare(avatar_folder(avatar), options, _checks.function("progress", progress))
    for warning in warnings:
        _log.warning("%s", warning)
    return Prepared(*counts)


def calibrate(
    avatar: _checks.Path | None, speech: _checks.Path, *, faces: int = 250, progress: Progress | None = None
) -> Path:
    """Prepares an avatar for ``precision="int8"`` and ``"auto"``: renders faces with a speech and writes the ranges of its network's
    numbers, and how like fp32's its faces are in bf16 and int8.

    Args:
        avatar: a name or a folder; an avatar that is open already does not see it.
        speech: any audio file; the more voices the better, ten seconds are enough.
        faces: how many are watched, 1 … 10,000; up to forty of them are compared.

    Returns:
        The file, calibration.json beside the avatar's generator.
    """
    folder = Path(avatar_folder(avatar))
    if speech is None:
        raise BadUse("speech", "is None", "give an audio file")
    sound = _checks.path("speech", speech)
    _native.calibrate(str(folder), sound, _checks.whole("faces", faces), _checks.function("progress", progress))
    return next(folder.rglob("calibration.json"))


def _numbers(name: str, value: Any, count: int) -> list[int] | None:
    if value is None:
        return None
    try:
        numbers = [_checks.whole(name, number) for number in value]
    except TypeError:
        numbers = []
    if len(numbers) != count:
        raise BadUse(name, f"is {_checks.shown(value)}", f"give {count} whole numbers")
    return numbers
