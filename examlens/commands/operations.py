"""What an operator does: API keys and dead letters, straight in the database."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.table import Column, Table

from examlens.commands.session import Exit, complaints, console, exam_column, in_database
from services.gateway.bootstrap import DEFAULT_TENANT, create_key
from services.gateway.domain.access.keys import Scope
from shared.contract.failures import FailureCode
from shared.db.repositories.dead_letters import DeadLetter
from shared.db.repositories.job_counts import DeadJob
from shared.db.unit_of_work import UnitOfWork
from shared.messaging import runs
from shared.messaging.job_decisions import discard_job, replay_job

keys = typer.Typer(no_args_is_help=True, help="API keys.")
tenants = typer.Typer(no_args_is_help=True, help="Schools and others that share this system.")
dead_letters = typer.Typer(
    no_args_is_help=True, help="Tasks of exams, and jobs, that used up their attempts."
)

LetterId = Annotated[str, typer.Argument(help="A number, or the UUID of a job; see `list`.")]
_MOST_ID = 2**63 - 1
#: Jobs that one `replay --all` begins anew.
_MOST_JOBS = 10_000


@keys.command("create")
def create(
    name: str,
    scope: Annotated[list[Scope], typer.Option(help="May be repeated.")] = [  # noqa: B006 -- typer reads it once
        Scope.SUBMIT,
        Scope.READ,
    ],
    tenant: Annotated[str, typer.Option(help="Created when it is new.")] = DEFAULT_TENANT,
) -> None:
    """Make a key and print it; it cannot be shown again."""
    print(in_database(lambda uow: create_key(uow, name=name, scopes=scope, tenant=tenant)))


@keys.command("list")
def list_keys() -> None:
    """Show all keys without their secrets."""
    table = Table("id", "name", "scopes", "created", "revoked")
    for key in in_database(lambda uow: uow.api_keys.list()):
        created = key.created_at.strftime("%Y-%m-%d %H:%M")
        revoked = key.revoked_at.strftime("%Y-%m-%d %H:%M") if key.revoked_at else ""
        table.add_row(key.id, key.name, " ".join(key.scopes), created, revoked)
    console.print(table)


@keys.command("revoke")
def revoke(key_id: str) -> None:
    """End a key for good."""
    if not in_database(lambda uow: uow.api_keys.revoke(key_id)):
        complaints.print(f"There is no key {key_id} in force.")
        raise typer.Exit(Exit.REFUSED)


@tenants.command("list")
def list_tenants() -> None:
    """Show all tenants with their time zones."""
    table = Table("tenant", "time zone")
    for name, zone in in_database(lambda uow: uow.tenants.list()):
        table.add_row(name, zone or "")
    console.print(table)


@tenants.command("time-zone")
def set_time_zone(
    zone: Annotated[str, typer.Argument(help="IANA name, such as Asia/Shanghai.")],
    tenant: Annotated[str, typer.Option(help="Whose dates are meant.")] = DEFAULT_TENANT,
) -> None:
    """Say where a tenant's people are: dates in new reports and class pages are theirs."""
    try:
        found = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        complaints.print(f"{zone} is no IANA time zone.")
        raise typer.Exit(Exit.USAGE) from None
    if not in_database(lambda uow: uow.tenants.set_time_zone(tenant, found)):
        complaints.print(f"There is no tenant {tenant}.")
        raise typer.Exit(Exit.REFUSED)


@dead_letters.command("list")
def list_dead_letters() -> None:
    """Show what nobody has decided about yet."""
    table = Table(
        Column("id", overflow="fold"),
        exam_column(),
        Column("stage", overflow="fold"),
        "page",
        # Folded and not cut, so that nothing is lost.
        Column("code", overflow="fold"),
        Column("error", overflow="fold"),
        Column("since", overflow="fold"),
    )
    for letter in in_database(lambda uow: uow.dead_letters.list()):
        since = letter.created_at.strftime("%Y-%m-%d %H:%M:%S")
        page = str(letter.page or "")
        row = (str(letter.id), letter.exam_id, letter.stage.value, page, letter.code, letter.error)
        table.add_row(*row, since)
    for job in in_database(lambda uow: uow.job_counts.dead()):
        since = job.finished_at.strftime("%Y-%m-%d %H:%M:%S")
        table.add_row(job.id, job.subject_id, job.kind.value, "", job.error_code, job.error, since)
    console.print(table)


@dead_letters.command("show")
def show(letter_id: LetterId) -> None:
    """Print one dead letter: with its message, or the job that it is."""

    async def find(uow: UnitOfWork) -> DeadLetter | DeadJob:
        return await _get(uow, letter_id)

    console.print_json(in_database(find).model_dump_json())


@dead_letters.command("replay")
def replay(
    letter_id: Annotated[str | None, typer.Argument(help="One letter; see `list`.")] = None,
    *,
    is_all: Annotated[bool, typer.Option("--all", help="All that nobody decided on.")] = False,
    code: Annotated[FailureCode | None, typer.Option(help="With --all: only these.")] = None,
) -> None:
    """Resume exams at the stage that failed, and begin jobs anew; finished pages are kept."""
    if (letter_id is None) is not is_all or (code is not None and not is_all):
        complaints.print("Name one letter, or say --all, with or without --code.")
        raise typer.Exit(Exit.USAGE)
    if letter_id is not None:
        _decide(lambda uow: _resume(uow, letter_id))
        return
    refused = 0
    letters = in_database(lambda uow: uow.dead_letters.list_ids(code))
    jobs = in_database(lambda uow: uow.job_counts.dead(limit=_MOST_JOBS))
    chosen_jobs = [job.id for job in jobs if code in {None, job.error_code}]
    for chosen in [*map(str, letters), *chosen_jobs]:
        # One transaction each: a letter that somebody decides on meanwhile stops no other.
        try:
            console.print(in_database(partial(_resume, letter_id=chosen)))
        except runs.RunConflict as conflict:
            complaints.print(f"{chosen}: not possible: {conflict.code}.")
            refused += 1
    if refused:
        raise typer.Exit(Exit.REFUSED)


@dead_letters.command("discard")
def discard(letter_id: LetterId) -> None:
    """Leave the exam failed, or the job undone, and take the letter off the list."""

    async def drop(uow: UnitOfWork) -> str:
        found = await _get(uow, letter_id)
        if isinstance(found, DeadJob):
            await discard_job(uow, found)
        else:
            await runs.discard(uow, found)
        return f"{letter_id} discarded"

    _decide(drop)


def _decide(work: Callable[[UnitOfWork], Awaitable[str]]) -> None:
    try:
        console.print(in_database(work))
    except runs.RunConflict as conflict:
        complaints.print(f"Not possible: {conflict.code}.")
        raise typer.Exit(Exit.REFUSED) from None


async def _resume(uow: UnitOfWork, letter_id: str) -> str:
    found = await _get(uow, letter_id)
    if isinstance(found, DeadJob):
        await replay_job(uow, found)
        return f"{found.kind.value} of {found.subject_id} begins anew"
    exam = await runs.replay(uow, found)
    return f"{exam.id} resumes as run {exam.run} at {exam.status.value}"


async def _get(uow: UnitOfWork, letter_id: str) -> DeadLetter | DeadJob:
    """A number is a letter's of an exam's task, a UUID a job's."""
    found: DeadLetter | DeadJob | None = None
    if letter_id.isdecimal():
        found = await uow.dead_letters.find(min(int(letter_id), _MOST_ID))
    else:
        with suppress(ValueError):
            found = await uow.job_counts.find_dead(str(UUID(letter_id)))
    if found is None:
        complaints.print(f"There is no dead letter {letter_id}.")
        raise typer.Exit(Exit.REFUSED)
    return found
