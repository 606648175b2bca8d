"""What a service writes, and the stage runner runs."""

from typing import Any, Protocol, runtime_checkable

from shared.contract.messages import StageTask
from shared.contract.stages import Stage
from shared.db.database import Database
from shared.db.unit_of_work import UnitOfWork


class PipelineStage(Protocol):
    """A stage of the pipeline: three methods. Only ``compute`` may be slow.

    Whatever one of them raises counts as a failed attempt.
    """

    stage: Stage

    async def load(self, uow: UnitOfWork, task: StageTask) -> Any:
        """Read the input in a short transaction of its own."""
        ...

    async def compute(self, work: Any, /) -> Any:
        """Make the output; holds no connection and no lock, and may be repeated."""
        ...

    async def save(self, uow: UnitOfWork, task: StageTask, output: Any, /) -> None:
        """Replace this stage's rows inside the recording transaction."""
        ...


@runtime_checkable
class ConnectedStage(Protocol):
    """A stage with connections of its own. It may use the pool too, but never while it waits."""

    def connect(self, database: Database) -> None:
        """Called once, before the first task."""
        ...

    async def disconnect(self) -> None:
        """Called once, behind the last task, on the loop that ran them."""
        ...
