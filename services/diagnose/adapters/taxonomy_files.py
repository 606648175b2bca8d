"""Reads the taxonomy that comes with the project, one JSON file per subject."""

import json
from collections.abc import Iterator
from importlib import resources
from typing import Any

from services.diagnose.domain.normalise import folded
from services.diagnose.domain.taxonomy import Taxonomy, TaxonomyPoint

SUBJECTS = (
    "chinese",
    "mathematics",
    "english",
    "physics",
    "chemistry",
    "biology",
    "history",
    "geography",
    "politics",
)
_OTHER_NAMES = {
    "mathematics": ("math", "maths", "小学数学", "初中数学", "高中数学"),
    "politics": ("道德与法治", "思想政治", "思想品德"),
    "biology": ("生物学",),
    "english": ("英文",),
}


def shipped_taxonomy() -> Taxonomy:
    """All nine subjects."""
    folder = resources.files("services.diagnose") / "taxonomy"
    points: list[TaxonomyPoint] = []
    names: dict[str, str] = {}
    for subject in SUBJECTS:
        document = json.loads((folder / f"{subject}.json").read_text(encoding="utf-8"))
        points += _points(document["points"], subject, (), ())
        called = (subject, document["zh"], document["en"], *_OTHER_NAMES.get(subject, ()))
        names |= {folded(name): subject for name in called}
    return Taxonomy(points, names)


def _points(
    nodes: list[dict[str, Any]], subject: str, zh: tuple[str, ...], en: tuple[str, ...]
) -> Iterator[TaxonomyPoint]:
    for node in nodes:
        zh_path, en_path = (*zh, node["zh"]), (*en, node["en"])
        children = node.get("children", [])
        yield TaxonomyPoint(
            id=node["id"],
            subject=subject,
            zh_path=zh_path,
            en_path=en_path,
            aliases=tuple(node.get("aliases", ())),
            keywords=tuple(node.get("keywords", ())),
            is_leaf=not children,
        )
        yield from _points(children, subject, zh_path, en_path)
