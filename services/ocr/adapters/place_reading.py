"""Reads the answers between printed brackets and above blanks, which line reading drops or blurs.

Each place is looked at on its own: its ink without the print around it, in several crops.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

import cv2
import numpy as np

from services.ocr.adapters.reader import TextReader
from services.ocr.domain import page_characters
from services.ocr.domain.answer_places import AnswerPlace, PlaceKind, find_places
from services.ocr.domain.ctc import Reading
from services.ocr.domain.page_characters import Found, characters_at
from services.ocr.domain.page_ink import PageInk
from services.ocr.domain.place_votes import decide
from services.ocr.domain.place_writing import Writing, clean_crop, fills_room, writing_at
from services.ocr.domain.raster import Rgb
from services.ocr.domain.rewriting import rewriting, widest_gap
from services.ocr.domain.short_answers import (
    SPELLINGS,
    Likely,
    combined,
    kind_of,
    likeliest,
    ranked,
    with_shape,
)
from services.ocr.domain.text_size import character_height
from shared.contract.model import BBox
from shared.contract.reading import MarkKind, PenMark, Region, RuledTable, TextChar, TextLine

#: Blank border around the strokes as a share of their height: the first look and the others.
FIRST_MARGIN, OTHER_MARGINS = 0.15, (0.35, 0.6)
#: A first look this sure, that the line's reading does not contradict, is enough.
SURE = 0.97
#: One sign that is this many times likelier than any other of its kind needs no second look.
SURE_RATIO = 200.0
#: More blobs than this are a word, which is not read blob by blob.
MAX_BLOBS, MAX_BLOB_EM = 6, 1.8
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


@dataclass(slots=True)
class _Look:
    """A place with writing, and all that was read of it."""

    place: AnswerPlace
    written: Writing
    found: list[Found]
    readings: list[Reading] = field(default_factory=list)
    blobs: list[Reading] = field(default_factory=list)
    struck: list[BBox] = field(default_factory=list)

    @property
    def is_short(self) -> bool:
        """Whether letters or signs in a bracket may be read blob by blob."""
        widest = max(stop - start for start, stop in self.written.blobs)
        return (
            self.place.kind is PlaceKind.BRACKET
            and len(self.written.blobs) <= MAX_BLOBS
            and widest <= MAX_BLOB_EM * self.place.em_px
        )


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
    looks, empty = _looks(ink, places, lines)
    _read(reader, image, looks)
    answers = [_answer(look) for look in looks]
    regions = [*map(_blank, places), *empty, *(r for _, r in answers if r is not None)]
    dropped = [item for look in looks for item in look.found]
    dropped += _rule_characters(places, lines)
    kept = page_characters.without(lines, dropped)
    return PlaceReadings(
        (*kept, *(line for line, _ in answers if line is not None)),
        tuple(_strike(box) for look in looks for box in look.struck),
        tuple(region for region in regions if region is not None),
    )


def _looks(
    ink: PageInk, places: Sequence[AnswerPlace], lines: Sequence[TextLine]
) -> tuple[list[_Look], list[Region]]:
    """Places with a pen's writing, and regions for the empty ones."""
    looks, empty = [], []
    for place in places:
        written = writing_at(ink, place)
        if written is None:
            empty.append(Region(kind="empty", bbox=_floats(place.room)))
            continue
        found = characters_at(lines, place)
        if not fills_room(written, place, ink) or all(_is_sign(item.char) for item in found):
            looks.append(_Look(place, written, found))
    red = sum(look.written.is_red for look in looks)
    if red >= RED_PEN_SHARE * len(looks):
        return looks, empty
    # A teacher's red in an otherwise empty place may be a correction: somebody has to look.
    empty += [
        Region(kind="ink", bbox=_floats(look.written.box)) for look in looks if look.written.is_red
    ]
    return [look for look in looks if not look.written.is_red], empty


def _is_sign(char: TextChar) -> bool:
    return any(char.text in spellings for spellings in SPELLINGS.values())


def _read(reader: TextReader, image: Rgb, looks: Sequence[_Look]) -> None:
    """First all places once and short answers blob by blob, then the doubtful ones again."""
    first = [_bordered(clean_crop(image, look.written), FIRST_MARGIN) for look in looks]
    for look, reading in zip(looks, reader.recognise(first), strict=True):
        look.readings.append(reading)
    _read_blobs(reader, image, [look for look in looks if look.is_short])
    again = [look for look in looks if not _is_sure(look)]
    crops = [
        _bordered(clean_crop(image, look.written), margin)
        for look in again
        for margin in OTHER_MARGINS
    ]
    readings = reader.recognise(crops)
    for number, look in enumerate(again):
        count = len(OTHER_MARGINS)
        look.readings += readings[number * count : (number + 1) * count]


def _read_blobs(reader: TextReader, image: Rgb, looks: Sequence[_Look]) -> None:
    """Reads the blobs of each look alone and takes crossed-out ones away."""
    parts: list[tuple[_Look, Writing]] = []
    for look in looks:
        count = len(look.written.blobs)
        if count == 1:
            look.blobs = [look.readings[0]]
        for index in range(count if count > 1 else 0):
            others = set(range(count)) - {index}
            part = look.written.without(others, look.place.em_px)
            if part is not None:
                parts.append((look, part))
    crops = [_bordered(clean_crop(image, part), FIRST_MARGIN) for _, part in parts]
    for (look, _), reading in zip(parts, reader.recognise(crops), strict=True):
        look.blobs.append(reading)
    changed = [look for look in looks if len(look.written.blobs) > 1 and _drop_struck(look)]
    crops = [_bordered(clean_crop(image, look.written), FIRST_MARGIN) for look in changed]
    for look, reading in zip(changed, reader.recognise(crops), strict=True):
        look.readings = [reading]


def _drop_struck(look: _Look) -> bool:
    """Takes a crossed-out first answer out of the look; whether there was one."""
    stop = widest_gap(look.written)
    found = rewriting(look.written, look.blobs[:stop], look.blobs[stop:], look.place.em_px)
    if found.probability <= 0.5:
        return False
    rest = look.written.without(set(range(stop)), look.place.em_px)
    if rest is None:
        return False
    look.struck += [_floats(look.written.blob_box(index)) for index in range(stop)]
    look.written, look.blobs = rest, look.blobs[stop:]
    # What the line's reading has there is a mixture of both.
    look.readings = []
    return True


def _is_sure(look: _Look) -> bool:
    """Whether the first look is so clear that others would change nothing."""
    first = look.readings[0]
    line = _line_reading(look)
    if line is not None and line.text != "".join(first.text.split()):
        return False
    if len(look.blobs) == 1 and first.likely:
        likely = combined(look.readings)
        sign, value = likeliest(likely)
        rivals = [s for s in SPELLINGS if s != sign and kind_of(s) == kind_of(sign)]
        return value >= SURE_RATIO * likeliest(likely, rivals)[1] and value > 0.5
    weakest = min((char.confidence for char in first.chars), default=0.0)
    return weakest >= SURE


def _line_reading(look: _Look) -> Reading | None:
    """What the reading of the whole line has at the place; nothing where a part is struck."""
    if look.struck:
        return None
    found = page_characters.answer_in(look.found)
    if not found:
        return None
    confidence = fmean(item.char.confidence for item in found)
    return Reading("".join(item.char.text for item in found), confidence)


def _answer(look: _Look) -> tuple[TextLine | None, Region | None]:
    """The answer as a line of its own, and a region where it is doubtful."""
    decided = decide(look.readings, _line_reading(look))
    signs = _signs(look)
    if len(signs) == 1:
        decided = _as_sign(decided, signs[0])
    box = _floats(look.written.box)
    doubt = Region(kind="ink", bbox=box) if decided.confidence < MIN_SAYING else None
    if not decided.text:
        return None, doubt
    chars = _chars(look, decided, signs)
    line = TextLine(text=decided.text, bbox=box, confidence=decided.confidence, chars=chars)
    return line, doubt


def _signs(look: _Look) -> list[Likely]:
    """For each blob of a short answer the likelihood of every sign."""
    if not look.is_short or len(look.blobs) != len(look.written.blobs):
        return []
    if len(look.blobs) > 1:
        return [combined([reading]) for reading in look.blobs]
    return [with_shape(combined(look.readings), look.written.strokes)]


def _as_sign(decided: Reading, likely: Likely) -> Reading:
    """A tick or cross by its shape where the recogniser, not knowing them well, is unsure."""
    sign, value = likeliest(likely)
    if sign in ("√", "×") and value > decided.confidence:
        return replace(decided, text=sign, confidence=value, chars=())
    return decided


def _chars(look: _Look, decided: Reading, signs: Sequence[Likely]) -> tuple[TextChar, ...]:
    letters = [letter for letter in decided.text if not letter.isspace()]
    if len(signs) == len(letters):
        return tuple(
            TextChar(
                text=letter,
                bbox=_floats(look.written.blob_box(index)),
                confidence=decided.confidence,
                likely=ranked(likely),
            )
            for index, (letter, likely) in enumerate(zip(letters, signs, strict=True))
        )
    x, y, width, height = look.written.box
    step = width / len(letters)
    return tuple(
        TextChar(
            text=letter,
            bbox=(x + index * step, float(y), step, float(height)),
            confidence=decided.confidence,
        )
        for index, letter in enumerate(letters)
    )


def _blank(place: AnswerPlace) -> Region | None:
    if place.rule is None:
        return None
    middle = (place.rule.start + place.rule.end) / 2
    thickness = place.rule.thickness_px
    top = float(place.rule.offset(middle)) - thickness / 2
    return Region(kind="blank", bbox=(place.rule.start, top, place.rule.length, thickness))


def _rule_characters(
    places: Sequence[AnswerPlace], lines: Sequence[TextLine]
) -> list[Found]:
    """Dashes and underscores that were read where a rule is."""
    return [
        item
        for place in places
        if place.kind is PlaceKind.BLANK
        for item in characters_at(lines, place, only_rule=True)
    ]


def _strike(box: BBox) -> PenMark:
    return PenMark(kind=MarkKind.STRIKE, bbox=box)


def _bordered(crop: Rgb, margin: float) -> Rgb:
    border = max(3, round(margin * crop.shape[0]))
    paper = np.percentile(crop.reshape(-1, 3), 85, axis=0)
    bordered: Rgb = cv2.copyMakeBorder(
        crop,
        border,
        border,
        border,
        border,
        cv2.BORDER_CONSTANT,
        value=tuple(int(v) for v in paper),
    )
    return bordered


def _floats(box: tuple[int, int, int, int]) -> BBox:
    return tuple(float(v) for v in box)  # type: ignore[return-value]
