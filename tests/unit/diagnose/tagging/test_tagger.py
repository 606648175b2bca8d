"""Training, storing and measuring the topic tagger."""

import json
from pathlib import Path

import numpy as np
import pytest

from examlens.evaluate.tagging import evaluate_tagging
from services.diagnose.adapters.taxonomy.tagger_files import (
    read_tagger,
    shipped_tagger,
    write_tagger,
)
from services.diagnose.domain.tagging.languages import language_of
from services.diagnose.domain.tagging.question_features import QuestionText, block_features
from services.diagnose.domain.tagging.stems import normalised_stem
from services.diagnose.domain.tagging.topic_routes import Topic, topic_of
from services.diagnose.domain.tagging.training import LabelledQuestion, Pruning, train


@pytest.mark.parametrize(
    ("route", "topic"),
    [
        ("拓展思维->拓展思维->应用题模块->年龄问题", Topic("应用题模块", "年龄问题")),
        ("知识标签->课内体系->知识点->数->有理数", Topic("课内体系->知识点", "有理数")),
        (
            "Overseas Competition->Knowledge Point->Counting Modules->Combinations",
            Topic("Counting Modules", "Combinations"),
        ),
        ("拓展思维->能力->运算求解", None),
        ("课内体系->思想->方程思想", None),
        ("知识标签", None),
    ],
)
def test_routes_become_a_module_and_a_leaf(route: str, topic: Topic | None) -> None:
    assert topic_of(route) == topic


def test_copies_of_a_stem_are_recognised_through_markup_and_spaces() -> None:
    assert normalised_stem("求 $$x + 1$$ 的值． ") == normalised_stem("求x+1的值.")


def test_a_papers_language_is_what_it_has_more_of() -> None:
    assert language_of(["已知 $\\frac{1}{2}$ 与 sin x"]) == "zh"
    assert language_of(["Find the value of x."]) == "en"


def rows(start: int, count: int) -> list[dict[str, object]]:
    """Ages and fractions, told apart by their words."""
    ages = [
        {"problem": f"小明今年{n}岁，爸爸比他大{n + 20}岁，几年后年龄是他的2倍？",
         "knowledge_point_routes": ["拓展思维->应用题模块->年龄问题"], "difficulty": "3"}
        for n in range(start, start + count)
    ]  # fmt: skip
    fractions = [
        {"problem": f"计算分数加法：{n}/7+{n + 1}/9，结果化成最简分数。",
         "knowledge_point_routes": ["拓展思维->计算模块->分数运算"], "difficulty": "1"}
        for n in range(start, start + count)
    ]  # fmt: skip
    return [*ages, *fractions]


def write_rows(file: Path, found: list[dict[str, object]]) -> Path:
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in found), "utf-8")
    return file


def test_a_tagger_trained_on_a_bank_tags_new_questions(tmp_path: Path) -> None:
    known = write_rows(tmp_path / "known.jsonl", rows(1, 12))
    asked = write_rows(tmp_path / "asked.jsonl", [*rows(20, 5), *rows(1, 1)])
    found = evaluate_tagging(asked, known)
    assert {"items", "module_hit1", "module_hit3", "leaf_hit5", "difficulty_spearman"} <= set(found)
    assert (found["items"], found["seen"]) == (10, 2)
    assert found["module_hit1"] == 1.0
    assert found["difficulty_spearman"] > 0.8


def plain_questions() -> list[LabelledQuestion]:
    """Circles and equations."""
    circles = [
        LabelledQuestion(QuestionText(f"求圆的面积，半径{n}", "zh"), (Topic("几何", "圆"),), 0.2)
        for n in range(6)
    ]
    return circles + [
        LabelledQuestion(QuestionText(f"解方程 x+{n}=9", "zh"), (Topic("代数", "方程"),), 0.6)
        for n in range(6)
    ]


def test_a_stored_tagger_tags_as_before(tmp_path: Path) -> None:
    tagger = train(plain_questions(), Pruning(module=300, leaf=300))
    write_tagger(tagger, tmp_path / "tagger.npz")
    again = read_tagger(tmp_path / "tagger.npz")
    asked = QuestionText("半径为8的圆，面积是多少", "zh")
    assert again.tag(asked).modules[0][0] == "几何"
    assert again.tag(asked).leaves[0][1] == pytest.approx(tagger.tag(asked).leaves[0][1], abs=1e-3)
    assert again.trained_stems == tagger.trained_stems


def test_a_foreign_file_is_no_tagger(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", sizes=np.zeros(3))
    with pytest.raises(ValueError, match="tagger"):
        read_tagger(tmp_path / "other.npz")


def test_a_tagger_of_other_features_is_not_believed(tmp_path: Path) -> None:
    write_tagger(train(plain_questions(), Pruning(module=30, leaf=30)), tmp_path / "tagger.npz")
    with np.load(tmp_path / "tagger.npz") as data:
        np.savez(tmp_path / "older.npz", **{**data, "layout": np.array(1)})
    with pytest.raises(ValueError, match="version"):
        read_tagger(tmp_path / "older.npz")


def test_other_numbers_in_the_same_words_are_the_same_words() -> None:
    one, other = (
        {block.weight: block.features.buckets.tolist() for block in block_features(text)[2:3]}
        for text in (
            QuestionText("Tom has 12 apples and eats 3.5", "en", ("1",)),
            QuestionText("Tom has 7 apples and eats 140", "en", ("1",)),
        )
    )
    assert one == other


def test_a_question_without_text_has_no_features() -> None:
    assert block_features(QuestionText("", "zh"))[1:] == ()


def test_training_needs_labels() -> None:
    with pytest.raises(ValueError, match="labelled"):
        train([], Pruning())


@pytest.mark.parametrize(
    ("language", "stem", "module"),
    [
        ("en", "How many different ways can 5 students line up in a row?", "Counting Modules"),
        ("zh", "甲、乙两车同时从两地相向而行，速度分别为60千米和40千米，几小时相遇？", "行程模块"),
    ],
)
def test_the_shipped_tagger_knows_plain_questions(language: str, stem: str, module: str) -> None:
    tags = shipped_tagger(language).tag(QuestionText(stem, language))
    assert module in [name for name, _ in tags.modules[:3]]
    assert 0 <= tags.difficulty <= 1


def test_an_empty_question_is_tagged_by_what_is_usual() -> None:
    tags = shipped_tagger("zh").tag(QuestionText("", "zh"))
    assert len(tags.modules) == 5
