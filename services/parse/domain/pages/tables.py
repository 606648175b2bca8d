"""Ruled tables by their geometry: rows of cells with text, and which lines they hold."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from services.parse.domain.text.geometry import centre, is_inside, right, union, y_overlap
from shared.contract.model import BBox
from shared.contract.reading import PageText, RuledTable, TextLine

#: What stands before a row of question numbers.
NUMBER_LABEL = re.compile(
    r"^\s*(?:题\s*[号目序次]|序\s*号|小题|Part|Section|No\.?|Questions?|Item|Number)", re.IGNORECASE
)
#: Above this share of dark pixels a cell holds ink, even when nothing was read in it.
INK_SHARE = 0.012


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell; ``has_ink`` without text means that something was written and not read.

    ``likely`` are, for each character, the signs that it could be, with their likelihoods.
    """

    text: str
    confidence: float
    bbox: BBox
    has_ink: bool
    likely: tuple[tuple[tuple[str, float], ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as rows of cells, top to bottom, each left to right."""

    page: int
    bbox: BBox
    rows: tuple[tuple[Cell, ...], ...]

    def turned(self) -> "Grid":
        """Columns as rows; only for grids whose rows are equally long."""
        columns = zip(*self.rows, strict=False)
        return Grid(self.page, self.bbox, tuple(tuple(column) for column in columns))


def lines_in(page: PageText, box: BBox) -> list[int]:
    """Indexes of the lines whose middle lies in a box."""
    return [index for index, line in enumerate(page.lines) if is_inside(line.bbox, box)]


def _cell_text(lines: Sequence[TextLine], box: BBox) -> tuple[str, float]:
    inside = [line for line in lines if is_inside(line.bbox, box)]
    inside.sort(key=lambda line: (round(line.bbox[1] / max(line.bbox[3], 1.0)), line.bbox[0]))
    text = " ".join(line.text for line in inside).strip()
    return text, min((line.confidence for line in inside), default=1.0)


def to_grid(table: RuledTable, page: PageText) -> Grid:
    """The cells of a ruled table in rows; empty cells take the page's lines that lie in them."""
    by_row: dict[int, list[tuple[int, Cell]]] = {}
    for cell in table.cells:
        text, confidence = cell.text.strip(), cell.confidence
        if not text:
            text, confidence = _cell_text(page.lines, cell.bbox)
        likely = tuple(char.likely for char in cell.chars)
        found = Cell(text, confidence, cell.bbox, cell.ink > INK_SHARE, likely)
        by_row.setdefault(cell.row, []).append((cell.column, found))
    rows = tuple(
        tuple(cell for _, cell in sorted(by_row[row], key=lambda item: item[0]))
        for row in sorted(by_row)
    )
    return Grid(page.page, table.bbox, rows)


def _is_short(line: TextLine) -> bool:
    return len(line.text.strip()) <= 4 and line.bbox[2] < 4 * line.bbox[3]


def unruled_grids(page: PageText, taken: Sequence[BBox]) -> list[Grid]:
    """Two-row grids without rules: a row of numbers and, below it, what stands under each.

    Finds answer tables whose rules were too faint, by numbers 1, 2, 3 … side by side.
    """
    free = [
        line
        for line in page.lines
        if _is_short(line) and not any(is_inside(line.bbox, box) for box in taken)
    ]
    numbers = [line for line in free if line.text.strip().isdecimal()]
    grids: list[Grid] = []
    while numbers:
        first = min(numbers, key=lambda line: line.bbox[1])
        row = [n for n in numbers if y_overlap(n.bbox, first.bbox) > 0.4 * first.bbox[3]]
        numbers = [n for n in numbers if n not in row]
        grid = _under(page.page, sorted(row, key=lambda line: line.bbox[0]), free)
        if grid is not None:
            grids.append(grid)
    return grids


def _under(page: int, header: list[TextLine], free: list[TextLine]) -> Grid | None:
    values = [int(line.text) for line in header]
    steps = [b - a for a, b in pairwise(values)]
    box = union(line.bbox for line in header)
    is_labelled = any(
        NUMBER_LABEL.match(line.text) and y_overlap(line.bbox, box) > 0.4 * line.bbox[3]
        for line in free
    )
    least = 2 if is_labelled else 4
    if len(header) < least or sum(1 for step in steps if step == 1) < 0.6 * len(steps):
        return None
    pitch = (centre(header[-1].bbox)[0] - centre(header[0].bbox)[0]) / (len(header) - 1)
    below = [
        line
        for line in free
        if line not in header
        and box[1] + box[3] < centre(line.bbox)[1] < box[1] + box[3] + 1.2 * max(pitch, 2 * box[3])
        and not line.text.strip().isdecimal()
    ]
    cells = []
    for line in header:
        x, _ = centre(line.bbox)
        under = [other for other in below if abs(centre(other.bbox)[0] - x) < 0.5 * pitch]
        under.sort(key=lambda other: other.bbox[1])
        if under:
            cells.append(Cell(under[0].text, under[0].confidence, under[0].bbox, has_ink=True))
        else:
            cells.append(Cell("", 0.6, (x - pitch / 2, box[1] + box[3], pitch, box[3]), False))
    if sum(1 for cell in cells if cell.text) < 0.5 * len(cells):
        return None
    top = tuple(Cell(line.text, line.confidence, line.bbox, has_ink=True) for line in header)
    whole = union([box, *(cell.bbox for cell in cells)])
    return Grid(page, (whole[0], whole[1], right(whole) - whole[0], whole[3]), (top, tuple(cells)))
