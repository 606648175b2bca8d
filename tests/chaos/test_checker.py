"""The checker finds nothing in a run that went well, and every protection that is missing."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import delete

from services.gateway.bootstrap import create_key
from services.gateway.domain.access.keys import ALL_SCOPES
from services.gateway.intake.stored_files import StoredFiles
from shared.contract.exams import Exam
from shared.contract.stages import Stage
from shared.db.database import Database
from shared.db.repositories.corrections import Corrections
from shared.db.repositories.exams import Exams
from shared.db.repositories.stage_life import HandOn, Lease, StageLife
from shared.db.repositories.webhooks import Webhooks
from shared.db.tables import outbox
from shared.storage.blobs import open_blob_store
from shared.storage.directory import DirectoryBlobStore
from tests.chaos.behaviour import expected_end
from tests.chaos.checker import judge
from tests.chaos.final_state import FinalState, sha256_of
from tests.chaos.history import History, Told
from tests.chaos.patches import unfenced_finish
from tests.chaos.story import EdgeDatabase, a_stage

Patch = pytest.MonkeyPatch
Tell = Callable[[], Awaitable[tuple[History, FinalState]]]


@pytest_asyncio.fixture(scope="module")
async def tell(
    own_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Tell]:
    """Tells the story; returns what was told and what is left."""
    files, logs = tmp_path_factory.mktemp("blobs"), tmp_path_factory.mktemp("log")
    database = Database(own_database_url, size=5, application="test")
    async with database.transaction() as uow:
        token = await create_key(uow, name="test", scopes=ALL_SCOPES)
    async with a_stage(database, open_blob_store(str(files)), token) as begin:

        async def tell() -> tuple[History, FinalState]:
            story = await begin()
            await story.tell()
            return story.history, await story.final_state(files, logs)

        yield tell
    await database.close()


@pytest_asyncio.fixture(scope="module")
async def kept(tell: Tell) -> tuple[History, FinalState]:
    """The story as it should be."""
    return await tell()


async def test_a_run_in_which_everything_was_kept_has_no_fault(
    kept: tuple[History, FinalState],
) -> None:
    history, final = kept
    assert judge(history, final, expected_end) == ()
    # Otherwise there would have been nothing to find.
    assert {told.request for told in history} >= {"submit", "cancel", "correct", "delete"}
    assert {told.answer for told in history if told.request == "submit"} == {200, 202, 503}
    assert any(told.is_replay for told in history)
    assert len(final.received) >= 4


async def _nothing(*_: Any, **__: Any) -> int:
    return 0


def without_the_fence(patch: Patch) -> None:
    hand_on = StageLife.hand_on

    async def hand_on_what_follows(
        self: StageLife, exam: Exam, following: HandOn
    ) -> tuple[Exam, Lease | None]:
        # Where the exam went on meanwhile nothing follows.
        return await hand_on(self, exam, following) if following.moves else (exam, None)

    patch.setattr(StageLife, "finish", unfenced_finish)
    patch.setattr(StageLife, "hand_on", hand_on_what_follows)


def erasing_files_of_an_unknown_commit(patch: Patch) -> None:
    patch.setattr(StoredFiles, "leave_to_commit", lambda _: None)


def answering_before_the_commit(patch: Patch) -> None:
    patch.setattr(EdgeDatabase, "is_lossy", True)


def losing_a_message_of_the_outbox(patch: Patch) -> None:
    hand_on = StageLife.hand_on

    async def hand_on_some(
        self: StageLife, exam: Exam, following: HandOn
    ) -> tuple[Exam, Lease | None]:
        handed = await hand_on(self, exam, following)
        lost = (outbox.c.exam_id == exam.id, outbox.c.stage == Stage.REPORT)
        await self._connection.execute(delete(outbox).where(*lost))
        return handed

    patch.setattr(StageLife, "hand_on", hand_on_some)


def skipping_a_webhook(patch: Patch) -> None:
    patch.setattr(Webhooks, "announce", _nothing)


def losing_a_correction(patch: Patch) -> None:
    patch.setattr(Corrections, "add", _nothing)


def forgetting_a_cancel(patch: Patch) -> None:
    patch.setattr(Exams, "request_cancel", _nothing)


def keeping_what_was_erased(patch: Patch) -> None:
    patch.setattr(DirectoryBlobStore, "delete_prefix", _nothing)


@pytest.mark.parametrize(
    ("mutation", "finding"),
    [
        (without_the_fence, "was recorded 2 times"),
        (erasing_files_of_an_unknown_commit, "uploads/0 is lost"),
        (answering_before_the_commit, "ended as gone, not as COMPLETED"),
        (losing_a_message_of_the_outbox, "is still pending"),
        (skipping_a_webhook, "was not delivered once"),
        (losing_a_correction, "a correction that was promised is lost"),
        (forgetting_a_cancel, "ended as COMPLETED, not as CANCELLED"),
        (keeping_what_was_erased, "was erased and is there"),
    ],
    ids=lambda given: getattr(given, "__name__", None),
)
async def test_a_protection_that_is_missing_is_found(
    tell: Tell,
    monkeypatch: pytest.MonkeyPatch,
    mutation: Callable[[Patch], None],
    finding: str,
) -> None:
    mutation(monkeypatch)
    history, final = await tell()
    verdict = judge(history, final, expected_end)
    assert any(finding in sentence for sentence in verdict), verdict


def an_answer_that_names_another_exam(history: History, final: FinalState) -> FinalState:
    first = next(told for told in history if told.is_replay)
    history.note(replace(first, exam_id="another"))
    return final


def a_duplicate_of_a_stranger(history: History, final: FinalState) -> FinalState:
    first = next(told for told in history if told.duplicate_of)
    history.note(replace(first, duplicate_of="another"))
    return final


def a_status_that_goes_back(history: History, final: FinalState) -> FinalState:
    last = next(told for told in history if told.status == "COMPLETED")
    history.note(replace(last, status="PARSING", progress=30))
    return final


def an_end_that_was_told_and_is_not_there(history: History, final: FinalState) -> FinalState:
    last = next(told for told in history if told.status == "COMPLETED")
    history.note(replace(last, run=9))
    return final


def an_exam_that_vanished(history: History, final: FinalState) -> FinalState:
    last = next(told for told in history if told.who == "steady-doubles")
    history.note(replace(last, request="delete", answer=404))
    return final


def an_event_that_is_missing(history: History, final: FinalState) -> FinalState:
    return replace(final, events=[row for row in final.events if row["sequence"] != 2])


def an_event_behind_the_end(history: History, final: FinalState) -> FinalState:
    last = final.events[-1]
    late = dict(last) | {"sequence": last["sequence"] + 1, "status": "PARSING"}
    return replace(final, events=[*final.events, late])


def an_effect_that_is_missing(history: History, final: FinalState) -> FinalState:
    done = [row for row in final.effects if row["exam_id"] in final.exams]
    return replace(final, effects=[row for row in final.effects if row is not done[0]])


def a_file_that_was_swapped(history: History, final: FinalState) -> FinalState:
    keys = [row["blob_key"] for row in final.uploads]
    return replace(final, blobs={**final.blobs, keys[0]: final.blobs[keys[1]]})


def a_report_about_another(history: History, final: FinalState) -> FinalState:
    content = b"another"
    rows = [dict(row) | {"sha256": sha256_of(content)} for row in final.artefacts]
    return replace(
        final, artefacts=rows, blobs=final.blobs | {row["blob_key"]: content for row in rows}
    )


def a_webhook_that_says_otherwise(history: History, final: FinalState) -> FinalState:
    forged = [
        replace(message, body=message.body.replace(b'"COMPLETED"', b'"FAILED"'))
        for message in final.received
    ]
    return replace(final, received=forged)


def a_webhook_that_was_forged(history: History, final: FinalState) -> FinalState:
    return replace(final, secrets=())


def a_trace_in_a_log(history: History, final: FinalState) -> FinalState:
    return replace(final, traces={"steady-erases": ("relay.log",)})


def a_name_in_a_log(history: History, final: FinalState) -> FinalState:
    return replace(final, logged={"steady-1": ("gateway.log",)})


@pytest.mark.parametrize(
    ("forge", "finding"),
    [
        (an_answer_that_names_another_exam, "was told of 2 exams"),
        (a_duplicate_of_a_stranger, "is said to repeat an exam of somebody else"),
        (a_status_that_goes_back, "went from COMPLETED to PARSING"),
        (an_end_that_was_told_and_is_not_there, "in run 9, which is not there"),
        (an_exam_that_vanished, "nobody had erased it"),
        (an_event_that_is_missing, "have a gap"),
        (an_event_behind_the_end, "to PARSING in"),
        (an_effect_that_is_missing, "has no effect but is done"),
        (a_file_that_was_swapped, "uploads/0 is another"),
        (a_report_about_another, "is not about this upload"),
        (a_webhook_that_says_otherwise, "a webhook said FAILED"),
        (a_webhook_that_was_forged, "is not signed"),
        (a_trace_in_a_log, "is found in relay.log"),
        (a_name_in_a_log, "is told of in gateway.log"),
    ],
    ids=lambda given: getattr(given, "__name__", None),
)
async def test_an_answer_or_a_row_that_was_forged_is_found(
    kept: tuple[History, FinalState],
    forge: Callable[[History, FinalState], FinalState],
    finding: str,
) -> None:
    history = History(list(kept[0]))
    verdict = judge(history, forge(history, kept[1]), expected_end)
    assert any(finding in sentence for sentence in verdict), verdict


async def test_a_plain_500_is_found(kept: tuple[History, FinalState]) -> None:
    history = History([*kept[0], Told("steady-1", "status", 500)])
    assert "steady-1 was answered 500 to status" in judge(history, kept[1], expected_end)
