"""Grids of ten rows for the digits of a student's number, of which rows in the middle are lost."""

from collections.abc import Callable, Sequence

import numpy as np

from services.ocr.domain.bubbles.option_grids import OptionGrid

#: Digits that a column has, and the rows and columns of a part of such a grid.
TEN, MIN_ROWS = 10, 2
#: Columns of two parts differ by this share of their distance at most.
SAME_COLUMN = 0.2


def with_digits_joined(
    grids: Sequence[OptionGrid], has_digits: Callable[[OptionGrid], bool]
) -> list[OptionGrid]:
    """``grids``; two with digits that lack but some rows between them to be ten are joined.

    The 4 of ``[4]`` closes to no compact piece, so that its row is often missing.
    """
    parts = [grid for grid in grids if min(grid.middles.shape[:2]) >= MIN_ROWS and has_digits(grid)]
    rest = [grid for grid in grids if not any(grid is part for part in parts)]
    return [*_all_joined(parts), *rest]


def _all_joined(grids: list[OptionGrid]) -> list[OptionGrid]:
    for upper in grids:
        for lower in grids:
            joined = _joined(upper, lower)
            if joined is not None:
                rest = [grid for grid in grids if grid is not upper and grid is not lower]
                return _all_joined([joined, *rest])
    return grids


def _joined(upper: OptionGrid, lower: OptionGrid) -> OptionGrid | None:
    """Both grids and the rows between, when that makes ten."""
    counts = len(upper.lengths), len(lower.lengths)
    columns = upper.middles.shape[1]
    if columns != lower.middles.shape[1]:
        return None
    first, last = upper.middles[-1], lower.middles[0]
    across, down = upper.pitch
    rows = round(float(np.mean(last[:, 1] - first[:, 1])) / down) - 1
    if (
        rows < 0
        or sum(counts) + rows != TEN
        or np.abs(last - first)[:, 0].max() > SAME_COLUMN * across
    ):
        return None
    between = np.linspace(first, last, rows + 2)[1:-1]
    seen = np.zeros((rows, columns), bool)
    return OptionGrid(
        np.concatenate([upper.middles, between, lower.middles]),
        upper.sides,
        np.concatenate([upper.seen, seen, lower.seen]),
        np.concatenate([upper.there, ~seen, lower.there]),
    )
