"""For whoever runs ExamLens: queues, what went wrong, keys, webhooks, and who did what."""

from typing import Literal

from fastapi import APIRouter, Request, Response

from services.gateway.adapters.responses.problem_response import request_trace
from services.gateway.bootstrap import create_key_of
from services.gateway.domain.access.keys import ALL_SCOPES, Scope
from services.gateway.domain.protocol.problems import Problem, invalid_field
from services.gateway.pages.exams import exam_rows
from services.gateway.pages.visits import AdminVisit, form_of, page, see, text_of
from services.gateway.request.audit import note
from services.gateway.request.lookups import checked_id
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.stages import SPECS, Status
from shared.db.repositories.audit import Action
from shared.messaging.runs import replay

router = APIRouter(prefix="/operations", include_in_schema=False)

View = Literal["work", "keys", "webhooks", "audit"]
_LISTED = 100


@router.get("")
async def get_work(visit: AdminVisit) -> Response:
    """What waits and runs, dead letters and recent failures."""
    tenant_id = visit.caller.tenant_id
    async with visit.parts.database.transaction() as uow:
        depths = await uow.runs.queue_depths()
        letters = await uow.runs.dead_letters_of(tenant_id, limit=_LISTED)
        failed = await uow.exams.page_of(tenant_id, limit=10, status=Status.FAILED)
        failures = await exam_rows(visit, uow, failed)
    is_part = visit.request.headers.get("hx-target") == "queues"
    return page(
        visit,
        "part_queues.html.j2" if is_part else "operations.html.j2",
        view="work",
        depths=depths,
        queues={stage: spec.queue for stage, spec in SPECS.items()},
        letters=letters,
        failures=failures,
        is_ready=await visit.parts.readiness.is_ready(),
    )


@router.post("/dead-letters/{letter_id}/replay")
async def replay_letter(letter_id: int, request: Request, visit: AdminVisit) -> Response:
    """Resume the exam at the stage that died."""
    async with visit.parts.database.transaction() as uow:
        letter = await uow.dead_letters.find(letter_id)
        if letter is None or letter.tenant_id != visit.caller.tenant_id:
            raise Problem(ProblemCode.NOT_FOUND)
        exam = await replay(uow, letter, traceparent=request_trace(request).traceparent)
        await note(uow, request, visit.caller, Action.DEAD_LETTER_REPLAYED, exam.id)
    return see(f"/exams/{exam.id}")


@router.get("/keys")
async def get_keys(visit: AdminVisit) -> Response:
    """The tenant's keys."""
    return await _keys(visit, None)


@router.post("/keys")
async def make_key(request: Request, visit: AdminVisit) -> Response:
    """Make a key and show it, this once."""
    form = await form_of(request)
    name = text_of(form, "name", 200)
    scopes = [scope for scope in ALL_SCOPES if scope.value in form.getlist("scope")]
    if not name or not scopes:
        raise invalid_field("form.name" if not name else "form.scope", "missing")
    async with visit.parts.database.transaction() as uow:
        token = await create_key_of(uow, visit.caller.tenant_id, name=name, scopes=scopes)
        await note(uow, request, visit.caller, Action.KEY_CREATED, token.split("_")[1])
    return await _keys(visit, token)


@router.post("/keys/{key_id}/revoke")
async def revoke_key(key_id: str, request: Request, visit: AdminVisit) -> Response:
    """End a key, with the sessions and links that hang on it."""
    async with visit.parts.database.transaction() as uow:
        key = await uow.api_keys.find(key_id)
        if key is None or key.tenant_id != visit.caller.tenant_id:
            raise Problem(ProblemCode.NOT_FOUND)
        await uow.api_keys.revoke(key_id)
        await note(uow, request, visit.caller, Action.KEY_REVOKED, key_id)
    return see("/operations/keys")


async def _keys(visit: AdminVisit, token: str | None) -> Response:
    async with visit.parts.database.transaction() as uow:
        keys = [k for k in await uow.api_keys.list() if k.tenant_id == visit.caller.tenant_id]
    return page(
        visit,
        "operations.html.j2",
        view="keys",
        keys=sorted(keys, key=lambda key: (key.revoked_at is not None, key.created_at)),
        scopes=tuple(Scope),
        token=token,
    )


@router.get("/webhooks")
async def get_webhooks(visit: AdminVisit) -> Response:
    """What was announced to callback addresses, and addresses that failed."""
    tenant_id = visit.caller.tenant_id
    async with visit.parts.database.transaction() as uow:
        deliveries = await uow.webhooks.list(tenant_id, limit=_LISTED)
        targets = await uow.webhooks.targets(tenant_id)
    return page(
        visit, "operations.html.j2", view="webhooks", deliveries=deliveries, targets=targets
    )


@router.post("/webhooks/deliveries/{delivery_id}/redeliver")
async def redeliver(delivery_id: str, request: Request, visit: AdminVisit) -> Response:
    """Announce once more."""
    async with visit.parts.database.transaction() as uow:
        delivery = await uow.webhooks.redeliver(visit.caller.tenant_id, checked_id(delivery_id))
        if delivery is None:
            raise Problem(ProblemCode.NOT_FOUND)
        await note(uow, request, visit.caller, Action.WEBHOOK_REDELIVERED, delivery.id)
    return see("/operations/webhooks")


@router.post("/webhooks/targets/{target_id}/enable")
async def enable_target(target_id: int, visit: AdminVisit) -> Response:
    """Send to an address again."""
    async with visit.parts.database.transaction() as uow:
        if await uow.webhooks.enable(visit.caller.tenant_id, target_id) is None:
            raise Problem(ProblemCode.NOT_FOUND)
    return see("/operations/webhooks")


@router.get("/audit")
async def get_audit(visit: AdminVisit, before: int | None = None) -> Response:
    """Who did what, newest first."""
    async with visit.parts.database.transaction() as uow:
        found = await uow.audit.list(visit.caller.tenant_id, limit=_LISTED + 1, before=before)
        keys = {key.id: key.name for key in await uow.api_keys.list()}
    return page(
        visit,
        "operations.html.j2",
        view="audit",
        entries=found[:_LISTED],
        names=keys,
        following=found[_LISTED - 1].id if len(found) > _LISTED else None,
    )
