"""Drawings become figure regions; text, tables, rules and frames do not."""

import cv2
import numpy as np

from services.ocr.domain.drawings.figures import find_figures
from services.ocr.domain.ink.raster import to_grey
from tests.unit.ocr.drawn_pages import answer_table, paper, write

CORNERS = np.array([[700, 600], [1000, 600], [850, 400]], np.int32)
LINES = [(80.0, 100.0 + 80 * row, 560.0, 30.0) for row in range(4)]


def text_page():  # noqa: ANN201
    image = paper()
    for row in range(4):
        write(image, "How long is the side of the square?", (80, 125 + 80 * row), 0.9)
    return image


def test_a_drawing_between_text_is_one_figure_with_its_labels_left_to_text() -> None:
    image = text_page()
    cv2.polylines(image, [CORNERS], True, (20, 20, 20), 2)
    cv2.circle(image, (850, 500), 60, (20, 20, 20), 2)
    (box,) = find_figures(to_grey(image), LINES, [])
    x, y, width, height = box
    assert abs(x - 700) < 12
    assert abs(y - 400) < 12
    assert abs(width - 300) < 20
    assert abs(height - 200) < 20


def test_text_tables_and_rules_are_no_figures() -> None:
    image = text_page()
    answer_table(image, (100, 500), "ABCD")
    cv2.line(image, (80, 800), (1100, 803), (20, 20, 20), 2)
    assert find_figures(to_grey(image), LINES, [(100.0, 500.0, 400.0, 140.0)]) == []


def test_a_page_frame_is_no_figure() -> None:
    image = text_page()
    cv2.rectangle(image, (20, 20), (1220, 880), (20, 20, 20), 4)
    assert find_figures(to_grey(image), LINES, []) == []


def test_a_blank_page_has_no_figures() -> None:
    assert find_figures(to_grey(paper()), [], []) == []
