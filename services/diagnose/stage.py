"""The two stages of the diagnosis: answers to verdicts, verdicts to mastery and advice."""

import asyncio
from dataclasses import dataclass

from services.diagnose.domain.advice import advise
from services.diagnose.domain.analysis import AnalysisInput, analyse
from services.diagnose.domain.judgement import ScoringRules
from services.diagnose.domain.knowledge_points import PointIndex
from services.diagnose.domain.mastery import estimate_mastery
from shared.contract.corrections import effective_changes
from shared.contract.documents import Analysis, Diagnosis
from shared.contract.failures import FailureCode, Language, PermanentFailure
from shared.contract.messages import StageTask
from shared.contract.stages import Stage
from shared.db.unit_of_work import UnitOfWork


class AnalysisStage:
    """Compares a read paper with its key, writes a verdict and a score for every question."""

    stage = Stage.ANALYSIS

    def __init__(self, rules: ScoringRules, points: PointIndex) -> None:
        self._rules, self._points = rules, points

    async def load(self, uow: UnitOfWork, task: StageTask) -> AnalysisInput:
        """The read paper, its key where the submission names one, and the subject."""
        exam = await uow.exams.get(task.exam_id)
        paper = await uow.read_papers.get(task.exam_id, task.run)
        key = await uow.papers.key(exam.paper_id) if exam.paper_id else None
        changes = effective_changes(await uow.corrections.list(task.exam_id))
        return AnalysisInput(paper, key, exam.subject or paper.metadata.subject, changes)

    async def compute(self, source: AnalysisInput) -> Analysis:
        """Verdicts and scores; raises PermanentFailure when there is nothing to score."""
        if not source.paper.questions:
            raise PermanentFailure(FailureCode.NO_QUESTIONS_FOUND)
        # CPU-bound: a thread keeps the worker's event loop responsive.
        return await asyncio.to_thread(analyse, source, self._rules, self._points)

    async def save(self, uow: UnitOfWork, task: StageTask, analysis: Analysis) -> None:
        """Replace the analysis of this run."""
        await uow.analyses.replace(task.exam_id, task.run, analysis)


@dataclass(frozen=True, slots=True)
class DiagnosticInput:
    """The scored questions and the language that the reader speaks."""

    analysis: Analysis
    language: Language


class DiagnosticStage:
    """Estimates mastery from the scores, writes it with advice."""

    stage = Stage.DIAGNOSTIC

    async def load(self, uow: UnitOfWork, task: StageTask) -> DiagnosticInput:
        """The analysis of this run."""
        exam = await uow.exams.get(task.exam_id)
        analysis = await uow.analyses.get(task.exam_id, task.run)
        return DiagnosticInput(analysis, exam.language)

    async def compute(self, source: DiagnosticInput) -> Diagnosis:
        """Mastery per knowledge point and the written summary."""
        return await asyncio.to_thread(diagnose, source)

    async def save(self, uow: UnitOfWork, task: StageTask, diagnosis: Diagnosis) -> None:
        """Replace the diagnosis of this run."""
        await uow.diagnoses.replace(task.exam_id, task.run, diagnosis)


def diagnose(source: DiagnosticInput) -> Diagnosis:
    """Mastery and advice of one analysis."""
    estimates = estimate_mastery(source.analysis.questions)
    return Diagnosis(
        mastery=tuple(estimate.mastery for estimate in estimates),
        diagnosis=advise(source.analysis, estimates, source.language),
    )
