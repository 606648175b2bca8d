"""Completes linked outlines to a grid: where its other places are, which columns it has."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.ocr.domain.bubbles.cell_outlines import Outlines
from services.ocr.domain.bubbles.option_grids import OptionGrid
from services.ocr.domain.ink.raster import Floats, Mask

#: A place is filled when so much of its box is ink; print between grids has less.
DENSE = 0.5
#: Something is at a place with so much ink: a rim that a pen went over.
SOME_INK = 0.06
#: Sides of those that were not linked differ by this share at most.
SAME_SIDE = 0.12
#: Share of the rows in which a column must be seen, and of the places found in a whole grid.
MIN_COLUMN, MIN_SEEN = 0.34, 0.65
#: A column beside those has outlines in so many rows; a row has so many options at least.
MORE_ROWS, MIN_OPTIONS = 2, 2
#: Linked pieces of a grid at least: a row of four with one of them filled.
MIN_PIECES = 3
#: Share of a grid's pieces that must be outlines.
MIN_OUTLINES = 0.6
#: Pieces further than this share of the pitch from where the others put them are none of the grid.
MAX_RESIDUAL = 0.25
#: The same of those that were not linked with the others, which may be numbers or letters.
MAX_OTHER_RESIDUAL = 0.1
#: Share of the columns that are seen in the first and the last row.
MIN_EDGE_ROW = 0.6
#: Between options is paper: half of the gaps, beside and below, have at most this share of ink.
GAP_INK = 0.08
#: Narrower gaps are not looked at.
MIN_GAP_PX = 2
#: From so many places on, a grid's bend is estimated, too.
MANY_PLACES = 24


def density(ink: Mask, middle: Floats, sides: Floats) -> float:
    """Share of a box that is ink."""
    left, top = (max(0, int(v)) for v in middle - sides / 2)
    right, bottom = (max(0, int(v)) for v in middle + sides / 2)
    window = ink[top:bottom, left:right]
    return float(np.count_nonzero(window)) / window.size if window.size else 0.0


def fitted_grids(view: Outlines, places: dict[int, tuple[int, int]]) -> list[OptionGrid]:
    """The grids of linked pieces of ``view``, completed by their filled places.

    There are several where blocks side by side happen to keep the pitch.
    """
    pieces = np.array(list(places))
    if len(pieces) < MIN_PIECES or view.is_outline[pieces].mean() < MIN_OUTLINES:
        return []
    at = np.array([places[piece] for piece in pieces.tolist()])
    at -= at.min(axis=0)
    if at[:, 1].max() == 0:
        return []
    sides = np.median(view.boxes[pieces, 2:], axis=0)
    middles, outlined = _placed(at, view, pieces, sides)
    ink = np.array([[density(view.ink, place, 0.9 * sides) for place in row] for row in middles])
    seen = outlined | (ink >= DENSE)
    rows = _rows(seen, outlined)
    middles, outlined, ink, seen = middles[rows], outlined[rows], ink[rows], seen[rows]
    size = float(sides[0]), float(sides[1])
    found = [
        _trimmed(middles[:, run], size, seen[:, run], ink[:, run])
        for run in _columns(seen, outlined)
    ]
    return [grid for grid in found if grid is not None and _has_free_gaps(grid, view.ink)]


def _placed(at: Floats, view: Outlines, pieces: Floats, sides: Floats) -> tuple[Floats, Floats]:
    """Middles of all places, and which of them have an outline.

    There is one row and one column more on every side than the linked ``pieces`` have: what is
    filled there may have no neighbour to be linked with. Others must stand more exactly.
    """
    linked = view.boxes[pieces, :2]
    model = _Model.fitted(at, linked)
    last_row, last_column = (int(n) for n in at.max(axis=0))
    more = int(last_row > 0)
    grid_rows, grid_columns = np.mgrid[-more : last_row + more + 1, -1 : last_column + 2]
    middles = model.at(grid_rows.ravel(), grid_columns.ravel()).reshape(*grid_rows.shape, 2)
    outlined = np.zeros(grid_rows.shape, bool)
    pitch = np.array([model.across, model.down if more else 2 * sides[1]])
    is_alike = (np.abs(view.boxes[:, 2:] - sides) <= SAME_SIDE * sides).all(axis=1)
    alike = view.boxes[is_alike & view.is_outline, :2]
    for row, column in np.ndindex(*grid_rows.shape):
        miss = (np.abs(alike - middles[row, column]) / pitch).max(axis=1)
        if miss.min(initial=1.0) <= MAX_OTHER_RESIDUAL:
            middles[row, column], outlined[row, column] = alike[np.argmin(miss)], True
    for (row, column), middle in zip((at + np.array([more, 1])).tolist(), linked, strict=True):
        if (np.abs(middle - middles[row, column]) <= MAX_RESIDUAL * pitch).all():
            middles[row, column], outlined[row, column] = middle, True
    return middles, outlined


def _rows(seen: Floats, outlined: Floats) -> Floats:
    """The rows with outlines; of the first and the last at least half must be seen.

    Letters above the options may be rings themselves, such as D.
    """
    rows: Floats = np.any(outlined, axis=1)
    columns = seen[rows].mean(axis=0) >= MIN_COLUMN
    if columns.any():
        edges = [0, -1]
        rows[edges] &= np.mean(seen[edges][:, columns], axis=1) >= MIN_EDGE_ROW
    return _between(rows)


def _between(rows: Floats) -> Floats:
    """All rows from the first to the last: those without anything count, too."""
    places = np.flatnonzero(rows)
    whole = np.zeros(len(rows), bool)
    if places.size:
        whole[places[0] : places[-1] + 1] = True
    return whole


def _has_free_gaps(grid: OptionGrid, ink: Mask) -> bool:
    """Whether nothing is printed between neighbours, as there is after the labels of options."""
    sides = np.array(grid.sides)
    for axis in (1, 0):
        places = np.moveaxis(grid.middles, axis, 0)
        steps = (places[1:] - places[:-1]).reshape(-1, 2)
        gaps = (places[1:] + places[:-1]).reshape(-1, 2) / 2
        along = int(axis == 0)
        found = []
        for step, gap in zip(steps, gaps, strict=True):
            room = 0.8 * sides
            room[along] = abs(step[along]) - 1.2 * sides[along]
            if room[along] >= MIN_GAP_PX:
                found.append(density(ink, gap, room))
        if found and np.median(found) > GAP_INK:
            return False
    return True


def _columns(seen: Floats, outlined: Floats) -> list[list[int]]:
    """Runs of columns that are seen in enough rows, or outlined in two rows beside others.

    Rows of one block may have more options than the rest.
    """
    beside = np.zeros_like(outlined)
    beside[:, 1:] = outlined[:, 1:] & seen[:, :-1]
    beside[:, :-1] |= outlined[:, :-1] & seen[:, 1:]
    is_column = (seen.mean(axis=0) >= MIN_COLUMN) | (beside.sum(axis=0) >= MORE_ROWS)
    runs: list[list[int]] = [[]]
    for column, is_kept in enumerate(is_column.tolist()):
        if is_kept:
            runs[-1].append(column)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if len(run) >= MIN_OPTIONS]


def _trimmed(
    middles: Floats, sides: tuple[float, float], seen: Floats, ink: Floats
) -> OptionGrid | None:
    """The grid of rows that end with their last ink; None when too much of them is missing."""
    rows = _between(np.any(seen, axis=1))
    seen, middles, ink = seen[rows], middles[rows], ink[rows]
    there = seen | (ink >= SOME_INK)
    # A row without ink is a gap between groups.
    rows = np.any(there, axis=1)
    grid = OptionGrid(middles[rows], sides, seen[rows], there[rows])
    return grid if grid.found_share >= MIN_SEEN else None


@dataclass(frozen=True, slots=True)
class _Model:
    """Where a grid's places are: x and y as polynomials of row and column."""

    weights: Floats
    powers: tuple[tuple[int, int], ...]

    @staticmethod
    def fitted(at: Floats, middles: Floats) -> "_Model":
        """The model of pieces at (row, column); those far off count less and less."""
        powers = [(0, 0), (0, 1), (1, 0)]
        if len(at) >= MANY_PLACES and at[:, 0].max() >= 3 and at[:, 1].max() >= 2:
            powers += [(1, 1), (2, 0)]
        terms = _terms(at[:, 0], at[:, 1], powers)
        trust = np.ones(len(at))
        weights: Floats = np.zeros((len(powers), 2))
        for _ in range(4):
            weights, *_ = np.linalg.lstsq(terms * trust[:, None], middles * trust[:, None])
            error = np.hypot(*(terms @ weights - middles).T)
            trust = 1 / (1 + error / max(float(np.median(error)), 1.0))
        return _Model(weights, tuple(powers))

    def at(self, rows: Floats, columns: Floats) -> Floats:
        """The middles of places, n × 2."""
        found: Floats = _terms(rows, columns, self.powers) @ self.weights
        return found

    @property
    def across(self) -> float:
        return float(self.weights[1, 0])

    @property
    def down(self) -> float:
        return float(self.weights[2, 1])


def _terms(rows: Floats, columns: Floats, powers: Sequence[tuple[int, int]]) -> Floats:
    y, x = np.asarray(rows, float), np.asarray(columns, float)
    return np.stack([y**down * x**across for down, across in powers], axis=1)
