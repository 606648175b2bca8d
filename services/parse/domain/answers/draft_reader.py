"""Reads the drafts of one paper: what type each question is of, and what was answered."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from services.parse.domain.answers.answer_reading import lone_signs
from services.parse.domain.answers.answer_text import interpret
from services.parse.domain.answers.confidence import CLEAR_MARK, at_most
from services.parse.domain.answers.draft_answers import draft_answer
from services.parse.domain.answers.drafts import Draft
from services.parse.domain.answers.question_places import (
    Expected,
    blank_places,
    bracket_places,
    is_written_apart,
)
from services.parse.domain.answers.selections import odd_options, selected_options
from services.parse.domain.answers.sign_choice import Told, likeliest_pair
from services.parse.domain.headings.key_structure import KeyStructure
from services.parse.domain.headings.question_types import type_of_question
from services.parse.domain.headings.sections import Heading
from services.parse.domain.pages.layout import Layout
from services.parse.domain.questions.ink import Ink
from services.parse.domain.questions.spans import Span
from services.parse.domain.text.chinese_forms import in_simplified, is_simplified
from shared.contract.notation.verdicts import SIGNS, UNMISTAKABLE
from shared.contract.questions import QuestionType
from shared.contract.reading import ReadAnswer

_DEFAULT_LABELS = "ABCD"
#: Letters of options; those that only some questions have; and how surely they must be read.
_CHOICES = frozenset("ABCDE")
_LETTERS, _MORE_LABELS, _PRINTED = "ABCDEFGH", frozenset("EFGH"), 0.9
#: Characters in a bracket that is to be written in.
_SHORT = 3
#: Confidence from which an answer is rather there than not.
_LIKELY = 0.5
#: An answer that may be another question's.
_UNCLEAR = 0.6
#: A barred 7 for F.
_BARRED = 0.5


class DraftReader:
    """Reads drafts by what their section is like.

    ``doubtful`` are (section, number) of questions whose end is not clear; ``drafts`` are those of
    the whole paper, as far as they are known.
    """

    def __init__(
        self, layout: Layout, key: KeyStructure, ink: Ink, doubtful: frozenset[tuple[int, int]]
    ) -> None:
        self._headings = layout.headings
        self._passage = layout.passage
        self._key = key
        self._ink = ink
        self._doubtful = doubtful
        self._is_simplified = is_simplified(layout.pages, layout.text)
        self._pairs: dict[int, str] = {}
        self.drafts: Sequence[Draft] = ()

    def _heading(self, section: int) -> Heading | None:
        return self._headings[section - 1] if section else None

    def type_of(self, draft: Draft) -> QuestionType:
        """By the key, the section's title, or what the question looks like."""
        heading = self._heading(draft.section)
        known = self._key.question(heading.label if heading else "", draft.number)
        if known is not None:
            return known.type
        titled = heading.type if heading else None
        span = draft.span
        if span is not None and span.sum is not None:
            return QuestionType.FILL_IN
        if span is None:
            return titled or self._type_of_cells(draft)
        if titled is None and not span.options:
            bare = self._passage.text[span.body : span.stop]
            for kind in (QuestionType.SINGLE_CHOICE, QuestionType.TRUE_FALSE):
                if interpret(bare, kind, _DEFAULT_LABELS) is not None:
                    return kind
            if self._has_choice(span):
                return QuestionType.SINGLE_CHOICE
        blanks = blank_places(self._passage, span, self._ink)
        brackets = bracket_places(self._passage, span, self._ink)
        return type_of_question(
            titled,
            option_count=len(span.options),
            has_bracket=any(
                place.stop - place.start <= _SHORT or is_written_apart(self._passage, place)
                for place in brackets
            ),
            has_blank=bool(blanks),
            has_verdict=self._has_verdicts(draft),
        )

    def _has_choice(self, span: Span) -> bool:
        """Whether a bracket at the end of a row holds an option's letter and nothing else.

        Strokes over the options' labels may have left none of them to be read.
        """
        text = self._passage.text
        return any(
            text[place.start : place.stop].strip() in _CHOICES
            and not text[place.stop + 1 : self._passage.row_stop(place.stop)].strip(" .。")
            for place in bracket_places(self._passage, span, self._ink)
        )

    def _has_verdicts(self, draft: Draft) -> bool:
        """Whether a sign for true or false stands in a bracket of the question or its section."""
        others = [other for other in self.drafts if other.section == draft.section] or [draft]
        return any(
            char.casefold() in UNMISTAKABLE
            for other in others
            for span in other.spans
            for char, _ in lone_signs(self._passage, span, self._ink)
        )

    def _type_of_cells(self, draft: Draft) -> QuestionType:
        """The type of untitled table questions: what most cells of the section look like."""
        cells = [
            cell.cell.text.strip()
            for other in self.drafts
            if other.section == draft.section
            for cell in other.cells
        ]
        letters = sum(1 for text in cells if text in set("ABCDEGH"))
        verdicts = sum(1 for text in cells if text in {*SIGNS, *"✓✗"})
        if verdicts > letters:
            return QuestionType.TRUE_FALSE
        return QuestionType.SINGLE_CHOICE if letters else QuestionType.SHORT_ANSWER

    def answer_of(self, draft: Draft, kind: QuestionType) -> ReadAnswer | None:
        """What was answered; None when no place for an answer was found."""
        heading = self._heading(draft.section)
        expected = Expected.of_question(kind, draft.span, heading.title if heading else "")
        if draft.span is None:
            expected = replace(expected, labels=self._labels(draft.section, expected.labels))
        if expected.signs == SIGNS:
            expected = replace(expected, signs=self._pair(draft.section))
        answer = draft_answer(self._passage, draft, expected, self._ink)
        if answer and kind is QuestionType.TRUE_FALSE:
            answer = self._with_barred_letter(draft, answer)
        if answer and not draft.cells and self._has_unclear_end(draft):
            answer = at_most(answer, _UNCLEAR)
        return in_simplified(answer) if answer and self._is_simplified else answer

    def _labels(self, section: int, usual: str) -> str:
        """The letters of a section's options; where it has none in print, as its cells show.

        Only cells that no pen wrote in say so, such as those of an answer card.
        """
        cells = [
            found.cell
            for draft in self.drafts
            if draft.section == section
            for found in draft.cells
            if not found.cell.likely and found.cell.confidence >= _PRINTED
        ]
        last = max((cell.text for cell in cells if cell.text in _MORE_LABELS), default="")
        return _LETTERS[: _LETTERS.index(last) + 1] if last else usual

    def _has_unclear_end(self, draft: Draft) -> bool:
        """Whether a lost number near a question may make another one's answer look like its own.

        A sum ends by itself.
        """
        return any(
            (span.section, int(span.number)) in self._doubtful
            for span in draft.spans
            if span.number.isdecimal() and span.sum is None
        )

    def _pair(self, section: int) -> str:
        """The pair of signs that a section's true-or-false questions are answered with."""
        if not self.drafts:
            return SIGNS
        if section not in self._pairs:
            mine = [draft for draft in self.drafts if draft.section == section]
            told = [likely for draft in mine for _, likely in self._signs(draft)]
            self._pairs[section] = likeliest_pair(told)
        return self._pairs[section]

    def _signs(self, draft: Draft) -> Iterator[tuple[str, Told]]:
        """What stands where a draft is answered: as read, and what a single sign could be."""
        for found in draft.cells:
            likely = found.cell.likely
            yield found.cell.text.strip(), likely[0] if len(likely) == 1 else ()
        for span in draft.spans:
            yield from lone_signs(self._passage, span, self._ink)

    def _with_barred_letter(self, draft: Draft, answer: ReadAnswer) -> ReadAnswer:
        """An answer read as 7: some hands write F like one with a bar, as their T tells.

        Never sure. Where no T is read in the section, it may be a hasty one.
        """
        if [char for char, _ in self._signs(draft)] != ["7"]:
            return answer
        others = [other for other in self.drafts if other.section == draft.section]
        read = {char for other in others for char, _ in self._signs(other)}
        if "T" not in read or "F" in read:
            return answer
        barred = answer.model_copy(
            update={
                "text": "F",
                "evidence": tuple(
                    item.model_copy(update={"text": "F"}) for item in answer.evidence
                ),
            }
        )
        return at_most(barred, _BARRED)

    def is_answered(self, draft: Draft) -> bool:
        """Whether something that answers such a question stands in its place."""
        answer = self.answer_of(draft, self.type_of(draft))
        return answer is not None and answer.text != "" and answer.confidence >= _LIKELY

    def is_at_options(self, draft: Draft) -> bool:
        """Whether an option looks marked, be it sure or not."""
        span = draft.span
        return span is not None and (
            selected_options(self._passage, span, self._ink, is_several=True) is not None
            or odd_options(self._passage, span, self._ink, is_several=True) is not None
        )

    def is_marked(self, draft: Draft) -> bool:
        """Whether an option is clearly marked."""
        if draft.span is None:
            return False
        marked = selected_options(self._passage, draft.span, self._ink, is_several=True)
        return marked is not None and marked.confidence >= CLEAR_MARK
