"""Whether all pages are one student's: a scanner that takes two sheets at once shifts a class.

What the pages say of their student and their order is compared. Nothing is guessed from what they
do not say: a page without a name belongs to whoever handed it in.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from rapidfuzz import fuzz

from services.parse.domain.pages.masthead import body_top
from services.parse.domain.pages.metadata import student_in
from services.parse.domain.pages.page_frame import page_number
from services.parse.domain.pages.page_order import order_pages
from services.parse.domain.pages.reading_order import rows_of
from services.parse.domain.text.geometry import centre
from services.parse.domain.text.glyphs import GAP
from services.parse.domain.text.meaning import meaning
from shared.contract.notes import MixedBy, Note, NoteKind
from shared.contract.reading import PageText

#: The fields for the student stand in this share of a page's height.
_HEAD_SHARE = 0.3
#: Two readings of one name or number are alike by more than this (0 to 100); two people's names
#: of three characters share one at most.
_ALIKE = 50.0
#: Lines read with this confidence are right in .99 of cases, so any difference is one.
_SURE = 0.98
#: What a reference must be to be compared: a Chinese name, or a number that is no seat's.
_LONGEST_NAME, _SHORTEST_NUMBER = 4, 5
#: Two pages are one page of the paper when their texts are alike by so much (0 to 100) and have so
#: many characters: what two students write on one page differs less, two pages differ far more.
_SAME_PAGE, _ENOUGH = 90.0, 150


@dataclass(frozen=True, slots=True)
class _Student:
    """What one page, or whoever handed it in, says of its student, and how sure that is."""

    name: str
    number: str
    confidence: float


def mixed_pages(
    pages: Sequence[PageText], student_ref: str | None, *, is_one_file: bool
) -> tuple[Note, ...]:
    """A note ``mixed_pages`` for each way in which the pages contradict each other.

    ``pages`` are in the order of upload. In ``is_one_file``, which a scanner made, that is the
    order of the paper; photos may come in any.
    """
    given = sorted(pages, key=lambda page: page.page)
    return tuple(
        Note(kind=NoteKind.MIXED_PAGES, details=(why.value,))
        for why in sorted({*_by_students(given, student_ref), *_by_pages(given, is_one_file)})
    )


def _by_students(given: Sequence[PageText], student_ref: str | None) -> Iterator[MixedBy]:
    students = [_student_of(page) for page in given]
    for one, other in combinations(students, 2):
        confidence = min(one.confidence, other.confidence)
        if _differ(one.name, other.name, confidence):
            yield MixedBy.NAMES
        if _differ(one.number, other.number, confidence):
            yield MixedBy.NUMBERS
    declared = meaning(student_ref)
    for student in students:
        if declared.isdecimal():
            is_other = _is_of_one_scheme(student.number, declared) and student.confidence >= _SURE
        else:
            is_name = not declared.isascii() and len(declared) <= _LONGEST_NAME
            is_other = is_name and _differ(student.name, declared, student.confidence)
        if is_other and declared not in {student.name, student.number}:
            yield MixedBy.REFERENCE


def _is_of_one_scheme(number: str, declared: str) -> bool:
    """Whether two numbers begin alike: a school may have numbers of its own for everybody."""
    half = (len(declared) + 1) // 2
    is_alike = len(number) == len(declared) and number[:half] == declared[:half]
    return is_alike and len(declared) >= _SHORTEST_NUMBER


def _student_of(page: PageText) -> _Student:
    head = min(_HEAD_SHARE * page.height_px, body_top(page.lines) or page.height_px)
    above = [i for i, line in enumerate(page.lines) if centre(line.bbox)[1] < head]
    rows = rows_of(page.lines, above)
    found = student_in("\n".join(GAP.join(page.lines[i].text for i in row) for row in rows))
    values = [value for value in found if value]
    told = [
        page.lines[i].confidence
        for i in above
        if any(meaning(value) in meaning(page.lines[i].text) for value in values)
    ]
    name, number = (meaning(value) for value in found)
    return _Student(name, number, min(told, default=0.0))


def _differ(one: str, other: str, confidence: float) -> bool:
    if min(len(one), len(other)) < 2 or one == other:
        return False
    return confidence >= _SURE or fuzz.ratio(one, other) < _ALIKE


def _by_pages(given: Sequence[PageText], is_one_file: bool) -> Iterator[MixedBy]:
    found = [page_number(page) for page in given]
    numbers = [number.number for number in found if number is not None and number.is_labelled]
    totals = {number.total for number in found if number is not None and number.total}
    if len(numbers) > len(set(numbers)) or len(totals) > 1:
        yield MixedBy.PAGE_NUMBERS
    texts = [meaning("".join(line.text for line in page.lines)) for page in given]
    if any(
        min(len(one), len(other)) >= _ENOUGH and fuzz.ratio(one, other) >= _SAME_PAGE
        for one, other in combinations(texts, 2)
    ):
        yield MixedBy.SAME_PAGE
    if not is_one_file:
        return
    placed = [
        number.number == position
        for position, number in enumerate(found, start=1)
        if number is not None and number.is_labelled and number.total == len(given)
    ]
    ordered, _ = order_pages(given)
    if not all(placed) or [page.page for page in ordered] != [page.page for page in given]:
        yield MixedBy.PAGE_ORDER
