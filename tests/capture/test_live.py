"""Cameras and streams: the newest frame, a prompt end, and errors that say what to try."""

import subprocess
import sys
import time
from pathlib import Path
from threading import Thread
from typing import ClassVar

import cv2
import pytest
from coded_frames import coded_frame, number_of
from mjpeg import MjpegServer

from livedigits.capture import CameraOptions, LiveSource, devices, find_cameras, open_source
from livedigits.errors import SettingsError, SourceError
from livedigits.settings import CaptureSettings


def test_a_slow_reader_gets_the_newest_frame_and_the_number_of_those_it_missed(
    mjpeg_server: MjpegServer,
) -> None:
    with open_source(mjpeg_server.url) as source:
        frames = iter(source)
        first = next(frames)
        before = mjpeg_server.last_sent
        while mjpeg_server.last_sent < before + 30:  # the reader is busy meanwhile
            time.sleep(0.01)
        mjpeg_server.running.clear()
        time.sleep(0.5)  # what is on its way arrives
        late = next(frames)
    assert number_of(first.image) == first.index
    assert number_of(late.image) == late.index == mjpeg_server.last_sent
    assert late.dropped == late.index - 1
    assert late.time > first.time


def test_no_frame_comes_twice_and_each_is_handed_out_or_counted(mjpeg_server: MjpegServer) -> None:
    with open_source(mjpeg_server.url) as source:
        for handed_out, frame in enumerate(source):
            assert number_of(frame.image) == frame.index == handed_out + frame.dropped
            if handed_out % 10 == 9:
                time.sleep(0.1)
            if handed_out == 50:
                break
    assert frame.dropped > 0


def test_closing_from_another_thread_ends_a_reader_that_waits(mjpeg_server: MjpegServer) -> None:
    source = open_source(mjpeg_server.url)
    mjpeg_server.running.clear()  # the stream stalls, and the reader waits
    reader = Thread(target=list, args=(iter(source),))
    reader.start()
    time.sleep(0.5)
    assert reader.is_alive()
    source.close()
    reader.join(5)  # the stall itself would end only after 10 s
    assert not reader.is_alive()


def test_a_stream_that_ends_is_reported_where_it_is_not_to_reconnect(
    mjpeg_server: MjpegServer,
) -> None:
    errors: list[SourceError] = []
    never = CaptureSettings(reconnect_s=0)
    with open_source(mjpeg_server.url, on_error=errors.append, settings=never) as source:
        frames = iter(source)
        next(frames)
        mjpeg_server.unplugged.set()
        list(frames)
    assert [str(error) for error in errors] == [
        f"{mjpeg_server.url} stopped delivering frames; is it still connected?"
    ]


def test_a_stream_that_nobody_closes_does_not_keep_the_program_from_ending(
    mjpeg_server: MjpegServer,
) -> None:
    program = "import sys; from livedigits.capture import open_source;"
    program += "frame = next(iter(open_source(sys.argv[1]))); print(frame.image.shape)"
    command = [sys.executable, "-c", program, mjpeg_server.url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "(240, 320, 3)\n", "")


@pytest.mark.parametrize(
    ("spec", "name", "advice"),
    [
        (97, "camera 97", "another program holds it.*permission.*another index.*recording"),
        ("97", "camera 97", "another program holds it.*permission.*another index.*recording"),
        ("/dev/video97", "camera /dev/video97", "no such camera"),
        ("rtsp://me:secret@127.0.0.1:1/a", r"rtsp://me:\*\*\*@127.0.0.1:1/a", "check the address"),
    ],
)
def test_what_cannot_be_opened_is_named_with_advice_and_without_noise(
    capfd: pytest.CaptureFixture[str], spec: int | str, name: str, advice: str
) -> None:
    with pytest.raises(SourceError, match=f"^{name} cannot be opened: .*{advice}") as caught:
        open_source(spec)
    assert "secret" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


class FakeCamera:
    """Stands for `cv2.VideoCapture`, as no test machine has a camera; notes what is set."""

    made: ClassVar[list["FakeCamera"]] = []
    keeps_its_promise = True

    def __init__(self, device: int, backend: int) -> None:
        self.device = device
        self.backend = backend
        self.settings: dict[int, float] = {}
        FakeCamera.made.append(self)

    def isOpened(self) -> bool:  # noqa: N802
        return self.device in (0, 2)

    def getBackendName(self) -> str:  # noqa: N802
        return "V4L2"

    def set(self, setting: int, value: float) -> bool:
        self.settings[setting] = value
        return True

    def get(self, setting: int) -> float:
        return self.settings.get(setting, float("nan"))

    def grab(self) -> bool:
        return self.keeps_its_promise or cv2.CAP_PROP_FOURCC not in self.settings

    def read(self) -> tuple[bool, object]:
        return self.grab(), coded_frame(42)

    def release(self) -> None:
        pass


@pytest.fixture
def fake_cameras(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> type[FakeCamera]:
    """Cameras 0 and 2, and a device 1 that does not open."""
    monkeypatch.setattr(FakeCamera, "made", [])
    monkeypatch.setattr(devices.cv2, "VideoCapture", FakeCamera)
    monkeypatch.setattr(devices.sys, "platform", "linux")
    monkeypatch.setattr(devices, "_SYSFS", tmp_path)
    for number, name in enumerate(("HD Webcam", "HD Webcam: metadata", "Dome")):
        (tmp_path / f"video{number}").mkdir()
        (tmp_path / f"video{number}" / "name").write_text(f"{name}\n", encoding="utf-8")
    return FakeCamera


@pytest.mark.parametrize("spec", [0, "0"])
def test_a_camera_is_asked_for_compressed_frames_before_their_size(
    fake_cameras: type[FakeCamera], spec: int | str
) -> None:
    with open_source(spec, camera=CameraOptions(size=(640, 480), fps=15)) as source:
        assert (source.kind, source.name, source.fps) == ("live", "camera 0", 15)
        assert number_of(next(iter(source)).image) == 42
        assert isinstance(source, LiveSource)
        assert source.given == "640x480 MJPG, 15 frames a second, V4L2"
    (camera,) = fake_cameras.made
    assert camera.device == 0
    assert list(camera.settings.items()) == [
        (cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG")),
        (cv2.CAP_PROP_FRAME_WIDTH, 640),
        (cv2.CAP_PROP_FRAME_HEIGHT, 480),
        (cv2.CAP_PROP_FPS, 15),
        (cv2.CAP_PROP_BUFFERSIZE, 1),
    ]


def test_a_camera_that_promises_compressed_frames_and_gives_none_is_asked_for_raw_ones(
    fake_cameras: type[FakeCamera], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake_cameras, "keeps_its_promise", False)
    with open_source(0) as source:
        assert number_of(next(iter(source)).image) == 42
    assert cv2.CAP_PROP_FOURCC in fake_cameras.made[0].settings
    assert cv2.CAP_PROP_FOURCC not in fake_cameras.made[1].settings


def test_the_automatic_is_off_before_an_exposure_is_set(fake_cameras: type[FakeCamera]) -> None:
    with open_source(0, camera=CameraOptions(size=None, exposure=157)) as source:
        assert isinstance(source, LiveSource)
        assert source.given.endswith("exposure 157")
    with open_source(0, camera=CameraOptions(size=None, exposure="auto")):
        pass
    locked, automatic = (list(camera.settings.items())[1:-1] for camera in fake_cameras.made)
    assert locked == [(cv2.CAP_PROP_AUTO_EXPOSURE, 1), (cv2.CAP_PROP_EXPOSURE, 157)]
    assert automatic == [(cv2.CAP_PROP_AUTO_EXPOSURE, 3)]


def test_a_backend_that_is_missing_is_told_with_those_that_are_there() -> None:
    missing = "msmf" if sys.platform != "win32" else "v4l2"
    with pytest.raises(SourceError, match=f"no backend {missing}; it has any, .*ffmpeg"):
        open_source(0, camera=CameraOptions(backend=missing))


def test_a_backend_for_cameras_reads_no_streams() -> None:
    with pytest.raises(SettingsError, match="v4l2 reads cameras; streams are"):
        open_source("http://127.0.0.1:9/live", camera=CameraOptions(backend="v4l2"))


def test_cameras_that_open_are_found_by_name(fake_cameras: type[FakeCamera]) -> None:
    found = find_cameras(CameraOptions(size=(800, 600), fps=30))
    # The machine's own devices are tried as well; of the fakes, only 0 and 2 open.
    assert [(i.index, i.name, i.width, i.height, i.fps) for i in found] == [
        (0, "HD Webcam", 800, 600, 30),
        (2, "Dome", 800, 600, 30),
    ]
