"""Where the labels of printed options stand, those included that a pen made unreadable."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from services.ocr.domain.places.page_characters import SURE_CHARACTER
from services.ocr.domain.places.read_brackets import OPENING
from shared.contract.reading import TextChar, TextLine

#: Letters of options, as they may be read, and what stands after them.
OPTION_LETTERS, OPTION_SIGNS = frozenset("ABCDEFGHabcd©"), frozenset(".．、)）:：")
#: Letters that recognisers give for ticks.
TICK_LETTERS = frozenset("VvJYy")
#: Where a line begins whose label was lost, from the label in the row above or below, and how near
#: that row is, in heights of a Chinese character: a ring makes the box of its line begin up to its
#: radius earlier; without its label a line begins with the option's text.
EARLIER_EM, LATER_EM, ROW_EM = 1.3, 2.2, 2.6
#: A label in brackets is so narrow; room around the letter is for an answer.
BRACKETED_EM = 1.9


@dataclass(frozen=True, slots=True)
class OptionLabel:
    """The middle of a label's letter, and where the label begins, with its bracket.

    ``is_read`` is false for what only may be one.
    """

    x: float
    y: float
    left: float
    is_read: bool


def option_labels(lines: Sequence[TextLine], em_px: float) -> list[OptionLabel]:
    """Where labels of options may stand: letters such as A. or (A).

    And what stands above or below one at the beginning of its line, at the label's place: a pen
    that ran over a label may have made it unreadable, or the reader may have left it out.
    """
    read = [label for line in lines for label in _read_labels(line, em_px)]
    lost = (_lost_label(line, read, em_px) for line in lines)
    return [*read, *(label for label in lost if label and not _is_known(label, read, em_px))]


def _read_labels(line: TextLine, em_px: float) -> Iterator[OptionLabel]:
    signs = [char.text for char in line.chars]
    for index, char in enumerate(line.chars[:-1]):
        before = signs[index - 1] if index else ""
        # A tick over the bracket of a label reads as a sign or as a letter of its shape.
        is_first = not before.isalnum() or before in TICK_LETTERS
        if char.text not in OPTION_LETTERS or not is_first or signs[index + 1] not in OPTION_SIGNS:
            continue
        first, last = char, line.chars[index + 1]
        if index and before in OPENING:
            first = line.chars[index - 1]
            if last.bbox[0] + last.bbox[2] - first.bbox[0] > BRACKETED_EM * em_px:
                continue
        x, y, width, height = char.bbox
        yield OptionLabel(x + width / 2, y + height / 2, first.bbox[0], is_read=True)


def _lost_label(line: TextLine, read: Iterable[OptionLabel], em_px: float) -> OptionLabel | None:
    """The place of the label that ``line`` may begin with, after the nearest one in its column."""
    left, middle = line.bbox[0], line.bbox[1] + line.bbox[3] / 2
    near = [
        (abs(label.y - middle), label)
        for label in read
        if -EARLIER_EM * em_px <= left - label.left <= LATER_EM * em_px
        and abs(label.y - middle) <= ROW_EM * em_px
    ]
    if not near:
        return None
    column = min(near, key=lambda item: item[0])[1]
    if any(_is_text(char) for char in line.chars if _is_over(char, column.x)):
        return None
    return OptionLabel(column.x, middle, column.left, is_read=False)


def _is_over(char: TextChar, x: float) -> bool:
    return char.bbox[0] <= x <= char.bbox[0] + char.bbox[2]


def _is_text(char: TextChar) -> bool:
    """Whether a character is surely no label, nor what a pen left of one."""
    is_letter = char.text.isalpha() or char.text.isdecimal()
    return is_letter and char.text not in OPTION_LETTERS and char.confidence >= SURE_CHARACTER


def _is_known(label: OptionLabel, known: Iterable[OptionLabel], em_px: float) -> bool:
    return any(abs(label.x - o.x) < em_px and abs(label.y - o.y) < 0.7 * em_px for o in known)
