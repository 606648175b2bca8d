"""Server-sent events over real HTTP."""

import asyncio
import time

import httpx2
import pytest

from examlens.client import AsyncExamLensClient, ExamLensClient, ExamLensError
from shared.contract.api.exams import EventBody
from shared.contract.stages import Stage, Status
from shared.db.database import Database
from tests.integration.gateway.conftest import Edge, NewKey, StartGateway
from tests.integration.gateway.pipeline import PNG, Pipeline
from tests.integration.gateway.test_wrong_keys import CountedDatabase


async def submit(edge: Edge) -> str:
    return (await edge.client.submit([PNG], force=True)).exam_id


async def test_events_arrive_as_they_happen_and_end_with_the_exam(
    edge: Edge, pipeline: Pipeline
) -> None:
    exam_id = await submit(edge)
    seen: list[EventBody] = []
    has_first = asyncio.Event()

    async def watch() -> None:
        async for event in edge.client.events(exam_id):
            seen.append(event)
            has_first.set()

    watching = asyncio.create_task(watch())
    async with asyncio.timeout(20):
        await has_first.wait()
        assert [event.status for event in seen] == [Status.UPLOADED]
        await pipeline.run(exam_id)
        await watching
    assert [event.sequence for event in seen] == list(range(1, len(seen) + 1))
    assert seen[-1].status is Status.COMPLETED
    assert [event.page for event in seen if event.stage is Stage.OCR and event.page] == [1, 2]


async def test_a_stream_resumes_behind_the_last_event_seen(edge: Edge, pipeline: Pipeline) -> None:
    exam_id = await submit(edge)
    await pipeline.run(exam_id)
    everything = [event async for event in edge.client.events(exam_id)]
    rest = [event async for event in edge.client.events(exam_id, after=5)]
    assert rest == everything[5:]
    assert [event async for event in edge.client.events(exam_id, after=9999)] == []


async def test_a_stream_of_which_nothing_is_left_says_so_and_is_not_asked_for_again(
    edge: Edge, pipeline: Pipeline
) -> None:
    exam_id = await submit(edge)
    await edge.client.cancel(exam_id)
    answer = await edge.http.get(f"/exams/{exam_id}/events", headers={"Last-Event-ID": "1"})
    assert answer.status_code == 200
    answer = await edge.http.get(f"/exams/{exam_id}/events", headers={"Last-Event-ID": "2"})
    assert (answer.status_code, answer.content) == (204, b"")


async def test_the_stream_is_in_the_standard_format(edge: Edge, pipeline: Pipeline) -> None:
    exam_id = await submit(edge)
    await edge.client.cancel(exam_id)
    answer = await edge.http.get(f"/exams/{exam_id}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    blocks = answer.text.strip().split("\n\n")
    assert blocks[0].startswith("retry: ")
    assert [block.split("\n")[0] for block in blocks[1:]] == ["id: 1", "id: 2"]
    assert all(block.split("\n")[1] == "event: status" for block in blocks[1:])


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "9" * 10])
async def test_a_malformed_last_event_id_is_refused(edge: Edge, last: str) -> None:
    exam_id = await submit(edge)
    answer = await edge.http.get(f"/exams/{exam_id}/events", headers={"Last-Event-ID": last})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


async def test_an_unknown_exam_has_no_stream(edge: Edge) -> None:
    with pytest.raises(ExamLensError) as caught:
        _ = [event async for event in edge.client.events("00000000-0000-4000-8000-000000000000")]
    assert caught.value.code == "not_found"


async def test_a_stream_ends_when_the_exam_is_erased(edge: Edge) -> None:
    exam_id = await submit(edge)

    async def watch() -> list[EventBody]:
        return [event async for event in edge.client.events(exam_id)]

    watching = asyncio.create_task(watch())
    await asyncio.sleep(0.2)
    await edge.client.delete(exam_id)
    async with asyncio.timeout(5):
        assert len(await watching) >= 1


async def test_those_who_wait_do_not_hold_up_a_shutdown(
    start_gateway: StartGateway, new_key: NewKey
) -> None:
    token = await new_key()
    async with start_gateway() as address:
        client = AsyncExamLensClient(address, token)
        exam_id = (await client.submit([PNG], force=True)).exam_id

        async def watch() -> list[EventBody]:
            return [event async for event in client.events(exam_id)]

        watching = asyncio.create_task(watch())
        waiting = asyncio.create_task(client.wait(exam_id, timeout_seconds=1))
        await asyncio.sleep(0.3)
        waiting.cancel()
        started = time.monotonic()
    assert time.monotonic() - started < 3
    assert len(await watching) == 1
    await client.close()


async def test_the_blocking_client_streams_as_well(edge: Edge, pipeline: Pipeline) -> None:
    exam_id = await submit(edge)
    await pipeline.run(exam_id)

    def watch() -> list[EventBody]:
        with ExamLensClient(edge.address, edge.token) as client:
            assert client.wait(exam_id).status is Status.COMPLETED
            assert client.is_ready()
            assert [exam.exam_id for exam in client.all_exams()] == [exam_id]
            return list(client.events(exam_id))

    events = await asyncio.to_thread(watch)
    assert events[-1].progress == 100


async def test_a_stream_token_opens_the_events_of_its_exam_without_a_header(
    edge: Edge, pipeline: Pipeline, database: Database
) -> None:
    exam_id, other = await submit(edge), await submit(edge)
    await pipeline.run(exam_id)
    made = await edge.client.stream_token(exam_id)
    async with httpx2.AsyncClient(base_url=edge.address) as browser:
        heard = await browser.get(made.url)
        assert heard.status_code == 200
        assert "COMPLETED" in heard.text
        assert (await browser.get(made.url.replace(exam_id, other))).status_code == 401
        assert (await browser.get(made.url[:-1] + "~")).status_code == 401
        status = f"/api/v1/exams/{exam_id}/status?stream_token={made.token}"
        assert (await browser.get(status)).status_code == 401
        async with database.transaction() as uow:
            await uow.api_keys.revoke(edge.token.split("_")[1])
        assert (await browser.get(made.url)).status_code == 401


async def test_a_hundred_streams_cost_no_transaction_of_their_own(
    start_gateway: StartGateway, new_key: NewKey, database_url: str, pipeline: Pipeline
) -> None:
    database = CountedDatabase(database_url, size=2, application="test")
    token = await new_key()
    async with (
        start_gateway(database=database, key_cache_seconds=60.0) as address,
        AsyncExamLensClient(address, token) as client,
    ):
        exam_id = (await client.submit([PNG], force=True)).exam_id
        before = database.transactions
        opened = asyncio.Semaphore(0)

        async def watch() -> list[int]:
            seen = []
            async for event in client.events(exam_id):
                seen.append(event.sequence)
                if len(seen) == 1:
                    opened.release()
            return seen

        watching = [asyncio.create_task(watch()) for _ in range(100)]
        async with asyncio.timeout(60):
            for _ in watching:
                await opened.acquire()
            await pipeline.run(exam_id)
            seen = await asyncio.gather(*watching)
        assert database.transactions == before
    assert all(one == list(range(1, len(seen[0]) + 1)) for one in seen)
    await database.close()
