"""Reads the answers between printed brackets, above blanks and in cells of ruled tables.

Reading by lines drops or blurs them. Each place is looked at on its own: its ink without the print
around it, in several views.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.ocr.domain.ink.page_ink import PageInk
from services.ocr.domain.ink.raster import Rgb
from services.ocr.domain.places import page_characters
from services.ocr.domain.places.answer_places import AnswerPlace, PlaceKind, find_places
from services.ocr.domain.places.bracket_search import hints
from services.ocr.domain.places.page_characters import Found, characters_at
from services.ocr.domain.places.place_writing import (
    fills_room,
    is_coloured,
    is_tall,
    stands_free,
    writing_at,
)
from services.ocr.domain.places.read_brackets import read_rooms
from services.ocr.domain.places.result_rooms import result_rooms
from services.ocr.domain.places.text_rows import text_rows
from services.ocr.domain.text.numerals import in_figures
from services.ocr.domain.text.page_language import language_of
from services.ocr.domain.text.text_reader import TextReader
from services.ocr.domain.text.text_size import character_height
from services.ocr.steps.answer_lines import answer_lines, as_bbox, bracket_lines
from services.ocr.steps.cell_looks import cell_looks, with_answers
from services.ocr.steps.place_looks import Look, read_all
from shared.contract.model import BBox
from shared.contract.reading import (
    MarkKind,
    PageLanguage,
    PenMark,
    Region,
    RegionKind,
    RuledTable,
    TextLine,
)

#: Share of the inked places with red ink alone from which red is the student's own.
RED_PEN_SHARE = 0.6


#: A cell this wide and high, in heights of a character, is a frame around text and its places.
FRAME_EM = (20.0, 3.0)


@dataclass(frozen=True, slots=True)
class PlaceReadings:
    """The page's lines with the answers as lines of their own, its tables with answers.

    Marks are crossed-out answers. Regions: ``blank`` is a rule to write on, ``empty`` a place
    without ink, ``ink`` one whose ink was not read with confidence.
    """

    lines: tuple[TextLine, ...]
    tables: tuple[RuledTable, ...]
    marks: tuple[PenMark, ...] = ()
    regions: tuple[Region, ...] = ()
    language: PageLanguage | None = None


@dataclass(frozen=True, slots=True)
class _Seen:
    """A place with writing, and the characters that the line's reading has there."""

    look: Look
    found: list[Found]


def read_places(
    reader: TextReader,
    image: Rgb,
    ink: PageInk,
    lines: tuple[TextLine, ...],
    tables: tuple[RuledTable, ...],
    taken: Sequence[BBox] = (),
) -> PlaceReadings:
    """Looks at every answer place of a page; ``lines`` are its reading line by line.

    ``taken`` are areas that were read in another way and have no places.
    """
    em_px = character_height(ink.black, [(line.text, line.bbox) for line in lines])
    if em_px <= 0:
        return PlaceReadings(lines, tables)
    places = find_places(
        ink,
        em_px,
        list(text_rows(lines)),
        hints(lines),
        [*closed_boxes(tables, em_px), *taken],
        read_rooms(lines, em_px),
        result_rooms(lines, em_px),
        page_characters.sure_characters(lines),
    )
    seen, others = _seen(ink, places, lines)
    looks = [item.look for item in seen]
    cells = cell_looks(ink, tables, em_px)
    every = [*looks, *(cell.look for cell in cells if cell.look is not None)]
    language = language_of((line.text for line in lines), reader.simplified_forms)
    read_all(reader, image, every, language)
    told = [item for item in seen if item.look.outweighs_line()]
    for item in seen:
        if item not in told:
            lines = page_characters.doubted(lines, item.found, item.look.line_share())
    answers, doubts = answer_lines([item.look for item in told])
    replaced = [found for item in told for found in item.found]
    kept = page_characters.without(lines, [*replaced, *_rule_characters(places, lines)])
    return PlaceReadings(
        (*kept, *bracket_lines([item.look.place for item in told], kept), *answers),
        with_answers(tables, cells),
        tuple(_strike(box, look) for look in looks for box in look.struck),
        (*_blanks(places), *others, *doubts),
        language,
    )


def closed_boxes(tables: Sequence[RuledTable], em_px: float) -> list[BBox]:
    """Where rules belong to tables: their cells, and only the edges of cells like a frame.

    A frame around a section holds places as a page without one does.
    """
    boxes = []
    for table in tables:
        for cell in table.cells:
            x, y, width, height = cell.bbox
            if height < FRAME_EM[1] * em_px or width < FRAME_EM[0] * em_px:
                boxes.append(cell.bbox)
            else:
                boxes += [(x, y, width, 0.0), (x, y + height, width, 0.0)]
    return boxes


def _seen(
    ink: PageInk, places: Sequence[AnswerPlace], lines: Sequence[TextLine]
) -> tuple[list[_Seen], list[Region]]:
    """Places with a pen's writing, and regions for the others."""
    seen, regions = [], []
    for place in places:
        written = writing_at(ink, place)
        if written is None and place.kind is PlaceKind.RESULT:
            continue
        if written is None:
            regions.append(Region(kind=RegionKind.EMPTY, bbox=as_bbox(place.room)))
            continue
        found = characters_at(lines, place, written)
        is_print = (
            page_characters.is_number_or_option(found, lines)
            or page_characters.is_underlined(found, place, written)
            or page_characters.is_expression(found, place, written)
        )
        if is_print and not is_coloured(written, ink):
            continue
        if not fills_room(written, place, ink) or (
            (stands_free(place, ink) or is_tall(written, place))
            and not page_characters.is_print(found, place, written)
        ):
            line = page_characters.reading_of(found)
            is_number = place.kind is PlaceKind.RESULT or page_characters.asks_for_number(
                lines, place, line
            )
            if line is not None and is_number:
                line = in_figures(line)
            look = Look(place, written, line, is_number=is_number)
            seen.append(_Seen(look, found))
    red = [item.look.written for item in seen if item.look.written.is_red]
    if len(red) >= RED_PEN_SHARE * len(seen):
        return seen, regions
    # A teacher's red in an otherwise empty place may be a correction: somebody has to look.
    regions += [Region(kind=RegionKind.INK, bbox=as_bbox(written.box)) for written in red]
    return [item for item in seen if not item.look.written.is_red], regions


def _blanks(places: Sequence[AnswerPlace]) -> list[Region]:
    regions = []
    for rule in (place.rule for place in places if place.rule is not None):
        top = rule.at((rule.start + rule.end) / 2) - rule.thickness_px / 2
        box = (rule.start, top, rule.length, rule.thickness_px)
        regions.append(Region(kind=RegionKind.BLANK, bbox=box))
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
    return PenMark(kind=MarkKind.STRIKE, bbox=as_bbox(box), confidence=look.certainty)
