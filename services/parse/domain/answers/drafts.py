"""Joins what is known of each question: its text on the paper and its cell in an answer table."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from services.parse.domain.headings.sections import Heading
from services.parse.domain.pages.answer_tables import TableAnswer
from services.parse.domain.pages.layout import FoundTable
from services.parse.domain.questions.spans import Span
from shared.contract.notation.labels import plain_label


@dataclass(frozen=True, slots=True)
class Draft:
    """A question before its answer is read. ``section`` is a position in the headings, from 1."""

    section: int
    number: str
    spans: tuple[Span, ...] = ()
    cells: tuple[TableAnswer, ...] = ()

    @property
    def span(self) -> Span | None:
        """The longest text: the question itself rather than its place on an answer sheet."""
        return max(self.spans, key=lambda span: span.stop - span.start, default=None)


def canonical_sections(headings: Sequence[Heading]) -> dict[int, int]:
    """For each heading, from 1, the first one with the same label: an answer sheet repeats them.

    0, where no heading was passed, is its own.
    """
    canonical = {0: 0}
    first: dict[str, int] = {}
    for position, heading in enumerate(headings, start=1):
        label = plain_label(heading.label)
        canonical[position] = first.setdefault(label, position) if label else position
    return canonical


def place_tables(
    tables: Sequence[FoundTable],
    spans: Sequence[Span],
    canonical: dict[int, int],
    is_answered: Callable[[Span], bool],
) -> tuple[FoundTable, ...]:
    """The tables with the section that each answers.

    A label right above the table decides. Else the heading above it does, if that section has the
    table's numbers and no other table has answered them; else the section that has just these
    numbers, or the first that has them all: tables at the end of a paper follow its sections in
    order. ``is_answered`` says whether a question's own place is written in: a section where most
    are comes last.
    """
    open_numbers: dict[int, set[str]] = {}
    for span in spans:
        open_numbers.setdefault(canonical[span.section], set()).add(span.number)

    @cache
    def is_written(section: int) -> bool:
        own = [is_answered(span) for span in spans if canonical[span.section] == section]
        return sum(own) > 0.5 * len(own)

    placed = []
    for table in tables:
        numbers = {str(answer.number) for answer in table.answers}
        section = canonical[table.section]
        wanted = [section] if section and not table.is_apart else []
        # Numbers may start anew in each section; a longer one is not answered by a shorter table.
        rest = sorted(
            open_numbers,
            key=lambda other: (is_written(other), open_numbers[other] != numbers, other),
        )
        wanted += [other for other in rest if other not in wanted]
        fitting = (
            other
            for other in wanted
            if len(numbers & open_numbers.get(other, set())) >= 0.8 * len(numbers)
        )
        if not table.is_labelled:
            section = next(fitting, section)
        open_numbers[section] = open_numbers.get(section, set()) - numbers
        placed.append(replace(table, section=section))
    return tuple(placed)


def _add_cell(drafts: dict[tuple[int, str], Draft], section: int, cell: TableAnswer) -> None:
    number = str(cell.number)
    address = (section, number)
    if address not in drafts:
        # A table for several sections: the number alone tells the question, if only one has it.
        same = [other for other in drafts if other[1] == number and drafts[other].spans]
        in_section = any(other[0] == section and drafts[other].spans for other in drafts)
        if len(same) == 1 and (section == 0 or in_section or len(drafts) > 1):
            address = same[0]
    known = drafts.get(address, Draft(address[0], number))
    drafts[address] = replace(known, cells=(*known.cells, cell))


def join_drafts(
    spans: Iterable[Span], tables: Iterable[FoundTable], canonical: dict[int, int]
) -> tuple[Draft, ...]:
    """One draft for each (section, number), in the order of sections and places in the text."""
    drafts: dict[tuple[int, str], Draft] = {}
    for span in spans:
        address = (canonical[span.section], span.number)
        known = drafts.get(address, Draft(*address))
        drafts[address] = replace(known, spans=(*known.spans, span))
    for table in tables:
        for cell in table.answers:
            _add_cell(drafts, canonical[table.section], cell)
    return tuple(sorted(drafts.values(), key=_position))


def _position(draft: Draft) -> tuple[int, int, int]:
    number = int("".join(c for c in draft.number if c.isdecimal()) or 0)
    if draft.spans:
        return draft.section, 0, draft.spans[0].start
    return draft.section, 1, number
