"""What an operator does with the caches of the diagnosis."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.table import Table

from examlens.commands.session import (
    Exit,
    complaints,
    console,
    database_address,
    in_database,
)
from examlens.home import Home
from services.diagnose.adapters.cache.pattern import EVERY_KEY, KeyPattern
from services.diagnose.adapters.cache.tier import Entry, TierUnavailable
from services.diagnose.adapters.cache.tiered import TieredCache
from services.diagnose.adapters.taxonomy.tenant_points import TenantPoints
from services.diagnose.domain.points.cache_keys import CacheKind
from services.diagnose.settings import DiagnoseSettings
from services.diagnose.steps.assistant import Assistant
from services.diagnose.steps.cache_warming import WarmQuestion, warm_papers, warm_questions
from services.diagnose.worker import build_assistant, build_cache
from shared.contract.cache_statistics import HitRate
from shared.db.database import Database
from shared.storage.blobs import open_blob_store

cache = typer.Typer(no_args_is_help=True, help="Cached tags of questions, in all tiers.")

FoundT = TypeVar("FoundT")
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


@cache.command("get")
def get(key: str) -> None:
    """Print the value under a key as JSON, of the fastest tier that has it."""
    held = _in_cache(lambda tiers: tiers.get(key))
    if not held:
        complaints.print(f"No tier holds {key}.")
        raise typer.Exit(Exit.REFUSED)
    entry = next(iter(held.values()))
    console.print_json(json.dumps(entry.value, ensure_ascii=False))


@cache.command("exists")
def exists(key: str) -> None:
    """Say which tiers hold a key, and for how much longer; exit code 4 where none does."""
    held = _in_cache(lambda tiers: tiers.get(key))
    for tier, entry in held.items():
        console.print(f"{tier}: {entry.seconds:.0f} s left")
    if not held:
        complaints.print(f"No tier holds {key}.")
        raise typer.Exit(Exit.REFUSED)


@cache.command("set")
def put(
    key: Annotated[str, typer.Argument(help="It begins with a kind: knowledge_points:…")],
    value: Annotated[str, typer.Argument(help="JSON; null says that there is no answer.")],
    seconds: Annotated[float, typer.Option(min=1.0, help="How long it is kept.")] = 86_400.0,
) -> None:
    """Keep a value under a key in every tier."""
    if key.partition(":")[0] not in set(CacheKind):
        complaints.print(f"A key begins with one of {', '.join(CacheKind)}.")
        raise typer.Exit(Exit.USAGE)
    try:
        entry = Entry(json.loads(value), seconds)
    except ValueError:
        complaints.print("The value is not JSON.")
        raise typer.Exit(Exit.USAGE) from None
    _in_cache(lambda tiers: tiers.put(key, entry))


@cache.command("delete")
def delete(keys: Annotated[list[str], typer.Argument()]) -> None:
    """Forget single keys."""
    console.print(f"{_in_cache(lambda tiers: tiers.delete(keys))} entries removed")


@cache.command("clear")
def clear(
    pattern: Annotated[
        str | None,
        typer.Argument(help="Keys, with * and ?: 'paper_template:mathematics:*'."),
    ] = None,
    *,
    kind: Annotated[CacheKind | None, typer.Option(help="All keys of a kind.")] = None,
    is_all: Annotated[bool, typer.Option("--all", help="All keys.")] = False,
) -> None:
    """Forget what is cached; running workers forget their own memory within an hour."""
    if sum((pattern is not None, kind is not None, is_all)) != 1:
        complaints.print("Name a pattern, or a --kind, or say --all.")
        raise typer.Exit(Exit.USAGE)
    meant = EVERY_KEY if is_all else KeyPattern(pattern or f"{kind}:*")
    console.print(f"{_in_cache(lambda tiers: tiers.clear(meant))} entries removed")


@cache.command("stats")
def stats(
    days: Annotated[int, typer.Option(min=1, max=90, help="To look back; 1 is today.")] = 7,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show the hit rate of all processes by kind and tier, and how many entries are kept."""
    rates = in_database(lambda uow: uow.cache_counts.rates(days))
    held = _in_cache(lambda tiers: tiers.held())
    rows = [(rate, held.pop((CacheKind(rate.kind), rate.tier), None)) for rate in rates]
    rows += [
        (HitRate(kind=kind.value, tier=tier, hits=0, misses=0, errors=0), count)
        for (kind, tier), count in held.items()
        if count
    ]
    rows.sort(key=lambda row: (row[0].kind, row[0].tier))
    if as_json:
        found = [
            rate.model_dump() | {"rate": rate.rate, "entries": entries} for rate, entries in rows
        ]
        print(json.dumps({"days": days, "tiers": found}))
        return
    table = Table("kind", "tier", "hits", "misses", "hit rate", "errors", "entries")
    for rate, entries in rows:
        share = "" if rate.rate is None else f"{rate.rate:.1%}"
        kept = "" if entries is None else str(entries)
        counts = (str(rate.hits), str(rate.misses), share, str(rate.errors), kept)
        table.add_row(rate.kind, rate.tier, *counts)
    console.print(table)


def _in_cache(work: Callable[[TieredCache], Awaitable[FoundT]]) -> FoundT:
    """What ``work`` finds in the shared tiers. Raises Exit where one of them does not answer."""

    async def run(settings: DiagnoseSettings) -> FoundT:
        database = Database(settings.database_url, size=2, application="cli")
        tiers = build_cache(settings)
        tiers.keep_in(database)
        try:
            return await work(tiers)
        finally:
            await tiers.close()
            await database.close()

    try:
        return _with_settings(run)
    except TierUnavailable as error:
        complaints.print(f"Not done, or only in part: tier {error} does not answer.")
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

    return _with_settings(run)


def _with_settings(run: Callable[[DiagnoseSettings], Coroutine[Any, Any, FoundT]]) -> FoundT:
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
