"""The last tier of the caches: entries that every process sees, until they expire."""

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    BindParameter,
    Float,
    Text,
    any_,
    cast,
    column,
    delete,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.tables import cache_entries

#: How many expired entries one write removes. So nobody has to tidy up.
_FORGOTTEN_PER_WRITE = 50


class CacheEntries:
    """Repository of cached values; a value is any JSON."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, keys: Iterable[str]) -> dict[str, tuple[Any, float]]:
        """``key → (value, seconds it still holds)`` of the given keys that are there."""
        row = cache_entries.c
        left = func.extract("epoch", row.expires_at - func.clock_timestamp())
        query = select(row.key, row.value, left).where(
            row.key == any_(_array(keys, Text)), row.expires_at > func.clock_timestamp()
        )
        rows = (await self._connection.execute(query)).all()
        return {key: (value, float(seconds)) for key, value, seconds in rows}

    async def put(self, entries: Mapping[str, tuple[Any, float]]) -> None:
        """Keep ``key → (value, seconds to hold)``; an entry that is there is replaced."""
        await self.forget_expired(_FORGOTTEN_PER_WRITE)
        if not entries:
            return
        # In the order of the keys, so that two writers never wait for each other.
        rows = [
            (key, json.dumps(value), seconds) for key, (value, seconds) in sorted(entries.items())
        ]
        keys, values, seconds_left = zip(*rows, strict=True)
        # Three arrays instead of a row of values for each entry: the statement is the same for any
        # number of entries, so it is compiled once.
        given = (
            func.unnest(_array(keys, Text), _array(values, Text), _array(seconds_left, Float))
            .table_valued(column("key", Text), column("value", Text), column("seconds", Float))
            .render_derived(name="given")
        )
        expiry = func.clock_timestamp() + given.c.seconds * literal(timedelta(seconds=1))
        new = insert(cache_entries).from_select(
            ["key", "value", "expires_at"],
            select(given.c.key, cast(given.c.value, JSONB), expiry).order_by(given.c.key),
        )
        await self._connection.execute(
            new.on_conflict_do_update(
                index_elements=["key"],
                set_={"value": new.excluded.value, "expires_at": new.excluded.expires_at},
            )
        )

    async def forget_expired(self, limit: int) -> None:
        """Remove up to ``limit`` entries that have expired."""
        row = cache_entries.c
        expired = (
            select(row.key)
            .where(row.expires_at < func.clock_timestamp())
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        await self._connection.execute(delete(cache_entries).where(row.key.in_(expired)))

    async def delete(self, keys: Iterable[str]) -> int:
        """Remove these entries; returns how many were there and still held."""
        row = cache_entries.c
        result = await self._connection.execute(
            delete(cache_entries)
            .where(row.key == any_(_array(keys, Text)))
            .returning(row.expires_at > func.clock_timestamp())
        )
        return sum(result.scalars())

    async def clear(self, pattern: str) -> int:
        """Remove every entry whose key is LIKE ``pattern``; returns how many."""
        result = await self._connection.execute(
            delete(cache_entries).where(cache_entries.c.key.like(pattern, escape="\\"))
        )
        return int(result.rowcount)

    async def count(self, pattern: str) -> int:
        """How many entries that still hold have a key LIKE ``pattern``."""
        row = cache_entries.c
        query = (
            select(func.count())
            .select_from(cache_entries)
            .where(row.key.like(pattern, escape="\\"), row.expires_at > func.clock_timestamp())
        )
        return int(await self._connection.scalar(query) or 0)


def _array(values: Iterable[Any], kind: type[Text | Float[float]]) -> BindParameter[Any]:
    return literal(list(values), ARRAY(kind))
