"""Characters with their places: the text that every later step searches."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from services.parse.domain.text.geometry import right, union
from shared.contract.model import BBox
from shared.contract.reading import TextLine

#: Stands for a horizontal gap wide enough to hold an answer.
GAP = "\u2003"


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character, where it stands and how sure the reader was of it.

    ``segment`` numbers the line of the reader that it came from; white space has segment -1.
    ``likely`` are signs that a lone stroke could be, with their likelihoods.
    """

    char: str
    bbox: BBox
    confidence: float
    page: int
    column: int = 0
    segment: int = -1
    likely: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Passage:
    """Glyphs in reading order; ``text[i]`` is the character of ``glyphs[i]``."""

    glyphs: tuple[Glyph, ...]

    @cached_property
    def text(self) -> str:
        """The characters alone; rows end with a line feed."""
        return "".join(glyph.char for glyph in self.glyphs)

    def inked(self, start: int, stop: int) -> tuple[Glyph, ...]:
        """The glyphs of a slice that are not white space."""
        return tuple(glyph for glyph in self.glyphs[start:stop] if not glyph.char.isspace())

    def places(self, start: int, stop: int) -> tuple[tuple[int, BBox], ...]:
        """(page, box) of a slice, one for each column that it runs through."""
        return tuple((page, box) for (page, _), box in self.parts(start, stop).items())

    def parts(self, start: int, stop: int) -> dict[tuple[int, int], BBox]:
        """The box of a slice in each (page, column) that it runs through."""
        parts: dict[tuple[int, int], list[BBox]] = {}
        for glyph in self.inked(start, stop):
            parts.setdefault((glyph.page, glyph.column), []).append(glyph.bbox)
        return {place: union(boxes) for place, boxes in parts.items()}

    @cached_property
    def columns(self) -> dict[tuple[int, int], BBox]:
        """The box of all text in each (page, column)."""
        return self.parts(0, len(self.glyphs))

    def rows(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """(start, stop) of each row within a slice, line feeds left out."""
        while start < stop:
            end = self.text.find("\n", start, stop)
            end = stop if end < 0 else end
            yield start, end
            start = end + 1

    def row_start(self, index: int) -> int:
        """Index of the first glyph of the row that ``index`` stands in."""
        return self.text.rfind("\n", 0, index) + 1

    def row_stop(self, index: int) -> int:
        """Index after the last glyph of the row that ``index`` stands in."""
        end = self.text.find("\n", index)
        return len(self.text) if end < 0 else end


def advance(char: str) -> float:
    """Width of a printed character relative to a Chinese one."""
    if char.isspace():
        return 0.3
    return 0.55 if ord(char) < 0x2E80 else 1.0


def _split(text: str, box: BBox) -> Iterator[tuple[str, BBox]]:
    total = sum(advance(char) for char in text) or 1.0
    x = box[0]
    for char in text:
        width = box[2] * advance(char) / total
        yield char, (x, box[1], width, box[3])
        x += width


_Placed = tuple[str, BBox, float, tuple[tuple[str, float], ...]]


def _with_boxes(line: TextLine) -> list[_Placed]:
    known = [
        (char, box, part.confidence, part.likely)
        for part in line.chars
        for char, box in _split(part.text, part.bbox)
        if not char.isspace()
    ]
    printed = [char for char in line.text if not char.isspace()]
    if not known or [char for char, _, _, _ in known] != printed:
        return [(char, box, line.confidence, ()) for char, box in _split(line.text, line.bbox)]
    placed: list[_Placed] = []
    upcoming = iter(known)
    for char in line.text:
        if not char.isspace():
            placed.append(next(upcoming))
        elif placed:
            x, y, width, height = placed[-1][1]
            placed.append((" ", (x + width, y, 0.0, height), 1.0, ()))
    return placed


def glyphs_of(line: TextLine, page: int, column: int, segment: int) -> tuple[Glyph, ...]:
    """The characters of a line, from its character boxes or, without them, evenly spread."""
    return tuple(
        Glyph(
            " " if char.isspace() else char,
            box,
            confidence,
            page,
            column,
            -1 if char.isspace() else segment,
            likely,
        )
        for char, box, confidence, likely in _with_boxes(line)
    )


def spaced(glyphs: Iterable[Glyph], em: float) -> Iterator[Glyph]:
    """The glyphs of one row with gaps written out.

    White space is rebuilt from geometry: GAP where more than 1.7 em are free, a blank where the
    reader saw one or a new segment begins.
    """
    previous: Glyph | None = None
    had_space = False
    for glyph in glyphs:
        if glyph.char.isspace():
            had_space = True
            continue
        if previous is not None:
            free = glyph.bbox[0] - right(previous.bbox)
            is_apart = glyph.segment != previous.segment
            if free > 1.7 * em or had_space or is_apart:
                box = (right(previous.bbox), glyph.bbox[1], max(free, 0.0), glyph.bbox[3])
                char = GAP if free > 1.7 * em else " "
                yield Glyph(char, box, 1.0, glyph.page, glyph.column)
        yield glyph
        previous, had_space = glyph, False


def confidence_of(glyphs: Sequence[Glyph]) -> float:
    """The recogniser's confidence for a run of glyphs: the weakest of them; 1 for none.

    The weakest and not the mean, because one wrong character makes an answer wrong.
    """
    return min((glyph.confidence for glyph in glyphs), default=1.0)
