"""Finds the options of a choice question in one or several columns and lines."""

import re
from dataclasses import dataclass
from itertools import pairwise

from services.parse.domain.questions.lost_labels import with_first, with_lost_labels
from services.parse.domain.questions.option_labels import Label, find_labels
from services.parse.domain.text.glyphs import GAP, Passage
from shared.contract.notation.labels import OPTION_LETTERS
from shared.contract.questions import Option


@dataclass(frozen=True, slots=True)
class FoundOption:
    """An option with the slices of its label and text; ``mark`` is a tick read beside it."""

    label: str
    start: int
    label_start: int
    body: int
    stop: int
    mark: str = ""


def _chain(candidates: list[Label]) -> list[Label]:
    """The best set with labels A, B, C … each once, from the first A that leads to more."""
    best: list[Label] = []
    for position, first in enumerate(candidates):
        if first.label != "A":
            continue
        chosen = {"A": first}
        for label in "BCDEFGH":
            later = [c for c in candidates[position + 1 :] if c.label == label]
            if not later:
                # One label may be misread; two missing ones end the options.
                continue
            if label > "D" and "D" in chosen:
                later = [c for c in later if c.start > chosen["D"].start]
                if not later:
                    break
            chosen[label] = max(later, key=lambda c: (c.rank, -c.start))
        chosen = _until_gap(chosen)
        chain = sorted(chosen.values(), key=lambda c: c.start)
        if _quality(chain) > _quality(best):
            best = chain
    return best if len(best) >= 2 else []


def _until_gap(chosen: dict[str, Label]) -> dict[str, Label]:
    kept: dict[str, Label] = {}
    missing = 0
    for label in OPTION_LETTERS:
        if label in chosen:
            kept[label] = chosen[label]
            missing = 0
        else:
            missing += 1
            if missing > 1:
                break
    return kept


def _quality(chain: list[Label]) -> float:
    ordered = sum(1 for a, b in pairwise(chain) if a.label < b.label)
    return len(chain) + 0.5 * ordered + 0.2 * sum(c.rank for c in chain)


def find_options(passage: Passage, start: int, stop: int) -> tuple[FoundOption, ...]:
    """The options within a slice, in reading order; empty when fewer than two are found."""
    candidates = find_labels(passage, start, stop)
    chain = _chain(candidates) or with_first(passage, candidates, start)
    if not chain:
        return ()
    chain = with_lost_labels(passage, chain, stop)
    stops = [*(label.start for label in chain[1:]), stop]
    if all(_is_bare(passage, label, end) for label, end in zip(chain, stops, strict=True)):
        # Letters alone are the corners of a figure.
        return ()
    return tuple(
        FoundOption(c.label, c.start, c.label_start, c.body, limit, c.mark)
        for c, limit in zip(chain, stops, strict=True)
    )


def _is_bare(passage: Passage, label: Label, stop: int) -> bool:
    """Whether a label is a letter without a sign, and nothing follows it in its place."""
    end = min(stop, passage.row_stop(label.label_start))
    return not passage.text[label.label_start + 1 : end].strip(" " + GAP)


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
