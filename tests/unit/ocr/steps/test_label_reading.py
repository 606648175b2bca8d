"""Labels of options become marks and unmarked regions; tables have none."""

import cv2
import numpy as np

from services.ocr.adapters.label_weights import read_classifier
from services.ocr.steps.label_reading import LabelReadings, read_labels
from shared.contract.reading import InkColour, MarkKind, RuledTable, TextLine
from tests.unit.ocr.drawn_places import BLACK, ink_of, letter, page, stroke, text_line


def option(image: np.ndarray, text: str, y: int) -> TextLine:
    letter(image, text, 200, y + 11)
    return text_line(text, (200, y - 20, 20 * len(text), 40))


def read(image: np.ndarray, *lines: TextLine, tables: tuple = ()) -> LabelReadings:
    return read_labels(read_classifier(), ink_of(image), lines, tables)


def test_a_cancelled_ring_is_a_ring_and_a_stroke() -> None:
    image = page()
    lines = [option(image, "A. word", 100), option(image, "B. other", 160)]
    cv2.ellipse(image, (210, 100), (26, 24), 0, 10, 365, BLACK, 2, cv2.LINE_AA)
    stroke(image, [(186, 80), (234, 122)])
    found = read(image, *lines)
    assert [mark.kind for mark in found.marks] == [MarkKind.CIRCLE, MarkKind.STRIKE]
    assert {mark.colour for mark in found.marks} == {InkColour.BLACK}
    assert len({mark.bbox for mark in found.marks}) == 1


def test_labels_with_nothing_but_print_are_unmarked() -> None:
    image = page()
    lines = [option(image, "A. word", 100), option(image, "B. other", 160)]
    found = read(image, *lines)
    assert found.marks == ()
    assert len(found.regions) == 2


def test_letters_in_a_table_are_no_labels() -> None:
    image = page()
    line = option(image, "A. word", 100)
    table = RuledTable(bbox=(150, 60, 400, 90), rows=1, columns=1, cells=())
    assert read(image, line, tables=(table,)) == LabelReadings()


def test_a_page_without_lines_has_no_labels() -> None:
    assert read(page()) == LabelReadings()
