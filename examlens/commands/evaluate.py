"""Measures the system on one's own material. Every command prints one JSON object."""

import json
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from examlens.commands.session import Exit, complaints
from shared.observability.log_setup import configure_logging

evaluate = typer.Typer(no_args_is_help=True, help="Measure on papers and data of your own.")


class Difficulty(StrEnum):
    """What the model is told of the items' difficulty."""

    TRUE = "true"
    LABELS3 = "labels3"
    NONE = "none"


def _print(figures: Mapping[str, object]) -> None:
    print(json.dumps(_rounded(figures), ensure_ascii=False))


def _rounded(figures: Mapping[str, object]) -> dict[str, object]:
    return {
        name: round(value, 4)
        if isinstance(value, float)
        else _rounded(value)
        if isinstance(value, dict)
        else value
        for name, value in figures.items()
    }


@evaluate.command("reading")
def reading(
    directory: Annotated[Path, typer.Argument(exists=True, file_okay=False)],
    threads: Annotated[int, typer.Option(min=1, help="Worker threads.")] = 2,
    misses: Annotated[bool, typer.Option("--misses", help="Name what was missed.")] = False,
) -> None:
    """Run the papers of DIRECTORY/manifest.json through the real stages.

    Single answers of known truth in DIRECTORY/handwriting are read, too; either may be missing.
    """
    from examlens.evaluate import reading as driver  # noqa: PLC0415 -- loads every engine
    from examlens.evaluate.misses import describe_misses  # noqa: PLC0415 -- same
    from examlens.evaluate.reading_manifest import ReadingPaper  # noqa: PLC0415 -- same
    from examlens.evaluate.reading_score import PaperScore, by_kind  # noqa: PLC0415 -- same
    from shared.contract.documents import ExamResult  # noqa: PLC0415 -- same

    configure_logging("ERROR", "console", "evaluate")
    scored: list[tuple[ReadingPaper, PaperScore]] = []

    def tell(index: int, paper: ReadingPaper, result: ExamResult | None, score: PaperScore) -> None:
        scored.append((paper, score))
        if misses:
            complaints.print("\n".join(describe_misses(index, paper, result)), markup=False)

    try:
        figures = driver.evaluate_folder(directory, worker_threads=threads, on_paper=tell)
    except (ValueError, OSError) as error:
        complaints.print(f"The manifest or a file of it cannot be used: {error}", markup=False)
        raise typer.Exit(Exit.USAGE) from None
    kinds = by_kind(scored)
    _print({**figures, "kinds": kinds} if kinds else figures)


@evaluate.command("mastery")
def mastery(
    directory: Annotated[Path, typer.Argument(exists=True, file_okay=False)],
    difficulty: Annotated[Difficulty, typer.Option()] = Difficulty.TRUE,
) -> None:
    """Predict hidden answers in DIRECTORY/data.txt with the Q-matrix in DIRECTORY/q.txt."""
    from examlens.evaluate.mastery import evaluate_mastery  # noqa: PLC0415 -- loads numpy

    try:
        _print(evaluate_mastery(directory, difficulty.value))
    except (ValueError, OSError) as error:
        complaints.print(str(error), markup=False)
        raise typer.Exit(Exit.USAGE) from None


@evaluate.command("tagging")
def tagging(
    items: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="JSONL of questions.")],
    train: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Learn from these first.")
    ] = None,
) -> None:
    """Find the knowledge points of the questions in ITEMS and compare with their labels."""
    from examlens.evaluate.tagging import evaluate_tagging  # noqa: PLC0415 -- loads numpy

    try:
        _print(evaluate_tagging(items, train))
    except (ValueError, OSError) as error:
        complaints.print(str(error), markup=False)
        raise typer.Exit(Exit.USAGE) from None
