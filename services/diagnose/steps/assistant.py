"""Fills in what the rules leave open, from the caches and a model; else the rules' answer stays."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.diagnose.domain.model.exam_context import ExamContext
from services.diagnose.domain.model.grading import is_about_marking
from services.diagnose.domain.model.redaction import Redactor
from services.diagnose.domain.points.point_index import PointIndex
from services.diagnose.domain.scoring.addresses import address
from services.diagnose.domain.scoring.analysis import AnalysisInput
from services.diagnose.domain.scoring.totals import (
    MISMATCHES,
    mismatches,
    section_scores,
    total_score,
)
from services.diagnose.steps.examination import examine
from services.diagnose.steps.ports import ModelSession, ModelSessions, PointCache
from services.diagnose.steps.rewording import reword
from services.diagnose.steps.tagging import QuestionTagging, TagRequest, template_of
from shared.contract.answer_key import KeyQuestion
from shared.contract.documents import Analysis, DiagnosisText, KnowledgePoint, QuestionResult
from shared.contract.model_usage import ModelUsage
from shared.contract.notes import Note, NoteKind
from shared.contract.questions import Verdict
from shared.contract.reading import ReadAnswer
from shared.db.database import Database


@dataclass(frozen=True, slots=True)
class ModelTasks:
    """What a model is asked for."""

    tagging: bool = True
    grading: bool = True
    advice: bool = True


@dataclass(frozen=True, slots=True)
class Reworded:
    """Advice with the model's usage. ``notes`` say why the rules had to answer."""

    text: DiagnosisText
    notes: tuple[Note, ...] = ()
    usage: ModelUsage | None = None


class Assistant:
    """Tags, grades and words. Without ``sessions`` nothing leaves the machine."""

    def __init__(
        self,
        cache: PointCache,
        sessions: ModelSessions | None = None,
        tasks: ModelTasks = ModelTasks(),
        *,
        threshold: float = 0.8,
    ) -> None:
        self._cache, self._sessions, self._tasks = cache, sessions, tasks
        self._threshold = threshold
        self._tagging = QuestionTagging(cache)
        self._database: Database | None = None

    def open(self, database: Database) -> None:
        """Keep cached points and the day's spend in ``database``. Only the first call counts."""
        if self._database is not None:
            return
        self._database = database
        self._cache.keep_in(database)
        if self._sessions is not None:
            self._sessions.keep_in(database)

    async def close(self) -> None:
        """Close the connections to the model and the caches."""
        await self._cache.close()
        if self._sessions is not None:
            await self._sessions.close()

    async def refine(
        self, analysis: Analysis, source: AnalysisInput, index: PointIndex
    ) -> Analysis:
        """``analysis`` with points, grades and causes that the rules could not give."""
        context = source.context
        async with self._session(context, context.redactor(source.paper.metadata)) as session:
            async with asyncio.TaskGroup() as group:
                tagging = group.create_task(
                    self._tagging.tag(
                        index,
                        source.known_subject,
                        _untagged(analysis, source),
                        session if self._tasks.tagging else None,
                    )
                )
                examining = group.create_task(self._examine(session, analysis, source))
            questions = tuple(
                _merged(question, examining.result(), tagging.result())
                for question in analysis.questions
            )
            notes = _without_mismatches(analysis.notes)
            return analysis.model_copy(
                update={
                    "questions": questions,
                    "score": total_score(questions, in_questions=analysis.score.in_questions),
                    "sections": section_scores(questions, source.paper, source.key),
                    "notes": (
                        *notes,
                        *mismatches(questions, source.paper),
                        *(_about_marking(questions, source) if session else ()),
                        *(session.notes() if session else ()),
                    ),
                    "model": session.usage() if session else None,
                }
            )

    async def warm(
        self, index: PointIndex, subject: str | None, requests: Sequence[TagRequest]
    ) -> tuple[int, ModelUsage | None]:
        """Tag questions before any exam asks. Returns how many have points, and the usage."""
        async with self._session(ExamContext(), Redactor()) as session:
            model = session if self._tasks.tagging else None
            found = await self._tagging.tag(index, subject, requests, model)
            return len(found), session.usage() if session else None

    async def reword(self, text: DiagnosisText, context: ExamContext) -> Reworded:
        """``text`` in the model's words where there is a model."""
        if not self._tasks.advice:
            return Reworded(text)
        async with self._session(context, context.redactor()) as session:
            if session is None:
                return Reworded(text)
            worded = await reword(session, text, context.language)
            return Reworded(worded, session.notes(), session.usage())

    async def _examine(
        self, session: ModelSession | None, analysis: Analysis, source: AnalysisInput
    ) -> dict[int, QuestionResult]:
        if session is None or not self._tasks.grading:
            return {}
        earlier = {q.ordinal: q for q in source.earlier if not source.is_mixed}
        language = source.context.language
        return await examine(
            session, analysis.questions, _answers(source), earlier, language, self._threshold
        )

    @asynccontextmanager
    async def _session(
        self, context: ExamContext, redactor: Redactor
    ) -> AsyncIterator[ModelSession | None]:
        if self._sessions is None:
            yield None
            return
        async with self._sessions.open(redactor, context.spent) as session:
            yield session


def _answers(source: AnalysisInput) -> dict[int, ReadAnswer]:
    """The answers by ordinal: as corrected, else as read where the pages are one student's."""
    trusted = () if source.is_mixed else source.paper.questions
    return {read.ordinal: read.answer for read in trusted if read.answer is not None} | {
        ordinal: ReadAnswer(text=change.student_answer, confidence=1.0)
        for ordinal, change in source.changes.items()
        if change.student_answer is not None
    }


def _about_marking(questions: Sequence[QuestionResult], source: AnalysisInput) -> tuple[Note, ...]:
    """A note for each question that a person has to judge for what its answer says of marks."""
    answers = _answers(source)
    return tuple(
        Note(kind=NoteKind.ANSWER_ABOUT_MARKS, where=address(question))
        for question in questions
        if question.verdict is Verdict.NEEDS_REVIEW
        and is_about_marking(question, answers.get(question.ordinal))
    )


def _untagged(analysis: Analysis, source: AnalysisInput) -> list[TagRequest]:
    """Requests for the questions without points. On a known paper the key names the question."""
    known: dict[tuple[str, str], KeyQuestion] = {}
    if source.key is not None and source.context.paper_id:
        known = {
            (section.label, question.number): question
            for section in source.key.sections
            for question in section.questions
        }
    requests = []
    for question in analysis.questions:
        if question.knowledge_points:
            continue
        keyed = known.get((question.section, question.number))
        # The key's text is preferred to the read one: it is the same for every student.
        stem = keyed.stem if keyed and keyed.stem else question.stem
        text = " ".join((stem, *(option.text for option in question.options)))
        template = None
        if keyed is not None and source.key is not None and source.context.paper_id:
            template = template_of(
                source.context.paper_id, source.key.grade, question.section, keyed
            )
        requests.append(TagRequest(question.ordinal, text, template))
    return requests


def _merged(
    question: QuestionResult,
    examined: dict[int, QuestionResult],
    tags: dict[int, tuple[KnowledgePoint, ...]],
) -> QuestionResult:
    merged = examined.get(question.ordinal, question)
    points = tags.get(question.ordinal)
    return merged if points is None else merged.model_copy(update={"knowledge_points": points})


def _without_mismatches(notes: tuple[Note, ...]) -> tuple[Note, ...]:
    """``notes`` without those on sums, which are compared again after the model's grades."""
    return tuple(note for note in notes if note.kind not in MISMATCHES)
