"""Finds grids of equal outlines: neighbours at the commonest distance are linked.

What hangs together is a grid. Filled options often are no clean outline any more: their places
follow from the others.
"""

from collections import deque
from collections.abc import Iterable, Iterator

import numpy as np

from services.ocr.domain.bubbles.cell_outlines import Outlines
from services.ocr.domain.bubbles.grid_fitting import (
    DENSE,
    MIN_OPTIONS,
    density,
    fitted_grids,
)
from services.ocr.domain.bubbles.option_grids import OptionGrid
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
    rest = np.ones(len(view.boxes), bool)
    for _ in range(MAX_GRIDS):
        links = _linked(view.boxes[rest], view.ink)
        if links is None:
            return
        index = np.flatnonzero(rest)
        for places in _components(links, len(index)):
            pieces = {int(index[piece]): place for piece, place in places.items()}
            rest[list(pieces)] = False
            yield from fitted_grids(view, pieces)


def _linked(boxes: Floats, ink: Mask) -> Links | None:
    """Neighbours at the commonest pitch; None where there are not even two."""
    if len(boxes) < MIN_OPTIONS:
        return None
    dx, dy = (boxes[None, :, axis] - boxes[:, None, axis] for axis in (0, 1))
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
    # Of two options one may be filled, so that the other has no neighbour beside it.
    is_down &= has_neighbour[:, None] | has_neighbour[None, :]
    skipped = is_right & (np.abs(dx - 2 * across) <= SAME_PITCH * across)
    pairs = [(int(i), int(j), 1, 0) for i, j in np.argwhere(is_next)]
    pairs += [
        (int(i), int(j), 2, 0)
        for i, j in np.argwhere(skipped)
        if density(ink, (boxes[i, :2] + boxes[j, :2]) / 2, boxes[i, 2:]) >= DENSE
    ]
    down = _pitch(dy, is_down)
    if down is not None:
        is_below = is_down & (np.abs(dy - down) <= SAME_DOWN * down)
        pairs += [(int(i), int(j), 0, 1) for i, j in np.argwhere(is_below)]
    return pairs


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


def _components(links: Links, count: int) -> Iterator[dict[int, tuple[int, int]]]:
    """Pieces that hang together, each with its (row, column) in the grid."""
    near: dict[int, list[tuple[int, int, int]]] = {}
    for i, j, columns, rows in links:
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
