"""The repositories of exams and of what hangs on them, as the model of PostgreSQL has them.

Each method is one statement, as the real one's. Methods that are not modelled find no connection.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from shared.contract.exams import Exam, Upload
from shared.contract.failures import FailureCode
from shared.contract.messages import StageTask
from shared.contract.reading import PageImage, PageText
from shared.contract.stages import (
    PROGRESS,
    RETRYABLE,
    SPECS,
    TERMINAL,
    Stage,
    Status,
    is_transition_allowed,
)
from shared.db.repositories.audit import Action, Audit
from shared.db.repositories.dead_letters import DeadLetter, DeadLetters
from shared.db.repositories.documents import Pages, PageTexts
from shared.db.repositories.exams import Exams, ForbiddenTransition
from shared.db.repositories.identities import ExamIdentities
from shared.db.repositories.runs import Runs, StageProgress
from shared.db.repositories.submissions import Uploads
from shared.db.tables import EXAM_CHANGED
from tests.simulation.model_rows import new_exam
from tests.simulation.server import Mode, Row, Transaction
from tests.simulation.task_rows import drop_unfinished

_ORDER = list(SPECS)


def exam_of(row: Row) -> Exam:
    """The row as repositories return it."""
    return Exam.model_validate({name: row[name] for name in Exam.model_fields})


def tell(
    tx: Transaction,
    row: Row,
    *,
    stage: Stage | None,
    page: int | None,
    error_code: FailureCode | None,
) -> None:
    """Add the event of the change that made ``row``."""
    event = {name: row[name] for name in ("run", "status", "progress")} | {
        "stage": stage,
        "page": page,
        "error_code": error_code,
    }
    key = (row["id"], row["event_sequence"])
    # Only whoever has locked the exam counts its events.
    assert tx.try_lock("events", key, Mode.UPDATE)
    tx.put("events", key, event)
    tx.notify(EXAM_CHANGED)


class ModelExams(Exams):
    """``exams`` and their events."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add(self, values: Mapping[str, Any]) -> Exam:
        async with self._tx.statement() as now:
            row = new_exam(dict(values), now)
            await self._tx.insert("exams", row["id"], row)
            tell(self._tx, row, stage=None, page=None, error_code=None)
        return exam_of(row)

    async def find(self, exam_id: str, *, tenant_id: str | None = None) -> Exam | None:
        async with self._tx.statement():
            row = self._tx.get("exams", exam_id)
        if row is None or tenant_id not in {None, row["tenant_id"]}:
            return None
        return exam_of(row)

    async def lock(self, exam_id: str) -> Exam | None:
        async with self._tx.statement():
            row = self._tx.get("exams", exam_id)
            if row is not None:
                row = await self._tx.lock("exams", exam_id, Mode.UPDATE)
            return None if row is None else exam_of(row)

    async def move(
        self,
        exam: Exam,
        status: Status,
        *,
        stage: Stage | None = None,
        page: int | None = None,
        error_code: FailureCode | None = None,
    ) -> Exam:
        if not is_transition_allowed(exam.status, status):
            raise ForbiddenTransition(f"{exam.status} to {status}")
        changes: dict[str, Any] = {
            "status": status,
            "progress": max(exam.progress, PROGRESS.get(status, 0)),
        }
        if status in TERMINAL:
            changes["completed_at"] = self._tx.server.now()
        if error_code is not None:
            changes |= {"error_code": error_code, "failed_stage": stage}
        moved = await self._change(exam, changes, stage=stage, page=page, error_code=error_code)
        if status in TERMINAL:
            await drop_unfinished(self._tx, exam.id, exam.run)
        return moved

    async def start_run(self, exam: Exam, status: Status, *, stage: Stage, pages_done: int) -> Exam:
        changes = {
            "status": status,
            "run": exam.run + 1,
            "progress": PROGRESS[status],
            "pages_done": pages_done,
            "is_cancel_requested": False,
            "error_code": None,
            "failed_stage": None,
            "completed_at": None,
            "duplicate_of": None,
            "duplicate_layer": None,
        }
        begun = await self._change(exam, changes, stage=stage, page=None, error_code=None)
        if exam.status not in TERMINAL:
            await drop_unfinished(self._tx, exam.id, exam.run)
        return begun

    async def request_cancel(self, exam: Exam) -> None:
        async with self._tx.statement():
            if await self._tx.lock_if_there("exams", exam.id) is not None:
                self._tx.change("exams", exam.id, is_cancel_requested=True)

    async def _change(
        self,
        exam: Exam,
        changes: Mapping[str, Any],
        *,
        stage: Stage | None,
        page: int | None,
        error_code: FailureCode | None,
    ) -> Exam:
        def is_it(row: Row | None) -> bool:
            return row is not None and (row["run"], row["status"]) == (exam.run, exam.status)

        async with self._tx.statement() as now:
            if not is_it(self._tx.get("exams", exam.id)) or not is_it(
                await self._tx.lock("exams", exam.id)
            ):
                raise ForbiddenTransition(f"{exam.id} is no longer {exam.status} in run {exam.run}")
            sequence = self._tx.get("exams", exam.id)["event_sequence"] + 1
            row = self._tx.change(
                "exams", exam.id, updated_at=now, event_sequence=sequence, **changes
            )
            tell(self._tx, row, stage=stage, page=page, error_code=error_code)
        return exam_of(row)


class ModelUploads(Uploads):
    """``uploads``."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add(self, exam_id: str, files: Sequence[Upload]) -> None:
        async with self._tx.statement():
            for file in files:
                await self._tx.insert("uploads", (exam_id, file.ordinal), {"file": file})

    async def list(self, exam_id: str) -> tuple[Upload, ...]:
        async with self._tx.statement():
            found = {k[1]: row["file"] for k, row in self._tx.rows("uploads") if k[0] == exam_id}
        return tuple(found[ordinal] for ordinal in sorted(found))


class ModelAudit(Audit):
    """``audit_entries``."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add(
        self, tenant_id: str, key_id: str, action: Action, subject_id: str, trace_id: str
    ) -> None:
        async with self._tx.statement():
            await self._tx.append("audit_entries", {"action": action, "subject_id": subject_id})


class ModelIdentities(ExamIdentities):
    """``exam_identities``."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def claim(
        self, tenant_id: str, exam_id: str, digests: Mapping[int, str]
    ) -> tuple[int, str] | None:
        for layer, digest in sorted(digests.items()):
            key = (tenant_id, layer, digest)
            async with self._tx.statement():
                if await self._tx.insert("exam_identities", key, {"exam_id": exam_id}):
                    continue
            async with self._tx.statement():
                holder = self._tx.get("exam_identities", key)["exam_id"]
                exam = self._tx.get("exams", holder)
                if exam["status"] == Status.DUPLICATE:
                    holder = exam["duplicate_of"]
                    exam = self._tx.get("exams", holder)
            if exam is not None and exam["status"] not in RETRYABLE:
                return layer, holder
            async with self._tx.statement():
                self._tx.change("exam_identities", key, exam_id=exam_id)
        return None


class ModelPages(Pages):
    """``pages``."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def replace(self, exam_id: str, run: int, images: tuple[PageImage, ...]) -> None:
        async with self._tx.statement():
            numbers = {image.number for image in images}
            for key, _ in list(self._tx.rows("pages")):
                if key[:2] == (exam_id, run) and key[2] not in numbers:
                    await self._tx.lock("pages", key, Mode.UPDATE)
                    self._tx.remove("pages", key)
            for image in images:
                key = (exam_id, run, image.number)
                await self._tx.lock("pages", key, Mode.UPDATE)
                self._tx.put("pages", key, {"number": image.number})

    async def numbers(self, exam_id: str, run: int) -> tuple[int, ...]:
        async with self._tx.statement():
            return newest_pages(self._tx, exam_id, run)[1]


class ModelPageTexts(PageTexts):
    """``page_texts``; a text is no more than the run that read it."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def replace(self, exam_id: str, run: int, page_text: PageText) -> None:
        async with self._tx.statement():
            key = (exam_id, run, page_text.page)
            await self._tx.lock("page_texts", key, Mode.UPDATE)
            self._tx.put("page_texts", key, {"number": page_text.page})


class ModelDeadLetters(DeadLetters):
    """``dead_letters``."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add(self, exam: Exam, task: StageTask, code: FailureCode, error: str) -> None:
        async with self._tx.statement() as now:
            letter = {
                "exam_id": exam.id,
                "tenant_id": exam.tenant_id,
                "run": task.run,
                "stage": task.stage,
                "page": task.page,
                "code": code,
                "error": error,
                "message": task,
                "created_at": now,
                "resolved_at": None,
                "resolution": None,
            }
            await self._tx.append("dead_letters", letter)

    async def list(self, *, limit: int = 100) -> tuple[DeadLetter, ...]:
        async with self._tx.statement():
            rows = [row for _, row in self._tx.rows("dead_letters") if row["resolved_at"] is None]
        rows.sort(key=lambda row: row["id"])
        return tuple(DeadLetter.model_validate(row) for row in rows[:limit])

    async def resolve(self, letter_id: int, resolution: Literal["replayed", "discarded"]) -> bool:
        async with self._tx.statement() as now:
            row = await self._tx.lock_if_there("dead_letters", letter_id)
            if row is None or row["resolved_at"] is not None:
                return False
            self._tx.change("dead_letters", letter_id, resolution=resolution, resolved_at=now)
        return True


class ModelRuns(Runs):
    """How far a run is."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def progress(self, exam_id: str, run: int) -> tuple[StageProgress, ...]:
        async with self._tx.statement():
            found = tasks_of_run(self._tx, exam_id, run)
        stages = {key[2] for key, _ in found}
        return tuple(_progress_of(stage, found) for stage in _ORDER if stage in stages)

    async def is_worked_on(self, exam_id: str, run: int) -> bool:
        async with self._tx.statement() as now:
            return any(
                row["state"] == "running" and row["lease_until"] > now
                for _, row in tasks_of_run(self._tx, exam_id, run)
            )

    async def unread_pages(self, exam_id: str, run: int) -> tuple[int, ...]:
        async with self._tx.statement():
            newest, numbers = newest_pages(self._tx, exam_id, run)
            read = {
                key[2]
                for key, _ in self._tx.rows("page_texts")
                if key[0] == exam_id and newest <= key[1] <= run
            }
        return tuple(number for number in numbers if number not in read)


def newest_pages(tx: Transaction, exam_id: str, run: int) -> tuple[int, tuple[int, ...]]:
    """The newest run at or before ``run`` with pages, and their numbers in order."""
    keys = [key for key, _ in tx.rows("pages") if key[0] == exam_id and key[1] <= run]
    newest = max((key[1] for key in keys), default=0)
    return newest, tuple(sorted(key[2] for key in keys if key[1] == newest))


def tasks_of_run(tx: Transaction, exam_id: str, run: int) -> list[tuple[Any, Row]]:
    """The tasks of one run with their keys."""
    return [(key, row) for key, row in tx.rows("stage_tasks") if key[:2] == (exam_id, run)]


def _progress_of(stage: Stage, found: list[tuple[Any, Row]]) -> StageProgress:
    rows = [row for key, row in found if key[2] is stage]
    states = [row["state"] for row in rows]
    return StageProgress(
        stage=stage,
        tasks=len(rows),
        done=states.count("done"),
        running=states.count("running"),
        dead=states.count("dead"),
        attempts=max(row["attempt"] for row in rows),
        started_at=None,
        finished_at=None,
        seconds=None,
    )
