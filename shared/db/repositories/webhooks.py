"""Webhooks: what is to be delivered, to whom, signed with what."""

from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, case, exists, func, insert, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.exams import Exam
from shared.contract.jobs import JobKind
from shared.contract.model import Document
from shared.contract.stages import TERMINAL
from shared.db.repositories.jobs import Jobs
from shared.db.rows import to_document
from shared.db.tables import exams, webhook_deliveries, webhook_secrets, webhook_targets

#: An exam that ended longer ago is not announced any more.
ANNOUNCED_FOR = timedelta(days=2)
#: After a rotation both secrets sign for this long.
SECRET_OVERLAP = timedelta(hours=24)


class Delivery(Document):
    """The announcement of one run's end. ``last_error`` is a code."""

    id: str
    tenant_id: str
    exam_id: str
    run: int
    url: str
    state: Literal["pending", "delivered", "failed"]
    attempts: int
    last_status: int | None
    last_error: str | None
    created_at: datetime
    due_at: datetime
    attempted_at: datetime | None


class Target(Document):
    """An address of a tenant; disabled ones get nothing."""

    id: int
    tenant_id: str
    url: str
    failures: int
    disabled_at: datetime | None


class Webhooks:
    """Repository of deliveries, targets and secrets."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def announce(self, exam: Exam) -> None:
        """Have the end of ``exam``'s run announced, once this is committed, where it wants that."""
        await self._announce(exams.c.id == exam.id)

    async def announce_missed(self, limit: int, *, tenant_id: str | None = None) -> int:
        """Announce what ended lately while nobody announced it; returns how many were found.

        Its address was disabled then, or a process of the version before ended it.
        """
        is_recent = exams.c.completed_at > func.now() - ANNOUNCED_FOR
        whose = literal(value=True) if tenant_id is None else exams.c.tenant_id == tenant_id
        return await self._announce(and_(is_recent, whose), limit=limit)

    async def _announce(self, which: ColumnElement[bool], *, limit: int = 1) -> int:
        """One delivery per exam and run, however often and by however many this is called."""
        delivery = webhook_deliveries.c
        is_announced = exists().where(delivery.exam_id == exams.c.id, delivery.run == exams.c.run)
        target = webhook_targets.c
        is_disabled = exists().where(
            target.tenant_id == exams.c.tenant_id,
            target.url == exams.c.callback_url,
            target.disabled_at.is_not(None),
        )
        ended = (
            select(
                func.gen_random_uuid(),
                exams.c.tenant_id,
                exams.c.id,
                exams.c.run,
                exams.c.callback_url,
            )
            .where(
                which,
                exams.c.callback_url.is_not(None),
                exams.c.status.in_(TERMINAL),
                ~is_announced,
                ~is_disabled,
            )
            .limit(limit)
        )
        columns = ["id", "tenant_id", "exam_id", "run", "url"]
        made = await self._connection.execute(
            upsert(webhook_deliveries)
            .from_select(columns, ended)
            .on_conflict_do_nothing()
            .returning(delivery.id, delivery.tenant_id)
        )
        found = made.all()
        for delivery_id, tenant_id in found:
            await Jobs(self._connection).add(JobKind.WEBHOOK, delivery_id, tenant_id)
        return len(found)

    async def wanted(self, delivery_id: str) -> Delivery | None:
        """The delivery unless it has ended, its row locked until the transaction ends."""
        delivery = webhook_deliveries.c
        query = (
            select(webhook_deliveries)
            .where(delivery.id == delivery_id, delivery.state == "pending")
            .with_for_update()
        )
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else to_document(Delivery, row)

    async def record(
        self,
        delivery_id: str,
        state: Literal["pending", "delivered", "failed"],
        *,
        attempts: int,
        status: int | None,
        error: str | None,
        retry_seconds: float = 0.0,
    ) -> None:
        """Write down what became of an attempt."""
        now = func.clock_timestamp()
        values: dict[str, Any] = {
            "state": state,
            "attempts": attempts,
            "attempted_at": now,
            "last_status": status,
            "last_error": error,
        }
        if state == "pending":
            values["due_at"] = now + timedelta(seconds=retry_seconds)
        await self._connection.execute(
            update(webhook_deliveries)
            .where(webhook_deliveries.c.id == delivery_id)
            .values(**values)
        )

    async def list(
        self, tenant_id: str, *, limit: int, exam_id: str | None = None
    ) -> tuple[Delivery, ...]:
        """The tenant's deliveries, newest first."""
        query = (
            select(webhook_deliveries)
            .where(webhook_deliveries.c.tenant_id == tenant_id)
            .order_by(webhook_deliveries.c.created_at.desc(), webhook_deliveries.c.id)
            .limit(limit)
        )
        if exam_id is not None:
            query = query.where(webhook_deliveries.c.exam_id == exam_id)
        return tuple(to_document(Delivery, row) for row in await self._connection.execute(query))

    async def redeliver(self, tenant_id: str, delivery_id: str) -> Delivery | None:
        """Begin a delivery's attempts anew, at once; None when the tenant has no such one."""
        queued = Jobs(self._connection)
        row = (
            await self._connection.execute(
                update(webhook_deliveries)
                .where(
                    webhook_deliveries.c.id == delivery_id,
                    webhook_deliveries.c.tenant_id == tenant_id,
                )
                .values(state="pending", attempts=0, due_at=func.clock_timestamp())
                .returning(webhook_deliveries)
            )
        ).one_or_none()
        if row is None:
            return None
        await queued.add(JobKind.WEBHOOK, delivery_id, tenant_id)
        waiting = await queued.find(JobKind.WEBHOOK, delivery_id)
        if waiting is not None:
            await queued.restart(waiting)
        return to_document(Delivery, row)

    async def reopen(self, delivery_id: str) -> bool:
        """Take up a delivery that was given up; False for others."""
        result = await self._connection.execute(
            update(webhook_deliveries)
            .where(webhook_deliveries.c.id == delivery_id, webhook_deliveries.c.state == "failed")
            .values(state="pending", attempts=0, due_at=func.clock_timestamp())
        )
        return result.rowcount == 1

    async def count_failure(self, delivery_id: str, *, disable_at: int) -> None:
        """A delivery was given up; the ``disable_at``-th in a row disables its address."""
        delivery, target = webhook_deliveries.c, webhook_targets.c
        failures = target.failures + 1
        disabled_at = func.now() if disable_at <= 1 else literal(None, target.disabled_at.type)
        address = select(delivery.tenant_id, delivery.url, literal(1), disabled_at).where(
            delivery.id == delivery_id
        )
        is_enough = case((failures >= disable_at, func.now()))
        await self._connection.execute(
            upsert(webhook_targets)
            .from_select(["tenant_id", "url", "failures", "disabled_at"], address)
            .on_conflict_do_update(
                index_elements=["tenant_id", "url"],
                set_={
                    "failures": failures,
                    "disabled_at": func.coalesce(target.disabled_at, is_enough),
                },
            )
        )

    async def forgive(self, delivery_id: str) -> None:
        """A delivery arrived: the address's failures in a row are over."""
        delivery, target = webhook_deliveries.c, webhook_targets.c
        await self._connection.execute(
            update(webhook_targets)
            .where(
                delivery.id == delivery_id,
                target.tenant_id == delivery.tenant_id,
                target.url == delivery.url,
            )
            .values(failures=0, disabled_at=None)
        )

    async def targets(self, tenant_id: str) -> tuple[Target, ...]:
        """The tenant's addresses that have failed."""
        query = (
            select(webhook_targets)
            .where(webhook_targets.c.tenant_id == tenant_id)
            .order_by(webhook_targets.c.id)
        )
        return tuple(to_document(Target, row) for row in await self._connection.execute(query))

    async def enable(self, tenant_id: str, target_id: int) -> Target | None:
        """Send to an address again; None when the tenant has no such one."""
        row = (
            await self._connection.execute(
                update(webhook_targets)
                .where(webhook_targets.c.id == target_id, webhook_targets.c.tenant_id == tenant_id)
                .values(failures=0, disabled_at=None)
                .returning(webhook_targets)
            )
        ).one_or_none()
        return None if row is None else to_document(Target, row)

    async def secrets(self, tenant_id: str) -> tuple[str, ...]:
        """The secrets that sign at the moment, newest first."""
        row = webhook_secrets.c
        query = (
            select(row.secret)
            .where(
                row.tenant_id == tenant_id,
                or_(row.retires_at.is_(None), row.retires_at > func.now()),
            )
            .order_by(row.id.desc())
        )
        return tuple((await self._connection.execute(query)).scalars())

    async def add_secret(self, tenant_id: str, secret: str) -> None:
        """Make ``secret`` the tenant's; those before it retire after SECRET_OVERLAP."""
        row = webhook_secrets.c
        await self._connection.execute(
            update(webhook_secrets)
            .where(row.tenant_id == tenant_id, row.retires_at.is_(None))
            .values(retires_at=func.now() + SECRET_OVERLAP)
        )
        await self._connection.execute(
            insert(webhook_secrets).values(tenant_id=tenant_id, secret=secret)
        )

    async def lock_secrets(self, tenant_id: str) -> None:
        """Let one process at a time make a tenant's secret."""
        lock = func.pg_advisory_xact_lock(func.hashtextextended(tenant_id, 0x5748))
        await self._connection.execute(select(lock))
