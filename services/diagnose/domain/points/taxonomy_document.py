"""Taxonomies as documents: trees in JSON, checked before they are used."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.diagnose.domain.comparing.written_form import folded
from services.diagnose.domain.points.taxonomy import TaxonomyPoint

#: Levels below the subject: mathematics needs three.
_MOST_LEVELS = 4
MOST_POINTS = 5000
_ID = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_SUBJECT = re.compile(r"[a-z][a-z0-9_-]{0,59}")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong and where: an id, or ``line 7`` of a CSV."""

    place: str
    code: str


class TaxonomyError(Exception):
    """The taxonomy cannot be taken; ``faults`` name everything that is wrong with it.

    Codes: ``bad_subject``, ``bad_columns``, ``bad_id``, ``duplicate_id``, ``missing_name``,
    ``duplicate_name``, ``unknown_parent``, ``cycle``, ``too_deep``, ``too_many_points``,
    ``bad_list``, ``no_points``, ``id_removed``.
    """

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(", ".join(f"{fault.place}: {fault.code}" for fault in faults[:5]))
        self.faults = tuple(faults)


def taxonomy_points(
    nodes: list[dict[str, Any]],
    subject: str,
    zh: tuple[str, ...] = (),
    en: tuple[str, ...] = (),
) -> Iterator[TaxonomyPoint]:
    """The points of a tree, parents before their children."""
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
        yield from taxonomy_points(children, subject, zh_path, en_path)


def checked_document(document: Any, former: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """``document`` when it is sound, in the form of our own files. Raises TaxonomyError.

    ``former`` is what it replaces: names may change and points may move, but an id that was in
    use stays, because results that are kept refer to it.
    """
    if not isinstance(document, dict) or not isinstance(document.get("points"), list):
        raise TaxonomyError([Fault("document", "no_points")])
    subject = document.get("subject")
    faults: list[Fault] = []
    if not isinstance(subject, str) or _SUBJECT.fullmatch(subject) is None:
        faults.append(Fault("subject", "bad_subject"))
    seen: dict[str, str] = {}
    names: dict[tuple[str, str], str] = {}
    _check_nodes(document["points"], 1, seen, names, faults)
    if not seen and not faults:
        faults.append(Fault("document", "no_points"))
    if len(seen) > MOST_POINTS:
        faults.append(Fault("document", "too_many_points"))
    if former is not None:
        kept = {point.id for point in taxonomy_points(former["points"], former["subject"])}
        faults += [Fault(identity, "id_removed") for identity in sorted(kept - set(seen))]
    if faults:
        raise TaxonomyError(faults)
    return {
        "subject": subject,
        "zh": str(document.get("zh") or subject),
        "en": str(document.get("en") or subject),
        "points": document["points"],
    }


def _check_nodes(
    nodes: Any,
    level: int,
    seen: dict[str, str],
    names: dict[tuple[str, str], str],
    faults: list[Fault],
) -> None:
    if not isinstance(nodes, list):
        faults.append(Fault(f"level {level}", "bad_list"))
        return
    for node in nodes:
        identity = node.get("id") if isinstance(node, dict) else None
        if not isinstance(identity, str) or _ID.fullmatch(identity) is None:
            faults.append(Fault(str(identity)[:80], "bad_id"))
            continue
        if identity in seen:
            faults.append(Fault(identity, "duplicate_id"))
            continue
        seen[identity] = identity
        if level > _MOST_LEVELS:
            faults.append(Fault(identity, "too_deep"))
            continue
        faults += _name_faults(node, names)
        for field in ("aliases", "keywords"):
            listed = node.get(field, [])
            if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
                faults.append(Fault(identity, "bad_list"))
        _check_nodes(node.get("children", []), level + 1, seen, names, faults)


def _name_faults(node: dict[str, Any], names: dict[tuple[str, str], str]) -> Iterator[Fault]:
    """A name that two points share could not be looked up."""
    for language in ("zh", "en"):
        name = node.get(language)
        if not isinstance(name, str) or not name.strip() or "\x00" in name:
            yield Fault(node["id"], "missing_name")
            continue
        key = (language, folded(name))
        if names.setdefault(key, node["id"]) != node["id"]:
            yield Fault(node["id"], "duplicate_name")
