"""Signing in and out: what the cookie is, what it opens, and what it does not."""

import re

import httpx2
import pytest

from services.gateway.domain.access.keys import Scope
from shared.db.database import Database
from tests.integration.gateway.conftest import Edge, NewKey, StartGateway
from tests.integration.gateway.pages.browser import PAGE, Browser, signed_in
from tests.integration.gateway.pipeline import PNG, Pipeline


async def test_a_key_opens_a_session_whose_cookie_no_script_can_read(edge: Edge) -> None:
    async with Browser(edge.address) as browser:
        answer = await browser.sign_in(edge.token)
        assert (answer.status_code, answer.headers["location"]) == (303, "/exams")
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Path=/" in cookie
        assert edge.token.rpartition("_")[2] not in cookie
        assert (await browser.get("/exams")).status_code == 200


async def test_behind_https_the_cookie_is_sent_over_https_only(edge: Edge) -> None:
    async with Browser(edge.address) as browser:
        proxied = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}
        answer = await browser.post("/sign-in", data={"key": edge.token}, headers=proxied)
        assert "; Secure" in answer.headers["set-cookie"]


async def test_without_a_session_a_page_leads_to_the_way_in_and_back(edge: Edge) -> None:
    async with Browser(edge.address) as browser:
        answer = await browser.get("/exams?status=FAILED")
        assert answer.status_code == 303
        assert answer.headers["location"] == "/sign-in?next=/exams%3Fstatus%3DFAILED"
        page = await browser.get(answer.headers["location"])
        assert 'value="/exams?status=FAILED"' in page.text
        answer = await browser.sign_in(edge.token, next="/exams?status=FAILED")
        assert answer.headers["location"] == "/exams?status=FAILED"


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"]
)
async def test_signing_in_never_leads_to_another_site(edge: Edge, address: str) -> None:
    async with Browser(edge.address) as browser:
        answer = await browser.sign_in(edge.token, next=address)
        assert answer.headers["location"] == "/exams"
        chosen = await browser.get("/language/en", params={"next": address})
        assert chosen.headers["location"] == "/exams"


async def test_a_wrong_key_is_refused_on_the_page_and_not_repeated(edge: Edge) -> None:
    async with Browser(edge.address) as browser:
        answer = await browser.sign_in("exl_<script>alert(1)</script>")
        assert answer.status_code == 401
        assert "not valid" in answer.text
        assert "alert(1)" not in answer.text
        assert "set-cookie" not in answer.headers


async def test_an_address_that_tries_too_often_has_to_wait(
    start_gateway: StartGateway, new_key: NewKey
) -> None:
    async with start_gateway(sign_ins_per_minute=2) as address, Browser(address) as browser:
        for _ in range(2):
            assert (await browser.sign_in("exl_nothing")).status_code == 401
        answer = await browser.sign_in(await new_key())
        assert answer.status_code == 429
        assert "Too many tries" in answer.text


async def test_another_site_cannot_sign_a_browser_in(edge: Edge) -> None:
    async with Browser(edge.address) as browser:
        for header in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            answer = await browser.post("/sign-in", data={"key": edge.token}, headers=header)
            assert answer.status_code == 403
            assert "set-cookie" not in answer.headers


async def test_signing_out_ends_the_session(edge: Edge) -> None:
    async with signed_in(edge) as browser:
        assert (await browser.post("/sign-out")).status_code == 403
        answer = await browser.submit("/sign-out")
        assert answer.headers["location"] == "/sign-in"
        assert (await browser.get("/exams")).status_code == 303


async def test_a_session_ends_with_its_key(edge: Edge, database: Database) -> None:
    async with signed_in(edge) as browser:
        async with database.transaction() as uow:
            await uow.api_keys.revoke(edge.token.split("_")[1])
        assert (await browser.get("/exams")).headers["location"].startswith("/sign-in")
        assert (await browser.get("/api/v1/exams")).status_code == 401


async def test_a_cookie_that_was_changed_opens_nothing(edge: Edge) -> None:
    async with signed_in(edge) as browser:
        cookie = browser.cookies["examlens_session"]
        later = re.sub(r"_(\d+)_", lambda found: f"_{int(found[1]) + 9999}_", cookie, count=1)
        browser.cookies.clear()
        answer = await browser.get("/exams", headers={"Cookie": f"examlens_session={later}"})
        assert answer.status_code == 303


async def test_the_api_reads_with_the_cookie_and_changes_only_with_the_token(edge: Edge) -> None:
    async with signed_in(edge) as browser:
        assert (await browser.get("/api/v1/exams")).status_code == 200
        files = {"files": ("p.png", PNG, "image/png")}
        forged = await browser.post("/api/v1/exams", files=files)
        assert (forged.status_code, forged.json()["code"]) == (403, "forged_request")
        wrong = {"X-CSRF-Token": "x" * 43}
        assert (await browser.post("/api/v1/exams", files=files, headers=wrong)).status_code == 403
        token = {"X-CSRF-Token": browser.csrf}
        elsewhere = {**token, "Origin": "https://evil.example"}
        answer = await browser.post("/api/v1/exams", files=files, headers=elsewhere)
        assert answer.status_code == 403
        assert (await browser.post("/api/v1/exams", files=files, headers=token)).status_code == 202


async def test_a_report_opens_in_the_browser_of_whoever_is_signed_in(
    edge: Edge, pipeline: Pipeline
) -> None:
    exam_id = (await edge.client.submit([PNG], force=True)).exam_id
    await pipeline.run(exam_id)
    async with signed_in(edge) as browser:
        report = await browser.get(f"/api/v1/exams/{exam_id}/report.html")
        assert (report.status_code, report.headers["content-type"]) == (
            200,
            "text/html; charset=utf-8",
        )
        assert (await browser.get(f"/api/v1/exams/{exam_id}/pages/1")).content == PNG


async def test_a_key_without_a_scope_sees_a_page_that_says_so(edge: Edge, new_key: NewKey) -> None:
    async with Browser(edge.address) as browser:
        answer = await browser.post("/sign-in", data={"key": await new_key(Scope.SUBMIT)})
        assert answer.status_code == 303
        page = await browser.get("/exams")
        assert page.status_code == 403
        assert "<h1>" in page.text


async def test_what_is_not_there_is_a_page_for_people_and_a_problem_for_programs(
    edge: Edge,
) -> None:
    async with signed_in(edge) as browser:
        for path in ("/nothing", f"/exams/{'0' * 8}-0000-0000-0000-{'0' * 12}"):
            page = await browser.get(path)
            assert page.status_code == 404
            assert "<!doctype html>" in page.text
        program = await browser.get("/nothing", headers={"Accept": "*/*"})
        assert program.json()["code"] == "not_found"
        assert (await browser.get("/api/v1/nothing")).json()["code"] == "not_found"


async def test_a_stranger_on_this_machine_is_not_let_in_where_others_are_served(
    edge: Edge,
) -> None:
    async with Browser(edge.address) as browser:
        assert (await browser.get("/")).headers["location"] == "/sign-in"
        assert (await browser.post("/sign-in", data={"local": "1"})).status_code == 401


async def test_every_page_names_what_it_may_load_and_is_kept_by_no_cache(edge: Edge) -> None:
    async with signed_in(edge) as browser:
        page = await browser.get("/exams")
    policy = page.headers["content-security-policy"]
    nonce = re.search(r"script-src 'nonce-([^']+)'", policy)
    assert nonce is not None
    scripts = re.findall(r"<script\b[^>]*>", page.text)
    assert scripts
    assert all(f'nonce="{nonce[1]}"' in script for script in scripts)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"\son[a-z]+=|\sstyle=", page.text)
    assert page.headers["cache-control"] == "no-store"


async def test_files_of_the_pages_are_kept_for_good_under_their_version(edge: Edge) -> None:
    async with httpx2.AsyncClient(base_url=edge.address, headers=PAGE) as anybody:
        page = (await anybody.get("/sign-in")).text
        for address in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
            file = await anybody.get(address.replace("&amp;", "&"))
            assert file.status_code == 200
            assert "immutable" in file.headers["cache-control"]
        assert (await anybody.get("/static/..%2Fbase.html.j2")).status_code == 404


async def test_the_reader_chooses_the_language_and_it_stays(edge: Edge) -> None:
    async with Browser(edge.address) as browser:
        assert '<html lang="en">' in (await browser.get("/sign-in")).text
        await browser.get("/language/zh")
        assert '<html lang="zh-CN">' in (await browser.get("/sign-in")).text
