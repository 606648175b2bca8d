"""Finding the key behind a request, with a short memory so that polling costs no query."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog

from services.gateway.domain.access.keys import Caller, Credential, Scope, is_right_secret
from shared.db.database import DATABASE_ERRORS, Database
from shared.db.repositories.submissions import ApiKey
from shared.observability.log_setup import error_site

log = structlog.get_logger(__name__)

_MAX_REMEMBERED = 10_000
FoundT = TypeVar("FoundT")


@dataclass(frozen=True, slots=True)
class _Known:
    """A key in force when it was looked up."""

    key: ApiKey
    caller: Caller
    looked_up_at: float


@dataclass(frozen=True, slots=True)
class _Stranger:
    """What a look-up found of which nobody proved to be the owner; None where there is no key."""

    known: _Known | None
    looked_up_at: float


class KeyRing:
    """Looks keys up. A revocation takes effect after at most ``cache_seconds``.

    A key in use is looked up again when half that time has passed. No request waits for that. What
    guesses look up is remembered as long, but apart, so that guessing cannot push real keys out;
    and only the right secret writes that a key was used.
    """

    def __init__(self, database: Database, cache_seconds: float) -> None:
        self._database, self._cache_seconds = database, cache_seconds
        self._remembered: OrderedDict[str, _Known] = OrderedDict()
        self._strangers: OrderedDict[str, _Stranger] = OrderedDict()
        self._renewals: dict[str, asyncio.Task[None]] = {}

    def needs_look_up(self, key_id: str) -> bool:
        """Whether the database has to be asked for this key."""
        return self._fresh(key_id) is None

    async def caller(self, credential: Credential) -> Caller | None:
        """Who sent ``credential``; None when the key is unknown, wrong or revoked."""

        def is_owner(key: ApiKey) -> bool:
            return is_right_secret(credential, key.secret_hash)

        found = self._fresh(credential.key_id)
        if found is None:
            found = await self._look_up(credential.key_id, is_owner)
        known = found.known if isinstance(found, _Stranger) else found
        # The comparison takes as long for an unknown key as for a wrong secret.
        stored_hash = None if known is None else known.key.secret_hash
        if not is_right_secret(credential, stored_hash) or known is None:
            return None
        age = time.monotonic() - known.looked_up_at
        if isinstance(found, _Stranger) or age >= self._cache_seconds / 2:
            self._renew(known.key.id)
        return known.caller

    async def find(self, key_id: str) -> ApiKey | None:
        """The key if it is in force; its secret is not checked, and it is not said to be used."""
        found = self._fresh(key_id) or await self._look_up(key_id, lambda _: False)
        known = found.known if isinstance(found, _Stranger) else found
        return None if known is None else known.key

    def _fresh(self, key_id: str) -> _Known | _Stranger | None:
        found = self._remembered.get(key_id) or self._strangers.get(key_id)
        if found is None or time.monotonic() - found.looked_up_at >= self._cache_seconds:
            return None
        return found

    async def _look_up(self, key_id: str, is_owner: Callable[[ApiKey], bool]) -> _Known | _Stranger:
        """Read the key. That it was used is written and remembered only if ``is_owner`` says so."""
        looked_up_at = time.monotonic()
        async with self._database.transaction() as uow:
            key = await uow.api_keys.find(key_id)
            if key is not None and key.revoked_at is not None:
                key = None
            is_owners = key is not None and is_owner(key)
            if is_owners:
                await uow.api_keys.touch(key_id)
        known = None if key is None else _Known(key, caller_with(key), looked_up_at)
        if known is not None and is_owners:
            self._strangers.pop(key_id, None)
            _put(self._remembered, key_id, known)
            return known
        if known is None:
            self._remembered.pop(key_id, None)
        stranger = _Stranger(known, looked_up_at)
        _put(self._strangers, key_id, stranger)
        return stranger

    def _renew(self, key_id: str) -> None:
        if key_id not in self._renewals:
            renewal = asyncio.create_task(self._renewed(key_id), name="key-renewal")
            self._renewals[key_id] = renewal
            renewal.add_done_callback(lambda _: self._renewals.pop(key_id, None))

    async def _renewed(self, key_id: str) -> None:
        try:
            await self._look_up(key_id, lambda _: True)
        except DATABASE_ERRORS as error:
            # What is remembered lapses by itself. After that, requests meet the error.
            log.warning("key_ring.renewal_failed", error=error_site(error))


def caller_with(key: ApiKey) -> Caller:
    """What the holder of ``key`` may do."""
    scopes = frozenset(Scope(scope) for scope in key.scopes if scope in set(Scope))
    return Caller(key_id=key.id, tenant_id=key.tenant_id, scopes=scopes)


def _put(memory: OrderedDict[str, FoundT], key_id: str, found: FoundT) -> None:
    memory[key_id] = found
    memory.move_to_end(key_id)
    if len(memory) > _MAX_REMEMBERED:
        memory.popitem(last=False)
