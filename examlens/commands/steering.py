"""``examlens cancel`` and ``examlens retry``: of exams, batches and practice papers."""

from enum import StrEnum
from typing import Annotated

import typer

from examlens.commands.session import AddressOption, Exit, KeyOption, complaints, connect, console
from shared.contract.stages import Stage


class Work(StrEnum):
    """What an id is of."""

    EXAM = "exam"
    BATCH = "batch"
    PRACTICE = "practice"


IdArgument = Annotated[str, typer.Argument(help="The exam's id; with --of, another's.")]
WorkOption = Annotated[Work, typer.Option("--of", help="What the id is of.")]


def cancel(
    work_id: IdArgument,
    of: WorkOption = Work.EXAM,
    *,
    erase: Annotated[
        bool, typer.Option("--erase", help="With an exam: its files as well.")
    ] = False,
    url: AddressOption = None,
    api_key: KeyOption = None,
) -> None:
    """Stop work: what waits is dropped, what runs stops at its next step."""
    if erase and of is not Work.EXAM:
        complaints.print("Only the files of an exam are erased by cancelling.")
        raise typer.Exit(Exit.USAGE)
    with connect(url, api_key) as client:
        if of is Work.EXAM:
            console.print_json(client.cancel(work_id, erase=erase).model_dump_json())
        elif of is Work.BATCH:
            console.print_json(client.cancel_batch(work_id).model_dump_json())
        else:
            console.print_json(client.cancel_practice(work_id).model_dump_json())


def retry(
    work_id: IdArgument,
    of: WorkOption = Work.EXAM,
    *,
    from_stage: Annotated[
        Stage | None, typer.Option(help="With an exam: do this stage and all after it again.")
    ] = None,
    url: AddressOption = None,
    api_key: KeyOption = None,
) -> None:
    """Take up again what failed or was cancelled, where it stopped."""
    if from_stage is not None and of is not Work.EXAM:
        complaints.print("Only an exam has stages to begin from.")
        raise typer.Exit(Exit.USAGE)
    with connect(url, api_key) as client:
        if of is Work.EXAM:
            console.print_json(client.retry(work_id, from_stage).model_dump_json())
        elif of is Work.BATCH:
            console.print_json(client.retry_batch(work_id).model_dump_json())
        else:
            console.print_json(client.retry_practice(work_id).model_dump_json())
