"""The exit status of the command tells the outcome."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from examlens.cli import app
from examlens.commands.session import Exit
from examlens.embedded import Embedded
from tests.e2e.papers import SAMPLES, paper_file

pytestmark = pytest.mark.xdist_group("embedded")


@pytest.fixture
def run(embedded: Embedded, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("EXAMLENS_URL", embedded.address)
    monkeypatch.setenv("EXAMLENS_API_KEY", embedded.first_key or "")
    return CliRunner()


def test_a_completed_paper_ends_with_0_and_leaves_its_reports(
    run: CliRunner, tmp_path: Path
) -> None:
    key = SAMPLES / "en-english" / "key.json"
    paper = str(paper_file("en-english"))
    options = ["--answer-key", str(key), "--wait", "--force", "--language", "en"]
    ended = run.invoke(app, ["submit", paper, *options, "--out", str(tmp_path)])
    assert ended.exit_code == Exit.OK, ended.output
    assert {path.suffix for path in tmp_path.iterdir()} == {".html", ".pdf"}


def test_a_failed_paper_ends_with_1(run: CliRunner, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n nothing more")
    assert run.invoke(app, ["submit", str(broken), "--wait"]).exit_code == Exit.EXAM_NOT_COMPLETED


def test_a_refused_file_ends_with_4(run: CliRunner, tmp_path: Path) -> None:
    empty = tmp_path / "empty.png"
    empty.touch()
    assert run.invoke(app, ["submit", str(empty), "--wait"]).exit_code == Exit.REFUSED


def test_a_broken_answer_key_is_explained(run: CliRunner, tmp_path: Path) -> None:
    key = tmp_path / "key.json"
    key.write_text(json.dumps({"title": "T", "sections": []}))
    ended = run.invoke(app, ["submit", str(paper_file("zh-maths")), "--answer-key", str(key)])
    assert ended.exit_code == Exit.USAGE
    assert "sections" in ended.output


def test_an_address_where_nobody_is_ends_with_3(
    run: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXAMLENS_URL", "http://127.0.0.1:9")
    assert run.invoke(app, ["exams"]).exit_code == Exit.UNREACHABLE


def test_status_and_result_are_json(run: CliRunner) -> None:
    listed = run.invoke(app, ["exams", "--limit", "1"])
    assert listed.exit_code == Exit.OK
