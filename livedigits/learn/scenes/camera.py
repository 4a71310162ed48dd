"""The camera: where it stands, what its lens and sensor do to the picture, and how it is saved."""

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.capture.frame import Image
from livedigits.learn.scenes.texture import FloatImage, Size, grain, resized, to_image

Homography: TypeAlias = npt.NDArray[np.float64]
"""From pixels of the page to pixels of the frame, `float64`, `(3, 3)`."""

FOCAL = 1.1
"""Focal length as a share of the frame's width: that of a phone's or a webcam's main lens."""


@dataclass(frozen=True, slots=True)
class Camera:
    """How hard the camera makes it. Each shot draws its own strengths, up to these.

    Attributes:
        tilt: lean of the camera against the page, in degrees.
        roll: turn of the page in the view, in degrees.
        zoom: change of size, as a factor to either side of 1.
        defocus: blur of the lens, standard deviation in pixels.
        motion: length of the way the picture moves while the shutter is open, in pixels.
        noise: of the sensor, standard deviation in grey levels at middle grey.
        exposure: stops of over- or underexposure.
        vignette: share of the light that the corners lose.
        cast: error of the white balance, as a share of a channel's gain.
        sharpening: strength of the camera's own sharpening.
        jpeg: lowest quality the picture is compressed with, 0 to 100; None leaves it as it is.
    """

    tilt: float = 10.0
    roll: float = 4.0
    zoom: float = 1.08
    defocus: float = 1.0
    motion: float = 2.5
    noise: float = 5.0
    exposure: float = 0.5
    vignette: float = 0.35
    cast: float = 0.08
    sharpening: float = 0.6
    jpeg: int | None = 60


MILD = Camera()
"""A phone or webcam in a careful hand, in a lit room."""

HARSH = Camera(
    tilt=18.0,
    roll=8.0,
    zoom=1.15,
    defocus=1.8,
    motion=6.0,
    noise=12.0,
    exposure=1.0,
    vignette=0.55,
    cast=0.16,
    sharpening=1.0,
    jpeg=35,
)
"""A cheap webcam in a shaky hand, in the evening."""

STILL = Camera(0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, None)
"""No camera at all: the page as it is."""


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the camera stands.

    Attributes:
        x: what it looks at, from the middle of the page, in pixels of the page.
        y: likewise, downwards.
        zoom: pixels of the frame for one of the page, where it looks.
        roll: turn of the page in the view, in degrees.
        pitch: lean forwards, in degrees.
        yaw: lean sideways, in degrees.
    """

    x: float = 0.0
    y: float = 0.0
    zoom: float = 1.0
    roll: float = 0.0
    pitch: float = 0.0
    yaw: float = 0.0

    def homography(self, page: Size, frame: Size) -> Homography:
        """The picture that a pinhole camera takes of the plane from here.

        Hartley and Zisserman, Multiple View Geometry, 2nd ed., section 8.1.1: for points with
        z = 0 the projection K [R | t] is the homography K [r1 r2 t].
        """
        roll, pitch, yaw = np.radians((self.roll, self.pitch, self.yaw))
        about_z, _ = cv2.Rodrigues(np.array((0, 0, roll)))
        about_x, _ = cv2.Rodrigues(np.array((pitch, 0, 0)))
        about_y, _ = cv2.Rodrigues(np.array((0, yaw, 0)))
        rotation = about_z @ about_x @ about_y
        focal = FOCAL * frame[0]
        plane = np.column_stack((rotation[:, 0], rotation[:, 1], (0, 0, focal / self.zoom)))
        intrinsic = np.array(((focal, 0, frame[0] / 2), (0, focal, frame[1] / 2), (0, 0, 1.0)))
        looked_at = (page[0] / 2 + self.x, page[1] / 2 + self.y)
        centred = np.array(((1.0, 0, -looked_at[0]), (0, 1, -looked_at[1]), (0, 0, 1)))
        matrix = intrinsic @ plane @ centred
        return np.asarray(matrix / matrix[2, 2], np.float64)


@dataclass(frozen=True, slots=True)
class Shot:
    """What becomes of one picture behind the lens; the strengths are those of `Camera`, drawn.

    Attributes:
        defocus: standard deviation in pixels.
        motion: (x, y), the way the picture moves while the shutter is open, in pixels.
        noise: standard deviation in grey levels at middle grey.
        gain: of blue, green and red.
        vignette: share of the light that the corners lose.
        sharpening: strength of the unsharp mask.
        jpeg: quality of the compression, 0 to 100; None for none.
    """

    defocus: float = 0.0
    motion: tuple[float, float] = (0.0, 0.0)
    noise: float = 0.0
    gain: tuple[float, float, float] = (1.0, 1.0, 1.0)
    vignette: float = 0.0
    sharpening: float = 0.0
    jpeg: int | None = None


def draw_pose(rng: np.random.Generator, camera: Camera) -> Pose:
    """A place to stand, looking at the middle of the page."""
    return Pose(
        zoom=float(camera.zoom ** rng.uniform(-1, 1)),
        roll=float(rng.uniform(-camera.roll, camera.roll)),
        pitch=float(rng.uniform(-camera.tilt, camera.tilt)),
        yaw=float(rng.uniform(-camera.tilt, camera.tilt)),
    )


def draw_shot(rng: np.random.Generator, camera: Camera) -> Shot:
    """The strengths of one shot; mostly well under the camera's worst."""
    angle = rng.uniform(0, 2 * np.pi)
    # Half of all shots are taken with a steady hand.
    moved = camera.motion * max(0.0, rng.uniform(-1, 1))
    exposure = 2.0 ** (camera.exposure * rng.uniform(-1, 0.35))
    # White balance errs between amber and blue, and less between green and magenta.
    warmth, tint = camera.cast * rng.uniform(-1, 1, 2) * (1.0, 0.25)
    gain = exposure * np.array((1 - warmth - tint, 1 + tint, 1 + warmth - tint))
    return Shot(
        defocus=float(camera.defocus * rng.random()),
        motion=(float(moved * np.cos(angle)), float(moved * np.sin(angle))),
        noise=float(camera.noise * rng.uniform(0.15, 1)),
        gain=(float(gain[0]), float(gain[1]), float(gain[2])),
        vignette=float(camera.vignette * rng.random()),
        sharpening=float(camera.sharpening * rng.random()),
        jpeg=None if camera.jpeg is None else int(rng.integers(camera.jpeg, 97)),
    )


def warp(page: Image, homography: Homography, frame: Size) -> Image:
    """The page as seen from a pose; beyond its edges it is mirrored."""
    return np.asarray(
        cv2.warpPerspective(
            page, homography, frame, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
        ),
        np.uint8,
    )


def expose(rng: np.random.Generator, view: Image, shot: Shot) -> Image:
    """Takes the picture: blur, light, noise, sharpening and compression, in the order they happen.

    Args:
        rng: where the noise comes from.
        view: what the lens is pointed at, BGR.
        shot: how strong each of them is.
    """
    image = view
    if shot.defocus > 0.2:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), shot.defocus), np.uint8)
    if np.hypot(*shot.motion) > 0.5:
        image = np.asarray(cv2.filter2D(image, -1, _motion_kernel(shot.motion)), np.uint8)
    size: Size = (image.shape[1], image.shape[0])
    exposed = image.astype(np.float32) * _falloff(size, shot.vignette)[..., None]
    exposed *= np.array(shot.gain, np.float32)
    if shot.noise > 0:
        exposed += _sensor_noise(rng, exposed, shot.noise)
    if shot.sharpening > 0:
        soft = cv2.GaussianBlur(exposed, (0, 0), 1.2)
        exposed += np.float32(shot.sharpening) * (exposed - soft)
    image = to_image(exposed)
    if shot.jpeg is not None:
        _, data = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, shot.jpeg))
        image = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return image


def _motion_kernel(motion: tuple[float, float]) -> FloatImage:
    """A line of the motion's length and direction, summing to 1."""
    side = 2 * int(np.ceil(np.hypot(*motion) / 2)) + 3
    middle = side // 2
    kernel = np.zeros((side, side), np.uint8)
    half = np.array(motion) / 2
    first, last = ((middle + sign * half) * 16 for sign in (-1, 1))
    cv2.line(kernel, first.astype(int).tolist(), last.astype(int).tolist(), 255, 1, cv2.LINE_AA, 4)
    weights = kernel.astype(np.float32)
    return np.asarray(weights / weights.sum(), np.float32)


def _falloff(size: Size, vignette: float) -> FloatImage:
    """Light from the middle to the corners: 1 to 1 - `vignette`."""
    x = np.linspace(-1, 1, size[0], dtype=np.float32)[None] ** 2
    y = np.linspace(-1, 1, size[1], dtype=np.float32)[:, None] ** 2
    return np.asarray(1 - np.float32(vignette) * ((x + y) / 2), np.float32)


def _sensor_noise(rng: np.random.Generator, image: FloatImage, sigma: float) -> FloatImage:
    """Fine noise of brightness, of photons and of read-out, and coarse noise of colour."""
    size: Size = (image.shape[1], image.shape[0])
    level = np.sqrt(np.maximum(image[..., 1], 0) / np.float32(128)) * np.float32(0.8 * sigma)
    fine = grain(rng, size, 0.55) * (level + np.float32(0.2 * sigma))
    half = (max(1, size[0] // 3), max(1, size[1] // 3))
    blotches = rng.standard_normal((half[1], half[0], 3), dtype=np.float32) * np.float32(
        0.5 * sigma
    )
    return resized(blotches, size, cv2.INTER_LINEAR) + fine[..., None]
