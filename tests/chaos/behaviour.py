"""How exams of a chaos run behave, and the services that run them.

An exam's student reference says how it behaves: ``steady``, ``flaky`` (its first attempts fail),
``slow``, ``bad`` (its input is refused), ``deadly`` (it ends the process that touches it),
``greedy`` (it takes memory until its process is ended) or ``stubborn`` (every attempt of its first
run fails).
"""

import asyncio
import os
import time
from functools import partial

from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.services import WORKERS
from shared.contract.stages import Stage
from shared.messaging.stage_runner import PipelineStage
from shared.settings import ServiceSettings
from shared.storage.blobs import BlobStore
from tests.chaos.memory import HOARD_BYTES
from tests.chaos.quick_stages import QuickStage, Work

_BIT_BYTES = 20_000_000
SERVICES: dict[str, tuple[Stage, ...]] = {worker.name: worker.stages for worker in WORKERS}


#: What exams of each behaviour end as, if nobody interferes.
_ENDS = {
    "steady": "COMPLETED",
    "flaky": "COMPLETED",
    "slow": "COMPLETED",
    "bad": "FAILED broken_image",
    "deadly": "FAILED crashed_worker",
    "greedy": "FAILED crashed_worker",
    "stubborn": "FAILED attempts_exhausted",
}


def expected_end(student_ref: str) -> str:
    """What the student's exam ends as by itself."""
    return _ENDS[behaviour_of(student_ref)]


def behaviour_of(student_ref: str | None) -> str:
    """The word before the first dash of the student reference."""
    return (student_ref or "steady").partition("-")[0]


async def behave(work: Work, *, pause_seconds: float) -> None:
    """Do what the exam's student reference says."""
    behaviour, stage = behaviour_of(work.exam.student_ref), work.task.stage
    if behaviour == "deadly" and stage is Stage.OCR:
        os._exit(9)
    if behaviour == "greedy" and stage is Stage.OCR:
        await asyncio.to_thread(_hoard)
    if behaviour == "bad" and stage is Stage.INGEST:
        raise PermanentFailure(FailureCode.BROKEN_IMAGE)
    if behaviour == "flaky" and stage is Stage.PARSING and work.attempt < 3:
        raise ConnectionError("an engine is away")
    if behaviour == "stubborn" and stage is Stage.PARSING and work.exam.run == 1:
        raise ConnectionError("an engine is away for long")
    is_slow = behaviour == "slow" and stage is Stage.OCR
    await asyncio.sleep(pause_seconds * (40 if is_slow else 1))


def _hoard() -> None:
    """Take memory, a bit at a time, until somebody ends this process."""
    kept = []
    for _ in range(HOARD_BYTES // _BIT_BYTES):
        # Written to, because pages that nobody touched cost nothing.
        kept.append(b"x" * _BIT_BYTES)
        time.sleep(0.01)
    del kept


def quick_factory(service: str, pause_seconds: float):  # noqa: ANN201 -- a StageFactory
    """Builds the quick stages of ``service``."""
    before_work = partial(behave, pause_seconds=pause_seconds)

    def build_stages(_: ServiceSettings, blobs: BlobStore) -> tuple[PipelineStage, ...]:
        return tuple(QuickStage(stage, blobs, before_work) for stage in SERVICES[service])

    return build_stages
