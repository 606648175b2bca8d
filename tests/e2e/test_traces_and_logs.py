"""A whole run leaves one trace per submission, and logs without anything of a person."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest
import typst

from examlens.client import ExamLensClient, GatewayUnreachable
from examlens.home import Home
from examlens.trace_tree import RecordedSpan, draw, read_traces
from shared.contract.stages import Stage, Status
from tests.servers import server_directory

pytestmark = pytest.mark.xdist_group("traces")

#: Words of a person's: none may appear in what the process says or records.
STUDENT, FILE_NAME, ANSWER, NAME_ON_PAPER = (
    "zhaoxiaoming",
    "quietharbour",
    "velvetlantern",
    "Quentin",
)
PAPER = f"""
#set page(width: 180mm, height: 200mm)
= English Test
Name: {NAME_ON_PAPER} #h(2em) Class: 7
== I. Fill in the blanks
1. The word for a lamp of cloth is #underline[{ANSWER}] .
2. The opposite of hot is #underline[cold] .
"""


@dataclass(frozen=True)
class Run:
    """What a process left behind after a good and a bad submission, and one it could not store."""

    good_id: str
    bad_id: str
    unstored_id: str
    spans: dict[str, list[RecordedSpan]]
    said: str
    database_said: str
    metrics: str

    @property
    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.said.splitlines() if line.startswith("{")]

    def trace_of(self, exam_id: str) -> list[RecordedSpan]:
        found = [t for t in self.spans.values() if any(s.exam_id == exam_id for s in t)]
        assert len(found) == 1, "the exam's work is in one trace"
        return found[0]


def _submit(client: ExamLensClient, folder: Path) -> tuple[str, str]:
    good = folder / f"{FILE_NAME}.pdf"
    typst.compile(PAPER.encode(), output=str(good))
    bad = folder / f"{FILE_NAME}-broken.png"
    bad.write_bytes(b"\x89PNG\r\n\x1a\n" + ANSWER.encode())
    good_id = client.submit([good], student_ref=STUDENT).exam_id
    bad_id = client.submit([bad], student_ref=STUDENT).exam_id
    assert client.wait(good_id, timeout_seconds=150).status is Status.COMPLETED
    assert client.wait(bad_id, timeout_seconds=60).status is Status.FAILED
    assert ANSWER in json.dumps(client.result(good_id).model_dump(mode="json")), (
        "the answer was read, so that it could have leaked"
    )
    return good_id, bad_id


def _submit_unstorable(client: ExamLensClient, home: Home, folder: Path) -> str:
    """An exam whose text the database refuses, with an error that quotes the whole row."""
    paper = folder / f"{FILE_NAME}-again.pdf"
    typst.compile(PAPER.encode(), output=str(paper))
    asyncio.run(_refuse_rows(home))
    exam_id = client.submit([paper], student_ref=STUDENT, force=True).exam_id
    assert client.wait(exam_id, timeout_seconds=150).status is Status.FAILED
    return exam_id


async def _refuse_rows(home: Home) -> None:
    socket_directory = (home.postgres / "postmaster.pid").read_text().splitlines()[4]
    connection = await asyncpg.connect(host=socket_directory, user="postgres", database="postgres")
    await connection.execute(
        "ALTER TABLE page_texts ADD CONSTRAINT full_moon CHECK (false) NOT VALID"
    )
    await connection.execute("ALTER TABLE exams ADD CONSTRAINT half_moon CHECK (false) NOT VALID")
    # The server knows the row, and whose exam it is.
    with pytest.raises(asyncpg.CheckViolationError, match="half_moon"):
        await connection.execute(
            "UPDATE exams SET subject = $1 WHERE student_ref = $2", ANSWER, STUDENT
        )
    await connection.execute("ALTER TABLE exams DROP CONSTRAINT half_moon")
    await connection.close()


@pytest.fixture(scope="module")
def finished() -> Iterator[Run]:
    with server_directory() as directory:
        home = Home(directory / "home")
        traces, log = directory / "traces.jsonl", directory / "log"
        command = [sys.executable, "-m", "examlens", "serve", "--port", "0"]
        with log.open("wb") as out:
            process = subprocess.Popen(
                [*command, "--log-format", "json", "--log-level", "DEBUG"],
                env=os.environ
                | {
                    "EXAMLENS_HOME": str(home.directory),
                    "EXAMLENS_TRACE_FILE": str(traces),
                    "EXAMLENS_RETRY_BACKOFF_SECONDS": "0.1",
                    "COLUMNS": "200",
                },
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        try:
            with _ready_client(home, process) as client:
                good_id, bad_id = _submit(client, directory)
                unstored_id = _submit_unstorable(client, home, directory)
            address = next(w for w in log.read_text().split() if w.endswith("/metrics"))
            metrics = _metrics_after_a_census(address)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
        database_said = "".join(file.read_text() for file in home.postgres.rglob("*log"))
        yield Run(
            good_id,
            bad_id,
            unstored_id,
            read_traces(traces),
            log.read_text(),
            database_said,
            metrics,
        )


def _metrics_after_a_census(address: str) -> str:
    """What is there when all is done: the relay counts once in five seconds."""
    deadline = time.monotonic() + 30
    nothing_waits = 'examlens_queue_tasks_waiting{queue="ocr"} 0.0'
    while nothing_waits not in (metrics := httpx2.get(address).text):
        assert time.monotonic() < deadline, metrics
        time.sleep(0.5)
    return metrics


def _ready_client(home: Home, process: subprocess.Popen[bytes]) -> ExamLensClient:
    deadline = time.monotonic() + 120
    while not (home.address_file.exists() and home.key()):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.2)
    client = ExamLensClient(home.address_file.read_text(), home.key() or "")
    while time.monotonic() < deadline:
        try:
            if client.is_ready():
                return client
        except GatewayUnreachable:
            pass
        time.sleep(0.2)
    pytest.fail("the gateway did not become ready")


def test_a_submission_and_all_its_stages_are_one_trace(finished: Run) -> None:
    spans = finished.trace_of(finished.good_id)
    names = [span.name for span in spans]
    assert spans[0].name == "POST /api/v1/exams"
    assert spans[0].attributes["http.response.status_code"] == 202
    assert [name for name in names if name.startswith("stage ")] == [f"stage {s}" for s in Stage]
    for part in ("claim", "load", "compute", "record", "publish ingest", "outbox ingest"):
        assert part in names
    for span in spans:
        assert span.parent_id is None or span.parent_id in {other.span_id for other in spans}


def test_the_trace_of_a_refused_paper_ends_with_the_stage_that_refused_it(finished: Run) -> None:
    spans = finished.trace_of(finished.bad_id)
    stages = [span for span in spans if span.name.startswith("stage ")]
    assert [span.attributes["examlens.outcome"] for span in stages] == ["rejected"]
    assert any(span.name == "compute" and span.error for span in spans)


def test_a_trace_can_be_read_as_a_tree(finished: Run) -> None:
    lines = list(draw(finished.trace_of(finished.good_id)))
    assert lines[1].endswith("POST /api/v1/exams, 202")
    assert any(line.endswith("├─ stage ocr, page 1, attempt 1, recorded") for line in lines)
    assert lines[-1].endswith("   └─ record")


def test_log_records_carry_the_ids_that_find_the_trace(finished: Run) -> None:
    ended = [r for r in finished.records if r["event"] == "stage.ended"]
    good = [r for r in ended if r["exam_id"] == finished.good_id]
    assert [r["stage"] for r in good] == list(Stage)
    assert {r["trace_id"] for r in good} == {finished.trace_of(finished.good_id)[0].trace_id}
    assert {(r["run"], r["service"]) for r in good} == {(1, "embedded")}


def test_a_refused_row_is_told_by_kind_and_place(finished: Run) -> None:
    failed = [r for r in finished.records if r.get("exam_id") == finished.unstored_id]
    errors = {r["error"].split(" at ")[0] for r in failed if r["event"] == "stage.failed"}
    assert errors == {"CheckViolationError"}


@pytest.mark.parametrize("word", [STUDENT, FILE_NAME, ANSWER, NAME_ON_PAPER])
def test_nothing_of_a_person_is_in_logs_traces_or_metrics(finished: Run, word: str) -> None:
    assert len(finished.records) > 10
    assert "full_moon" in finished.database_said, "the database tells of the refused row"
    said = (finished.said, finished.database_said, str(finished.spans), finished.metrics)
    for text in said:
        assert word.casefold() not in text.casefold()


def test_no_key_is_in_what_a_process_prints_into_a_file(finished: Run) -> None:
    assert "admin-key" in finished.said, "the file that holds it is named"
    assert "exl_" not in finished.said


def test_metrics_tell_what_ran(finished: Run) -> None:
    for line in (
        'examlens_build_info{service="embedded"',
        'examlens_exams_finished_total{error_code="",status="COMPLETED"} 1.0',
        "examlens_exam_duration_seconds_count 1.0",
        'examlens_queue_tasks_waiting{queue="ocr"} 0.0',
        'examlens_database_connections_limit{pool="worker"}',
        'examlens_stage_duration_seconds_count{stage="report"} 1.0',
    ):
        assert line in finished.metrics
