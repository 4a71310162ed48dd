"""`livedigits models`: what models there are, and what is to be known of one."""

import argparse
import dataclasses
import json
from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from livedigits.cli.console import Console
from livedigits.cli.options import Subparsers, add_command, add_loading_options, model_options_of
from livedigits.errors import ExitStatus, ModelError, SettingsError
from livedigits.hush import hushed

if TYPE_CHECKING:
    from livedigits.cli.facts import Facts, Timing
    from livedigits.cli.inventory import Entry

_DETAILS = """\
Lists the models at hand: those that come with livedigits, those in the current folder, and the fast
forms of models you have used, which are kept in your cache folder. None of them is opened that
would need TensorFlow for it.

With the path of a model it opens that one, shows it the reference digits, which come with
livedigits, and tells what it found: what pictures it takes, how many of the digits it reads, and
how fast it is on this machine.
"""

_EXAMPLES = """\
  livedigits models                           what is there
  livedigits models mine.h5                   what it takes and gives, how good and fast it is
  livedigits models weights.h5 --arch cnn     weights alone, with the network they belong to
  livedigits models --json | jq '.[].name'
"""


def add_parser(subparsers: Subparsers) -> None:
    """Adds the command."""
    parser = add_command(subparsers, "models", "list or describe models", _DETAILS, _EXAMPLES)
    parser.add_argument(
        "model",
        nargs="?",
        metavar="NAME|PATH",
        help="the one to describe: .keras, .h5, .tflite, a SavedModel folder or a checkpoint",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    add_loading_options(parser.add_argument_group("model"))
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> ExitStatus:
    """Lists all, or describes one."""
    options = model_options_of(args)

    from livedigits.classify import ModelOptions
    from livedigits.present.textfile import TextTarget

    figures: Any
    if args.model is None:
        if options != ModelOptions():
            raise SettingsError("what is said of a model goes with its path; give that, too")
        from livedigits.cli.inventory import at_hand

        entries = at_hand()
        figures, table = [_entry_json(i) for i in entries], _list(entries)
    else:
        from livedigits.classify.loading import model_path
        from livedigits.cli.facts import facts_of

        try:
            with nullcontext() if args.verbose else hushed():
                facts = facts_of(model_path(args.model), options)
        except ModelError as error:
            return unusable(error, args)
        figures, table = _facts_json(facts), _description(facts)
    TextTarget("-").write((json.dumps(figures, indent=2) if args.json else table) + "\n")
    return ExitStatus.DONE


def unusable(error: ModelError, args: argparse.Namespace) -> ExitStatus:
    """Tells why a model cannot be used: here it is the input, and not a wrong option."""
    Console.of(args).error(error)
    return ExitStatus.INPUT_FAILED


def _list(entries: Sequence["Entry"]) -> str:
    rows = [("name", "format", "size", "classes", "MNIST error", "path")]
    for i in entries:
        classes = "-" if i.classes is None else str(i.classes)
        error = "-" if i.mnist_error is None else f"{100 * i.mnist_error:.2f} %"
        rows.append((i.name, i.format, size_text(i.size), classes, error, str(i.path)))
    names, formats, *widths = (max(map(len, column)) for column in zip(*rows, strict=True))
    return "\n".join(
        f"{name:{names}}  {format:{formats}}  "
        + "".join(f"{i:>{width}}  " for i, width in zip(middle, widths, strict=False))
        + path
        for name, format, *middle, path in rows
    )


def _entry_json(entry: "Entry") -> dict[str, Any]:
    return {**dataclasses.asdict(entry), "path": str(entry.path)}


def _description(facts: "Facts") -> str:
    loaded, card = facts.loaded, facts.card
    parameters = "untold" if loaded.parameters is None else f"{loaded.parameters:,}"
    fast = facts.export_note if facts.export is None else f"{facts.export_note}: {facts.export}"
    rows = [
        ("model", card.name),
        ("path", loaded.path),
        ("format", loaded.format),
        ("size", f"{size_text(loaded.size)}, {parameters} parameters"),
        ("input", f"(n, {', '.join(map(str, loaded.input_shape))})"),
        ("pixels", f"{card.scaling}, {_ORIGINS[facts.scaling]}"),
        ("ink", f"{card.polarity}, {_ORIGINS[facts.polarity]}"),
        ("output", f"{card.output} of {len(card.classes)} classes: {', '.join(card.classes)}"),
        ("reference digits", f"{100 * facts.accuracy:.1f} % read rightly"),
        ("time a patch", *map(_timing_text, facts.timings)),
        ("fast form", fast),
        ("card", facts.card_path or "none"),
    ]
    if facts.card_path is not None:
        rows += [
            ("temperature", f"{card.temperature:g}"),
            ("reported from", f"{card.reject_threshold:g}"),
            ("figures", *(f"{name}: {value}" for name, value in card.figures.items())),
            ("training data", *card.training_data),
            ("made by", card.command or "untold"),
        ]
    return "\n".join(
        f"{'' if n else name:16}  {line}" for name, *lines in rows for n, line in enumerate(lines)
    )


_ORIGINS = {
    "given": "as given",
    "card": "by its card",
    "found": "found by showing it digits",
    "assumed": "taken for granted: it reads digits in no form",
}


def _timing_text(timing: "Timing") -> str:
    from livedigits.cli.facts import BATCH

    return f"{timing.engine}: {timing.in_batch:.3f} ms among {BATCH}, {timing.alone:.3f} ms alone"


def _facts_json(facts: "Facts") -> dict[str, Any]:
    loaded, card = facts.loaded, facts.card
    return {
        "name": card.name,
        "path": str(loaded.path),
        "format": loaded.format,
        "size": loaded.size,
        "parameters": loaded.parameters,
        "input_shape": loaded.input_shape,
        "scaling": card.scaling,
        "scaling_from": facts.scaling,
        "polarity": card.polarity,
        "polarity_from": facts.polarity,
        "output": card.output,
        "classes": card.classes,
        "reference_accuracy": facts.accuracy,
        "ms_a_patch": {
            i.engine: {"alone": round(i.alone, 4), "in_batch": round(i.in_batch, 4)}
            for i in facts.timings
        },
        "export": None if facts.export is None else str(facts.export),
        "export_note": facts.export_note,
        "card": None if facts.card_path is None else str(facts.card_path),
        "temperature": card.temperature,
        "reject_threshold": card.reject_threshold,
        "figures": card.figures,
        "training_data": card.training_data,
        "command": card.command,
        "versions": card.versions,
    }


def size_text(size: int) -> str:
    """Bytes in a unit that leaves few digits."""
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} KB"
