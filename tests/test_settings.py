"""Settings: from TOML, checked, with a hint where a name or a value is wrong."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from livedigits.errors import SettingsError
from livedigits.settings import FindSettings, Settings, replace


def toml(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "my.toml"
    path.write_text(text, encoding="utf-8")
    return path


def another_value(spec: "dataclasses.Field[Any]") -> Any:
    """One that the setting may have, other than its default."""
    if isinstance(spec.default, str):
        return "light"
    ends = (spec.metadata["high"], spec.metadata["low"])
    kind = int if isinstance(spec.default, int) else float
    return next(kind(end) for end in ends if end != spec.default)


def test_every_setting_can_be_written_to_a_file_and_comes_back(tmp_path: Path) -> None:
    text = ""
    wanted = {}
    for section in dataclasses.fields(Settings):
        text += f"[{section.name}]\n"
        for spec in dataclasses.fields(Settings().section(section.name)):
            value = another_value(spec)
            text += f"{spec.name} = {json.dumps(value)}\n"
            wanted[section.name, spec.name] = value
    settings = Settings.from_toml(toml(tmp_path, text))
    for (section_name, name), value in wanted.items():
        assert getattr(settings.section(section_name), name) == value
        assert getattr(Settings().section(section_name), name) != value


def test_what_a_file_does_not_name_keeps_its_default(tmp_path: Path) -> None:
    settings = Settings.from_toml(toml(tmp_path, "[find]\nmin_height_px = 20\n"))
    assert settings.find == dataclasses.replace(FindSettings(), min_height_px=20)
    assert settings.follow == Settings().follow
    assert Settings.from_toml(toml(tmp_path, "")) == Settings()


def test_every_default_is_within_its_own_range_and_gives_its_reason() -> None:
    for section in dataclasses.fields(Settings):
        own = Settings().section(section.name)
        for spec in dataclasses.fields(own):
            assert spec.metadata["reason"]
            assert replace(own, **{spec.name: getattr(own, spec.name)}) == own


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[find]\nmin_hight_px = 20", "no setting min_hight_px; did you mean min_height_px"),
        ("[fnd]\nblur_px = 5", "no setting fnd; did you mean find"),
        ("[find]\nzzz = 5", "no setting zzz; there are .*polarity.*"),
        ("[find]\nwhere = 5", "no setting where"),
        ("[find]\nsection = 5", "no setting section"),
        ("[find]\nmin_height_px = 20.5", "min_height_px is a whole number, not 20.5"),
        ("[find]\nmin_height_px = true", "min_height_px is a whole number, not True"),
        ("[find]\nmin_height_px = '20'", "min_height_px is a whole number, not '20'"),
        ("[find]\nmax_aspect = [0.5]", "max_aspect is a number, not"),
        ("[find]\nmin_height_px = 2", "min_height_px is from 4 to 1000, not 2"),
        ("[find]\nmax_aspect = nan", "max_aspect is from 0.5 to 10, not nan"),
        ("[classify]\nmin_confidence = 95", "min_confidence is from 0 to 1, not 95"),
        ("[find]\npolarity = 'white'", "polarity is one of auto, dark, light"),
        ("[find]\npolarity = 3", "polarity is one of auto, dark, light"),
        ("[find]\npolarity = ['dark']", "polarity is one of auto, dark, light"),
        ("find = 3", "find is a section"),
        ("polarity = 'dark'", r"polarity belongs in the section \[find\]"),
        ("[classify]\nmin_contrast = 20", r"min_contrast belongs in the section \[find\]"),
        ("[find\n", "is no TOML file"),
    ],
)
def test_what_is_wrong_is_said_with_the_file_and_what_to_write(
    tmp_path: Path, text: str, message: str
) -> None:
    path = toml(tmp_path, text)
    with pytest.raises(SettingsError, match=message) as caught:
        Settings.from_toml(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_missing_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"gone\.toml: cannot be read"):
        Settings.from_toml(tmp_path / "gone.toml")
    with pytest.raises(SettingsError, match="cannot be read"):
        Settings.from_toml(tmp_path)
    (tmp_path / "raw.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="is no TOML file"):
        Settings.from_toml(tmp_path / "raw.toml")


def test_values_given_in_code_are_checked_as_well() -> None:
    with pytest.raises(SettingsError, match="did you mean blur_px"):
        replace(FindSettings(), blur_pixels=3)
    with pytest.raises(SettingsError, match="from 1 to 15"):
        replace(FindSettings(), blur_px=99)


def test_an_editor_may_put_a_byte_order_mark_before_it(tmp_path: Path) -> None:
    path = toml(tmp_path, "\ufeff[find]\nblur_px = 5\n")
    assert Settings.from_toml(path).find.blur_px == 5
