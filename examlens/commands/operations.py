"""What an operator does: API keys and dead letters, straight in the database."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.table import Column, Table

from examlens.commands.session import Exit, complaints, console, exam_column, in_database
from services.gateway.bootstrap import DEFAULT_TENANT, create_key
from services.gateway.domain.access.keys import Scope
from shared.contract.failures import FailureCode
from shared.db.repositories.dead_letters import DeadLetter
from shared.db.unit_of_work import UnitOfWork
from shared.messaging import runs

keys = typer.Typer(no_args_is_help=True, help="API keys.")
tenants = typer.Typer(no_args_is_help=True, help="Schools and others that share this system.")
dead_letters = typer.Typer(no_args_is_help=True, help="Tasks that used up their attempts.")


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
        "id",
        exam_column(),
        "stage",
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
    console.print(table)


@dead_letters.command("show")
def show(letter_id: int) -> None:
    """Print one dead letter with its message."""

    async def find(uow: UnitOfWork) -> DeadLetter:
        return await _get(uow, letter_id)

    console.print_json(in_database(find).model_dump_json())


@dead_letters.command("replay")
def replay(
    letter_id: Annotated[int | None, typer.Argument(help="One letter; see `list`.")] = None,
    *,
    is_all: Annotated[bool, typer.Option("--all", help="All that nobody decided on.")] = False,
    code: Annotated[FailureCode | None, typer.Option(help="With --all: only these.")] = None,
) -> None:
    """Resume exams at the stage that failed; finished pages are kept."""
    if (letter_id is None) is not is_all or (code is not None and not is_all):
        complaints.print("Name one letter, or say --all, with or without --code.")
        raise typer.Exit(Exit.USAGE)
    if letter_id is not None:
        _decide(lambda uow: _resume(uow, letter_id))
        return
    refused = 0
    for chosen in in_database(lambda uow: uow.dead_letters.list_ids(code)):
        # One transaction each: a letter that somebody decides on meanwhile stops no other.
        try:
            console.print(in_database(partial(_resume, letter_id=chosen)))
        except runs.RunConflict as conflict:
            complaints.print(f"{chosen}: not possible: {conflict.code}.")
            refused += 1
    if refused:
        raise typer.Exit(Exit.REFUSED)


@dead_letters.command("discard")
def discard(letter_id: int) -> None:
    """Leave the exam failed and take the letter off the list."""

    async def drop(uow: UnitOfWork) -> str:
        await runs.discard(uow, await _get(uow, letter_id))
        return f"{letter_id} discarded"

    _decide(drop)


def _decide(work: Callable[[UnitOfWork], Awaitable[str]]) -> None:
    try:
        console.print(in_database(work))
    except runs.RunConflict as conflict:
        complaints.print(f"Not possible: {conflict.code}.")
        raise typer.Exit(Exit.REFUSED) from None


async def _resume(uow: UnitOfWork, letter_id: int) -> str:
    exam = await runs.replay(uow, await _get(uow, letter_id))
    return f"{exam.id} resumes as run {exam.run} at {exam.status.value}"


async def _get(uow: UnitOfWork, letter_id: int) -> DeadLetter:
    letter = await uow.dead_letters.find(letter_id)
    if letter is None:
        complaints.print(f"There is no dead letter {letter_id}.")
        raise typer.Exit(Exit.REFUSED)
    return letter
