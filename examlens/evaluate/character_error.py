"""The character error of recognised lines against a page's printed text, whatever their order."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Stands for a part of the truth that does not count, an answer place or a formula.
_ANYTHING = "\x00"
#: Replaces truth that a line was matched to, so that no second line is.
_TAKEN = -1
_NOT_COUNTED = re.compile(r"\$[^$]*\$|_+")
_EMPTY_BRACKETS = re.compile(r"\(\)")
_FOLDED = str.maketrans(
    {"。": ".", "“": '"', "”": '"', "‘": "'", "’": "'", "—": "-", "–": "-", "−": "-", "－": "-"}
)

# Costs are counted in quarters of an edit, and packed above the errors and the start of a match
# into one integer, so that numpy's minimum compares all three.
_START_BITS = 21
_ERROR = 1 << _START_BITS
_COST = 1 << (2 * _START_BITS)
_EDIT = 4 * _COST + _ERROR
#: A character of the line before or after its match, which is no error.
_OUTSIDE = 3 * _COST
#: A character of the line where the truth says that anything may stand.
_ABSORBED = 2 * _COST
#: A line that costs more fits nowhere. At most two thirds of a line may stand outside its match.
_MOST_COST_PER_CHARACTER = 2

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
    Printed characters that no line covers count as errors. These do not count: a line that fits
    nowhere, such as handwriting, a page number or a binding margin; strange characters at a line's
    ends, such as a teacher's tick; white space; and in ``printed`` what stands between dollar signs
    (formulas), underscores, and what stands between empty brackets (answer places).
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
    # Column j stands before truth[j]. Leaving out truth[j] costs an edit, if truth[j] counts.
    leave_out = np.concatenate([[0], np.cumsum(np.where(is_free, 0, _EDIT))])
    insert = np.concatenate([[_EDIT], np.where(is_free, _ABSORBED, _EDIT)])
    unread = np.arange(len(truth) + 1, dtype=np.int64)
    row: Costs = unread
    best: Costs = unread + len(line) * _OUTSIDE
    for read, character in enumerate(line, 1):
        substitute = np.where(truth == ord(character), 0, np.where(is_free, _ABSORBED, _EDIT))
        # The first alternative passes over all characters so far: they stand before the match.
        entered = np.minimum(unread + read * _OUTSIDE, row + insert)
        entered[1:] = np.minimum(entered[1:], row[:-1] + substitute)
        row = np.minimum.accumulate(entered - leave_out) + leave_out
        best = np.minimum(best, row + (len(line) - read) * _OUTSIDE)
    cost, rest = best // _COST, best % _COST
    edits, start = rest // _ERROR, rest % _ERROR
    # Of equally good places the longest.
    end = int(np.lexsort((start - unread, edits, cost))[0])
    allowed = 0 if len(line) <= 2 else _MOST_COST_PER_CHARACTER * len(line)
    if cost[end] > allowed or start[end] >= end:
        return None
    return int(start[end]), end, int(edits[end])
