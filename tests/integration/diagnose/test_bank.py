"""The bank in PostgreSQL: each item once, found by point, used for training and by the analysis."""

import io
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from examlens.bank.importing import ImportReport, import_items
from examlens.bank.training import TooFewQuestions, train_from_bank
from services.diagnose.adapters.taxonomy.tenant_points import TenantPoints
from services.diagnose.domain.bank.layouts import BankFormat
from services.diagnose.domain.points.taxonomy_document import checked_document
from shared.contract.documents import KnowledgePoint
from shared.db.database import Database
from shared.storage.blobs import BlobStore

WORDS = ("苹果", "汽车", "书本", "鸡蛋", "铅笔", "皮球", "邮票", "糖果", "花盆", "椅子", "车票")
TAXONOMY = {
    "subject": "mathematics",
    "zh": "数学",
    "en": "Mathematics",
    "points": [
        {"id": "own.share", "zh": "平均分", "en": "Sharing", "keywords": ["平均分给"]},
        {"id": "own.compare", "zh": "比多少", "en": "Comparing", "keywords": ["比谁多"]},
    ],
}


def item(number: int, **more: Any) -> dict[str, Any]:
    word = WORDS[number % len(WORDS)]
    stem = f"有{number * 7 + 13}个{word}，吃掉其中的{number + 2}分之一，还剩多少个{word}？"
    return {"stem": stem, "answer": str(number), "knowledge_points": ["分数"], **more}


def write(folder: Path, *rows: object) -> Path:
    file = folder / f"{uuid4()}.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


class Bank:
    """One tenant's bank."""

    def __init__(self, database: Database, blobs: BlobStore, tenant_id: str) -> None:
        self.database, self.blobs, self.tenant_id = database, blobs, tenant_id
        self.points = TenantPoints(blobs)
        self.faults: list[tuple[int, str]] = []

    async def index(self) -> Any:
        async with self.database.transaction() as uow:
            own = await self.points.look_up(uow, self.tenant_id)
        return await self.points.index(own)

    async def take(self, file: Path) -> ImportReport:
        self.faults.clear()
        index = await self.index()
        return await import_items(
            self.database,
            self.tenant_id,
            file,
            BankFormat.JSONL,
            index,
            "数学",
            lambda line, code: self.faults.append((line, code)),
        )


@pytest.fixture
async def bank(database: Database, blobs: BlobStore) -> Bank:
    async with database.transaction() as uow:
        tenant_id = await uow.tenants.ensure(f"bank {uuid4()}")
    return Bank(database, blobs, tenant_id)


async def test_importing_twice_adds_nothing_and_faults_are_named_by_line(
    bank: Bank, tmp_path: Path
) -> None:
    file = write(tmp_path, item(1), "{", item(2), item(1), {"stem": "无答案"})
    first = await bank.take(file)
    assert (first.read, first.added, first.known, first.faulty) == (5, 2, 1, 2)
    assert bank.faults == [(2, "not_json"), (5, "missing_answer")]
    again = await bank.take(file)
    assert (again.added, again.known, again.faulty) == (0, 3, 2)


async def test_a_reworded_item_is_a_near_copy_and_one_with_other_numbers_is_not(
    bank: Bank, tmp_path: Path
) -> None:
    first = "一辆汽车从甲地开往乙地，每小时行60千米，3小时到达，甲乙两地相距多少千米？"
    rows = [{"stem": stem, "answer": "1"} for stem in (first, first.replace("60", "80"))]
    assert (await bank.take(write(tmp_path, *rows))).added == 2
    reworded = {"stem": first.replace("相距", "之间相距"), "answer": "1"}
    report = await bank.take(write(tmp_path, reworded))
    assert (report.added, report.near_copies) == (0, 1)
    assert bank.faults == [(1, "near_duplicate")]


async def test_items_are_found_by_point_by_what_is_above_it_and_by_difficulty(
    bank: Bank, tmp_path: Path
) -> None:
    rows = [item(n, difficulty=n / 10) for n in range(1, 6)]
    await bank.take(write(tmp_path, *rows, {"stem": "解方程组", "answer": "1"}))
    async with bank.database.transaction() as uow:
        for point in ("分数", "mathematics.number.fractions", "mathematics.number", "数与运算"):
            assert len(await uow.bank.search(bank.tenant_id, point=point)) == 5
        hard = await uow.bank.search(bank.tenant_id, point="分数", difficulty=(0.35, 1.0))
        assert [round(one.difficulty or 0, 1) for one in hard] == [0.4, 0.5]
        assert len(await uow.bank.search(bank.tenant_id, text="方程组")) == 1
        assert await uow.bank.search(bank.tenant_id, text="%") == ()
        stranger = await uow.tenants.ensure(f"stranger {uuid4()}")
        assert await uow.bank.search(stranger, point="分数") == ()
        fractions = KnowledgePoint(id="mathematics.number.fractions", name="分数", path=("分数",))
        assert len(await uow.bank.for_points(bank.tenant_id, [fractions], each=3)) == 3
        assert await uow.bank.for_points(stranger, [fractions], each=3) == ()


async def test_an_own_taxonomy_replaces_ours_for_its_tenant_only(
    bank: Bank, blobs: BlobStore
) -> None:
    text = "把12个苹果平均分给3个小朋友"
    before = await bank.index()
    assert before.find("数学", "平均分") is None
    async with bank.database.transaction() as uow:
        document = checked_document(TAXONOMY)
        assert await uow.taxonomies.replace(bank.tenant_id, "mathematics", document) == 1
    own = await bank.index()
    assert [point.id for point in own.suggest("数学", text)] == ["own.share"]
    assert own.find("数学", "分数") is None
    assert own.find("物理", "浮力") == before.find("物理", "浮力")
    assert own.version != before.version
    stranger = Bank(bank.database, blobs, str(uuid4()))
    assert (await stranger.index()).find("数学", "平均分") is None
    async with bank.database.transaction() as uow:
        assert await uow.taxonomies.replace(bank.tenant_id, "mathematics", document) == 2
    assert await bank.index() is not own


async def test_a_tagger_is_trained_from_the_bank_and_used_from_then_on(
    bank: Bank, blobs: BlobStore, tmp_path: Path
) -> None:
    with pytest.raises(TooFewQuestions):
        await train_from_bank(bank.database, blobs, bank.tenant_id, "mathematics", "zh")
    async with bank.database.transaction() as uow:
        await uow.taxonomies.replace(bank.tenant_id, "mathematics", checked_document(TAXONOMY))
    rows = []
    for n in range(30):
        word = WORDS[n % len(WORDS)]
        share = f"老师把{n + 10}个{word}分成同样的几份给{n + 2}个同学，每人得几个"
        compare = f"小红有{n + 3}个{word}，小明有{n * 2 + 5}个{word}，谁的更多，多几个"
        rows += [
            {"stem": share, "answer": "1", "knowledge_points": ["平均分"]},
            {"stem": compare, "answer": "1", "knowledge_points": ["比多少"]},
        ]
    await bank.take(write(tmp_path, *rows))
    text = "妈妈把24个橘子分成同样的几份给4个同学，每人得几个"
    assert (await bank.index()).suggest("数学", text) == ()
    trained = await train_from_bank(bank.database, blobs, bank.tenant_id, "mathematics", "zh")
    assert trained.card["questions"] >= 40
    assert set(trained.card) >= {"sources", "trained_at", "versions", "method", "sha256"}
    assert await blobs.read(trained.blob_key)
    found = (await bank.index()).suggest("数学", text)
    assert [point.id for point in found] == ["own.share"]


async def test_a_tagger_of_an_earlier_version_is_left_aside_until_it_is_trained_again(
    bank: Bank, tmp_path: Path
) -> None:
    await bank.take(write(tmp_path, *(item(n) for n in range(30))))
    trained = await train_from_bank(bank.database, bank.blobs, bank.tenant_id, "mathematics", "zh")
    older = io.BytesIO()
    with np.load(io.BytesIO(await bank.blobs.read(trained.blob_key))) as data:
        np.savez(older, **{**data, "layout": np.array(1)})
    await bank.blobs.write(trained.blob_key, older.getvalue())
    points = (await bank.index()).suggest("数学", "解一元一次方程 2x+1=7")
    assert [point.name for point in points] == ["一元一次方程"]
