"""Batches over real HTTP: one zip or one PDF, accepted at once, divided by a worker."""

import asyncio
import io
import zipfile
from pathlib import Path
from uuid import uuid4

import pypdf
import pytest
from sqlalchemy import delete

from examlens.client import ExamLensError
from services.gateway.domain.protocol.problem_kinds import KINDS
from services.ingest.division import BatchDivision
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.jobs import JOB_SPECS, JobKind
from shared.contract.stages import Status
from shared.db.database import Database
from shared.db.tables import papers
from shared.messaging.relay.retention import erase_due
from shared.storage.blobs import BlobStore
from tests.integration.gateway.conftest import Edge, NewKey, SubmitClass
from tests.integration.gateway.pipeline import PNG, Pipeline
from tests.integration.gateway.test_classes import KEY
from tests.integration.jobs import pass_time, run_once
from tests.workbooks import workbook


def pdf_of(*widths: int) -> bytes:
    """A PDF with one blank page per width, which tells the pages apart."""
    writer = pypdf.PdfWriter()
    for width in widths:
        writer.add_blank_page(width, 100)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def zip_of(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


async def refusal(submit_class: SubmitClass, source: bytes, **fields: object) -> str:
    """Why the worker refused it."""
    batch = await submit_class(source, **fields)
    assert (batch.state, batch.students, batch.exams) == ("refused", None, ())
    assert batch.is_finished
    assert batch.error is not None
    assert batch.error.detail
    return batch.error.code


async def tidy(database: Database, blobs: BlobStore) -> None:
    """As the relay does: erase the files that are wanted no more."""
    while await erase_due(database, blobs):
        pass


def stored_files(folder: Path) -> list[Path]:
    return [path for path in (folder / "blobs").rglob("*") if path.is_file()]


async def test_a_pdf_of_a_class_becomes_an_exam_for_every_student(
    submit_class: SubmitClass, database: Database, tmp_path: Path
) -> None:
    batch = await submit_class(
        pdf_of(101, 102, 201, 202, 301, 302),
        pages_per_student=2,
        roster=b"student_ref\ns-1\ns-2\ns-3\n",
        subject="数学",
    )
    assert (batch.students, batch.counts) == (3, {Status.UPLOADED: 3})
    assert [exam.student_ref for exam in batch.exams] == ["s-1", "s-2", "s-3"]
    async with database.transaction() as uow:
        (upload,) = await uow.uploads.list(batch.exams[1].exam_id)
    stored = pypdf.PdfReader(tmp_path / "blobs" / upload.blob_key)
    assert [int(page.mediabox.width) for page in stored.pages] == [201, 202]


async def test_a_zip_becomes_an_exam_for_every_folder_and_progress_is_told(
    edge: Edge, submit_class: SubmitClass, pipeline: Pipeline
) -> None:
    source = zip_of(**{"a/1.png": PNG, "a/2.png": PNG + b"2", "b/1.png": PNG + b"3"})
    batch = await submit_class(source, roster=b"student_ref,file\ns-b,b\ns-a,a\n")
    assert [exam.student_ref for exam in batch.exams] == ["s-a", "s-b"]
    await pipeline.run(batch.exams[0].exam_id)
    half = await edge.client.batch(batch.batch_id)
    assert half.counts == {Status.COMPLETED: 1, Status.UPLOADED: 1}
    assert (half.progress, half.is_finished) == (50, False)
    await edge.client.cancel(batch.exams[1].exam_id)
    ended = await edge.client.batch(batch.batch_id)
    assert (ended.progress, ended.is_finished) == (100, True)


async def test_a_roster_may_be_a_workbook(submit_class: SubmitClass) -> None:
    source = zip_of(**{"张三.png": PNG, "李四.png": PNG + b"2"})
    roster = workbook(["姓名", "Student_Ref", "File"], ["李四", 7, "李四"], ["张三", 8, "张三.png"])
    batch = await submit_class(source, roster=roster)
    assert {exam.student_ref for exam in batch.exams} == {"7", "8"}


async def test_the_same_batch_again_makes_no_exam_twice(
    edge: Edge, submit_class: SubmitClass
) -> None:
    source = zip_of(**{"1.png": PNG, "2.png": PNG + b"2"})
    roster = b"student_ref\ns-1\ns-2\n"
    first = await submit_class(source, roster=roster)
    again = await submit_class(source, roster=roster)
    assert again.batch_id != first.batch_id
    assert [exam.exam_id for exam in again.exams] == [exam.exam_id for exam in first.exams]
    assert [exam.duplicate.layer for exam in again.exams if exam.duplicate] == [1, 1]
    assert len((await edge.client.exams()).items) == 2


async def test_a_batch_is_accepted_before_it_is_divided(edge: Edge, database: Database) -> None:
    batch = await edge.client.submit_batch(pdf_of(1, 2, 3), pages_per_student=1, priority="high")
    assert (batch.state, batch.students, batch.progress) == ("queued", None, 0)
    assert (batch.is_finished, batch.exams, batch.error) == (False, (), None)
    assert batch.queue_position is not None
    assert batch.estimated_remaining_time > 0
    assert (await edge.client.exams()).items == ()
    async with database.transaction() as uow:
        place = await uow.job_counts.place(JobKind.DIVISION, batch.batch_id)
    assert place is not None


async def test_an_idempotency_key_answers_the_first_batch_again(
    edge: Edge, submit_class: SubmitClass
) -> None:
    source = pdf_of(1, 2, 3)
    key = {"idempotency_key": "class-7a", "pages_per_student": 1, "force": True}
    first = await edge.client.submit_batch(source, **key)  # type: ignore[arg-type]
    again = await edge.client.submit_batch(source, **key)  # type: ignore[arg-type]
    assert again == first
    divided = await submit_class(source, **key)
    assert (divided.batch_id, divided.students) == (first.batch_id, 3)
    assert len((await edge.client.exams()).items) == 3
    with pytest.raises(ExamLensError) as caught:
        await edge.client.submit_batch(pdf_of(1, 2), **key)  # type: ignore[arg-type]
    assert caught.value.code == "idempotency_mismatch"


async def test_simultaneous_batches_with_one_key_make_one_batch(
    edge: Edge, submit_class: SubmitClass
) -> None:
    source = zip_of(**{f"{n}.png": PNG + bytes([n]) for n in range(5)})
    sent = [edge.client.submit_batch(source, idempotency_key="k") for _ in range(6)]
    found = await asyncio.gather(*sent, return_exceptions=True)
    ids = {batch.batch_id for batch in found if not isinstance(batch, BaseException)}
    codes = {error.code for error in found if isinstance(error, ExamLensError)}
    assert len(ids) == 1
    assert codes <= {"idempotency_in_progress"}
    await submit_class(source, idempotency_key="k")
    assert len((await edge.client.exams()).items) == 5


async def test_two_students_with_the_same_bytes_stay_two(submit_class: SubmitClass) -> None:
    batch = await submit_class(zip_of(**{"1.png": PNG, "2.png": PNG}))
    assert len({exam.exam_id for exam in batch.exams}) == 2
    assert all(exam.duplicate is None for exam in batch.exams)


@pytest.mark.parametrize(
    ("source", "fields", "code"),
    [
        (pdf_of(1, 2, 3), {"pages_per_student": 2}, "pages_do_not_divide"),
        (b"%PDF-1.7 nothing", {"pages_per_student": 1}, "broken_pdf"),
        (b"PK\x03\x04 nothing", {}, "broken_archive"),
        (zip_of(), {}, "empty_archive"),
        (zip_of(**{"1.txt": b"hello"}), {}, "unsupported_media"),
        (zip_of(**{"张三.docx": zip_of(**{"word/document.xml": b"a"})}), {}, "office_document"),
        (zip_of(**{"1.png": b""}), {}, "empty_file"),
        (zip_of(**{"1.png": PNG}), {"roster": b"student_ref\na\nb\n"}, "roster_mismatch"),
        (zip_of(**{"1.png": PNG + bytes(30_000_000)}), {}, "archive_too_large"),
        (zip_of(**{f"{n}.png": PNG for n in range(201)}), {}, "too_many_students"),
        (zip_of(**{f"s/a/{n}.png": PNG for n in range(41)} | {"t": PNG}), {}, "too_many_files"),
    ],
)
async def test_a_batch_that_is_wrong_is_refused_as_a_whole(
    edge: Edge,
    submit_class: SubmitClass,
    database: Database,
    blobs: BlobStore,
    tmp_path: Path,
    source: bytes,
    fields: dict[str, object],
    code: str,
) -> None:
    assert await refusal(submit_class, source, **fields) == code
    assert (await edge.client.exams()).items == ()
    await tidy(database, blobs)
    assert stored_files(tmp_path) == []


@pytest.mark.parametrize(
    ("source", "fields", "code"),
    [
        (pdf_of(1, 2), {}, "invalid_request"),
        (zip_of(**{"[Content_Types].xml": b"a", "word/document.xml": b"a"}), {}, "office_document"),
        (PNG, {}, "unsupported_batch"),
        (b"", {}, "empty_file"),
        (zip_of(**{"1.png": PNG}), {"roster": b"name\na\n"}, "invalid_request"),
        (zip_of(**{"1.png": PNG}), {"paper_id": str(uuid4())}, "unknown_paper"),
    ],
)
async def test_what_can_be_seen_from_outside_is_refused_at_once(
    edge: Edge, tmp_path: Path, source: bytes, fields: dict[str, object], code: str
) -> None:
    with pytest.raises(ExamLensError) as caught:
        await edge.client.submit_batch(source, **fields)  # type: ignore[arg-type]
    assert caught.value.code == code
    assert stored_files(tmp_path) == []


async def test_a_refusal_says_where_and_in_the_callers_language(
    edge: Edge, submit_class: SubmitClass
) -> None:
    batch = await submit_class(zip_of(**{"1.png": PNG, "2.txt": b"hello"}))
    answer = await edge.http.get(f"/batches/{batch.batch_id}", headers={"Accept-Language": "zh-CN"})
    error = answer.json()["error"]
    assert (error["code"], error["position"]) == ("unsupported_media", 2)
    assert error["title"] == KINDS[ProblemCode.UNSUPPORTED_MEDIA].title.zh


async def test_a_batch_whose_paper_was_erased_meanwhile_is_refused(
    edge: Edge, database: Database, blobs: BlobStore
) -> None:
    paper = await edge.client.create_paper(KEY)
    batch = await edge.client.submit_batch(zip_of(**{"1.png": PNG}), paper_id=paper.paper_id)
    async with database.transaction() as uow:
        await uow.connection.execute(delete(papers).where(papers.c.id == paper.paper_id))
    await run_once(database, BatchDivision(blobs), batch.batch_id)
    found = await edge.client.batch(batch.batch_id)
    assert found.error is not None
    assert (found.state, found.error.code) == ("refused", "unknown_paper")


async def test_a_batch_cancelled_before_it_is_divided_takes_nothing(
    edge: Edge, database: Database, blobs: BlobStore, tmp_path: Path
) -> None:
    batch = await edge.client.submit_batch(zip_of(**{"1.png": PNG}))
    assert (await edge.client.cancel_batch(batch.batch_id)).state == "cancelled"
    assert await run_once(database, BatchDivision(blobs), batch.batch_id) == []
    with pytest.raises(ExamLensError) as caught:
        await edge.client.cancel_batch(batch.batch_id)
    assert caught.value.code == "conflict"
    await tidy(database, blobs)
    assert stored_files(tmp_path) == []
    assert (await edge.client.exams()).items == ()


async def test_cancelling_a_divided_batch_cancels_what_has_not_ended(
    edge: Edge, submit_class: SubmitClass, pipeline: Pipeline
) -> None:
    batch = await submit_class(zip_of(**{f"{n}.png": PNG + bytes([n]) for n in range(3)}))
    await pipeline.run(batch.exams[0].exam_id)
    cancelled = await edge.client.cancel_batch(batch.batch_id)
    assert cancelled.counts == {Status.COMPLETED: 1, Status.CANCELLED: 2}
    assert cancelled.is_finished


async def test_a_division_that_keeps_failing_is_a_dead_letter_and_is_tried_again(
    edge: Edge, database: Database, blobs: BlobStore, tmp_path: Path
) -> None:
    batch = await edge.client.submit_batch(zip_of(**{"1.png": PNG}))
    source = tmp_path / "blobs" / "batches" / batch.batch_id / "source"
    hidden = source.rename(tmp_path / "hidden")
    for _ in range(JOB_SPECS[JobKind.DIVISION].max_attempts):
        await pass_time(database)
        await run_once(database, BatchDivision(blobs), batch.batch_id)
    failed = await edge.client.batch(batch.batch_id)
    assert failed.error is not None
    assert (failed.state, failed.error.code) == ("failed", "attempts_exhausted")
    (dead,) = [job for job in (await edge.client.dead_letters()).jobs if job.kind == "division"]
    hidden.rename(source)
    await edge.client.replay_dead_job(dead.id)
    await run_once(database, BatchDivision(blobs), batch.batch_id)
    assert (await edge.client.batch(batch.batch_id)).students == 1
    with pytest.raises(ExamLensError) as caught:
        await edge.client.retry_batch(batch.batch_id)
    assert caught.value.code == "not_retryable"


async def test_exams_of_a_batch_keep_what_it_declared(
    edge: Edge, submit_class: SubmitClass, database: Database
) -> None:
    batch = await submit_class(
        zip_of(**{"1.png": PNG}), priority="urgent", callback_url="https://school.example/hook"
    )
    exam = await edge.client.exam(batch.exams[0].exam_id)
    assert (exam.priority, exam.callback_url) == ("urgent", "https://school.example/hook")
    async with database.transaction() as uow:
        stored = await uow.batches.find(
            batch.batch_id, (await uow.exams.get(exam.exam_id)).tenant_id
        )
    assert stored is not None
    # The roster and the address would outlive the exams that they belong to.
    assert stored.request is None


async def test_an_encrypted_source_is_named(submit_class: SubmitClass) -> None:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(10, 10)
    writer.encrypt("secret", algorithm="RC4-128")
    buffer = io.BytesIO()
    writer.write(buffer)
    assert await refusal(submit_class, buffer.getvalue(), pages_per_student=1) == "encrypted_pdf"
    locked = bytearray(zip_of(**{"1.png": PNG}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + offset] |= 1
    assert await refusal(submit_class, bytes(locked)) == "encrypted_archive"


async def test_names_inside_an_archive_are_never_paths(
    submit_class: SubmitClass, database: Database, blobs: BlobStore, tmp_path: Path
) -> None:
    source = zip_of(**{"../../escaped.png": PNG, "/etc/passwd.png": PNG + b"2"})
    batch = await submit_class(source)
    assert batch.students == 2
    await tidy(database, blobs)
    assert [path.name for path in stored_files(tmp_path)] == ["0", "0"]


async def test_another_tenants_batch_is_not_there(edge: Edge, new_key: NewKey) -> None:
    batch = await edge.client.submit_batch(zip_of(**{"1.png": PNG}))
    stranger = {"Authorization": f"Bearer {await new_key(tenant='another class')}"}
    answer = await edge.http.get(f"/batches/{batch.batch_id}", headers=stranger)
    assert answer.status_code == 404


async def test_an_erased_exam_leaves_its_batch(edge: Edge, submit_class: SubmitClass) -> None:
    batch = await submit_class(zip_of(**{"1.png": PNG, "2.png": PNG + b"2"}))
    await edge.client.delete(batch.exams[0].exam_id)
    left = await edge.client.batch(batch.batch_id)
    assert (left.students, [exam.position for exam in left.exams]) == (2, [2])
