"""Where answers are written: the room between printed brackets and above free rules."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from services.ocr.domain.ink.boxes import is_inside
from services.ocr.domain.ink.page_ink import PageInk, pieces_of
from services.ocr.domain.ink.ruled_lines import Rule
from services.ocr.domain.places.blank_rules import blank_rules
from services.ocr.domain.places.bracket_search import Hint, middle_part, with_hinted
from services.ocr.domain.places.bracket_shapes import (
    Bracket,
    BracketPair,
    find_brackets,
    pair_brackets,
)
from services.ocr.domain.places.read_brackets import ReadRoom
from services.ocr.domain.places.text_rows import TextRow
from shared.contract.model import BBox

#: Room inside brackets that may hold an answer, in heights of a Chinese character.
MIN_INNER_EM, MAX_INNER_EM = 1.05, 14.0
#: Brackets that were read with nothing between them hold nothing else.
MIN_BARE_EM = 0.4
#: Height of a bracket for answers in that of the page's usual ones.
MAX_HEIGHT_RATIO = 1.45
#: How far above a rule the middle of writing on it may lie.
ABOVE_RULE_EM = 1.25
#: A rule that brackets frame takes at least this share of their room; the foot of a handwritten C
#: between brackets takes .58 on a real page.
MIN_FRAMED_SHARE = 0.7
#: A bracket's box as read is right to about two characters where a wide gap is beside it.
READ_SLACK_EM = 2.0


class PlaceKind(StrEnum):
    """What marks the place."""

    #: Between two brackets.
    BRACKET = "bracket"
    #: Above a rule.
    BLANK = "blank"
    #: Behind the equals sign of a sum.
    RESULT = "result"
    #: In a cell of a ruled table.
    CELL = "cell"


@dataclass(frozen=True, slots=True)
class AnswerPlace:
    """Room for an answer: ``room`` is x, y, width, height in page pixels.

    ``em_px`` is the height of a Chinese character of the print around it.
    """

    kind: PlaceKind
    room: tuple[int, int, int, int]
    em_px: float
    brackets: BracketPair | None = None
    rule: Rule | None = None


def find_places(
    ink: PageInk,
    em_px: float,
    text: Sequence[TextRow],
    hints: Iterable[Hint],
    closed: Sequence[BBox],
    rooms: Iterable[ReadRoom] = (),
    results: Iterable[ReadRoom] = (),
    characters: Sequence[BBox] = (),
) -> list[AnswerPlace]:
    """All places of a page from top to bottom, empty or not.

    ``text`` are the pieces of read lines, ``hints`` the brackets that were read in them, ``rooms``
    what is inside those, ``results`` what is behind the equals signs of sums; ``closed`` are the
    ruled tables, which are read cell by cell and hold no places of their own. ``characters`` are
    boxes of what is surely no bracket.
    """
    pieces = pieces_of(ink.black)
    blanks = [_blank(rule, em_px) for rule in blank_rules(ink, pieces, em_px, text, closed)]
    brackets = [
        bracket
        for bracket in find_brackets(pieces, ink.darkness, em_px)
        if not any(_is_stroke_of(bracket, character) for character in characters)
    ]
    complete = with_hinted(brackets, hints, ink, em_px, characters)
    pairs = pair_brackets(complete, em_px, MAX_INNER_EM)
    tallest = MAX_HEIGHT_RATIO * float(np.median([p.inside[3] for p in pairs])) if pairs else 0.0
    inside = [
        _bracket(pair, em_px)
        for pair in pairs
        if pair.inside[2] >= MIN_INNER_EM * em_px
        # Larger ones than usual enclose fractions.
        and pair.inside[3] <= tallest
        and not any(is_inside(pair.inside, box) for box in closed)
    ]
    inside = _with_read(
        inside, [room for room in rooms if not any(is_inside(room.box, box) for box in closed)]
    )
    framed = [
        _framed(blank, inside)
        for blank in blanks
        if not any(_frames(place, blank) and _is_stroke_in(blank, place) for place in inside)
    ]
    free = [place for place in inside if not any(_frames(place, blank) for blank in framed)]
    free += [
        AnswerPlace(PlaceKind.RESULT, room.box, room.em_px)
        for room in results
        if not any(is_inside(room.box, box) for box in closed)
        and not any(_overlaps(place.room, room.box) for place in [*framed, *free])
    ]
    return sorted([*framed, *free], key=lambda place: (place.room[1], place.room[0]))


def _is_stroke_of(bracket: Bracket, character: BBox) -> bool:
    """Whether what looks like a bracket stands in the middle of a character."""
    first, last, above, below = middle_part(character)
    x = bracket.box[0] + bracket.box[2] / 2
    return first <= x <= last and above <= bracket.middle <= below


def _blank(rule: Rule, em_px: float) -> AnswerPlace:
    foot = rule.at((rule.start + rule.end) / 2)
    top = foot - ABOVE_RULE_EM * em_px
    room = (round(rule.start), round(top), round(rule.length), round(foot - top))
    return AnswerPlace(PlaceKind.BLANK, room, em_px, rule=rule)


def _bracket(pair: BracketPair, em_px: float) -> AnswerPlace:
    return AnswerPlace(PlaceKind.BRACKET, pair.inside, em_px, brackets=pair)


def _with_read(inside: Sequence[AnswerPlace], rooms: Sequence[ReadRoom]) -> list[AnswerPlace]:
    """Places found by shape, and the read rooms that they leave out.

    Where the two contradict each other strokes of characters were taken for brackets, unless the
    room as read is not closed.
    """
    kept, added = list(inside), []
    for room in rooms:
        if room.box[2] < (MIN_BARE_EM if room.is_bare else MIN_INNER_EM) * room.em_px:
            continue
        rivals = [place for place in kept if _overlaps(place.room, room.box)]
        is_known = any(_agrees(place.room, room) for place in rivals)
        if is_known or (rivals and not room.is_closed):
            continue
        kept = [place for place in kept if place not in rivals]
        added.append(AnswerPlace(PlaceKind.BRACKET, room.box, room.em_px))
    return [*kept, *added]


def _overlaps(one: BBox, other: BBox) -> bool:
    """Whether two boxes share most of the smaller one's width, on one level."""
    shared = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    rise = abs(one[1] + one[3] / 2 - other[1] - other[3] / 2)
    return shared > 0.5 * min(one[2], other[2]) and rise < 0.5 * max(one[3], other[3])


def _agrees(shape: BBox, room: ReadRoom) -> bool:
    left, _, width, _ = room.box
    miss = max(abs(shape[0] - left), abs(shape[0] + shape[2] - left - width))
    return miss <= READ_SLACK_EM * room.em_px


def _framed(blank: AnswerPlace, brackets: Sequence[AnswerPlace]) -> AnswerPlace:
    """The blank with the brackets around it, if it has any: （____）."""
    around = next((place for place in brackets if _frames(place, blank)), None)
    return replace(blank, brackets=around.brackets) if around is not None else blank


def _is_stroke_in(blank: AnswerPlace, bracket: AnswerPlace) -> bool:
    """Whether what looks like a rule is too short to be the one that brackets enclose."""
    return blank.room[2] < MIN_FRAMED_SHARE * bracket.room[2]


def _frames(bracket: AnswerPlace, blank: AnswerPlace) -> bool:
    x, y, width, height = blank.room
    middle, foot = x + width / 2, y + height
    left, top, inner, tall = bracket.room
    return left <= middle <= left + inner and top <= foot <= top + 1.4 * tall
