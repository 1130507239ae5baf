# files.py: whole speeches into files: render, batch, and long ones in parts.
from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from . import _checks, _native
from ._places import avatar_folder, avatar_named
from .avatar import Avatar, Blend, Engine, _engine
from .errors import BadUse, Error

AvatarLike = Avatar | _checks.Path | None


def _avatar(given: AvatarLike, engine: Engine | None) -> Avatar:
    if not isinstance(given, Avatar):
        return Avatar(given, engine)
    if engine is not None and engine is not given.engine:
        raise BadUse("engine", "is not the avatar's own", "give one of the two")
    return given


@dataclass(frozen=True)
class RenderReport:
    """What a render made, and where the time went.

    Attributes:
        frames: pictures.
        elapsed_s: seconds; frames_per_second: pictures by them.
        speech_s: length of the sound that was read, in seconds.
        frames_sha256: of all pixels, where a hash was asked for, else empty.
        details: the program's whole report (``framegen render --report``).
    """

    frames: int
    elapsed_s: float
    frames_per_second: float
    speech_s: float
    frames_sha256: str
    details: dict[str, Any] = field(repr=False)


def render(
    audio: _checks.Path,
    video: _checks.Path | None = None,
    *,
    avatar: AvatarLike = None,
    engine: Engine | None = None,
    frames_folder: _checks.Path | None = None,
    frames_format: Literal["png", "jpg"] = "png",
    overwrite_frames_folder: bool = False,
    raw: _checks.Path | None = None,
    raw_format: Literal["bgr24", "y4m"] = "bgr24",
    hash: _checks.Path | None = None,
    first_frame: int = 0,
    end_frame: int | None = None,
    start_frame: int = 0,
    crf: int = 20,
    preset: str = "veryfast",
    mark: bool = True,
    blend: Blend = "reference",
    progress: Callable[[int, int | None, float], object] | None = None,
) -> RenderReport:
    """A speech into a video, numbered pictures, raw frames or hashes.

    Outputs appear under their names only when they are whole; one that exists is replaced.

    Args:
        audio: any container and codec that FFmpeg reads.
        video: .mp4, .mov or .mkv.
        avatar: a name, a folder, or an :class:`Avatar` that is open already; None: ava.
        frames_folder: for numbered pictures.
        raw: a file for raw frames.
        hash: a file for the SHA-256 of each frame and of all.
        first_frame, end_frame: these frames alone, the end not among them; as they are in the whole speech (the program's ``--range``).
        start_frame: first template frame of the presenter's loop.
        crf: quality of the video, 0 (lossless) … 51.
        preset: speed of the video's encoder.
        mark: say in the video's metadata that the picture is generated.
        progress: called about ten times a second with frames done, frames in all (None: not known yet) and seconds; False stops.

    Raises:
        BadInput (the audio), BadAvatar, BadOutput, BadUse, Cancelled (progress returned False), and what progress raises.
    """
    job = {
        "audio": _checks.path("audio", audio) if audio is not None else _missing("audio"),
        "video": _checks.path("video", video),
        "frames_folder": _checks.path("frames_folder", frames_folder),
        "frames_format": _checks.word("frames_format", frames_format),
        "overwrite_frames_folder": _checks.flag("overwrite_frames_folder", overwrite_frames_folder),
        "raw": _checks.path("raw", raw),
        "raw_format": _checks.word("raw_format", raw_format),
        "hash": _checks.path("hash", hash),
        "first_frame": _checks.frame_number("first_frame", first_frame),
        "end_frame": None if end_frame is None else _checks.frame_number("end_frame", end_frame),
        "start_frame": _checks.whole("start_frame", start_frame),
        "crf": _checks.whole("crf", crf),
        "preset": _checks.word("preset", preset),
        "mark": _checks.flag("mark", mark),
        "blend": _checks.word("blend", blend),
    }
    progress = _checks.function("progress", progress)
    presenter = _avatar(avatar, engine)
    details = json.loads(_native.render(presenter._native, job, progress))
    presenter.engine._tell_warnings()
    return RenderReport(
        frames=details["frames"],
        elapsed_s=details["elapsed_s"],
        frames_per_second=details["frames_per_second"],
        speech_s=details["speech_s"],
        frames_sha256=details.get("frames_sha256", ""),
        details=details,
    )


def _missing(name: str) -> str:
    raise BadUse(name, "is None", "give a path")


def speech_frames(audio: _checks.Path) -> int:
    """How many pictures a speech has: its sound is decoded to the end.

    Raises:
        BadInput: it is no sound.
    """
    return _native.speech_frames(_checks.path("audio", audio) if audio is not None else _missing("audio"))


def split_frames(frames: int, parts: int) -> list[tuple[int, int | None]]:
    """Pictures 0 … frames−1 as ranges that differ by one picture at most, for :func:`render`'s first_frame and end_frame.

    >>> split_frames(10, 3)
    [(0, 4), (4, 7), (7, 10)]
    """
    return _native.split_frames(_checks.whole("frames", frames, 0, 10**12), _checks.whole("parts", parts, 1, 100_000))


def join(
    parts: Sequence[_checks.Path],
    audio: _checks.Path,
    video: _checks.Path,
    *,
    mark: bool = True,
    progress: Callable[[int, int], object] | None = None,
) -> int:
    """Videos of ranges of one speech as one video, pictures copied as they are encoded; gives the number of pictures."""
    if not isinstance(parts, (list, tuple)):
        raise BadUse("parts", "is no list", "give a list of paths")
    files = [_checks.path("parts", part) for part in parts]
    names = [_checks.path(name, value) or _missing(name) for name, value in (("audio", audio), ("video", video))]
    return _native.join(files, names[0], names[1], _checks.flag("mark", mark), _checks.function("progress", progress))


@dataclass(frozen=True)
class BatchResult:
    """A job that is done. ``line`` is its place in the list, from 1; ``skipped``: it was whole already."""

    line: int
    output: str
    skipped: bool
    frames: int
    elapsed_s: float
    sha256: str


@dataclass(frozen=True)
class BatchReport:
    """What a batch made; ``failures`` has line, name and error of each job that could not be done."""

    results: list[BatchResult]
    failures: list[tuple[int, str, Error]]
    elapsed_s: float
    peak_memory_bytes: int

    @property
    def frames(self) -> int:
        """Pictures that this run made."""
        return sum(result.frames for result in self.results if not result.skipped)


def batch(
    jobs: _checks.Path | Iterable[Mapping[str, Any] | _checks.Path],
    folder: _checks.Path,
    *,
    avatar: _checks.Path | None = None,
    engine: Engine | None = None,
    resume: bool = False,
    journal: str = "batch.jsonl",
    at_once: int = 0,
    shard: int = 0,
    shards: int = 1,
    crf: int = 20,
    preset: str = "veryfast",
    progress: Callable[[int, int, int], object] | None = None,
) -> BatchReport:
    """Many speeches in one process: avatars opened once, jobs spread over the cores, a journal to go on from.

    Args:
        jobs: a job list's file (docs/farm.md), or an iterable of audio files and of mappings with the keys ``audio`` and, as they
            are wanted, ``avatar``, ``output``, ``hash``, ``range``, ``start_frame``, ``crf``, ``preset``, ``mark``.
        folder: where videos and journal go.
        avatar: for jobs that name none; None: ava.
        resume: skip what a journal of the folder proves to be whole.
        at_once: jobs side by side, 1 … 256; 0: one for each thread, at most 8.
        shard, shards: this machine's part of the list.
        progress: called about ten times a second with jobs done, jobs in all and frames done; False stops.

    A job that fails stops no other: it is among the report's failures.
    """
    options = {
        "folder": _checks.path("folder", folder) if folder is not None else _missing("folder"),
        "avatar": str(Path(avatar_folder(avatar)).resolve()),
        "resume": _checks.flag("resume", resume),
        "journal": _checks.word("journal", journal),
        "at_once": _checks.whole("at_once", at_once),
        "shard": _checks.whole("shard", shard),
        "shards": _checks.whole("shards", shards),
        "crf": _checks.whole("crf", crf),
        "preset": _checks.word("preset", preset),
    }
    text, name = _job_list(jobs)
    threads = _engine(engine)
    find = lambda word: str(avatar_named(word) or "")  # noqa: E731
    facts = _native.batch(threads._native, text, name, options, find, _checks.function("progress", progress))
    threads._tell_warnings()
    return BatchReport(
        [BatchResult(**result) for result in facts["results"]], facts["failures"], facts["elapsed_s"], facts["peak_memory_bytes"]
    )


def _job_list(jobs: Any) -> tuple[str, str]:
    """The list's text and the name that stands for its file."""
    if isinstance(jobs, (str, bytes, Path)) or hasattr(jobs, "__fspath__"):
        name = _checks.path("jobs", jobs)
        try:
            return Path(name).read_text(encoding="utf-8"), name
        except (OSError, UnicodeDecodeError) as error:
            raise BadUse("jobs", f"{name} cannot be read: {error}", "give a job list") from None
    try:
        given = iter(jobs)
    except TypeError:  # as of an array without dimensions, too
        raise BadUse("jobs", f"is a {type(jobs).__name__}", "give a job list's file, or an iterable of jobs") from None
    lines = []
    for job in given:
        facts = dict(job) if isinstance(job, Mapping) else {"audio": job}
        facts = {key: _checks.path(str(key), value) if hasattr(value, "__fspath__") else value for key, value in facts.items()}
        try:
            lines.append(json.dumps(facts))
        except (TypeError, ValueError) as error:
            raise BadUse("jobs", f"job {len(lines) + 1} is none: {error}", "see help(framegen.batch)") from None
    return "\n".join(lines) + "\n", "jobs.jsonl"
