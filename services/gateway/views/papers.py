"""How papers are shown."""

from shared.contract.api.papers import PaperBody, PaperSummary, ScoredExamBody, ScoringBody
from shared.db.repositories.scorings import ScoredExam
from shared.db.repositories.submissions import Paper


def paper_summary(paper: Paper) -> PaperSummary:
    """A paper for lists."""
    return PaperSummary(
        paper_id=paper.id,
        title=paper.title,
        subject=paper.subject,
        grade=paper.grade,
        version=paper.version,
        full_score=paper.answer_key.full_score,
        questions=sum(len(section.questions) for section in paper.answer_key.sections),
        created_at=paper.created_at,
        updated_at=paper.updated_at,
    )


def paper_body(paper: Paper, stale_exams: int = 0) -> PaperBody:
    """A paper with its answers."""
    summary = dict(paper_summary(paper))
    return PaperBody(**summary, answer_key=paper.answer_key, stale_exams=stale_exams)


def scored_exam(exam: ScoredExam, version: int) -> ScoredExamBody:
    """An exam of a paper whose answer key has ``version`` now."""
    return ScoredExamBody(
        exam_id=exam.id,
        student_ref=exam.student_ref,
        status=exam.status,
        # The first key leaves nothing stale, whatever was written down.
        is_stale=(exam.scoring.key_version or 1) < version,
        now=ScoringBody(**dict(exam.scoring)),
        before=None if exam.before is None else ScoringBody(**dict(exam.before)),
    )
