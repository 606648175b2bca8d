"""Orders pages by what is printed on them and reports missing and repeated ones."""

import re
from collections.abc import Sequence
from itertools import pairwise

from services.parse.domain.pages.page_frame import page_number
from services.parse.domain.pages.reading_order import reading_order
from shared.contract.notes import Note, NoteKind
from shared.contract.reading import PageText

_QUESTION = re.compile(r"^\s*(\d{1,3})\s*[.．、]\s*\D")


def _question_numbers(page: PageText) -> list[int]:
    matches = (_QUESTION.match(page.lines[row.lines[0]].text) for row in reading_order(page.lines))
    return [int(match[1]) for match in matches if match]


def order_pages(pages: Sequence[PageText]) -> tuple[tuple[PageText, ...], tuple[Note, ...]]:
    """The pages in the paper's order, and notes of missing and repeated ones.

    Printed page numbers decide where every page has one; else the first question number of each
    page does, where they rise through the whole paper; else the order of upload stays.
    """
    given = sorted(pages, key=lambda page: page.page)
    found = [page_number(page) for page in given]
    numbers = [number.number for number in found if number is not None]
    if len(numbers) < len(given):
        return _by_questions(given), ()
    order = sorted(range(len(given)), key=lambda i: (numbers[i], i))
    total = max((number.total or 0 for number in found if number is not None), default=0)
    present = set(numbers)
    # A plain number may be a question's or a book's page: only a small gap is a missing page.
    expected = (
        range(1, total + 1) if total else range(min(numbers, default=1), max(present, default=0))
    )
    missing = [n for n in expected if n not in present]
    warnings = [
        Note(kind=NoteKind.PAGE_MISSING, where=str(n)) for n in missing if len(missing) <= 20
    ]
    warnings += [
        Note(kind=NoteKind.PAGE_REPEATED, where=str(n))
        for n in sorted(present)
        if numbers.count(n) > 1
    ]
    return tuple(given[i] for i in order), tuple(warnings)


def _by_questions(given: Sequence[PageText]) -> tuple[PageText, ...]:
    if len(given) < 2:
        return tuple(given)
    numbers = [_question_numbers(page) for page in given]
    runs = sorted(found for found in numbers if found)
    joined = [number for run in runs for number in run]
    # Only numbers that rise through the whole paper tell an order; sections that start again at
    # 1, or lists inside a question, do not.
    if len(runs) < len(given) or any(b <= a for a, b in pairwise(joined)):
        return tuple(given)
    return tuple(page for _, page in sorted(zip(numbers, given, strict=True), key=lambda p: p[0]))
