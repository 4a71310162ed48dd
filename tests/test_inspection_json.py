"""Inspections as data: the schema livedigits-inspect/1, and what governs a verdict."""

import base64
import json

import cv2
import numpy as np
import pytest
from sheets import sheet

from livedigits.inspection import Inspection, Verdict
from livedigits.reader import Reader
from livedigits.settings import Settings

PAGE = sheet(["2718 28", "0123456789"], size=(800, 400))


@pytest.fixture(scope="module")
def inspection(reader: Reader) -> Inspection:
    """Of a page with a rule under its digits."""
    image = PAGE.picture()
    cv2.line(image, (40, 350), (700, 352), (45, 45, 45), 4)
    return reader.inspect(image)


def test_every_verdict_says_why_and_names_a_setting_that_there_is(inspection: Inspection) -> None:
    settings = Settings()
    for verdict in Verdict:
        assert verdict.sentence
        if verdict.setting:
            section, name = verdict.setting.split(".")
            assert hasattr(settings.section(section), name)
            assert f"{name} = " in inspection.reason(verdict)
            assert f"[{section}]" in inspection.reason(verdict)
    # Where the model's own threshold is in use, it is that which is told.
    assert f"min_confidence = {inspection.threshold:g}" in inspection.reason(Verdict.UNSURE)


def test_an_inspection_becomes_json(inspection: Inspection) -> None:
    told = json.loads(json.dumps(inspection.to_dict(source="page.png")))
    assert (told["schema"], told["source"]) == ("livedigits-inspect/1", "page.png")
    assert (told["width"], told["height"], told["polarity"]) == (800, 400, "dark")
    reading = inspection.reading.to_dict(source="page.png", frame=0, time=0.0)
    assert (told["lines"], told["digits"]) == (reading["lines"], reading["digits"])
    assert told["counts"] == {"read": len(PAGE.values), "too wide": 1}
    assert set(told["reasons"]) == set(told["counts"])
    assert [mark["number"] for mark in told["marks"]] == list(range(1, len(PAGE.values) + 2))
    *read, rule = told["marks"]
    assert "".join(mark["value"] for mark in read) == PAGE.values
    assert {mark["verdict"] for mark in read} == {"read"}
    assert rule["verdict"] == "too wide"
    assert [rule[i] for i in ("value", "confidence", "probabilities", "patch")] == [None] * 4


def test_a_patch_in_json_is_the_patch_that_the_model_saw(inspection: Inspection) -> None:
    for mark, told in zip(inspection.marks, inspection.to_dict(source="-")["marks"], strict=True):
        if mark.patch is None or mark.probabilities is None:
            continue
        data = np.frombuffer(base64.b64decode(told["patch"]), np.uint8)
        np.testing.assert_allclose(
            cv2.imdecode(data, cv2.IMREAD_UNCHANGED) / 255, mark.patch, atol=0.003
        )
        np.testing.assert_allclose(told["probabilities"], mark.probabilities, atol=1e-4)
        assert told["confidence"] == max(told["probabilities"][:10])
