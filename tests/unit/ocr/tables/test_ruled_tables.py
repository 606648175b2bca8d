"""Tables are found by their rules, whatever happened to the page and whatever the text says."""

import cv2
import numpy as np
import pytest

from services.ocr.domain.ink.raster import rotate, to_grey
from services.ocr.domain.tables.ruled_tables import Table, find_tables
from tests.unit.ocr.drawn_pages import answer_table, bend, grid, keystone, paper, write

LETTERS = "BACBDACDBC"


def sheet() -> np.ndarray:
    image = paper()
    cv2.rectangle(image, (40, 40), (1200, 860), (20, 20, 20), 5)
    answer_table(image, (100, 250), LETTERS)
    answer_table(image, (100, 550), "TFTTF")
    return image


def shapes(image: np.ndarray) -> list[tuple[int, int, int]]:
    return [(t.rows, t.columns, len(t.cells)) for t in find_tables(to_grey(image))]


def scaled(image: np.ndarray, factor: float) -> np.ndarray:
    return cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)


def worn(image: np.ndarray) -> np.ndarray:
    """Rules with gaps, as faint printing leaves them."""
    image = image.copy()
    for x in range(130, 1100, 90):
        image[240:260, x : x + 8] = 250
    return image


def blurred_jpeg(image: np.ndarray) -> np.ndarray:
    _, data = cv2.imencode(
        ".jpg", cv2.GaussianBlur(image, (3, 3), 0), [cv2.IMWRITE_JPEG_QUALITY, 40]
    )
    return cv2.imdecode(data, cv2.IMREAD_COLOR)


@pytest.mark.parametrize(
    "change",
    [
        lambda image: image,
        lambda image: rotate(image, 1.5),
        lambda image: rotate(image, -3.0),
        lambda image: keystone(image, 60),
        lambda image: bend(image, 10),
        lambda image: scaled(image, 0.6),
        lambda image: scaled(image, 2.0),
        worn,
        blurred_jpeg,
    ],
)
def test_two_answer_tables_in_a_frame_are_found_under_every_change(change) -> None:  # noqa: ANN001
    assert shapes(change(sheet())) == [(2, 10, 20), (2, 5, 10)]


def test_rows_and_columns_count_from_the_top_left() -> None:
    table = find_tables(to_grey(keystone(sheet(), 60)))[0]
    assert [(c.row, c.column) for c in table.cells] == [(r, c) for r in (0, 1) for c in range(10)]
    assert all(c.row_span == c.column_span == 1 for c in table.cells)


def test_a_cell_over_several_columns_has_a_span() -> None:
    image = paper()
    grid(image, (100, 100), [120, 120, 120], [60, 60])
    image[103:158, 218:223] = 250  # the rule between the first two cells of the first row
    (table,) = find_tables(to_grey(image))
    assert (table.rows, table.columns, len(table.cells)) == (2, 3, 5)
    assert (table.cells[0].column, table.cells[0].column_span) == (0, 2)
    assert (table.cells[1].column, table.cells[1].column_span) == (2, 1)


def test_uneven_rows_and_columns_keep_their_places() -> None:
    image = paper()
    grid(image, (60, 80), [40, 300, 90, 200], [30, 120, 45])
    (table,) = find_tables(to_grey(image))
    assert (table.rows, table.columns, len(table.cells)) == (3, 4, 12)


def test_ink_is_counted_without_the_rules() -> None:
    image = paper()
    grid(image, (100, 100), [150, 150], [80])
    write(image, "A", (150, 155))
    (table,) = find_tables(to_grey(image))
    assert table.cells[0].ink_share > 0.01
    assert table.cells[1].ink_share == 0


def test_letters_that_touch_the_rules_do_not_break_the_table() -> None:
    image = paper()
    grid(image, (100, 100), [150, 150, 150], [80, 80])
    for x in (130, 290, 440):
        cv2.line(image, (x, 190), (x + 50, 190), (30, 30, 30), 4)  # a T whose stem runs
        cv2.line(image, (x + 25, 190), (x + 25, 262), (30, 30, 30), 4)  # into the lower rule
    (table,) = find_tables(to_grey(image))
    assert (table.rows, table.columns, len(table.cells)) == (2, 3, 6)
    assert all(c.ink_share > 0.01 for c in table.cells if c.row == 1)


def test_marks_along_a_rule_do_not_take_it_away() -> None:
    image, pen = paper(), np.zeros(paper().shape[:2], np.uint8)
    answer_table(image, (100, 250), LETTERS)
    (table,) = find_tables(to_grey(image))
    left, top, width, height = table.box
    for x in range(left + 20, left + width - 40, width // 10):
        for drawn in (image, pen):
            colour = 255 if drawn is pen else (30, 30, 200)
            cv2.line(drawn, (x, top + height - 15), (x + 40, top + height + 25), colour, 5)
            cv2.line(drawn, (x + 40, top + height - 15), (x, top + height + 25), colour, 5)
    # Masks of ink reach a little beyond the strokes.
    marked = find_tables(to_grey(image), cv2.dilate(pen, np.ones((9, 9), np.uint8)))
    assert [(t.rows, t.columns) for t in marked] == [(2, 10)]


def test_frames_lone_boxes_letters_and_dark_bars_are_no_tables() -> None:
    image = paper()
    cv2.rectangle(image, (20, 20), (1220, 880), (0, 0, 0), 4)
    cv2.rectangle(image, (100, 100), (300, 160), (0, 0, 0), 2)
    write(image, "HEIT EFLH", (100, 300), size=3)
    for x in range(100, 700, 60):
        cv2.rectangle(image, (x, 700 - x // 2), (x + 40, 700), (60, 20, 10), -1)
    assert shapes(image) == []


def test_cell_boxes_are_in_pixels_of_the_page_at_any_size() -> None:
    def first(tables: list[Table]) -> tuple[int, ...]:
        return tables[0].cells[0].box

    small = first(find_tables(to_grey(sheet())))
    large = first(find_tables(to_grey(scaled(sheet(), 2.0))))
    assert np.allclose(np.array(large) / 2, small, atol=4)


def test_the_stem_of_a_letter_between_two_tables_does_not_join_them() -> None:
    image = paper()
    answer_table(image, (100, 200), "ABC")
    answer_table(image, (200, 420), "TF")
    # Below a rule of the upper table, above one of the lower.
    cv2.line(image, (300, 365), (300, 402), (30, 30, 30), 3)
    assert shapes(image) == [(2, 3, 6), (2, 2, 4)]
