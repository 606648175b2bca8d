"""What pens did to the labels of options: chosen, crossed out, both, or surely nothing."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.ocr.domain.drawings.label_classifier import LabelLook
from services.ocr.domain.drawings.label_state import CHOSEN, CROSSED_OUT, LabelState
from services.ocr.domain.drawings.option_labels import OptionLabel
from services.ocr.domain.ink.raster import PixelBox

#: From these probabilities on it is right in .99 of drawn labels kept apart that an option
#: is chosen or crossed out, and that its label has no mark; and no printed label of real pages was
#: told to be marked so surely (``models/README.md``).
SURE_MARK, SURE_NONE = 0.95, 0.98
#: What a sure mark is then worth, and any other: a person has to look at that.
CERTAINTY, DOUBT = 0.9, 0.7


@dataclass(frozen=True, slots=True)
class OptionMark:
    """A mark at a label: the label's state, its box in page pixels and certainty, 0..1."""

    state: LabelState
    box: PixelBox
    certainty: float


def option_marks(looks: Iterable[LabelLook], em_px: float) -> list[OptionMark]:
    """The marks at labels, as far as they can be told."""
    return [
        OptionMark(look.likeliest, _place(look.label, em_px), _certainty(look))
        for look in looks
        if look.likeliest is not LabelState.NONE
    ]


def unmarked(looks: Iterable[LabelLook], em_px: float) -> list[PixelBox]:
    """The boxes of labels that surely have no mark: nobody chose these options."""
    return [
        _place(look.label, em_px)
        for look in looks
        if look.label.is_read and look.of(LabelState.NONE) >= SURE_NONE
    ]


def _certainty(look: LabelLook) -> float:
    """How sure a mark is; one that is neither chosen nor crossed out is never sure."""
    alike = next((some for some in (CHOSEN, CROSSED_OUT) if look.likeliest in some), ())
    return CERTAINTY if sum(map(look.of, alike)) >= SURE_MARK else DOUBT


def _place(label: OptionLabel, em_px: float) -> PixelBox:
    side = round(em_px)
    return round(label.x - 0.5 * em_px), round(label.y - 0.5 * em_px), side, side
