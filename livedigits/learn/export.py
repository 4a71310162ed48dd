"""Export: a model to the forms that other programs run, checked against the model itself."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from livedigits.classify import Classifier, ModelCard, load_model
from livedigits.classify.card import card_path, sha256
from livedigits.classify.classifier import Probabilities
from livedigits.classify.engines import Engine, KerasEngine, LiteRTEngine
from livedigits.classify.formats.loaded import LoadedModel, first_line, size_of
from livedigits.classify.loading import AGREEMENT
from livedigits.classify.probe import reference_accuracy
from livedigits.classify.quiet import quiet_tensorflow
from livedigits.classify.shipped import reference_patches
from livedigits.errors import ModelError, OutputError
from livedigits.learn.forms import Form, Precision, litert_file, write_serving_model
from livedigits.present.sink import writing


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What is to be exported.

    Attributes:
        out: a .tflite file, which is replaced; or a folder of SavedModels, which gets another
            version under the next number, as TensorFlow Serving has it.
        to: the form.
        precision: of a LiteRT file.
        command: the command line, for the card.
    """

    out: Path
    to: Form = "litert"
    precision: Precision = "float32"
    command: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """How far an export is from its source, on the reference digits.

    Attributes:
        changed: share of the digits of which it says something else.
        greatest: of two probabilities.
        mean: of all probabilities.
    """

    changed: float
    greatest: float
    mean: float

    @classmethod
    def between(cls, one: Probabilities, other: Probabilities) -> "Difference":
        """That of two classifiers' `(n, 11)` probabilities of the same patches."""
        gaps = np.abs(one - other)
        changed = one.argmax(axis=1) != other.argmax(axis=1)
        return cls(float(changed.mean()), float(gaps.max()), float(gaps.mean()))

    def within(self, limit: "Difference") -> bool:
        """Whether none of it is larger than that of another; what is no number is larger."""
        return (
            self.changed <= limit.changed
            and self.greatest <= limit.greatest
            and self.mean <= limit.mean
        )


LIMITS: dict[Precision, Difference] = {
    # A tie of two digits may be decided otherwise by the last bit.
    "float32": Difference(changed=0.005, greatest=AGREEMENT, mean=AGREEMENT),
    # Weights keep 11 bits of 24, so a doubtful digit may become somewhat more or less so.
    "float16": Difference(changed=0.01, greatest=0.05, mean=AGREEMENT),
    # They keep 8, and sums are whole: a digit in doubt may change, hardly one in a thousand.
    "dynamic": Difference(changed=0.005, greatest=0.1, mean=AGREEMENT),
    # All between the layers keeps 8 as well, which costs a sound network less than one answer in
    # a hundred.
    "int8": Difference(changed=0.03, greatest=1.0, mean=0.02),
}
"""How far an export may be from its source."""

SHARING: tuple[Precision, ...] = ("float32", "dynamic")
"""What is so near to its source that one card, with its figures, holds for both."""


@dataclass(frozen=True, slots=True)
class Exported:
    """An export that was written.

    Attributes:
        path: the file, or the folder of the version.
        card_path: of its card.
        card: what that says.
        difference: to its source.
        size: bytes on disk.
    """

    path: Path
    card_path: Path
    card: ModelCard
    difference: Difference
    size: int


def check_target(origin: Path, options: ExportOptions) -> None:
    """Refuses what could not be put into place, before the long work begins.

    Args:
        origin: the path of the source.
        options: of the export.

    Raises:
        OutputError: see `export`.
    """
    with writing(options.out), TemporaryDirectory(dir=_room(options.out), prefix="."):
        target = _target(options)
        _check_card(origin, target, options)


def export(
    source: Classifier,
    options: ExportOptions,
    guard: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Exported:
    """Writes a model in another form, with its card, provided that it says the same as before.

    A LiteRT file may lie beside its source under the same name. They share a card then, so it has
    to say nearly the same, see `SHARING`.

    Args:
        source: on the Keras engine.
        options: what to export to where.
        guard: held while files are put into place.

    Raises:
        ModelError: the source has no such form.
        OutputError: it cannot be written, would take another model's card, or says something else
            than its source.
    """
    assert isinstance(source.engine, KerasEngine)
    loaded = source.engine.loaded
    origin = loaded.path
    check_target(origin, options)
    target = _target(options)
    # On the disk of the target, so that what is whole can be put into place by its name alone.
    with writing(options.out), TemporaryDirectory(dir=_room(options.out), prefix=".") as folder:
        made = Path(folder) / target.name
        copy = Classifier(_make(source, loaded, made, options), source.card)
        patches = reference_patches()
        difference = Difference.between(source(patches), copy(patches))
        _check(difference, origin, options)
        files = [i for i in (made, *sorted(made.rglob("*"))) if i.is_file()]
        size = size_of(files)
        figures = _figures(difference, copy, origin)
        if _shares_card(origin, target):
            card = _shared(source.card, figures, [origin, *files])
        else:
            card = _own(source.card, figures, options, files, made)
        with guard():
            target.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(card_path(target), card.text().encode())
            made.replace(target)
    return Exported(target, card_path(target), card, difference, size)


def write_atomically(path: Path, content: bytes) -> None:
    """Writes a file whole or not at all."""
    with TemporaryDirectory(dir=path.parent, prefix=".") as folder:
        partial = Path(folder) / path.name
        partial.write_bytes(content)
        partial.replace(path)


def _room(out: Path) -> Path:
    """A folder on the same disk that is there already."""
    if out.suffix == ".tflite":
        return out.parent
    return next((i for i in (out, *out.parents) if i.is_dir()), out.parent)


def _target(options: ExportOptions) -> Path:
    """What is written: the file, or the folder of the next version."""
    out = options.out
    if options.to == "litert":
        if out.suffix != ".tflite":
            raise OutputError(f"{out}: is no name of a LiteRT file; name one that ends in .tflite")
        if out.is_dir():
            raise OutputError(f"{out}: is a folder; name a file in it")
        return out
    if any(out.glob("saved_model.pb*")):
        raise OutputError(f"{out}: is a SavedModel itself; name a folder to put versions into")
    if out.is_file():
        raise OutputError(f"{out}: is a file; name a folder to put versions into")
    versions = [int(i.name) for i in out.glob("[0-9]*") if i.name.isdecimal()]
    return out / str(max(versions, default=0) + 1)


def _check_card(origin: Path, target: Path, options: ExportOptions) -> None:
    """Refuses to take the card of another model."""
    path = card_path(target)
    if _shares_card(origin, target):
        if options.precision not in SHARING:
            raise OutputError(
                f"{target}: would share the card {path.name} with {origin.name}, but of "
                f"{options.precision} it is another model; name it "
                f"{target.stem}-{options.precision}{target.suffix}, say"
            )
        free = ModelCard.beside(origin) is not None
    else:
        free = _is_of(path, target)
    if path.exists() and not free:
        raise OutputError(f"{path}: is there already and is not of {target.name}; use another name")


def _shares_card(origin: Path, target: Path) -> bool:
    return card_path(target).resolve() == card_path(origin).resolve()


def _is_of(card: Path, target: Path) -> bool:
    """Whether it is the card of an older export to there, and of nothing else."""
    try:
        return set(ModelCard.load(card).files) == {target.name}
    except ModelError:
        return False


def _make(source: Classifier, loaded: LoadedModel, made: Path, options: ExportOptions) -> Engine:
    """Writes the export and gets it to run.

    Raises:
        ModelError: there is no such form of the model, or it does not run.
    """
    try:
        if options.to == "litert":
            samples = source.form(reference_patches())
            made.write_bytes(litert_file(loaded, options.precision, samples))
            return LiteRTEngine(made)
        write_serving_model(loaded, made, source.card.output)
        return KerasEngine(load_model(made))
    except OSError:
        raise
    except Exception as error:  # TensorFlow and its converter raise what they like
        form = f"{options.precision} LiteRT" if options.to == "litert" else "SavedModel"
        raise ModelError(f"{loaded.path}: has no {form} form: {first_line(error)}") from None


def _check(difference: Difference, origin: Path, options: ExportOptions) -> None:
    """Refuses an export that is another model."""
    if difference.within(LIMITS[options.precision]):
        return
    raise OutputError(
        f"{options.out}: not written: of the reference digits it reads "
        f"{100 * difference.changed:.1f} % otherwise than {origin.name}, and its probabilities "
        f"differ by {difference.mean:.2g} in the mean and {difference.greatest:.2g} at most; "
        f"{_ADVICE[options.precision]}"
    )


_ADVICE: dict[Precision, str] = {
    "float32": "use the model as it is",
    "float16": "try --precision float32",
    "dynamic": "try --precision float32",
    "int8": "try --precision dynamic",
}


def _figures(difference: Difference, copy: Classifier, origin: Path) -> dict[str, Any]:
    """What was measured of an export, for its card."""
    return {
        "reference_accuracy": round(reference_accuracy(copy), 4),
        "export_of": origin.name,
        "export_changed_answers": difference.changed,
        "export_greatest_difference": float(f"{difference.greatest:.3g}"),
        "export_mean_difference": float(f"{difference.mean:.3g}"),
    }


def _shared(card: ModelCard, figures: dict[str, Any], files: list[Path]) -> ModelCard:
    """The card of a source for its export as well, with which it lies under one name."""
    hashes = {i.name: sha256(i) for i in files if i.is_file()}
    return replace(card, figures=card.figures | figures, files=card.files | hashes)


def _own(
    card: ModelCard,
    figures: dict[str, Any],
    options: ExportOptions,
    files: list[Path],
    made: Path,
) -> ModelCard:
    """The card of an export by itself."""
    before = "" if options.precision == "float32" else "source_"
    known = {
        f"{before}{name}": value
        for name, value in card.figures.items()
        if not name.startswith("export_")
    }
    return replace(
        card,
        name=options.out.resolve().name.removesuffix(made.suffix),
        figures=known | figures,
        command=" && ".join(filter(None, (card.command, options.command))),
        versions=card.versions | {"tensorflow of the export": quiet_tensorflow().__version__},
        files={i.relative_to(made).as_posix() if i != made else i.name: sha256(i) for i in files},
    )
