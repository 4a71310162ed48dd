"""TensorFlow checkpoints: the network is found in the shapes of its variables."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from readers import linear_reader, softmax

from livedigits.classify import InputForm, ModelOptions, load_classifier, load_model
from livedigits.classify.formats.layers import chain_of
from livedigits.classify.shipped import reference_patches
from livedigits.errors import ModelError

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")
v1 = tf.compat.v1


def nameless() -> Callable[[list[int]], Any]:
    """Variable, Variable_1, ..., as the tutorial has them."""
    return lambda shape: v1.Variable(random_values(shape))


def scoped() -> Callable[[list[int]], Any]:
    """Names that say the opposite of the order, each pair in a scope of its own."""
    made: list[Any] = []

    def variable(shape: list[int]) -> Any:
        with v1.variable_scope(f"layer{9 - len(made) // 2}"):
            made.append(
                v1.get_variable("b" if len(shape) == 1 else "w", initializer=random_values(shape))
            )
        return made[-1]

    return variable


def random_values(shape: list[int]) -> Any:
    rng = np.random.default_rng(shape)
    return rng.normal(0.02, 1.5 / np.sqrt(np.prod(shape[:-1]) + 10), shape).astype(np.float32)


def deep_mnist(pictures: Any, variable: Callable[[list[int]], Any]) -> Any:
    """The graph of "Deep MNIST for Experts", without its dropout."""
    layer = tf.reshape(pictures, (-1, 28, 28, 1))
    for shape in ([5, 5, 1, 32], [5, 5, 32, 64]):
        kernel, bias = variable(shape), variable(shape[-1:])
        layer = tf.nn.relu(tf.nn.conv2d(layer, kernel, strides=1, padding="SAME") + bias)
        layer = tf.nn.max_pool2d(layer, 2, 2, padding="SAME")
    kernel, bias = variable([7 * 7 * 64, 1024]), variable([1024])
    layer = tf.nn.relu(tf.reshape(layer, (-1, 7 * 7 * 64)) @ kernel + bias)
    return layer @ variable([1024, 10]) + variable([10])


def two_dense(pictures: Any, variable: Callable[[list[int]], Any]) -> Any:
    """Two layers of one width: kernels and biases that only their order tells apart."""
    layer = pictures
    for shape in ([784, 64], [64, 64]):
        layer = tf.nn.relu(layer @ variable(shape) + variable(shape[-1:]))
    return layer @ variable([64, 10]) + variable([10])


def valid_convolutions(pictures: Any, variable: Callable[[list[int]], Any]) -> Any:
    """Two 3x3 convolutions without padding, and one pooling after both."""
    layer = tf.reshape(pictures, (-1, 28, 28, 1))
    for shape in ([3, 3, 1, 8], [3, 3, 8, 8]):
        kernel, bias = variable(shape), variable(shape[-1:])
        layer = tf.nn.relu(tf.nn.conv2d(layer, kernel, strides=1, padding="VALID") + bias)
    layer = tf.nn.max_pool2d(layer, 2, 2, padding="VALID")
    return tf.reshape(layer, (-1, 12 * 12 * 8)) @ variable([12 * 12 * 8, 10]) + variable([10])


def save(
    prefix: Path,
    network: Callable[[Any, Callable[[list[int]], Any]], Any],
    names: Callable[[], Callable[[list[int]], Any]],
    optimizer: Any,
) -> np.ndarray:
    """Saves a graph with its optimizer after a step, and tells what it says of the references."""
    with tf.Graph().as_default(), v1.Session() as session:
        pictures = v1.placeholder(tf.float32, (None, 784))
        logits = network(pictures, names())
        labels = tf.one_hot(tf.zeros((1,), tf.int32), 10)
        loss = tf.nn.softmax_cross_entropy_with_logits(labels, logits)
        step = optimizer().minimize(loss, global_step=v1.train.get_or_create_global_step())
        session.run(v1.global_variables_initializer())
        session.run(step, {pictures: np.zeros((1, 784))})
        v1.train.Saver().save(session, str(prefix), global_step=1000)
        patches = reference_patches().reshape(-1, 784)
        return np.asarray(session.run(logits, {pictures: patches}))


def adam() -> Any:
    return v1.train.AdamOptimizer(1e-4)


def momentum() -> Any:
    return v1.train.MomentumOptimizer(1e-4, 0.9)


@pytest.mark.parametrize(
    ("network", "names", "optimizer"),
    [
        (deep_mnist, nameless, adam),
        (deep_mnist, scoped, momentum),
        (two_dense, nameless, adam),
        (two_dense, scoped, adam),
        (valid_convolutions, nameless, momentum),
    ],
)
def test_a_checkpoint_says_what_its_graph_said(
    tmp_path: Path, network: Any, names: Any, optimizer: Any
) -> None:
    own = save(tmp_path / "model.ckpt", network, names, optimizer)
    loaded = load_model(tmp_path / "model.ckpt-1000")
    inputs = InputForm(loaded.input_shape)(reference_patches())
    assert np.asarray(loaded.call(inputs)) == pytest.approx(own, abs=1e-3)


@pytest.fixture(scope="module")
def softmax_regression(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a checkpoint of one layer that reads digits."""
    folder = tmp_path_factory.mktemp("checkpoint")
    reader = linear_reader()
    with tf.Graph().as_default(), v1.Session() as session:
        v1.Variable(reader.kernel, name="weights")
        v1.Variable(reader.bias, name="biases")
        session.run(v1.global_variables_initializer())
        v1.train.Saver().save(session, str(folder / "model.ckpt"))
    return folder


@pytest.mark.parametrize(
    "name",
    [
        "model.ckpt",
        "model.ckpt.index",
        "model.ckpt.meta",
        "model.ckpt.data-00000-of-00001",
        "checkpoint",
        "",
    ],
)
def test_each_part_of_a_checkpoint_names_it(softmax_regression: Path, name: str) -> None:
    classifier = load_classifier(softmax_regression / name, "keras")
    own = softmax(linear_reader()(reference_patches()))
    assert classifier(reference_patches())[:, :10] == pytest.approx(own, abs=1e-4)


def test_a_folder_that_was_moved_still_names_its_newest(tmp_path: Path) -> None:
    save(tmp_path / "model.ckpt", two_dense, nameless, adam)
    listed = tmp_path / "checkpoint"
    listed.write_text(listed.read_text().replace(': "', ': "/home/someone/else/'))
    assert load_model(tmp_path).path == tmp_path / "model.ckpt-1000"


def test_what_keras_2_saves_as_a_checkpoint_is_read(tmp_path: Path) -> None:
    reader = linear_reader()
    layer = tf.Module()
    layer.kernel, layer.bias = tf.Variable(reader.kernel), tf.Variable(reader.bias)
    saved = tf.train.Checkpoint(layer_with_weights=layer, save_count=tf.Variable(3))
    saved.write(str(tmp_path / "weights"))
    loaded = load_model(tmp_path / "weights")
    given = np.asarray(loaded.call(InputForm()(reference_patches())))
    assert given == pytest.approx(reader(reference_patches()), abs=1e-4)


def test_the_variables_go_into_a_network_that_is_named(softmax_regression: Path) -> None:
    def build(units: int = 10) -> Any:
        layers = [keras.layers.Flatten(), keras.layers.Dense(units, activation="softmax")]
        return keras.Sequential([keras.Input((28, 28, 1)), *layers])

    classifier = load_classifier(softmax_regression, "keras", ModelOptions(build=build))
    assert classifier.card.output == "probabilities"
    with pytest.raises(ModelError, match="do not fit the network"):
        load_classifier(softmax_regression, "keras", ModelOptions(build=lambda: build(11)))


@pytest.mark.parametrize(
    "shapes",
    [
        {},
        {"w": (784, 10)},
        {"w": (784, 26), "b": (26,)},
        {"w": (3072, 10), "b": (10,)},
        {"a": (784, 10), "b": (10,), "c": (784, 10), "d": (10,)},
        {"conv": (5, 5, 3, 32), "b": (32,), "w": (3200, 10), "d": (10,)},
        {"w": (784, 10), "b": (10,), "gamma": (64,)},
    ],
)
def test_variables_of_no_network_that_is_known_are_told(shapes: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match="no network is recognised") as caught:
        chain_of(shapes)
    assert all(f"{name} {shape}" in str(caught.value) for name, shape in shapes.items())


def test_sizes_that_no_pooling_explains_are_told(tmp_path: Path) -> None:
    def odd(pictures: Any, variable: Callable[[list[int]], Any]) -> Any:
        layer = tf.reshape(pictures, (-1, 28, 28, 1))
        kernel, bias = variable([5, 5, 1, 4]), variable([4])
        layer = tf.nn.conv2d(layer, kernel, strides=3, padding="VALID") + bias
        return tf.reshape(layer, (-1, 256)) @ variable([256, 10]) + variable([10])

    save(tmp_path / "odd.ckpt", odd, nameless, adam)
    with pytest.raises(ModelError, match=r"odd\.ckpt-1000: .*256 values"):
        load_classifier(tmp_path)


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    (tmp_path / "model.ckpt.index").write_bytes(b"nothing of the kind")
    with pytest.raises(ModelError, match="cannot be read") as caught:
        load_classifier(tmp_path / "model.ckpt")
    assert "\n" not in str(caught.value)
