"""Division of batches by a process of its own, few at a time."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import structlog

from services.gateway.adapters.division.division_order import DivisionOrder
from services.gateway.domain.protocol.problems import Problem
from shared.contract.api.problem_codes import ProblemCode

log = structlog.get_logger(__name__)

#: Dividing is the gateway's only heavy work. More at once would slow its answers.
_AT_ONCE = 2
_PATIENCE_SECONDS = 240.0
_CHUNK_BYTES = 1 << 18
_MODULE = "services.gateway.adapters.division.division_process"


@dataclass(frozen=True, slots=True)
class DividedPart:
    """One student's files on disk; ``name`` is what the archive calls them, if it does."""

    name: str | None
    files: tuple[Path, ...]


class Divider:
    """Starts the process, waits for it, and turns its end into parts or a problem."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def divide(self, order: DivisionOrder) -> tuple[DividedPart, ...]:
        """The parts in order.

        Raises Problem: ``broken_pdf`` or ``broken_archive`` when the process did not survive,
        otherwise the problem that the process names.
        """
        broken = ProblemCode.BROKEN_PDF if order.is_pdf else ProblemCode.BROKEN_ARCHIVE
        async with self._places:
            output = await self._run(order)
        if output is None:
            raise Problem(broken)
        outcome = json.loads(output)
        if "problem" in outcome:
            raise Problem(ProblemCode(outcome["problem"]), **outcome["extensions"])
        folder = Path(order.folder)
        return tuple(
            DividedPart(
                part["name"], tuple(folder / f"{number}-{file}" for file in range(part["files"]))
            )
            for number, part in enumerate(outcome["parts"])
        )

    async def _run(self, order: DivisionOrder) -> bytes | None:
        """What the process wrote; None when it failed, was ended by its limits or took too long."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            _MODULE,
            order.to_json(),
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


async def file_chunks(path: Path) -> AsyncIterator[bytes]:
    """The bytes of a file, read off the event loop."""
    with path.open("rb") as source:
        while chunk := await asyncio.to_thread(source.read, _CHUNK_BYTES):
            yield chunk
