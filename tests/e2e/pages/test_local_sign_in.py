"""The browser of the machine that serves needs no key, and no other one gets in by that."""

import httpx2
import pytest

from examlens.embedded import Embedded

pytestmark = pytest.mark.xdist_group("embedded")


def test_the_first_visit_from_this_machine_is_signed_in(embedded: Embedded) -> None:
    with httpx2.Client(base_url=embedded.address) as browser:
        first = browser.get("/")
        assert (first.status_code, first.headers["location"]) == (303, "/exams")
        assert browser.get("/exams").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:8000"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"Via": "1.1 proxy"},
    ],
)
def test_what_comes_by_another_name_or_through_a_proxy_is_not(
    embedded: Embedded, headers: dict[str, str]
) -> None:
    with httpx2.Client(base_url=embedded.address, headers=headers) as browser:
        first = browser.get("/")
        assert first.headers["location"] == "/sign-in"
        assert "set-cookie" not in first.headers
        assert browser.post("/sign-in", data={"local": "1"}).status_code == 401


def test_whoever_signed_out_stays_out_until_they_want_in(embedded: Embedded) -> None:
    with httpx2.Client(base_url=embedded.address) as browser:
        browser.get("/")
        page = browser.get("/exams").text
        token = page.partition('name="csrf-token" content="')[2].partition('"')[0]
        browser.post("/sign-out", data={"csrf_token": token})
        assert browser.get("/").headers["location"] == "/sign-in"
        assert browser.post("/sign-in", data={"local": "1"}).headers["location"] == "/exams"
        assert browser.get("/").headers["location"] == "/exams"
