"""API keys from the command line and at the first start."""

from collections.abc import Sequence

from services.gateway.domain.access.keys import ALL_SCOPES, Scope, new_token
from shared.db.repositories.submissions import ApiKey
from shared.db.unit_of_work import UnitOfWork

DEFAULT_TENANT = "default"
FIRST_KEY_NAME = "first admin key"


async def ensure_admin_key(uow: UnitOfWork) -> str | None:
    """The token of a new admin key when no key was ever made, otherwise None.

    Whoever calls commits, then shows the token once: it is stored nowhere.
    """
    if await uow.api_keys.has_any():
        return None
    return await create_key(uow, name=FIRST_KEY_NAME, scopes=ALL_SCOPES)


async def create_key(
    uow: UnitOfWork,
    *,
    name: str,
    scopes: Sequence[Scope],
    tenant: str = DEFAULT_TENANT,
) -> str:
    """Make a key for ``tenant``, which is created when it is new; returns the token."""
    token, credential = new_token()
    tenant_id = await uow.tenants.ensure(tenant)
    await uow.api_keys.add(
        credential.key_id,
        tenant_id,
        name,
        credential.secret_hash,
        [scope.value for scope in scopes],
    )
    return token


async def list_keys(uow: UnitOfWork) -> tuple[ApiKey, ...]:
    """All keys of all tenants, oldest first."""
    return await uow.api_keys.list()


async def revoke_key(uow: UnitOfWork, key_id: str) -> bool:
    """End a key; False when it is unknown or was ended before.

    Gateways that have seen the key believe it for ``key_cache_seconds`` more.
    """
    return await uow.api_keys.revoke(key_id)
