"""A circled number that was not read is seen where its column says that it stands."""

import cv2
import numpy as np

from services.ocr.domain.numbers.circled_numbers import with_circled_numbers
from shared.contract.reading import TextLine
from tests.unit.ocr.drawn_places import BLACK, EM, ink_of, letter, page, text_line


def numbered(image: np.ndarray, row: int, sign: str) -> TextLine:
    """A line whose number was read as ``sign``, or not at all for an empty one."""
    y = 60 + 60 * row
    cv2.circle(image, (113, y), 12, BLACK, 2, cv2.LINE_AA)
    letter(image, "NNNN", 150, y + 11)
    line = text_line("NNNN", (150, y - 15, 100, 30))
    if not sign:
        return line.model_copy(update={"bbox": (100.0, y - 15.0, 150.0, 30.0)})
    first = text_line(sign, (100, y - 15, 26, 30)).chars
    return line.model_copy(
        update={
            "text": f"{sign}NNNN",
            "bbox": (100.0, y - 15.0, 150.0, 30.0),
            "chars": (*first, *line.chars),
        }
    )


def texts(image: np.ndarray, lines: list[TextLine]) -> list[str]:
    return [line.text for line in with_circled_numbers(lines, ink_of(image).darkness, EM)]


def test_a_lost_number_among_circled_ones_becomes_a_ring() -> None:
    image = page()
    lines = [numbered(image, row, sign) for row, sign in enumerate("①②③")]
    lines.append(numbered(image, 3, ""))
    assert texts(image, lines) == ["①NNNN", "②NNNN", "③NNNN", "○NNNN"]


def test_a_line_without_ink_before_it_stays() -> None:
    image = page()
    lines = [numbered(image, row, sign) for row, sign in enumerate("①②③")]
    letter(image, "NNNN", 102, 251)
    lines.append(text_line("NNNN", (100, 225, 100, 30)))
    assert texts(image, lines)[3] == "NNNN"


def test_papers_without_circled_numbers_are_left_alone() -> None:
    image = page()
    lines = [numbered(image, 0, "①"), numbered(image, 1, "")]
    assert texts(image, lines) == ["①NNNN", "NNNN"]
