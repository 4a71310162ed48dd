"""Data sets of every kind: the same marks come out of real files."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from data_files import LABELS, write_classes, write_idx, write_idx_set
from numpy.typing import NDArray
from sheets import digit_ink

from livedigits.classify import load_classifier
from livedigits.find import make_patches
from livedigits.learn.data import Labelled, as_patches, load_digits, load_extra, load_mnist

Pictures = NDArray[np.uint8]


def inks(height: float) -> list[Pictures]:
    return [digit_ink(str(label), height, seed=n) for n, label in enumerate(LABELS)]


@pytest.fixture(scope="module")
def marks() -> Pictures:
    """Thirty digits as MNIST has them."""
    return np.asarray(np.rint(255 * make_patches(inks(60))), np.uint8)


@pytest.fixture(scope="module")
def crops() -> list[Pictures]:
    """The same in ink on black, of many sizes, each with some room around it."""
    rng = np.random.default_rng(1)
    return [np.pad(ink, rng.integers(4, 14, (2, 2))) for ink in inks(70)]


def on_paper(ink: Pictures, *, chalk: bool = False, colour: bool = False) -> Pictures:
    """A photo of the ink on paper, or on a board, in uneven light."""
    rng = np.random.default_rng(int(ink.sum()))
    height, width = ink.shape
    light = np.linspace(-20, 20, width)[None] + np.linspace(-10, 10, height)[:, None]
    photo = 190 + light - 130.0 * (ink / 255) + rng.normal(0, 3, ink.shape)
    photo = np.clip(255 - photo if chalk else photo, 0, 255)
    if not colour:
        return photo.astype(np.uint8)
    return np.stack([photo * share for share in (0.9, 0.95, 1)], axis=-1).astype(np.uint8)


def read(marks: Labelled) -> NDArray[np.int64]:
    patches = np.concatenate(list(marks.patches()))
    return np.asarray(load_classifier()(patches).argmax(axis=1), np.int64)


def test_every_kind_of_file_holds_the_same_patches(tmp_path: Path, marks: Pictures) -> None:
    np.savez(tmp_path / "keras.npz", x_test=marks, y_test=LABELS)
    np.savez_compressed(tmp_path / "zipped.npz", x_test=marks[..., None], y_test=LABELS[:, None])
    np.savez(tmp_path / "flat.npz", x_train=marks.reshape(30, -1), y_train=LABELS)
    np.savez(tmp_path / "first.npz", x_test=marks[:, None] / 255, y_test=LABELS.astype(np.uint8))
    np.savez(tmp_path / "signed.npz", x_test=(marks / 127.5 - 1).astype(np.float32), y_test=LABELS)
    np.savez(tmp_path / "floats.npz", x_test=marks.astype(np.float32), y_test=LABELS)
    np.savez(tmp_path / "inverted.npz", x_test=255 - marks, y_test=LABELS)
    write_idx_set(tmp_path / "plain", marks, LABELS, "t10k-{}-{}-ubyte")
    write_idx_set(tmp_path / "zipped", marks, LABELS, "t10k-{}-{}-ubyte.gz")
    dotted = write_idx_set(tmp_path / "dotted", marks, LABELS, "t10k-{}.{}-ubyte")
    other = write_idx_set(tmp_path / "dotted", marks[:1], LABELS[:1], "train-{}.{}-ubyte")
    upright = marks.swapaxes(1, 2)
    write_idx_set(tmp_path / "emnist", upright, LABELS, "emnist-digits-test-{}-{}-ubyte.gz")
    write_classes(tmp_path / "classes", marks)
    write_classes(tmp_path / "dark", 255 - marks, suffix=".bmp")
    write_classes(tmp_path / "split" / "testing", marks, suffix=".tif")
    write_classes(tmp_path / "split" / "training", marks[:2], LABELS[:2])

    paths = [i for i in tmp_path.iterdir() if i.is_dir() or i.suffix == ".npz"]
    assert len(paths) == 14
    for path in [*paths, dotted]:
        measured = load_digits(path).measured
        assert measured.labels.tolist() == LABELS.tolist(), path
        assert measured.labels.dtype == np.int64
        assert np.array_equal(np.concatenate(list(measured.patches())), marks / np.float32(255)), (
            path
        )
    assert len(load_digits(other).measured) == 1


def test_splits_are_kept_apart(tmp_path: Path, marks: Pictures) -> None:
    np.savez(
        tmp_path / "both.npz",
        x_train=marks[:20],
        y_train=LABELS[:20],
        x_test=marks[20:],
        y_test=LABELS[20:],
    )
    for start, name in ((slice(20), "train"), (slice(20, None), "t10k")):
        write_idx_set(tmp_path / "idx", marks[start], LABELS[start], name + "-{}-{}-ubyte")
        split = tmp_path / "classes" / name.replace("t10k", "test")
        write_classes(split, marks[start], LABELS[start])
    for name in ("both.npz", "idx", "classes"):
        data = load_digits(tmp_path / name)
        assert (len(data.train), len(data.test)) == (20, 10)
        assert np.array_equal(data.train.pictures, marks[:20])
        assert np.array_equal(data.measured.pictures, marks[20:])
        assert np.array_equal(load_extra(tmp_path / name).labels, LABELS[:20])
        assert np.array_equal(load_mnist(tmp_path / name).test_pictures, marks[20:])
    write_classes(tmp_path / "one", marks)
    assert len(load_extra(tmp_path / "one")) == len(load_digits(tmp_path / "one").measured) == 30
    assert len(load_digits(tmp_path / "one").test) == 0


def test_a_file_and_its_gz_are_one(tmp_path: Path, marks: Pictures) -> None:
    write_idx_set(tmp_path, marks, LABELS, "train-{}-{}-ubyte.gz")
    write_idx_set(tmp_path, marks, LABELS, "train-{}-{}-ubyte")
    assert len(load_digits(tmp_path).train) == 30


def test_qmnist_has_its_classes_in_the_first_of_eight_columns(
    tmp_path: Path, marks: Pictures
) -> None:
    write_idx(tmp_path / "qmnist-test-images-idx3-ubyte.gz", marks)
    table = np.column_stack([LABELS, *[np.arange(30) + 1000] * 7])
    write_idx(tmp_path / "qmnist-test-labels-idx2-int.gz", table, 0x0C)
    assert np.array_equal(load_digits(tmp_path).test.labels, LABELS)


@pytest.mark.parametrize("chalk", [False, True])
@pytest.mark.parametrize("colour", [False, True])
def test_photos_of_digits_are_read_like_their_ink(
    tmp_path: Path, crops: list[Pictures], chalk: bool, colour: bool
) -> None:
    photos = [on_paper(crop, chalk=chalk, colour=colour) for crop in crops]
    taken = load_digits(write_classes(tmp_path, photos, suffix=".jpg")).measured
    patches = np.concatenate(list(taken.patches()))
    clean = make_patches(inks(70))
    assert np.abs(patches - clean).mean() < 0.02  # another digit is about 0.15 away
    assert np.array_equal(read(taken), LABELS)


def test_dark_and_light_ink_may_lie_in_one_folder(tmp_path: Path, crops: list[Pictures]) -> None:
    photos = [on_paper(crop, chalk=n % 2 == 0) for n, crop in enumerate(crops)]
    photos[4], photos[7] = crops[4], 255 - crops[7]
    assert np.array_equal(read(load_digits(write_classes(tmp_path, photos)).measured), LABELS)


def test_what_is_cut_tight_is_taken_to_be_as_the_others_are(
    tmp_path: Path, crops: list[Pictures]
) -> None:
    bar = np.full((60, 9), 60, np.uint8)
    bar[:3, :4] = bar[-3:, 5:] = 200
    upright = write_classes(tmp_path, [*(on_paper(i) for i in crops), bar], [*LABELS, 1])
    bar_ink = load_digits(upright).measured.pictures[-1]
    assert bar_ink[bar_ink.shape[0] // 2].min() > 200
    assert bar_ink[0, 0] < 50 < 200 < bar_ink[0, -1]


def test_a_28x28_photo_is_no_patch_yet(tmp_path: Path) -> None:
    """What fills it on grey paper is brought into MNIST's form, what is on black left as it is."""
    filled = np.stack([cv2.resize(i, (28, 28), interpolation=cv2.INTER_AREA) for i in inks(60)])
    on_grey = load_digits(write_classes(tmp_path / "grey", [on_paper(i) for i in filled])).measured
    on_black = load_digits(
        write_classes(tmp_path / "black", np.pad(filled, ((0, 0), (1, 1), (1, 1)))[:, :28, :28])
    ).measured
    assert np.abs(as_patches(on_grey.pictures) - make_patches(filled)).mean() < 0.03
    assert np.abs(as_patches(on_black.pictures) - make_patches(filled)).mean() > 0.06


def test_pictures_of_another_size_come_into_the_form_that_the_finder_makes() -> None:
    own = [digit_ink(value, 60, seed=2) for value in "70"]
    canvases = np.zeros((2, 90, 120), np.uint8)
    for canvas, ink, (x, y) in zip(canvases, own, ((5, 20), (40, 3)), strict=True):
        canvas[y : y + ink.shape[0], x : x + ink.shape[1]] = ink
    assert np.abs(as_patches(canvases) - make_patches(own)).max() < 0.5
    assert np.abs(as_patches(canvases) - make_patches(own)).mean() < 0.01


def test_sixteen_pixels_are_enough_to_read(tmp_path: Path) -> None:
    small = np.zeros((30, 16, 16), np.uint8)
    for canvas, ink in zip(small, inks(16), strict=True):
        height, width = (min(16, i) for i in ink.shape)
        canvas[:height, :width] = ink[:height, :width]
    np.savez(tmp_path / "usps.npz", x_test=small.reshape(30, 256) / 127.5 - 1, y_test=LABELS)
    write_idx_set(tmp_path / "idx", small, LABELS, "usps-test-{}-{}-ubyte")
    for name in ("usps.npz", "idx"):
        measured = load_digits(tmp_path / name).measured
        assert np.array_equal(measured.pictures, small)
        assert np.count_nonzero(read(measured) == LABELS) >= 28


def test_batches_hold_every_picture_once_and_in_order() -> None:
    pictures = np.arange(1203, dtype=np.uint8)[:, None, None].repeat(28, 1).repeat(28, 2)
    pictures[:, 3, 4] += 1
    for own in (pictures, tuple(pictures)):
        marks = Labelled(own, np.arange(1203))
        batches = list(marks.patches())
        assert len(batches) == marks.batches > 1
        assert np.array_equal(np.concatenate(batches), as_patches(pictures))
        some = marks[np.array([900, 3])]
        assert some.labels.tolist() == [900, 3]
        assert np.array_equal(as_patches(some.pictures), as_patches(pictures[[900, 3]]))
        assert [len(marks[:7]), len(marks[:0]), marks[:0].batches] == [7, 0, 0]


def test_the_first_few_of_class_folders_are_some_of_each(tmp_path: Path, marks: Pictures) -> None:
    data = load_digits(write_classes(tmp_path, marks)).measured
    assert sorted(data[:10].labels) == list(range(10))
    assert np.array_equal(data.pictures, marks)


@pytest.mark.parametrize("name", ["10", "none", "Not a digit", "not_a_digit", "other"])
def test_marks_that_are_no_digit_have_a_folder_of_their_own(
    tmp_path: Path, marks: Pictures, name: str
) -> None:
    write_classes(tmp_path, marks[:3], ["4", "5", name])
    assert sorted(load_digits(tmp_path).measured.labels) == [4, 5, 10]
    assert sorted(load_extra(tmp_path).labels) == [4, 5, 10]


def test_what_is_no_image_is_left_out_and_counted(tmp_path: Path, marks: Pictures) -> None:
    write_classes(tmp_path, marks)
    (tmp_path / "3" / "notes.txt").write_text("seven of these are mine", encoding="utf-8")
    (tmp_path / "3" / ".DS_Store").write_bytes(bytes(40))
    (tmp_path / ".cache").mkdir()
    (tmp_path / "readme.txt").touch()
    (tmp_path / "4" / "mine").mkdir()
    (tmp_path / "4" / "014.png").rename(tmp_path / "4" / "mine" / "014.png")
    marked = load_digits(tmp_path).measured
    assert (len(marked), marked.skipped, marked[:3].skipped) == (30, 1, 1)


def test_pictures_of_any_size_and_depth_can_be_read(tmp_path: Path) -> None:
    ink = np.pad(digit_ink("5", 900, seed=3), 60)
    deep = (255 - ink).astype(np.uint16) * 257
    seen_through = np.dstack([np.zeros((*ink.shape, 3), np.uint8), ink])
    write_classes(tmp_path, [ink, deep, seen_through], [5, 5, 5])
    cv2.imwrite(str(tmp_path / "5" / "dot.png"), np.full((1, 1), 200, np.uint8))
    cv2.imwrite(str(tmp_path / "5" / "white.png"), np.full((28, 28), 255, np.uint8))
    cv2.imwrite(str(tmp_path / "5" / "line.png"), np.full((1, 2000), 90, np.uint8))
    marks = load_digits(tmp_path).measured
    assert read(marks)[:3].tolist() == [5, 5, 5]
    assert not np.concatenate(list(marks.patches()))[3:].any()
    assert max(max(i.shape) for i in marks.pictures) < 300
