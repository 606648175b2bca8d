"""Results of sums have rooms of their own where the line's reading of them is not sure."""

import pytest

from services.ocr.domain.places.result_rooms import result_rooms
from shared.contract.reading import TextChar, TextLine

EM = 30.0


def line(text: str, sureness: float) -> TextLine:
    """A line of characters 20 px wide; those behind the equals sign are read less surely."""
    equals = text.find("=")
    chars = tuple(
        TextChar(
            text=sign,
            bbox=(20.0 * at, 0.0, 20.0, 42.0),
            confidence=sureness if at > equals else 1.0,
        )
        for at, sign in enumerate(text)
    )
    return TextLine(text=text, bbox=(0.0, 0.0, 20.0 * len(text), 42.0), chars=chars)


def test_an_unsure_result_has_room_up_to_behind_its_last_character() -> None:
    (room,) = result_rooms([line("184÷8=23", 0.6)], EM)
    left, _, width, _ = room.box
    assert (left, left + width) == (118, 178)


def test_an_unread_result_has_room_for_several_figures() -> None:
    (room,) = result_rooms([line("(9+52)×8÷2=", 0.6)], EM)
    assert room.box[2] > 4 * EM


@pytest.mark.parametrize(
    ("text", "sureness"),
    [("184÷8=23", 0.99), ("x=3", 0.5), ("5米=50分米", 0.5), ("没有算式", 0.5)],
)
def test_sure_results_and_lines_that_are_no_sums_have_none(text: str, sureness: float) -> None:
    assert list(result_rooms([line(text, sureness)], EM)) == []
