"""The operator's commands on a real database: what they print and how they end."""

import json
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

from examlens.cli import app


@pytest.fixture
def run(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # noqa: ANN201 -- a closure
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("EXAMLENS_BLOB_URL", str(tmp_path / "blobs"))
    tenant = f"commands {uuid4()}"

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(app, [*arguments, "--tenant", tenant])

    return invoke


def test_items_are_imported_and_found(run, tmp_path: Path) -> None:  # noqa: ANN001
    file = tmp_path / "bank.jsonl"
    item = {
        "stem": "求两个分数的和",
        "answer": "1",
        "knowledge_points": ["分数"],
        "difficulty": 0.4,
    }
    file.write_text(json.dumps(item, ensure_ascii=False) + "\n[]\n", encoding="utf-8")
    imported = run("bank", "import", str(file), "--subject", "数学")
    assert imported.exit_code == 1
    assert "2 read, 1 added" in imported.stdout
    assert "line 2: not_an_object" in imported.stderr
    found = run("bank", "search", "--point", "分数", "--json")
    assert json.loads(found.stdout)["stem"] == "求两个分数的和"
    assert run("bank", "search", "--easiest", "0.5", "--json").stdout == ""
    refused = run("tagger", "train")
    assert refused.exit_code == 4


def test_a_taxonomy_is_imported_and_its_ids_stay(run, tmp_path: Path) -> None:  # noqa: ANN001
    file = tmp_path / "own.csv"
    file.write_text("id,parent,zh,en\na,,甲,A\nb,a,乙,B\n", encoding="utf-8")
    first = run("taxonomy", "import", str(file), "--subject", "mathematics")
    assert (first.exit_code, first.stdout.strip()) == (0, "mathematics: 2 points, version 1")
    file.write_text("id,parent,zh,en\na,,甲,A\n", encoding="utf-8")
    second = run("taxonomy", "import", str(file), "--subject", "mathematics")
    assert second.exit_code == 2
    assert "b: id_removed" in second.stderr
    assert run("taxonomy", "import", str(file)).exit_code == 2
