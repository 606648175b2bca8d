"""Reads the taxonomy that comes with the project, one JSON file per subject."""

import json
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any

from services.diagnose.domain.comparing.written_form import folded
from services.diagnose.domain.points.subjects import SUBJECTS
from services.diagnose.domain.points.taxonomy import Taxonomy, TaxonomyPoint
from services.diagnose.domain.points.taxonomy_document import taxonomy_points

_OTHER_NAMES = {
    "mathematics": ("math", "maths", "小学数学", "初中数学", "高中数学"),
    "politics": ("道德与法治", "思想政治", "思想品德"),
    "biology": ("生物学",),
    "english": ("英文",),
}


def shipped_documents() -> dict[str, dict[str, Any]]:
    """The nine subjects as they come with the project, by their keys."""
    folder = resources.files("services.diagnose") / "taxonomy"
    return {
        subject: json.loads((folder / f"{subject}.json").read_text(encoding="utf-8"))
        for subject in SUBJECTS
    }


def shipped_taxonomy() -> Taxonomy:
    """All nine subjects."""
    return taxonomy_of(shipped_documents())


def taxonomy_of(documents: Mapping[str, Mapping[str, Any]]) -> Taxonomy:
    """The taxonomy of ``documents`` by subject; each is a tree in the form of our files."""
    points: list[TaxonomyPoint] = []
    names: dict[str, str] = {}
    for subject, document in documents.items():
        points += taxonomy_points(document["points"], subject)
        called: Iterable[str] = (
            subject,
            document["zh"],
            document["en"],
            *_OTHER_NAMES.get(subject, ()),
        )
        names |= {folded(name): subject for name in called}
    return Taxonomy(points, names)
