"""Carries out what the student does on a printed sheet."""

from PIL import Image
from typeset import Place, Sheets

from shared.contract.model import BBox
from uploads.hand import ChildPen
from uploads.sheet import Manner, Sheet, Writing


def complete(sheet: Sheet, printed: Sheets, pen: ChildPen) -> tuple[Image.Image, ...]:
    """The pages of ``printed`` with every writing of ``sheet`` on them."""
    pages = tuple(page.copy() for page in printed.pages)
    for writing in sheet.writings:
        place = printed.places[writing.place]
        _put(pages[place.page - 1], place, writing, pen)
    return pages


def _put(page: Image.Image, place: Place, writing: Writing, pen: ChildPen) -> None:
    marks = {
        Manner.RINGED: lambda: pen.ring(page, _square(place.box), pen.rng.uniform(1.1, 1.4)),
        Manner.TICKED: lambda: pen.tick(
            page, place.centre, place.box[3] * pen.rng.uniform(1.3, 2.0)
        ),
        Manner.STRUCK: lambda: _stroke_through(page, place.box, pen),
        Manner.LINES: lambda: _lines(page, place.box, writing.text, pen),
        Manner.ERASED: lambda: pen.erase(page, place.box),
    }
    if writing.manner in _IN_BUBBLES:
        _fill(page, place.box, writing.manner, pen)
    elif writing.manner in marks:
        marks[writing.manner]()
    else:
        _write(page, place.box, writing, pen)


#: What is done inside a bubble or box.
_IN_BUBBLES = frozenset(
    {
        Manner.FILLED,
        Manner.HALF_FILLED,
        Manner.DOTTED,
        Manner.LINED,
        Manner.CROSSED,
        Manner.TICKED_IN,
    }
)


def _write(page: Image.Image, box: BBox, writing: Writing, pen: ChildPen) -> None:
    x, y, width, height = box
    if writing.manner is Manner.OVER:
        pen.write(page, writing.text, box, is_centred=writing.is_centred, may_overshoot=True)
        return
    if writing.manner is Manner.PLAIN:
        pen.write(page, writing.text, box, is_centred=writing.is_centred)
        return
    if writing.manner is Manner.CORRECTED_ABOVE:
        written = pen.write(page, writing.first, box, is_centred=writing.is_centred)
        pen.strike(page, written)
        above = (x, y - height * 0.75, max(width, height * 2.2), height * 0.85)
        pen.write(page, writing.text, above, is_centred=False)
        return
    if not writing.is_centred:
        # After an equals sign there is room to the right only, and the sign stays to be seen.
        x, width = x + height * 0.25, width * 1.5
    left = (x - width * 0.1 * writing.is_centred, y, width * 0.55, height)
    written = pen.write(page, writing.first, left)
    if writing.manner is Manner.BLOTTED:
        wx, wy, ww, wh = written
        pen.scribble(page, (wx, wy + wh * 0.1, ww, wh * 0.75), density=pen.rng.uniform(0.5, 0.9))
    else:
        pen.strike(page, written)
    right = (x + width * 0.48, y, width * 0.62, height)
    pen.write(page, writing.text, right, is_centred=False)


def _lines(page: Image.Image, box: BBox, text: str, pen: ChildPen) -> None:
    x, y, width, height = box
    lines = text.split("\n")
    step = height / len(lines)
    for index, line in enumerate(lines):
        pen.write(page, line, (x, y + index * step, width, step * 0.85), is_centred=False)


def _stroke_through(page: Image.Image, box: BBox, pen: ChildPen) -> None:
    x, y, width, height = box
    out = height * pen.rng.uniform(0.1, 0.4)
    ends = [(x - out, y - out * 0.3), (x + width * 0.9 + out, y + height * 0.9 + out * 0.6)]
    pen.line(
        page,
        [
            ends[0],
            pen.near(((ends[0][0] + ends[1][0]) / 2, (ends[0][1] + ends[1][1]) / 2), 2),
            ends[1],
        ],
    )


def _fill(page: Image.Image, box: BBox, manner: Manner, pen: ChildPen) -> None:
    x, y, width, height = box
    rng, middle = pen.rng, (x + width / 2, y + height / 2)
    if manner is Manner.FILLED:
        grow = rng.uniform(0.75, 1.1)
        w, h = width * grow, height * grow * 0.8
        pen.scribble(
            page, (middle[0] - w / 2, middle[1] - h / 2, w, h), density=rng.uniform(0.9, 1.6)
        )
    elif manner is Manner.HALF_FILLED:
        pen.scribble(
            page,
            (x + width * 0.15, y + height * 0.25, width * rng.uniform(0.4, 0.7), height * 0.5),
            density=0.8,
        )
    elif manner is Manner.DOTTED:
        side = height * 0.32
        pen.scribble(page, (middle[0] - side / 2, middle[1] - side / 2, side, side), density=1.4)
    elif manner is Manner.LINED:
        rise = height * rng.uniform(-0.3, 0.3)
        for _ in range(rng.randint(1, 2)):
            pen.line(
                page,
                [
                    (x + width * 0.1, middle[1] + rise),
                    pen.near(middle, height * 0.06),
                    (x + width * 0.95, middle[1] - rise),
                ],
            )
    elif manner is Manner.CROSSED:
        pen.cross(page, middle, height * rng.uniform(0.8, 1.1))
    else:
        pen.tick(page, middle, height * rng.uniform(0.9, 1.3))


def _square(box: BBox) -> BBox:
    """``box``, made as wide as high: a ring goes around the letter and not along a word."""
    x, y, width, height = box
    side = max(min(width, height * 1.2), height)
    return (x + min(0.0, (width - side) / 2), y, side, height)
