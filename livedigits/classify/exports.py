"""Exports: the fast form of a user's model, kept in the user's cache folder for the next start."""

import hashlib
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import platformdirs

from livedigits.classify.card import ModelCard, card_path, sha256
from livedigits.classify.formats import ModelFile
from livedigits.classify.options import ModelOptions
from livedigits.errors import ModelError

CACHE_VARIABLE = "LIVEDIGITS_CACHE"
"""Names another folder than the platform's own for caches."""

_FORM = "1"
"""Of the entries; a change of how models are loaded or probed makes older ones useless."""

_KEPT = 20
"""Models at most; the least recently used go."""

_LARGEST = 200_000_000
"""Bytes of an export that is worth keeping."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a model from an earlier start.

    Attributes:
        card: with all that was found by probing.
        export: its LiteRT form; None for a model that is LiteRT itself.
    """

    card: ModelCard
    export: Path | None


def cache_folder() -> Path:
    """Where exports are kept: `$LIVEDIGITS_CACHE`, else in the user's cache folder."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen) if chosen else platformdirs.user_cache_path("livedigits", appauthor=False)


def key_of(model: ModelFile, options: ModelOptions) -> str:
    """Names a model with everything that changes what it says: its files, its card, the options."""
    digest = hashlib.sha256(_FORM.encode())
    for file in (*model.files, card_path(model.path)):
        digest.update(f"{file.name} {sha256(file) if file.is_file() else ''}\n".encode())
    said = (options.scaling, options.polarity, options.architecture, options.allow_code)
    digest.update(repr(said).encode())
    return digest.hexdigest()[:32]


def recall(key: str) -> Kept | None:
    """What is kept under a key; None if nothing is, or it is damaged."""
    path = cache_folder() / f"{key}.json"
    try:
        card = ModelCard.load(path)
        os.utime(path)
    except (ModelError, OSError):
        return None
    if not card.files:
        return Kept(card, None)
    export = path.with_suffix(".tflite")
    whole = export.is_file() and card.files.get(export.name) == sha256(export)
    return Kept(card, export) if whole else None


def keep(key: str, card: ModelCard, export: bytes | None) -> None:
    """Keeps what was found; where nothing can be written, nothing is kept.

    Args:
        key: from `key_of`.
        card: with all that was found by probing.
        export: its LiteRT form; None for a model that is LiteRT itself.
    """
    if export is not None and len(export) > _LARGEST:
        return
    path = cache_folder() / f"{key}.json"
    files = {}
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        if export is not None:
            _write(path.with_suffix(".tflite"), export)
            files = {f"{key}.tflite": hashlib.sha256(export).hexdigest()}
        _write(path, replace(card, files=files).text().encode())
        _drop_oldest(path.parent)


def _write(path: Path, content: bytes) -> None:
    """Writes a file whole or not at all, whoever else writes it at the same time."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as partial:
        partial.write(content)
    Path(partial.name).replace(path)


def _drop_oldest(folder: Path) -> None:
    cards = sorted(folder.glob("*.json"), key=lambda i: i.stat().st_mtime, reverse=True)
    for card in cards[_KEPT:]:
        card.with_suffix(".tflite").unlink(missing_ok=True)
        card.unlink(missing_ok=True)
