"""`livedigits models`: what is at hand, and what is to be known of one model."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from readers import linear_reader

from livedigits.classify import InputForm, ModelCard, exports, load_classifier
from livedigits.classify.convert import to_litert
from livedigits.classify.probe import reference_accuracy

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

FORM = InputForm((784,), "0..255", "dark")


def network(outputs: int = 10) -> Any:
    model = keras.Sequential([keras.Input(FORM.shape), keras.layers.Dense(outputs)])
    if outputs == 10:
        reader = linear_reader(FORM)
        model.set_weights([reader.kernel, reader.bias])
    return model


@pytest.fixture(scope="module")
def litert() -> bytes:
    """A model as a LiteRT file."""
    return to_litert(network())


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in, and an empty cache."""
    monkeypatch.setenv(exports.CACHE_VARIABLE, str(tmp_path / "cache"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def test_the_list_has_what_is_at_hand_without_tensorflow(here: Path, litert: bytes) -> None:
    (here / "fast.tflite").write_bytes(litert)
    (here / "mine.keras").write_bytes(b"not looked into")
    card = ModelCard(name="my own", figures={"mnist_test_error": 0.0123})
    card.save(here / "mine.json")
    (here / "model.ckpt.index").write_bytes(b"12345")
    (here / "model.ckpt.data-00000-of-00001").write_bytes(b"678")
    (here / "saved").mkdir()
    (here / "saved" / "saved_model.pb").write_bytes(b"1234")
    (here / "notes.txt").write_text("no model")
    (here / "broken.tflite").write_text("no model")
    exports.keep("key", card, b"fast")
    program = (
        "import sys\n"
        "from livedigits.cli import main\n"
        "main(['models', '--json'])\n"
        "sys.exit(len({'tensorflow', 'keras', 'h5py'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (done.returncode, done.stderr) == (0, "")
    entries = json.loads(done.stdout)
    shipped = [i for i in entries if i.pop("place") == "shipped"]
    assert {Path(i["path"]).name for i in shipped} == {"livedigits.keras", "livedigits.tflite"}
    assert all(i["classes"] == 11 for i in shipped)
    keys = ("name", "format", "size", "classes", "mnist_error", "path")
    assert [tuple(i[key] for key in keys) for i in entries if i not in shipped] == [
        ("broken", ".tflite", 8, None, None, "broken.tflite"),
        ("fast", ".tflite", len(litert), 10, None, "fast.tflite"),
        ("my own", ".keras", 15, 11, 0.0123, "mine.keras"),
        ("model", "checkpoint", 8, None, None, "model.ckpt"),
        ("saved", "SavedModel", 4, None, None, "saved"),
        ("my own", "export", 4, 11, 0.0123, str(exports.cache_folder() / "key.tflite")),
    ]


def test_the_list_is_a_table(run: Any, here: Path) -> None:
    (here / "mine.keras").write_bytes(bytes(1_234_000))
    ModelCard(name="my own", figures={"mnist_test_error": 0.0123}).save(here / "mine.json")
    outcome = run("models")
    assert (outcome.status, outcome.err) == (0, "")
    head, *rows = outcome.out.splitlines()
    assert head.split() == ["name", "format", "size", "classes", "MNIST", "error", "path"]
    (row,) = (i for i in rows if i.endswith("mine.keras"))
    assert row.split() == ["my", "own", ".keras", "1.2", "MB", "11", "1.23", "%", "mine.keras"]


def test_a_model_is_described_as_it_is(run: Any, here: Path) -> None:
    network().save("mine.h5")
    first, second = (json.loads(run("models", "mine.h5", "--json").out) for _ in range(2))
    assert first["format"] == "Keras model (.h5)"
    assert first["input_shape"] == [784]
    assert first["parameters"] == 7850
    assert first["size"] == Path("mine.h5").stat().st_size
    assert (first["scaling"], first["scaling_from"]) == ("0..255", "found")
    assert (first["polarity"], first["polarity_from"]) == ("dark", "found")
    assert first["output"] == "logits"
    assert first["classes"] == list("0123456789")
    classifier = load_classifier("mine.h5", "keras")
    assert first["reference_accuracy"] == pytest.approx(reference_accuracy(classifier))
    assert first["reference_accuracy"] > 0.85
    assert set(first["ms_a_patch"]) == {"keras", "litert"}
    for times in first["ms_a_patch"].values():
        assert times["alone"] > 0 < times["in_batch"]
    assert (first["export_note"], second["export_note"]) == ("made now", "in the cache")
    assert first["export"] == second["export"]
    assert Path(first["export"]).is_file()
    assert first["card"] is None


def test_the_current_folder_may_be_a_model(
    run: Any, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network().export("saved", verbose=False)
    monkeypatch.chdir("saved")
    found = json.loads(run("models", ".", "--json").out)
    assert (found["name"], found["path"]) == ("saved", str(here / "saved"))


def test_what_is_said_of_a_model_is_told_as_such(run: Any, here: Path, litert: bytes) -> None:
    Path("fast.tflite").write_bytes(litert)
    given = json.loads(run("models", "fast.tflite", "--scaling", "0..255", "--json").out)
    assert (given["scaling_from"], given["polarity_from"]) == ("given", "found")
    assert (given["polarity"], given["parameters"]) == ("dark", None)
    assert (list(given["ms_a_patch"]), given["export"]) == (["litert"], None)
    ModelCard(scaling="0..255", polarity="dark", figures={"won": "a prize"}).save(Path("fast.json"))
    carded = json.loads(run("models", "fast.tflite", "--json").out)
    assert (carded["scaling_from"], carded["polarity_from"]) == ("card", "card")
    assert (carded["card"], carded["figures"]) == ("fast.json", {"won": "a prize"})
    assert carded["reference_accuracy"] == given["reference_accuracy"]
    wrong = json.loads(run("models", "fast.tflite", "--model-polarity", "light", "--json").out)
    assert wrong["polarity_from"] == "given"
    assert wrong["reference_accuracy"] < carded["reference_accuracy"]


def test_what_reads_nothing_is_taken_as_the_plain_one(run: Any, here: Path) -> None:
    untrained = network()
    untrained.set_weights([0 * i for i in untrained.get_weights()])
    untrained.save("new.keras")
    found = json.loads(run("models", "new.keras", "--json").out)
    assert (found["scaling"], found["scaling_from"]) == ("0..1", "assumed")


def test_the_default_model_is_known_by_its_name(run: Any) -> None:
    outcome = run("models", "livedigits")
    assert outcome.status == 0
    rows = {i[:18].strip(): i[18:] for i in outcome.out.splitlines() if i[:1].strip()}
    assert rows["input"] == "(n, 28, 28, 1)"
    assert rows["pixels"] == "0..1, by its card"
    assert rows["output"].startswith("logits of 11 classes: 0, 1, 2")
    assert rows["reference digits"].endswith("% read rightly")
    assert float(rows["reference digits"].split()[0]) > 97
    assert rows["fast form"].startswith("beside it: ")
    assert rows["card"].endswith("livedigits.json")


def test_a_model_that_cannot_be_used_is_refused_in_one_line(run: Any, here: Path) -> None:
    network(outputs=7).save("seven.keras")
    Path("broken.tflite").write_text("no model")
    for path, said in (
        ("seven.keras", "has 7 outputs, not those of the ten digits"),
        ("broken.tflite", "is no LiteRT model"),
        ("missing.keras", "there is no such model"),
    ):
        outcome = run("models", path)
        assert (outcome.status, outcome.out) == (1, "")
        (line,) = outcome.complaints
        assert line.startswith(f"livedigits: {path}: ")
        assert said in line


def test_options_without_a_model_are_wrong_usage(run: Any) -> None:
    outcome = run("models", "--scaling", "l2")
    assert (outcome.status, outcome.out) == (2, "")
    assert len(outcome.complaints) == 1
