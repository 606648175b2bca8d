"""Finding the key behind a request, with a short memory so that polling costs no query."""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass

import structlog

from services.gateway.domain.access.keys import Caller, Credential, Scope, is_right_secret
from shared.db.database import DATABASE_ERRORS, Database
from shared.db.repositories.submissions import ApiKey
from shared.observability.log_setup import error_site

log = structlog.get_logger(__name__)

_MAX_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class _Known:
    """A key in force when it was looked up."""

    key: ApiKey
    caller: Caller
    looked_up_at: float


class KeyRing:
    """Looks keys up. A revocation takes effect after at most ``cache_seconds``.

    A key in use is looked up again when half that time has passed. No request waits for that. Only
    right credentials are remembered, so guessing cannot push real keys out.
    """

    def __init__(self, database: Database, cache_seconds: float) -> None:
        self._database, self._cache_seconds = database, cache_seconds
        self._remembered: OrderedDict[str, _Known] = OrderedDict()
        self._renewals: dict[str, asyncio.Task[None]] = {}

    async def caller(self, credential: Credential) -> Caller | None:
        """Who sent ``credential``; None when the key is unknown, wrong or revoked."""
        known = self._remembered.get(credential.key_id)
        age = float("inf") if known is None else time.monotonic() - known.looked_up_at
        if known is None or age >= self._cache_seconds:
            known = await self._look_up(credential.key_id)
        elif age >= self._cache_seconds / 2:
            self._renew(credential.key_id)
        # The comparison takes as long for an unknown key as for a wrong secret.
        stored_hash = None if known is None else known.key.secret_hash
        if not is_right_secret(credential, stored_hash) or known is None:
            return None
        self._remember(known)
        return known.caller

    async def find(self, key_id: str) -> ApiKey | None:
        """The key if it is in force; its secret is not checked."""
        known = self._remembered.get(key_id)
        if known is None or time.monotonic() - known.looked_up_at >= self._cache_seconds:
            known = await self._look_up(key_id)
        return None if known is None else known.key

    async def _look_up(self, key_id: str) -> _Known | None:
        looked_up_at = time.monotonic()
        async with self._database.transaction() as uow:
            key = await uow.api_keys.find(key_id)
            if key is None or key.revoked_at is not None:
                self._remembered.pop(key_id, None)
                return None
            await uow.api_keys.touch(key.id)
        scopes = frozenset(Scope(scope) for scope in key.scopes if scope in set(Scope))
        caller = Caller(key_id=key.id, tenant_id=key.tenant_id, scopes=scopes)
        return _Known(key, caller, looked_up_at)

    def _renew(self, key_id: str) -> None:
        if key_id not in self._renewals:
            renewal = asyncio.create_task(self._renewed(key_id), name="key-renewal")
            self._renewals[key_id] = renewal
            renewal.add_done_callback(lambda _: self._renewals.pop(key_id, None))

    async def _renewed(self, key_id: str) -> None:
        try:
            known = await self._look_up(key_id)
        except DATABASE_ERRORS as error:
            # What is remembered lapses by itself. After that, requests meet the error.
            log.warning("key_ring.renewal_failed", error=error_site(error))
            return
        if known is not None:
            self._remember(known)

    def _remember(self, known: _Known) -> None:
        self._remembered[known.key.id] = known
        self._remembered.move_to_end(known.key.id)
        if len(self._remembered) > _MAX_REMEMBERED:
            self._remembered.popitem(last=False)
