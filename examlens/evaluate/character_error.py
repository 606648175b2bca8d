"""The character error of recognised lines against a page's printed text, whatever their order."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Stands for a part of the truth that does not count: an answer place or a formula.
_ANYTHING = "\x00"
#: Replaces truth that a line was matched to, so that no second line is.
_TAKEN = -1
_NOT_COUNTED = re.compile(r"\$[^$]*\$|_+")
_EMPTY_BRACKETS = re.compile(r"\(\)")
_FOLDED = str.maketrans(
    {"。": ".", "“": '"', "”": '"', "‘": "'", "’": "'", "—": "-", "–": "-", "−": "-", "－": "-"}
)

# Costs are counted in halves, and packed above the errors and the start of a match into one
# integer, so that numpy's minimum compares all three.
_START_BITS = 21
_ERROR = 1 << _START_BITS
_COST = 1 << (2 * _START_BITS)
_EDIT = 2 * _COST + _ERROR
_SKIP = _COST

Costs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CharacterErrors:
    """``errors`` edits in ``characters`` of printed text that count."""

    errors: int
    characters: int


def count_errors(printed: str, lines: Iterable[str]) -> CharacterErrors:
    """Match every recognised line to its place in ``printed`` and count the edits.

    The order of lines does not matter: each is aligned to the place where it fits best (infix
    alignment; P. Sellers, J. Algorithms 1, 1980), longest first, and each place is taken once.
    Printed characters that no line covers count as errors. A line that fits nowhere, such as
    handwriting, a page number or a binding margin, does not count. White space does not count,
    nor what stands in ``printed`` between dollar signs (formulas), as underscores or between
    empty brackets (answer places).
    """
    truth = _truth_codes(printed)
    is_counted = truth != ord(_ANYTHING)
    covered = np.zeros(len(truth), dtype=bool)
    errors = 0
    for line in sorted((_fold(line) for line in lines), key=lambda text: (-len(text), text)):
        match = _best_match(line, truth)
        if match is None:
            continue
        start, end, edits = match
        errors += edits
        covered[start:end] = True
        truth[start:end] = np.where(is_counted[start:end], _TAKEN, truth[start:end])
    missed = int(np.count_nonzero(is_counted & ~covered))
    return CharacterErrors(errors + missed, int(np.count_nonzero(is_counted)))


def _fold(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).translate(_FOLDED)
    return re.sub(r"[\s_]+", "", folded)


def _truth_codes(printed: str) -> NDArray[np.int64]:
    marked = _NOT_COUNTED.sub(_ANYTHING, unicodedata.normalize("NFKC", printed))
    folded = re.sub(r"\s+", "", marked.translate(_FOLDED))
    folded = _EMPTY_BRACKETS.sub(f"({_ANYTHING})", folded)
    return np.array([ord(character) for character in folded], dtype=np.int64)


def _best_match(line: str, truth: NDArray[np.int64]) -> tuple[int, int, int] | None:
    """Start, end and edits of the best place for ``line``, None when it fits nowhere."""
    if not line or not len(truth):
        return None
    is_free = truth == ord(_ANYTHING)
    # Column j stands before truth[j]; leaving out truth[j] costs an edit unless it does not count.
    leave_out = np.concatenate([[0], np.cumsum(np.where(is_free, 0, _EDIT))])
    insert = np.concatenate([[_EDIT], np.where(is_free, _SKIP, _EDIT)])
    row: Costs = np.arange(len(truth) + 1, dtype=np.int64)
    for character in line:
        substitute = np.where(truth == ord(character), 0, np.where(is_free, _SKIP, _EDIT))
        entered = row + insert
        entered[1:] = np.minimum(entered[1:], row[:-1] + substitute)
        row = np.minimum.accumulate(entered - leave_out) + leave_out
    cost, rest = row // _COST, row % _COST
    edits, start = rest // _ERROR, rest % _ERROR
    # Of equally good places the longest, so that no edge is counted twice.
    end = int(np.lexsort((start - np.arange(len(row)), edits, cost))[0])
    allowed = 0 if len(line) <= 2 else len(line)
    if cost[end] > allowed or start[end] >= end:
        return None
    return int(start[end]), end, int(edits[end])
