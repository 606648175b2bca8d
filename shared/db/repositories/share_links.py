"""Links that show one exam: made, listed, revoked."""

from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.model import Document
from shared.db.rows import to_document
from shared.db.tables import share_links


class ShareLink(Document):
    """A link to one exam. Whether it still opens anything its times say, and its key."""

    id: str
    tenant_id: str
    exam_id: str
    key_id: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class ShareLinks:
    """Repository of links."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant_id: str, exam_id: str, key_id: str, days: int) -> ShareLink:
        """A new link that lasts so many days."""
        row = (
            await self._connection.execute(
                insert(share_links)
                .values(
                    id=str(uuid4()),
                    tenant_id=tenant_id,
                    exam_id=exam_id,
                    key_id=key_id,
                    expires_at=func.now() + timedelta(days=days),
                )
                .returning(share_links)
            )
        ).one()
        return to_document(ShareLink, row)

    async def find_open(self, link_id: str) -> ShareLink | None:
        """The link, unless it was revoked or has expired."""
        query = select(share_links).where(
            share_links.c.id == link_id,
            share_links.c.revoked_at.is_(None),
            share_links.c.expires_at > func.now(),
        )
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else to_document(ShareLink, row)

    async def list(self, exam_id: str, tenant_id: str) -> tuple[ShareLink, ...]:
        """The open links to an exam, newest first."""
        query = (
            select(share_links)
            .where(
                share_links.c.exam_id == exam_id,
                share_links.c.tenant_id == tenant_id,
                share_links.c.revoked_at.is_(None),
                share_links.c.expires_at > func.now(),
            )
            .order_by(share_links.c.created_at.desc())
        )
        return tuple(to_document(ShareLink, row) for row in await self._connection.execute(query))

    async def revoke(self, link_id: str, exam_id: str, tenant_id: str) -> bool:
        """End a link; False when the exam has no such open one."""
        result = await self._connection.execute(
            update(share_links)
            .where(
                share_links.c.id == link_id,
                share_links.c.exam_id == exam_id,
                share_links.c.tenant_id == tenant_id,
                share_links.c.revoked_at.is_(None),
            )
            .values(revoked_at=func.now())
        )
        return result.rowcount == 1
