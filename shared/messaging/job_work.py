"""What a service writes for a kind of job, and the job runner runs."""

from typing import Any, Protocol

from shared.contract.failures import FailureCode
from shared.contract.jobs import Job, JobKind
from shared.db.database import Database
from shared.db.repositories.jobs import JobLease
from shared.db.unit_of_work import UnitOfWork


class JobWork(Protocol):
    """One kind of job. Only ``compute`` may be slow.

    Whatever ``load`` and ``compute`` raise counts as a failed attempt. The others write about the
    job's subject, in the transaction that moves the job.
    """

    kind: JobKind

    async def load(self, uow: UnitOfWork, job: Job, /) -> Any | None:
        """Read the input in a short transaction of its own; None when nobody wants the job.

        It locks the subject's row, so that whoever wants the job meanwhile finds it dropped.
        """
        ...

    async def compute(self, database: Database, work: Any, /) -> Any:
        """Make the output; may be repeated. It may look something up in short transactions."""
        ...

    async def save(self, uow: UnitOfWork, lease: JobLease, output: Any, /) -> bool:
        """Record the output; True when the job has to be done once more, anew."""
        ...

    async def postpone(
        self, uow: UnitOfWork, lease: JobLease, error: Exception, rest_seconds: float, /
    ) -> None:
        """Tell the subject that another attempt follows."""
        ...

    async def give_up(
        self, uow: UnitOfWork, lease: JobLease, code: FailureCode, error: Exception | None, /
    ) -> None:
        """Tell the subject that nobody tries again; ``error`` is None when its workers vanished."""
        ...
