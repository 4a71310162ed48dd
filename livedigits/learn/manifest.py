"""Manifest: a list of pictures and recordings with what they show."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from livedigits.errors import DataError

UNKNOWN = "unknown"
"""Surface or tier of a picture whose manifest does not tell."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture or recording and what can be read in it.

    Attributes:
        name: of its file, as the manifest has it.
        path: of its file.
        lines: its rows of digits; none in a picture without digits.
        optional: rows that may be read or not, printed ones on a form for one.
        scattered: digits lie about, so that each is a line of its own.
        surface: what it is written on.
        tier: the group of pictures that it belongs to.
    """

    name: str
    path: Path
    lines: tuple[str, ...]
    optional: tuple[str, ...] = ()
    scattered: bool = False
    surface: str = UNKNOWN
    tier: str = UNKNOWN


def load_manifest(path: Path, *, tier: str | None = None) -> list[Photo]:
    """Loads a list of pictures with what they show.

    Args:
        path: a JSON file with a list of objects, or the folder where it is called manifest.json.
            Each object has `file`, relative to the list, and `lines`; it may have `optional`,
            `layout` ("scattered"), `surface` and `tier`.
        tier: take the pictures of this tier alone.

    Raises:
        DataError: there is no such list, it is something else, or has no such tier.
    """
    file = path / "manifest.json" if path.is_dir() else path
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"{file}: is no JSON: {error}") from None
    if not isinstance(entries, list) or not entries:
        raise DataError(f"{file}: is no list of pictures, each with its file and lines")
    photos = [_photo(entry, number, file) for number, entry in enumerate(entries, start=1)]
    chosen = [i for i in photos if tier in (None, i.tier)]
    if not chosen:
        tiers = ", ".join(sorted({i.tier for i in photos}))
        raise DataError(f"{file}: has no tier {tier}; it has {tiers}")
    return chosen


def _photo(entry: Any, number: int, manifest: Path) -> Photo:
    if not isinstance(entry, dict) or not isinstance(entry.get("file"), str) or not entry["file"]:
        raise DataError(f"{manifest}: entry {number} names no file")
    name = entry["file"]
    if "lines" not in entry:
        raise DataError(f"{manifest}: {name}: has no lines; [] says that it shows no digit")
    return Photo(
        name=name,
        path=manifest.parent / name,
        lines=_texts(entry, "lines", manifest),
        optional=_texts(entry, "optional", manifest),
        scattered=entry.get("layout") == "scattered",
        surface=str(entry.get("surface") or UNKNOWN),
        tier=str(entry.get("tier") or UNKNOWN),
    )


def _texts(entry: dict[str, Any], key: str, manifest: Path) -> tuple[str, ...]:
    texts = entry.get(key) or []
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise DataError(f"{manifest}: {entry['file']}: {key} is no list of texts")
    return tuple(texts)
