"""Draws the pictures of the pages in this folder: a small class, read by a private ExamLens.

    .venv/bin/python docs/images/draw.py

Needs Chromium in PATH and the packages of the tests. Each picture is kept below 150 kB.
"""

import io
import random
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pylopdf_fonts_zh_cn
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Page, expect, sync_playwright

from examlens.client import ExamLensClient
from examlens.embedded import Embedded
from examlens.home import Home
from services.gateway.domain.intake.key_lines import parse_key_lines
from shared.contract.answer_key import AnswerKey, KeySection
from shared.observability.log_setup import configure_logging

HERE = Path(__file__).parent
MOST_BYTES = 150_000
STUDENTS = 8
KEY = "BCADBACD"
#: Some of its answers are for a person to read.
SAMPLE = HERE.parents[1] / "samples" / "en-english"
QUESTIONS = (
    ("计算 -3+5 的结果是", "-8", "2", "8", "-2"),
    ("下列各数中，最小的数是", "0", "-1", "-2", "1"),
    ("把 0.5 写成分数是", "1/2", "1/5", "2/5", "5/2"),
    ("方程 2x-1=7 的解是", "x=3", "x=5", "x=8", "x=4"),
    ("一个角为 35°，它的余角是", "145°", "55°", "65°", "35°"),
    ("下列图形中，一定是轴对称图形的是", "等腰三角形", "三角形", "四边形", "梯形"),
    ("15 的百分之四十是", "4", "5", "6", "7"),
    ("2 的立方是", "4", "6", "9", "8"),
)


def font(size: int) -> ImageFont.FreeTypeFont:
    """The Chinese font of the reports."""
    folder = Path(pylopdf_fonts_zh_cn.__file__).parent
    return ImageFont.truetype(str(min(folder.rglob("*Sans*.[ot]t[fc]"))), size)


def paper(chance: random.Random, skill: float) -> bytes:
    """One student's page; each answer is right with probability ``skill``."""
    image = Image.new("RGB", (1240, 1500), "white")
    pen = ImageDraw.Draw(image)
    pen.text((420, 70), "七年级数学第三单元测验", font=font(40), fill="black")
    pen.text((120, 160), "一、选择题（每小题 5 分，共 40 分）", font=font(30), fill="black")
    for at, (stem, *options) in enumerate(QUESTIONS):
        top = 230 + at * 150
        pen.text((120, top), f"{at + 1}. {stem}（        ）", font=font(28), fill="black")
        right = 120 + pen.textlength(f"{at + 1}. {stem}（", font=font(28))
        chosen = KEY[at] if chance.random() < skill else chance.choice("ABCD")
        pen.text((right + 12, top - 4), chosen, font=font(32), fill="#1b2f9b")
        for place, option in enumerate(options):
            label = f"{'ABCD'[place]}. {option}"
            pen.text((150 + place * 260, top + 60), label, font=font(26), fill="black")
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


def class_zip(path: Path) -> Path:
    """The papers of a class, a file for each student."""
    chance = random.Random(7)  # noqa: S311 -- the same pictures every time
    with zipfile.ZipFile(path, "w") as archive:
        for seat in range(1, STUDENTS + 1):
            content = paper(chance, skill=chance.uniform(0.45, 1.0))
            archive.writestr(f"七年级3班/{seat:02d} 号.png", content)
    return path


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, ExamLensClient]]:
    """A private ExamLens at a free port."""
    with Embedded(Home(folder / "home")) as running:
        key = running.first_key
        if key is None:
            raise RuntimeError("the home is not new")
        with ExamLensClient(running.address, key) as client:
            yield running.address, client


def keep(page: Page, name: str, *, width: int = 1280, height: int = 860) -> None:
    """Write what is seen, in as many colours as fit into the limit."""
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(600)
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    for colours in (256, 96, 48, 24):
        image.quantize(colours).save(HERE / f"{name}.png", optimize=True)
        if (HERE / f"{name}.png").stat().st_size <= MOST_BYTES:
            return
    raise ValueError(f"{name} is too large")


def look(address: str, client: ExamLensClient, folder: Path) -> None:
    """Submit the class as a teacher would, and take the pictures on the way."""
    questions = parse_key_lines(f"1-8 {KEY}", 5)
    section = KeySection(label="一", title="选择题", questions=questions)
    key = AnswerKey(
        title="七年级数学第三单元测验", subject="数学", grade="七年级", sections=(section,)
    )
    known = client.create_paper(key)
    english = client.create_paper(AnswerKey.model_validate_json((SAMPLE / "key.json").read_bytes()))
    client.submit([SAMPLE / "paper.jpg"], paper_id=english.paper_id, language="en")
    with sync_playwright() as driver:
        path = shutil.which("chromium")
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(base_url=address, locale="zh-CN", reduced_motion="reduce")
        page.goto("/")
        page.goto(f"/submit?paper_id={known.paper_id}")
        page.locator("#pick-files").set_input_files(class_zip(folder / "七年级3班.zip"))
        page.locator(".student").nth(STUDENTS - 1).wait_for()
        keep(page, "submit")
        page.locator("#send").click()
        page.wait_for_url("**/exams?**")
        page.locator("#rows .badge.good").first.wait_for(timeout=120_000)
        keep(page, "watch")
        expect(page.locator("#rows progress")).to_have_count(0, timeout=240_000)
        page.goto(f"/exams?paper_id={english.paper_id}")
        expect(page.locator("#rows progress")).to_have_count(0, timeout=240_000)
        exams = sorted(
            client.all_exams(paper_id=known.paper_id), key=lambda exam: exam.student_ref or ""
        )
        page.goto(f"/exams/{exams[0].exam_id}")
        keep(page, "result")
        page.goto(f"/papers/{known.paper_id}/class")
        keep(page, "class")
        page.goto(f"/review?paper_id={english.paper_id}")
        keep(page, "review", width=390, height=844)
        page.goto(f"/papers/{known.paper_id}")
        keep(page, "answer-key")
        browser.close()


def main() -> None:
    """Make all pictures."""
    configure_logging("WARNING", "console", "pictures")
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as (address, client):
        look(address, client, Path(folder))


if __name__ == "__main__":
    main()
