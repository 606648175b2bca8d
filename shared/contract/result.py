"""How the stage documents of a run become the one result that clients and reports are given."""

from collections.abc import Mapping, Sequence

from shared.contract.documents import Analysis, Diagnosis, ExamResult
from shared.contract.exams import Exam
from shared.contract.model_usage import total_usage
from shared.contract.reading import ReadPaper


def build_result(
    exam: Exam,
    read_paper: ReadPaper,
    analysis: Analysis,
    diagnosis: Diagnosis,
    timings: Mapping[str, float],
    versions: Mapping[str, str],
    duplicates: Sequence[Exam] = (),
) -> ExamResult:
    """The result of ``exam``'s current run, a pure function of what its stages wrote.

    What the submitter declared (subject, grade) outranks what was read from the page. The
    student is only ever named by the declared reference, never by a name read from the paper.
    Notes are the analysis's conflicts first, then the reading's warnings, each once.
    """
    printed = read_paper.metadata
    return ExamResult(
        exam_id=exam.id,
        run=exam.run,
        paper_id=exam.paper_id,
        key_version=analysis.key_version,
        title=printed.title,
        subject=exam.subject or printed.subject,
        grade=exam.grade or printed.grade,
        student_ref=exam.student_ref,
        language=exam.language,
        score=analysis.score,
        sections=analysis.sections,
        questions=tuple(sorted(analysis.questions, key=lambda question: question.ordinal)),
        mastery=diagnosis.mastery,
        trend=diagnosis.trend,
        diagnosis=diagnosis.diagnosis,
        notes=tuple(dict.fromkeys((*analysis.notes, *diagnosis.notes, *read_paper.warnings))),
        duplicates=tuple(
            {"exam_id": other.id, "layer": str(other.duplicate_layer)} for other in duplicates
        ),
        timings=dict(timings),
        versions=dict(versions),
        model=total_usage(analysis.model, diagnosis.model),
    )
