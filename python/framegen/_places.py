# _places.py: where avatars lie, and which one a word means; the order is the program's (docs/cli.md).
from __future__ import annotations

import os
from pathlib import Path

from ._checks import path as path_of
from .errors import BadAvatar


def _search_path() -> list[Path]:
    here = Path(__file__).resolve().parent
    places = [Path(".")]
    places += [Path(folder) for folder in os.environ.get("FRAMEGEN_AVATARS", "").split(":") if folder]
    places += [Path("avatars"), here / "avatars", here.parents[1] / "assets" / "avatars"]
    places += [Path("/usr/local/share/framegen/avatars"), Path("/usr/share/framegen/avatars")]
    return places


def _is_avatar(folder: Path) -> bool:
    return os.path.isfile(folder / "avatar.json")


def face_networks() -> Path | None:
    """The folder of the networks that find a face in a film."""
    here = Path(__file__).resolve().parent
    places = [here / "face", here.parents[1] / "assets" / "face", Path("/usr/local/share/framegen/face"), Path("/usr/share/framegen/face")]
    return next((place for place in places if (place / "detector.onnx").is_file()), None)


def avatars() -> dict[str, Path]:
    """Avatars by name, with their folders: what ``Avatar(name)`` finds.

    >>> import framegen
    >>> "ava" in framegen.avatars()
    True
    """
    found: dict[str, Path] = {}
    for place in _search_path():
        try:
            folders = sorted(place.iterdir())
        except OSError:
            continue
        for folder in folders:
            if _is_avatar(folder):
                found.setdefault(folder.name, folder)
    return found


def avatar_named(word: str) -> Path | None:
    if not word or word in (".", "..") or "/" in word or "\0" in word:
        return None
    return next((place / word for place in _search_path() if _is_avatar(place / word)), None)


def avatar_folder(given: object) -> str:
    """The folder that a name or a path means; of None ``FRAMEGEN_AVATAR``, else ava."""
    word = path_of("avatar", given) or os.environ.get("FRAMEGEN_AVATAR") or "ava"
    named = avatar_named(word)
    if named is not None:
        return str(named)
    if "/" in word or os.path.isdir(word):
        return word
    there = ", ".join(sorted(avatars())) or "none"
    raise BadAvatar(word, "is neither a folder with an avatar.json nor the name of an avatar", f"there is: {there}")
