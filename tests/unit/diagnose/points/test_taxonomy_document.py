"""Taxonomies that operators bring: CSV and JSON, faults named, ids that stay."""

from typing import Any

import pytest

from services.diagnose.adapters.taxonomy.taxonomy_files import shipped_documents, taxonomy_of
from services.diagnose.domain.points.subjects import SUBJECTS
from services.diagnose.domain.points.taxonomy_csv import document_from_csv
from services.diagnose.domain.points.taxonomy_document import (
    TaxonomyError,
    checked_document,
    taxonomy_points,
)

CSV = (
    "id,parent,zh,en,aliases,keywords\n"
    "m.num,,数,Numbers,,\n"
    "m.num.frac,m.num,分数,Fractions,分式初步;几分之几,分子;分母\n"
    "m.num.int,m.num,整数,Whole numbers,,\n"
)


def faults_of(document: Any, former: dict[str, Any] | None = None) -> list[tuple[str, str]]:
    with pytest.raises(TaxonomyError) as error:
        checked_document(document, former)
    return [(fault.place, fault.code) for fault in error.value.faults]


def csv_faults(text: str) -> list[tuple[str, str]]:
    with pytest.raises(TaxonomyError) as error:
        document_from_csv(text, "mathematics")
    return [(fault.place, fault.code) for fault in error.value.faults]


def point(identity: str, name: str = "", **more: Any) -> dict[str, Any]:
    return {"id": identity, "zh": name or f"点{identity}", "en": name or identity, **more}


def tree(*points: dict[str, Any]) -> dict[str, Any]:
    return {"subject": "mathematics", "points": list(points)}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_our_own_taxonomies_pass_the_check_for_levels_and_ids(subject: str) -> None:
    document = shipped_documents()[subject]
    assert checked_document(document)["subject"] == subject


def test_rows_become_a_tree_that_finds_and_suggests() -> None:
    document = checked_document(document_from_csv(CSV, "mathematics"))
    points = list(taxonomy_points(document["points"], "mathematics"))
    assert [p.id for p in points] == ["m.num", "m.num.frac", "m.num.int"]
    assert points[1].zh_path == ("数", "分数")
    assert points[1].keywords == ("分子", "分母")
    found = taxonomy_of({"mathematics": document}).suggest("mathematics", "比较两个分数的分子")
    assert [p.id for p in found] == ["m.num.frac"]


def test_rows_that_cannot_be_a_tree_are_named_by_line() -> None:
    assert csv_faults("zh,en\n") == [("line 1", "bad_columns")]
    assert csv_faults("id,zh,en\na,甲,A\na,乙,B\n") == [("line 3", "duplicate_id")]
    assert csv_faults("id,parent,zh,en\na,b,甲,A\n") == [("line 2", "unknown_parent")]
    circle = csv_faults("id,parent,zh,en\na,b,甲,A\nb,a,乙,B\n")
    assert circle == [("line 2", "cycle"), ("line 3", "cycle")]
    assert csv_faults("id,zh,en\na,甲\n") == [("line 2", "bad_columns")]


def test_faults_of_a_tree_are_all_named_at_once() -> None:
    found = faults_of(
        tree(point("a"), point("a"), point("b b"), point("c", children=[point("d", keywords="x")]))
    )
    assert found == [("a", "duplicate_id"), ("b b", "bad_id"), ("d", "bad_list")]
    assert faults_of(tree(point("a", "同名"), point("b", "同名"))) == [
        ("b", "duplicate_name"),
        ("b", "duplicate_name"),
    ]
    assert faults_of(tree({"id": "a", "zh": "", "en": "A"})) == [("a", "missing_name")]
    assert faults_of({"subject": "Maths!", "points": [point("a")]}) == [("subject", "bad_subject")]
    assert faults_of(tree()) == [("document", "no_points")]
    assert faults_of("text") == [("document", "no_points")]


def test_a_tree_of_five_levels_is_too_deep() -> None:
    nested = point("e")
    for identity in "dcba":
        nested = point(identity, children=[nested])
    assert faults_of(tree(nested)) == [("e", "too_deep")]


def test_an_id_in_use_may_move_and_be_renamed_but_not_vanish() -> None:
    former = tree(point("a", children=[point("b")]), point("c"))
    moved = tree(point("a"), point("b", "新名"), point("c"), point("d"))
    assert checked_document(moved, former)["points"] == moved["points"]
    assert faults_of(tree(point("a"), point("c")), former) == [("b", "id_removed")]
