"""What is left when everything has ended: rows, files, announcements and traces."""

import asyncio
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from shared.db.tables import metadata
from tests.chaos.receiver import Received


@dataclass(frozen=True, slots=True)
class FinalState:
    """All that the checker looks at. Rows are dictionaries, ids are text."""

    exams: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    uploads: Sequence[Mapping[str, Any]] = ()
    artefacts: Sequence[Mapping[str, Any]] = ()
    tasks: Sequence[Mapping[str, Any]] = ()
    events: Sequence[Mapping[str, Any]] = ()
    effects: Sequence[Mapping[str, Any]] = ()
    #: The newest analysis of every exam: the answers of its questions.
    answers: dict[str, tuple[str | None, ...]] = field(default_factory=dict)
    corrections: Sequence[Mapping[str, Any]] = ()
    deliveries: Sequence[Mapping[str, Any]] = ()
    secrets: Sequence[str] = ()
    unpublished: int = 0
    #: Contents of all files, by their keys.
    blobs: dict[str, bytes] = field(default_factory=dict)
    received: Sequence[Received] = ()
    #: Where the traces of each exam that was erased were found, by its customer.
    traces: dict[str, tuple[str, ...]] = field(default_factory=dict)
    #: Logs that name somebody or quote what somebody sent, by customer.
    logged: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, rows: Sequence[Mapping[str, Any]], exam_id: str) -> list[Mapping[str, Any]]:
        """The ``rows`` of one exam."""
        return [row for row in rows if row["exam_id"] == exam_id]


_ROWS = {
    "uploads": "SELECT * FROM uploads ORDER BY exam_id, ordinal",
    "artefacts": "SELECT * FROM artefacts ORDER BY exam_id, run",
    "tasks": "SELECT exam_id, run, stage, page, state FROM stage_tasks",
    "events": "SELECT exam_id, sequence, run, status, progress FROM events"
    " ORDER BY exam_id, sequence",
    "effects": "SELECT exam_id, run, stage, page, count(*) AS n FROM chaos_effects"
    " GROUP BY 1, 2, 3, 4",
    "corrections": "SELECT exam_id, run, ordinal, change ->> 'student_answer' AS answer"
    " FROM corrections ORDER BY id",
    "deliveries": "SELECT id, exam_id, run, state FROM webhook_deliveries",
}
_ANSWERS = """
SELECT DISTINCT ON (exam_id) exam_id, ARRAY(
  SELECT question ->> 'student_answer' FROM jsonb_array_elements(document -> 'questions') question)
FROM analyses ORDER BY exam_id, run DESC
"""


async def read_final_state(
    database_url: str,
    blobs: Mapping[str, bytes],
    received: Iterable[Received] = (),
    *,
    traces_of: Mapping[str, Sequence[str]] | None = None,
    folders: Iterable[Path] = (),
    people: Mapping[str, Sequence[str]] | None = None,
    logs: Iterable[Path] = (),
) -> FinalState:
    """Read everything.

    ``traces_of`` says by customer which texts must not be found anywhere, and ``people`` which are
    personal and must be in none of ``logs``.
    """
    connection = await asyncpg.connect(database_url)
    try:
        exams = [_plain(row) for row in await connection.fetch("SELECT * FROM exams")]
        rows = {
            name: tuple(_plain(row) for row in await connection.fetch(query))
            for name, query in _ROWS.items()
        }
        answers = {str(row[0]): tuple(row[1]) for row in await connection.fetch(_ANSWERS)}
        secrets = await connection.fetch("SELECT secret FROM webhook_secrets")
        unpublished = await connection.fetchval(
            "SELECT count(*) FROM outbox WHERE published_at IS NULL"
        )
        traces = {
            who: await _tables_with(connection, texts) for who, texts in (traces_of or {}).items()
        }
    finally:
        await connection.close()
    for who, texts in (traces_of or {}).items():
        named = [key for key, content in blobs.items() if _has_any(content, texts)]
        logged = await asyncio.to_thread(_files_with, list(folders), texts)
        traces[who] += (*named, *logged)
    return FinalState(
        exams={exam["id"]: exam for exam in exams},
        answers=answers,
        secrets=tuple(row["secret"] for row in secrets),
        unpublished=int(unpublished),
        blobs=dict(blobs),
        received=tuple(received),
        traces={who: places for who, places in traces.items() if places},
        logged=await asyncio.to_thread(_named_in, list(logs), people or {}),
        **rows,
    )


def files_below(root: Path) -> dict[str, bytes]:
    """All files of a blob store in a directory, unfinished ones too."""
    paths = [path for path in root.rglob("*") if path.is_file()]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


def sha256_of(content: bytes) -> str:
    """As rows hold it."""
    return hashlib.sha256(content).hexdigest()


def _plain(row: asyncpg.Record) -> dict[str, Any]:
    ids = {"id", "exam_id", "paper_id", "tenant_id"}
    return {name: str(value) if name in ids else value for name, value in row.items()}


async def _tables_with(connection: asyncpg.Connection, texts: Sequence[str]) -> tuple[str, ...]:
    found = []
    for table in metadata.sorted_tables:
        name = table.name
        query = f"SELECT EXISTS (SELECT FROM {name} t WHERE strpos(t::text, $1) > 0)"  # noqa: S608 -- our own tables
        if any([await connection.fetchval(query, wanted) for wanted in texts]):
            found.append(f"table {name}")
    return tuple(found)


def _files_with(folders: Sequence[Path], texts: Sequence[str]) -> tuple[str, ...]:
    """Files below ``folders`` that hold one of ``texts``."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return tuple(str(path) for path in files if _has_any(path.read_bytes(), texts))


def _named_in(
    logs: Sequence[Path], people: Mapping[str, Sequence[str]]
) -> dict[str, tuple[str, ...]]:
    """Which of ``logs``, files or folders of them, tell of whom."""
    found: dict[str, tuple[str, ...]] = {}
    files = [path for log in logs for path in (log.rglob("*") if log.is_dir() else (log,))]
    for path in files:
        content = path.read_bytes() if path.is_file() else b""
        for who, texts in people.items():
            if _has_any(content, texts):
                found[who] = (*found.get(who, ()), path.name)
    return found


def _has_any(content: bytes, texts: Sequence[str]) -> bool:
    return any(wanted.encode() in content for wanted in texts)
