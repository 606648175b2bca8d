"""Division of batches by a process of its own."""

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import structlog

from services.ingest.adapters.division.division_order import DivisionOrder
from services.ingest.domain.division.refusal import Refused
from shared.contract.api.problem_codes import ProblemCode

log = structlog.get_logger(__name__)

_PATIENCE_SECONDS = 240.0
_MODULE = "services.ingest.adapters.division.division_process"


@dataclass(frozen=True, slots=True)
class DividedPart:
    """One student's files on disk; ``name`` is what the archive calls them, if it does."""

    name: str | None
    files: tuple[Path, ...]


async def divide(order: DivisionOrder) -> tuple[DividedPart, ...]:
    """Have the process divide; the parts in order.

    Raises Refused: ``broken_pdf`` or ``broken_archive`` when the process did not survive, otherwise
    what the process says.
    """
    output = await _run(order)
    if output is None:
        raise Refused(ProblemCode.BROKEN_PDF if order.is_pdf else ProblemCode.BROKEN_ARCHIVE)
    outcome = json.loads(output)
    if "problem" in outcome:
        raise Refused(ProblemCode(outcome["problem"]), **outcome["extensions"])
    folder = Path(order.folder)
    return tuple(
        DividedPart(
            part["name"], tuple(folder / f"{number}-{file}" for file in range(part["files"]))
        )
        for number, part in enumerate(outcome["parts"])
    )


async def _run(order: DivisionOrder) -> bytes | None:
    """What the process wrote; None when it failed, was ended by its limits or took too long."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        _MODULE,
        order.model_dump_json(),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        # A traceback may quote what was sent.
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            output, _ = await process.communicate()
    except TimeoutError:
        output = b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        log.info("division.failed", exit_status=process.returncode)
        return None
    return output
