"""`livedigits export`: from every format to one that others run, or one line that says why not."""

import json
from pathlib import Path
from typing import Any

import pytest
from readers import linear_reader

from livedigits.learn.architectures import build

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")
v1 = tf.compat.v1


def network() -> Any:
    layers = [keras.layers.Flatten(), keras.layers.Dense(10)]
    model = keras.Sequential([keras.Input((28, 28, 1)), *layers])
    reader = linear_reader()
    model.set_weights([reader.kernel, reader.bias])
    return model


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One reader in every format."""
    folder = tmp_path_factory.mktemp("sources")
    model = network()
    model.save(folder / "mine.keras")
    model.save(folder / "old.h5")
    model.export(folder / "saved", verbose=False)
    weights = model.get_weights()
    with tf.Graph().as_default(), v1.Session() as session:
        variables = [v1.Variable(i) for i in weights]
        session.run([i.initializer for i in variables])
        v1.train.Saver(variables).save(session, str(folder / "model.ckpt"))
    build("mlp").save_weights(folder / "mlp.weights.h5")
    return folder


@pytest.mark.parametrize(
    ("source", "out"),
    [
        ("mine.keras", "fast.tflite"),
        ("mine.keras", "serving"),
        ("old.h5", "fast.tflite"),
        ("saved", "fast.tflite"),
        ("model.ckpt", "serving/digits"),
    ],
)
def test_a_page_is_read_with_the_export_as_with_the_model(
    run: Any, page: Path, sources: Path, tmp_path: Path, source: str, out: str
) -> None:
    outcome = run("export", sources / source, "--out", tmp_path / out)
    assert outcome.status == 0, outcome.err
    assert "changed answers      0.0 %" in outcome.out
    written = tmp_path / out if out.endswith(".tflite") else tmp_path / out / "1"
    assert outcome.complaints == [f"livedigits: wrote {written} and {written.with_suffix('.json')}"]
    own = run("read", page, "--model", sources / source, "--engine", "keras")
    read = run("read", page, "--model", tmp_path / out)
    assert len(own.out) > 9
    assert (read.status, read.out) == (0, own.out)


def test_small_integers_read_the_page_too(
    run: Any, page: Path, sources: Path, tmp_path: Path
) -> None:
    out = tmp_path / "small.tflite"
    assert run("export", sources / "mine.keras", "--out", out, "--precision", "int8").status == 0
    own = run("read", page, "--model", sources / "mine.keras", "--engine", "keras")
    assert run("read", page, "--model", out).out == own.out


def test_what_was_said_of_the_model_is_on_the_card(run: Any, sources: Path, tmp_path: Path) -> None:
    said = ["--arch", "mlp", "--scaling", "l2", "--model-polarity", "dark", "--to", "savedmodel"]
    out = tmp_path / "v1.0"
    assert run("export", "-q", sources / "mlp.weights.h5", *said, "--out", out).err == ""
    card = json.loads((out / "1.json").read_text())
    assert (card["name"], card["scaling"], card["polarity"]) == ("v1.0", "l2", "dark")
    assert card["command"] == f"livedigits export mlp.weights.h5 {' '.join(said)} --out v1.0"


@pytest.mark.parametrize(
    ("argv", "status", "said"),
    [
        (["mine.keras", "--out", "missing/fast.tflite"], 1, "no such folder"),
        (["mine.keras", "--out", "mine.keras"], 2, "does not tell the form"),
        (["mine.keras", "--out", "v1.0"], 2, "--to savedmodel"),
        (["mine.keras", "--out", "fast.bin", "--to", "litert"], 1, "ends in .tflite"),
        (["mine.keras", "--out", "mine.keras", "--to", "savedmodel"], 1, "is a file"),
        (["mine.keras", "--out", "serving", "--precision", "int8"], 2, "goes with LiteRT files"),
        (["mine.keras", "--out", "mine.tflite", "--precision", "int8"], 1, "mine-int8.tflite"),
        (["fast.tflite", "--out", "small.tflite"], 1, "is a LiteRT file, which is an export"),
        (["missing.keras", "--out", "fast.tflite"], 1, "there is no such model"),
        (["damaged.keras", "--out", "new.tflite"], 1, "damaged.keras"),
        (["mlp.weights.h5", "--out", "new.tflite"], 1, "--arch"),
        (["mine.keras", "--arch", "resnet", "--out", "new.tflite"], 2, "there are livedigits, mlp"),
    ],
)
def test_what_cannot_be_exported_is_refused_in_one_line(
    run: Any,
    sources: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    argv: list[str],
    status: int,
    said: str,
) -> None:
    for name in ("mine.keras", "mlp.weights.h5"):
        (tmp_path / name).write_bytes((sources / name).read_bytes())
    (tmp_path / "damaged.keras").write_bytes(b"no model")
    (tmp_path / "fast.tflite").write_bytes(b"an export")
    before = sorted(tmp_path.rglob("*"))
    monkeypatch.chdir(tmp_path)
    outcome = run("export", *argv)
    assert (outcome.status, outcome.out) == (status, "")
    (line,) = outcome.complaints
    assert said in line
    assert sorted(tmp_path.rglob("*")) == before
