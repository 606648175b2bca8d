"""How papers are shown."""

from shared.contract.api.papers import PaperBody, PaperSummary
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


def paper_body(paper: Paper) -> PaperBody:
    """A paper with its answers."""
    return PaperBody(**dict(paper_summary(paper)), answer_key=paper.answer_key)
