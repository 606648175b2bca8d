"""Finding the key behind a request, with a short memory so that polling costs no query."""

import time
from collections import OrderedDict

from services.gateway.domain.keys import Caller, Credential, Scope, is_right_secret
from shared.db.database import Database
from shared.db.repositories.submissions import ApiKey

_MAX_REMEMBERED = 10_000


class KeyRing:
    """Looks keys up. A revocation takes effect after at most ``cache_seconds``.

    Only right credentials are remembered, so guessing cannot push real keys out.
    """

    def __init__(self, database: Database, cache_seconds: float) -> None:
        self._database, self._cache_seconds = database, cache_seconds
        self._remembered: OrderedDict[str, tuple[float, ApiKey]] = OrderedDict()

    async def caller(self, credential: Credential) -> Caller | None:
        """Who sent ``credential``; None when the key is unknown, wrong or revoked."""
        key = self._recall(credential.key_id)
        if key is None:
            async with self._database.transaction() as uow:
                key = await uow.api_keys.find(credential.key_id)
                is_valid = is_right_secret(credential, None if key is None else key.secret_hash)
                if not is_valid or key is None or key.revoked_at is not None:
                    return None
                await uow.api_keys.touch(key.id)
            self._remember(key)
        elif not is_right_secret(credential, key.secret_hash):
            return None
        scopes = frozenset(Scope(scope) for scope in key.scopes if scope in set(Scope))
        return Caller(key_id=key.id, tenant_id=key.tenant_id, scopes=scopes)

    def _recall(self, key_id: str) -> ApiKey | None:
        until, key = self._remembered.get(key_id, (0.0, None))
        return key if time.monotonic() < until else None

    def _remember(self, key: ApiKey) -> None:
        self._remembered[key.id] = (time.monotonic() + self._cache_seconds, key)
        self._remembered.move_to_end(key.id)
        if len(self._remembered) > _MAX_REMEMBERED:
            self._remembered.popitem(last=False)
