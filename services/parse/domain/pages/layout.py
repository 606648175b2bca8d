"""Everything that is known of the pages before questions are sought: text, tables, headings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from services.parse.domain.headings.sections import SHEET_TITLE, Heading, find_headings
from services.parse.domain.pages.answer_lists import box_of, read_answer_lists
from services.parse.domain.pages.answer_tables import TableAnswer, read_answer_table
from services.parse.domain.pages.page_frame import binding_margin, frame_lines, repeated_edges
from services.parse.domain.pages.page_order import order_pages
from services.parse.domain.pages.reading_order import passage_of_page
from services.parse.domain.pages.score_tables import ScoreTable, WrittenScore, read_score_table
from services.parse.domain.pages.stacked_sums import with_rows
from services.parse.domain.pages.tables import Grid, lines_in, to_grid, unruled_grids
from services.parse.domain.text.geometry import centre, right
from services.parse.domain.text.glyphs import GAP, Glyph, Passage
from shared.contract.answer_key import AnswerKey
from shared.contract.model import BBox
from shared.contract.notation.labels import plain_label
from shared.contract.notes import Note
from shared.contract.reading import PageText


@dataclass(frozen=True, slots=True)
class FoundTable:
    """An answer table; ``section`` counts the headings above it, 0 where there is none.

    ``is_labelled``: that label stands directly above it. ``is_apart``: a title such as 答题栏
    stands between the heading and the table, which then serves other sections too.
    """

    page: int
    bbox: BBox
    answers: tuple[TableAnswer, ...]
    section: int
    is_labelled: bool = False
    is_apart: bool = False


@dataclass(frozen=True)
class Layout:
    """Pages in order, their text without frames and tables, and what the tables say."""

    pages: tuple[PageText, ...]
    passage: Passage
    headings: tuple[Heading, ...]
    tables: tuple[FoundTable, ...]
    scores: ScoreTable
    warnings: tuple[Note, ...]
    text: str


def _section_of(
    page: int, box: BBox, headings: Sequence[Heading], passage: Passage, order: Sequence[int]
) -> int:
    """How many headings come up to the nearest one above a table: its section."""
    same, earlier = [], 0
    for position, heading in enumerate(headings, start=1):
        glyph = passage.glyphs[heading.start]
        if order.index(glyph.page) < order.index(page):
            earlier = position
        if glyph.page == page and centre(glyph.bbox)[1] < box[1] + 0.2 * box[3]:
            # In a page of columns the heading stands above the table, not in the column beside it.
            is_above = box[0] - 6 * glyph.bbox[3] <= glyph.bbox[0] <= right(box)
            same.append((is_above, glyph.bbox[1], position))
    above = [item for item in same if item[0]] or same
    return max(above, key=lambda item: item[1])[2] if above else earlier


def _rows_above(
    page: int, box: BBox, passage: Passage, *, in_segments: bool = False
) -> list[tuple[float, str]]:
    """(y, text) of the rows above a table, or of the segments in them, nearest first."""
    rows = []
    for start, stop in passage.rows(0, len(passage.text)):
        if stop == start or passage.glyphs[start].page != page:
            continue
        for first, end in _segments(passage, start, stop) if in_segments else [(start, stop)]:
            glyph = passage.glyphs[first]
            is_beside = right(passage.glyphs[end - 1].bbox) < box[0] or glyph.bbox[0] > right(box)
            if centre(glyph.bbox)[1] < box[1] + 0.2 * box[3] and not is_beside:
                rows.append((glyph.bbox[1], passage.text[first:end]))
    return sorted(rows, reverse=True)


def _segments(passage: Passage, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """The slices of a row that were read as one line each."""
    for _, group in groupby(range(start, stop), key=lambda i: passage.glyphs[i].segment):
        indexes = list(group)
        yield indexes[0], indexes[-1] + 1


def _found_table(
    grid: Grid,
    answers: tuple[TableAnswer, ...],
    headings: Sequence[Heading],
    passage: Passage,
    order: Sequence[int],
) -> FoundTable:
    section = _section_of(grid.page, grid.bbox, headings, passage, order)
    above = _rows_above(grid.page, grid.bbox, passage)
    labels = {plain_label(heading.label): n for n, heading in enumerate(headings, start=1)}
    near = 2.5 * grid.bbox[3] / max(len(grid.rows), 1)
    if above:
        label = plain_label(above[0][1])
        if grid.bbox[1] - above[0][0] < near and label in labels:
            return FoundTable(grid.page, grid.bbox, answers, labels[label], is_labelled=True)
    tall = headings[section - 1] if section else None
    lowest = passage.glyphs[tall.start].bbox[1] if tall and _on(tall, passage, grid.page) else 0.0
    titles = [
        y
        for y, text in _rows_above(grid.page, grid.bbox, passage, in_segments=True)
        if SHEET_TITLE.match(text)
    ]
    # A title right above counts also where the heading that was found stands in another column.
    is_apart = any(y > lowest or grid.bbox[1] - y < near for y in titles)
    return FoundTable(grid.page, grid.bbox, answers, section, is_apart=is_apart)


def _on(heading: Heading, passage: Passage, page: int) -> bool:
    return passage.glyphs[heading.start].page == page


@dataclass(frozen=True, slots=True)
class _ReadGrid:
    """A table of answers or of scores."""

    grid: Grid
    answers: tuple[TableAnswer, ...]
    scores: ScoreTable | None


def _read_grid(grid: Grid, page: PageText) -> _ReadGrid | None:
    scores = read_score_table(grid, page)
    answers = () if scores is not None else read_answer_table(grid)
    return _ReadGrid(grid, answers, scores) if answers or scores is not None else None


def _read_grids(page: PageText) -> list[_ReadGrid]:
    # A frame around a whole page is a table of one cell; it holds no rows of its own.
    ruled = [to_grid(table, page) for table in page.tables if table.rows * table.columns >= 2]
    read = [found for grid in ruled if (found := _read_grid(grid, page)) is not None]
    # Rules that closed to something else may still have numbers and answers between them.
    taken = [found.grid.bbox for found in read]
    free = [_read_grid(grid, page) for grid in unruled_grids(page, taken)]
    return [*read, *(found for found in free if found is not None)]


def read_layout(pages: Sequence[PageText], key: AnswerKey | None = None) -> Layout:
    """Orders the pages and takes their text, tables and headings apart."""
    ordered, warnings = order_pages([with_rows(page) for page in pages])
    repeated = repeated_edges(ordered)
    glyphs: list[Glyph] = []
    found: list[tuple[Grid, tuple[TableAnswer, ...]]] = []
    written: dict[str, WrittenScore] = {}
    full: dict[str, float] = {}
    for position, page in enumerate(ordered):
        drop = set(frame_lines(page, repeated[position]))
        for read in _read_grids(page):
            if read.scores is not None:
                written.update(read.scores.written)
                full.update(read.scores.full)
            if read.answers:
                found.append((read.grid, read.answers))
            drop |= set(lines_in(page, read.grid.bbox))
        glyphs += passage_of_page(page, drop).glyphs
    passage = Passage(tuple(glyphs))
    headings = find_headings(passage, key)
    order = [page.page for page in ordered]
    found += [
        (Grid(answers[0].page, box_of(answers), ()), answers)
        for answers in read_answer_lists(passage)
    ]
    tables = tuple(_found_table(grid, answers, headings, passage, order) for grid, answers in found)
    text = "".join(passage_of_page(page, binding_margin(page)).text for page in ordered)
    return Layout(
        ordered,
        passage,
        headings,
        tables,
        ScoreTable(written, full),
        warnings,
        text.replace(GAP, " ").strip(),
    )
