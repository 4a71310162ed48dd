"""Export: what is written says what its source says, or is not written."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from readers import linear_reader

from livedigits.classify import Classifier, InputForm, ModelCard, load_classifier, loading
from livedigits.classify.engines import LiteRTEngine
from livedigits.classify.shipped import reference_patches
from livedigits.errors import OutputError
from livedigits.learn.export import Exported, ExportOptions, export, write_atomically

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

FORM = InputForm((28, 28), "0..255", "dark")
"""Of the model's pictures, which nobody would take for granted."""

FORMS = {
    "float32": ("digits.tflite", "litert", "float32"),
    "float16": ("digits-float16.tflite", "litert", "float16"),
    "dynamic": ("digits-dynamic.tflite", "litert", "dynamic"),
    "int8": ("digits-int8.tflite", "litert", "int8"),
    "savedmodel": ("serving/digits", "savedmodel", "float32"),
}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    """A model with a card."""
    path = tmp_path_factory.mktemp("source") / "mine.keras"
    reader = linear_reader(FORM)
    network = keras.Sequential(
        [
            keras.Input(FORM.shape),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    network.set_weights([reader.kernel, reader.bias])
    network.save(path)
    ModelCard(
        name="mine",
        classes=tuple("0123456789"),
        input_shape=FORM.shape,
        scaling=FORM.scaling,
        polarity=FORM.polarity,
        output="probabilities",
        temperature=1.5,
        reject_threshold=0.42,
        training_data=("sheets of mine",),
        figures={"mnist_test_error": 0.07},
        command="make mine",
    ).save(path.with_suffix(".json"))
    return load_classifier(path, "keras")


@pytest.fixture(scope="module")
def exported(
    source: Classifier, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[Path, Exported]]:
    """The model in every form, with what there was to name it by."""
    folder = tmp_path_factory.mktemp("exported")
    (folder / "serving").mkdir()
    made = {}
    for form, (name, to, precision) in FORMS.items():
        options = ExportOptions(folder / name, to, precision, command=f"make {form}")  # type: ignore[arg-type]
        made[form] = (folder / name, export(source, options))
    return made


@pytest.mark.parametrize("form", FORMS)
def test_an_export_is_read_as_its_source_is(
    form: str, source: Classifier, exported: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_probing(*_: object) -> None:
        pytest.fail("its card should say how it is used")

    monkeypatch.setattr(loading, "probe", no_probing)
    path, written = exported[form]
    copy = load_classifier(path)
    assert copy.form == FORM
    assert copy.card == written.card
    for name in ("classes", "output", "temperature", "reject_threshold", "training_data"):
        assert getattr(copy.card, name) == getattr(source.card, name)
    assert copy.card.name == path.stem
    assert copy.card.command == f"make mine && make {form}"

    one, other = source(reference_patches()), copy(reference_patches())
    close = {"float16": 1e-2, "dynamic": 0.1, "int8": 0.2}.get(form, 1e-4)
    assert other == pytest.approx(one, abs=close)
    figures = copy.card.figures
    assert figures["export_of"] == "mine.keras"
    changed = (one.argmax(axis=1) != other.argmax(axis=1)).mean()
    assert figures["export_changed_answers"] == pytest.approx(changed)
    greatest, mean = abs(one - other).max(), abs(one - other).mean()
    assert figures["export_greatest_difference"] == pytest.approx(greatest, rel=0.01, abs=1e-6)
    assert figures["export_mean_difference"] == pytest.approx(mean, rel=0.01, abs=1e-8)
    right = other.argmax(axis=1) == np.arange(len(other)) % 10
    assert figures["reference_accuracy"] == pytest.approx(right.mean(), abs=1e-4)
    assert right.mean() > 0.85


def test_what_was_measured_of_the_source_is_not_said_of_less_precise_numbers(exported: Any) -> None:
    names = {form: set(written.card.figures) for form, (_, written) in exported.items()}
    assert "mnist_test_error" in names["float32"] & names["savedmodel"]
    assert "source_mnist_test_error" in names["float16"] & names["dynamic"] & names["int8"]
    assert "mnist_test_error" not in names["float16"] | names["dynamic"] | names["int8"]


def test_only_int8_is_integers_from_end_to_end(exported: Any) -> None:
    engines = {i: LiteRTEngine(exported[i][0]) for i in ("float32", "float16", "dynamic", "int8")}
    ends = {i: (engine.input_type, engine.output_type) for i, engine in engines.items()}
    assert ends == {
        "float32": ("float32", "float32"),
        "float16": ("float32", "float32"),
        "dynamic": ("float32", "float32"),
        "int8": ("int8", "int8"),
    }
    sizes = {i: exported[i][1].size for i in engines}
    assert sizes["float16"] < 0.7 * sizes["float32"]
    assert max(sizes["dynamic"], sizes["int8"]) < 0.5 * sizes["float32"]
    least, greatest = engines["int8"].input_range or (0, 0)
    assert (least, greatest) == pytest.approx((0, 255), abs=2)


def test_a_saved_model_is_one_that_tensorflow_serving_takes(
    source: Classifier, exported: Any
) -> None:
    folder, written = exported["savedmodel"]
    assert written.path == folder / "1"
    served = tf.saved_model.load(str(folder / "1")).signatures["serving_default"]
    _, inputs = served.structured_input_signature
    assert {name: tuple(i.shape) for name, i in inputs.items()} == {"input": (None, 28, 28)}
    patches = reference_patches()[:3]
    given = served(input=tf.constant(FORM(patches)))
    assert list(given) == ["probabilities"]
    own = source.engine(FORM(patches))
    assert given["probabilities"].numpy() == pytest.approx(own, abs=1e-5)


def test_another_version_leaves_the_first_alone(source: Classifier, tmp_path: Path) -> None:
    out = tmp_path / "digits"
    options = ExportOptions(out, "savedmodel")
    assert export(source, options).path == out / "1"
    (out / "1").rename(out / "9")
    before = {i: i.read_bytes() for i in out.rglob("*") if i.is_file()}
    assert export(source, options).path == out / "10"
    assert {i: i.read_bytes() for i in before} == before
    assert load_classifier(out, "keras").engine.loaded.path == out / "10"  # type: ignore[attr-defined]
    with pytest.raises(OutputError, match="is a SavedModel itself"):
        export(source, ExportOptions(out / "10", "savedmodel"))


class Noisy(tf.Module):  # type: ignore[misc]
    """Says something else every time."""

    def __init__(self) -> None:
        super().__init__()
        reader = linear_reader()
        self.kernel, self.bias = tf.Variable(reader.kernel), tf.Variable(reader.bias)

    @tf.function(input_signature=[tf.TensorSpec((None, 784), tf.float32)])
    def __call__(self, pictures: Any) -> Any:
        logits = pictures @ self.kernel + self.bias
        return logits + tf.random.normal(tf.shape(logits), stddev=0.3)


def coarse() -> Any:
    """Has one value beside its logits that is ten thousand times as large."""
    reader = linear_reader()
    kernel = np.concatenate((reader.kernel, np.full((784, 1), 100, np.float32)), axis=1)
    layers = [keras.layers.Flatten(), keras.layers.Dense(11), keras.layers.Dense(10)]
    network = keras.Sequential([keras.Input((28, 28, 1)), *layers])
    network.set_weights(
        [kernel, np.append(reader.bias, 0), np.eye(11, 10, dtype=np.float32), np.zeros(10)]
    )
    return network


def test_an_export_that_says_something_else_is_not_written(tmp_path: Path) -> None:
    tf.saved_model.save(Noisy(), tmp_path / "noisy")
    coarse().save(tmp_path / "coarse.keras")
    before = sorted(tmp_path.rglob("*"))
    noisy = load_classifier(tmp_path / "noisy", "keras")
    with pytest.raises(OutputError, match=r"not written.* differ by .* in the mean"):
        export(noisy, ExportOptions(tmp_path / "served", "savedmodel"))
    plain = load_classifier(tmp_path / "coarse.keras", "keras")
    options = ExportOptions(tmp_path / "small.tflite", precision="int8")
    with pytest.raises(OutputError, match=r"not written.* [1-9][\d.]* % otherwise than coarse"):
        export(plain, options)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.fixture
def own(tmp_path: Path) -> Classifier:
    """A model without a card."""
    network = keras.Sequential(
        [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10)]
    )
    reader = linear_reader()
    network.set_weights([reader.kernel, reader.bias])
    network.save(tmp_path / "own.keras")
    return load_classifier(tmp_path / "own.keras", "keras")


def test_under_the_name_of_its_source_it_is_its_fast_form(
    own: Classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written = export(own, ExportOptions(Path("own.tflite")))
    assert load_classifier(tmp_path / "own.keras").engine.name == "litert"
    assert set(written.card.files) == {"own.keras", "own.tflite"}
    dynamic = export(own, ExportOptions(Path("own.tflite"), precision="dynamic"))
    assert dynamic.size < 0.5 * written.size
    assert load_classifier(tmp_path / "own.keras").engine.name == "litert"
    with pytest.raises(OutputError, match=r"share the card own\.json .*name it own-int8\.tflite"):
        export(own, ExportOptions(tmp_path / "own.tflite", precision="int8"))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("theirs", '{"name": "theirs"}'),
        ("theirs", '{"files": {"theirs.keras": "its hash", "theirs.tflite": "its hash"}}'),
        ("theirs", "nothing of the kind"),
        ("own", '{"config": "a network, as Keras writes it"}'),
    ],
)
def test_what_is_no_card_of_its_own_is_left_alone(
    own: Classifier, tmp_path: Path, name: str, said: str
) -> None:
    card = tmp_path / f"{name}.json"
    card.write_text(said)
    with pytest.raises(OutputError, match=rf"{name}\.json.*use another name"):
        export(own, ExportOptions(tmp_path / f"{name}.tflite"))
    assert card.read_text() == said


def test_an_older_export_is_replaced_or_stays_whole(own: Classifier, tmp_path: Path) -> None:
    options = ExportOptions(tmp_path / "fast.tflite")
    (tmp_path / "fast.tflite").write_bytes(b"an older one")
    ModelCard(files={"fast.tflite": "its hash"}).save(tmp_path / "fast.json")
    before = {i: i.read_bytes() for i in tmp_path.iterdir()}

    @contextmanager
    def stopped() -> Iterator[None]:
        raise KeyboardInterrupt
        yield

    with pytest.raises(KeyboardInterrupt):
        export(own, options, stopped)
    assert {i: i.read_bytes() for i in tmp_path.iterdir()} == before
    export(own, options)
    assert load_classifier(tmp_path / "fast.tflite").card.figures["export_of"] == "own.keras"
    assert set(tmp_path.iterdir()) == set(before)


def test_a_full_disk_leaves_the_older_file(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    path = tmp_path / "model.tflite"
    path.write_bytes(b"an older one")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            write_atomically(path, bytes(5000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [i.name for i in tmp_path.iterdir()] == ["model.tflite"]
    assert path.read_bytes() == b"an older one"
