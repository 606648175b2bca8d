"""Looks at the labels of printed options: which a pen chose, crossed out, or left alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.ocr.domain.drawings.label_classifier import LabelClassifier
from services.ocr.domain.drawings.label_state import LabelState
from services.ocr.domain.drawings.option_labels import OptionLabel, option_labels
from services.ocr.domain.drawings.option_marks import option_marks, unmarked
from services.ocr.domain.ink.page_ink import PageInk
from services.ocr.domain.text.text_size import BOX_SHARE, character_height
from services.ocr.steps.answer_lines import as_bbox
from shared.contract.reading import (
    InkColour,
    MarkKind,
    PenMark,
    Region,
    RegionKind,
    RuledTable,
    TextLine,
)

#: What a state is to whoever reads the paper; a cancelled ring is a ring and a stroke.
KINDS = {
    LabelState.RING: (MarkKind.CIRCLE,),
    LabelState.TICK: (MarkKind.TICK,),
    LabelState.UNDERLINE: (MarkKind.SELECTION,),
    LabelState.FILLED: (MarkKind.SELECTION,),
    LabelState.STRUCK: (MarkKind.STRIKE,),
    LabelState.CANCELLED: (MarkKind.CIRCLE, MarkKind.STRIKE),
}


@dataclass(frozen=True, slots=True)
class LabelReadings:
    """Marks at the labels of options, and a region ``unmarked`` for each that has surely none."""

    marks: tuple[PenMark, ...] = ()
    regions: tuple[Region, ...] = ()


def read_labels(
    classifier: LabelClassifier,
    ink: PageInk,
    lines: Sequence[TextLine],
    tables: Sequence[RuledTable],
) -> LabelReadings:
    """Looks at every label outside of tables; ``lines`` are the page's reading line by line."""
    em_px = _character_px(ink, lines)
    if em_px <= 0:
        return LabelReadings()
    labels = [
        label
        for label in option_labels(lines, em_px)
        if not any(_is_in(label, table) for table in tables)
    ]
    looks = classifier.look(ink, labels, em_px)
    return LabelReadings(
        tuple(
            PenMark(
                kind=kind,
                bbox=as_bbox(mark.box),
                colour=InkColour.BLACK,
                confidence=mark.certainty,
            )
            for mark in option_marks(looks, em_px)
            for kind in KINDS[mark.state]
        ),
        tuple(
            Region(kind=RegionKind.UNMARKED, bbox=as_bbox(box)) for box in unmarked(looks, em_px)
        ),
    )


def _character_px(ink: PageInk, lines: Sequence[TextLine]) -> float:
    """The height of a Chinese character of the page's text; 0 without lines.

    Blur and tilt make letters fill their lines' boxes, so that they seem higher than they are.
    """
    if not lines:
        return 0.0
    measured = character_height(ink.black, [(line.text, line.bbox) for line in lines])
    return min(measured, BOX_SHARE * float(np.median([line.bbox[3] for line in lines])))


def _is_in(label: OptionLabel, table: RuledTable) -> bool:
    x, y, width, height = table.bbox
    return x <= label.x <= x + width and y <= label.y <= y + height
