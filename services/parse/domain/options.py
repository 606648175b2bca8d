"""Finds the options of a choice question in one or several columns and lines."""

import re
from dataclasses import dataclass
from itertools import pairwise

from services.parse.domain.glyphs import GAP, Passage
from shared.contract.questions import Option

_LABEL = re.compile(
    r"(?:(?P<mark>[√✓✔☑×])[ \u2003]*)?(?:[（(\[]\s*(?P<wrapped>[A-H])\s*[)）\]]"
    r"|(?P<plain>[A-Ha-h])\s*[.．、·:：,，)）]"
    r"|(?P<lone>[A-H])(?=[\s\u2003]|$|[\u4e00-\u9fff①-⑩])|(?P<circled>[ⒶⒷⒸⒹⒺⒻ©®]))\s*[.．、)）]?"
)
#: What is left of a label that a circle was drawn around.
_REMAINS = re.compile(r"[©®@◎○①-⑳Ⓐ-Ⓩⓐ-ⓩOQ0]?\s*[)）.．、]\s*|[©®@◎○①-⑳Ⓐ-Ⓩⓐ-ⓩ]\s*")
_CIRCLED = {**dict(zip("ⒶⒷⒸⒹⒺⒻ", "ABCDEF", strict=True)), "©": "C", "®": "B"}
_SENTENCE_END = frozenset(" \u2003\n。.．；;？?）)】]＿_")


@dataclass(frozen=True, slots=True)
class FoundOption:
    """An option with the slices of its label and text; ``mark`` is a tick read beside it."""

    label: str
    start: int
    label_start: int
    body: int
    stop: int
    mark: str = ""


@dataclass(frozen=True, slots=True)
class _Candidate:
    label: str
    start: int
    label_start: int
    body: int
    mark: str
    #: 2 at the start of a row or segment, 1 after white space, 0 inside the text.
    rank: int


def _rank(passage: Passage, index: int, start: int) -> int:
    if index <= start or passage.text[index - 1] in {"\n", GAP}:
        return 2
    if passage.text[index - 1] == " ":
        before, here = passage.glyphs[index - 2].segment, passage.glyphs[index].segment
        return 2 if before != here else 1
    return 0


def _candidates(passage: Passage, start: int, stop: int) -> list[_Candidate]:
    found = []
    for match in _LABEL.finditer(passage.text, start, stop):
        group = next(name for name in ("wrapped", "plain", "lone", "circled") if match[name])
        label, at = _CIRCLED.get(match[group], match[group].upper()), match.start(group)
        index = match.start()
        while index < at and passage.text[index].isspace():
            index += 1
        rank = _rank(passage, index, start)
        if group in {"lone", "circled"} and rank < 2:
            continue
        if match[group].islower() and rank < 1:
            continue
        if (
            rank == 0
            and passage.text[index - 1] not in _SENTENCE_END
            and not _is_cjk(passage, index)
        ):
            continue
        mark = match["mark"] or ("○" if group == "circled" else "")
        found.append(_Candidate(label, index, at, match.end(), mark, rank))
    return found


def _is_cjk(passage: Passage, index: int) -> bool:
    return "\u4e00" <= passage.text[index - 1] <= "\u9fff"


def _chain(candidates: list[_Candidate]) -> list[_Candidate]:
    """The best set with labels A, B, C … each once, from the first A that leads to more."""
    best: list[_Candidate] = []
    for position, first in enumerate(candidates):
        if first.label != "A":
            continue
        chosen = {"A": first}
        for label in "BCDEFGH":
            later = [c for c in candidates[position + 1 :] if c.label == label]
            if not later:
                # One label may be misread; two missing ones end the options.
                continue
            chosen[label] = max(later, key=lambda c: (c.rank, -c.start))
        chosen = _until_gap(chosen)
        chain = sorted(chosen.values(), key=lambda c: c.start)
        if _quality(chain) > _quality(best):
            best = chain
    return best if len(best) >= 2 else []


def _until_gap(chosen: dict[str, _Candidate]) -> dict[str, _Candidate]:
    kept: dict[str, _Candidate] = {}
    missing = 0
    for label in "ABCDEFGH":
        if label in chosen:
            kept[label] = chosen[label]
            missing = 0
        else:
            missing += 1
            if missing > 1:
                break
    return kept


def _quality(chain: list[_Candidate]) -> float:
    ordered = sum(1 for a, b in pairwise(chain) if a.label < b.label)
    return len(chain) + 0.5 * ordered + 0.2 * sum(c.rank for c in chain)


def _segment_starts(passage: Passage, start: int, stop: int) -> list[int]:
    """Where rows and pieces of rows begin within a slice."""
    return [
        index
        for index in range(start, stop)
        if not passage.text[index].isspace() and _rank(passage, index, start) == 2
    ]


def _filled(passage: Passage, chain: list[_Candidate], stop: int) -> list[_Candidate]:
    """The chain with a missing label put in where one piece of text stands in its place.

    A pen's circle around a letter makes readers lose it: between B and D the only piece of text
    that begins by itself is C; beside C in the last row it is D.
    """
    filled = list(chain)
    for one, other in pairwise(chain):
        if ord(other.label) - ord(one.label) != 2:
            continue
        between = _segment_starts(passage, one.body, other.start)
        if len(between) == 1:
            filled.append(_unlabelled(passage, chr(ord(one.label) + 1), between[0]))
    last = chain[-1]
    if len(chain) in {2, 3} and last.label == "C":
        row = passage.row_stop(last.body)
        beside = _segment_starts(passage, last.body, min(row, stop))
        below = _segment_starts(passage, row + 1, min(passage.row_stop(row + 1), stop))
        column = [c for c in chain if _is_below(passage, last, c)]
        if len(beside) == 1 and beside[0] > last.body:
            filled.append(_unlabelled(passage, "D", beside[0]))
        elif len(column) == len(chain) - 1 and len(below) == 1 and row + 1 < stop:
            filled.append(_unlabelled(passage, "D", below[0]))
    return sorted(filled, key=lambda candidate: candidate.start)


def _is_below(passage: Passage, one: _Candidate, other: _Candidate) -> bool:
    """Whether two labels stand under each other."""
    a, b = passage.glyphs[one.label_start].bbox, passage.glyphs[other.label_start].bbox
    return one is not other and abs(a[0] - b[0]) < a[3]


def _unlabelled(passage: Passage, label: str, index: int) -> _Candidate:
    match = _REMAINS.match(passage.text, index)
    body = match.end() if match else index
    return _Candidate(label, index, index, body, "", 2)


def find_options(passage: Passage, start: int, stop: int) -> tuple[FoundOption, ...]:
    """The options within a slice, in reading order; empty when fewer than two are found."""
    chain = _chain(_candidates(passage, start, stop))
    if not chain:
        return ()
    chain = _filled(passage, chain, stop)
    limits = [*(candidate.start for candidate in chain[1:]), stop]
    return tuple(
        FoundOption(c.label, c.start, c.label_start, c.body, limit, c.mark)
        for c, limit in zip(chain, limits, strict=True)
    )


def to_options(passage: Passage, found: tuple[FoundOption, ...]) -> tuple[Option, ...]:
    """Labels and texts, sorted by label."""
    options = (
        Option(
            label=option.label,
            text=re.sub(r"\s+", " ", passage.text[option.body : option.stop]).strip(" √✓✔☑×_"),
        )
        for option in found
    )
    return tuple(sorted(options, key=lambda option: option.label))
