"""The question bank, operators' taxonomies and taggers."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.bank import (
    BankItem,
    NewBankItem,
    StoredTagger,
    StoredTaxonomy,
    filing_keys,
    lookup_keys,
)
from shared.contract.documents import KnowledgePoint
from shared.db.rows import to_document
from shared.db.tables import bank_items, taggers, taxonomies


class BankItems:
    """Repository of bank items. Every method is about one tenant's items only."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant_id: str, items: Sequence[NewBankItem]) -> int:
        """Store the new ones of ``items``; the others stay as they are. Returns how many new."""
        if not items:
            return 0
        rows = [
            {
                **item.model_dump(mode="json"),
                "id": str(uuid4()),
                "tenant_id": tenant_id,
                "filed_under": sorted({key for point in item.points for key in filing_keys(point)}),
            }
            for item in items
        ]
        result = await self._connection.execute(
            upsert(bank_items).values(rows).on_conflict_do_nothing().returning(bank_items.c.id)
        )
        return len(result.all())

    async def known(self, tenant_id: str, fingerprints: Sequence[str]) -> frozenset[str]:
        """Those of ``fingerprints`` that the bank has."""
        query = select(bank_items.c.fingerprint).where(
            bank_items.c.tenant_id == tenant_id, bank_items.c.fingerprint.in_(fingerprints)
        )
        return frozenset((await self._connection.execute(query)).scalars())

    async def sharing_bands(
        self, tenant_id: str, bands: Sequence[int]
    ) -> tuple[tuple[tuple[int, ...], str, tuple[str, ...]], ...]:
        """Bands, stem and option texts of items with any of ``bands``: possible near copies."""
        query = select(bank_items.c.bands, bank_items.c.stem, bank_items.c.options).where(
            bank_items.c.tenant_id == tenant_id, bank_items.c.bands.overlap(list(bands))
        )
        rows = await self._connection.execute(query)
        return tuple(
            (tuple(row.bands), row.stem, tuple(option["text"] for option in row.options))
            for row in rows
        )

    async def search(
        self,
        tenant_id: str,
        *,
        subject: str | None = None,
        point: str | None = None,
        text: str | None = None,
        difficulty: tuple[float, float] | None = None,
        limit: int = 20,
    ) -> tuple[BankItem, ...]:
        """Items of a point (its id or name, and all below it) within a range of difficulty."""
        conditions: list[ColumnElement[bool]] = [bank_items.c.tenant_id == tenant_id]
        if subject is not None:
            conditions.append(bank_items.c.subject == subject)
        if point is not None:
            conditions.append(bank_items.c.filed_under.contains([point.casefold()]))
        if text is not None:
            conditions.append(bank_items.c.stem.icontains(text, autoescape=True))
        if difficulty is not None:
            conditions.append(bank_items.c.difficulty.between(*difficulty))
        query = (
            select(bank_items)
            .where(*conditions)
            .order_by(bank_items.c.difficulty.nulls_last(), bank_items.c.id)
            .limit(limit)
        )
        return tuple(to_document(BankItem, row) for row in await self._connection.execute(query))

    async def for_points(
        self, tenant_id: str, points: Sequence[KnowledgePoint], *, each: int
    ) -> tuple[BankItem, ...]:
        """Up to ``each`` items of every one of ``points``. The same call gives the same items."""
        found: dict[str, BankItem] = {}
        for point in points:
            query = (
                select(bank_items)
                .where(
                    bank_items.c.tenant_id == tenant_id,
                    bank_items.c.filed_under.overlap(list(lookup_keys(point))),
                )
                .order_by(bank_items.c.fingerprint)
                .limit(each)
            )
            for row in await self._connection.execute(query):
                item = to_document(BankItem, row)
                found[item.id] = item
        return tuple(found.values())

    async def labelled(
        self, tenant_id: str, subject: str, language: str, limit: int
    ) -> tuple[BankItem, ...]:
        """Items to train from: those with a knowledge point."""
        query = (
            select(bank_items)
            .where(
                bank_items.c.tenant_id == tenant_id,
                bank_items.c.subject == subject,
                bank_items.c.language == language,
                func.cardinality(bank_items.c.filed_under) > 0,
            )
            .order_by(bank_items.c.fingerprint)
            .limit(limit)
        )
        return tuple(to_document(BankItem, row) for row in await self._connection.execute(query))


class Taxonomies:
    """Repository of operators' own taxonomies, one per subject."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, tenant_id: str, subject: str) -> StoredTaxonomy | None:
        """The tenant's taxonomy of ``subject``, locked until the transaction ends, or None."""
        query = (
            select(taxonomies)
            .where(taxonomies.c.tenant_id == tenant_id, taxonomies.c.subject == subject)
            .with_for_update()
        )
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else to_document(StoredTaxonomy, row)

    async def replace(self, tenant_id: str, subject: str, document: dict[str, Any]) -> int:
        """Make ``document`` the subject's taxonomy; returns its version."""
        statement = upsert(taxonomies).values(
            tenant_id=tenant_id, subject=subject, document=document
        )
        statement = statement.on_conflict_do_update(
            index_elements=["tenant_id", "subject"],
            set_={
                "document": document,
                "version": taxonomies.c.version + 1,
                "imported_at": func.now(),
            },
        )
        result = await self._connection.execute(statement.returning(taxonomies.c.version))
        return int(result.scalar_one())

    async def versions(self, tenant_id: str) -> tuple[tuple[str, int], ...]:
        """Subject and version of every taxonomy of the tenant. Copies are checked against these."""
        query = (
            select(taxonomies.c.subject, taxonomies.c.version)
            .where(taxonomies.c.tenant_id == tenant_id)
            .order_by(taxonomies.c.subject)
        )
        rows = await self._connection.execute(query)
        return tuple((row.subject, row.version) for row in rows)

    async def list(self, tenant_id: str) -> tuple[StoredTaxonomy, ...]:
        """All taxonomies of the tenant."""
        query = (
            select(taxonomies)
            .where(taxonomies.c.tenant_id == tenant_id)
            .order_by(taxonomies.c.subject)
        )
        rows = await self._connection.execute(query)
        return tuple(to_document(StoredTaxonomy, row) for row in rows)


class Taggers:
    """Repository of taggers that were trained from a tenant's bank."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def replace(
        self, tenant_id: str, subject: str, language: str, blob_key: str, card: dict[str, Any]
    ) -> None:
        """Make the tagger at ``blob_key`` the one in use."""
        values = {"blob_key": blob_key, "card": card}
        statement = upsert(taggers).values(
            tenant_id=tenant_id, subject=subject, language=language, **values
        )
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["tenant_id", "subject", "language"],
                set_={**values, "trained_at": func.now()},
            )
        )

    async def list(self, tenant_id: str) -> tuple[StoredTagger, ...]:
        """The tenant's taggers."""
        query = (
            select(taggers)
            .where(taggers.c.tenant_id == tenant_id)
            .order_by(taggers.c.subject, taggers.c.language)
        )
        rows = await self._connection.execute(query)
        return tuple(to_document(StoredTagger, row) for row in rows)
