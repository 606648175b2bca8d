"""The secrets that sign a tenant's webhooks."""

from shared.db.unit_of_work import UnitOfWork
from shared.webhooks.signature import new_secret


async def active_secrets(uow: UnitOfWork, tenant_id: str) -> tuple[str, ...]:
    """The secrets that sign a tenant's messages, newest first; the first is made when needed."""
    found = await uow.webhooks.secrets(tenant_id)
    if found:
        return found
    await uow.webhooks.lock_secrets(tenant_id)
    found = await uow.webhooks.secrets(tenant_id)
    if not found:
        await uow.webhooks.add_secret(tenant_id, new_secret())
        found = await uow.webhooks.secrets(tenant_id)
    return found
