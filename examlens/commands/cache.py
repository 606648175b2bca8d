"""What an operator does with the caches of the diagnosis."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from examlens.commands.session import Exit, complaints, console, database_address
from examlens.home import Home
from services.diagnose.adapters.cache.tier import TierUnavailable
from services.diagnose.adapters.taxonomy.tenant_points import TenantPoints
from services.diagnose.domain.points.cache_keys import CacheKind
from services.diagnose.settings import DiagnoseSettings
from services.diagnose.steps.assistant import Assistant
from services.diagnose.steps.cache_warming import WarmQuestion, warm_papers, warm_questions
from services.diagnose.worker import build_assistant
from shared.db.database import Database
from shared.storage.blobs import open_blob_store

cache = typer.Typer(no_args_is_help=True, help="Cached tags of questions.")

Work = Callable[[Database, Assistant, TenantPoints], Awaitable[str]]


@cache.command("warm")
def warm(
    file: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help='JSON lines {"subject", "stem", "options": [...]}, instead of the stored papers.',
        ),
    ] = None,
) -> None:
    """Tag questions before exams ask for them: those of all papers whose keys hold stems."""
    questions = None if file is None else _read(file)

    async def fill(database: Database, assistant: Assistant, points: TenantPoints) -> str:
        if questions is None:
            warmed = await warm_papers(database, assistant, points)
        else:
            warmed = await warm_questions(assistant, points, questions)
        said = f"{warmed.questions} questions, {warmed.tagged} of them have knowledge points"
        if warmed.usage is not None:
            said += f"; {warmed.usage.calls} calls of {warmed.usage.engine}"
            said += "".join(f", {n} x {why}" for why, n in warmed.usage.failures.items())
        return said

    console.print(_run(fill))


@cache.command("clear")
def clear(
    kind: Annotated[CacheKind | None, typer.Option(help="All kinds when it is left out.")] = None,
) -> None:
    """Forget what is cached; running workers forget their own memory within an hour."""

    async def empty(_: Database, assistant: Assistant, __: TenantPoints) -> str:
        return f"{await assistant.clear(kind)} entries removed"

    try:
        console.print(_run(empty))
    except TierUnavailable as error:
        complaints.print(f"Not everything was removed: tier {error} does not answer.")
        raise typer.Exit(Exit.UNREACHABLE) from None


def _run(work: Work) -> str:
    async def run(settings: DiagnoseSettings) -> str:
        database = Database(settings.database_url, size=2, application="cli")
        assistant = build_assistant(settings)
        assistant.open(database)
        try:
            points = TenantPoints(open_blob_store(settings.blob_url))
            return await work(database, assistant, points)
        finally:
            await assistant.close()
            await database.close()

    with database_address() as address:
        embedded: dict[str, Any] = {}
        if "DATABASE_URL" not in os.environ:
            embedded["blob_url"] = str(Home.from_environment().blobs)
        return asyncio.run(run(DiagnoseSettings(database_url=address, **embedded)))


def _read(file: Path) -> list[WarmQuestion]:
    found = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
            text = " ".join((str(fields["stem"]), *map(str, fields.get("options", ()))))
            found.append(WarmQuestion(fields.get("subject"), text))
        except (ValueError, LookupError, TypeError, AttributeError):
            complaints.print(f"{file.name}, line {number}: not a question")
            raise typer.Exit(Exit.USAGE) from None
    return found
