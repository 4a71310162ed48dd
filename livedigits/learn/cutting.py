"""Cutting: trains the network that tells where digits touch, `livedigits.find.seams`.

    python -m livedigits.learn.cutting --data mnist.npz --negatives omniglot.npz --out DIR

writes `cuts.tflite` and its card, `cuts.json`; a quarter of an hour on two cores. It learns from
strings of digits, letters and signs (`strings`): of every line through them it is known how much
of a digit it would cut off. Same seed, same machine, same files.
"""

import argparse
import json
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import layers
from tqdm import tqdm

from livedigits.classify.card import sha256
from livedigits.classify.convert import to_litert
from livedigits.classify.quiet import quiet_tensorflow
from livedigits.errors import LivedigitsError
from livedigits.find.seams import NETWORK, ROOM, ROWS, SLANTS, WIDTH, shrunk
from livedigits.learn.data import load_characters, load_digits
from livedigits.learn.material import canvases_of, learned_characters
from livedigits.learn.networks import convolution
from livedigits.learn.publish import versions
from livedigits.learn.splits import split
from livedigits.learn.strings import CUT_WELL, Makers
from livedigits.present.sink import check_writable, writing

CUT_BADLY = 0.18
"""A line that cuts off more of a digit is no seam; of those between this and `CUT_WELL` nothing is
learned."""

JUDGED = 0.025
"""So many times more marks are made to judge by, of digits that are kept back."""

_BATCH, _RATE = 32, 3e-3

Pictures = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Strips:
    """Marks side by side, as the finder shows them to the network.

    Attributes:
        pictures: `(n, ROWS, WIDTH)` uint8, ink 255.
        labels: of each column and slant, `(n, WIDTH, len(SLANTS))`: 1 for a seam, 0 for none, -1
            where it is a matter of opinion.
    """

    pictures: Pictures
    labels: Labels


def make_strips(makers: Makers, marks: int, rng: np.random.Generator) -> Strips:
    """Strips of so many marks."""
    pictures, labels = [], []
    left = WIDTH
    for _ in tqdm(range(marks), unit=" marks", leave=False):
        string = makers.string(rng)
        mark = shrunk(string.core)
        width = mark.shape[1]
        if left + width + ROOM > WIDTH:
            pictures.append(np.zeros((ROWS, WIDTH), np.uint8))
            labels.append(np.zeros((WIDTH, len(SLANTS)), np.float32))
            left = ROOM
        pictures[-1][:, left : left + width] = mark
        for i, slant in enumerate(SLANTS):
            faults = string.faults(slant)
            own = np.where(faults <= CUT_WELL, 1, np.where(faults < CUT_BADLY, -1, 0))
            labels[-1][left : left + width, i] = own
        left += width + ROOM
    return Strips(np.stack(pictures), np.stack(labels))


def network() -> keras.Model:
    """From strips, `(n, ROWS, WIDTH, 1)` in 0..255, to `(n, WIDTH, len(SLANTS))` probabilities.

    Five convolutions, 92,000 weights; a column sees `ROOM` columns to either side. Every other
    column is reckoned with, for itself and its neighbour.
    """
    x = inputs = keras.Input((ROWS, WIDTH, 1), name="strip")
    x = layers.Rescaling(1 / 255)(x)
    x = convolution(x, 16)
    x = convolution(x, 24, strides=2)
    x = convolution(x, 32, strides=(2, 1))
    x = convolution(x, 32)
    x = layers.ZeroPadding2D((0, 3))(x)
    x = convolution(x, 64, (ROWS // 4, 7), padding="valid")
    x = layers.Conv2D(2 * len(SLANTS), 1)(x)
    x = layers.Reshape((WIDTH, len(SLANTS)))(x)
    return keras.Model(inputs, layers.Activation("sigmoid", name="seams")(x), name="cuts")


def train(learned: Strips, epochs: int, *, verbose: bool) -> keras.Model:
    """A network that has learned from strips."""
    model = network()
    steps = epochs * -(-len(learned.pictures) // _BATCH)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps, alpha=0.01, warmup_target=_RATE, warmup_steps=min(200, steps // 4)
    )
    averaged = {"use_ema": True, "ema_momentum": min(0.995, steps / (steps + 20))}
    model.compile(keras.optimizers.AdamW(schedule, weight_decay=5e-3, **averaged), _loss)
    strips = learned.pictures[..., None].astype(np.float32)
    model.fit(strips, learned.labels, batch_size=_BATCH, epochs=epochs, verbose=int(verbose))
    model.optimizer.finalize_variable_values(model.trainable_variables)
    return model


def judge(model: keras.Model, kept: Strips) -> dict[str, float]:
    """How well a network does on strips that it has not learned from."""
    told = model.predict(kept.pictures[..., None].astype(np.float32), verbose=0)
    known = kept.labels >= 0
    seam, likely = kept.labels[known] > 0, told[known]
    order = np.argsort(-likely)
    right = np.cumsum(seam[order])
    precision = right / np.arange(1, len(right) + 1)
    return {
        "lines_found": round(float((likely[seam] > 0.5).mean()), 4),
        "lines_right": round(float(seam[likely > 0.5].mean()), 4),
        "average_precision": round(float(precision[seam[order]].mean()), 4),
    }


def main() -> None:
    """Trains, judges and writes it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, metavar="PATH", help="digits, as for `train`")
    parser.add_argument("--negatives", type=Path, metavar="NPZ", help="letters, as for `train`")
    parser.add_argument("--out", type=Path, default=NETWORK.parent, metavar="DIR")
    parser.add_argument("--marks", type=int, default=140_000, help="to learn from")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    try:
        _make(given)
    except LivedigitsError as error:
        print(f"cutting: {error}", file=sys.stderr)
        sys.exit(error.exit_status)


def _make(given: argparse.Namespace) -> None:
    with writing(given.out):
        given.out.mkdir(parents=True, exist_ok=True)
    path = given.out / NETWORK.name
    check_writable(path)
    tf = quiet_tensorflow()
    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(given.seed)
    rng = np.random.default_rng(given.seed)
    splits = split(load_digits(given.data))
    letters = learned_characters(load_characters(given.negatives)) if given.negatives else None
    learned = make_strips(Makers(canvases_of(splits.train), letters), given.marks, rng)
    judges = Makers(canvases_of(splits.validation), letters)
    kept = make_strips(judges, max(100, round(JUDGED * given.marks)), rng)
    model = train(learned, given.epochs, verbose=True)

    def smaller(converter: Any) -> None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]

    with writing(path):
        path.write_bytes(to_litert(model, smaller))
    card = {
        "name": "cuts",
        "command": shlex.join(("python", "-m", "livedigits.learn.cutting", *sys.argv[1:])),
        "marks": given.marks,
        "figures": judge(model, kept),
        "versions": versions(),
        "files": {path.name: sha256(path)},
    }
    with writing(path.with_suffix(".json")):
        path.with_suffix(".json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(card["figures"]))


def _loss(labels: Any, told: Any) -> Any:
    """Cross-entropy where the labels are known."""
    ops = keras.ops
    known = ops.cast(labels >= 0, "float32")
    losses = ops.binary_crossentropy(ops.maximum(labels, 0), told)
    return ops.sum(known * losses) / ops.sum(known)


if __name__ == "__main__":
    main()
