"""The two stages of the diagnosis. Answers become verdicts, verdicts become mastery and advice."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

from services.diagnose.domain.advice.written_advice import advise
from services.diagnose.domain.estimation.mastery import estimate_mastery
from services.diagnose.domain.estimation.trend import mastery_trends
from services.diagnose.domain.model.exam_context import ExamContext
from services.diagnose.domain.points.point_index import NamedPoints
from services.diagnose.domain.scoring.analysis import AnalysisInput, analyse
from services.diagnose.domain.scoring.judgement import ScoringRules
from services.diagnose.steps.assistant import Assistant
from services.diagnose.steps.exam_practice import ExamPractice, PracticeSource
from services.diagnose.steps.exam_subject import subject_of
from services.diagnose.steps.ports import TenantIndexes
from shared.contract.corrections import effective_changes
from shared.contract.documents import Analysis, Diagnosis
from shared.contract.failures import FailureCode, Language, PermanentFailure
from shared.contract.history import PastDiagnosis
from shared.contract.messages import StageTask
from shared.contract.practice import PracticePaper
from shared.contract.stages import Stage
from shared.db.database import Database
from shared.db.unit_of_work import UnitOfWork
from shared.observability.log_setup import error_site
from shared.observability.metrics import SCORING_FAILURES

log = structlog.get_logger(__name__)

_UNKNOWN = datetime.min.replace(tzinfo=UTC)


class AnalysisStage:
    """Compares a read paper with its key, writes a verdict and a score for every question."""

    stage = Stage.ANALYSIS

    def __init__(
        self,
        rules: ScoringRules,
        points: TenantIndexes,
        assistant: Assistant | None = None,
    ) -> None:
        self._rules, self._points, self._assistant = rules, points, assistant

    def connect(self, database: Database) -> None:
        """Let the assistant keep cached points and the day's spend in ``database``."""
        if self._assistant is not None:
            self._assistant.open(database)

    async def disconnect(self) -> None:
        """Close what the assistant has opened."""
        if self._assistant is not None:
            await self._assistant.close()

    async def load(self, uow: UnitOfWork, task: StageTask) -> AnalysisInput:
        """The read paper, its key where the submission names one, and the subject."""
        exam = await uow.exams.get(task.exam_id)
        paper = await uow.read_papers.get(task.exam_id, task.run)
        key, version = await uow.papers.versioned_key(exam.paper_id) or (None, None)
        changes = effective_changes(await uow.corrections.list(task.exam_id))
        context = ExamContext(exam.id, exam.paper_id, exam.student_ref, exam.language)
        tenant = await self._points.look_up(uow, exam.tenant_id)
        subject = exam.subject or paper.metadata.subject
        before = await uow.analyses.find(task.exam_id, task.run - 1)
        earlier = before.questions if before is not None and before.model is not None else ()
        return AnalysisInput(paper, key, subject, changes, context, tenant, earlier, version)

    async def compute(self, source: AnalysisInput) -> Analysis:
        """Verdicts and scores; raises PermanentFailure when there is nothing to score."""
        if not source.paper.questions:
            raise PermanentFailure(FailureCode.NO_QUESTIONS_FOUND)
        points = await self._points.index(source.tenant)
        # CPU-bound: a thread keeps the worker's event loop responsive.
        if self._assistant is None:
            analysis = await asyncio.to_thread(analyse, source, self._rules, points, _tell)
        else:
            named = NamedPoints(points)
            analysis = await asyncio.to_thread(analyse, source, self._rules, named, _tell)
            analysis = await self._assistant.refine(analysis, source, points)
        return analysis.model_copy(update={"key_version": source.key_version})

    async def save(self, uow: UnitOfWork, task: StageTask, analysis: Analysis) -> None:
        """Replace the analysis of this run."""
        await uow.analyses.replace(task.exam_id, task.run, analysis)


def _tell(error: Exception) -> None:
    """Log and count a question that could not be scored. The note in the result names it."""
    log.error("scoring.failed", error=error_site(error))
    SCORING_FAILURES.inc()


@dataclass(frozen=True, slots=True)
class DiagnosticInput:
    """The scored questions and the language that the reader speaks."""

    analysis: Analysis
    language: Language
    context: ExamContext = field(default_factory=ExamContext)
    #: When this exam was submitted, and what the student's earlier ones said.
    submitted_at: datetime = _UNKNOWN
    earlier: tuple[PastDiagnosis, ...] = ()
    practice: PracticeSource | None = None


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """A diagnosis and its practice paper; None when the stage chooses no practice papers."""

    diagnosis: Diagnosis
    practice: PracticePaper | None = None


class DiagnosticStage:
    """Estimates mastery from the scores, writes it with advice and a practice paper."""

    stage = Stage.DIAGNOSTIC

    def __init__(
        self, assistant: Assistant | None = None, practice: ExamPractice | None = None
    ) -> None:
        self._assistant, self._practice = assistant, practice

    async def load(self, uow: UnitOfWork, task: StageTask) -> DiagnosticInput:
        """The analysis of this run, the student's earlier papers, and the sources of practice."""
        exam = await uow.exams.get(task.exam_id)
        analysis = await uow.analyses.get(task.exam_id, task.run)
        spent = analysis.model.cost if analysis.model else 0.0
        context = ExamContext(exam.id, exam.paper_id, exam.student_ref, exam.language, spent)
        subject = await subject_of(uow, exam, task.run)
        earlier = await uow.histories.earlier(exam, subject)
        practice = None
        if self._practice is not None:
            practice = await self._practice.load(uow, exam, task.run, subject, analysis)
        return DiagnosticInput(analysis, exam.language, context, exam.created_at, earlier, practice)

    async def compute(self, source: DiagnosticInput) -> Diagnosed:
        """Mastery per knowledge point, the written summary, items for the weak points."""
        diagnosis = await asyncio.to_thread(diagnose, source)
        practice = None
        if self._practice is not None and source.practice is not None:
            practice = await self._practice.choose(source.practice, source.analysis, diagnosis)
        if self._assistant is not None:
            worded = await self._assistant.reword(diagnosis.diagnosis, source.context)
            diagnosis = diagnosis.model_copy(
                update={"diagnosis": worded.text, "notes": worded.notes, "model": worded.usage}
            )
        return Diagnosed(diagnosis, practice)

    async def save(self, uow: UnitOfWork, task: StageTask, output: Diagnosed) -> None:
        """Replace the diagnosis of this run and its practice paper."""
        await uow.diagnoses.replace(task.exam_id, task.run, output.diagnosis)
        if output.practice is not None:
            await uow.practices.replace(task.exam_id, task.run, output.practice)


def diagnose(source: DiagnosticInput) -> Diagnosis:
    """Mastery and advice of one analysis."""
    estimates = estimate_mastery(source.analysis.questions)
    mastery = tuple(estimate.mastery for estimate in estimates)
    now = PastDiagnosis(exam_id=source.context.exam_id, at=source.submitted_at, mastery=mastery)
    return Diagnosis(
        mastery=mastery,
        trend=mastery_trends(now, source.earlier),
        diagnosis=advise(source.analysis, estimates, source.language),
    )
