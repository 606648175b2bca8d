"""For operators: what was announced to callback addresses, and the secrets that sign it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from services.gateway.description.answers import answers
from services.gateway.domain.protocol.problems import Problem
from services.gateway.parts import Parts
from services.gateway.request.audit import note
from services.gateway.request.callers import Admin
from services.gateway.request.lookups import checked_id
from shared.contract.api.address import PREFIX
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.api.webhooks import (
    WebhookDeliveryBody,
    WebhookDeliveryList,
    WebhookSecretBody,
    WebhookTargetBody,
    WebhookTargetList,
)
from shared.db.repositories.audit import Action
from shared.webhooks.signature import new_secret
from shared.webhooks.tenant_secrets import active_secrets

router = APIRouter(prefix=f"{PREFIX}/webhooks", tags=["webhooks"])

_MAX_ID = 2**63 - 1
#: Announced at once when an address is enabled; the relay announces what is left.
_MOST_MISSED = 100


@router.get(
    "/deliveries",
    operation_id="listWebhookDeliveries",
    summary="What was announced, and what came of it",
    responses=answers(401, 403, 422),
)
async def list_deliveries(
    parts: Parts,
    caller: Admin,
    exam_id: Annotated[UUID | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> WebhookDeliveryList:
    """The tenant's deliveries, newest first."""
    async with parts.database.transaction() as uow:
        found = await uow.webhooks.list(
            caller.tenant_id,
            limit=limit,
            exam_id=None if exam_id is None else str(exam_id),
        )
    return WebhookDeliveryList(
        items=tuple(WebhookDeliveryBody.model_validate(dict(delivery)) for delivery in found)
    )


@router.post(
    "/deliveries/{delivery_id}/redeliver",
    operation_id="redeliverWebhook",
    summary="Announce once more",
    status_code=202,
    responses=answers(401, 403, 404),
)
async def redeliver(
    delivery_id: str, request: Request, parts: Parts, caller: Admin
) -> WebhookDeliveryBody:
    """Begin the attempts anew, at once."""
    async with parts.database.transaction() as uow:
        delivery = await uow.webhooks.redeliver(caller.tenant_id, checked_id(delivery_id))
        if delivery is None:
            raise Problem(ProblemCode.NOT_FOUND)
        await note(uow, request, caller, Action.WEBHOOK_REDELIVERED, delivery.id)
    return WebhookDeliveryBody.model_validate(dict(delivery))


@router.get(
    "/targets",
    operation_id="listWebhookTargets",
    summary="Addresses that have failed",
    responses=answers(401, 403),
)
async def list_targets(parts: Parts, caller: Admin) -> WebhookTargetList:
    """Addresses with failures in a row; a disabled one gets nothing until it is enabled."""
    async with parts.database.transaction() as uow:
        found = await uow.webhooks.targets(caller.tenant_id)
    return WebhookTargetList(
        items=tuple(WebhookTargetBody.model_validate(dict(target)) for target in found)
    )


@router.post(
    "/targets/{target_id}/enable",
    operation_id="enableWebhookTarget",
    summary="Send to an address again",
    responses=answers(401, 403, 404, 422),
)
async def enable_target(
    target_id: Annotated[int, Path(ge=1, le=_MAX_ID)], parts: Parts, caller: Admin
) -> WebhookTargetBody:
    """Forget the address's failures. What it missed in the last two days is announced."""
    async with parts.database.transaction() as uow:
        target = await uow.webhooks.enable(caller.tenant_id, target_id)
        if target is not None:
            await uow.webhooks.announce_missed(_MOST_MISSED, tenant_id=caller.tenant_id)
    if target is None:
        raise Problem(ProblemCode.NOT_FOUND)
    return WebhookTargetBody.model_validate(dict(target))


@router.get(
    "/secret",
    operation_id="getWebhookSecret",
    summary="The secret that signs",
    responses=answers(401, 403),
)
async def get_secret(response: Response, parts: Parts, caller: Admin) -> WebhookSecretBody:
    """The tenant's secret, made on first use; receivers verify signatures with it."""
    response.headers["Cache-Control"] = "no-store"
    async with parts.database.transaction() as uow:
        secrets = await active_secrets(uow, caller.tenant_id)
    return WebhookSecretBody(secret=secrets[0], active=len(secrets))


@router.post(
    "/secret/rotate",
    operation_id="rotateWebhookSecret",
    summary="Replace the secret that signs",
    status_code=201,
    responses=answers(401, 403),
)
async def rotate_secret(
    request: Request, response: Response, parts: Parts, caller: Admin
) -> WebhookSecretBody:
    """Make a new secret. For 24 hours messages carry the old one's signature as well."""
    response.headers["Cache-Control"] = "no-store"
    async with parts.database.transaction() as uow:
        await uow.webhooks.lock_secrets(caller.tenant_id)
        await uow.webhooks.add_secret(caller.tenant_id, new_secret())
        await note(uow, request, caller, Action.WEBHOOK_SECRET_ROTATED, caller.tenant_id)
        secrets = await uow.webhooks.secrets(caller.tenant_id)
    return WebhookSecretBody(secret=secrets[0], active=len(secrets))
