"""Every tunable of the reader: its unit, its default and the reason for it.

A section a step (`capture`, `find`, `classify`, `follow`, `events`), a field a tunable. Values come
from here, then from a TOML file with the same sections (`Settings.from_toml`), then from the
command line:

    # my.toml
    [find]
    polarity = "light"
    min_height_px = 20

    >>> Settings.from_toml("my.toml").find.polarity
    'light'

Lengths named `_px` are pixels of the analysed image: the frame itself up to `analysis_px`, beyond
that the frame scaled down to it. Other lengths are relative to the frame or to the digit.
"""

import dataclasses
import difflib
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self, get_args

from livedigits.errors import SettingsError

Polarity = Literal["auto", "dark", "light"]


def tunable(
    default: Any,
    reason: str,
    *,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
) -> Any:
    """A dataclass field with its documentation and the range that its value has to stay in."""
    return field(
        default=default, metadata={"reason": reason, "unit": unit, "low": low, "high": high}
    )


@dataclass(frozen=True, slots=True)
class CaptureSettings:
    """Cameras and network streams: how long to wait for them."""

    open_timeout_s: float = tunable(
        10.0,
        "a stream that has not given its first frame by then sends nothing; FFmpeg's own 30 s are "
        "long for someone at a screen, and a key frame may be 4 s away",
        unit="s",
        low=0.1,
        high=600,
    )
    camera_open_timeout_s: float = tunable(
        30.0,
        "the same for a camera: Windows takes up to 20 s to open some (opencv#17687)",
        unit="s",
        low=0.1,
        high=600,
    )
    frame_timeout_s: float = tunable(
        5.0,
        "a source that has given no frame for so long hangs; Wi-Fi cameras fall silent for 2 s now "
        "and then",
        unit="s",
        low=0.1,
        high=600,
    )
    reconnect_s: float = tunable(
        30.0,
        "longest pause between two tries to reconnect: the first comes after half a second, then "
        "the pause doubles; 0 never reconnects",
        unit="s",
        low=0,
        high=3600,
    )


@dataclass(frozen=True, slots=True)
class FindSettings:
    """Frame to ink, ink to candidates, candidates to patches."""

    polarity: Polarity = tunable(
        "auto", "colour of the ink: dark on light paper, light on a board, or found out"
    )
    analysis_px: int = tunable(
        2048,
        "long side that larger frames are scaled to; digits of 12-megapixel photos "
        "are still over 14 px tall there",
        unit="px",
        low=64,
        high=16384,
    )
    blur_px: int = tunable(
        3,
        "Gaussian kernel against sensor noise; wider ones close the loops of small digits",
        unit="px, odd",
        low=1,
        high=15,
    )
    background_px: int = tunable(
        36,
        "strokes narrower than this are ink, wider ones are tried on a coarser level",
        unit="px",
        low=12,
        high=256,
    )
    min_contrast: int = tunable(
        14,
        "weakest ink against its paper; pencil in poor light has about 20",
        unit="grey levels",
        low=1,
        high=255,
    )
    noise_factor: float = tunable(
        7.0,
        "weakest ink in units of the frame's own noise; the darkest of the 1,300 pixels of "
        "a bare neighbourhood is 3 to 4 of them below the mean",
        unit="sigma",
        low=0,
        high=50,
    )
    ink_share: float = tunable(
        0.28,
        "a pixel is ink where it is this share of the way from the paper to the darkest ink "
        "around it (Bernsen, 1986, has 0.5); less keeps strokes whole that grow faint, more keeps "
        "blurred neighbours apart",
        low=0.1,
        high=0.9,
    )
    min_height_px: int = tunable(
        12,
        "shorter marks are not tried as digits; below about 14 px they are hardly read right",
        unit="px",
        low=4,
        high=1000,
    )
    max_height: float = tunable(
        1.0, "tallest digit as a share of the frame's height", low=0.05, high=1.0
    )
    max_aspect: float = tunable(
        2.2,
        "widest candidate, as width over height; two touching digits are about 1.5",
        low=0.5,
        high=10,
    )
    max_slimness: float = tunable(
        16.0,
        "slimmest candidate, as height over width; a 1 of a fine pen is 12, a rule 50",
        low=2,
        high=200,
    )
    join_gap: float = tunable(
        0.25,
        "widest gap between two pieces of one digit; the bar of a hasty 5 floats at about 0.15",
        unit="heights",
        low=0,
        high=1,
    )
    max_joins: int = tunable(
        48, "most pairs of pieces tried in a frame, the closest first", low=0, high=1000
    )
    faintest: float = tunable(
        0.25,
        "marks fainter than this share of the frame's strong ones are not tried: they would be "
        "dropped later, at least_contrast, and only cost time",
        low=0,
        high=1,
    )
    max_carriers: int = tunable(
        32,
        "most marks of a level that are searched for rules, those first that may be boxes, then "
        "the largest; a form has a dozen",
        low=0,
        high=1000,
    )
    least_cut_width: float = tunable(
        0.75,
        "narrowest mark that is tried as several digits; a 1 leans on its neighbour without making "
        "it much wider, and letters such as B are no wider than a digit",
        unit="heights",
        low=0.3,
        high=10,
    )
    most_cut_width: float = tunable(
        6.0,
        "widest mark that is tried as several digits; more than six hardly ever touch",
        unit="heights",
        low=1,
        high=100,
    )
    least_cut_ink: float = tunable(
        0.5,
        "marks fainter than this share of the frame's strong ones are not cut: they are rules and "
        "grain",
        low=0,
        high=1,
    )
    max_pieces: int = tunable(
        300,
        "most pieces of wide marks tried on a level, the narrowest marks first",
        low=0,
        high=10000,
    )
    max_candidates: int = tunable(
        400,
        "most whole marks looked at in a frame, the largest first, among which a 1 counts for as "
        "much as other digits; bounds the cost of a noisy frame",
        low=1,
        high=10000,
    )
    max_contours: int = tunable(
        4000,
        "contours in a frame from which on it counts as too noisy and is smoothed; text "
        "pages have 2,000",
        low=10,
        high=100000,
    )


@dataclass(frozen=True, slots=True)
class ClassifySettings:
    """Patches to digits with confidences."""

    min_confidence: float | None = tunable(
        None,
        "digits less sure than this are not reported; None takes the model card's figure",
        low=0,
        high=1,
    )
    least_contrast: float = tunable(
        0.4,
        "ink fainter than this share of the page's digits is grain, shadow or a ruled line",
        low=0,
        high=1,
    )
    least_ink: float = tunable(
        0.15,
        "a stroke of which contrast times width is less than this share of the page's digits' is a "
        "rule or an edge; of the digits read right in 116 photographs none has less than 0.3",
        low=0,
        high=1,
    )
    least_height: float = tunable(
        0.3,
        "marks shorter than this share of the page's digits are specks; a small 1 has 0.5",
        low=0,
        high=1,
    )
    most_height: float = tunable(
        3.0,
        "marks taller than so many of the page's digits are rules, edges and ornaments",
        low=1,
        high=100,
    )
    recall_change: float = tunable(
        0.05,
        "a mark of a stream keeps its probabilities while its border moves by less from frame to "
        "frame, and its contrast and area change by less than three times as much, as they do when "
        "it moves by parts of a pixel; 0 classifies all that is not exactly as it was",
        unit="height of the mark",
        low=0,
        high=1,
    )
    recall_confidence: float = tunable(
        0.95,
        "marks of which the model is less sure are classified in every frame; those that only a "
        "thorough look finds, in every such look",
        low=0,
        high=1,
    )
    recall_frames: float = tunable(
        5.0,
        "frames for which probabilities are kept before a mark is looked at again; a mistake in "
        "one frame must not last",
        unit="frames",
        low=1,
        high=1000,
    )
    model_weight: float = tunable(
        0.4,
        "power to which the model's odds of digit against no digit are taken before they meet the "
        "odds of a mark's surroundings: on what it has never seen it is far too sure of itself",
        low=0,
        high=1,
    )
    even_rubbish: float | None = tunable(
        None,
        "the model's probability of no digit that speaks neither for a digit nor against one: "
        "strange letters that look like digits have about as much; None takes the model card's",
        low=1e-8,
        high=0.5,
    )
    ground_spread: float = tunable(
        0.18,
        "by how much the ground of a page's digits differs in brightness, as the standard "
        "deviation of its logarithm: 1s and doubtful marks on far darker or brighter ground than "
        "all sure digits are grain of the table; more trusts them in deep shadows, too",
        low=0.01,
        high=100,
    )
    height_spread: float = tunable(
        0.12,
        "by how much digits that touch differ in height from those that stand alone, as the "
        "standard deviation of its logarithm: what runs together and is far shorter is small "
        "print; more reads it, too",
        low=0.01,
        high=100,
    )
    page_weight: float = tunable(
        1.5,
        "what the share of digits on the whole page counts beside a mark's own neighbours",
        unit="neighbours",
        low=0.01,
        high=100,
    )
    cut_weight: float = tunable(
        0.5,
        "power to which the odds of seams are taken before they meet the model's of the pieces "
        "beside them: both look at the same ink; 0 leaves all to the model",
        low=0,
        high=1,
    )
    cut_doubt: float = tunable(
        1.0,
        "how many times likelier a piece is no digit than the model says: of many ways to cut a "
        "mark, some look right by chance; above 1 costs touching digits, and below 1 words are cut "
        "into digits",
        low=0.001,
        high=1e6,
    )


@dataclass(frozen=True, slots=True)
class FollowSettings:
    """Digits to lines and numbers, and from frame to frame."""

    max_tilt: float = tunable(
        30.0, "steepest text direction looked for", unit="degrees", low=0, high=45
    )
    row_tolerance: float = tunable(
        0.6,
        "a digit belongs to a row when its middle is within this share of a digit's height "
        "of its neighbour's; tighter loses small 1s, looser joins close rows",
        low=0.1,
        high=2,
    )
    line_gap: float = tunable(
        10.0,
        "two digits further apart than this many heights are in different columns",
        unit="heights",
        low=1,
        high=1000,
    )
    word_gap: float = tunable(
        0.55,
        "a gap wider than about this share of the digits' height separates two numbers, unless the "
        "page's gaps tell a better limit; where the broad digits of a row are wider than tall, a "
        "share of their width",
        low=0.1,
        high=5,
    )
    least_width: float = tunable(
        0.4,
        "share of its height that a digit takes up in a row, narrow as it may be; there is more "
        "air around a 1, which is no gap",
        low=0,
        high=1,
    )
    reach: float = tunable(
        0.6,
        "a digit moves by less than this share of its height from frame to frame, beside "
        "what the whole page moves",
        unit="heights",
        low=0.05,
        high=5,
    )
    hand_s: float = tunable(
        0.4,
        "a settled digit out of sight is told for so long: a hand may pass over it",
        unit="s",
        low=0,
        high=60,
    )
    memory_s: float = tunable(
        0.6,
        "a digit out of sight for longer is forgotten, and is another one when it comes back",
        unit="s",
        low=0,
        high=60,
    )
    evidence_frames: float = tunable(
        10.0,
        "frames that count for what a digit is; a third of a second at 30 a second",
        unit="frames",
        low=1,
        high=1000,
    )
    confirm_frames: int = tunable(
        3,
        "frames in which a mark must be seen as a digit before it is reported, if it has not "
        "settled before; false ones mostly last for one or two",
        unit="frames",
        low=1,
        high=100,
    )
    confirm_s: float = tunable(
        0.15,
        "two frames so far apart are enough, where frames are rare: a reading is to come within "
        "0.3 s",
        unit="s",
        low=0,
        high=60,
    )
    least_presence: float = tunable(
        0.35, "recent share of frames in which a digit must have been seen", low=0, high=1
    )
    full_presence: float = tunable(
        0.8,
        "recent share of frames in which a digit must have been seen to be as sure as it looks; "
        "blur costs real ones a frame or two of ten, grain and shadows come and go",
        low=0.1,
        high=1,
    )
    label_margin: float = tunable(
        1.5,
        "how many times likelier another label must be to replace the one shown",
        low=1,
        high=100,
    )
    settle_s: float = tunable(
        0.25,
        "a digit that has read alike for so long has settled: false ones and half-written ones "
        "seldom last as long, and a person hardly notices the wait",
        unit="s",
        low=0,
        high=60,
    )
    settle_presence: float = tunable(
        0.6,
        "recent share of frames in which a settled digit has been seen; one under a passing hand "
        "is a memory of what was there",
        low=0,
        high=1,
    )


@dataclass(frozen=True, slots=True)
class EventSettings:
    """Lines of numbers in a stream to events: what appears, changes and goes."""

    settle_s: float = tunable(
        0.5,
        "a new text that has stood for so long, with all digits settled, is told; digits being "
        "written follow each other faster",
        unit="s",
        low=0,
        high=60,
    )
    gone_s: float = tunable(
        1.5,
        "a line, or some of its digits, out of sight for so long has gone; a hand that passes or "
        "writes hides them for about a second",
        unit="s",
        low=0,
        high=3600,
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """All tunables, a section a step."""

    capture: CaptureSettings = field(default_factory=CaptureSettings)
    find: FindSettings = field(default_factory=FindSettings)
    classify: ClassifySettings = field(default_factory=ClassifySettings)
    follow: FollowSettings = field(default_factory=FollowSettings)
    events: EventSettings = field(default_factory=EventSettings)

    @classmethod
    def from_toml(cls, path: str | Path) -> Self:
        """Reads settings from a TOML file; what it does not name keeps its default.

        Raises:
            SettingsError: the file is missing, is no TOML, names a setting that does not exist,
                or gives a value of the wrong type or out of range.
        """
        try:
            table = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
        except OSError as error:
            raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{path}: is no TOML file: {error}") from None
        sections = {i.name: i for i in dataclasses.fields(cls)}
        values = {}
        for name, content in table.items():
            _known(name, sections, str(path))
            if not isinstance(content, dict):
                raise SettingsError(f"{path}: {name} is a section; write [{name}] above its values")
            values[name] = _replaced(cls().section(name), str(path), content)
        return cls(**values)

    def section(self, name: str) -> Any:
        """The settings of one step by its name."""
        return getattr(self, name)


def replace(section: Any, *, where: str = "settings", **values: Any) -> Any:
    """A copy of one section with other values, checked.

    Raises:
        SettingsError: a value does not exist, has the wrong type or is out of range.
    """
    return _replaced(section, where, values)


def _replaced(section: Any, where: str, values: dict[str, Any]) -> Any:
    fields = {i.name: i for i in dataclasses.fields(section)}
    for name, value in values.items():
        _known(name, fields, where)
        _check(name, value, fields[name], where)
    return dataclasses.replace(section, **values)


def _known(name: str, names: dict[str, Any], where: str) -> None:
    if name not in names:
        for home in dataclasses.fields(Settings):
            if name in {i.name for i in dataclasses.fields(Settings().section(home.name))}:
                raise SettingsError(f"{where}: {name} belongs in the section [{home.name}]")
        nearest = difflib.get_close_matches(name, names, 1)
        hint = f"did you mean {nearest[0]}?" if nearest else f"there are {', '.join(names)}"
        raise SettingsError(f"{where}: there is no setting {name}; {hint}")


def _check(name: str, value: Any, spec: dataclasses.Field[Any], where: str) -> None:
    if spec.type == Polarity:
        if value not in get_args(Polarity):
            raise SettingsError(f"{where}: {name} is one of {', '.join(get_args(Polarity))}")
        return
    if value is None and spec.default is None:
        return
    kinds = (int,) if spec.type is int else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds):
        wanted = "a whole number" if spec.type is int else "a number"
        raise SettingsError(f"{where}: {name} is {wanted}, not {value!r}")
    low, high = spec.metadata["low"], spec.metadata["high"]
    if not low <= value <= high:
        raise SettingsError(f"{where}: {name} is from {low} to {high}, not {value}")
