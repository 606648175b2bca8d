"""What was read at answer places as documents: lines of their own, with characters."""

from collections.abc import Sequence

from services.ocr.domain.places.answer_places import AnswerPlace, PlaceKind
from services.ocr.domain.places.bracket_shapes import Bracket, BracketPair
from services.ocr.domain.places.read_brackets import CLOSING, OPENING, middle_of
from services.ocr.domain.text.ctc import Reading
from services.ocr.domain.text.short_answers import Likely, ranked
from services.ocr.steps.place_looks import Look
from shared.contract.model import BBox
from shared.contract.reading import Region, RegionKind, TextChar, TextLine

#: A reading less sure than this says little more than that something is written.
MIN_SAYING = 0.5
#: So near to where a bracket stands it was read, in heights of a Chinese character.
READ_EM = 1.2


def answer_lines(looks: Sequence[Look]) -> tuple[list[TextLine], list[Region]]:
    """The answers as lines of their own, and regions where they are doubtful."""
    lines, doubts = [], []
    for look in looks:
        decided, signs = look.decide()
        box = as_bbox(look.written.box)
        if decided.confidence < MIN_SAYING:
            doubts.append(Region(kind=RegionKind.INK, bbox=box))
        if decided.text:
            chars = characters(look, decided, signs)
            line = TextLine(text=decided.text, bbox=box, confidence=decided.confidence, chars=chars)
            lines.append(line)
    return lines, doubts


def bracket_lines(places: Sequence[AnswerPlace], lines: Sequence[TextLine]) -> list[TextLine]:
    """The brackets of places that no line has.

    Pairs stand outside all read lines; a closing one is hidden by writing where the other was read.
    """
    found = []
    for place in places:
        if place.kind is not PlaceKind.BRACKET or place.brackets is None:
            continue
        pair = place.brackets
        if not any(_holds(line, half) for line in lines for half in (pair.opening, pair.closing)):
            found.append(_bracket_line(pair))
        elif _is_read(pair.opening, OPENING, lines, place.em_px) and not _is_read(
            pair.closing, CLOSING, lines, place.em_px
        ):
            box = as_bbox(pair.closing.box)
            char = TextChar(text=")", bbox=box)
            found.append(TextLine(text=")", bbox=box, chars=(char,)))
    return found


def _is_read(half: Bracket, signs: str, lines: Sequence[TextLine], em_px: float) -> bool:
    """Whether a line has one of ``signs`` about where a bracket stands."""
    x, y = half.box[0] + half.box[2] / 2, half.middle
    return any(
        char.text in signs
        and abs(middle_of(char.bbox)[0] - x) <= READ_EM * em_px
        and abs(middle_of(char.bbox)[1] - y) <= READ_EM * em_px
        for line in lines
        for char in line.chars
    )


def _holds(line: TextLine, bracket: Bracket) -> bool:
    x, y, width, height = line.bbox
    middle = bracket.box[0] + bracket.box[2] / 2
    return x <= middle <= x + width and y <= bracket.middle <= y + height


def _bracket_line(pair: BracketPair) -> TextLine:
    halves = (("(", pair.opening), (")", pair.closing))
    chars = tuple(TextChar(text=text, bbox=as_bbox(half.box)) for text, half in halves)
    _, top, _, height = pair.inside
    left, right = pair.opening.box[0], pair.closing.box[0] + pair.closing.box[2]
    return TextLine(text="()", bbox=as_bbox((left, top, right - left, height)), chars=chars)


def characters(look: Look, decided: Reading, signs: Sequence[Likely]) -> tuple[TextChar, ...]:
    """The characters with their boxes; the writing is spread evenly where blobs do not tell."""
    letters = [letter for letter in decided.text if not letter.isspace()]
    x, y, width, height = look.written.box
    step = width / len(letters)
    told: list[tuple[BBox, Likely]] = [
        ((x + index * step, float(y), step, float(height)), {}) for index in range(len(letters))
    ]
    if len(signs) == len(letters):
        told = [(as_bbox(look.written.blob_box(n)), likely) for n, likely in enumerate(signs)]
    return tuple(
        TextChar(text=letter, bbox=box, confidence=decided.confidence, likely=ranked(likely))
        for letter, (box, likely) in zip(letters, told, strict=True)
    )


def as_bbox(box: tuple[int, int, int, int]) -> BBox:
    """A box of whole pixels as documents have it."""
    x, y, width, height = box
    return float(x), float(y), float(width), float(height)
