"""Reads the student's answer of one question from its places, marks and options."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from services.parse.domain.answers import answer_places as places
from services.parse.domain.answers.answer_places import Place, PlaceKind
from services.parse.domain.answers.answer_text import Meaning, calibrated, interpret, strip_noise
from services.parse.domain.answers.confidence import (
    EMPTY_PLACE,
    PRINT_ON_RULE,
    UNCHECKED_PLACE,
    UNREAD_INK,
    answer_confidence,
    at_most,
)
from services.parse.domain.answers.question_places import (
    Expected,
    blank_places,
    bracket_places,
    ends_stem,
)
from services.parse.domain.answers.results import as_result, lacks_none, result_place, without_bar
from services.parse.domain.answers.selections import lost_option, odd_options, selected_options
from services.parse.domain.answers.sign_choice import Told, choose_signs
from services.parse.domain.questions.ink import Ink
from services.parse.domain.questions.spans import Span
from services.parse.domain.questions.sums import Sum
from services.parse.domain.text.geometry import right, shared_area
from services.parse.domain.text.glyphs import Glyph, Passage, confidence_of
from shared.contract.questions import Evidence, EvidenceKind, QuestionType
from shared.contract.reading import InkColour, MarkKind, PenMark, ReadAnswer

_CHOICES = frozenset({QuestionType.SINGLE_CHOICE, QuestionType.MULTIPLE_CHOICE})
#: The bracket says one thing and the options another.
_CONFLICT = 0.5
#: A bracket with so much more room than what is in it, in heights of its row, is to be written in.
_ROOMY = 2.2
#: What stands beside the brackets of formulas.
_OPERATORS = frozenset("+-−–×xX*·÷/^=)）(（")
#: What papers say in brackets to whoever fills in.
_HINT = re.compile(
    r"[“”\"「」或]|^\s*(?:请?填|选填|用|写|保留|精确|得数|单位|提示|如图|每|共|每?空|注)"
    r"|(?:19|20)\d\d|改编|真题|^\s*\d{1,2}\s*(?:分|points?|marks?)|[\d∞]\s*[,，]"
)
#: A unit in brackets behind a result, 99÷3=33(间), is the student's working, not a place.
_RESULT, _WORD = re.compile(r"[=＝]\s*\d[\d.]*\s*$"), re.compile(r"\s*[\u4e00-\u9fff]{1,3}\s*")
#: Separates the answers of several blanks of one question.
BLANK_SEPARATOR = "；"


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one place says; ``meaning`` is None for an empty place."""

    place: Place
    glyphs: tuple[Glyph, ...]
    meaning: Meaning | None
    #: Of the whole reading, where that is known better than glyph by glyph.
    confidence: float | None = None


def _glyphs_in(passage: Passage, place: Place, ink: Ink) -> tuple[Glyph, ...]:
    """What was read in a place by whoever looked at it: nothing where that saw no ink."""
    return () if ink.is_empty(place.page, place.bbox) else _line_glyphs(passage, place, ink)


def _line_glyphs(passage: Passage, place: Place, ink: Ink) -> tuple[Glyph, ...]:
    """What the reading of whole lines has in a place and no stroke runs through."""
    inside = (
        tuple(passage.glyphs[i] for i in place.indexes)
        if place.indexes
        else passage.inked(place.start, place.stop)
    )
    return tuple(glyph for glyph in inside if not ink.is_struck(glyph))


def _raw(passage: Passage, place: Place, glyphs: Sequence[Glyph]) -> str:
    """The text of the glyphs left in a place, with the white space between them."""
    left = set(map(id, glyphs))
    if place.indexes:
        parts = []
        previous: int | None = None
        for index in place.indexes:
            if id(passage.glyphs[index]) not in left:
                continue
            if previous is not None and "".join(passage.text[previous + 1 : index]).isspace():
                parts.append(" ")
            parts.append(passage.text[index])
            previous = index
        return "".join(parts)
    return "".join(
        glyph.char
        for glyph in passage.glyphs[place.start : place.stop]
        if glyph.char.isspace() or id(glyph) in left
    )


def _read(
    passage: Passage, candidates: Iterable[Place], expected: Expected, ink: Ink
) -> Iterator[_Reading]:
    """Readings of the places that are empty or hold what such a question is answered with."""
    for place in candidates:
        glyphs = _glyphs_in(passage, place, ink)
        raw = _raw(passage, place, glyphs)
        meaning = interpret(raw, expected.kind, expected.labels)
        if expected.signs and ink.is_empty(place.page, place.bbox):
            # One of both readings is wrong: the line has an answer where no ink was seen.
            glyphs = _line_glyphs(passage, place, ink)
            lined = interpret(_raw(passage, place, glyphs), expected.kind, expected.labels)
            yield _Reading(place, glyphs if lined else (), lined, UNCHECKED_PLACE)
            continue
        chosen = choose_signs(glyphs, expected.signs)
        if chosen is not None:
            known = interpret(chosen.text, expected.kind, expected.labels)
            if known is not None:
                yield _Reading(place, glyphs, known, chosen.confidence)
                continue
        is_empty = not strip_noise(raw)
        if meaning is not None or is_empty or place.kind is PlaceKind.BLANK:
            yield _Reading(place, glyphs, None if is_empty else meaning)


def _rank(reading: _Reading, span: Span) -> tuple[float, int]:
    """Which of several places is the answer's: written ones first, then those at the stem's end."""
    score = 0.0 if reading.meaning is None else 1.0 + reading.meaning.plausibility
    if reading.place.kind is PlaceKind.BRACKET:
        score += 0.6
    if reading.place.start < span.body:
        score += 0.5
    return score, reading.place.start


def _to_answer(reading: _Reading, ink: Ink) -> ReadAnswer:
    place = reading.place
    recogniser = confidence_of(reading.glyphs)
    if reading.meaning is None:
        text, confidence = "", _emptiness(place, ink)
        claims: tuple[str, ...] = ("",)
    else:
        text, claims = reading.meaning.text, reading.meaning.claims
        known = reading.confidence
        recogniser = calibrated(recogniser, reading.meaning) if known is None else known
        confidence = answer_confidence(recogniser, reading.meaning.plausibility, place.certainty)
    evidence = tuple(
        Evidence(
            kind=EvidenceKind.ANSWER,
            page=place.page,
            bbox=place.bbox,
            text=claim,
            confidence=confidence,
        )
        for claim in claims
    )
    return ReadAnswer(text=text, confidence=confidence, evidence=evidence)


def _emptiness(place: Place, ink: Ink) -> float:
    """How sure it is that nothing was written in a place where nothing was read."""
    if _pen_marks_in(place, ink) or ink.is_inked(place.page, place.bbox):
        return UNREAD_INK
    return EMPTY_PLACE if ink.is_empty(place.page, place.bbox) else UNCHECKED_PLACE


def _pen_marks_in(place: Place, ink: Ink) -> list[PenMark]:
    return [
        mark
        for mark in ink.marks.get(place.page, ())
        if mark.kind is not MarkKind.SCORE
        and mark.colour is not InkColour.RED
        and places.covers(place, place.page, mark.bbox)
    ]


def _from_sign(place: Place, ink: Ink) -> ReadAnswer | None:
    """A tick or cross that the student put in the bracket of a true-or-false question."""
    signs = {MarkKind.TICK: "√", MarkKind.CROSS: "×"}
    marks = [mark for mark in _pen_marks_in(place, ink) if mark.kind in signs]
    if len(marks) != 1:
        return None
    text = signs[marks[0].kind]
    confidence = answer_confidence(marks[0].confidence, 1.0)
    evidence = Evidence(
        kind=EvidenceKind.ANSWER,
        page=place.page,
        bbox=marks[0].bbox,
        text=text,
        confidence=confidence,
    )
    return ReadAnswer(text=text, confidence=confidence, evidence=(evidence,))


def _bracket_answer(
    passage: Passage, span: Span, expected: Expected, ink: Ink
) -> ReadAnswer | None:
    candidates = bracket_places(passage, span, ink)
    candidates += [p for p in blank_places(passage, span, ink) if p.start < span.stem_stop]
    candidates += places.keyword(passage, span.body, span.stop)
    if not span.options:
        candidates += places.whole(passage, span.body, span.stop)
    unmarked = {PlaceKind.KEYWORD, PlaceKind.WHOLE}
    readings = [
        reading
        for reading in _read(passage, candidates, expected, ink)
        if reading.meaning is not None or reading.place.kind not in unmarked
    ]
    if span.options:
        # A printed blank in the stem of a choice is where the option belongs, not its letter.
        readings = [
            reading
            for reading in readings
            if reading.meaning is not None or reading.place.kind is not PlaceKind.BLANK
        ]
    if not any(reading.meaning for reading in readings):
        lone = list(_read(passage, places.lone(passage, span.body, span.stem_stop), expected, ink))
        readings += [reading for reading in lone if reading.meaning is not None]
    if not readings:
        return _unreadable(passage, candidates, span, ink)
    best = max(readings, key=lambda reading: _rank(reading, span))
    if best.meaning is None:
        signed = _from_sign(best.place, ink) if expected.kind is QuestionType.TRUE_FALSE else None
        return signed or _to_answer(best, ink)
    return _to_answer(best, ink)


def _unreadable(
    passage: Passage, candidates: Sequence[Place], span: Span, ink: Ink
) -> ReadAnswer | None:
    """What stands in the last bracket of a stem and is no such answer, for a person to look at."""
    for place in reversed(candidates):
        is_end = ends_stem(passage, span, place)
        if place.kind is PlaceKind.BRACKET and is_end and place.start < span.stem_stop:
            glyphs = _glyphs_in(passage, place, ink)
            text = "".join(glyph.char for glyph in glyphs)
            return _to_answer(_Reading(place, glyphs, Meaning(text, UNREAD_INK)), ink)
    return None


def joined(answers: Sequence[ReadAnswer], separator: str = BLANK_SEPARATOR) -> ReadAnswer:
    """The answers of several blanks as one, no surer than the least sure of them."""
    texts = [answer.text for answer in answers]
    return ReadAnswer(
        text=separator.join(texts) if any(texts) else "",
        confidence=min(answer.confidence for answer in answers),
        evidence=tuple(item for answer in answers for item in answer.evidence),
    )


def _blank_answer(
    passage: Passage, span: Span, ink: Ink, *, is_sheet: bool = False
) -> ReadAnswer | None:
    blanks = blank_places(passage, span, ink)
    brackets = [
        place
        for place in places.brackets(passage, span.body, span.stop)
        if _is_answer_bracket(passage, place, is_likely=not blanks)
    ]
    if brackets:
        # Where brackets are filled in, a rule under print only stresses it.
        blanks = [place for place in blanks if place.certainty > PRINT_ON_RULE]
        blanks += [place for place in brackets if not any(_shares(place, b) for b in blanks)]
        blanks.sort(key=lambda place: place.start)
    if not blanks:
        blanks = list(places.keyword(passage, span.body, span.stop))
    if not blanks and is_sheet:
        blanks = list(places.whole(passage, span.body, span.stop))
    if not blanks:
        blanks = list(places.gaps(passage, span.body, span.stop))
    if not blanks:
        blanks = list(places.guesses(passage, span.body, span.stop))
    readings = list(_read(passage, blanks, Expected(QuestionType.FILL_IN), ink))
    return joined(list(_whole(passage, readings, ink))) if readings else None


def _whole(passage: Passage, readings: Sequence[_Reading], ink: Ink) -> Iterator[ReadAnswer]:
    """The answers, one for a blank that goes on in the next row."""
    rows: list[_Reading] = []
    for reading in readings:
        if rows and not places.continues(passage, rows[-1].place, reading.place):
            yield _over_rows(rows, ink)
            rows = []
        rows.append(reading)
    yield _over_rows(rows, ink)


def _over_rows(rows: Sequence[_Reading], ink: Ink) -> ReadAnswer:
    """One answer over several rules; those below its end stay empty."""
    written = [reading for reading in rows if reading.meaning is not None] or rows
    return joined([_to_answer(reading, ink) for reading in written], separator="")


def _shares(one: Place, other: Place) -> bool:
    """Whether two places share room: a rule within brackets is one place with them."""
    return one.page == other.page and shared_area(one.bbox, other.bbox) > 0


def _is_answer_bracket(passage: Passage, place: Place, *, is_likely: bool) -> bool:
    """Whether a bracket is to be written in: no part of a formula, and no hint to the student.

    What the reader gives as a segment of its own was written into it; a unit behind a result is
    working. ``is_likely``: the question
    has no other place, so that words may also have been read with the print around them.
    """
    if _RESULT.search(passage.text[passage.row_start(place.start) : place.start - 1]) and (
        _WORD.fullmatch(passage.text[place.start : place.stop])
    ):
        return False
    glyphs = passage.inked(place.start, place.stop)
    outside = {passage.glyphs[place.start - 1].segment, passage.glyphs[place.stop].segment}
    if not glyphs or not outside & {glyph.segment for glyph in glyphs}:
        return True
    written = right(glyphs[-1].bbox) - glyphs[0].bbox[0]
    if place.bbox[2] - written > _ROOMY * place.bbox[3]:
        return True
    if not is_likely:
        return False
    before = passage.text[: place.start - 1].rstrip()[-1:]
    after = passage.text[place.stop + 1 : place.stop + 2]
    is_formula = (before.isascii() and before.isalnum()) or before in _OPERATORS
    is_formula = is_formula or (after != "" and after in _OPERATORS)
    return not is_formula and not _HINT.search(passage.text[place.start : place.stop])


def _choice_answer(passage: Passage, span: Span, expected: Expected, ink: Ink) -> ReadAnswer | None:
    """A written letter, else marked options, else an option whose label looks unlike the others.

    Where both say something the surer one is to be looked at first.
    """
    written = _bracket_answer(passage, span, expected, ink)
    is_several = expected.kind is QuestionType.MULTIPLE_CHOICE
    marked = selected_options(passage, span, ink, is_several=is_several)
    marked = marked or odd_options(passage, span, ink, is_several=is_several)
    if written is None or not written.text:
        return marked or lost_option(passage, span, ink) or written
    if marked is not None and marked.text != written.text:
        return at_most(max(written, marked, key=lambda said: said.confidence), _CONFLICT)
    return written


def _result_answer(passage: Passage, asked: Sum, ink: Ink) -> ReadAnswer | None:
    """What a sum comes to: what stands behind its sign, or the sign between two sides."""
    place = result_place(passage, asked)
    if place is None:
        return None
    glyphs = _glyphs_in(passage, place, ink)
    meaning = as_result(_raw(passage, place, glyphs), is_comparison=asked.is_comparison)
    if meaning is not None:
        meaning = without_bar(meaning, passage.text[asked.body : asked.sign])
    answer = _to_answer(_Reading(place, glyphs, meaning), ink)
    sure = min(asked.certainty, lacks_none(glyphs, passage, asked))
    return at_most(answer, answer.confidence * sure)


def read_answer(
    passage: Passage, span: Span, expected: Expected, ink: Ink, *, is_sheet: bool = False
) -> ReadAnswer | None:
    """The answer of one question; None when no place for one was found.

    ``is_sheet``: the span is the question's place on an answer sheet, which holds nothing else.
    """
    kind = expected.kind
    if span.sum is not None:
        return _result_answer(passage, span.sum, ink)
    if kind in _CHOICES:
        return _choice_answer(passage, span, expected, ink)
    if kind is QuestionType.TRUE_FALSE:
        return _bracket_answer(passage, span, expected, ink)
    if kind is QuestionType.FILL_IN:
        return _blank_answer(passage, span, ink, is_sheet=is_sheet)
    found = list(places.keyword(passage, span.body, span.stop))
    readings = list(_read(passage, found, expected, ink))
    if readings:
        return _to_answer(readings[-1], ink)
    return _blank_answer(passage, span, ink) if blank_places(passage, span, ink) else None


def lone_signs(passage: Passage, span: Span, ink: Ink) -> Iterator[tuple[str, Told]]:
    """Single characters in the brackets of a question: as read, and what each could be."""
    for place in bracket_places(passage, span, ink):
        glyphs = _glyphs_in(passage, place, ink)
        if len(glyphs) == 1:
            yield glyphs[0].char, glyphs[0].likely
