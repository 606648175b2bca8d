"""From a dropped paper to a decided answer, in a real browser and by the keyboard alone."""

import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.pages.conftest import PROBE, Done, Visit
from tests.e2e.papers import paper_file

pytestmark = pytest.mark.xdist_group("embedded")


def test_from_an_upload_to_a_reviewed_result_by_the_keyboard_alone(
    visit: Visit, done: Done
) -> None:
    with visit() as teacher:
        page = teacher.page
        # From the start: the browser is told beside the tests that its dialogs are answered.
        page.on("filechooser", lambda chooser: chooser.set_files(paper_file("en-english")))
        expect(page).to_have_url(re.compile("/exams$"))
        teacher.tab_to("a[href='/submit']")
        page.keyboard.press("Enter")
        page.wait_for_url("**/submit")
        teacher.tab_to("[data-picks=pick-files]")
        page.keyboard.press("Enter")
        expect(page.locator(".sheet img")).to_be_visible()
        teacher.tab_to(".student input")
        page.keyboard.type("Seat 12")
        teacher.tab_to("select[name=paper_id]")
        page.keyboard.type("English")
        teacher.tab_to("#send")
        page.keyboard.press("Enter")
        # The same sheet was submitted before, for another student: so it is taken.
        page.wait_for_url(re.compile(r"/exams/[0-9a-f-]{36}$"))
        expect(page.locator("h1")).to_have_text("Seat 12")
        expect(page.locator(".score-big, .badge.warn").first).to_be_visible(timeout=90_000)
        assert not teacher.complaints


def test_what_nobody_could_grade_is_decided_and_taken_back_by_keys(
    visit: Visit, done: Done
) -> None:
    with visit() as teacher:
        page = teacher.page
        page.goto(f"/review?exam_id={done.exam_id}")
        before = page.locator(".group:visible").count()
        assert before >= 1
        page.keyboard.press("y")
        expect(page.locator("#toast")).to_contain_text("Decided for 1")
        expect(page.locator(".group:visible")).to_have_count(before - 1)
        page.keyboard.press("z")
        expect(page.locator("#toast")).to_contain_text("Taken back")
        expect(page.locator(".group:visible")).to_have_count(before)
        assert not teacher.complaints


def test_a_question_and_its_place_on_the_page_lead_to_each_other(visit: Visit, done: Done) -> None:
    with visit() as teacher:
        page = teacher.page
        page.goto(f"/exams/{done.exam_id}")
        box = page.locator(".viewer-page a").nth(2)
        ordinal = box.get_attribute("data-q")
        box.focus()
        page.keyboard.press("Enter")
        expect(page.locator(f"#q-{ordinal}")).to_have_class(re.compile("chosen"))
        other = page.locator(".question").last
        other.locator("h3").click()
        expect(page.locator("rect.chosen").first).to_have_attribute(
            "data-q", other.get_attribute("data-q") or ""
        )
        page.get_by_role("button", name="Larger").click()
        expect(page.locator("#zoom-now")).to_have_text("125%")
        assert not teacher.complaints


def test_a_class_is_dropped_as_a_zip_named_and_watched_to_its_end(
    visit: Visit, small_papers: list[Path], tmp_path: Path
) -> None:
    archive = tmp_path / "class.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for path in small_papers:
            packed.write(path, f"Unit 1/{path.name}")
    with visit() as teacher, visit() as colleague:
        page = teacher.page
        page.goto("/submit")
        page.locator("#pick-files").set_input_files(archive)
        names = page.locator(".student input")
        expect(names).to_have_count(3)
        assert [names.nth(at).input_value() for at in range(3)] == [
            "student 1",
            "student 2",
            "student 3",
        ]
        names.nth(2).fill(PROBE)
        page.locator("#send").click()
        page.wait_for_url("**/exams")
        expect(page.get_by_role("link", name="student 1", exact=True)).to_be_visible()
        # A lost network is told, and the list goes on by itself when it is back.
        teacher.context.set_offline(True)
        expect(page.locator("#offline")).to_be_visible()
        teacher.context.set_offline(False)
        expect(page.locator("#offline")).to_be_hidden()
        # A second window sees the same.
        colleague.page.goto("/exams")
        for window in (page, colleague.page):
            expect(window.locator("#rows progress")).to_have_count(0, timeout=90_000)
            assert window.locator("#rows tr").count() >= 3
        assert not teacher.dialogs
        assert not teacher.complaints


def test_pictures_are_turned_ordered_and_dealt_out_before_they_are_sent(
    visit: Visit, small_papers: list[Path]
) -> None:
    with visit() as teacher:
        page = teacher.page
        page.goto("/submit")
        page.locator("#pick-files").set_input_files(small_papers)
        expect(page.locator(".student")).to_have_count(1)
        page.locator("[data-do=turn]").first.click()
        expect(page.locator(".sheet img").first).to_have_class("turn-90")
        page.locator("[data-do=right]").first.click()
        expect(page.locator(".sheet .name").nth(1)).to_have_text("student 1.png")
        page.get_by_label("Every file is a student").check()
        expect(page.locator(".student")).to_have_count(3)
        page.get_by_label("Pages per student").fill("2")
        page.keyboard.press("Tab")
        expect(page.locator(".student")).to_have_count(2)
        expect(page.locator(".student.odd")).to_have_count(1)
        page.locator(".sheet").last.drag_to(page.locator(".student").first)
        expect(page.locator(".student")).to_have_count(1)
        assert not teacher.complaints


def test_a_paper_that_was_submitted_before_is_explained_and_taken_all_the_same(
    visit: Visit, small_papers: list[Path]
) -> None:
    with visit() as teacher:
        page = teacher.page
        page.goto("/submit")
        page.locator("#pick-files").set_input_files(small_papers[0])
        page.locator("#send").click()
        page.wait_for_url(re.compile(r"/exams/[0-9a-f-]{36}$"))
        first = page.url
        page.goto("/submit")
        page.locator("#pick-files").set_input_files(small_papers[0])
        page.locator("#send").click()
        told = page.locator(".outcome .notice.warn")
        expect(told).to_contain_text("submitted before")
        assert first.endswith(told.get_by_role("link").get_attribute("href") or "?")
        told.get_by_role("button", name="Submit anyway").click()
        page.wait_for_url(re.compile(r"/exams/[0-9a-f-]{36}$"))
        assert page.url != first


def test_a_file_that_is_no_paper_is_refused_in_words(visit: Visit) -> None:
    with visit() as teacher:
        page = teacher.page
        page.goto("/submit")
        page.locator("#pick-files").set_input_files(Path(__file__))
        page.locator("#send").click()
        expect(page.locator(".outcome .notice.bad")).to_contain_text("neither a picture nor PDF")
        assert not teacher.complaints


def test_an_answer_key_is_pasted_and_saved(visit: Visit) -> None:
    with visit() as teacher:
        page = teacher.page
        page.goto("/papers/new")
        page.get_by_label("Title").fill("Unit 2")
        page.get_by_label("Paste answers").fill("1-5 CDBBA\n6 x=3")
        page.get_by_role("button", name="Put it into the table").click()
        expect(page.locator("#total")).to_have_text("6 questions, 18 points")
        page.get_by_role("button", name="Save", exact=True).last.click()
        expect(page.get_by_text("Saved.")).to_be_visible()
        assert not teacher.complaints


def test_an_answer_key_is_read_from_a_photo_and_confirmed(
    visit: Visit, small_papers: list[Path]
) -> None:
    with visit() as teacher:
        page = teacher.page
        page.goto("/papers/new")
        page.get_by_role("link", name="From a photo").click()
        page.locator("#pick-files").set_input_files(small_papers[1])
        page.locator("#send").click()
        page.wait_for_url("**/papers/new?exam_id=*", timeout=90_000)
        page.get_by_label("Title").fill("Model")
        answer = page.get_by_label("Answer, row 1", exact=True)
        answer.fill("B")
        page.get_by_role("button", name="Save", exact=True).last.click()
        expect(page.locator("#errors")).to_contain_text("Compare every answer")
        page.get_by_label("I have compared").check()
        page.get_by_role("button", name="Save", exact=True).last.click()
        expect(page.get_by_text("Saved.")).to_be_visible()
        expect(answer).to_have_value("B")
        assert not teacher.complaints
