"""The final account: every accepted exam has one outcome, and every effect is there once."""

import re
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from tests.chaos.quick_stages import pages_of

#: What exams of each behaviour end as.
EXPECTED = {
    "steady": "COMPLETED",
    "flaky": "COMPLETED",
    "slow": "COMPLETED",
    "bad": "FAILED broken_image",
    "deadly": "FAILED crashed_worker",
}
_SUPPRESSED = re.compile(r'"outcome": "(not_due|fenced|superseded)"')


@dataclass(frozen=True, slots=True)
class Account:
    """Counts at the end of a run. ``lost`` counts exams without the outcome they should have."""

    exams: int
    completed: int
    failed_expected: int
    lost: int
    duplicated: int
    stuck: int
    outbox: int
    suppressed_duplicates: int

    @property
    def is_clean(self) -> bool:
        """Nothing was lost, repeated or left over."""
        return not (self.lost or self.duplicated or self.stuck or self.outbox)

    def line(self, seed: int) -> str:
        """The run's last line."""
        parts = " ".join(f"{name}={getattr(self, name)}" for name in self.__slots__)
        return f"chaos seed={seed} {parts}"


async def unfinished(database_url: str) -> int:
    """Exams that have not ended."""
    connection = await asyncpg.connect(database_url)
    try:
        count = await connection.fetchval(
            "SELECT count(*) FROM exams"
            " WHERE status NOT IN ('COMPLETED', 'FAILED', 'CANCELLED', 'DUPLICATE')"
        )
    finally:
        await connection.close()
    return int(count)


async def settle_accounts(database_url: str, accepted: dict[str, str], logs: Path) -> Account:
    """Compare what was accepted (exam id → student reference) with what stands in PostgreSQL."""
    connection = await asyncpg.connect(database_url)
    try:
        exams = {
            str(row["id"]): row
            for row in await connection.fetch(
                "SELECT id, status, error_code, run, student_ref FROM exams"
            )
        }
        effects = {
            (str(row["exam_id"]), row["run"], row["stage"], row["page"]): row["n"]
            for row in await connection.fetch(
                "SELECT exam_id, run, stage, page, count(*) AS n"
                " FROM chaos_effects GROUP BY 1, 2, 3, 4"
            )
        }
        endings = {
            str(row["exam_id"]): row["n"]
            for row in await connection.fetch(
                "SELECT exam_id, count(*) AS n FROM events"
                " WHERE status IN ('COMPLETED', 'FAILED', 'CANCELLED') GROUP BY 1"
            )
        }
        waiting = await connection.fetchval(
            "SELECT count(*) FROM outbox WHERE published_at IS NULL"
        )
    finally:
        await connection.close()
    lost = completed = failed = 0
    duplicated = sum(n - 1 for n in effects.values()) + sum(n - 1 for n in endings.values())
    stuck = sum(exam["status"] not in {"COMPLETED", "FAILED"} for exam in exams.values())
    for exam_id, reference in accepted.items():
        exam = exams.get(exam_id)
        outcome = "" if exam is None else f"{exam['status']} {exam['error_code'] or ''}".strip()
        if outcome != EXPECTED[reference.partition("-")[0]]:
            # A stuck exam is counted as such, and only once.
            lost += exam is None or exam["status"] in {"COMPLETED", "FAILED"}
            print(f"exam {exam_id} ({reference}) ended as {outcome or 'nothing'}")
        elif outcome == "COMPLETED":
            completed += 1
            lost += not _has_all_effects(exam_id, effects)
        else:
            failed += 1
    references = [exam["student_ref"] for exam in exams.values()]
    duplicated += len(references) - len(set(references))
    return Account(
        exams=len(accepted),
        completed=completed,
        failed_expected=failed,
        lost=lost,
        duplicated=duplicated,
        stuck=stuck,
        outbox=int(waiting),
        suppressed_duplicates=_suppressed(logs),
    )


def _suppressed(logs: Path) -> int:
    """Deliveries that the workers found to be repeats or too late."""
    texts = (path.read_text(errors="replace") for path in logs.glob("*.log"))
    return sum(len(_SUPPRESSED.findall(text)) for text in texts)


def _has_all_effects(exam_id: str, effects: dict[tuple[str, int, str, int], int]) -> bool:
    wanted = {("ocr", page) for page in range(1, pages_of(exam_id) + 1)} | {
        (stage, 0)
        for stage in ("ingest", "parsing", "analysis", "diagnostic", "report", "completion")
    }
    return all((exam_id, 1, stage, page) in effects for stage, page in wanted)
