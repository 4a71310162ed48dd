"""What tests of several steps share: the default reader, and MNIST for those who have it."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from livedigits import reader as reader_module
from livedigits.learn.data import Mnist, load_mnist


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--mnist",
        type=Path,
        metavar="PATH",
        help="an .npz with MNIST as Keras has it; tests on real digits are skipped without it",
    )


@pytest.fixture(scope="session", autouse=True)
def ctrl_c() -> None:
    """Shells have what they start in the background ignore it, and so would all processes here."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keeps what tests load out of the user's cache, in processes of their own as well."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIVEDIGITS_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def mnist(request: pytest.FixtureRequest) -> Mnist:
    """MNIST from the file that --mnist names."""
    path = request.config.getoption("--mnist")
    if path is None:
        pytest.skip("needs --mnist PATH")
    return load_mnist(path)


@pytest.fixture(scope="session")
def reader() -> reader_module.Reader:
    """The reader with its default model and settings, loaded once; it remembers nothing."""
    return reader_module.Reader()
