"""What an operator brings: questions, a taxonomy, and a tagger trained from the questions."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from examlens.commands.session import (
    Exit,
    blob_store,
    complaints,
    console,
    in_database,
    with_database,
)
from services.diagnose.domain.bank.layouts import BankFormat
from services.gateway.bootstrap import DEFAULT_TENANT
from shared.contract.bank import BankItem
from shared.contract.text_gate import storable, storable_json
from shared.db.database import Database
from shared.db.unit_of_work import UnitOfWork

bank = typer.Typer(no_args_is_help=True, help="The question bank.")
tagger = typer.Typer(no_args_is_help=True, help="Taggers trained from the bank.")
taxonomy = typer.Typer(no_args_is_help=True, help="Taxonomies of one's own.")

TenantOption = Annotated[str, typer.Option(help="Whose; created when it is new.")]
FileArgument = Annotated[Path, typer.Argument(exists=True, dir_okay=False)]
_LONGEST_STEM = 60


@bank.command("import")
def import_(
    file: FileArgument,
    layout: Annotated[BankFormat, typer.Option("--format")] = BankFormat.JSONL,
    subject: Annotated[str | None, typer.Option(help="For records that name none.")] = None,
    tenant: TenantOption = DEFAULT_TENANT,
) -> None:
    """Add the items of FILE. Bad and repeated ones are named by line; doing it again is harmless.

    Ends with 1 when a record was faulty; the others are imported all the same.
    """
    from examlens.bank.importing import ImportReport, import_items  # noqa: PLC0415 -- loads numpy
    from services.diagnose.adapters.taxonomy.tenant_points import TenantPoints  # noqa: PLC0415 -- same

    points = TenantPoints(blob_store())

    async def run(database: Database) -> ImportReport:
        async with database.transaction() as uow:
            tenant_id = await uow.tenants.ensure(tenant)
            own = await points.look_up(uow, tenant_id)
        index = await points.index(own)
        return await import_items(database, tenant_id, file, layout, index, subject, _complain)

    try:
        report = with_database(run)
    except (OSError, UnicodeDecodeError) as error:
        complaints.print(f"{file} cannot be read: {type(error).__name__}", markup=False)
        raise typer.Exit(Exit.USAGE) from None
    console.print(
        f"{report.read} read, {report.added} added, {report.known} known, "
        f"{report.near_copies} near copies, {report.faulty} faulty, "
        f"{report.without_points} without a knowledge point"
    )
    if report.faulty:
        raise typer.Exit(1)


def _complain(line: int, code: str) -> None:
    complaints.print(f"line {line}: {code}", markup=False)


@bank.command("search")
def search(
    text: Annotated[str | None, typer.Argument(help="Part of the stem.")] = None,
    point: Annotated[str | None, typer.Option(help="Id or name of a knowledge point.")] = None,
    subject: Annotated[str | None, typer.Option(help="Key of a subject: mathematics.")] = None,
    easiest: Annotated[float, typer.Option(min=0, max=1)] = 0.0,
    hardest: Annotated[float, typer.Option(min=0, max=1)] = 1.0,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="One item a line.")] = False,
    tenant: TenantOption = DEFAULT_TENANT,
) -> None:
    """Find items by point (and all below it), difficulty and text."""
    is_any = (easiest, hardest) == (0.0, 1.0)

    async def find(uow: UnitOfWork) -> tuple[BankItem, ...]:
        return await uow.bank.search(
            await uow.tenants.ensure(tenant),
            subject=subject,
            point=point,
            text=text,
            difficulty=None if is_any else (easiest, hardest),
            limit=limit,
        )

    items = in_database(find)
    if as_json:
        for item in items:
            print(item.model_dump_json())
        return
    table = Table("difficulty", "type", "points", "stem", "answer")
    for item in items:
        shown = "" if item.difficulty is None else f"{item.difficulty:.2f}"
        names = ", ".join(one.name for one in item.points)
        stem = " ".join(item.stem.split())[:_LONGEST_STEM]
        table.add_row(shown, item.type.value, names, stem, item.answer[:20])
    console.print(table)


@tagger.command("train")
def train(
    subject: Annotated[str, typer.Option(help="Key of the subject.")] = "mathematics",
    language: Annotated[str, typer.Option(help="zh or en.")] = "zh",
    tenant: TenantOption = DEFAULT_TENANT,
) -> None:
    """Train from the bank's items, use the tagger from the next exam on, and print its card."""
    from examlens.bank.training import (  # noqa: PLC0415 -- loads numpy
        LEAST_QUESTIONS,
        TooFewQuestions,
        TrainedTagger,
        train_from_bank,
    )

    blobs = blob_store()

    async def run(database: Database) -> TrainedTagger:
        async with database.transaction() as uow:
            tenant_id = await uow.tenants.ensure(tenant)
        return await train_from_bank(database, blobs, tenant_id, subject, language)

    try:
        trained = with_database(run)
    except TooFewQuestions:
        complaints.print(
            f"Fewer than {LEAST_QUESTIONS} items of {subject} ({language}) have a knowledge point."
        )
        raise typer.Exit(Exit.REFUSED) from None
    print(json.dumps({**trained.card, "blob_key": trained.blob_key}, ensure_ascii=False, indent=1))


@taxonomy.command("import")
def import_taxonomy(
    file: FileArgument,
    subject: Annotated[str | None, typer.Option(help="Key of the subject; needed for CSV.")] = None,
    tenant: TenantOption = DEFAULT_TENANT,
) -> None:
    """Use the taxonomy in FILE (CSV or JSON) instead of ours. Ids that were in use must stay."""
    from services.diagnose.domain.points.taxonomy_document import (  # noqa: PLC0415 -- loads the domain
        TaxonomyError,
        checked_document,
        taxonomy_points,
    )

    async def store(uow: UnitOfWork) -> tuple[str, int, int]:
        tenant_id = await uow.tenants.ensure(tenant)
        given = _read_taxonomy(file, subject)
        former = await uow.taxonomies.find(tenant_id, str(given.get("subject")))
        document = checked_document(given, former.document if former else None)
        key = document["subject"]
        version = await uow.taxonomies.replace(tenant_id, key, document)
        return key, version, len(tuple(taxonomy_points(document["points"], key)))

    try:
        key, version, count = in_database(store)
    except TaxonomyError as error:
        for fault in error.faults:
            complaints.print(f"{fault.place}: {fault.code}", markup=False)
        raise typer.Exit(Exit.USAGE) from None
    except (OSError, ValueError) as error:
        complaints.print(f"{file} cannot be read: {type(error).__name__}", markup=False)
        raise typer.Exit(Exit.USAGE) from None
    console.print(f"{key}: {count} points, version {version}")


def _read_taxonomy(file: Path, subject: str | None) -> dict[str, object]:
    from services.diagnose.domain.points.taxonomy_csv import document_from_csv  # noqa: PLC0415
    from services.diagnose.domain.points.taxonomy_document import (  # noqa: PLC0415 -- see above
        Fault,
        TaxonomyError,
    )

    text = storable(file.read_text(encoding="utf-8-sig"))
    if file.suffix.casefold() == ".csv":
        if subject is None:
            raise TaxonomyError([Fault("--subject", "bad_subject")])
        return document_from_csv(text, subject)
    # Escapes may spell what the text itself does not hold.
    document = storable_json(json.loads(text))
    if not isinstance(document, dict):
        raise TaxonomyError([Fault("document", "no_points")])
    return {**document, "subject": subject} if subject is not None else document
