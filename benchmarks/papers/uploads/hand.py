"""A person's hand with habits of its own: strokes, slant, size, base line, steadiness."""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from fonts import Hand
from numpy.typing import NDArray
from pen import Pen
from PIL import Image, ImageDraw, ImageFilter

from shared.contract.model import BBox
from uploads.habits import Habits, choose_habits, choose_ink
from uploads.strokes import Form, forms, width

Point = tuple[float, float]

#: Height of a capital as a share of the size of Chinese characters.
_CAPITAL_HEIGHT = 0.72


@dataclass(slots=True)
class ChildPen(Pen):
    """A pen that writes digits, letters and signs in strokes and bends the glyphs of fonts.

    ``crops`` are masks of real digits of one writer, pasted instead of drawn ones.
    """

    habits: Habits = field(default_factory=lambda: choose_habits(random.Random(0)))  # noqa: S311
    crops: Mapping[str, Sequence[Image.Image]] = field(default_factory=dict)
    _own: dict[str, Form] = field(default_factory=dict)

    def write(
        self,
        page: Image.Image,
        text: str,
        box: BBox,
        *,
        is_centred: bool = True,
        may_overshoot: bool = False,
    ) -> BBox:
        """Write ``text`` into ``box``, or over its sides where ``may_overshoot``; the ink's box."""
        x, y, room, height = box
        habits, rng = self.habits, self.rng
        size = max(9, round(height * habits.size * rng.uniform(0.9, 1.1)))
        if may_overshoot:
            size = round(size * rng.uniform(1.05, 1.3))
            room *= 1.5
            # What stands before the place, such as an equals sign, is not written over.
            x -= box[2] * 0.25 if is_centred else 0
        advances = self._advances(text, size)
        if sum(advances) > room:
            size = max(9, round(size * room / sum(advances)))
            advances = self._advances(text, size)
        slack = room - sum(advances)
        left = x + (slack * rng.uniform(0.3, 0.7) if is_centred else min(slack, size * 0.25))
        # Capitals stand in the middle of the line, whatever their size.
        middle = y + height * (0.55 + rng.gauss(0, habits.drift))
        baseline = middle + size * _CAPITAL_HEIGHT / 2
        slope = rng.gauss(0, 0.025)
        start = left
        for character, advance in zip(text, advances, strict=True):
            lift = rng.gauss(0, habits.drift * 0.35) * size
            self._glyph(page, character, (left, baseline + slope * (left - start) + lift), size)
            left += advance
        return (start, baseline - size * 0.85, left - start, size)

    def hooked_tick(self, page: Image.Image, corner: Point, reach: float) -> BBox:
        """A teacher's tick: a short hook down to ``corner``, then a long bow up to the right."""
        x, y = corner
        rng = self.rng
        rise, run = reach * rng.uniform(0.35, 0.75), reach * rng.uniform(0.8, 1.1)
        hook = reach * rng.uniform(0.1, 0.22)
        path = [
            (x - hook, y - hook * rng.uniform(0.8, 1.7)),
            (x - hook * 0.4, y - hook * 0.35),
            (x, y),
            (x + run * 0.3, y - rise * rng.uniform(0.2, 0.3)),
            (x + run * 0.7, y - rise * rng.uniform(0.62, 0.76)),
            (x + run, y - rise),
        ]
        self._stroke(page, path)
        return (x - hook, y - rise, run + hook, rise)

    def line(self, page: Image.Image, points: list[Point]) -> None:
        """A stroke along ``points``."""
        self._stroke(page, points)

    def ring(self, page: Image.Image, box: BBox, grow: float = 1.25) -> None:
        """An ellipse around ``box`` that overlaps itself."""
        x, y, w, h = box
        first, sweep = self.rng.uniform(-2.6, -1.0), 2 * math.pi * self.rng.uniform(0.97, 1.12)
        swell = self.rng.uniform(0.9, 1.1)
        ring = []
        for step in range(27):
            angle = first + sweep * step / 26
            out = grow * (1 + 0.06 * step / 26) * (1 + self.rng.gauss(0, 0.015))
            ring.append(
                (
                    x + w / 2 + w / 2 * swell * out * math.cos(angle),
                    y + h / 2 + h / 2 * out * math.sin(angle),
                )
            )
        self._stroke(page, ring)

    def scribble(self, page: Image.Image, box: BBox, *, density: float = 1.0) -> None:
        """Fill ``box`` with strokes to and fro; ``density`` 1 leaves little paper."""
        x, y, w, h = box
        rows = max(2, round(h * density / (self.stroke_px * 0.85)))
        slope = self.rng.uniform(-0.3, 0.3) * h
        path: list[Point] = []
        for row in range(rows + 1):
            level = y + h * row / rows
            ends = [(x, level + slope / 2), (x + w, level - slope / 2)]
            path += [self._near(p, self.stroke_px * 0.8) for p in (ends if row % 2 else ends[::-1])]
        held = [(min(max(px, x), x + w), min(max(py, y), y + h)) for px, py in path]
        self._stroke(page, held)

    def erase(self, page: Image.Image, box: BBox) -> None:
        """A shade of rubbed-out pencil in ``box``."""
        x, y, w, h = (round(v) for v in box)
        lot = np.random.default_rng(self.rng.getrandbits(32))
        noise = cv2.GaussianBlur(lot.normal(128, 90, (max(2, h), max(2, w))), (0, 0), 1.2)
        mask = Image.fromarray(np.clip(noise - 90, 0, 80).astype(np.uint8))
        page.paste((120, 120, 122), (x, y), mask)

    def near(self, point: Point, reach: float) -> Point:
        """``point``, moved by up to ``reach`` pixels."""
        return self._near(point, reach)

    def _advances(self, text: str, size: int) -> list[float]:
        widths = []
        for character in text:
            form = self._form(character)
            if form is not None:
                reach = width(form, character) * self.habits.breadth * self.habits.spacing
                widths.append(reach * size * _CAPITAL_HEIGHT)
                continue
            font = self._font(character, self._em_px(character, size))
            if font is None:
                widths.append(size * 0.4)
            else:
                # Fonts of joined hands let letters overlap; bent, the next would hide this one.
                reach = font.getbbox(character, anchor="ls")[2] if character != " " else 0
                widths.append(max(font.getlength(character), reach + self.stroke_px * 0.4))
        return widths

    def _form(self, character: str) -> Form | None:
        """This hand's own form of ``character``: one of the ways to draw it, bent once."""
        known = forms(character)
        if not known or not (self.habits.draws_strokes or character in "√×<>=÷"):
            return None
        if character not in self._own:
            # Bent much, a 1 would be a bracket, and the strokes of = would meet.
            bend = self.habits.bend * (0.4 if character in "1.()=<>" else 1)
            self._own[character] = tuple(
                tuple((x + self.rng.gauss(0, bend), y + self.rng.gauss(0, bend)) for x, y in stroke)
                for stroke in self.rng.choice(known)
            )
        return self._own[character]

    def _glyph(self, page: Image.Image, character: str, origin: Point, size: int) -> None:
        if character in self.crops:
            self._paste(page, self.rng.choice(self.crops[character]), origin, size)
            return
        form = self._form(character)
        if form is None:
            self._bent_glyph(page, character, origin, size)
            return
        habits, rng = self.habits, self.rng
        high = size * _CAPITAL_HEIGHT * rng.uniform(0.92, 1.08)
        broad = high * habits.breadth * rng.uniform(0.92, 1.08)
        for stroke in form:
            path = []
            for x, y in stroke:
                nx, ny = x + rng.gauss(0, habits.wobble), y + rng.gauss(0, habits.wobble)
                path.append(
                    (
                        origin[0] + nx * broad + (1 - ny) * habits.slant * high,
                        origin[1] - high + ny * high,
                    )
                )
            is_straight = len(path) < 3
            if is_straight:
                path.insert(
                    1,
                    self._near(
                        ((path[0][0] + path[1][0]) / 2, (path[0][1] + path[1][1]) / 2),
                        high * habits.wobble,
                    ),
                )
            self._stroke(page, path)

    def _bent_glyph(self, page: Image.Image, character: str, origin: Point, size: int) -> None:
        """A font's glyph, sheared, turned and bent, with a stroke of another weight."""
        em = self._em_px(character, size)
        font = self._font(character, em * 2)
        if font is None or character.isspace():
            return
        side = size * 6
        tile = Image.new("L", (side, side))
        ImageDraw.Draw(tile).text((size * 2, size * 4), character, font=font, fill=255, anchor="ls")
        rng, habits = self.rng, self.habits
        bent = _bend(np.asarray(tile), rng, reach=habits.wobble * size * 1.6, slant=habits.slant)
        mask = Image.fromarray(bent)
        if rng.random() < 0.5:
            mask = mask.filter(ImageFilter.GaussianBlur(size * 0.02)).point(
                lambda v: min(255, v * 2)
            )
        turned = mask.rotate(rng.gauss(0, 3), Image.Resampling.BICUBIC, center=(size * 2, size * 4))
        reduced = turned.resize((size * 3, size * 3), Image.Resampling.LANCZOS)
        self._ink(page, reduced, (round(origin[0] - size), round(origin[1] - size * 2)))

    def _paste(self, page: Image.Image, crop: Image.Image, origin: Point, size: int) -> None:
        high = max(8, round(size * _CAPITAL_HEIGHT * self.rng.uniform(0.95, 1.1)))
        mask = crop.resize(
            (max(3, round(crop.width * high / crop.height)), high), Image.Resampling.LANCZOS
        )
        page.paste(self.colour, (round(origin[0]), round(origin[1] - high)), mask)

    def _pressure(self, mask: Image.Image) -> Image.Image:
        if not self.habits.is_pencil:
            return Pen._pressure(self, mask)  # noqa: SLF001 - the parent's
        # Graphite catches on the paper's grain and never covers it.
        levels = np.random.default_rng(self.rng.getrandbits(32)).normal(185, 55, mask.size[::-1])
        return Image.fromarray(np.clip(levels, 40, 245).astype(np.uint8)).filter(
            ImageFilter.BoxBlur(1)
        )


def choose_child(
    hands: tuple[Sequence[Hand], Sequence[Hand]],
    rng: random.Random,
    ppi: int,
    crops: Mapping[str, Sequence[Image.Image]],
) -> ChildPen:
    """A pen of a person with habits of their own; ``hands`` of Latin and of Chinese letters."""
    habits = choose_habits(rng)
    colour = choose_ink(habits, rng)
    stroke = rng.uniform(1.6, 3.0) * ppi / 150
    latin, chinese = rng.choice(hands[0]), rng.choice(hands[1])
    return ChildPen(latin, colour, rng, stroke, chinese, habits=habits, crops=crops)


def _bend(
    pixels: NDArray[np.uint8], rng: random.Random, *, reach: float, slant: float
) -> NDArray[np.uint8]:
    """Move points by a smooth random field of up to about ``reach`` pixels, and shear."""
    height, width_px = pixels.shape
    noise = np.random.default_rng(rng.getrandbits(32)).standard_normal((2, 7, 7)).astype(np.float32)
    dx, dy = (
        cv2.resize(n, (width_px, height), interpolation=cv2.INTER_CUBIC) * reach for n in noise
    )
    ys, xs = np.mgrid[0:height, 0:width_px].astype(np.float32)
    base = height * 2 / 3
    return np.asarray(
        cv2.remap(pixels, xs + dx - (base - ys) * slant, ys + dy, cv2.INTER_LINEAR), dtype=np.uint8
    )
