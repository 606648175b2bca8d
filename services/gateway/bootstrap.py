"""API keys from the command line and at the first start."""

from collections.abc import Sequence

from services.gateway.domain.access.keys import ALL_SCOPES, Scope, new_token
from shared.db.unit_of_work import UnitOfWork

DEFAULT_TENANT = "default"
_FIRST_KEY_NAME = "first admin key"


async def ensure_admin_key(uow: UnitOfWork) -> str | None:
    """The token of a new admin key when no key was ever made, otherwise None.

    The caller commits and then shows the token once. The token is stored nowhere.
    """
    if await uow.api_keys.has_any():
        return None
    return await create_key(uow, name=_FIRST_KEY_NAME, scopes=ALL_SCOPES)


async def create_key(
    uow: UnitOfWork,
    *,
    name: str,
    scopes: Sequence[Scope],
    tenant: str = DEFAULT_TENANT,
) -> str:
    """Make a key for ``tenant``, which is created when it is new; returns the token."""
    return await create_key_of(uow, await uow.tenants.ensure(tenant), name=name, scopes=scopes)


async def create_key_of(
    uow: UnitOfWork, tenant_id: str, *, name: str, scopes: Sequence[Scope]
) -> str:
    """Make a key for the tenant with this id; returns the token."""
    token, credential = new_token()
    await uow.api_keys.add(
        credential.key_id,
        tenant_id,
        name,
        credential.secret_hash,
        [scope.value for scope in scopes],
    )
    return token
