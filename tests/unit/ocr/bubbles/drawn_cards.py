"""Draws answer cards of many kinds, with what a reader of lines would read on them."""

from dataclasses import dataclass, field

import cv2
import numpy as np

from shared.contract.reading import TextChar, TextLine

Image = np.ndarray
Box = tuple[float, float, float, float]
PAPER, BLACK, RED, PINK, GREEN = (
    (248, 248, 248),
    (40, 40, 40),
    (200, 50, 50),
    (235, 150, 160),
    (60, 140, 90),
)
PEN, PENCIL, FAINT = (35, 35, 40), (95, 95, 98), (160, 160, 162)


@dataclass(frozen=True)
class Card:
    """How a card is printed and filled; lengths are pixels.

    ``answers`` are in the order of the numbers; ``bands`` of ``blocks`` side by side, each with
    ``rows`` questions. ``across``: options of one question run across, else down.
    """

    answers: tuple[str, ...]
    shape: str = "bracket"
    is_lettered: bool = True
    has_head: bool = False
    labels: str = "ABCD"
    rows: int = 5
    blocks: int = 2
    sides: tuple[int, int] = (34, 20)
    pitch: tuple[int, int] = (52, 34)
    across: bool = True
    print: tuple[int, int, int] = BLACK
    pen: tuple[int, int, int] = PEN
    fill: str = "full"
    first: int = 1
    #: Row-major: the numbers run along the blocks first.
    is_row_major: bool = False
    block_gap: float = 2.4
    margin: int = 130


@dataclass
class Drawn:
    """The picture and the lines that are read on it."""

    image: Image
    lines: list[TextLine] = field(default_factory=list)

    def turned(self, matrix: Image) -> "Drawn":
        """The card seen through a homography."""
        height, width = self.image.shape[:2]
        image = cv2.warpPerspective(self.image, matrix, (width, height), borderValue=PAPER)
        return Drawn(image, [_moved(line, matrix) for line in self.lines])


def draw(card: Card) -> Drawn:
    """The filled card."""
    places = [_place(card, index) for index in range(len(card.answers))]
    reach = np.array(places).max(axis=0) + (
        np.array([len(card.labels), 1]) if card.across else np.array([1, len(card.labels)])
    ) * np.array(card.pitch)
    width, height = (int(v) + card.margin for v in reach)
    drawn = Drawn(np.full((height, width, 3), PAPER, np.uint8))
    for index, (answer, place) in enumerate(zip(card.answers, places, strict=True)):
        _question(drawn, card, str(card.first + index), answer, place)
    if card.has_head:
        _heads(drawn, card, places)
    return drawn


def _place(card: Card, index: int) -> tuple[float, float]:
    """The middle of a question's first option."""
    if card.is_row_major:
        row, block, band = index // card.blocks % card.rows, index % card.blocks, 0
        band = index // (card.blocks * card.rows)
    else:
        block, row = index // card.rows % card.blocks, index % card.rows
        band = index // (card.rows * card.blocks)
    x, y = card.pitch
    if not card.across:
        across = block * (card.rows + 1) + row
        return card.margin + across * x, card.margin + band * (len(card.labels) + 2.5) * y
    step = (len(card.labels) + card.block_gap) * x
    return card.margin + block * step, card.margin + (band * (card.rows + 1.6) + row) * y


def _question(
    drawn: Drawn, card: Card, number: str, answer: str, place: tuple[float, float]
) -> None:
    x, y = place
    step = (card.pitch[0], 0) if card.across else (0, card.pitch[1])
    size = 0.028 * card.sides[1]
    if card.across:
        _write(drawn, f"{number}.", (x - 1.25 * card.pitch[0], y), size, BLACK)
    else:
        _write(drawn, number, (x, y - 0.95 * card.pitch[1]), size, BLACK)
    for index, label in enumerate(card.labels):
        middle = x + index * step[0], y + index * step[1]
        _outline(drawn.image, card, middle)
        is_filled = label in answer
        if card.is_lettered:
            _write(drawn, label, middle, 1.05 * size, card.print, is_read=not is_filled)
        if is_filled:
            _fill(drawn.image, card, middle, index + int(number))


def _heads(drawn: Drawn, card: Card, places: list[tuple[float, float]]) -> None:
    """The letters above the first question of each block."""
    done = set()
    for x, y in places:
        if x not in done:
            done.add(x)
            for index, label in enumerate(card.labels):
                at = x + index * card.pitch[0], y - 0.95 * card.pitch[1]
                _write(drawn, label, at, 0.03 * card.sides[1], BLACK)


def _outline(image: Image, card: Card, middle: tuple[float, float]) -> None:
    half = np.array(card.sides) / 2
    low, high = (tuple(int(v) for v in np.rint(np.array(middle) + s * half)) for s in (-1, 1))
    if card.shape == "box":
        cv2.rectangle(image, low, high, card.print, 1, cv2.LINE_AA)
    elif card.shape == "ring":
        axes = tuple(int(v) for v in half)
        centre = tuple(round(v) for v in middle)
        cv2.ellipse(image, centre, axes, 0, 0, 360, card.print, 1, cv2.LINE_AA)
    else:
        tip = max(2, round(0.12 * card.sides[0]))
        for x, way in ((low[0], tip), (high[0], -tip)):
            points = [(x + way, low[1]), (x, low[1]), (x, high[1]), (x + way, high[1])]
            cv2.polylines(image, [np.array(points)], isClosed=False, color=card.print, thickness=2)


def _fill(image: Image, card: Card, middle: tuple[float, float], seed: int) -> None:
    """The mark of a pen in one option; no two are the same."""
    chance = np.random.default_rng(seed)
    x, y = np.array(middle) + chance.uniform(-0.06, 0.06, 2) * card.sides
    width, height = np.array(card.sides) / 2

    def line(x0: float, y0: float, x1: float, y1: float, thick: float = 0.16) -> None:
        ends = [(round(x + a * width), round(y + b * height)) for a, b in ((x0, y0), (x1, y1))]
        cv2.line(image, *ends, card.pen, max(1, round(thick * 2 * height)), cv2.LINE_AA)

    if card.fill == "full":
        cv2.ellipse(
            image,
            (round(x), round(y)),
            (round(0.95 * width), round(0.95 * height)),
            0,
            0,
            360,
            card.pen,
            -1,
            cv2.LINE_AA,
        )
    elif card.fill == "blot":
        grown = chance.uniform(1.1, 1.5, 2) * (width, height)
        cv2.ellipse(
            image,
            (round(x), round(y)),
            (round(grown[0]), round(grown[1])),
            0,
            0,
            360,
            card.pen,
            -1,
            cv2.LINE_AA,
        )
    elif card.fill == "scribble":
        for step in np.linspace(-0.8, 0.8, 7):
            line(step - 0.2, 0.8, step + 0.2, -0.8, 0.1)
    elif card.fill == "stroke":
        line(-0.8, 0.7, 0.8, -0.7)
    elif card.fill == "cross":
        line(-0.8, 0.7, 0.8, -0.7)
        line(-0.8, -0.7, 0.8, 0.7)
    elif card.fill == "tick":
        line(-0.6, 0.0, -0.1, 0.7)
        line(-0.1, 0.7, 0.9, -1.0)
    else:
        cv2.circle(
            image, (round(x), round(y)), max(2, round(0.3 * height)), card.pen, -1, cv2.LINE_AA
        )


def _write(
    drawn: Drawn,
    text: str,
    middle: tuple[float, float],
    size: float,
    colour: tuple[int, int, int],
    *,
    is_read: bool = True,
) -> None:
    """``text`` around ``middle``, and the line that is read of it."""
    font, thick = cv2.FONT_HERSHEY_SIMPLEX, 1 if size < 0.7 else 2
    (width, height), _ = cv2.getTextSize(text, font, size, thick)
    left, top = middle[0] - width / 2, middle[1] - height / 2
    at = round(left), round(top + height)
    cv2.putText(drawn.image, text, at, font, size, colour, thick, cv2.LINE_AA)
    if is_read:
        step = width / len(text)
        chars = tuple(
            TextChar(text=sign, bbox=(left + n * step, top, step, height))
            for n, sign in enumerate(text)
        )
        box = (left - 2, top - 2, width + 4, height + 4)
        drawn.lines.append(TextLine(text=text, bbox=box, chars=chars))


def _moved(line: TextLine, matrix: Image) -> TextLine:
    chars = tuple(
        char.model_copy(update={"bbox": _moved_box(char.bbox, matrix)}) for char in line.chars
    )
    return line.model_copy(update={"bbox": _moved_box(line.bbox, matrix), "chars": chars})


def _moved_box(box: Box, matrix: Image) -> Box:
    x, y, width, height = box
    corners = np.array([[[x, y], [x + width, y], [x + width, y + height], [x, y + height]]])
    moved = cv2.perspectiveTransform(corners.astype(np.float32), matrix)[0]
    (left, top), (right, bottom) = moved.min(axis=0), moved.max(axis=0)
    return float(left), float(top), float(right - left), float(bottom - top)
