"""Reads the numbers of questions that stand in rings."""

from collections.abc import Sequence

from services.ocr.domain.ink.raster import Grey
from services.ocr.domain.numbers.circled_numbers import SURENESS, UNREAD
from services.ocr.domain.numbers.number_rings import (
    MIN_CONFIDENCE,
    Ring,
    agreed_number,
    are_aligned,
    find_rings,
    inside,
    sign_at,
    with_number,
)
from services.ocr.domain.text.text_reader import TextReader
from shared.contract.notation.numerals import RINGED
from shared.contract.reading import TextLine

#: How much of a ring is looked at, and whether its contrast is spread. A wider look sees the rim, a
#: narrower one cuts figures; spreading helps blurred print and hurts the thin lines of sharp print.
LOOKS = ((0.65, True), (0.70, True), (0.75, False))
#: So many looks that agree are enough.
ENOUGH = 2
#: So many numbers that were read show that what is aligned with them is a number.
MIN_KNOWN = 2


def read_rings(
    reader: TextReader, lines: Sequence[TextLine], darkness: Grey, em_px: float
) -> tuple[TextLine, ...]:
    """``lines`` with the circled numbers at their beginnings as a closer look reads them.

    ``darkness`` is the page's ink, 0 for paper; ``em_px`` is the height of a Chinese character.
    """
    read = list(lines)
    known, unread = [], []
    for ring in find_rings(lines, darkness, em_px):
        now = sign_at(lines[ring.line], ring)
        number = agreed_number(now, _looks(reader, ring, darkness))
        if number is not None:
            read[ring.line] = with_number(lines[ring.line], ring, *number)
        if number is not None or now in RINGED:
            known.append(ring)
        else:
            unread.append(ring)
    for ring in unread:
        # What stands among numbers in rings is one, though nobody can say which.
        if sum(are_aligned(ring, other, em_px) for other in known) >= MIN_KNOWN:
            read[ring.line] = with_number(lines[ring.line], ring, UNREAD, SURENESS)
    return tuple(read)


def _looks(reader: TextReader, ring: Ring, darkness: Grey) -> list[tuple[str, float]]:
    """What looks at a ring say, and how surely; two that surely say the same are enough."""
    views = [inside(ring, darkness, share, is_spread=spread) for share, spread in LOOKS]
    looks = reader.recognise(views[:ENOUGH])
    is_same = len({look.text for look in looks}) == 1
    if not is_same or min(look.confidence for look in looks) < MIN_CONFIDENCE:
        looks += reader.recognise(views[ENOUGH:])
    return [(look.text, look.confidence) for look in looks]
