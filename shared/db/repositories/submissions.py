"""What clients bring: tenants, their keys, papers with answer keys, uploaded files."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.answer_key import AnswerKey
from shared.contract.exams import Upload
from shared.contract.model import Document
from shared.db.rows import to_document
from shared.db.tables import api_keys, papers, tenants, uploads


class Paper(Document):
    """A paper that exams refer to, with its answer key."""

    id: str
    tenant_id: str
    title: str
    subject: str | None
    grade: str | None
    answer_key: AnswerKey
    version: int
    created_at: datetime
    updated_at: datetime


class ApiKey(Document):
    """An API key as stored; its secret exists as a hash only."""

    id: str
    tenant_id: str
    name: str
    secret_hash: bytes
    scopes: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class Tenants:
    """Repository of tenants."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def ensure(self, name: str) -> str:
        """The id of the tenant ``name``, created when it is new."""
        await self._connection.execute(
            upsert(tenants).values(id=str(uuid4()), name=name).on_conflict_do_nothing()
        )
        query = select(tenants.c.id).where(tenants.c.name == name)
        return str((await self._connection.execute(query)).scalar_one())

    async def list(self) -> tuple[tuple[str, str | None], ...]:
        """Name and time zone of every tenant, by name."""
        query = select(tenants.c.name, tenants.c.time_zone).order_by(tenants.c.name)
        return tuple((row.name, row.time_zone) for row in await self._connection.execute(query))

    async def time_zone(self, tenant_id: str) -> ZoneInfo | None:
        """Where the tenant's people are, if anybody said so."""
        query = select(tenants.c.time_zone).where(tenants.c.id == tenant_id)
        name = (await self._connection.execute(query)).scalar_one_or_none()
        return None if name is None else ZoneInfo(name)

    async def set_time_zone(self, name: str, zone: ZoneInfo | None) -> bool:
        """Say where the people of tenant ``name`` are; False when there is no such tenant."""
        key = None if zone is None else zone.key
        result = await self._connection.execute(
            update(tenants).where(tenants.c.name == name).values(time_zone=key)
        )
        return result.rowcount == 1


class ApiKeys:
    """Repository of API keys."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(
        self, key_id: str, tenant_id: str, name: str, secret_hash: bytes, scopes: Sequence[str]
    ) -> None:
        """Store a new key."""
        await self._connection.execute(
            insert(api_keys).values(
                id=key_id,
                tenant_id=tenant_id,
                name=name,
                secret_hash=secret_hash,
                scopes=list(scopes),
            )
        )

    async def find(self, key_id: str) -> ApiKey | None:
        """The key, revoked or not, or None."""
        row = (
            await self._connection.execute(select(api_keys).where(api_keys.c.id == key_id))
        ).one_or_none()
        return None if row is None else to_document(ApiKey, row)

    async def list(self) -> tuple[ApiKey, ...]:
        """All keys, oldest first."""
        rows = await self._connection.execute(select(api_keys).order_by(api_keys.c.created_at))
        return tuple(to_document(ApiKey, row) for row in rows)

    async def touch(self, key_id: str) -> None:
        """Note that the key was used; written at most once a minute, so reads stay reads."""
        now = func.clock_timestamp()
        await self._connection.execute(
            update(api_keys)
            .where(
                api_keys.c.id == key_id,
                or_(
                    api_keys.c.last_used_at.is_(None),
                    api_keys.c.last_used_at < now - timedelta(minutes=1),
                ),
            )
            .values(last_used_at=now)
        )

    async def revoke(self, key_id: str) -> bool:
        """End a key; False when it is unknown or ended before."""
        result = await self._connection.execute(
            update(api_keys)
            .where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
            .values(revoked_at=func.now())
        )
        return result.rowcount == 1

    async def has_any(self) -> bool:
        """Whether a key was ever made. Holds a lock, so that only one first key is made."""
        await self._connection.execute(select(func.pg_advisory_xact_lock(0x45584C4B)))
        query = select(func.count()).select_from(api_keys)
        return bool((await self._connection.execute(query)).scalar_one())


class Papers:
    """Repository of papers."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant_id: str, answer_key: AnswerKey) -> Paper:
        """Store a paper."""
        row = (
            await self._connection.execute(
                insert(papers)
                .values(
                    id=str(uuid4()),
                    tenant_id=tenant_id,
                    title=answer_key.title,
                    subject=answer_key.subject,
                    grade=answer_key.grade,
                    answer_key=answer_key.model_dump(mode="json"),
                )
                .returning(papers)
            )
        ).one()
        return to_document(Paper, row)

    async def find(self, paper_id: str, tenant_id: str) -> Paper | None:
        """The tenant's paper, or None."""
        row = (
            await self._connection.execute(
                select(papers).where(papers.c.id == paper_id, papers.c.tenant_id == tenant_id)
            )
        ).one_or_none()
        return None if row is None else to_document(Paper, row)

    async def list(
        self, tenant_id: str, *, limit: int = 100, after: tuple[datetime, str] | None = None
    ) -> tuple[Paper, ...]:
        """The tenant's papers, newest first, from behind the cursor ``after`` (created_at, id)."""
        query = (
            select(papers)
            .where(papers.c.tenant_id == tenant_id)
            .order_by(papers.c.created_at.desc(), papers.c.id.desc())
            .limit(limit)
        )
        if after is not None:
            query = query.where(tuple_(papers.c.created_at, papers.c.id) < after)
        return tuple(to_document(Paper, row) for row in await self._connection.execute(query))

    async def after(self, paper_id: str | None, limit: int) -> tuple[Paper, ...]:
        """Papers of all tenants in the order of their ids, from behind ``paper_id``."""
        query = select(papers).order_by(papers.c.id).limit(limit)
        if paper_id is not None:
            query = query.where(papers.c.id > paper_id)
        return tuple(to_document(Paper, row) for row in await self._connection.execute(query))

    async def update(self, paper_id: str, tenant_id: str, answer_key: AnswerKey) -> Paper | None:
        """Give the paper a new answer key and version; None when the tenant has no such paper."""
        row = (
            await self._connection.execute(
                update(papers)
                .where(papers.c.id == paper_id, papers.c.tenant_id == tenant_id)
                .values(
                    title=answer_key.title,
                    subject=answer_key.subject,
                    grade=answer_key.grade,
                    answer_key=answer_key.model_dump(mode="json"),
                    version=papers.c.version + 1,
                    updated_at=func.now(),
                )
                .returning(papers)
            )
        ).one_or_none()
        return None if row is None else to_document(Paper, row)

    async def key(self, paper_id: str | None) -> AnswerKey | None:
        """The answer key of a paper, or None when ``paper_id`` is None or unknown."""
        found = await self.versioned_key(paper_id)
        return None if found is None else found[0]

    async def versioned_key(self, paper_id: str | None) -> tuple[AnswerKey, int] | None:
        """The answer key of a paper with its version, or None like ``key``."""
        if paper_id is None:
            return None
        query = select(papers.c.answer_key, papers.c.version).where(papers.c.id == paper_id)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else (AnswerKey.model_validate(row.answer_key), row.version)


class Uploads:
    """Repository of uploaded files."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, exam_id: str, files: Sequence[Upload]) -> None:
        """Store what was uploaded for an exam."""
        rows = [{"exam_id": exam_id, **file.model_dump()} for file in files]
        await self._connection.execute(insert(uploads), rows)

    async def list(self, exam_id: str) -> tuple[Upload, ...]:
        """The exam's files in the order of their upload."""
        query = select(uploads).where(uploads.c.exam_id == exam_id).order_by(uploads.c.ordinal)
        return tuple(to_document(Upload, row) for row in await self._connection.execute(query))
