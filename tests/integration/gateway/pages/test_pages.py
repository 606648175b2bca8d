"""The pages over real HTTP: what they show of exams, papers and classes, and what they change."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from services.ingest.division import BatchDivision
from shared.contract.api.questions import CorrectionRequest
from shared.contract.exams import crop_key
from shared.contract.stages import Stage, Status
from shared.db.database import Database
from shared.storage.blobs import BlobStore
from tests.integration.gateway.conftest import Edge, NewKey, SubmitClass
from tests.integration.gateway.pages.browser import Browser, signed_in
from tests.integration.gateway.pipeline import PNG, Pipeline
from tests.integration.gateway.test_batches import zip_of
from tests.integration.gateway.test_classes import KEY as CLASS_KEY
from tests.integration.gateway.test_classes import RIGHT, Classroom, compute_all
from tests.integration.gateway.test_submission import KEY
from tests.integration.jobs import run_once

PROBE = "\"><script>alert(1)</script>'&"
#: What must never stand in a page: the probe as markup.
LIVE = "<script>alert(1)"


async def test_the_list_shows_every_exam_with_its_score_and_what_waits_for_review(
    edge: Edge, pipeline: Pipeline
) -> None:
    done = (await edge.client.submit([PNG], force=True, student_ref="S-07")).exam_id
    await pipeline.run(done)
    waiting = (await edge.client.submit([PNG], force=True, student_ref="S-08")).exam_id
    async with signed_in(edge) as browser:
        page = (await browser.get("/exams")).text
        assert "S-07" in page
        assert f'href="/review?exam_id={done}"' in page
        assert f'hx-post="/exams/{waiting}/cancel"' in page
        assert "every 10s" in page
        assert re.findall(r'data-live="([^"]+)"', page) == [waiting]
        rows = await browser.get("/exams", headers={"HX-Request": "true", "HX-Target": "rows"})
        assert rows.text.strip().startswith("<tbody")
        filtered = (await browser.get("/exams?student_ref=S-08")).text
        assert "S-07" not in filtered


async def test_a_class_is_listed_in_the_order_of_its_students(
    edge: Edge, submit_class: SubmitClass
) -> None:
    archive = zip_of(**{f"{n}.png": PNG + bytes([n]) for n in (10, 2, 1)})
    roster = "student_ref,file\n" + "".join(f"Seat {n},{n}.png\n" for n in (10, 2, 1))
    await submit_class(archive, roster=roster.encode())
    async with signed_in(edge) as browser:
        page = (await browser.get("/exams")).text
    assert re.findall(r">(Seat \d+)</a>", page) == ["Seat 1", "Seat 2", "Seat 10"]


async def test_a_filter_that_was_not_chosen_is_none(edge: Edge) -> None:
    async with signed_in(edge) as browser:
        for path in ("/exams?status=&student_ref=&paper_id=", "/review?paper_id=&exam_id="):
            assert (await browser.get(path)).status_code == 200
        assert (await browser.get("/exams?status=BROKEN")).status_code == 422


async def test_an_exam_that_runs_is_cancelled_and_tried_again_from_its_page(
    edge: Edge, pipeline: Pipeline
) -> None:
    exam_id = (await edge.client.submit([PNG], force=True)).exam_id
    async with signed_in(edge) as browser:
        page = (await browser.get(f"/exams/{exam_id}")).text
        assert f'data-live="{exam_id}"' in page
        assert "<progress" in page
        answer = await browser.submit(f"/exams/{exam_id}/cancel")
        assert answer.headers["location"] == f"/exams/{exam_id}"
        assert "Cancelled" in (await browser.get(f"/exams/{exam_id}")).text
        await browser.submit(f"/exams/{exam_id}/retry")
        part = {"HX-Request": "true", "HX-Target": "watch"}
        assert (await browser.get(f"/exams/{exam_id}", headers=part)).text.count("<li") == 7
        await pipeline.run(exam_id)
        ended = await browser.get(f"/exams/{exam_id}", headers=part)
        assert ended.headers["hx-refresh"] == "true"
        await browser.submit(f"/exams/{exam_id}/erase")
        assert (await browser.get(f"/exams/{exam_id}")).status_code == 404


async def test_an_open_page_is_told_of_every_change_of_its_own_exams(
    edge: Edge, pipeline: Pipeline, new_key: NewKey
) -> None:
    mine = (await edge.client.submit([PNG], force=True)).exam_id
    address = f"/watch/events?exam={mine}"
    async with signed_in(edge) as browser, Browser(edge.address) as stranger:
        async with browser.stream("GET", address) as told:
            assert told.headers["content-type"].startswith("text/event-stream")
            lines = told.aiter_lines()
            await next_change(lines)
            await pipeline.run(mine, until=Stage.INGEST)
            await next_change(lines)
        await stranger.sign_in(await new_key(tenant="another school"))
        assert (await stranger.get(address)).status_code == 204
        assert (await browser.get("/watch/events?exam=nobody")).status_code == 404
        too_many = "&".join(["exam=" + mine] * 41)
        assert (await browser.get(f"/watch/events?{too_many}")).status_code == 422
    async with Browser(edge.address) as nobody:
        assert (await nobody.get(address)).status_code == 303


async def next_change(lines: AsyncIterator[str]) -> None:
    async with asyncio.timeout(10):
        async for line in lines:
            if line == "event: change":
                return
    pytest.fail("the stream ended")


async def test_a_result_shows_questions_beside_pages_and_is_corrected_there(
    edge: Edge, pipeline: Pipeline
) -> None:
    exam_id = (await edge.client.submit([PNG], force=True)).exam_id
    await pipeline.run(exam_id)
    async with signed_in(edge) as browser:
        page = (await browser.get(f"/exams/{exam_id}")).text
        assert f'src="/api/v1/exams/{exam_id}/pages/1"' in page
        assert page.count('class="question"') == 2
        answer = await browser.submit(
            f"/exams/{exam_id}/questions/2", verdict="", student_answer=PROBE
        )
        assert answer.headers["location"] == f"/exams/{exam_id}#q-2"
        history = (await browser.get(f"/exams/{exam_id}?view=history")).text
        assert LIVE not in history
        assert PROBE in unescape(history)
        partly = await browser.submit(f"/exams/{exam_id}/questions/2", verdict="partial", score="x")
        assert partly.status_code == 422
        for view in ("report", "files"):
            assert (await browser.get(f"/exams/{exam_id}?view={view}")).status_code == 200


async def test_a_paper_is_typed_saved_changed_and_its_exams_scored_again(
    edge: Edge, pipeline: Pipeline
) -> None:
    row = {
        "section": ["一", "一", ""],
        "number": ["1", "2", ""],
        "type": ["single_choice"] * 3,
        "answer": ["A", PROBE, ""],
        "points": ["2", "2", ""],
        "knowledge_points": [PROBE, "", ""],
    }
    async with signed_in(edge) as browser:
        wrong = await browser.submit(
            "/papers/new", title=PROBE, **{**row, "points": ["2", "x", ""]}
        )
        assert wrong.status_code == 422
        assert "Row 2" in wrong.text
        assert "above 0" in wrong.text
        assert LIVE not in wrong.text
        saved = await browser.submit("/papers/new", title=PROBE, subject=PROBE, **row)
        assert saved.status_code == 303
        address = saved.headers["location"].partition("?")[0]
        page = (await browser.get(saved.headers["location"])).text
        assert LIVE not in page
        assert "Saved." in page
        paper_id = address.rpartition("/")[2]
        exam_id = (await edge.client.submit([PNG], paper_id=paper_id, force=True)).exam_id
        await pipeline.run(exam_id)
        etag = unescape(re.search(r'name="etag" value="([^"]+)"', page)[1])
        changed = await browser.submit(address, title="T", etag=etag, **row)
        assert changed.status_code == 303
        stale = (await browser.get(changed.headers["location"])).text
        assert "1 exam is still scored by an earlier key" in stale
        late = await browser.submit(address, title="U", etag=etag, **row)
        assert late.status_code == 409
        assert "Somebody else" in late.text
        again = await browser.submit(f"{address}/rescore")
        assert again.headers["location"] == f"{address}/scores"
        assert "Being scored" in (await browser.get(f"{address}/scores")).text
        await pipeline.run(exam_id, until=Stage.COMPLETION)
        assert (await browser.get("/papers")).status_code == 200


async def test_a_model_paper_becomes_a_key_only_when_a_person_has_confirmed_it(
    edge: Edge, pipeline: Pipeline, new_key: NewKey
) -> None:
    exam_id = (await edge.client.submit([PNG], force=True, subject=PROBE)).exam_id
    async with signed_in(edge) as browser, Browser(edge.address) as stranger:
        early = await browser.get(f"/papers/new?exam_id={exam_id}")
        assert early.status_code == 409
        assert (await browser.get(f"/exams/{exam_id}?model=1")).status_code == 200
        await pipeline.run(exam_id)
        led = await browser.get(f"/exams/{exam_id}?model=1")
        assert led.headers["location"] == f"/papers/new?exam_id={exam_id}"
        page = (await browser.get(led.headers["location"])).text
        assert LIVE not in page
        assert f"/api/v1/exams/{exam_id}/questions/1/crop" in page
        assert "not sure" in page
        rows = {
            name: [unescape(v) for v in re.findall(rf'name="{name}" value="([^"]*)"', page)]
            for name in ("section", "number", "answer", "points", "knowledge_points")
        } | {
            name: re.findall(rf'name="{name}" value="([^"]*)"', page)
            for name in ("ordinal", "unsure")
        }
        rows["type"] = ["single_choice"] * len(rows["number"])
        given = {**rows, "title": "Model", "exam_id": exam_id}
        before = len((await edge.client.papers()).items)
        refused = await browser.submit("/papers/new", **given)
        assert refused.status_code == 422
        assert "Compare every answer" in refused.text
        assert f"/api/v1/exams/{exam_id}/questions/1/crop" in refused.text
        assert len((await edge.client.papers()).items) == before
        await stranger.sign_in(await new_key(tenant="another school"))
        assert (await stranger.get(f"/papers/new?exam_id={exam_id}")).status_code == 404
        theirs = await stranger.submit("/papers/new", **given, confirmed="1", erase="1")
        assert theirs.status_code == 404
        saved = await browser.submit("/papers/new", **given, confirmed="1", erase="1")
        assert saved.status_code == 303
        assert (await browser.get(f"/exams/{exam_id}")).status_code == 404


async def test_pasted_lines_and_tables_come_into_the_editor_to_be_looked_at(edge: Edge) -> None:
    async with signed_in(edge) as browser:
        pasted = await browser.submit("/papers/new", add="1", lines="1-3 CDB", points_each="4")
        assert pasted.status_code == 200
        assert pasted.text.count('value="4"') == 3
        wrong = await browser.submit("/papers/new", add="1", lines="1-3 CDBA", points_each="4")
        assert wrong.status_code == 422
        assert "Line 1 has 4 answers for 3 questions" in wrong.text
        template = (await browser.get("/papers/template.csv")).content
        files = {"table": (f"{PROBE}.csv", template, "text/csv")}
        fields = {"csrf_token": browser.csrf, "add": "1", "title": ""}
        uploaded = await browser.post("/papers/new", data=fields, files=files)
        assert "期中测验" in uploaded.text
        files = {"table": ("x.csv", b"a,b\n1,2\n", "text/csv")}
        refused = await browser.post("/papers/new", data=fields, files=files)
        assert refused.status_code == 422
        assert "csv_columns" in refused.text


async def test_equal_readings_are_decided_together_and_taken_back(
    edge: Edge, pipeline: Pipeline
) -> None:
    paper = await edge.client.create_paper(KEY)
    exams = []
    for student in ("A", PROBE):
        accepted = await edge.client.submit(
            [PNG], paper_id=paper.paper_id, student_ref=student, force=True
        )
        await pipeline.run(accepted.exam_id)
        exams.append(accepted.exam_id)
    async with signed_in(edge) as browser:
        page = (await browser.get(f"/review?paper_id={paper.paper_id}")).text
        assert LIVE not in page
        assert "2 answers" in page
        places = [unescape(found) for found in re.findall(r'name="place" value="([^"]+)"', page)]
        assert len(places) == 2
        program = {"Accept": "application/json", "X-CSRF-Token": browser.csrf}
        answer = await browser.post(
            "/review", data={"place": places, "verdict": "correct"}, headers=program
        )
        assert (len(answer.json()["applied"]), answer.json()["skipped"]) == (2, 0)
        # Decided at once, also while the exams are being scored anew.
        assert "Nothing is left" in (await browser.get("/review")).text
        await finish_review(browser, *exams)
        for exam_id in exams:
            assert (await pipeline.run(exam_id)).run == 2
        undone = await browser.post(
            "/review/undo", data={"place": answer.json()["applied"]}, headers=program
        )
        assert len(undone.json()["applied"]) == 2
        history = (await browser.get(f"/exams/{exams[0]}?view=history")).text
        assert history.count("<tr>") == 3
        other = [places[0].replace('"reading"', '"was"')]
        late = await browser.post(
            "/review",
            data={"place": other, "verdict": "partial", "score": "1"},
            headers=program,
        )
        assert late.json()["skipped"] == 1
        nothing = await browser.post("/review", data={"verdict": "correct"}, headers=program)
        assert nothing.json()["code"] == "invalid_request"


async def finish_review(browser: Browser, *exam_ids: str) -> None:
    sent = {"csrf_token": browser.csrf, "exam": list(exam_ids)}
    assert (await browser.post("/review/finish", data=sent)).status_code == 204


async def test_a_review_scores_each_exam_once_for_all_its_decisions(
    edge: Edge, pipeline: Pipeline
) -> None:
    exam_id = (await edge.client.submit([PNG], force=True)).exam_id
    await pipeline.run(exam_id)
    place = {"exam_id": exam_id, "ordinal": 2}
    async with signed_in(edge) as browser:
        headers = {"Accept": "application/json", "X-CSRF-Token": browser.csrf}
        shown = (await edge.client.question(exam_id, 2)).question.student_answer
        decided = json.dumps({**place, "reading": shown})
        for verdict in ("correct", "incorrect", "unanswered"):
            answer = await browser.post(
                "/review", data={"place": decided, "verdict": verdict}, headers=headers
            )
            assert len(answer.json()["applied"]) == 1
        # Further decisions are waited for: a message that came too early would change nothing.
        resting = await pipeline.run(exam_id)
        assert (resting.run, resting.status) == (2, Status.PARSED)
        await finish_review(browser, exam_id, str(uuid4()))
        done = await pipeline.run(exam_id)
        assert (done.run, done.status) == (2, Status.COMPLETED)
        await finish_review(browser, exam_id)
        assert (await pipeline.exam(exam_id)).run == 2


async def test_what_anybody_decided_last_is_listed_and_taken_back_there(
    edge: Edge, pipeline: Pipeline, new_key: NewKey
) -> None:
    exam_id = (await edge.client.submit([PNG], force=True, student_ref=PROBE)).exam_id
    await pipeline.run(exam_id)
    question = await edge.client.question(exam_id, 2)
    await edge.client.correct(question, CorrectionRequest(student_answer=PROBE))
    await pipeline.run(exam_id)
    place = json.dumps({"exam_id": exam_id, "ordinal": 2})
    async with signed_in(edge) as browser, Browser(edge.address) as stranger:
        recent = (await browser.get("/review/recent")).text
        assert LIVE not in recent
        assert f"/exams/{exam_id}#q-2" in recent
        assert "Take back" in (await browser.get(f"/exams/{exam_id}?view=history")).text
        await stranger.sign_in(await new_key(tenant="another school"))
        assert exam_id not in (await stranger.get("/review/recent")).text
        await stranger.submit("/review/undo", place=place)
        assert (await pipeline.exam(exam_id)).run == 2
        answer = await browser.submit("/review/undo", place=place, next="//evil.example")
        assert answer.headers["location"] == "/exams"
        # Nobody waits for more from a form that comes alone.
        assert (await pipeline.run(exam_id)).run == 3
        assert exam_id not in (await browser.get("/review/recent")).text
        assert "Take back" not in (await browser.get(f"/exams/{exam_id}?view=history")).text


async def test_a_link_shows_one_exam_to_anybody_until_it_is_revoked(
    edge: Edge, pipeline: Pipeline, new_key: NewKey
) -> None:
    exam_id = (await edge.client.submit([PNG], force=True)).exam_id
    await pipeline.run(exam_id)
    async with signed_in(edge) as browser, Browser(edge.address) as parent:
        await browser.submit(f"/exams/{exam_id}/share", days="7")
        page = (await browser.get(f"/exams/{exam_id}?view=files")).text
        address = re.search(r'value="(http[^"]+/s/[^"]+)"', page)[1]
        path = "/s/" + address.rpartition("/")[2]
        shown = await parent.get(path)
        assert shown.status_code == 200
        assert "Sign out" not in shown.text
        assert "<form" not in shown.text
        assert shown.headers["referrer-policy"] == "no-referrer"
        assert (await parent.get(f"{path}/pages/1")).content == PNG
        assert (await parent.get(f"{path}/report.pdf")).status_code == 200
        for other in (f"{path}/practice.pdf", "/exams", f"/exams/{exam_id}", f"{path[:-1]}A"):
            assert (await parent.get(other)).status_code in {303, 404, 422}
        assert (await parent.get(f"/api/v1/exams/{exam_id}")).status_code == 401
        link = re.search(rf"/exams/{exam_id}/share/([0-9a-f-]+)/revoke", page)[1]
        async with Browser(edge.address) as stranger:
            await stranger.sign_in(await new_key(tenant="another school"))
            refused = await stranger.submit(f"/exams/{exam_id}/share/{link}/revoke")
            assert refused.status_code == 404
        await browser.submit(f"/exams/{exam_id}/share/{link}/revoke")
        assert (await parent.get(path)).status_code == 404


async def test_the_division_of_a_class_is_shown_before_it_is_sent(
    edge: Edge, database: Database, blobs: BlobStore, new_key: NewKey
) -> None:
    body = zip_of(**{f"{PROBE}/1.png": PNG, f"{PROBE}/2.png": PNG, "b/1.png": PNG})
    async with signed_in(edge) as browser:
        token = {"X-CSRF-Token": browser.csrf, "Accept": "application/json"}

        async def looked_into(content: bytes) -> dict[str, Any]:
            files = {"files": ("class.zip", content, "application/zip")}
            answer = await browser.post("/submit/division", files=files, headers=token)
            assert (answer.status_code, answer.json()["state"]) == (202, "queued")
            await run_once(database, BatchDivision(blobs), answer.json()["batch_id"])
            found = await browser.get(answer.headers["location"])
            assert found.headers["content-type"] == "application/json"
            return dict(found.json())

        shown = await looked_into(body)
        assert sorted(part["files"] for part in shown["parts"]) == [1, 2]
        assert (await edge.http.get("/exams")).json()["items"] == []
        # A preview is no batch to the API, and nobody else's to the page.
        assert (await edge.http.get(f"/batches/{shown['batch_id']}")).status_code == 404
        refused = await looked_into(b"PK\x03\x04")
        assert (refused["error"]["code"], refused["parts"]) == ("broken_archive", [])
    stranger = Edge(edge.address, await new_key(tenant="other school"), edge.http, edge.client)
    async with signed_in(stranger) as browser:
        foreign = await browser.get(f"/submit/division/{shown['batch_id']}")
        assert foreign.status_code == 404


async def test_a_class_page_leads_to_students_and_to_every_answer_of_a_question(
    edge: Edge, pipeline: Pipeline, database: Database
) -> None:
    paper = await edge.client.create_paper(CLASS_KEY)
    classroom = Classroom(edge, pipeline, paper.paper_id)
    path = f"/papers/{paper.paper_id}/class"
    async with signed_in(edge) as browser:
        assert "No paper is done yet" in (await browser.get(path)).text
        best = await classroom.sit(PROBE, RIGHT)
        await classroom.sit("S-02", "BBBBBBBBBB")
        await compute_all(database)
        page = (await browser.get(path)).text
        assert LIVE not in page
        assert f'href="/exams/{best}"' in page
        address = f"{path}/question?address={quote('一.1')}"
        assert address in page
        answers = (await browser.get(address)).text
        assert answers.count("data-crop") == 2
        assert LIVE not in answers
        assert (await browser.get(f"{path}/question?address=9")).status_code == 404


async def test_operations_show_what_waits_and_hand_out_keys(edge: Edge, new_key: NewKey) -> None:
    async with signed_in(edge) as browser:
        for path in ("", "/keys", "/webhooks", "/audit"):
            assert (await browser.get(f"/operations{path}")).status_code == 200
        made = await browser.submit("/operations/keys", name=PROBE, scope=["read"])
        assert LIVE not in made.text
        token = re.search(r'value="(exl_[^"]+)"', made.text)[1]
        async with Browser(edge.address) as other:
            assert (await other.sign_in(token)).status_code == 303
            assert (await other.get("/operations")).status_code == 403
            assert 'href="/operations"' not in (await other.get("/exams")).text
            await browser.submit(f"/operations/keys/{token.split('_')[1]}/revoke")
            assert (await other.get("/exams")).status_code == 303
        foreign = (await new_key(tenant="another school")).split("_")[1]
        assert (await browser.submit(f"/operations/keys/{foreign}/revoke")).status_code == 404
        assert foreign not in (await browser.get("/operations/keys")).text


async def test_the_reference_lists_every_operation_of_the_api(edge: Edge) -> None:
    document = (await edge.http.get("/openapi.json")).json()
    async with Browser(edge.address) as anybody:
        page = (await anybody.get("/docs")).text
    for methods in document["paths"].values():
        for operation in methods.values():
            assert f'id="{operation["operationId"]}"' in page


@pytest.mark.parametrize(
    "path",
    ["/exams?student_ref=", "/review?exam_id=", "/language/en?next=", "/sign-in?next=", "/"],
)
async def test_what_an_address_says_is_never_markup(edge: Edge, path: str) -> None:
    async with signed_in(edge) as browser:
        answer = await browser.get(path + quote(PROBE))
        assert LIVE not in answer.text


async def test_every_text_that_a_client_gives_is_shown_as_text(
    edge: Edge, pipeline: Pipeline, blobs: BlobStore
) -> None:
    accepted = await edge.client.submit(
        [PNG], force=True, student_ref=PROBE, subject=PROBE, grade=PROBE
    )
    await pipeline.run(accepted.exam_id)
    await blobs.write(crop_key(accepted.exam_id, 1, 2), PNG)
    async with signed_in(edge) as browser:
        for path in ("/exams", f"/exams/{accepted.exam_id}", "/review", "/operations"):
            page = (await browser.get(path)).text
            assert LIVE not in page
        assert PROBE in unescape((await browser.get(f"/exams/{accepted.exam_id}")).text)
