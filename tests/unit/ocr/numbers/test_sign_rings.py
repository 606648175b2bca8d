"""Signs in printed rings between two quantities are read from their strokes."""

import cv2
import numpy as np
import pytest

from services.ocr.domain.numbers.sign_rings import SignReadings, read_signs
from shared.contract.reading import TextChar, TextLine

EM = 30.0
RING = (200, 50)


def drawn(*strokes: tuple[tuple[int, int], tuple[int, int]]) -> np.ndarray:
    """Darkness with a ring and strokes in it, given from the ring's middle."""
    darkness = np.zeros((100, 400), np.uint8)
    cv2.circle(darkness, RING, 20, 255, 2)
    for one, other in strokes:
        ends = [(RING[0] + x, RING[1] + y) for x, y in (one, other)]
        cv2.line(darkness, ends[0], ends[1], 255, 2)
    return darkness


def line(text: str = "3分米4厘米", *, ring: str = "") -> TextLine:
    """A line whose fourth character stands behind the ring, with what was read of its rim."""
    lefts = [60.0, 90.0, 120.0, 240.0, 270.0, 300.0]
    chars = [TextChar(text=t, bbox=(x, 35.0, 28.0, 30.0)) for t, x in zip(text, lefts, strict=True)]
    if ring:
        chars.insert(3, TextChar(text=ring, bbox=(185.0, 35.0, 30.0, 30.0)))
    spelled = "".join(char.text for char in chars)
    return TextLine(text=spelled, bbox=(60.0, 30.0, 268.0, 40.0), chars=tuple(chars))


def texts(found: SignReadings) -> list[str]:
    return [part.text for part in found.lines]


LESS = (((8, -8), (-8, 0)), ((-8, 0), (8, 8)))
MORE = (((-8, -8), (8, 0)), ((8, 0), (-8, 8)))
EQUAL = (((-9, -4), (9, -4)), ((-9, 5), (9, 5)))


@pytest.mark.parametrize(("strokes", "sign"), [(LESS, "<"), (MORE, ">"), (EQUAL, "=")])
def test_a_sign_parts_the_line_that_left_it_out(
    strokes: tuple[tuple[tuple[int, int], tuple[int, int]], ...], sign: str
) -> None:
    found = read_signs([line()], drawn(*strokes), EM)
    assert texts(found) == ["3分米", sign, "4厘米"]
    assert found.lines[1].chars[0].likely
    assert found.regions == ()


def test_what_was_read_of_the_rim_gives_way_to_the_sign() -> None:
    assert texts(read_signs([line(ring="®")], drawn(*LESS), EM)) == ["3分米", "<", "4厘米"]


def test_an_empty_ring_is_an_empty_place() -> None:
    found = read_signs([line()], drawn(), EM)
    assert texts(found) == ["3分米", "○", "4厘米"]
    assert [region.kind for region in found.regions] == ["empty"]


def test_a_ring_that_was_read_as_a_figure_is_one() -> None:
    assert texts(read_signs([line(ring="0")], drawn(), EM)) == ["3分米04厘米"]


def test_a_circled_number_between_two_quantities_is_what_readers_make_of_a_sign() -> None:
    assert texts(read_signs([line(ring="②")], drawn(*LESS), EM)) == ["3分米", "<", "4厘米"]
    steps = line("步骤和4厘米", ring="②")
    assert texts(read_signs([steps], drawn(*LESS), EM)) == ["步骤和②4厘米"]


def test_a_speck_at_its_rim_does_not_hide_a_ring() -> None:
    darkness = drawn(*LESS)
    cv2.line(darkness, (RING[0] - 4, RING[1] - 27), (RING[0] - 4, RING[1] - 20), 255, 2)
    assert texts(read_signs([line()], darkness, EM)) == ["3分米", "<", "4厘米"]
