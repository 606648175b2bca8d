"""Reads one page image: its lines, tables, places to answer, marks and figures."""

import time
from dataclasses import dataclass

from services.ocr.domain.bubbles.bubble_answers import with_bubbles
from services.ocr.domain.bubbles.bubble_sheet import BubbleTemplate
from services.ocr.domain.bubbles.card_answers import with_card
from services.ocr.domain.drawings.figures import find_figures
from services.ocr.domain.drawings.label_classifier import LabelClassifier
from services.ocr.domain.drawings.mark_removal import without_red_marks
from services.ocr.domain.ink.page_ink import page_ink, red_marks
from services.ocr.domain.ink.raster import Rgb, to_grey
from services.ocr.domain.numbers.circled_numbers import with_circled_numbers
from services.ocr.domain.numbers.number_order import in_order
from services.ocr.domain.numbers.number_rings import page_rings
from services.ocr.domain.numbers.sign_rings import read_signs
from services.ocr.domain.text.detection_view import detection_view
from services.ocr.domain.text.gutters import cut_at_gutters
from services.ocr.domain.text.text_reader import TextReader
from services.ocr.domain.text.text_size import character_height
from services.ocr.steps.card_reading import read_card
from services.ocr.steps.label_reading import read_labels
from services.ocr.steps.line_reading import read_lines
from services.ocr.steps.mark_reading import read_marks
from services.ocr.steps.number_label_reading import read_number_labels
from services.ocr.steps.page_orientation import upright
from services.ocr.steps.place_reading import read_places
from services.ocr.steps.ring_reading import read_rings
from services.ocr.steps.sign_looks import with_missed_signs
from services.ocr.steps.table_reading import read_tables
from shared.contract.reading import PageImage, PageText, PictureFault, Region, RegionKind

_PDF_ENGINE = "pdf-text"


@dataclass(frozen=True, slots=True)
class PageReading:
    """What came of a page; ``turned`` is its image when it had to be turned or mirrored."""

    text: PageText
    turned: Rgb | None


def read_page(
    reader: TextReader,
    classifier: LabelClassifier,
    page: PageImage,
    image: Rgb,
    template: BubbleTemplate | None = None,
) -> PageReading:
    """Everything on one page; ``classifier`` tells what pens did to the labels of options.

    A page with the marks of ``template`` answers by its bubbles, an answer card by its own.
    """
    started = time.perf_counter()
    is_changed = False
    undone: tuple[PictureFault, ...] = (PictureFault.INVERTED,) if page.is_inverted else ()
    regions: tuple[Region, ...] = ()
    if page.printed_lines is not None:
        lines, engine = page.printed_lines, _PDF_ENGINE
        ink = page_ink(image)
        tables = read_tables(None, image, lines, red_marks(ink))
    else:
        ink = page_ink(image)
        found = upright(reader, without_red_marks(image, ink))
        is_changed = found.is_changed
        if is_changed:
            image = found.applied_to(image)
            ink = page_ink(image)
        if found.is_mirrored:
            undone = (*undone, PictureFault.MIRRORED)
        character_px = detection_view(to_grey(found.image)).character_px
        quads = cut_at_gutters(
            found.quads, page_rings(ink.darkness, character_px), ink.any, character_px
        )
        lines, engine = read_lines(reader, found.image, quads), reader.name
        em_px = character_height(ink.black, [(line.text, line.bbox) for line in lines])
        lines = with_missed_signs(reader, image, ink, lines, em_px)
        lines = read_rings(reader, lines, ink.darkness, em_px)
        lines = read_number_labels(reader, lines, ink.darkness, em_px)
        lines = in_order(with_circled_numbers(lines, ink.darkness, em_px), em_px)
        signs = read_signs(lines, ink.darkness, em_px)
        lines, regions = signs.lines, signs.regions
        tables = read_tables(reader, image, lines, red_marks(ink))
    # Also on born-digital pages: what a pen added is no text of theirs.
    card = read_card(reader, ink, lines) if template is None else None
    areas = card.areas if card is not None else ()
    lines = card.lines if card is not None else lines
    places = read_places(reader, image, ink, lines, tables, areas)
    # A pen's B in its bracket is no label of an option.
    labels = read_labels(classifier, ink, places.lines, tables)
    figures = find_figures(
        to_grey(image),
        [line.bbox for line in lines],
        [*(table.bbox for table in tables), *areas],
    )
    text = PageText(
        page=page.number,
        width_px=image.shape[1],
        height_px=image.shape[0],
        language=places.language,
        lines=places.lines,
        tables=places.tables,
        marks=(*read_marks(reader, image, ink, lines), *places.marks, *labels.marks),
        regions=(
            *regions,
            *places.regions,
            *labels.regions,
            *(Region(kind=RegionKind.FIGURE, bbox=box) for box in figures),
        ),
        undone=undone,
        engine=engine,
        seconds=time.perf_counter() - started,
    )
    if template is not None:
        text = with_bubbles(to_grey(image), text, template)
    if card is not None:
        text = with_card(text, card)
    return PageReading(text, image if is_changed else None)
