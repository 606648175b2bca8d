"""Where commands find their gateway and database, and how they end."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Column

from examlens.client import ExamLensClient, ExamLensError, GatewayUnreachable, WaitTimeout
from examlens.home import Home
from examlens.servers.postgres import PrivatePostgres
from shared.contract.api.submissions import PriorityName
from shared.contract.failures import Language
from shared.db.database import Database
from shared.db.unit_of_work import UnitOfWork
from shared.settings import ServiceSettings
from shared.storage.blobs import BlobStore, open_blob_store

DEFAULT_ADDRESS = "http://127.0.0.1:8000"
ResultT = TypeVar("ResultT")

console = Console(highlight=False)
complaints = Console(stderr=True, highlight=False)

AddressOption = Annotated[
    str | None,
    typer.Option("--url", envvar="EXAMLENS_URL", help="Address of the gateway."),
]
KeyOption = Annotated[
    str | None,
    typer.Option("--api-key", envvar="EXAMLENS_API_KEY", help="API key (exl_…)."),
]
#: What is declared of one paper and of a class alike.
AnswerKeyOption = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, help="Answer key, JSON, CSV or xlsx.")
]
PaperOption = Annotated[str | None, typer.Option(help="A paper whose key is stored.")]
PriorityOption = Annotated[PriorityName, typer.Option()]
LanguageOption = Annotated[Language, typer.Option(help="Language of the reports.")]
ForceOption = Annotated[
    bool, typer.Option("--force", help="Take it even if it was submitted before.")
]


def exam_column() -> Column:
    """A table's column of exam ids. People copy ids, so even a narrow terminal shows them whole."""
    return Column("exam", no_wrap=True, min_width=36)


class Exit(IntEnum):
    """What the exit status of a command says."""

    OK = 0
    #: The exam ended as FAILED, CANCELLED or DUPLICATE.
    EXAM_NOT_COMPLETED = 1
    #: The command line was wrong (typer's own number).
    USAGE = 2
    #: Nobody answers at the address.
    UNREACHABLE = 3
    #: The gateway refused; what it said is printed.
    REFUSED = 4
    #: The exam had not ended in time; it goes on.
    TIMEOUT = 5


@contextmanager
def connect(address: str | None, key: str | None) -> Iterator[ExamLensClient]:
    """A client of the gateway that was named, or of the embedded one of this machine."""
    home = Home.from_environment()
    token = key or home.key()
    if token is None:
        complaints.print(
            "No API key: pass --api-key or set EXAMLENS_API_KEY. `examlens serve` prints one at "
            "its first start; `examlens keys create` makes more."
        )
        raise typer.Exit(Exit.USAGE)
    target = address or home.address() or DEFAULT_ADDRESS
    try:
        with ExamLensClient(target, token) as client:
            yield client
    except GatewayUnreachable:
        complaints.print(f"Nobody answers at {target}. Start one with `examlens serve`.")
        raise typer.Exit(Exit.UNREACHABLE) from None
    except ExamLensError as error:
        complaints.print(f"{error.title} ({error.code}). {error.detail}".strip())
        raise typer.Exit(Exit.REFUSED) from None
    except WaitTimeout:
        complaints.print("The exam has not ended yet; it goes on. Ask with `examlens status`.")
        raise typer.Exit(Exit.TIMEOUT) from None


def in_database(work: Callable[[UnitOfWork], Awaitable[ResultT]]) -> ResultT:
    """Run ``work`` in one transaction on DATABASE_URL, or on this machine's embedded database."""

    async def run(database: Database) -> ResultT:
        async with database.transaction() as uow:
            return await work(uow)

    return with_database(run)


def with_database(work: Callable[[Database], Awaitable[ResultT]]) -> ResultT:
    """Run ``work``, which opens its own transactions, on the same database as ``in_database``."""

    async def run(url: str) -> ResultT:
        database = Database(url, size=1, application="cli")
        try:
            return await work(database)
        finally:
            await database.close()

    with database_address() as address:
        return asyncio.run(run(address))


@contextmanager
def database_address() -> Iterator[str]:
    """DATABASE_URL, or the address of the embedded database, which runs inside the block."""
    given = os.environ.get("DATABASE_URL")
    if given:
        yield given
        return
    home = Home.from_environment()
    if not home.postgres.exists():
        complaints.print("No database: set DATABASE_URL, or run `examlens serve` once.")
        raise typer.Exit(Exit.USAGE)
    server = PrivatePostgres(home.postgres).start()
    try:
        yield server.url
    finally:
        server.release()


def blob_store() -> BlobStore:
    """The blob store that belongs to the database: EXAMLENS_BLOB_URL, or the embedded one's."""
    given = os.environ.get("EXAMLENS_BLOB_URL")
    if given:
        return open_blob_store(given)
    if os.environ.get("DATABASE_URL"):
        return open_blob_store(str(ServiceSettings.model_fields["blob_url"].default))
    return open_blob_store(str(Home.from_environment().blobs))
