"""Small papers that once were misread, through ingest, ocr and parse with the real models.

`benchmarks/papers/fixtures.py` draws them.
"""

import json
from functools import cache
from pathlib import Path

import pytest

from services.ingest.adapters.pillow_images import PillowImages
from services.ingest.domain.files.limits import Limits
from services.ingest.domain.sheet.normalisation import normalise
from services.ocr.adapters.label_weights import read_classifier
from services.ocr.adapters.ppocr_reader import PpOcrReader
from services.ocr.steps.page_reading import read_page
from services.parse.domain.paper import read_paper
from shared.contract.reading import PageImage, ReadPaper

FOLDER = Path(__file__).parents[2] / "fixtures" / "reading"
TRUTH: dict[str, dict[str, str]] = json.loads((FOLDER / "truth.json").read_text())
CERTAIN = 0.8
#: What no reader has to know: two characters of a hasty hand.
HARD = {("writing-over-the-rule.png", "一.2")}


@cache
def reader() -> PpOcrReader:
    return PpOcrReader(1)


@cache
def paper(file: str) -> ReadPaper:
    limits = Limits()
    picture = PillowImages().decode((FOLDER / file).read_bytes(), limits)
    sheet = normalise(picture, limits.page_pixels).image
    page = PageImage(number=1, blob_key="1.png", width_px=sheet.shape[1], height_px=sheet.shape[0])
    return read_paper([read_page(reader(), read_classifier(), page, sheet).text])


@pytest.mark.parametrize("file", sorted(TRUTH))
def test_the_answers_are_read_as_written(file: str) -> None:
    read = {
        f"{question.section}.{question.number}": question.answer.text if question.answer else None
        for question in paper(file).questions
    }
    wanted = {name: text for name, text in TRUTH[file].items() if (file, name) not in HARD}
    assert {name: read.get(name) for name in wanted} == wanted
    assert set(read) == set(TRUTH[file])


@pytest.mark.parametrize("file", sorted(TRUTH))
def test_no_answer_is_wrong_and_certain(file: str) -> None:
    wrong = [
        (question.number, question.answer.text)
        for question in paper(file).questions
        if question.answer
        and question.answer.confidence >= CERTAIN
        and question.answer.text != TRUTH[file][f"{question.section}.{question.number}"]
    ]
    assert wrong == []


def test_the_fixtures_are_small() -> None:
    assert max(path.stat().st_size for path in FOLDER.iterdir()) <= 30_000
