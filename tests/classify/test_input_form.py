"""Input form: patches as any model takes them, and finding out how a model wants them."""

import numpy as np
import pytest
from readers import Linear, linear_reader, written

from livedigits.classify import InputForm
from livedigits.classify.form import POLARITIES, SCALINGS, possible_shapes
from livedigits.classify.probe import probe
from livedigits.classify.shipped import reference_labels, reference_patches
from livedigits.errors import ModelError
from livedigits.find.patches import Patches
from livedigits.learn.reference import make_reference


@pytest.fixture(scope="module")
def patches() -> Patches:
    return written()[:20]


@pytest.mark.parametrize(
    "shape",
    [(784,), (1, 784), (784, 1), (28, 28), (28, 28, 1), (1, 28, 28), (1, 28, 28, 1)],
)
def test_a_shape_of_the_same_pixels_is_the_same_picture(
    shape: tuple[int, ...], patches: Patches
) -> None:
    inputs = InputForm(shape)(patches)
    assert inputs.shape == (20, *shape)
    assert np.array_equal(inputs.ravel(), patches.ravel())
    assert InputForm(shape)(patches[:0]).shape == (0, *shape)


def test_a_little_more_room_is_a_margin(patches: Patches) -> None:
    inputs = InputForm((32, 32, 1))(patches)[..., 0]
    assert np.array_equal(inputs[:, 2:30, 2:30], patches)
    assert inputs.sum() == pytest.approx(patches.sum())
    dark = InputForm((32, 32, 1), polarity="dark")(patches)[..., 0]
    assert dark == pytest.approx(1 - inputs)  # the margin is paper, too


@pytest.mark.parametrize("side", [64, 224])
def test_a_large_picture_is_the_digit_enlarged(side: int, patches: Patches) -> None:
    inputs = InputForm((side, side))(patches)
    scale = side / 28
    assert inputs.sum() == pytest.approx(patches.sum() * scale**2, rel=0.01)
    for patch, large in zip(patches, inputs, strict=True):
        rows, large_rows = np.flatnonzero(patch.any(axis=1)), np.flatnonzero(large.any(axis=1))
        assert large_rows[0] == pytest.approx(rows[0] * scale, abs=scale)
        assert large_rows[-1] == pytest.approx(rows[-1] * scale, abs=1.5 * scale)


def test_three_channels_are_the_grey_three_times(patches: Patches) -> None:
    last, first = InputForm((32, 32, 3))(patches), InputForm((3, 32, 32))(patches)
    grey = InputForm((32, 32))(patches)
    for channel in range(3):
        assert np.array_equal(last[..., channel], grey)
        assert np.array_equal(first[:, channel], grey)


def test_scalings_are_what_their_names_say(patches: Patches) -> None:
    def scaled(scaling: str) -> np.ndarray:
        return InputForm((28, 28), scaling)(patches)  # type: ignore[arg-type]

    assert scaled("0..255").max() == pytest.approx(255 * patches.max())
    assert scaled("signed").min() == -1
    assert scaled("signed").mean() == pytest.approx(2 * patches.mean() - 1, abs=1e-5)
    assert scaled("standard") == pytest.approx((patches - 0.1307) / 0.3081, abs=1e-5)
    keras = pytest.importorskip("keras")
    for scaling, array, axis in (
        ("l2", patches, 1),
        ("l2-rows", patches, -1),
        ("l2-picture", patches.reshape(-1, 784), 1),
    ):
        own = keras.utils.normalize(array, axis=axis).reshape(-1, 28, 28)
        assert scaled(scaling) == pytest.approx(own, abs=1e-6)


@pytest.mark.parametrize("shape", [(5,), (28, 30), (28, 28, 2), (4, 4, 1), (), (3000, 3000, 3)])
def test_what_is_no_picture_is_refused(shape: tuple[int, ...], patches: Patches) -> None:
    with pytest.raises(ModelError, match="square pictures"):
        InputForm(shape)(patches[:1])


def test_open_dimensions_become_those_of_a_patch() -> None:
    assert possible_shapes((None, None, 3)) == [(28, 28, 3)]
    assert possible_shapes((1, None, None)) == [(1, 28, 28)]
    assert possible_shapes((None,)) == [(784,)]
    assert possible_shapes((28, None)) == [(28, 28)]
    assert possible_shapes((32, 32, 1)) == [(32, 32, 1)]
    assert possible_shapes(None)[0] == (28, 28, 1)
    assert possible_shapes((None, 7)) == []


@pytest.mark.parametrize("scaling", SCALINGS)
@pytest.mark.parametrize("polarity", POLARITIES)
def test_the_form_that_a_model_learned_on_is_found(scaling: str, polarity: str) -> None:
    form = InputForm((28, 28), scaling, polarity)  # type: ignore[arg-type]
    finding = probe(linear_reader(form), (28, 28))
    assert finding.form == form
    assert finding.output == "logits"
    assert finding.accuracy > 0.7


def test_what_is_known_of_the_form_is_not_tried() -> None:
    reader = linear_reader(InputForm((28, 28), "0..255"))
    assert probe(reader, (28, 28), scaling="0..1").form.scaling == "0..1"
    assert probe(reader, (28, 28), polarity="dark").form.polarity == "dark"


def test_a_model_that_reads_nothing_is_given_plain_pictures() -> None:
    rng = np.random.default_rng(0)
    untrained = Linear(rng.normal(0, 0.05, (784, 10)).astype(np.float32), np.zeros(10, np.float32))
    finding = probe(untrained, (28, 28))
    assert finding.form == InputForm((28, 28))
    assert finding.accuracy < 0.5


def test_a_model_of_damaged_weights_is_refused() -> None:
    damaged = Linear(np.full((784, 10), np.nan, np.float32), np.zeros(10, np.float32))
    with pytest.raises(ModelError, match="no numbers"):
        probe(damaged, (28, 28))


def test_the_reference_digits_are_what_their_recipe_makes(tmp_path: object) -> None:
    patches, labels = reference_patches(), reference_labels(200)
    assert patches.shape == (200, 28, 28)
    assert np.bincount(labels).tolist() == [20] * 10
    one, again = make_reference(tmp_path / "a"), make_reference(tmp_path / "b")  # type: ignore[operator]
    assert one.read_bytes() == again.read_bytes()
    with np.load(one) as file:
        assert np.abs(file["patches"] / 255 - patches).max() < 0.02
