"""Running papers with known truth through the real stages and scoring what was read."""

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from examlens.client import ExamLensClient
from examlens.embedded import Embedded
from examlens.evaluate.handwriting import Figures, evaluate_handwriting
from examlens.evaluate.reading_manifest import ReadingManifest, ReadingPaper
from examlens.evaluate.reading_score import PaperScore, score_paper, summarise
from examlens.home import Home
from services.diagnose.settings import DiagnoseSettings
from services.ocr.adapters.ppocr_reader import PpOcrReader
from shared.contract.documents import ExamResult
from shared.contract.reading import PageText, ReadPaper
from shared.contract.stages import Status
from shared.db.database import Database

#: The list of papers, and the folder of single answers.
MANIFEST, HANDWRITING = "manifest.json", "handwriting"
#: Papers that are under way at a time: enough to keep every worker busy.
_IN_FLIGHT = 8
#: Called with each paper's position, its files and its score.
OnPaper = Callable[[int, ReadingPaper, ExamResult | None, PaperScore], None]


def evaluate_folder(
    directory: Path, *, worker_threads: int = 2, on_paper: OnPaper | None = None
) -> Figures:
    """The figures of ``directory``: of its papers, and of its handwriting where it has any.

    Raises as both do, and OSError where it has neither.
    """
    folder = directory / HANDWRITING
    figures: Figures = {}
    if (directory / MANIFEST).exists() or not folder.is_dir():
        figures |= evaluate_reading(directory, worker_threads=worker_threads, on_paper=on_paper)
    if folder.is_dir():
        reader = PpOcrReader(worker_threads)
        certain = DiagnoseSettings.model_fields["verdict_confidence"].default
        figures |= evaluate_handwriting(folder, reader, reader.digits_from, certain)
    return figures


def evaluate_reading(
    directory: Path, *, worker_threads: int = 2, on_paper: OnPaper | None = None
) -> Figures:
    """The figures of ``directory/manifest.json``, made by a private embedded ExamLens.

    Raises ValueError for a manifest that is not valid, and OSError for files that are missing.
    """
    manifest = ReadingManifest.model_validate_json((directory / MANIFEST).read_bytes())
    scores = []
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        Embedded(Home(Path(folder)), worker_threads=worker_threads) as running,
        ExamLensClient(running.address, running.first_key or "") as client,
    ):
        threshold = DiagnoseSettings(database_url=running.database_url).verdict_confidence
        for index, paper, exam_id, ended in _run_all(client, directory, manifest.papers):
            result = client.result(exam_id) if ended is Status.COMPLETED else None
            pages, read = asyncio.run(_read_back(running.database_url, exam_id))
            score = score_paper(
                paper,
                result,
                pages,
                printed_text=_printed_text(directory, paper),
                paper=read,
                certain_confidence=threshold,
            )
            scores.append(score)
            if on_paper is not None:
                on_paper(index, paper, result, score)
    return summarise(scores)


def _run_all(
    client: ExamLensClient, directory: Path, papers: tuple[ReadingPaper, ...]
) -> Iterator[tuple[int, ReadingPaper, str, Status]]:
    """Submit the papers, a few at a time, and yield each when it has ended, in their order."""
    waiting: list[tuple[int, ReadingPaper, str]] = []

    def end_first() -> tuple[int, ReadingPaper, str, Status]:
        index, paper, exam_id = waiting.pop(0)
        return index, paper, exam_id, client.wait(exam_id, timeout_seconds=3600).status

    for index, paper in enumerate(papers):
        paper_id = client.create_paper(paper.key).paper_id if paper.key is not None else None
        accepted = client.submit(
            [directory / file for file in paper.files],
            paper_id=paper_id,
            subject=paper.subject,
            grade=paper.grade,
            force=True,
        )
        waiting.append((index, paper, accepted.exam_id))
        if len(waiting) >= _IN_FLIGHT:
            yield end_first()
    while waiting:
        yield end_first()


async def _read_back(
    database_url: str, exam_id: str
) -> tuple[tuple[PageText, ...], ReadPaper | None]:
    database = Database(database_url, size=1, application="evaluate")
    try:
        async with database.transaction() as uow:
            exam = await uow.exams.get(exam_id)
            return (
                await uow.page_texts.list(exam_id, exam.run),
                await uow.read_papers.find(exam_id, exam.run),
            )
    finally:
        await database.close()


def _printed_text(directory: Path, paper: ReadingPaper) -> str | None:
    name = paper.truth.text
    return None if name is None else (directory / name).read_text(encoding="utf-8")
