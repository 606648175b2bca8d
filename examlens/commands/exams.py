"""Submitting papers and looking at what came of them."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from examlens.client import ExamLensClient
from examlens.commands.session import (
    AddressOption,
    AnswerKeyOption,
    Exit,
    ForceOption,
    KeyOption,
    LanguageOption,
    PaperOption,
    PriorityOption,
    complaints,
    connect,
    console,
    exam_column,
)
from shared.contract.answer_key import AnswerKey
from shared.contract.api.exams import StatusBody
from shared.contract.documents import ExamResult, MasteryLevel
from shared.contract.exams import ArtefactKind
from shared.contract.failures import Language
from shared.contract.stages import Status

FilesArgument = Annotated[
    list[Path],
    typer.Argument(exists=True, dir_okay=False, help="Pictures or PDFs of one student."),
]


def progress_bars() -> Progress:
    """A bar per exam: its name, percent, present step and time."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("[dim]{task.fields[step]}"),
        TimeElapsedColumn(),
        console=console,
    )


def show_change(bars: Progress, bar: TaskID, status: StatusBody) -> None:
    """Move one bar to where its exam is."""
    step = status.current_step.value if status.current_step else status.status.value.lower()
    bars.update(bar, completed=status.progress, step=step)


def read_answer_key(path: Path) -> AnswerKey:
    """The answer key in a JSON file; ends the command with what is wrong with it."""
    try:
        return AnswerKey.model_validate_json(path.read_bytes())
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False)[:5]:
            place = ".".join(str(part) for part in problem["loc"]) or "the document"
            complaints.print(f"{path}: {place}: {problem['msg']}")
        raise typer.Exit(Exit.USAGE) from None


def submit(
    files: FilesArgument,
    answer_key: AnswerKeyOption = None,
    paper_id: PaperOption = None,
    subject: Annotated[str | None, typer.Option()] = None,
    grade: Annotated[str | None, typer.Option()] = None,
    student_ref: Annotated[str | None, typer.Option(help="Your own reference, no name.")] = None,
    priority: PriorityOption = "normal",
    language: LanguageOption = Language.ZH,
    force: ForceOption = False,
    wait: Annotated[bool, typer.Option("--wait", help="Show progress until the end.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for the reports.")] = None,
    url: AddressOption = None,
    api_key: KeyOption = None,
) -> None:
    """Submit the files of one student's paper; with --wait the exit status tells the outcome."""
    with connect(url, api_key) as client:
        if answer_key is not None:
            paper_id = store_answer_key(client, answer_key)
        accepted = client.submit(
            files,
            paper_id=paper_id,
            subject=subject,
            grade=grade,
            student_ref=student_ref,
            priority=priority,
            language=language,
            force=force,
        )
        if not wait:
            console.print(accepted.exam_id)
            return
        ended = follow(client, accepted.exam_id, files[0].name)
        if ended.status is not Status.COMPLETED:
            complaints.print(f"{ended.status.value}: {ended.error_message or ''}".rstrip(": "))
            raise typer.Exit(Exit.EXAM_NOT_COMPLETED)
        print_result(client.result(ended.exam_id))
        for path in save_reports(client, ended.exam_id, out or Path(), ended.exam_id):
            console.print(f"  {path}", soft_wrap=True)


def store_answer_key(client: ExamLensClient, path: Path) -> str:
    """Store the key in ``path`` as a paper and return its id."""
    if path.suffix.lower() in {".csv", ".xlsx"}:
        return client.create_paper_csv(path.read_bytes(), path.stem).paper_id
    return client.create_paper(read_answer_key(path)).paper_id


def follow(client: ExamLensClient, exam_id: str, name: str) -> StatusBody:
    """Show the exam's progress until it has ended."""
    with progress_bars() as bars:
        bar = bars.add_task(name, total=100, step="")
        return client.wait(exam_id, on_change=lambda status: show_change(bars, bar, status))


def save_reports(client: ExamLensClient, exam_id: str, folder: Path, stem: str) -> list[Path]:
    """Download the report as HTML and PDF to ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    saved = []
    for kind in (ArtefactKind.REPORT_HTML, ArtefactKind.REPORT_PDF):
        path = (folder / f"{stem}.{kind.value.rpartition('.')[2]}").resolve()
        path.write_bytes(client.artefact(exam_id, kind))
        saved.append(path)
    return saved


def print_result(result: ExamResult) -> None:
    """The score, and the points that are weakest as far as the answers can say."""
    score = result.score
    rate = "–" if score.rate is None else f"{score.rate:.0%}"
    review = f", {score.ungraded} to review" if score.ungraded else ""
    console.print(f"[bold]{score.earned:g} / {score.full:g}[/] ({rate}{review})")
    known = [m for m in result.mastery if m.level is not MasteryLevel.INSUFFICIENT_EVIDENCE]
    weakest = sorted(known, key=lambda mastery: mastery.mastery)[:3]
    for mastery in weakest:
        low, high = mastery.interval
        console.print(
            f"  {mastery.knowledge_point.name}: {mastery.mastery:.0%} "
            f"[dim]({low:.0%}–{high:.0%}, {mastery.items} questions, {mastery.level.value})"
        )
    if not weakest:
        console.print("  [dim]too few questions per knowledge point to judge")


def status(exam_id: str, url: AddressOption = None, api_key: KeyOption = None) -> None:
    """Show where an exam is."""
    with connect(url, api_key) as client:
        console.print_json(client.status(exam_id).model_dump_json())


def result(exam_id: str, url: AddressOption = None, api_key: KeyOption = None) -> None:
    """Print an exam's result document as JSON."""
    with connect(url, api_key) as client:
        print(client.result(exam_id).model_dump_json(indent=2))


def exams(
    limit: Annotated[int, typer.Option(min=1, max=100)] = 20,
    url: AddressOption = None,
    api_key: KeyOption = None,
) -> None:
    """List the newest exams."""
    table = Table(exam_column(), Column("status", no_wrap=True), "progress", "student", "created")
    with connect(url, api_key) as client:
        for exam in client.exams(limit=limit).items:
            created = exam.created_at.strftime("%Y-%m-%d %H:%M:%S")
            table.add_row(
                exam.exam_id,
                exam.status.value,
                f"{exam.progress} %",
                exam.student_ref or "",
                created,
            )
    console.print(table)
