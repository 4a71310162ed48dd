"""Pace: how closely each frame of a stream is looked at.

To look for ink of both polarities takes twice as long, and a thorough look up to ten times; but
what they show hardly changes from frame to frame.
"""

from collections.abc import Sequence

import numpy as np

from livedigits.find import Found
from livedigits.find.ink import has_two_grounds
from livedigits.inks import Read
from livedigits.look import Plan
from livedigits.reading import Digit
from livedigits.settings import FindSettings, Polarity

POLARITY_FRAMES, REST_FRAMES = 5, 30
"""After so many frames, or once much less is read than was, ink of both polarities is looked for;
more pass where the picture stands still, has only one ground or is looked at thoroughly."""

THOROUGH_FRAMES, STEADY_FRAMES = 5, 30
"""A thorough look is taken in every so many frames, in fewer while a page that nothing was taken
apart on is as it was. Digits that only such a look finds are taken for known while the rest of the
page is as it was, and looked for at once where it is not."""

AGREED = 0.05
"""What a look shows is taken for known if it is what the tracks come to, but for so many digits."""


class Pace:
    """Plans the looks at the frames of one stream.

    Example:
        >>> pace = Pace(FindSettings(), threshold=0.5)
        >>> plan = pace.next()   # for each frame
        >>> pace.saw(look.read, recall.known(look.read.found), digits)
    """

    def __init__(self, settings: FindSettings, threshold: float) -> None:
        """Starts with nothing seen.

        Args:
            settings: the ink that the user asked for.
            threshold: digits less probable than this are not reported.
        """
        self.anew = False
        self._settings = settings
        self._threshold = threshold
        self._wanted = settings.polarity
        self._polarity: Polarity = settings.polarity
        self._index = -1
        self._known: Found | None = None
        self._tilt = 0.0
        self._hidden, self._changed = False, True
        self._age, self._weight, self._both = 0, 0.0, 0
        self._seen: Found | None = None
        self._still = False

    def next(self) -> Plan:
        """How the next frame is looked at; `anew` tells whether nothing is taken for known."""
        self._index += 1
        rhythm = THOROUGH_FRAMES if self._changed or self._hidden else STEADY_FRAMES
        self.anew = self._index % rhythm == 0
        thorough = self.anew or self._hidden
        return Plan(
            self._polarity,
            thorough,
            tilt=None if thorough else self._tilt,
            known=None if self.anew else self._known,
        )

    def second(self, read: Read) -> Plan | None:
        """How the same frame is looked at once more, if much less was read in it than before."""
        if self._polarity == self._wanted or read.weight > self._weight / 2:
            return None
        self._polarity = self._wanted
        return Plan(self._wanted, self.anew or self._hidden)

    def saw(self, read: Read, known: Found | None, digits: Sequence[Digit]) -> None:
        """Takes in what was read.

        Args:
            read: in the frame.
            known: what of it the next one may be compared with.
            digits: in view, by all frames so far.
        """
        if self._polarity == self._wanted:
            self._age, self._weight, self._still = 0, read.weight, True
        else:
            self._age += 1
            self._still &= self._seen is not None and self._seen.shows(read.found.coarse)
        self._seen = read.found
        self._both = REST_FRAMES if read.both else max(self._both - 1, 0)
        page, again = read.found.page, read.found.moved is not None
        steady = again and page is not None and page.same and page.whole
        self._changed = not self.anew and (self._changed or not steady)
        self._hidden = bool(read.sightings.hidden.any())
        believed = read.weight > 0 and not self._both and not self._is_due(read.found)
        if self._wanted == "auto":
            self._polarity = read.found.polarity if believed else "auto"
        self._tilt = read.found.tilt
        self._known = known if again or self._agrees(read, digits) else None

    def _is_due(self, found: Found) -> bool:
        """Whether both inks are to be looked for, though all goes on as it was."""
        if self._index % THOROUGH_FRAMES != 2:
            return False
        if self._age + 1 >= REST_FRAMES:
            return True
        if self._age + 1 < POLARITY_FRAMES or self._still or self._hidden:
            return False
        return found.coarse is not None and has_two_grounds(found.coarse, self._settings)

    def _agrees(self, read: Read, digits: Sequence[Digit]) -> bool:
        """Whether a look shows the digits that are in view; new ones have to be seen again.

        One near the threshold may be on either side of it.
        """
        seen = read.sightings
        shown = np.array([int(digit.value) for digit in digits], np.intp)
        sure = seen.values[seen.confidence >= (1 + self._threshold) / 2]
        least, most, counts = (np.bincount(i, minlength=10) for i in (sure, seen.values, shown))
        unlike = np.maximum(least - counts, 0) + np.maximum(counts - most, 0)
        return bool(unlike.sum() <= AGREED * len(digits))
