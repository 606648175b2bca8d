"""Going on with an exam's next stage without a message, where the same worker would get it."""

import asyncio
from collections.abc import Iterable

from shared.contract.stages import SPECS, Stage
from shared.messaging.attempt.company import Company
from shared.messaging.pipeline_stage import PipelineStage

#: After this time the next stage waits for its message. A delivery ends well within Dramatiq's time
#: limit, whatever the last stage takes, and RabbitMQ does not wait long for its acknowledgement.
MOST_SECONDS = 60.0


class Succession:
    """The stages that a worker process serves, and when it may go on from one to the next.

    It may go on when the next task would be its own anyway and nobody is passed over; the database
    decides that (``StageLife.finish``). Here is what only the process knows: whether it serves the
    next stage, is being stopped, or has a suspect that waits to be alone.
    """

    def __init__(self, stages: Iterable[PipelineStage], company: Company) -> None:
        self._stages = {stage.stage: stage for stage in stages}
        self._company = company
        self._is_over = False

    @property
    def served(self) -> tuple[Stage, ...]:
        """The stages of this process."""
        return tuple(self._stages)

    def end(self) -> None:
        """Begin nothing more without a message: the process is asked to stop."""
        self._is_over = True

    def after(self, stage: Stage, begun_at: float) -> PipelineStage | None:
        """What a delivery that began at ``begun_at``, by the loop's clock, may go on with."""
        successor = SPECS[stage].successor
        if self._is_over or successor is None or self._company.is_awaited:
            return None
        if asyncio.get_running_loop().time() - begun_at > MOST_SECONDS:
            return None
        return self._stages.get(successor)
