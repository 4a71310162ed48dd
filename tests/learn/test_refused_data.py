"""What is no data set, or a damaged one, is refused in one line that names the file."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from data_files import LABELS, write_classes, write_idx_set

import livedigits
from livedigits.errors import DataError
from livedigits.learn.data import load_digits, load_extra

CHECKOUT = Path(livedigits.__file__).parent.parent
EMPTY = np.zeros((30, 28, 28), np.uint8)


def missing_labels(folder: Path) -> Path:
    images = write_idx_set(folder, EMPTY[:3], LABELS[:3], "train-{}-{}-ubyte")
    (folder / "train-labels-idx1-ubyte").unlink()
    return images


def cut_off_idx(folder: Path) -> Path:
    images = write_idx_set(folder, EMPTY[:3], LABELS[:3], "train-{}-{}-ubyte")
    images.write_bytes(images.read_bytes()[:-1])
    return images


def cut_off_gz(folder: Path) -> Path:
    noise = np.random.default_rng(0).integers(0, 256, (9, 28, 28))
    images = write_idx_set(folder, noise, LABELS[:9], "train-{}-{}-ubyte.gz")
    images.write_bytes(images.read_bytes()[:3000])
    return images


def damaged_gz(folder: Path) -> Path:
    images = cut_off_gz(folder)
    images.write_bytes(images.read_bytes()[:1000] + bytes(2000))
    return images


def two_bytes(folder: Path) -> Path:
    images = write_idx_set(folder, EMPTY[:3], LABELS[:3], "train-{}-{}-ubyte")
    images.write_bytes(b"\0\0")
    return images


def cut_off_header(folder: Path) -> Path:
    images = write_idx_set(folder, EMPTY[:3], LABELS[:3], "train-{}-{}-ubyte")
    images.write_bytes(images.read_bytes()[:9])
    return images


def flat_emnist(folder: Path) -> Path:
    return write_idx_set(folder, np.zeros((3, 63)), LABELS[:3], "emnist-train-{}-{}-ubyte")


def endless_header(folder: Path) -> Path:
    images = write_idx_set(folder, EMPTY[:3], LABELS[:3], "train-{}-{}-ubyte")
    images.write_bytes(b"\0\0\x08\xff" + bytes(4 * 255))
    return images


def wrong_magic(folder: Path) -> Path:
    images = write_idx_set(folder, EMPTY[:3], LABELS[:3], "train-{}-{}-ubyte")
    images.write_bytes(b"\0\0\x07\x03" + images.read_bytes()[4:])
    return images


def empty_idx(folder: Path) -> Path:
    images = write_idx_set(folder, EMPTY[:3], LABELS[:3], "train-{}-{}-ubyte")
    images.write_bytes(b"")
    return images


def labels_for_images(folder: Path) -> Path:
    write_idx_set(folder, EMPTY[:3], LABELS[:3], "train-{}-{}-ubyte")
    return folder / "train-labels-idx1-ubyte"


def too_few_labels(folder: Path) -> Path:
    return write_idx_set(folder, EMPTY[:3], LABELS[:2], "train-{}-{}-ubyte")


def letters(folder: Path) -> Path:
    return write_idx_set(folder, EMPTY[:3], LABELS[:3] + 24, "train-{}-{}-ubyte")


def broken_image(folder: Path) -> Path:
    write_classes(folder, EMPTY[:3], [0, 1, 2])
    picture = folder / "1" / "001.png"
    picture.write_bytes(picture.read_bytes()[:40])
    return picture


def unknown_class(folder: Path) -> Path:
    return write_classes(folder, EMPTY[:2], [0, "seven"]) / "seven"


def beside_splits(folder: Path) -> Path:
    write_classes(folder / "test", EMPTY[:1], [0])
    return write_classes(folder, EMPTY[:1], [3]) / "3"


def empty_folder(folder: Path) -> Path:
    folder.mkdir()
    return folder


def empty_classes(folder: Path) -> Path:
    (folder / "0").mkdir(parents=True)
    return folder


def nothing(folder: Path) -> Path:
    return folder


def text_file(folder: Path) -> Path:
    folder.write_text("0123", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "make",
    [
        missing_labels,
        cut_off_idx,
        cut_off_gz,
        damaged_gz,
        two_bytes,
        cut_off_header,
        flat_emnist,
        endless_header,
        wrong_magic,
        empty_idx,
        too_few_labels,
        letters,
        broken_image,
        unknown_class,
        beside_splits,
        empty_folder,
        empty_classes,
        nothing,
        text_file,
    ],
)
def test_what_cannot_be_used_is_refused_by_name(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    culprit = make(tmp_path / "data")
    with pytest.raises(DataError) as refusal:
        load_digits(tmp_path / "data")
    assert str(culprit) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_file_of_labels_is_no_data_set_by_itself(tmp_path: Path) -> None:
    path = labels_for_images(tmp_path / "data")
    with pytest.raises(DataError, match="labels-idx1-ubyte"):
        load_digits(path)


def test_two_data_sets_in_one_folder_are_told_apart_by_the_user(tmp_path: Path) -> None:
    one = write_idx_set(tmp_path, EMPTY, LABELS, "train-{}-{}-ubyte")
    two = write_idx_set(tmp_path, EMPTY[:4], LABELS[:4], "emnist-digits-train-{}-{}-ubyte")
    with pytest.raises(DataError, match="train-images-idx3-ubyte"):
        load_digits(tmp_path)
    assert [len(load_digits(i).train) for i in (one, two)] == [30, 4]


def test_a_test_split_alone_is_nothing_to_train_on(tmp_path: Path) -> None:
    write_classes(tmp_path / "test", EMPTY)
    with pytest.raises(DataError, match="test split"):
        load_extra(tmp_path)


def test_grey_levels_on_an_unknown_scale_are_refused(tmp_path: Path) -> None:
    eighths = np.tile(np.arange(16.0), (5, 4))  # as scikit-learn's digits, 0 to 16
    np.savez(tmp_path / "digits.npz", x_test=eighths, y_test=np.arange(5))
    with pytest.raises(DataError, match="0 to 15"):
        load_digits(tmp_path / "digits.npz")


def test_a_failed_download_says_what_to_do(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": str(CHECKOUT),
        "KERAS_HOME": str(tmp_path),
        "https_proxy": "http://127.0.0.1:9",
        "no_proxy": "",
    }
    outcome = subprocess.run(
        [sys.executable, "-m", "livedigits", "evaluate", "--data", "mnist"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert (outcome.returncode, outcome.stdout) == (2, "")
    (said,) = (i for i in outcome.stderr.splitlines() if i.startswith("livedigits:"))
    assert "--data" in said
    assert "Traceback" not in outcome.stderr
