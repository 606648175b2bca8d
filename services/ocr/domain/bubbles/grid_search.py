"""Finds grids of equal outlines: neighbours at the commonest distance are linked.

What hangs together is a grid. Filled options often are no clean outline any more: their places
follow from the others.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from services.ocr.domain.bubbles.cell_outlines import Outlines
from services.ocr.domain.bubbles.grid_fitting import (
    DENSE,
    density,
    fitted_grids,
)
from services.ocr.domain.bubbles.option_grids import OptionGrid
from services.ocr.domain.ink.raster import Floats

#: Sides of neighbours differ by this share at most.
SAME_SIDE = 0.25
#: Distances to the right and down, in widths and heights of an outline: they never touch, and
#: further apart they are no row.
RIGHT, DOWN = (1.04, 6.0), (1.08, 7.0)
#: How far neighbours may be off the row or column, in heights and widths: photos lean.
OFF_ROW, OFF_COLUMN = 0.4, 0.5
#: Distances within one grid differ by this share: perspective changes them slowly.
SAME_PITCH = 0.14
#: Rows come closer towards the far end of a photographed page, by a third on real ones.
SAME_DOWN = 0.22
#: Smaller distances are preferred when so many neighbours, by share, have them.
RIVAL = 0.5
#: Grids that one page is searched for.
MAX_GRIDS = 80

#: Neighbours: from, to, columns further, rows further.
Links = list[tuple[int, int, int, int]]


def find_grids(views: list[Outlines]) -> list[OptionGrid]:
    """All grids of one page, each as often as ``views`` show it."""
    return [grid for view in views for grid in _grids_of(view)]


def without_repeats(grids: Iterable[OptionGrid]) -> list[OptionGrid]:
    """Grids that do not overlap; those that more speaks for are kept."""
    kept: list[OptionGrid] = []
    for grid in sorted(grids, key=lambda grid: -grid.weight):
        if not any(_overlap(grid, other) for other in kept):
            kept.append(grid)
    return kept


def _overlap(one: OptionGrid, other: OptionGrid) -> bool:
    """Whether most places of ``one`` lie in the box of ``other``, or the reverse."""

    def inside(grid: OptionGrid, box: tuple[float, float, float, float]) -> bool:
        places = grid.middles.reshape(-1, 2)
        low, high = np.array(box[:2]), np.array(box[:2]) + box[2:]
        return bool(np.any(((places >= low) & (places <= high)).all(axis=1)))

    return inside(one, other.box) or inside(other, one.box)


def _grids_of(view: Outlines) -> Iterator[OptionGrid]:
    right, down = _neighbours(view.boxes)
    is_free = np.ones(len(view.boxes), bool)
    for _ in range(MAX_GRIDS):
        links = _linked(view, right.among(is_free), down.among(is_free))
        if not links:
            return
        for places in _components(links):
            is_free[list(places)] = False
            yield from fitted_grids(view, places)


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Pieces that may be neighbours: from, to, and how far apart."""

    first: Floats
    second: Floats
    distance: Floats

    def among(self, is_free: Floats) -> "_Pairs":
        """The pairs of which both are still free."""
        return self.where(is_free[self.first] & is_free[self.second])

    def where(self, is_kept: Floats) -> "_Pairs":
        """Some of the pairs."""
        return _Pairs(self.first[is_kept], self.second[is_kept], self.distance[is_kept])

    def near(self, pitch: float, share: float) -> "_Pairs":
        """The pairs that are about ``pitch`` apart."""
        return self.where(np.abs(self.distance - pitch) <= share * pitch)


def _neighbours(boxes: Floats) -> tuple[_Pairs, _Pairs]:
    """Pieces of one size: beside each other, and below each other."""
    dx, dy = (boxes[None, :, axis] - boxes[:, None, axis] for axis in (0, 1))
    sides = boxes[:, None, 2:]
    is_alike = (np.abs(boxes[None, :, 2:] - sides) <= SAME_SIDE * sides).all(axis=2)
    width, height = boxes[:, None, 2], boxes[:, None, 3]
    is_right = is_alike & (np.abs(dy) <= OFF_ROW * height)
    is_right &= (dx >= RIGHT[0] * width) & (dx <= RIGHT[1] * width)
    is_down = is_alike & (np.abs(dx) <= OFF_COLUMN * width)
    is_down &= (dy >= DOWN[0] * height) & (dy <= DOWN[1] * height)
    return _pairs(is_right, dx), _pairs(is_down, dy)


def _pairs(is_pair: Floats, distances: Floats) -> _Pairs:
    first, second = np.nonzero(is_pair)
    return _Pairs(first, second, distances[is_pair])


def _linked(view: Outlines, right: _Pairs, down: _Pairs) -> Links:
    """Neighbours at the commonest pitch."""
    across = _pitch(right)
    if across is None:
        return []
    beside = right.near(across, SAME_PITCH)
    links = [(int(i), int(j), 1, 0) for i, j in zip(beside.first, beside.second, strict=True)]
    further = right.where(np.abs(right.distance - 2 * across) <= SAME_PITCH * across)
    links += [
        (int(i), int(j), 2, 0)
        for i, j in zip(further.first, further.second, strict=True)
        if _is_filled_between(view, int(i), int(j))
    ]
    has_neighbour = np.zeros(len(view.boxes), bool)
    has_neighbour[beside.first] = has_neighbour[beside.second] = True
    # Of two options one may be filled, so that the other has no neighbour beside it.
    upright = down.where(has_neighbour[down.first] | has_neighbour[down.second])
    below = _pitch(upright)
    if below is not None:
        near = upright.near(below, SAME_DOWN)
        links += [(int(i), int(j), 0, 1) for i, j in zip(near.first, near.second, strict=True)]
    return links


def _is_filled_between(view: Outlines, first: int, second: int) -> bool:
    middle = (view.boxes[first, :2] + view.boxes[second, :2]) / 2
    return density(view.ink, middle, view.boxes[first, 2:]) >= DENSE


def _pitch(pairs: _Pairs) -> float | None:
    """The commonest distance to the nearest neighbour; of rivals the smaller one."""
    if not pairs.first.size:
        return None
    nearest = np.full(int(pairs.first.max()) + 1, np.inf)
    np.minimum.at(nearest, pairs.first, pairs.distance)
    values = np.sort(nearest[np.isfinite(nearest)])
    counts = np.searchsorted(values, values * (1 + SAME_PITCH / 2), side="right") - np.arange(
        len(values)
    )
    first = int(np.flatnonzero(counts >= max(1.0, RIVAL * counts.max()))[0])
    # The group begins somewhere after its first member: its densest part is the pitch.
    stop = int(np.searchsorted(values, values[first] * (1 + 2 * SAME_PITCH), side="right"))
    best = first + int(np.argmax(counts[first:stop]))
    return float(np.median(values[best : best + int(counts[best])]))


def _components(links: Links) -> Iterator[dict[int, tuple[int, int]]]:
    """Pieces that hang together, each with its (row, column) in the grid."""
    near: dict[int, list[tuple[int, int, int]]] = {}
    for i, j, columns, rows in links:
        near.setdefault(i, []).append((j, rows, columns))
        near.setdefault(j, []).append((i, -rows, -columns))
    seen: set[int] = set()
    for begin in near:
        if begin in seen:
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
