"""Brackets that the line reader saw make rooms, whatever is left of their strokes."""

from services.ocr.domain.places.read_brackets import ReadRoom, read_rooms
from shared.contract.reading import TextChar, TextLine

EM = 30.0
WIDTH = 20.0


def line(text: str, left: float = 0.0, top: float = 0.0) -> TextLine:
    """A line whose characters are all equally wide; a space leaves one out."""
    chars = tuple(
        TextChar(text=sign, bbox=(left + at * WIDTH, top, WIDTH, 42.0))
        for at, sign in enumerate(text)
        if not sign.isspace()
    )
    return TextLine(text=text, bbox=(left, top, len(text) * WIDTH, 42.0), chars=chars)


def rooms(*lines: TextLine) -> list[ReadRoom]:
    return list(read_rooms(lines, EM))


def test_a_room_lies_between_two_brackets() -> None:
    (room,) = rooms(line("AA(  )BB"))
    assert room.is_closed
    assert room.box == (52, 4, 57, 33)


def test_a_bracket_at_the_end_of_its_line_has_room_for_a_letter() -> None:
    (room,) = rooms(line("AA("))
    assert not room.is_closed
    assert room.box[2] == 90


def test_the_next_line_ends_an_open_room() -> None:
    (room,) = rooms(line("AA("), line(")。", left=100.0))
    assert room.box[0] + room.box[2] == 100


def test_a_questions_number_ends_an_open_room() -> None:
    (room,) = rooms(line("(A  6.A.us"))
    assert room.box[0] + room.box[2] == 80


def test_print_behind_an_unclosed_bracket_is_no_room() -> None:
    assert rooms(line("(锐角三角形是")) == []


def test_brackets_with_nothing_between_them_are_bare() -> None:
    assert [room.is_bare for room in rooms(line("AA( )BB"), line("AA(B)"))] == [True, False]
