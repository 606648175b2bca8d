"""Submitting the papers of a class, and following them."""

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from examlens.client import ExamLensClient
from examlens.commands.exams import progress_bars, store_answer_key
from examlens.commands.session import (
    AddressOption,
    AnswerKeyOption,
    Exit,
    ForceOption,
    KeyOption,
    LanguageOption,
    PaperOption,
    PriorityOption,
    connect,
    console,
    exam_column,
)
from shared.contract.api.batches import BatchBody
from shared.contract.failures import Language
from shared.contract.stages import Status

_POLL_SECONDS = 2.0


def submit_batch(
    source: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, help="A zip, or a PDF of the whole class."),
    ],
    pages_per_student: Annotated[
        int | None, typer.Option(min=1, max=100, help="Required for a PDF.")
    ] = None,
    roster: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="CSV or xlsx: student_ref and, if wanted, file."
        ),
    ] = None,
    answer_key: AnswerKeyOption = None,
    paper_id: PaperOption = None,
    priority: PriorityOption = "normal",
    language: LanguageOption = Language.ZH,
    force: ForceOption = False,
    wait: Annotated[bool, typer.Option("--wait", help="Show progress until the end.")] = False,
    url: AddressOption = None,
    api_key: KeyOption = None,
) -> None:
    """Submit the papers of a class; with --wait the exit status tells whether all completed."""
    with connect(url, api_key) as client:
        if answer_key is not None:
            paper_id = store_answer_key(client, answer_key)
        accepted = client.submit_batch(
            source,
            roster=None if roster is None else roster.read_bytes(),
            pages_per_student=pages_per_student,
            paper_id=paper_id,
            priority=priority,
            language=language,
            force=force,
        )
        console.print(f"{accepted.batch_id}  accepted")
        if wait and not _follow(client, accepted.batch_id, source.name):
            raise typer.Exit(Exit.EXAM_NOT_COMPLETED)


def batch(batch_id: str, url: AddressOption = None, api_key: KeyOption = None) -> None:
    """Show how far a batch is."""
    with connect(url, api_key) as client:
        found = client.batch(batch_id)
        if found.state != "divided":
            reason = "" if found.error is None else f"  {found.error.code}: {found.error.detail}"
            console.print(f"{found.state}{reason}")
        _print_batch(found)


def cancel_batch(batch_id: str, url: AddressOption = None, api_key: KeyOption = None) -> None:
    """Stop dividing a batch, or working on any of its exams."""
    with connect(url, api_key) as client:
        console.print(client.cancel_batch(batch_id).state)


def _follow(client: ExamLensClient, batch_id: str, name: str) -> bool:
    """Show the batch's progress to its end, and return whether every exam completed."""
    with progress_bars() as bars:
        bar = bars.add_task(name, total=100, step="")
        while True:
            found = client.batch(batch_id)
            ended = sum(found.counts.get(status, 0) for status in _ENDED)
            step = found.state if found.students is None else f"{ended} of {found.students}"
            bars.update(bar, completed=found.progress, step=step)
            if found.is_finished:
                break
            time.sleep(_POLL_SECONDS)
    _print_batch(found)
    if found.error is not None:
        console.print(f"{found.error.code}: {found.error.detail}")
    is_divided = found.state == "divided"
    return is_divided and found.counts.get(Status.COMPLETED, 0) == len(found.exams)


_ENDED = (Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.DUPLICATE)


def _print_batch(found: BatchBody) -> None:
    table = Table("place", exam_column(), "student", "status", "progress")
    for exam in found.exams:
        status = (
            exam.status.value
            if exam.error_code is None
            else f"{exam.status.value} {exam.error_code.value}"
        )
        row = (str(exam.position), exam.exam_id, exam.student_ref or "", status)
        table.add_row(*row, f"{exam.progress} %")
    console.print(table)
