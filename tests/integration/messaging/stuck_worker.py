"""A worker whose first page never ends: it computes for ever in a thread that nobody can stop.

``python -m tests.integration.messaging.stuck_worker``; STUCK_MARK is a file that tells it has been.
"""

import asyncio
import os
from pathlib import Path

from benchmarks.empty_stages import EmptyStage
from shared.contract.messages import StageTask
from shared.contract.stages import Stage
from shared.messaging.worker import run_worker
from shared.settings import ServiceSettings


def spin() -> None:
    """Hold a core and, in turns, the interpreter."""
    while True:
        pass


class StuckStage(EmptyStage):
    """Computes nothing but, at the first time, for ever."""

    def __init__(self, stage: Stage, mark: Path) -> None:
        super().__init__(stage, 1)
        self._mark = mark

    async def compute(self, task: StageTask) -> StageTask:
        """The task itself."""
        if self.stage is Stage.OCR and not self._mark.exists():
            self._mark.touch()
            await asyncio.to_thread(spin)
        return task


if __name__ == "__main__":
    run_worker(
        "benchmark",
        ServiceSettings(),
        lambda _, __: tuple(StuckStage(stage, Path(os.environ["STUCK_MARK"])) for stage in Stage),
    )
