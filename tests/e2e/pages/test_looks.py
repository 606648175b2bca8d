"""Every page in both languages and themes: nothing that axe minds, nothing too heavy or wide."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Response

from tests.availability import unavailable
from tests.e2e.pages.conftest import Done, Visit

pytestmark = pytest.mark.xdist_group("embedded")
AXE = Path(__file__).parents[3] / ".run" / "tools" / "axe.min.js"
PAGES = (
    "/sign-in",
    "/exams",
    "/exams/{exam}",
    "/exams/{exam}?view=report",
    "/exams/{exam}?view=files",
    "/exams/{exam}?view=history",
    "/submit",
    "/papers",
    "/papers/new",
    "/papers/{paper}",
    "/papers/{paper}/scores",
    "/papers/{paper}/class",
    "/papers/{paper}/class/question?address=A.1",
    "/review",
    "/operations",
    "/operations/keys",
    "/operations/webhooks",
    "/operations/audit",
    "/docs",
    "{shared}",
    "/nothing",
)
#: What a school's line carries in a moment: markup, styles and scripts together.
MOST_BYTES = 300_000
COUNTED = frozenset({"document", "stylesheet", "script"})
NARROWEST = 360


@pytest.fixture(scope="module")
def axe() -> str:
    if not AXE.exists():
        unavailable("axe-core")
    return AXE.read_text()


def addresses(done: Done) -> list[str]:
    names = {"exam": done.exam_id, "paper": done.paper_id, "shared": done.shared_path}
    return [path.format(**names) for path in PAGES]


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_axe_finds_nothing_serious_on_any_page_in_either_theme(
    visit: Visit, done: Done, axe: str, language: str
) -> None:
    found = []
    with visit(language) as reader:
        for path in addresses(done):
            reader.page.goto(path)
            reader.page.evaluate(axe)
            for scheme, rules in (("light", None), ("dark", ["color-contrast"])):
                reader.page.emulate_media(color_scheme=scheme)
                found += [(path, scheme, *what) for what in violations(reader.page, rules)]
            reader.page.emulate_media(color_scheme="light")
        assert not reader.dialogs
        assert not reader.complaints
    assert not found, "\n".join(map(str, found))


def is_counted(answer: Response) -> bool:
    """A report in a frame is a file of its own, with the pictures of its pages in it."""
    return answer.request.resource_type in COUNTED and answer.frame.parent_frame is None


def violations(page: Any, rules: list[str] | None) -> list[tuple[str, str]]:
    """What axe minds: the rule and the element."""
    options = {"resultTypes": ["violations"], "iframes": False}
    if rules is not None:
        options["runOnly"] = rules
    outcome = page.evaluate("options => axe.run(document, options)", options)
    return [
        (violation["id"], node["html"][:160])
        for violation in outcome["violations"]
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]


def test_no_page_is_heavy_and_none_is_wider_than_a_narrow_phone(visit: Visit, done: Done) -> None:
    heavy, wide = [], []
    with visit(width=NARROWEST) as reader:
        answers: list[Response] = []
        reader.page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 -- marked by it
        for path in addresses(done):
            answers.clear()
            reader.page.goto(path)
            size = sum(len(a.body()) for a in answers if is_counted(a))
            if size > MOST_BYTES:
                heavy.append((path, size))
            over = reader.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if over > 0:
                wide.append((path, over))
    assert not heavy
    assert not wide
