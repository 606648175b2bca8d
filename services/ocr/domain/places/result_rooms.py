"""Rooms behind the equals signs of sums, where their results are written."""

import re
from collections.abc import Iterator, Sequence

from services.ocr.domain.places.read_brackets import (
    EM_SHARE,
    HEIGHT_EM,
    ReadRoom,
    middle_of,
    next_left,
)
from services.ocr.domain.text.numerals import NUMBER
from shared.contract.reading import TextChar, TextLine

#: A sum up to its last equals sign, and what may be read of its result.
SUM = re.compile(r".*\d[)）]?[+＋\-－−×xX*÷/][(（]?\d[^=＝]*[=＝]")
MAX_RESULT = 8
#: Results whose weakest figure is read so surely need no second look: of 78 on two real sheets 67
#: were right, and all but five of the others less sure.
SURE = 0.9
#: Half the width of an equals sign, room behind the last character of a result, and for a result
#: of which nothing was read; in heights of a Chinese character.
HALF_EM, BEHIND_EM, UNREAD_EM = 0.25, 0.6, 6.0


def result_rooms(lines: Sequence[TextLine], em_px: float) -> Iterator[ReadRoom]:
    """The room for the result of each line that is a sum; ``em_px`` is a character's height."""
    for line in lines:
        spelled = "".join(char.text for char in line.chars)
        match = SUM.fullmatch(spelled[: max(spelled.rfind("="), spelled.rfind("＝")) + 1])
        # Characters of one letter only: their number is the place in the text.
        if match is None or len(spelled) != len(line.chars):
            continue
        equals, result = line.chars[match.end() - 1], line.chars[match.end() :]
        if len(result) > MAX_RESULT or _is_sure(result):
            continue
        em = min(em_px, EM_SHARE * equals.bbox[3])
        x, y = middle_of(equals.bbox)
        left, right = x + HALF_EM * em, x + UNREAD_EM * em
        if result:
            right = result[-1].bbox[0] + result[-1].bbox[2] + BEHIND_EM * em
            y = sum(middle_of(char.bbox)[1] for char in result) / len(result)
        right = min(right, next_left(left, equals.bbox, lines))
        height = HEIGHT_EM * em
        room = (round(left), round(y - height / 2), round(right - left), round(height))
        if room[2] > 0:
            yield ReadRoom(room, em, is_closed=False)


def _is_sure(result: Sequence[TextChar]) -> bool:
    """Whether the line's reading of a result is a number, and clear."""
    text = "".join(char.text for char in result)
    weakest = min((char.confidence for char in result), default=0.0)
    return weakest >= SURE and NUMBER.fullmatch(text) is not None
