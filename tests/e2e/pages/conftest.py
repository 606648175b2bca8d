"""One headless Chromium for all tests of the pages, and an exam for them to look at."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from examlens.client import ExamLensClient
from examlens.embedded import Embedded
from services.gateway.domain.access.share_links import share_token
from shared.contract.api.questions import CorrectionRequest
from shared.contract.stages import Status
from shared.db.database import Database
from tests.availability import unavailable
from tests.e2e.papers import answer_key, paper_file

#: Whatever a page shows of it, it never runs. What it would do is seen in ``Visitor.dialogs``.
PROBE = "\"><img src=x onerror=alert('x')>'&{{7*7}}"
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class Visitor:
    """A person at a browser: its page, what it complained of, and what opened by itself."""

    page: Page
    context: BrowserContext
    complaints: list[str]
    dialogs: list[str]

    def tab_to(self, selector: str, most: int = 80) -> None:
        """Press Tab until what ``selector`` finds has the focus."""
        for _ in range(most):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
                return
        pytest.fail(f"the keyboard does not lead to {selector}")


Visit = Callable[..., Any]


@dataclass(frozen=True)
class Done:
    """An exam that is done, its paper, and where a link shows it."""

    exam_id: str
    paper_id: str
    shared_path: str


# Playwright's loop runs in this thread as long as it lives: it begins after what needs a loop of
# its own, and ends with the tests of the pages.
@pytest.fixture(scope="package")
def chromium(done: Done) -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        unavailable("chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, headless=True, args=_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, embedded: Embedded) -> Visit:
    """Opens a browser's first page, in which this machine is signed in."""

    @contextmanager
    def opened(
        language: str = "en-GB", width: int = 1280, scheme: str = "light"
    ) -> Iterator[Visitor]:
        context = chromium.new_context(
            base_url=embedded.address,
            locale=language,
            color_scheme=scheme,  # type: ignore[arg-type]
            viewport={"width": width, "height": 900},
            # Colours are looked at as they stay, not on their way.
            reduced_motion="reduce",
        )
        context.set_default_timeout(20_000)
        page = context.new_page()
        visitor = Visitor(page, context, [], [])
        page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        page.on(
            "console",
            lambda said: (
                visitor.complaints.append(said.text)
                if "Content Security Policy" in said.text
                else None
            ),
        )

        def on_dialog(dialog: Any) -> None:
            visitor.dialogs.append(dialog.message)
            dialog.accept()

        page.on("dialog", on_dialog)
        page.goto("/")
        yield visitor
        context.close()

    return opened


@pytest.fixture(scope="package")
def done(embedded: Embedded) -> Done:
    """A sample paper of a student whose every text is a probe, read to its end."""
    assert embedded.first_key is not None
    with ExamLensClient(embedded.address, embedded.first_key, language="en") as client:
        key = answer_key("en-english")
        named = key.model_copy(update={"title": f"English {PROBE}", "subject": f"S {PROBE}"})
        paper = client.create_paper(named)
        accepted = client.submit(
            [paper_file("en-english")],
            paper_id=paper.paper_id,
            language="en",
            grade=f"G {PROBE}",
            force=True,
        )
        assert client.wait(accepted.exam_id).status is Status.COMPLETED
        first = client.questions(accepted.exam_id).items[0]
        client.correct(first, CorrectionRequest(student_answer=PROBE))
        client.wait(accepted.exam_id)
    shared = asyncio.run(_share(embedded.database_url, embedded.first_key, accepted.exam_id))
    return Done(accepted.exam_id, paper.paper_id, shared)


async def _share(database_url: str, token: str, exam_id: str) -> str:
    database = Database(database_url, size=1, application="test")
    async with database.transaction() as uow:
        key = await uow.api_keys.find(token.split("_")[1])
        assert key is not None
        link = await uow.share_links.add(key.tenant_id, exam_id, key.id, 7)
    await database.close()
    return f"/s/{share_token(link.id, key.secret_hash)}"


@pytest.fixture
def small_papers(tmp_path: Path) -> list[Path]:
    """Three students' papers with little to read."""
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415 -- only here

    found = []
    for number, answer in enumerate("ABC", start=1):
        image = Image.new("L", (800, 420), 255)
        pen = ImageDraw.Draw(image)
        font = ImageFont.load_default(32)
        pen.text((60, 60), f"Unit test 1   No. {number}", font=font, fill=0)
        pen.text((60, 150), f"1. Two and two is ( {answer} )", font=font, fill=0)
        pen.text((60, 220), "A. 4    B. 5    C. 6    D. 7", font=font, fill=0)
        found.append(tmp_path / f"student {number}.png")
        image.save(found[-1])
    return found
