"""Where the answer of one question may stand, and what it may be."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.parse.domain.answers import answer_places as places
from services.parse.domain.answers.answer_places import Place, PlaceKind
from services.parse.domain.answers.sign_choice import possible_signs
from services.parse.domain.questions.ink import Ink
from services.parse.domain.questions.spans import Span
from services.parse.domain.text.geometry import centre, is_inside, right, shared_area
from services.parse.domain.text.glyphs import GAP, Passage
from shared.contract.notation.labels import OPTION_LETTERS
from shared.contract.notation.verdicts import PEN_MARKS
from shared.contract.questions import QuestionType

#: What may follow an answer's bracket: a full stop, a teacher's mark.
AFTER_BRACKET = " \n.。" + PEN_MARKS + GAP
#: Choices have so many options, as a rule.
_USUAL = 4


@dataclass(frozen=True, slots=True)
class Expected:
    """What a question is answered with: its type, the letters of its options, possible signs."""

    kind: QuestionType
    labels: str = ""
    signs: str = ""

    @classmethod
    def of_question(cls, kind: QuestionType, span: Span | None, title: str) -> "Expected":
        """What a question may be answered with, by its options and its section's title."""
        labels = answer_labels(span) if span is not None else OPTION_LETTERS[:_USUAL]
        return cls(kind, labels, possible_signs(kind, labels, title))


def answer_labels(span: Span) -> str:
    """The letters that a choice may be answered with: ABCD, and what options follow.

    The last options may not have been read.
    """
    read = (OPTION_LETTERS.index(option.label) + 1 for option in span.options)
    return OPTION_LETTERS[: max((_USUAL, *read))]


def bracket_places(passage: Passage, span: Span, ink: Ink) -> list[Place]:
    """Brackets before the number and in the stem; where none ends it, after the last option.

    An option's formula may have brackets of its own.
    """
    found = list(places.brackets(passage, span.start, span.number_at))
    found += [
        place
        for place in places.brackets(passage, span.body, span.stem_stop)
        if not _is_option_label(passage, place)
    ]
    if span.options and not any(ends_stem(passage, span, place) for place in found):
        first, last = span.options[0], max(span.options, key=lambda option: option.start)
        found += [
            place
            for place in places.brackets(passage, first.body, last.stop)
            # Beside high formulas the stem's bracket falls among the rows of options.
            if place.start >= last.body or is_written_apart(passage, place)
        ]
    found += _looked_at(passage, span, ink, found)
    return found or list(places.leading(passage, span.start, span.number_at + 2))


def is_written_apart(passage: Passage, place: Place) -> bool:
    """Whether what is in a bracket was read apart from it, as writing is."""
    inside = passage.inked(place.start, place.stop)
    outside = passage.glyphs[place.start - 1].segment
    return bool(inside) and all(glyph.segment != outside for glyph in inside)


def ends_stem(passage: Passage, span: Span, place: Place) -> bool:
    """Whether a bracket stands where answers do: before the number or last in the stem."""
    rest = passage.text[place.stop + 1 : span.stem_stop]
    return place.start < span.number_at or not rest.strip(AFTER_BRACKET)


def _looked_at(passage: Passage, span: Span, ink: Ink, known: list[Place]) -> Iterator[Place]:
    """Places found on the image whose brackets were not read, with what was read in them."""
    for row, end in passage.rows(span.start, span.stem_stop):
        for page, box in passage.places(row, end):
            for number, room in (*ink.empty, *ink.unread):
                x, y = centre(room)
                is_beside = box[0] - 4 * box[3] <= x <= right(box) + 4 * box[3]
                if number != page or not is_beside or abs(y - centre(box)[1]) > 0.5 * box[3]:
                    continue
                if ink.is_on_rule(page, room) or any(
                    place.page == page and shared_area(place.bbox, room) > 0 for place in known
                ):
                    continue
                at = span.start if x < box[0] + box[3] else end
                read = tuple(
                    index
                    for index in range(span.start, span.stem_stop)
                    if passage.glyphs[index].page == page
                    and not passage.text[index].isspace()
                    and is_inside(passage.glyphs[index].bbox, room)
                )
                yield Place(PlaceKind.BRACKET, at, at, page, room, read)


def _is_option_label(passage: Passage, place: Place) -> bool:
    """Whether a bracket with one letter begins a piece of text, as (B) does before an option."""
    if is_written_apart(passage, place):
        return False
    inner = passage.text[place.start : place.stop].strip()
    before = passage.text[place.start - 2 : place.start - 1]
    row = passage.text[place.stop + 1 : passage.row_stop(place.stop)]
    after = row.split(GAP)[0].strip(" .。" + PEN_MARKS)
    is_first = place.start < 2 or before in {"\n", GAP}
    return len(inner) == 1 and is_first and after != ""


def blank_places(passage: Passage, span: Span, ink: Ink) -> list[Place]:
    """Blanks by rules on the page, else by underscores; between them no place counts twice."""
    ruled = list(places.ruled_blanks(passage, span.start, span.stop, ink.rules_in(passage, span)))
    printed = [
        place
        for place in places.printed_rules(passage, span.start, span.stop)
        if not any(place.page == r.page and shared_area(place.bbox, r.bbox) > 0 for r in ruled)
    ]
    return sorted([*ruled, *printed], key=lambda place: place.start)
