"""A teacher's red marks are taken out before lines are found; print and other pens stay."""

import cv2
import numpy as np

from services.ocr.domain.drawings.mark_removal import without_red_marks
from services.ocr.domain.ink.page_ink import page_ink
from tests.unit.ocr.drawn_pages import paper, write

RED, BLUE = (205, 35, 45), (40, 60, 190)


def printed() -> np.ndarray:
    image = paper(900, 500)
    for row in range(4):
        write(image, f"{row + 1}. How many letters are here", (60, 100 + 80 * row), 1.0)
    return image


def cleaned(image: np.ndarray) -> np.ndarray:
    return without_red_marks(image, page_ink(image))


def tick(image: np.ndarray, x: int, y: int, colour: tuple[int, ...]) -> None:
    points = np.array([(x, y), (x + 12, y + 20), (x + 44, y - 22)], np.int32)
    cv2.polylines(image, [points], False, colour, 4, cv2.LINE_AA)


def test_a_tick_beside_print_leaves_paper() -> None:
    plain, marked = printed(), printed()
    tick(marked, 640, 90, RED)
    assert np.abs(cleaned(marked).astype(int) - plain).max() <= 12


def test_print_under_a_tick_stays() -> None:
    plain, marked = printed(), printed()
    tick(marked, 300, 90, RED)
    red = [np.count_nonzero(page_ink(image).red) for image in (marked, cleaned(marked))]
    assert red[1] < 0.35 * red[0]
    black, left = page_ink(plain).black > 0, page_ink(cleaned(marked)).black > 0
    assert np.count_nonzero(black & left) > 0.97 * np.count_nonzero(black)


def test_a_page_without_red_is_handed_back_as_it_is() -> None:
    image = printed()
    tick(image, 640, 90, BLUE)
    assert cleaned(image) is image


def test_a_line_of_red_print_stays() -> None:
    image = printed()
    cv2.putText(image, "keep this", (60, 440), cv2.FONT_HERSHEY_SIMPLEX, 1.0, RED, 2, cv2.LINE_AA)
    assert np.count_nonzero(page_ink(cleaned(image)).red) > 0


def test_a_small_written_score_beside_a_number_leaves_paper() -> None:
    marked = printed()
    cv2.putText(marked, "12", (20, 98), cv2.FONT_HERSHEY_SIMPLEX, 0.45, RED, 2, cv2.LINE_AA)
    red = [np.count_nonzero(page_ink(image).red) for image in (marked, cleaned(marked))]
    assert red[0] > 0
    assert red[1] == 0
