"""Finds the options of a choice question in one or several columns and lines."""

import re
from dataclasses import dataclass
from itertools import pairwise

from services.parse.domain.glyphs import GAP, Passage
from shared.contract.questions import Option

_LABEL = re.compile(
    r"(?P<mark>[√✓✔☑×])?\s*(?:[（(\[]\s*(?P<wrapped>[A-H])\s*[)）\]]|(?P<plain>[A-Ha-h])\s*[.．、·:：,，)）]"
    r"|(?P<lone>[A-H])(?=[\s\u2003]|$|[\u4e00-\u9fff①-⑩]))\s*[.．、]?"
)
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
        group = next(name for name in ("wrapped", "plain", "lone") if match[name])
        label, at = match[group].upper(), match.start(group)
        index = match.start()
        while index < at and passage.text[index].isspace():
            index += 1
        rank = _rank(passage, index, start)
        if group == "lone" and rank < 2:
            continue
        if match[group].islower() and rank < 1:
            continue
        if (
            rank == 0
            and passage.text[index - 1] not in _SENTENCE_END
            and not _is_cjk(passage, index)
        ):
            continue
        found.append(_Candidate(label, index, at, match.end(), match["mark"] or "", rank))
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


def find_options(passage: Passage, start: int, stop: int) -> tuple[FoundOption, ...]:
    """The options within a slice, in reading order; empty when fewer than two are found."""
    chain = _chain(_candidates(passage, start, stop))
    if not chain:
        return ()
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
