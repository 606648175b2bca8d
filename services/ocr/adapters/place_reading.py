"""Reads the answers between printed brackets and above blanks, which line reading drops or blurs.

Each place is looked at on its own: its ink without the print around it, in several crops.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.ocr.adapters.place_looks import Look, read_all
from services.ocr.adapters.reader import TextReader
from services.ocr.domain import page_characters
from services.ocr.domain.answer_places import AnswerPlace, PlaceKind, find_places
from services.ocr.domain.ctc import Reading
from services.ocr.domain.page_characters import Found, characters_at
from services.ocr.domain.page_ink import PageInk
from services.ocr.domain.place_votes import decide
from services.ocr.domain.place_writing import fills_room, writing_at
from services.ocr.domain.raster import Rgb
from services.ocr.domain.short_answers import Likely, likeliest, ranked
from services.ocr.domain.text_size import character_height
from shared.contract.model import BBox
from shared.contract.reading import MarkKind, PenMark, Region, RuledTable, TextChar, TextLine

#: A reading less sure than this says little more than that something is written.
MIN_SAYING = 0.5
#: Share of the inked places with red ink alone from which red is the student's own.
RED_PEN_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class PlaceReadings:
    """The page's lines with the answers as lines of their own, crossed-out ones, and places.

    Regions: ``blank`` is a rule to write on, ``empty`` a place without ink, ``ink`` one whose ink
    was not read with confidence.
    """

    lines: tuple[TextLine, ...]
    marks: tuple[PenMark, ...] = ()
    regions: tuple[Region, ...] = ()


def read_places(
    reader: TextReader,
    image: Rgb,
    ink: PageInk,
    lines: tuple[TextLine, ...],
    tables: Sequence[RuledTable],
) -> PlaceReadings:
    """Looks at every answer place of a page; ``lines`` are its reading line by line."""
    em_px = character_height(ink.black, [(line.text, line.bbox) for line in lines])
    if em_px <= 0:
        return PlaceReadings(lines)
    places = find_places(
        ink,
        em_px,
        [line.bbox for line in lines],
        page_characters.hints(lines),
        [table.bbox for table in tables],
    )
    looks, others = _looks(ink, places, lines)
    read_all(reader, image, looks)
    answers, doubts = _answers(looks)
    replaced = [item for look in looks for item in look.found]
    kept = page_characters.without(lines, [*replaced, *_rule_characters(places, lines)])
    return PlaceReadings(
        (*kept, *answers),
        tuple(_strike(box, look) for look in looks for box in look.struck),
        (*_blanks(places), *others, *doubts),
    )


def _looks(
    ink: PageInk, places: Sequence[AnswerPlace], lines: Sequence[TextLine]
) -> tuple[list[Look], list[Region]]:
    """Places with a pen's writing, and regions for the others."""
    looks, regions = [], []
    for place in places:
        written = writing_at(ink, place)
        if written is None:
            regions.append(Region(kind="empty", bbox=_floats(place.room)))
            continue
        found = characters_at(lines, place, written)
        if not fills_room(written, place, ink) or not page_characters.is_print(found, place):
            looks.append(Look(place, written, found))
    red = [look for look in looks if look.written.is_red]
    if len(red) >= RED_PEN_SHARE * len(looks):
        return looks, regions
    # A teacher's red in an otherwise empty place may be a correction: somebody has to look.
    regions += [Region(kind="ink", bbox=_floats(look.written.box)) for look in red]
    return [look for look in looks if not look.written.is_red], regions


def _answers(looks: Sequence[Look]) -> tuple[list[TextLine], list[Region]]:
    """The answers as lines of their own, and regions where they are doubtful."""
    lines, doubts = [], []
    for look in looks:
        signs = look.signs()
        decided = decide(look.readings, look.line_reading)
        if len(signs) == 1:
            decided = _as_sign(decided, signs[0])
        decided = replace(decided, confidence=decided.confidence * look.certainty)
        box = _floats(look.written.box)
        if decided.confidence < MIN_SAYING:
            doubts.append(Region(kind="ink", bbox=box))
        if decided.text:
            chars = _chars(look, decided, signs)
            line = TextLine(text=decided.text, bbox=box, confidence=decided.confidence, chars=chars)
            lines.append(line)
    return lines, doubts


def _as_sign(decided: Reading, likely: Likely) -> Reading:
    """A tick or cross by its shape where the recogniser, not knowing them well, is less sure."""
    sign, value = likeliest(likely)
    if sign in ("√", "×") and value > decided.confidence:
        return replace(decided, text=sign, confidence=value, chars=())
    return decided


def _chars(look: Look, decided: Reading, signs: Sequence[Likely]) -> tuple[TextChar, ...]:
    """The characters with their boxes; the writing is spread evenly where blobs do not tell."""
    letters = [letter for letter in decided.text if not letter.isspace()]
    x, y, width, height = look.written.box
    step = width / len(letters)
    spread = [(x + index * step, float(y), step, float(height)) for index in range(len(letters))]
    told: list[tuple[BBox, Likely]] = [(box, {}) for box in spread]
    if len(signs) == len(letters):
        told = [(_floats(look.written.blob_box(n)), likely) for n, likely in enumerate(signs)]
    return tuple(
        TextChar(text=letter, bbox=box, confidence=decided.confidence, likely=ranked(likely))
        for letter, (box, likely) in zip(letters, told, strict=True)
    )


def _blanks(places: Sequence[AnswerPlace]) -> list[Region]:
    regions = []
    for rule in (place.rule for place in places if place.rule is not None):
        top = float(rule.offset((rule.start + rule.end) / 2)) - rule.thickness_px / 2
        box = (rule.start, top, rule.length, rule.thickness_px)
        regions.append(Region(kind="blank", bbox=box))
    return regions


def _rule_characters(places: Sequence[AnswerPlace], lines: Sequence[TextLine]) -> list[Found]:
    """Dashes and underscores that were read where a rule is."""
    return [
        item
        for place in places
        if place.kind is PlaceKind.BLANK
        for item in page_characters.rule_characters(lines, place)
    ]


def _strike(box: tuple[int, int, int, int], look: Look) -> PenMark:
    return PenMark(kind=MarkKind.STRIKE, bbox=_floats(box), confidence=look.certainty)


def _floats(box: tuple[int, int, int, int]) -> BBox:
    x, y, width, height = box
    return float(x), float(y), float(width), float(height)
