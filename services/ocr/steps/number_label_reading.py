"""Reads the numbers of questions that stand in white on dark labels."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from services.ocr.domain.ink.raster import Grey
from services.ocr.domain.numbers.circled_numbers import SURENESS
from services.ocr.domain.numbers.number_labels import (
    INSETS,
    Label,
    columns,
    find_labels,
    inside,
    with_label,
)
from services.ocr.domain.text.ctc import Reading
from services.ocr.domain.text.text_reader import TextReader
from shared.contract.reading import TextLine

_NUMBER = re.compile(r"[1-9]\d?", re.ASCII)
#: What the edge of a label may be read as.
_EDGE = " .[]|I"
#: A look less sure than this says nothing.
MIN_CONFIDENCE = 0.8
#: So many labels that count up one by one are numbers; a dark picture alone is none.
MIN_COUNTING = 2


def read_number_labels(
    reader: TextReader, lines: Sequence[TextLine], darkness: Grey, em_px: float
) -> tuple[TextLine, ...]:
    """``lines`` with the numbers of their labels, where labels of one column count up.

    A label among them that was not read takes the number of its place, less surely.
    """
    read = list(lines)
    for column in columns(find_labels(lines, darkness, em_px), em_px):
        told = {
            at: number
            for at, label in enumerate(column)
            if (number := _number(reader, label, darkness)) is not None
        }
        first = _first_number(told)
        if first is None:
            continue
        for at, label in enumerate(column):
            sureness = 1.0 if told.get(at) == first + at else SURENESS
            read[label.line] = with_label(read[label.line], label, str(first + at), sureness)
    return tuple(read)


def _number(reader: TextReader, label: Label, darkness: Grey) -> int | None:
    """The number that looks at a label agree on; one sure look is enough."""
    looks = reader.recognise([inside(label, darkness, inset) for inset in INSETS])
    numbers = {plain for look in looks if _NUMBER.fullmatch(plain := _plain(look))}
    return int(numbers.pop()) if len(numbers) == 1 else None


def _plain(look: Reading) -> str:
    return look.text.strip(_EDGE) if look.confidence >= MIN_CONFIDENCE else ""


def _first_number(told: Mapping[int, int]) -> int | None:
    """The number of a column's first label, by most of those that were read."""
    votes = Counter(number - at for at, number in told.items())
    first, count = max(votes.items(), key=lambda item: item[1], default=(0, 0))
    is_counting = count >= MIN_COUNTING and 2 * count > len(told)
    return first if is_counting and first > 0 else None
