# errors.py: one exception for each kind of error, with the same one line that the program says.
"""Exceptions of framegen: one class for each kind, all of them :class:`Error`."""

from __future__ import annotations

import re

__all__ = ["Error", "Internal", "BadUse", "BadInput", "BadAvatar", "BadOutput", "Cancelled"]


_LINES = re.compile(r"\s*[\r\n]\s*")


class Error(Exception):
    """What went wrong, in one line: ``where: what; remedy``.

    Attributes:
        where: file, place in a file, argument.
        what: what is wrong, in one clause.
        why: whose fault it is, in words; the same for all errors of a class.
        remedy: what you can do; empty where nothing sensible can be said.
        exit_code: what the program ``framegen`` would exit with.
    """

    why = "something went wrong"
    exit_code = 1

    def __init__(self, where: str, what: str = "", remedy: str = "") -> None:
        where, what, remedy = (_LINES.sub(" ", text) for text in (where, what, remedy))  # others' words, within ours, may have several
        line = where + (": " if where and what else "") + what + ("; " + remedy if remedy else "")
        super().__init__(line)
        self.where = where
        self.what = what
        self.remedy = remedy

    def __reduce__(self) -> tuple[type[Error], tuple[str, str, str]]:
        return (type(self), (self.where, self.what, self.remedy))


class Internal(Error, RuntimeError):
    """A fault of framegen's own, or the machine refused memory or threads."""

    why = "a fault of framegen's own, or the machine refused memory or threads"


class BadUse(Error, ValueError):
    """The arguments contradict each other, are of the wrong type or out of range."""

    why = "the arguments contradict each other, are of the wrong type or out of range"
    exit_code = 2


class BadInput(Error, ValueError):
    """The audio or another given file cannot be read as what it should be."""

    why = "the audio or another given file cannot be read as what it should be"
    exit_code = 3


class BadAvatar(Error, ValueError):
    """The avatar or one of its networks is missing or broken."""

    why = "the avatar or one of its networks is missing or broken"
    exit_code = 4


class BadOutput(Error, OSError):
    """The output cannot be written."""

    why = "the output cannot be written"
    exit_code = 5

    def __str__(self) -> str:
        return str(self.args[0])


class Cancelled(Error):
    """A progress function returned False."""

    why = "the caller asked to stop"
    exit_code = 130


_KINDS: dict[int, type[Error]] = {kind.exit_code: kind for kind in (Internal, BadUse, BadInput, BadAvatar, BadOutput, Cancelled)}

# Names of the C++ API and of the command line, as Python says them: longer ones first.
_WORDS = [
    ("EngineOptions::memory_budget_bytes", "memory_mb"),
    ("EngineOptions::keep_image_parts_on_disk", "cache"),
    ("JoinJob::", "join: "),
    ("Avatar::open", "Avatar"),
    ("--landmark-points", "landmark_points"),
    ("--memory-mb", "memory_mb"),
    ("--latency", "low_latency"),
    ("--smooth", "smoothing"),
    ("--frames-dir", "frames_folder"),
    ("--overwrite", "overwrite_frames_folder=True"),
    ("--replace", "replace=True"),
    ("--range", "first_frame, end_frame"),
    ("--rate", "sample_rate_hz"),
    ("--output", "video"),
]
_CLASS = re.compile(r"\b(?:Engine|Session|Live|Calibrate|Batch|BatchList)Options::|\b(?:Render|Import)Job::")
_MEMBER = re.compile(r"\b([A-Z]\w+)::(\w)")
_FLAG = re.compile(r"(?<![\w-])--([a-z][a-z-]*)")


def in_words(text: str) -> str:
    """Names of the C++ API and of the command line become arguments of Python's.

    >>> in_words("EngineOptions::threads is out of range; give 1 … 1024")
    'threads is out of range; give 1 … 1024'
    >>> in_words("--image-parts wants a word")
    'image_parts wants a word'
    """
    for name, words in _WORDS:
        text = text.replace(name, words)
    text = _MEMBER.sub(r"\1.\2", _CLASS.sub("", text))
    return _FLAG.sub(lambda found: found[1].replace("-", "_"), text)


def from_native(code: int, where: str, what: str, remedy: str) -> Error:
    """The exception of a Result's error; ``code`` is its kind's exit code."""
    return _KINDS.get(code, Internal)(in_words(where), in_words(what), in_words(remedy))
