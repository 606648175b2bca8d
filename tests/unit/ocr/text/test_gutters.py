"""Lines that run through a gutter are cut where a column begins."""

import numpy as np

from services.ocr.domain.text.gutters import cut_at_gutters

EM = 20.0


def quad(left: float, right: float, row: int) -> np.ndarray:
    top = 10.0 + 40 * row
    corners = [[left, top], [right, top], [right, top + 28], [left, top + 28]]
    return np.array(corners, np.float32)


def ink_of(*quads: np.ndarray, gaps: tuple[tuple[int, int], ...] = ()) -> np.ndarray:
    """Ink everywhere in the quads but in ``gaps``, columns from and to."""
    ink = np.zeros((400, 800), np.uint8)
    for box in quads:
        left, top = box[0].astype(int)
        right, bottom = box[2].astype(int)
        ink[top + 4 : bottom - 4, left:right] = 255
    for start, stop in gaps:
        ink[:, start:stop] = 0
    return ink


def widths(quads: list[np.ndarray]) -> list[int]:
    return [round(float(box[1, 0] - box[0, 0])) for box in quads]


def test_a_line_is_cut_where_other_lines_begin_behind_blank_room() -> None:
    apart = [quad(400, 600, row) for row in range(3)]
    joined = quad(50, 600, 3)
    cut = cut_at_gutters([*apart, joined], [], ink_of(*apart, joined, gaps=((366, 400),)), EM)
    assert widths(cut) == [200, 200, 200, 332, 218]


def test_two_lines_that_begin_there_are_no_column() -> None:
    apart = [quad(400, 600, row) for row in range(2)]
    joined = quad(50, 600, 3)
    cut = cut_at_gutters([*apart, joined], [], ink_of(*apart, joined, gaps=((366, 400),)), EM)
    assert widths(cut) == [200, 200, 550]


def test_text_without_blank_room_stays_whole() -> None:
    apart = [quad(400, 600, row) for row in range(3)]
    joined = quad(50, 600, 3)
    cut = cut_at_gutters([*apart, joined], [], ink_of(*apart, joined, gaps=((390, 400),)), EM)
    assert widths(cut) == [200, 200, 200, 550]


def test_a_column_that_hardly_any_line_crosses_needs_little_room_before_it() -> None:
    apart = [quad(400, 600, row) for row in range(8)]
    joined = quad(50, 600, 8)
    cut = cut_at_gutters([*apart, joined], [], ink_of(*apart, joined, gaps=((390, 400),)), EM)
    assert widths(cut) == [200] * 8 + [344, 206]


def test_rings_below_each_other_need_little_room_before_them() -> None:
    joined = [quad(50, 600, row) for row in range(3)]
    rings = [(400.0, 16.0 + 40 * row, 16.0, 16.0) for row in range(3)]
    cut = cut_at_gutters(joined, rings, ink_of(*joined, gaps=((390, 400),)), EM)
    assert widths(cut) == [344, 206] * 3


def test_lines_that_rings_part_show_where_one_without_a_ring_is_cut() -> None:
    joined = [quad(50, 600, row) for row in range(8)]
    rings = [(400.0, 16.0 + 40 * row, 16.0, 16.0) for row in range(7)]
    cut = cut_at_gutters(joined, rings, ink_of(*joined, gaps=((390, 400),)), EM)
    assert widths(cut) == [344, 206] * 8
