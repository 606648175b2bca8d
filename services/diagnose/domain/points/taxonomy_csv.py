"""Taxonomies as CSV: a row per point becomes the tree of a document."""

import csv
import io
import re
from collections.abc import Mapping
from typing import Any

from services.diagnose.domain.points.taxonomy_document import Fault, TaxonomyError

_COLUMNS = ("id", "parent", "zh", "en", "aliases", "keywords")
_REQUIRED = frozenset({"id", "zh", "en"})


def document_from_csv(text: str, subject: str) -> dict[str, Any]:
    """The tree of a CSV with a row per point: ``id,parent,zh,en,aliases,keywords``.

    ``parent`` is the id of the point above, empty at the top; aliases and keywords are separated
    by ``;``. Raises TaxonomyError.
    """
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    columns = set(reader.fieldnames or ())
    if not columns >= _REQUIRED or not columns <= set(_COLUMNS):
        raise TaxonomyError([Fault("line 1", "bad_columns")])
    faults: list[Fault] = []
    nodes: dict[str, dict[str, Any]] = {}
    parents: dict[str, tuple[str, int]] = {}
    for row in reader:
        line = reader.line_num
        if None in row or None in row.values():
            faults.append(Fault(f"line {line}", "bad_columns"))
            continue
        identity = row["id"].strip()
        if identity in nodes:
            faults.append(Fault(f"line {line}", "duplicate_id"))
            continue
        nodes[identity] = {
            "id": identity,
            "zh": row["zh"].strip(),
            "en": row["en"].strip(),
            "aliases": _listed(row.get("aliases", "")),
            "keywords": _listed(row.get("keywords", "")),
            "children": [],
        }
        parents[identity] = ((row.get("parent") or "").strip(), line)
    top: list[dict[str, Any]] = []
    for identity, (parent, line) in parents.items():
        if not parent:
            top.append(nodes[identity])
        elif parent not in nodes:
            faults.append(Fault(f"line {line}", "unknown_parent"))
        elif _is_cyclic(identity, parents):
            faults.append(Fault(f"line {line}", "cycle"))
        else:
            nodes[parent]["children"].append(nodes[identity])
    if faults:
        raise TaxonomyError(faults)
    return {"subject": subject, "points": top}


def _is_cyclic(identity: str, parents: Mapping[str, tuple[str, int]]) -> bool:
    passed = {identity}
    above = parents[identity][0]
    while above in parents:
        if above in passed:
            return True
        passed.add(above)
        above = parents[above][0]
    return False


def _listed(text: str | None) -> list[str]:
    return [part.strip() for part in re.split(r"[;；]", text or "") if part.strip()]
