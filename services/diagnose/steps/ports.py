"""What the steps ask of engines and files. The composition root passes the adapters in."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from services.diagnose.domain.model.answers import AnswerT
from services.diagnose.domain.model.failures import Reason
from services.diagnose.domain.model.redaction import Redactor
from services.diagnose.domain.points.cache_keys import CacheKind, Compute
from services.diagnose.domain.points.point_index import PointIndex
from services.diagnose.domain.points.tenant_index import TenantIndex
from shared.contract.model_usage import ModelUsage
from shared.contract.notes import Note
from shared.db.database import Database
from shared.db.unit_of_work import UnitOfWork

#: The text of a lecture file, given its bytes and its media type. Raises PermanentFailure.
LectureReader = Callable[[bytes, str], str]


class PointCache(Protocol):
    """Keeps what was computed, and computes each missing key once at a time."""

    def keep_in(self, database: Database) -> None:
        """Keep values in ``database`` as well."""
        ...

    async def fetch(self, kind: CacheKind, keys: Sequence[str], compute: Compute) -> dict[str, Any]:
        """The value of every key; None is a value too. What ``compute`` raises is raised."""
        ...

    async def close(self) -> None:
        """Give connections back."""
        ...


class ModelSession(Protocol):
    """A model that is asked for one exam. It counts its failures and never raises them."""

    @property
    def engine(self) -> str:
        """The model's name."""
        ...

    @property
    def redactor(self) -> Redactor:
        """Takes personal data out of what is sent."""
        ...

    async def ask(
        self,
        task: str,
        words: Mapping[str, str],
        data: Mapping[str, Any],
        answer: type[AnswerT],
        *,
        max_tokens: int,
        check: Callable[[AnswerT], None] | None = None,
        is_splittable: bool = False,
    ) -> AnswerT | None:
        """The answer about ``data``; None when the local engine has to answer.

        ``task`` is the prompt's name, and ``words`` are put into the prompt. ``check`` raises
        UnusableAnswer for an answer that cannot be true. A request that ``is_splittable`` raises
        ModelFailure when its answer was cut.
        """
        ...

    def count_failure(self, reason: Reason) -> None:
        """Count a request that is left to the local engine."""
        ...

    def usage(self) -> ModelUsage:
        """What was used so far."""
        ...

    def notes(self) -> tuple[Note, ...]:
        """``model_fallback:reason`` for each reason why the local engine had to answer."""
        ...


class ModelSessions(Protocol):
    """Opens a session for each stage of an exam."""

    def keep_in(self, database: Database) -> None:
        """Share the day's spend with other processes through ``database``."""
        ...

    def open(
        self, redactor: Redactor, spent: float = 0.0
    ) -> AbstractAsyncContextManager[ModelSession]:
        """A session; ``spent`` is what earlier stages of the exam cost."""
        ...

    async def close(self) -> None:
        """Give connections back."""
        ...


class TenantIndexes(Protocol):
    """The point index of each tenant."""

    async def look_up(self, uow: UnitOfWork, tenant_id: str) -> TenantIndex:
        """What the tenant has imported; for a stage's ``load``."""
        ...

    async def index(self, tenant: TenantIndex) -> PointIndex:
        """The tenant's index; for a stage's ``compute``, because it may read files."""
        ...
