"""Puts handwriting and pen strokes on a printed page, a little different every time."""

import math
import random
from dataclasses import dataclass

from fonts import Hand
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from shared.contract.model import BBox

Point = tuple[float, float]
Colour = tuple[int, int, int]

BLUE: Colour = (28, 48, 140)
BLACK: Colour = (38, 38, 44)
RED: Colour = (206, 34, 40)

#: Strokes are drawn this much larger and reduced, which smooths their edges.
_OVERSAMPLING = 3
#: Of Latin capitals and digits, as a share of the size of Chinese characters.
_CAPITAL_HEIGHT = 0.68
_GLYPHS_DRAWN_AS_STROKES = {"√", "✓", "×", "✗"}


@dataclass(slots=True)
class Pen:
    """A hand, an ink and the source of its unsteadiness. ``stroke_px`` is the line width.

    ``chinese`` writes what a Latin ``hand`` has no glyphs for.
    """

    hand: Hand
    colour: Colour
    rng: random.Random
    stroke_px: float = 2.4
    chinese: Hand | None = None

    def write(self, page: Image.Image, text: str, box: BBox, *, is_centred: bool = True) -> BBox:
        """Write ``text`` into ``box``; gives the box of the ink, which may stick out a little."""
        x, y, width, height = box
        size = max(10, round(height * self.rng.uniform(0.95, 1.15)))
        advances = self._advances(text, size)
        if sum(advances) > width * 1.02:
            size = max(10, round(size * width * 1.02 / sum(advances)))
            advances = self._advances(text, size)
        slack = width - sum(advances)
        left = x + (slack * self.rng.uniform(0.3, 0.7) if is_centred else min(slack, size * 0.3))
        baseline = y + height * self.rng.uniform(0.82, 0.98)
        slope = self.rng.uniform(-0.02, 0.02)
        start = left
        for character, advance in zip(text, advances, strict=True):
            self._glyph(page, character, (left, baseline + slope * (left - start)), size)
            left += advance
        return (start, baseline - size * 0.8, left - start, size)

    def strike(self, page: Image.Image, box: BBox) -> None:
        """Cross out what stands in ``box`` with one to three strokes."""
        x, y, width, height = box
        for _ in range(self.rng.randint(1, 3)):
            rise = self.rng.uniform(-0.3, 0.3) * height
            middle = y + height * self.rng.uniform(0.4, 0.65)
            ends = (x - width * 0.12, middle + rise), (x + width * 1.12, middle - rise)
            self._stroke(page, [ends[0], self._near(_between(*ends), 2.0), ends[1]])

    def tick(self, page: Image.Image, centre: Point, size: float) -> BBox:
        """A tick whose corner lies left of and below ``centre``."""
        x, y = centre
        corner = (x - size * 0.18, y + size * 0.42)
        self._stroke(
            page,
            [
                self._near((x - size * 0.48, y + size * 0.02), size * 0.05),
                corner,
                self._near((x + size * 0.5, y - size * 0.5), size * 0.08),
            ],
            is_smooth=False,
        )
        return (x - size / 2, y - size / 2, size, size)

    def cross(self, page: Image.Image, centre: Point, size: float) -> BBox:
        """Two crossing strokes."""
        x, y = centre
        reach = size * 0.45
        for sign in (1, -1):
            start = self._near((x - reach, y - sign * reach), size * 0.08)
            end = self._near((x + reach, y + sign * reach), size * 0.08)
            self._stroke(page, [start, self._near(_between(start, end), size * 0.03), end])
        return (x - size / 2, y - size / 2, size, size)

    def circle(self, page: Image.Image, box: BBox) -> BBox:
        """A ring around ``box`` that does not quite close."""
        x, y, width, height = box
        radius_x = max(width, height) * self.rng.uniform(0.72, 0.9)
        radius_y = max(width, height) * self.rng.uniform(0.66, 0.82)
        centre = (x + width / 2, y + height / 2)
        first = self.rng.uniform(-2.4, -1.2)
        sweep = 2 * math.pi * self.rng.uniform(0.96, 1.06)
        ring = []
        for step in range(25):
            angle = first + sweep * step / 24
            drift = 1 + 0.05 * step / 24
            ring.append(
                (
                    centre[0] + radius_x * drift * math.cos(angle),
                    centre[1] + radius_y * drift * math.sin(angle),
                )
            )
        self._stroke(page, ring)
        return (centre[0] - radius_x, centre[1] - radius_y, 2 * radius_x, 2 * radius_y)

    def _advances(self, text: str, size: int) -> list[float]:
        widths = []
        for character in text:
            font = self._font(character, self._em_px(character, size))
            is_stroke = character in _GLYPHS_DRAWN_AS_STROKES or font is None
            widths.append(size * 0.7 if is_stroke or font is None else font.getlength(character))
        return widths

    def _font(self, character: str, size_px: int) -> ImageFont.FreeTypeFont | None:
        font = self.hand.font(character, size_px)
        return self.chinese.font(character, size_px) if font is None and self.chinese else font

    def _em_px(self, character: str, size: int) -> int:
        """The font size that gives ``character`` the height a person would; faces differ."""
        if not character.isascii():
            return size
        return round(size * _CAPITAL_HEIGHT / self.hand.capital_height)

    def _glyph(self, page: Image.Image, character: str, origin: Point, size: int) -> None:
        if character in _GLYPHS_DRAWN_AS_STROKES:
            centre = (origin[0] + size * 0.35, origin[1] - size * 0.3)
            draw = self.tick if character in "√✓" else self.cross
            draw(page, centre, size * self.rng.uniform(0.6, 0.8))
            return
        shrink = self.rng.uniform(0.94, 1.06)
        font = self._font(character, round(self._em_px(character, size) * shrink * 2))
        if font is None or character.isspace():
            return
        tile = Image.new("L", (size * 6, size * 6))
        ImageDraw.Draw(tile).text((size * 2, size * 4), character, font=font, fill=255, anchor="ls")
        angle = self.rng.uniform(-5, 5)
        turned = tile.rotate(angle, Image.Resampling.BICUBIC, center=(size * 2, size * 4))
        reduced = turned.resize((size * 3, size * 3), Image.Resampling.LANCZOS)
        left = round(origin[0] - size + self.rng.uniform(-0.03, 0.03) * size)
        top = round(origin[1] - size * 2 + self.rng.uniform(-0.04, 0.04) * size)
        self._ink(page, reduced, (left, top))

    def _stroke(self, page: Image.Image, points: list[Point], *, is_smooth: bool = True) -> None:
        path = _curve(points) if is_smooth and len(points) > 2 else points
        width = self.stroke_px * self.rng.uniform(0.85, 1.2)
        pad = width * 2 + 2
        left = math.floor(min(x for x, _ in path) - pad)
        top = math.floor(min(y for _, y in path) - pad)
        right = math.ceil(max(x for x, _ in path) + pad)
        bottom = math.ceil(max(y for _, y in path) + pad)
        scale = _OVERSAMPLING
        tile = Image.new("L", ((right - left) * scale, (bottom - top) * scale))
        drawn = [((x - left) * scale, (y - top) * scale) for x, y in path]
        brush = ImageDraw.Draw(tile)
        brush.line(drawn, fill=255, width=max(1, round(width * scale)), joint="curve")
        radius = width * scale / 2
        for x, y in (drawn[0], drawn[-1]):
            brush.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
        self._ink(
            page, tile.resize((right - left, bottom - top), Image.Resampling.LANCZOS), (left, top)
        )

    def _ink(self, page: Image.Image, mask: Image.Image, at: tuple[int, int]) -> None:
        # Ink is never even: pressure varies over a few pixels and per stroke.
        page.paste(self.colour, at, ImageChops.multiply(mask, self._pressure(mask)))

    def _pressure(self, mask: Image.Image) -> Image.Image:
        columns, rows = max(2, mask.width // 9), max(2, mask.height // 9)
        coarse = Image.new("L", (columns, rows))
        coarse.putdata([self.rng.randint(195, 255) for _ in range(columns * rows)])
        return coarse.resize(mask.size, Image.Resampling.BILINEAR).filter(ImageFilter.BoxBlur(1))

    def _near(self, point: Point, reach: float) -> Point:
        return (
            point[0] + self.rng.uniform(-reach, reach),
            point[1] + self.rng.uniform(-reach, reach),
        )


def _between(first: Point, second: Point) -> Point:
    return (first[0] + second[0]) / 2, (first[1] + second[1]) / 2


def _curve(points: list[Point]) -> list[Point]:
    """Catmull-Rom spline through ``points``, eight steps per span."""
    padded = [points[0], *points, points[-1]]
    path = []
    for index in range(len(points) - 1):
        a, b, c, d = padded[index : index + 4]
        for step in range(8):
            t = step / 8
            path.append((_spline(a[0], b[0], c[0], d[0], t), _spline(a[1], b[1], c[1], d[1], t)))
    return [*path, points[-1]]


def _spline(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - 3 * c + d - a) * t**3
    )
