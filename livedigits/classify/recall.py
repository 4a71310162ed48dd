"""Recall: in a stream, what was classified a moment ago is not classified again.

The digits of a page look nearly the same from frame to frame, wherever the camera has moved, and
the model says nearly the same of them. A patch that differs little from one of the last frames', of
which the model was sure, takes its probabilities over; doubtful ones are looked at in every frame.
Nothing is learned from what was recalled, so that errors cannot creep, and all is forgotten after
some frames, so that none lasts.
"""

import math
from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from livedigits.classify.classifier import Probabilities
from livedigits.find.patches import SIZE, Patches
from livedigits.settings import ClassifySettings

_MOST = 256
"""Patches remembered, those of a few full pages: to compare with many takes as long as to
classify."""


class Recall:
    """Classifies the patches of one stream, frame by frame.

    Example:
        >>> recall = Recall(load_classifier())
        >>> recall(patches).shape   # for each frame
        (32, 11)
    """

    def __init__(
        self,
        classifier: Callable[[Patches], Probabilities],
        settings: ClassifySettings | None = None,
    ) -> None:
        """Starts with no memory of what `classifier` says."""
        self._classifier = classifier
        self._settings = settings or ClassifySettings()
        # What is remembered, the oldest first.
        self._pictures = np.zeros((0, SIZE * SIZE), np.uint8)
        self._probabilities = np.zeros((0, 11), np.float32)

    def __call__(self, patches: Patches) -> Probabilities:
        """Probabilities of one frame's patches; see `Classifier`."""
        pictures = np.rint(patches.reshape(-1, SIZE * SIZE) * 255).astype(np.uint8)
        probabilities = np.zeros((len(patches), 11), np.float32)
        new = np.ones(len(patches), np.bool_)
        if len(patches) and len(self._pictures):
            # For each picture the nearest of those remembered, and the sum of the differences.
            difference, nearest = cv2.batchDistance(
                pictures, self._pictures, cv2.CV_32S, normType=cv2.NORM_L1, K=1
            )
            new = difference[:, 0] >= self._settings.recall_difference * 255 * SIZE * SIZE
            probabilities = self._probabilities[nearest[:, 0]]
        if new.any():
            probabilities[new] = self._classifier(patches[new])
        self._remember(pictures[new], probabilities[new])
        return probabilities

    def _remember(self, pictures: npt.NDArray[np.uint8], probabilities: Probabilities) -> None:
        """Adds what the model is sure of, and forgets the oldest: a few in each frame, so that
        no frame has to classify all anew."""
        sure = probabilities.max(axis=1, initial=0) >= self._settings.recall_confidence
        count = len(self._pictures)
        old = max(
            math.ceil(count / self._settings.recall_frames),
            count + int(np.count_nonzero(sure)) - _MOST,
        )
        self._pictures = np.concatenate((self._pictures[old:], pictures[sure]))
        self._probabilities = np.concatenate((self._probabilities[old:], probabilities[sure]))
