"""Turns the pages' text into the paper: sections, questions, answers, marks, metadata."""

from collections.abc import Sequence
from dataclasses import replace

from services.parse.domain.answers.asked import asked_of, asked_text
from services.parse.domain.answers.draft_reader import DraftReader
from services.parse.domain.answers.drafts import (
    Draft,
    canonical_sections,
    join_drafts,
    place_tables,
)
from services.parse.domain.answers.elsewhere import Placed, without_elsewhere
from services.parse.domain.answers.number_answers import with_numbers
from services.parse.domain.answers.selections import is_unmarked
from services.parse.domain.headings.key_structure import KeyStructure
from services.parse.domain.headings.points import PrintedPoints, question_points
from services.parse.domain.headings.sections import Heading
from services.parse.domain.marks import Place, answer_boxes, assign_marks
from services.parse.domain.pages.answer_tables import table_places
from services.parse.domain.pages.layout import Layout, read_layout
from services.parse.domain.pages.metadata import read_metadata
from services.parse.domain.pages.score_tables import TOTAL, WrittenScore
from services.parse.domain.questions.column_heads import column_heads
from services.parse.domain.questions.ink import Ink
from services.parse.domain.questions.lost_starts import LostStarts, doubtful_questions, known_counts
from services.parse.domain.questions.options import to_options
from services.parse.domain.questions.passage_cuts import (
    Material,
    build_spans,
    joined_text,
    split_parts,
)
from services.parse.domain.questions.sequence import choose_starts
from services.parse.domain.questions.spans import Span
from services.parse.domain.questions.starts import find_starts
from services.parse.domain.questions.stems import stem_text
from services.parse.domain.questions.sums import find_sums
from services.parse.domain.questions.unnumbered import blocks, with_sums
from services.parse.domain.text.geometry import is_inside
from shared.contract.answer_key import AnswerKey
from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.model import BBox
from shared.contract.notation.labels import plain_label
from shared.contract.questions import QuestionType
from shared.contract.reading import (
    PageText,
    ReadPaper,
    ReadQuestion,
    ReadSection,
    RegionKind,
)


class _PaperReader:
    """Reads one paper; holds what all its questions share."""

    def __init__(self, layout: Layout, key: AnswerKey | None) -> None:
        sums = find_sums(layout.passage)
        heads = column_heads(layout.passage, sums, layout.headings)
        layout = replace(layout, headings=heads.headings)
        self._layout = layout
        self._passage = layout.passage
        self._key = KeyStructure(key)
        self._ink = Ink.of_pages(layout.pages)
        found = find_starts(layout.passage, layout.headings, key)
        counts = known_counts(layout.headings, self._key.counts())
        lost = LostStarts(layout.passage, found, layout.headings, counts)
        read = choose_starts(found)
        starts = with_sums(lost.restored(read), sums, heads)
        if not starts and not layout.tables:
            starts = blocks(layout.passage, heads)
        doubtful = doubtful_questions(read, starts, counts)
        self._reader = DraftReader(layout, self._key, self._ink, doubtful)
        spans, self._materials = build_spans(layout.passage, starts, layout.headings)
        self._canonical = canonical_sections(layout.headings)
        cut = self._with_parts(spans)
        tables = place_tables(layout.tables, cut, self._canonical, self._is_answered)
        self._drafts = join_drafts(cut, tables, self._canonical)
        self._reader.drafts = self._drafts

    def _is_answered(self, span: Span) -> bool:
        draft = Draft(self._canonical[span.section], span.number, (span,))
        return self._reader.is_answered(draft)

    def _with_parts(self, spans: Sequence[Span]) -> list[Span]:
        """The spans, cut where the key asks for the parts of a question one by one."""
        cut: list[Span] = []
        for span in spans:
            parts = self._key.parts(self._label(self._canonical[span.section]), span.number)
            cut += split_parts(self._passage, span, parts) if parts else (span,)
        return cut

    def _heading(self, section: int) -> Heading | None:
        return self._layout.headings[section - 1] if section else None

    def _label(self, section: int) -> str:
        heading = self._heading(section)
        return heading.label if heading else ""

    def _printed(self, section: int) -> PrintedPoints:
        heading = self._heading(section)
        mine = sum(draft.section == section for draft in self._drafts)
        return heading.points.among(mine) if heading else PrintedPoints()

    def _material_of(self, draft: Draft) -> str:
        for material in self._materials:
            if draft.number.isdecimal() and self._serves(material, draft):
                return joined_text(self._passage.text[material.start : material.stop])
        return ""

    def _serves(self, material: Material, draft: Draft) -> bool:
        is_before = draft.span is not None and material.start < draft.span.start
        return is_before and material.first <= int(draft.number) <= material.last

    def _places(self, draft: Draft) -> tuple[tuple[int, BBox], ...]:
        texts = [
            place for span in draft.spans for place in self._passage.places(span.start, span.stop)
        ]
        return (*texts, *table_places(draft.cells))

    def question(self, ordinal: int, draft: Draft) -> ReadQuestion:
        """One question with its answer; marks are added when all places are known."""
        kind = self._reader.type_of(draft)
        span = draft.span
        answer = self._reader.answer_of(draft, kind)
        answered = [
            (item.page, item.bbox)
            for item in (answer.evidence if answer else ())
            if item.page is not None and item.bbox is not None
        ]
        has_blanks = kind is QuestionType.FILL_IN and not draft.cells and len(draft.spans) == 1
        asked = asked_of(self._passage, span, answered) if span else None
        stem = stem_text(self._passage, span, answered, has_blanks=has_blanks) if span else ""
        if span and span.sum:
            stem = asked_text(self._passage, span.sum)
        number = int(draft.number) if draft.number.isdecimal() else None
        points = question_points(stem) or self._printed(draft.section).of(number)
        places = self._places(draft)
        return ReadQuestion(
            ordinal=ordinal,
            section=self._label(draft.section),
            number=self._key.spelling(self._label(draft.section), draft.number),
            type=kind,
            stem=stem,
            options=to_options(self._passage, span.options) if span else (),
            points=points,
            answer=answer,
            places=places,
            figures=self._figures(places),
            material=self._material_of(draft),
            asked=asked,
        )

    def _figures(self, places: Sequence[tuple[int, BBox]]) -> tuple[tuple[int, BBox], ...]:
        return tuple(
            (page.page, region.bbox)
            for page in self._layout.pages
            for region in page.regions
            if region.kind is RegionKind.FIGURE
            and any(
                number == page.page and is_inside(region.bbox, box, margin=region.bbox[3] * 0.6)
                for number, box in places
            )
        )

    def sections(self) -> tuple[tuple[int, ReadSection], ...]:
        """(position, section) of each section that has questions or goes on counting, in order."""
        asked = {draft.section for draft in self._drafts}
        used = sorted(asked | self._without_questions(asked))
        scores = self._layout.scores
        found = []
        for section in used:
            heading = self._heading(section)
            label = heading.label if heading else ""
            plain = plain_label(label)
            printed = self._printed(section).total
            if printed is None:
                printed = scores.full.get(plain) or self._sum_of_points(section)
            title = heading.title if heading else ""
            written = scores.written.get(plain)
            found.append(
                (
                    section,
                    _with_score(ReadSection(label=label, title=title, points=printed), written),
                )
            )
        return tuple(found)

    def _without_questions(self, asked: set[int]) -> set[int]:
        """Sections with printed points that follow another, and whose answer is one text."""
        numbers = {heading.number for n in asked if (heading := self._heading(n)) is not None}
        return {
            position
            for position, heading in enumerate(self._layout.headings, start=1)
            if self._canonical[position] == position
            and heading.points.total is not None
            and heading.number is not None
            and heading.number - 1 in numbers
        }

    def _sum_of_points(self, section: int) -> float | None:
        """Points of a section whose heading says only what each question is worth."""
        printed = self._printed(section)
        mine = [draft for draft in self._drafts if draft.section == section]
        points = [
            question_points(stem_text(self._passage, draft.span)) if draft.span else None
            for draft in mine
        ]
        each = [
            own
            if own is not None
            else printed.of(int(draft.number) if draft.number.isdecimal() else None)
            for own, draft in zip(points, mine, strict=True)
        ]
        known = [value for value in each if value is not None]
        return sum(known) if known and len(known) == len(each) else None

    def read(self) -> ReadPaper:
        """The whole paper; PermanentFailure(NO_QUESTIONS_FOUND) when there is no question."""
        if not self._drafts:
            raise PermanentFailure(FailureCode.NO_QUESTIONS_FOUND)
        drafted = [self.question(n, draft) for n, draft in enumerate(self._drafts, start=1)]
        questions = without_elsewhere(
            [
                Placed(
                    question,
                    is_in_table=bool(draft.cells),
                    is_at_options=self._reader.is_at_options(draft),
                    is_marked=self._reader.is_marked(draft),
                    is_unmarked=draft.span is not None
                    and is_unmarked(self._passage, draft.span, self._ink),
                )
                for question, draft in zip(drafted, self._drafts, strict=True)
            ]
        )
        questions = with_numbers(questions)
        sections = self.sections()
        head, head_bottom = self._head()
        places = [
            Place(page, box, position)
            for position, question in enumerate(questions)
            for page, box in question.places
        ]
        places += self._heading_places([section for section, _ in sections])
        marks = assign_marks(self._layout.pages, places, answer_boxes(questions), head_bottom)
        scores = self._layout.scores
        total = scores.written.get(TOTAL, marks.total)
        first = self._layout.pages[0]
        return ReadPaper(
            metadata=read_metadata(first, head, head_bottom),
            sections=tuple(
                _with_score(section, marks.by_section.get(position))
                if section.written_score is None
                else section
                for position, section in sections
            ),
            questions=tuple(
                question.model_copy(update={"marks": marks.by_question.get(position, ())})
                for position, question in enumerate(questions)
            ),
            written_total=total.points if total else None,
            written_total_confidence=total.confidence if total else 1.0,
            warnings=self._layout.warnings,
            text=self._layout.text,
        )

    def _heading_places(self, sections: Sequence[int]) -> list[Place]:
        return [
            Place(page, box, self._canonical[position], is_section=True)
            for position, heading in enumerate(self._layout.headings, start=1)
            if self._canonical[position] in sections
            for page, box in self._passage.places(heading.start, heading.stop)[:1]
        ]

    def _head(self) -> tuple[str, float]:
        """The text above the first heading or question, and the y where that begins."""
        first = self._layout.pages[0].page
        begins = [heading.start for heading in self._layout.headings]
        begins += [span.start for draft in self._drafts for span in draft.spans]
        stop = min(begins, default=len(self._passage.text))
        below = [
            self._passage.glyphs[index].bbox[1]
            for index in begins
            if self._passage.glyphs[index].page == first
        ]
        below += [table.bbox[1] for table in self._layout.tables if table.page == first]
        height = float(self._layout.pages[0].height_px)
        return self._passage.text[:stop], min(below, default=height)


def _with_score(section: ReadSection, written: WrittenScore | None) -> ReadSection:
    if written is None:
        return section
    return section.model_copy(
        update={"written_score": written.points, "written_confidence": written.confidence}
    )


def read_paper(pages: Sequence[PageText], key: AnswerKey | None = None) -> ReadPaper:
    """The paper on these pages.

    Of the key only its structure is used: labels, numbers and types tell ambiguous layouts apart;
    its answers are never looked at. Raises PermanentFailure(NO_QUESTIONS_FOUND) when there is no
    question on the pages.
    """
    if not pages:
        raise PermanentFailure(FailureCode.NO_QUESTIONS_FOUND)
    return _PaperReader(read_layout(pages, key), key).read()
