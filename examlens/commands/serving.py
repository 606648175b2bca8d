"""Running everything in this process: to stay, or to show the samples."""

import shutil
import signal
import threading
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from examlens.client import ExamLensClient
from examlens.commands.exams import (
    print_result,
    progress_bars,
    read_answer_key,
    save_reports,
    show_change,
)
from examlens.commands.session import Exit, KeyOption, complaints, connect, console
from examlens.home import AlreadyServed, Home
from shared.contract.failures import Language
from shared.contract.stages import Status
from shared.observability.log_setup import configure_logging

SAMPLES = Path(__file__).parents[2] / "samples"
PortOption = Annotated[
    int,
    typer.Option(
        min=0, max=65535, envvar="EXAMLENS_GATEWAY_PORT", help="Port of the gateway; 0: a free one."
    ),
]


class LogFormat(StrEnum):
    """How log records are written."""

    #: For a person at a terminal.
    CONSOLE = "console"
    #: One JSON object a line.
    JSON = "json"


def serve(
    port: PortOption = 8000,
    threads: Annotated[int, typer.Option(min=1, max=64, help="Worker threads.")] = 2,
    log_level: Annotated[str, typer.Option()] = "INFO",
    log_format: Annotated[LogFormat, typer.Option()] = LogFormat.CONSOLE,
) -> None:
    """Serve everything from this process until Ctrl-C. Unfinished exams go on at the next start."""
    from examlens.embedded import Embedded  # noqa: PLC0415 -- loads every engine

    configure_logging(log_level, log_format.value, "embedded")
    home = Home.from_environment()
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    try:
        with Embedded(home, port=port, worker_threads=threads) as running:
            home.address_file.write_text(running.address)
            console.print(f"Open [bold]{running.address}[/] in a browser of this computer.")
            console.print(f"Data in {home.directory}", soft_wrap=True)
            console.print(f"Metrics at {running.metrics_address}/metrics")
            if running.first_key is not None:
                _tell_first_key(running.first_key, home)
            stopping.wait()
            console.print("Stopping …")
    except AlreadyServed:
        complaints.print(f"Another process serves {home.directory}; it is at {home.address()}.")
        raise typer.Exit(Exit.USAGE) from None
    finally:
        if stopping.is_set():
            home.address_file.unlink(missing_ok=True)


def _tell_first_key(key: str, home: Home) -> None:
    """Show the key on a terminal; what goes into a file or a pipe may be kept as a log."""
    if console.is_terminal:
        console.print(f"Admin key (shown once): [bold]{key}[/]")
    else:
        console.print(f"Admin key in {home.key_file}", soft_wrap=True)


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the reports.")] = Path("demo-reports"),
    keep: Annotated[bool, typer.Option("--keep", help="Keep the demo's database.")] = False,
    url: Annotated[str | None, typer.Option(help="A running gateway instead of a private.")] = None,
    api_key: KeyOption = None,
) -> None:
    """Submit the sample papers to a private ExamLens and show their reports."""
    if url is not None:
        with connect(url, api_key) as client:
            if not _show_samples(client, out):
                raise typer.Exit(Exit.EXAM_NOT_COMPLETED)
        return
    from examlens.embedded import Embedded  # noqa: PLC0415 -- loads every engine

    configure_logging("WARNING", "console", "demo")
    home = Home(Home.from_environment().directory / "demo")
    try:
        console.print("Starting PostgreSQL, the workers and the gateway in this process …")
        with Embedded(home) as running:
            key = running.first_key or home.key()
            if key is None:
                complaints.print(f"The demo's key is gone; remove {home.directory} and try again.")
                raise typer.Exit(Exit.USAGE)
            with ExamLensClient(running.address, key) as client:
                is_success = _show_samples(client, out)
    except AlreadyServed:
        complaints.print("Another demo is running.")
        raise typer.Exit(Exit.USAGE) from None
    if not keep:
        shutil.rmtree(home.directory, ignore_errors=True)
    if not is_success:
        raise typer.Exit(Exit.EXAM_NOT_COMPLETED)


def _show_samples(client: ExamLensClient, out: Path) -> bool:
    names = sorted(path.parent.name for path in SAMPLES.glob("*/key.json"))
    submitted: dict[str, str] = {}
    for name in names:
        folder = SAMPLES / name
        paper = client.create_paper(read_answer_key(folder / "key.json"))
        files = sorted(path for path in folder.glob("paper*.*") if path.suffix != ".toml")
        language = Language.ZH if name.startswith("zh") else Language.EN
        accepted = client.submit(files, paper_id=paper.paper_id, language=language, force=True)
        submitted[name] = accepted.exam_id
    ended = {}
    with progress_bars() as bars:
        rows = {name: bars.add_task(name, total=100, step="") for name in names}
        for name in names:
            # Watched one after the other: the others move on meanwhile.
            ended[name] = client.wait(
                submitted[name], on_change=partial(show_change, bars, rows[name])
            )
    for name, status in ended.items():
        console.print(f"\n[bold]{name}[/]  {status.status.value}")
        if status.status is not Status.COMPLETED:
            complaints.print(status.error_message or "")
            continue
        print_result(client.result(status.exam_id))
        for path in save_reports(client, status.exam_id, out, name):
            console.print(f"  {path}", soft_wrap=True)
    return all(status.status is Status.COMPLETED for status in ended.values())
