"""Draws what pens do to the labels of options: each stroke a little different, none exact."""

import cv2
import numpy as np
from numpy.typing import NDArray

from services.ocr.domain.drawings.label_state import LabelState

Points = NDArray[np.float64]
Layer = NDArray[np.uint8]
Chance = np.random.Generator


class Pen:
    """One pen on a layer of ink (255 full). Lengths and places are in ``em`` pixels."""

    def __init__(self, layer: Layer, em: float, width_em: float, chance: Chance) -> None:
        self._layer, self._em, self._width, self._chance = layer, em, width_em, chance

    def mark(self, state: LabelState, x: float, y: float, reach: float) -> None:
        """Put the mark of ``state`` at a label; ``reach`` is how far its option's text goes."""
        if state in {LabelState.RING, LabelState.CANCELLED}:
            self._ring(x, y, reach)
        if state in {LabelState.STRUCK, LabelState.CANCELLED}:
            self._strike(x, y, reach)
        if state is LabelState.TICK:
            self._tick(x, y)
        if state is LabelState.UNDERLINE:
            self._underline(x, y, reach)
        if state is LabelState.FILLED:
            self._blot(x, y)

    def scribble(self, x: float, y: float, size: float, letters: int) -> None:
        """Writing that is none of the marks: turns of a pen in a row of ``letters``."""
        for n in range(letters):
            count = int(self._chance.integers(3, 7))
            points = self._chance.uniform(-0.5, 0.5, (count, 2)) * size * self._em
            at = np.array([x + n * size * self._em * 0.9, y])
            self._draw(_smooth(points + at, 8))

    def large_tick(self, x: float, y: float, size: float) -> None:
        """A teacher's tick over several lines."""
        bend = self._chance.uniform(0.1, 0.3) * size
        points = np.array([(-bend, -0.45 * size), (0, 0), (0.5 * size, -0.7 * size), (size, -size)])
        self._draw(_smooth(points * self._em + (x, y), 6))

    def _ring(self, x: float, y: float, reach: float) -> None:
        if self._chance.random() < 0.08:
            self._box(x, y, reach)
            return
        radii = self._chance.uniform((0.5, 0.46), (1.15, 1.0))
        middle = self._chance.uniform((-0.2, -0.2), (0.42, 0.22))
        if self._chance.random() < 0.1:
            half = self._chance.uniform(0.7, 1.1) * reach / 2
            radii, middle = np.array([half + 0.6, radii[1]]), np.array([half - 0.1, middle[1]])
        start = self._chance.uniform(0, 2 * np.pi)
        sweep = 2 * np.pi * self._chance.uniform(0.84, 1.25)
        angles = start + np.linspace(0, sweep, 40) * self._chance.choice([-1, 1])
        growth = 1 + np.linspace(0, self._chance.uniform(-0.12, 0.2), 40)
        bumps = 1 + 0.05 * np.sin(2 * angles + self._chance.uniform(0, 6)) * self._chance.normal()
        bumps += 0.03 * np.sin(3 * angles + self._chance.uniform(0, 6)) * self._chance.normal()
        ring = np.stack([np.cos(angles), np.sin(angles)], axis=1) * (growth * bumps)[:, None]
        points = ring * radii @ _turn(self._chance.normal(0, 0.25)).T
        if self._chance.random() < 0.2:
            # The pen goes on after the loop, as in a hasty 9.
            way = self._chance.uniform((-0.9, -0.9), (1.1, 1.5))
            points = np.concatenate([points, _smooth(points[-1] + [way * 0, way * 0.5, way], 5)])
        self._draw((points + middle) * self._em + (x, y))

    def _box(self, x: float, y: float, reach: float) -> None:
        left, top, bottom = self._chance.uniform((-1.0, -1.0, 0.55), (-0.5, -0.55, 1.0))
        right = reach if self._chance.random() < 0.3 else self._chance.uniform(0.5, 1.2)
        corners = np.array(
            [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
        ) + self._chance.normal(0, 0.07, (5, 2))
        self._draw(_smooth(corners, 1) * self._em + (x, y))

    def _strike(self, x: float, y: float, reach: float) -> None:
        kind = self._chance.choice(["back", "slash", "level", "long", "cross", "zigzag"])
        middle = self._chance.normal((0.08, 0), 0.13)
        if kind == "long":
            start, end = -self._chance.uniform(0.4, 1.0), reach + self._chance.uniform(-0.5, 0.8)
            y += self._em * middle[1]
            self._line(x, y, (start, 0.0), (end, self._chance.normal(0, 0.15)))
            return
        if kind == "zigzag":
            steps = np.linspace(-1, 1, int(self._chance.integers(4, 9)))
            points = np.stack([steps * 0.6, np.resize([-0.45, 0.45], len(steps))], axis=1)
            points += self._chance.normal(0, 0.08, points.shape) + middle
            self._draw(_smooth(points, 5) * self._em + (x, y))
            return
        degrees = {"back": 48, "slash": -50, "level": 0, "cross": 45}[kind]
        for sign in (1, -1) if kind == "cross" else (1,):
            half = self._chance.uniform(0.42, 1.15)
            angle = np.radians(degrees * sign + self._chance.normal(0, 11))
            way = np.array([np.cos(angle), np.sin(angle)]) * half
            self._line(x, y, tuple(middle - way), tuple(middle + way))

    def _tick(self, x: float, y: float) -> None:
        # At the label, left of it, or behind it over its text.
        places = {"over": (0.0, 0.3), "left": (-1.0, 0.15), "behind": (0.75, 0.2)}
        place = places[str(self._chance.choice(list(places), p=[0.6, 0.28, 0.12]))]
        corner = np.array(place) + self._chance.normal(0, 0.16, 2)
        long = self._chance.uniform(0.7, 1.7)
        angle = np.radians(self._chance.uniform(30, 68))
        short = long * self._chance.uniform(0.22, 0.6)
        back = np.radians(self._chance.uniform(95, 160))
        points = np.array(
            [
                corner + short * np.array([np.cos(back), -np.sin(back)]),
                corner,
                corner + long * np.array([np.cos(angle), -np.sin(angle)]),
            ]
        )
        is_round = self._chance.random() < 0.4
        self._draw((_smooth(points, 6) if is_round else _smooth(points, 1)) * self._em + (x, y))

    def _underline(self, x: float, y: float, reach: float) -> None:
        low = self._chance.uniform(0.5, 0.78)
        end = self._chance.uniform(0.4, max(0.6, reach))
        left = -self._chance.uniform(0.3, 0.8)
        for n in range(int(self._chance.integers(1, 3))):
            self._line(
                x, y, (left, low + n * 0.2), (end, low + n * 0.2 + self._chance.normal(0, 0.06))
            )

    def _blot(self, x: float, y: float) -> None:
        size = self._chance.uniform((0.35, 0.35), (0.75, 0.6))
        points = self._chance.uniform(-1, 1, (int(self._chance.integers(22, 45)), 2)) * size
        self._draw(_smooth(points, 3) * self._em + (x, y), 1.5)

    def _line(
        self, x: float, y: float, start: tuple[float, float], end: tuple[float, float]
    ) -> None:
        middle = (np.array(start) + end) / 2 + self._chance.normal(0, 0.05, 2)
        self._draw(_smooth(np.array([start, middle, end]), 6) * self._em + (x, y))

    def _draw(self, points: Points, wider: float = 1.0) -> None:
        width = max(1, round(self._width * self._em * wider * self._chance.uniform(0.8, 1.25)))
        path = np.round(points * 8).astype(np.int32)
        cv2.polylines(self._layer, [path], False, 255, width, cv2.LINE_AA, 3)


def _turn(angle: float) -> Points:
    return np.array([(np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))])


def _smooth(points: Points | list[Points], steps: int) -> Points:
    """Catmull-Rom spline through ``points``, ``steps`` per span."""
    corners = np.asarray(points, dtype=np.float64)
    padded = np.concatenate([corners[:1], corners, corners[-1:]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    parts = [
        0.5
        * (
            2 * b
            + (c - a) * t
            + (2 * a - 5 * b + 4 * c - d) * t**2
            + (3 * b - 3 * c + d - a) * t**3
        )
        for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False)
    ]
    return np.concatenate([*parts, corners[-1:]])
