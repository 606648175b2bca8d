"""A number in a ring is found as ink, looked at alone, and put where the ring stands."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from services.ocr.domain.numbers.number_rings import agreed_number, find_rings
from services.ocr.steps.ring_reading import ENOUGH, LOOKS, read_rings
from shared.contract.reading import TextLine
from tests.unit.ocr.drawn_places import BLACK, EM, brackets, ink_of, letter, page, text_line
from tests.unit.ocr.told_reader import ScriptedReader


def ring(image: np.ndarray, x: int, y: int) -> None:
    cv2.circle(image, (x, y), 12, BLACK, 2, cv2.LINE_AA)
    cv2.line(image, (x, y - 5), (x, y + 5), BLACK, 2)


def row(image: np.ndarray, number: int, text: str = "NNNN", x: int = 150) -> TextLine:
    """Text behind a ring at 113, in the row of this number; the ring was not read."""
    y = 60 + 60 * number
    ring(image, 113, y)
    letter(image, "NNNN", 150, y + 11)
    return text_line(text, (x, y - 15, 100, 30))


def with_places(line: TextLine, lefts: Sequence[int], widths: Sequence[int]) -> TextLine:
    """``line`` with its characters at these places."""
    chars = tuple(
        char.model_copy(update={"bbox": (float(left), line.bbox[1], float(width), line.bbox[3])})
        for char, left, width in zip(line.chars, lefts, widths, strict=True)
    )
    return line.model_copy(update={"chars": chars})


def read(image: np.ndarray, lines: list[TextLine], numbers: Sequence[str]) -> list[TextLine]:
    # What is not read is looked at again.
    said = [text for number in numbers for text in ([number] if number else ["", ""])]
    return list(read_rings(ScriptedReader.of(*said), lines, ink_of(image).darkness, EM))


def test_a_number_that_was_not_read_is_put_before_its_line() -> None:
    image = page()
    line = read(image, [row(image, 0)], ["14"])[0]
    assert line.text == "⑭NNNN"
    assert [char.text for char in line.chars] == list(line.text)
    assert line.bbox[0] == pytest.approx(101, abs=2)


def test_what_was_read_for_the_ring_gives_way_to_the_number() -> None:
    image = page()
    row(image, 0)
    misread = text_line("②3NNN", (100, 45, 150, 30))
    narrow = misread.chars[1].model_copy(update={"bbox": (116.0, 45.0, 8.0, 30.0)})
    line = misread.model_copy(update={"chars": (misread.chars[0], narrow, *misread.chars[2:])})
    assert read(image, [line], ["12"])[0].text == "⑫NNN"


@pytest.mark.parametrize(
    ("text", "lefts", "widths"),
    [("( )NN", (20, 80, 150, 175), (20, 40, 25, 25)), (")NN", (72, 150, 175), (14, 25, 25))],
)
def test_a_number_behind_the_answer_bracket_or_its_second_half_is_put_behind_it(
    text: str, lefts: tuple[int, ...], widths: tuple[int, ...]
) -> None:
    image = page()
    brackets(image, 20, 76, 60)
    ring(image, 113, 60)
    letter(image, "NN", 150, 71)
    line = with_places(text_line(text, (lefts[0], 45, 200 - lefts[0], 30)), lefts, widths)
    assert read(image, [line], ["15"])[0].text == text.replace(")", ")⑮")


def test_among_numbers_in_rings_an_unread_one_stays_a_ring() -> None:
    image = page()
    lines = [row(image, number) for number in range(3)]
    assert [line.text for line in read(image, lines, ["11", "12", ""])] == [
        "⑪NNNN",
        "⑫NNNN",
        "○NNNN",
    ]


def test_a_lone_ring_that_is_not_read_changes_nothing() -> None:
    image = page()
    lines = [row(image, 0)]
    assert read(image, lines, [""]) == lines


@pytest.mark.parametrize("sign", ["N", "8"])
def test_a_letter_or_a_figure_is_no_ring(sign: str) -> None:
    image = page()
    letter(image, f"{sign}NNN", 100, 71)
    line = text_line(f"{sign}NNN", (100, 45, 100, 30))
    assert find_rings([line], ink_of(image).darkness, EM) == []


def test_a_square_is_no_ring() -> None:
    image = page()
    cv2.rectangle(image, (101, 48), (125, 72), BLACK, 2)
    letter(image, "NNNN", 150, 71)
    line = text_line("NNNN", (150, 45, 100, 30))
    assert find_rings([line], ink_of(image).darkness, EM) == []


@pytest.mark.parametrize(
    ("now", "looks", "number"),
    [
        ("", [("14", 0.9), ("H", 0.9)], "⑭"),
        ("②", [("12", 0.9), ("", 0.0)], "⑫"),
        ("②", [("1", 0.99), ("①", 0.6)], None),
        ("②", [("7", 0.9), ("7", 0.95)], "⑦"),
        ("", [("13", 0.9), ("18", 0.9)], None),
        ("", [("14", 0.7)], None),
        ("", [("51", 0.99), ("51", 0.99)], None),
        ("", [("0", 0.99), ("07", 0.99)], None),
        ("", [("1٣", 0.99)], None),
    ],
)
def test_one_look_does_not_stand_against_what_was_read(
    now: str, looks: list[tuple[str, float]], number: str | None
) -> None:
    agreed = agreed_number(now, looks)
    assert (agreed and agreed[0]) == number


def test_a_ring_that_two_looks_agree_on_is_not_looked_at_again() -> None:
    image = page()
    reader = ScriptedReader.of("11", "", "12")
    read_rings(reader, [row(image, 0), row(image, 1)], ink_of(image).darkness, EM)
    # Once for the first ring, twice for the second.
    assert reader.count == 3
    assert len(LOOKS) > ENOUGH
