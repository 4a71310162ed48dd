"""Figures of `livedigits evaluate`, as tables for people and as JSON for programs."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from livedigits.learn.calibration import Bin, expected_error
from livedigits.learn.evaluate import DigitFigures
from livedigits.learn.photos import PhotoFigures, PhotoScore, Tally

_SHARES = ("digit_error_rate", "exact_lines", "perfect_pictures")


def digits_json(figures: DigitFigures) -> dict[str, Any]:
    """Figures of patches, ready for `json.dumps`."""
    return {
        "count": figures.count,
        "accuracy": figures.accuracy,
        "loss": figures.loss,
        "digit_error": figures.digit_error,
        "calibration_error": figures.calibration_error,
        "classes": [dataclasses.asdict(i) for i in figures.classes],
        "confusion": figures.confusion.tolist(),
        "calibration": [dataclasses.asdict(i) for i in figures.calibration],
    }


def photos_json(figures: PhotoFigures) -> dict[str, Any]:
    """Figures of pictures, ready for `json.dumps`."""
    overall = _tally_json(figures.overall)
    del overall["name"]
    return {
        **overall,
        "negatives": figures.negatives,
        "clean_negatives": figures.clean_negatives,
        "false_digits": figures.false_digits,
        "false_digits_a_negative": figures.false_digits_a_negative,
        "unread": figures.unread,
        "median_ms": None if figures.seconds is None else round(1000 * figures.seconds, 2),
        "calibration_error": expected_error(figures.calibration),
        "surfaces": [_tally_json(i) for i in figures.surfaces],
        "tiers": [_tally_json(i) for i in figures.tiers],
        "calibration": [dataclasses.asdict(i) for i in figures.calibration],
    }


def row_json(score: PhotoScore) -> dict[str, Any]:
    """One picture, ready for `json.dumps`."""
    return {
        "file": score.photo.name,
        "digits": score.digits,
        "errors": score.errors,
        "truth": list(score.photo.lines),
        "read": list(score.read),
        "unread": score.seconds is None,
    }


def digits_table(figures: DigitFigures) -> str:
    """Figures of patches."""
    right = int(figures.confusion.trace())
    summary = [
        ("accuracy", _percent(figures.accuracy), f"{right} of {figures.count}"),
        ("error among digits", _percent(figures.digit_error), '"not a digit" left out'),
        ("loss", f"{figures.loss:.4f}", "mean negative log-likelihood"),
        ("calibration error", _percent(figures.calibration_error), "expected"),
    ]
    classes: list[tuple[str, ...]] = [("digit", "count", "accuracy", "precision", "not a digit")]
    for i in figures.classes:
        shares = (_percent(j) for j in (i.accuracy, i.precision, i.rejected))
        classes.append((i.value, str(i.count), *shares))
    names = (*map(str, range(10)), "none")
    confusion = [("read as", *names)]
    for name, row in zip(names, figures.confusion.tolist(), strict=False):
        confusion.append((f"written {name}", *(str(i) if i else "." for i in row)))
    return "\n\n".join((_summary(summary), _columns(classes), _columns(confusion)))


def photos_table(figures: PhotoFigures) -> str:
    """Figures of pictures; parts of which there are none are left out."""
    overall = figures.overall
    summary = []
    if overall.pictures:
        pictures = f"{overall.perfect} of {overall.pictures}"
        summary += [
            (
                "digit error rate",
                _percent(overall.digit_error_rate),
                f"{overall.errors} errors, {overall.digits} digits",
            ),
            ("exact lines", _percent(overall.exact_lines), f"{overall.exact} of {overall.lines}"),
            ("perfect pictures", _percent(overall.perfect_pictures), pictures),
        ]
    if figures.negatives:
        clean = f"{figures.false_digits} digits, {figures.clean_negatives} of {figures.negatives}"
        false = f"{figures.false_digits_a_negative:.3f}"
        summary.append(("false digits", false, f"a picture without any: {clean} clean"))
    if figures.unread:
        unread = "could not be read and count as if nothing was read in them"
        summary.append(("unread", str(figures.unread), unread))
    if figures.seconds is not None:
        summary.append(("time a picture", f"{1000 * figures.seconds:.1f} ms", "median"))
    error = expected_error(figures.calibration)
    if error is not None:
        summary.append(("calibration error", _percent(error), "expected, of reported digits"))
    parts = [_summary(summary)]
    for name, tallies in (("surface", figures.surfaces), ("tier", figures.tiers)):
        if len(tallies) > 1:
            parts.append(_tallies(name, tallies))
    if figures.calibration:
        parts.append(_calibration(figures.calibration))
    return "\n\n".join(parts)


def row_text(score: PhotoScore) -> str:
    """One picture that was not read perfectly, with truth and reading."""
    wrong = f"{score.errors} of {score.digits} wrong" if score.digits else f"{score.errors} false"
    if score.seconds is None:
        wrong = "unread"
    truth, read = (" | ".join(i) or "nothing" for i in (score.photo.lines, score.read))
    return f"{score.photo.name}: {wrong}: {truth} -> {read}"


def _tally_json(tally: Tally) -> dict[str, Any]:
    return {**dataclasses.asdict(tally), **{name: getattr(tally, name) for name in _SHARES}}


def _tallies(name: str, tallies: Sequence[Tally]) -> str:
    rows: list[tuple[str, ...]] = [
        (name, "pictures", "digits", "digit error rate", "exact lines", "perfect pictures")
    ]
    for i in tallies:
        shares = (_percent(getattr(i, share)) for share in _SHARES)
        rows.append((i.name, str(i.pictures), str(i.digits), *shares))
    return _columns(rows)


def _calibration(bins: Sequence[Bin]) -> str:
    rows = [("confidence", "reported", "mean", "right")]
    for i in bins:
        edges = f"{100 * i.lower:.0f} to {100 * i.upper:.0f} %"
        rows.append((edges, str(i.count), _percent(i.confidence), _percent(i.accuracy)))
    return _columns(rows)


def _summary(rows: Sequence[tuple[str, str, str]]) -> str:
    return "\n".join(f"{name:18}  {value:>9}  {note}".rstrip() for name, value, note in rows)


def _columns(rows: Sequence[tuple[str, ...]]) -> str:
    """A table with its first column to the left and the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows
    )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.2f} %"
