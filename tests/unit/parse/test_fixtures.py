import json
from pathlib import Path
from typing import Any

import pytest

from services.parse.domain.paper import read_paper
from shared.contract.reading import PageText, ReadPaper

FOLDER = Path(__file__).parents[2] / "fixtures" / "parse"
#: The confidence from which an answer counts as certain.
CERTAIN = 0.8


def page_of(stored: dict[str, Any]) -> PageText:
    """A page whose characters are stored as text, pairs of offset and width, and percentages."""
    for line in stored["lines"]:
        edges, sure = line.pop("edges", []), line.pop("sure", None)
        likely = line.pop("likely", None)
        left, top, _, height = line["bbox"]
        line["chars"] = [
            {
                "text": char,
                "bbox": (left + edges[2 * n], top, edges[2 * n + 1], height),
                "confidence": sure[n] / 100 if sure else 1.0,
                "likely": likely[n] if likely else (),
            }
            for n, char in enumerate(line.pop("chars", ""))
        ]
    return PageText.model_validate(stored)


def load(name: str) -> tuple[ReadPaper, dict[str, Any]]:
    document = json.loads((FOLDER / f"{name}.json").read_text())
    pages = [page_of(page) for page in document["pages"]]
    return read_paper(pages), document["truth"]


NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


@pytest.mark.parametrize("name", NAMES)
def test_a_read_sample_has_its_questions_and_points(name: str) -> None:
    paper, truth = load(name)
    found = [f"{question.section}.{question.number}" for question in paper.questions]
    assert found == list(truth["answers"])
    points = {section.label: section.points for section in paper.sections}
    assert points == truth["section_points"]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_certain_in_a_read_sample_is_right(name: str) -> None:
    paper, truth = load(name)
    certain = {
        # Spaces inside a written word are the reader's.
        f"{question.section}.{question.number}": question.answer.text.replace(" ", "")
        for question in paper.questions
        if question.answer and question.answer.confidence >= CERTAIN
    }
    assert len(certain) >= 0.8 * len(truth["answers"])
    assert certain == {address: truth["answers"][address] for address in certain}
