"""Fills the shared tiers of the caches before a class hands in its papers."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

from services.diagnose.domain.points.tenant_index import TenantIndex
from services.diagnose.steps.assistant import Assistant
from services.diagnose.steps.ports import TenantIndexes
from services.diagnose.steps.tagging import TagRequest, template_of
from shared.contract.answer_key import AnswerKey
from shared.contract.model_usage import ModelUsage, total_usage
from shared.db.database import Database

_PAPERS_PER_READ = 50
#: Number of texts that are tagged at once.
_TEXTS_PER_LOT = 100


@dataclass(frozen=True, slots=True)
class WarmQuestion:
    """A question that will be asked: its subject and its text with the options."""

    subject: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Warmed:
    """How many questions were looked at, how many have points now, and the model's usage."""

    questions: int = 0
    tagged: int = 0
    usage: ModelUsage | None = None

    def plus(self, other: "Warmed") -> "Warmed":
        """Both together."""
        return Warmed(
            self.questions + other.questions,
            self.tagged + other.tagged,
            total_usage(self.usage, other.usage),
        )


async def warm_papers(database: Database, assistant: Assistant, points: TenantIndexes) -> Warmed:
    """Tag the questions of every paper of every tenant whose key gives a stem and no points."""
    warmed = Warmed()
    async for paper_id, tenant_id, key in _papers(database):
        requests = [
            TagRequest(ordinal, stem, template)
            for ordinal, (stem, template) in enumerate(_untagged(paper_id, key))
        ]
        if not requests:
            continue
        async with database.transaction() as uow:
            tenant = await points.look_up(uow, tenant_id)
        index = await points.index(tenant)
        tagged, usage = await assistant.warm(index, key.subject, requests)
        warmed = warmed.plus(Warmed(len(requests), tagged, usage))
    return warmed


async def warm_questions(
    assistant: Assistant, points: TenantIndexes, questions: Iterable[WarmQuestion]
) -> Warmed:
    """Tag texts by the shipped taxonomy."""
    index = await points.index(TenantIndex())
    by_subject: dict[str | None, list[str]] = {}
    for question in questions:
        by_subject.setdefault(question.subject, []).append(question.text)
    warmed = Warmed()
    for subject, texts in by_subject.items():
        for start in range(0, len(texts), _TEXTS_PER_LOT):
            lot = texts[start : start + _TEXTS_PER_LOT]
            requests = [TagRequest(n, text) for n, text in enumerate(lot)]
            tagged, usage = await assistant.warm(index, subject, requests)
            warmed = warmed.plus(Warmed(len(lot), tagged, usage))
    return warmed


async def _papers(database: Database) -> AsyncIterator[tuple[str, str, AnswerKey]]:
    last: str | None = None
    while True:
        async with database.transaction() as uow:
            papers = await uow.papers.after(last, _PAPERS_PER_READ)
        for paper in papers:
            yield paper.id, paper.tenant_id, paper.answer_key
        if len(papers) < _PAPERS_PER_READ:
            return
        last = papers[-1].id


def _untagged(paper_id: str, key: AnswerKey) -> Iterable[tuple[str, tuple[str | None, str, str]]]:
    for section in key.sections:
        for question in section.questions:
            if question.stem and not question.knowledge_points:
                yield question.stem, template_of(paper_id, key.grade, section.label, question)
