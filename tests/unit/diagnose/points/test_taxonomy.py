"""The taxonomy: its data, names and suggestions."""

import re
from collections import Counter

import pytest

from services.diagnose.adapters.taxonomy.taxonomy_files import shipped_taxonomy
from services.diagnose.domain.points.knowledge_points import knowledge_point
from services.diagnose.domain.points.subjects import SUBJECTS
from services.diagnose.domain.points.taxonomy import Taxonomy


@pytest.fixture(scope="module")
def taxonomy() -> Taxonomy:
    return shipped_taxonomy()


@pytest.mark.parametrize(
    ("chapter", "point"),
    [
        ("有理数的运算", "有理数"),
        ("数据的分析", "统计"),
        ("整式的加减", "整式"),
        ("概率初步", "概率"),
    ],
)
def test_a_chapter_of_a_textbook_is_below_its_point(chapter: str, point: str) -> None:
    found = knowledge_point("数学", chapter, shipped_taxonomy())
    assert found is not None
    assert found.path[-2:] == (point, chapter)


def test_every_point_has_an_own_id_and_names_in_both_languages(taxonomy: Taxonomy) -> None:
    counts = Counter(point.id for point in taxonomy.points)
    assert max(counts.values()) == 1
    assert {point.subject for point in taxonomy.points} == set(SUBJECTS)
    for point in taxonomy.points:
        assert re.fullmatch(r"[a-z]+(\.[a-z0-9-]+){1,3}", point.id)
        assert re.search(r"[\u4e00-\u9fff]", point.zh_path[-1])
        assert re.search(r"[A-Za-z]", point.en_path[-1])


def test_mathematics_has_three_levels_and_the_others_two(taxonomy: Taxonomy) -> None:
    depths = {s: max(len(p.zh_path) for p in taxonomy.points if p.subject == s) for s in SUBJECTS}
    assert depths.pop("mathematics") == 3
    assert set(depths.values()) == {2}


@pytest.mark.parametrize("subject", ["数学", "mathematics", "Maths", None])
def test_a_point_is_found_by_its_name_in_either_language(
    taxonomy: Taxonomy, subject: str | None
) -> None:
    zh, en = taxonomy.find(subject, "二次函数"), taxonomy.find(subject, "Quadratic functions")
    assert zh is not None
    assert en is not None
    assert zh.id == en.id == "mathematics.functions.quadratic-functions"
    assert (zh.path, en.path) == (("函数", "二次函数"), ("Functions", "Quadratic functions"))


def test_an_alias_keeps_its_name_below_its_point(taxonomy: Taxonomy) -> None:
    found = taxonomy.find("数学", "最小公倍数")
    assert found is not None
    assert found.path == ("数与运算", "因数与倍数", "最小公倍数")
    assert found.id.startswith("mathematics.number.factors-multiples#")


def test_an_unknown_name_becomes_a_point_of_its_own(taxonomy: Taxonomy) -> None:
    one, other = (
        knowledge_point("数学", name, taxonomy) for name in ("函数 -> 魔方", "函数->魔方")
    )
    assert one is not None
    assert one == other
    assert one.path == ("函数", "魔方")


@pytest.mark.parametrize(
    ("subject", "text", "expected"),
    [
        (
            "数学",
            "求抛物线 y=x²-2x 的顶点坐标和对称轴，并画出二次函数的图像。",
            "quadratic-functions",
        ),
        (
            "数学",
            "A bag holds 3 red balls. Find the probability of drawing one at random.",
            "probability",
        ),
        ("物理", "一个凸透镜的焦距为10cm，凸透镜成像时得到倒立缩小的实像", "lenses"),
        ("化学", "下列属于氧化还原反应且水只作还原剂的是", "redox"),
        ("生物", "有丝分裂过程中染色体的变化", "division"),
    ],
)
def test_a_clear_question_is_given_its_point(
    taxonomy: Taxonomy, subject: str, text: str, expected: str
) -> None:
    found = taxonomy.suggest(subject, text)
    assert expected in {point.id.split(".")[-1] for point in found}


@pytest.mark.parametrize("text", ["下列说法正确的是", "", "Choose the right answer."])
def test_an_unclear_question_is_given_none(taxonomy: Taxonomy, text: str) -> None:
    assert taxonomy.suggest("数学", text) == ()


def test_nothing_is_suggested_without_a_known_subject(taxonomy: Taxonomy) -> None:
    assert taxonomy.suggest(None, "二次函数的顶点") == ()
    assert taxonomy.suggest("占星术", "二次函数的顶点") == ()
