"""Finds grids of equal outlines at one pitch: the options of an answer card, row by row.

Neighbours at the commonest distance are linked; what hangs together is a grid. Filled options
often are no clean outline any more: their places follow from the others.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from services.ocr.domain.bubbles.cell_outlines import Outlines
from services.ocr.domain.ink.raster import Floats, Mask

#: Sides of neighbours differ by this share at most.
SAME_SIDE = 0.25
#: Distances to the right and down, in widths and heights of an outline: they never touch, and
#: further apart they are no row.
RIGHT, DOWN = (1.12, 6.0), (1.12, 7.0)
#: How far neighbours may be off the row or column, in heights and widths: photos lean.
OFF_ROW, OFF_COLUMN = 0.4, 0.5
#: Distances within one grid differ by this share: perspective changes them slowly.
SAME_PITCH = 0.14
#: Rows come closer towards the far end of a photographed page, by a third on real ones.
SAME_DOWN = 0.22
#: Smaller distances are preferred when so many neighbours, by share, have them.
RIVAL = 0.5
#: A place is filled when so much of its box is ink; print between grids has less.
DENSE = 0.5
#: Share of the rows in which a column must be seen, and of the places seen in a whole grid.
MIN_COLUMN, MIN_SEEN = 0.34, 0.6
#: Share of a grid's pieces that must be outlines.
MIN_OUTLINES = 0.6
#: Pieces further than this share of the pitch from where the others put them are none of the grid.
MAX_RESIDUAL = 0.25
#: Between options is paper: half of the gaps, beside and below, have at most this share of ink.
GAP_INK = 0.08
#: Narrower gaps are not looked at.
MIN_GAP_PX = 2
#: A missing place speaks against a grid as much as so many speak for it.
MISSING = 2.0
#: Grids that one page is searched for.
MAX_GRIDS = 80
#: Options of a row at least; digits that a column of a number has.
MIN_OPTIONS, DIGITS = 2, 10
#: From so many places on, a grid's bend is estimated, too.
MANY_PLACES = 24


@dataclass(frozen=True, slots=True, eq=False)
class OptionGrid:
    """Rows × columns of places: middles (rows × columns × 2) and sides (width, height) in pixels.

    ``seen`` are the places where an outline or a fill is; ``lengths`` the options of each row.
    """

    middles: Floats
    sides: tuple[float, float]
    seen: Floats
    lengths: tuple[int, ...]

    @property
    def pitch(self) -> tuple[float, float]:
        """The distances to the right and down, in pixels; the sides where there is no neighbour."""
        right = np.diff(self.middles[:, :, 0], axis=1)
        down = np.diff(self.middles[:, :, 1], axis=0)
        across = float(np.median(right)) if right.size else 2 * self.sides[0]
        return across, float(np.median(down)) if down.size else 2 * self.sides[1]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Around all places: x, y, width, height."""
        half = np.array(self.sides) / 2
        low = self.middles.reshape(-1, 2).min(axis=0) - half
        high = self.middles.reshape(-1, 2).max(axis=0) + half
        return float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])

    @property
    def weight(self) -> float:
        """How much speaks for the grid: the places seen against those that are missing."""
        missing = sum(self.lengths) - int(np.count_nonzero(self.seen))
        return float(np.count_nonzero(self.seen)) - MISSING * missing

    def columns(self, first: int, stop: int) -> "OptionGrid":
        """The grid with the columns from ``first`` to before ``stop`` alone."""
        lengths = tuple(max(0, min(stop, length) - first) for length in self.lengths)
        return OptionGrid(self.middles[:, first:stop], self.sides, self.seen[:, first:stop], lengths)

    def swapped(self) -> "OptionGrid":
        """The grid with its columns as rows, and x and y exchanged."""
        seen = self.seen.T
        lengths = tuple(int(np.flatnonzero(row).max(initial=-1)) + 1 for row in seen)
        middles = self.middles.transpose(1, 0, 2)[:, :, ::-1]
        return OptionGrid(middles, (self.sides[1], self.sides[0]), seen, lengths)

    def scaled(self, factor: float) -> "OptionGrid":
        """The grid on a page that is ``factor`` times as large."""
        sides = self.sides[0] * factor, self.sides[1] * factor
        return OptionGrid(self.middles * factor, sides, self.seen, self.lengths)


def find_grids(views: list[Outlines]) -> list[OptionGrid]:
    """Grids of all ``views`` of one page that do not overlap; fuller ones first."""
    found = [grid for view in views for grid in _grids_of(view)]
    found.sort(key=lambda grid: -grid.weight)
    kept: list[OptionGrid] = []
    for grid in found:
        if not any(_overlap(grid, other) for other in kept):
            kept.append(grid)
    return _with_digits_joined(kept)


def _with_digits_joined(grids: list[OptionGrid]) -> list[OptionGrid]:
    """``grids``; two that lack but some rows between them to be one of ten digits are joined.

    The 4 of ``[4]`` closes to no compact piece, so that its row is often missing.
    """
    for upper in grids:
        for lower in grids:
            joined = _joined(upper, lower)
            if joined is not None:
                rest = [grid for grid in grids if grid is not upper and grid is not lower]
                return _with_digits_joined([joined, *rest])
    return grids


def _joined(upper: OptionGrid, lower: OptionGrid) -> OptionGrid | None:
    """Both grids and the rows between, when that makes ten."""
    counts = len(upper.lengths), len(lower.lengths)
    columns = upper.middles.shape[1]
    if columns != lower.middles.shape[1] or columns < MIN_OPTIONS or min(counts) < MIN_OPTIONS:
        return None
    first, last = upper.middles[-1], lower.middles[0]
    across, down = upper.pitch
    rows = round(float(np.mean(last[:, 1] - first[:, 1])) / down) - 1
    if rows < 0 or sum(counts) + rows != DIGITS or np.abs(last - first)[:, 0].max() > 0.2 * across:
        return None
    between = np.linspace(first, last, rows + 2)[1:-1]
    seen = np.zeros((rows, columns), bool)
    return OptionGrid(
        np.concatenate([upper.middles, between, lower.middles]),
        upper.sides,
        np.concatenate([upper.seen, seen, lower.seen]),
        (*upper.lengths, *(columns,) * rows, *lower.lengths),
    )


def _overlap(one: OptionGrid, other: OptionGrid) -> bool:
    """Whether most places of ``one`` lie in the box of ``other``, or the reverse."""

    def inside(grid: OptionGrid, box: tuple[float, float, float, float]) -> bool:
        places = grid.middles.reshape(-1, 2)
        low, high = np.array(box[:2]), np.array(box[:2]) + box[2:]
        return bool(np.any(((places >= low) & (places <= high)).all(axis=1)))

    return inside(one, other.box) or inside(other, one.box)


def _grids_of(view: Outlines) -> Iterator[OptionGrid]:
    boxes, is_outline = view.boxes, view.is_outline
    for _ in range(MAX_GRIDS):
        links = _linked(boxes, view.ink)
        if links is None:
            return
        used = np.zeros(len(boxes), bool)
        for places in _components(links, len(boxes)):
            used[list(places)] = True
            grid = _grid(boxes, is_outline, places, view.ink)
            if grid is not None:
                yield grid
        boxes, is_outline = boxes[~used], is_outline[~used]


@dataclass(frozen=True, slots=True)
class _Links:
    """Neighbours (from, to, columns further, rows further)."""

    pairs: tuple[tuple[int, int, int, int], ...]


def _linked(boxes: Floats, ink: Mask) -> _Links | None:
    """Neighbours at the commonest pitch; None where there are not even two."""
    if len(boxes) < 2:
        return None
    dx = boxes[None, :, 0] - boxes[:, None, 0]
    dy = boxes[None, :, 1] - boxes[:, None, 1]
    sides = boxes[:, None, 2:]
    is_alike = (np.abs(boxes[None, :, 2:] - sides) <= SAME_SIDE * sides).all(axis=2)
    width, height = boxes[:, None, 2], boxes[:, None, 3]
    is_right = is_alike & (np.abs(dy) <= OFF_ROW * height)
    is_right &= (dx >= RIGHT[0] * width) & (dx <= RIGHT[1] * width)
    across = _pitch(dx, is_right)
    if across is None:
        return None
    is_next = is_right & (np.abs(dx - across) <= SAME_PITCH * across)
    has_neighbour = is_next.any(axis=1) | is_next.any(axis=0)
    is_down = is_alike & (np.abs(dx) <= OFF_COLUMN * width)
    is_down &= (dy >= DOWN[0] * height) & (dy <= DOWN[1] * height)
    is_down &= has_neighbour[:, None] & has_neighbour[None, :]
    pairs = [(int(i), int(j), 1, 0) for i, j in np.argwhere(is_next)]
    skipped = is_right & (np.abs(dx - 2 * across) <= SAME_PITCH * across)
    for i, j in np.argwhere(skipped):
        middle = (boxes[i] + boxes[j]) / 2
        if _density(ink, middle[:2], middle[2:]) >= DENSE:
            pairs.append((int(i), int(j), 2, 0))
    down = _pitch(dy, is_down)
    if down is not None:
        is_below = is_down & (np.abs(dy - down) <= SAME_DOWN * down)
        pairs += [(int(i), int(j), 0, 1) for i, j in np.argwhere(is_below)]
    return _Links(tuple(pairs))


def _pitch(distances: Floats, is_link: Floats) -> float | None:
    """The commonest distance to the nearest neighbour; of rivals the smaller one."""
    nearest = np.where(is_link, distances, np.inf).min(axis=1)
    values = np.sort(nearest[np.isfinite(nearest)])
    if not values.size:
        return None
    counts = np.searchsorted(values, values * (1 + SAME_PITCH / 2), side="right") - np.arange(
        len(values)
    )
    first = int(np.flatnonzero(counts >= max(1.0, RIVAL * counts.max()))[0])
    # The group begins somewhere after its first member: its densest part is the pitch.
    stop = int(np.searchsorted(values, values[first] * (1 + 2 * SAME_PITCH), side="right"))
    best = first + int(np.argmax(counts[first:stop]))
    return float(np.median(values[best : best + int(counts[best])]))


def _components(links: _Links, count: int) -> Iterator[dict[int, tuple[int, int]]]:
    """Pieces that hang together, each with its (row, column) in the grid."""
    near: dict[int, list[tuple[int, int, int]]] = {}
    for i, j, columns, rows in links.pairs:
        near.setdefault(i, []).append((j, rows, columns))
        near.setdefault(j, []).append((i, -rows, -columns))
    seen: set[int] = set()
    for begin in range(count):
        if begin in seen or begin not in near:
            continue
        places = {begin: (0, 0)}
        queue = deque([begin])
        while queue:
            piece = queue.popleft()
            row, column = places[piece]
            for other, rows, columns in near[piece]:
                if other not in places:
                    places[other] = (row + rows, column + columns)
                    queue.append(other)
        seen |= set(places)
        yield places


def _density(ink: Mask, middle: Floats, sides: Floats) -> float:
    """Share of a box that is ink."""
    left, top = (max(0, int(v)) for v in middle - sides / 2)
    right, bottom = (max(0, int(v)) for v in middle + sides / 2)
    window = ink[top:bottom, left:right]
    return float(np.count_nonzero(window)) / window.size if window.size else 0.0


def _grid(
    boxes: Floats, is_outline: Floats, places: dict[int, tuple[int, int]], ink: Mask
) -> OptionGrid | None:
    """The grid of linked pieces, completed by its filled places; None when it is none."""
    pieces = np.array(list(places))
    if len(pieces) < 2 or is_outline[pieces].mean() < MIN_OUTLINES:
        return None
    at = np.array([places[piece] for piece in pieces.tolist()])
    at -= at.min(axis=0)
    sides = np.median(boxes[pieces, 2:], axis=0)
    model = _Model.fitted(at, boxes[pieces, :2])
    # One column more on either side: there every option may be filled.
    at[:, 1] += 1
    rows, columns = (int(n) + 1 for n in at.max(axis=0))
    columns += 1
    grid_rows, grid_columns = np.mgrid[0:rows, -1 : columns - 1]
    middles = model.at(grid_rows.ravel(), grid_columns.ravel()).reshape(rows, columns, 2)
    seen = np.zeros((rows, columns), bool)
    pitch = np.array([model.across, model.down or 2 * sides[1]])
    for (row, column), middle in zip(at.tolist(), boxes[pieces, :2], strict=True):
        if (np.abs(middle - middles[row, column]) <= MAX_RESIDUAL * pitch).all():
            middles[row, column], seen[row, column] = middle, True
    for row, column in np.argwhere(~seen).tolist():
        seen[row, column] = _density(ink, middles[row, column], 0.9 * sides) >= DENSE
    grid = _trimmed(middles, (float(sides[0]), float(sides[1])), seen)
    return grid if grid is not None and _has_free_gaps(grid, ink) else None


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
                found.append(_density(ink, gap, room))
        if found and np.median(found) > GAP_INK:
            return False
    return True


def _trimmed(middles: Floats, sides: tuple[float, float], seen: Floats) -> OptionGrid | None:
    """The widest run of columns that are seen in enough rows, and the rows that have them."""
    share = seen.mean(axis=0)
    is_column = share >= min(MIN_COLUMN, 1.0)
    runs, run = [], []
    for column, is_kept in enumerate(is_column.tolist()):
        if is_kept:
            run.append(column)
        elif run:
            runs.append(run)
            run = []
    runs.append(run)
    columns = max(runs, key=len)
    if len(columns) < MIN_OPTIONS:
        return None
    seen, middles = seen[:, columns], middles[:, columns]
    rows = seen.any(axis=1)
    seen, middles = seen[rows], middles[rows]
    lengths = tuple(int(np.flatnonzero(row).max()) + 1 for row in seen)
    expected = sum(lengths)
    if seen.sum() < MIN_SEEN * expected:
        return None
    return OptionGrid(middles, sides, seen, lengths)


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
        weights = np.zeros((len(powers), 2))
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


def _terms(
    rows: Floats, columns: Floats, powers: tuple[tuple[int, int], ...] | list[tuple[int, int]]
) -> Floats:
    rows, columns = np.asarray(rows, float), np.asarray(columns, float)
    return np.stack([rows**down * columns**across for down, across in powers], axis=1)
