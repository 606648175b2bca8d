"""What a class made of one paper."""

from services.gateway.domain.access.keys import Caller
from services.gateway.parts import Gateway
from services.gateway.request.lookups import paper_of
from shared.contract.api.papers import ClassBody
from shared.contract.class_report import ClassReport


async def class_body(parts: Gateway, caller: Caller, paper_id: str) -> ClassBody:
    """What the class made of the paper. Raises Problem ``not_found``."""
    async with parts.database.transaction() as uow:
        paper = await paper_of(uow, caller, paper_id)
        stored = await uow.class_reports.find(paper.id, caller.tenant_id)
        stale_exams = await uow.scorings.count_stale(paper.id, caller.tenant_id)
    report = None if stored is None else stored.report
    return ClassBody(
        paper_id=paper.id,
        title=paper.title,
        subject=paper.subject,
        grade=paper.grade,
        is_current=(stored is None or stored.is_current) and not stale_exams,
        computed_at=None if stored is None else stored.computed_at,
        stale_exams=stale_exams,
        report=report or ClassReport(),
    )
