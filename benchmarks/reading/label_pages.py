"""Draws pages of options whose labels pens have marked, and says what was done to each label.

Everything is drawn: printed faces come from npm packages (SIL Open Font License), the wheel of
Chinese fonts that reports are set in, and the system's DejaVu.
"""

import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from label_strokes import Chance, Layer, Pen
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from services.ocr.domain.drawings.label_state import LabelState

Pixels = NDArray[np.uint8]

#: Packages of the npm registry: faces like Times, Arial and Courier, and two others.
PACKAGES = {
    "tinos": "5.3.0",
    "arimo": "5.3.0",
    "courier-prime": "5.3.0",
    "lato": "5.3.0",
    "pt-serif": "5.3.0",
}
#: Where they are kept between runs; ignored by git.
CACHE = Path(__file__).resolve().parents[2] / ".run" / "fonts"
DEJAVU = Path("/usr/share/fonts/truetype/dejavu")
#: Pages are drawn with characters so high and then reduced to between these.
EM, SMALLEST_EM, LARGEST_EM = 44, 10, 44
WIDTH_EM, HEIGHT_EM = 34, 44
#: Shares of what a label's question looks like: which labels are marked, and how.
PATTERNS = {
    "none": 0.22,
    "one": 0.26,
    "two": 0.06,
    "others struck": 0.12,
    "one and struck": 0.1,
    "changed": 0.14,
    "any": 0.1,
}
CHOSEN = (LabelState.RING, LabelState.TICK, LabelState.UNDERLINE)
CHOSEN_SHARES = (0.5, 0.32, 0.18)
#: Colours of print and of pens: black, blue and pencils; red is a teacher's.
TINTS = ((200, 60, 40), (40, 90, 170), (30, 130, 60), (150, 60, 140))
PENS = ((38, 38, 44), (28, 48, 140), (60, 80, 190), (110, 110, 114), (80, 80, 84))
PEN_SHARES, RED = (0.36, 0.2, 0.12, 0.2, 0.12), (206, 34, 40)
#: Faces whose letters are Chinese ones, too.
CHINESE = (
    "按照下列说法正确的是氧气中温度运动质量能量长方形三角形大小多少红黄蓝绿书写生活学校春夏秋冬"
)
LATIN = (
    *("the", "of", "sodium", "carbon", "copper", "mass", "solution", "Which", "12.0", "g", "3.5"),
    *("mol", "school", "They", "brother", "next", "x=2", "75"),
)
SIGNS = (".", ".", ".", "．", "、", ")", ":", "bracket", "circled", "bare")


@dataclass(frozen=True, slots=True)
class MarkedLabel:
    """The middle of a label's letter in pixels of its page, and its state."""

    x: float
    y: float
    state: LabelState


@dataclass(frozen=True, slots=True)
class LabelPage:
    """A page as RGB, the height of its Chinese characters in pixels, and its labels."""

    image: Pixels
    em_px: float
    labels: tuple[MarkedLabel, ...]


@dataclass(slots=True)
class _Drawn:
    """Layers of one page while it is drawn; ink is 255."""

    print: Image.Image
    coloured: Image.Image
    pen: Layer
    red: Layer
    labels: list[MarkedLabel]


def label_pages(seed: int, count: int) -> Iterator[LabelPage]:
    """``count`` pages; the same seed gives the same pages."""
    for number in range(count):
        yield _page(np.random.default_rng((seed, number)))


@cache
def _faces() -> tuple[tuple[Path, bool], ...]:
    """Files of printed faces, and whether each has Chinese characters."""
    found = [path for name, version in PACKAGES.items() for path in _package(name, version)]
    found += sorted(DEJAVU.glob("DejaVuS*.ttf"))
    wheel = find_spec("pylopdf_fonts_zh_cn")
    places = wheel.submodule_search_locations if wheel else None
    chinese = sorted(Path(places[0]).glob("*.otf")) if places else []
    # As many pages in Chinese as in Latin letters.
    times = max(1, len(found) // max(1, len(chinese)))
    return (*((path, False) for path in found), *((path, True) for path in chinese * times))


def _package(name: str, version: str) -> list[Path]:
    folder = CACHE / f"{name}-{version}"
    if not folder.is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        package = f"@fontsource/{name}@{version}"
        subprocess.run(["npm", "pack", "--silent", package], cwd=CACHE, check=True)
        archive = CACHE / f"fontsource-{name}-{version}.tgz"
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
        archive.unlink()
    return sorted((folder / "package" / "files").glob(f"{name}-latin-[47]00-*.woff"))


def _page(chance: Chance) -> LabelPage:
    size = (WIDTH_EM * EM, HEIGHT_EM * EM)
    drawn = _Drawn(
        Image.new("L", size),
        Image.new("L", size),
        np.zeros(size[::-1], np.uint8),
        np.zeros(size[::-1], np.uint8),
        [],
    )
    path, is_chinese = _faces()[int(chance.integers(len(_faces())))]
    style = _Style.choose(path, chance, is_chinese=is_chinese)
    pen = Pen(drawn.pen, EM, chance.uniform(0.035, 0.13), chance)
    y = 2.0
    while y < HEIGHT_EM - 3:
        y = _question(drawn, style, pen, y, chance)
    _foreign(drawn, pen, chance)
    return _finished(drawn, chance)


@dataclass(frozen=True, slots=True)
class _Style:
    """How a page's options are printed; lengths in heights of a Chinese character."""

    font: ImageFont.FreeTypeFont
    bold: ImageFont.FreeTypeFont
    is_chinese: bool
    sign: str
    letters: str
    pitch: float
    is_boxed: bool
    is_coloured: bool
    is_ringed: bool
    is_ruled: bool

    @classmethod
    def choose(cls, path: Path, chance: Chance, *, is_chinese: bool) -> "_Style":
        """Any style in which papers print options."""
        # A capital is .69 of a Chinese character high, and about .7 of a face's size.
        size = round(EM * chance.uniform(0.88, 1.1))
        other = path if is_chinese else _faces()[int(chance.integers(len(_faces())))][0]
        return cls(
            ImageFont.truetype(path, size),
            ImageFont.truetype(other, size),
            is_chinese,
            str(chance.choice(SIGNS)),
            str(chance.choice(["ABCDEF", "ABCDEF", "ABCDEF", "abcdef", "TF", "①②③④"])),
            float(chance.uniform(1.25, 2.2)),
            bool(chance.random() < 0.06),
            bool(chance.random() < 0.07),
            bool(chance.random() < 0.05),
            bool(chance.random() < 0.08),
        )


def _question(drawn: _Drawn, style: _Style, pen: Pen, y: float, chance: Chance) -> float:
    """One question with its options; gives where the next one begins."""
    text = ImageDraw.Draw(drawn.print)
    number = f"{int(chance.integers(1, 40))}. "
    left = float(chance.uniform(1.6, 4.5))
    is_inline = chance.random() < 0.15
    if is_inline:
        # ( B ) 1. A. … : the answer and the number stand before the first option.
        left += 3.2
        text.text(((left - 0.2) * EM, y * EM), number, font=style.font, fill=255, anchor="rm")
        pen.scribble(left - chance.uniform(2.2, 3.6), y, chance.uniform(0.6, 1.2), 1)
    else:
        stem = number + _words(style, chance, float(chance.uniform(5, 26)))
        text.text((2 * EM, y * EM), stem, font=style.font, fill=255, anchor="lm")
    if chance.random() < 0.25:
        # A blank, or a stressed word.
        x, down = chance.uniform(12, 20), y + chance.uniform(0.5, 0.65)
        text.line([x * EM, down * EM, (x + chance.uniform(1, 6)) * EM, down * EM], 255, 3)
    if chance.random() < 0.3:
        pen.scribble(chance.uniform(12, 30), y, chance.uniform(0.6, 1.1), 1)
    y += 0 if is_inline else style.pitch
    if not is_inline and chance.random() < 0.08:
        y = _figure(drawn, y, chance)
    letters = style.letters[: int(chance.integers(3, 5)) if chance.random() < 0.9 else None]
    columns = int(chance.choice([1, 2, 4]))
    step = {1: 28.0, 2: 14.0, 4: float(chance.uniform(4.5, 7.5))}[columns]
    states = _states(len(letters), chance)
    at = []
    for n, letter in enumerate(letters):
        x = left + (n % columns) * step
        row = y + (n // columns) * style.pitch
        room = step - 1.5
        at.append(_option(drawn, style, letter, (x, row), min(room, 12.0), chance))
    for (x, row, reach), state in zip(at, states, strict=True):
        is_red = state is not LabelState.NONE and chance.random() < 0.04
        marking = Pen(drawn.red, EM, 0.06, chance) if is_red else pen
        marking.mark(state, x * EM, row * EM, reach)
        seen = LabelState.NONE if is_red else state
        drawn.labels.append(MarkedLabel(x * EM, row * EM, seen))
    rows = -(-len(letters) // columns)
    if style.is_ruled:
        for n in range(rows + 1):
            down = (y + (n - 0.5) * style.pitch) * EM
            text.line([(left - 0.8) * EM, down, 32 * EM, down], 255, 3)
    return y + rows * style.pitch + float(chance.uniform(0, 0.7))


def _option(
    drawn: _Drawn,
    style: _Style,
    letter: str,
    at: tuple[float, float],
    room: float,
    chance: Chance,
) -> tuple[float, float, float]:
    """Print one option; gives the middle of its letter and how far its text goes from there."""
    layer = drawn.coloured if style.is_coloured else drawn.print
    draw = ImageDraw.Draw(layer)
    font = style.bold if chance.random() < 0.5 else style.font
    if letter in "①②③④" and not style.is_chinese:
        letter = "1234"["①②③④".index(letter)]
    x, y = at[0] * EM, at[1] * EM
    opening = "(" if style.sign == "bracket" else ""
    closing = {"bracket": ")", "circled": " ", "bare": " "}.get(style.sign, style.sign)
    if not style.is_chinese:
        closing = {"．": ".", "、": ","}.get(closing, closing)
    start = x + draw.textlength(opening, font)
    width = draw.textlength(letter, font)
    # Capitals stand on a line: all letters of a row have one foot.
    foot = y + 0.345 * EM
    draw.text((x, foot), opening + letter + closing, font=font, fill=255, anchor="ls")
    middle = start + width / 2
    if style.sign == "circled" or style.is_ringed:
        radius = 0.5 * EM
        ring = [middle - radius, y - radius, middle + radius, y + radius]
        draw.ellipse(ring, outline=255, width=3)
    if style.is_boxed:
        draw.rectangle(
            [middle - 0.5 * EM, y - 0.5 * EM, middle + 0.5 * EM, y + 0.5 * EM], None, 255, 3
        )
    body = x + draw.textlength(opening + letter + closing, font) + chance.uniform(0.1, 0.8) * EM
    words = _words(style, chance, float(chance.uniform(0.6, max(0.8, room - 2))))
    ImageDraw.Draw(drawn.print).text((body, foot), words, font=style.font, fill=255, anchor="ls")
    end = body + draw.textlength(words, style.font)
    return middle / EM, at[1], min(room, (end - middle) / EM)


def _states(count: int, chance: Chance) -> list[LabelState]:
    pattern = str(chance.choice(list(PATTERNS), p=list(PATTERNS.values())))
    states = [LabelState.NONE] * count
    order = [int(n) for n in chance.permutation(count)]
    chosen = LabelState(str(chance.choice(CHOSEN, p=CHOSEN_SHARES)))
    if pattern in {"one", "one and struck", "changed", "two"}:
        states[order[0]] = chosen
    if pattern == "two":
        states[order[1]] = chosen
    if pattern == "others struck":
        for n in order[1:]:
            states[n] = LabelState.STRUCK
    if pattern == "one and struck":
        for n in order[1 : int(chance.integers(2, count + 1))]:
            states[n] = LabelState.STRUCK
    if pattern == "changed":
        states[order[1]] = LabelState(
            str(chance.choice([LabelState.CANCELLED, LabelState.FILLED], p=[0.6, 0.4]))
        )
    if pattern == "any":
        states = [LabelState(str(chance.choice(list(LabelState)))) for _ in states]
    return states


def _words(style: _Style, chance: Chance, length: float) -> str:
    """Text about ``length`` heights of a Chinese character long."""
    if style.is_chinese and chance.random() < 0.8:
        return "".join(
            CHINESE[n] for n in chance.integers(len(CHINESE), size=max(1, round(length)))
        )
    words = LATIN[int(chance.integers(len(LATIN)))]
    while len(words) * 0.5 < length - 1.5:
        words += " " + LATIN[int(chance.integers(len(LATIN)))]
    return words


def _figure(drawn: _Drawn, y: float, chance: Chance) -> float:
    """Lines and loops as figures have them, with options close below."""
    draw = ImageDraw.Draw(drawn.print)
    high = float(chance.uniform(1.5, 4))
    for _ in range(int(chance.integers(2, 7))):
        x, width = chance.uniform(2, 26), chance.uniform(1, 5)
        box = [x * EM, y * EM, (x + width) * EM, (y + high) * EM]
        if chance.random() < 0.5:
            draw.ellipse(box, outline=255, width=3)
        else:
            draw.line(box, fill=255, width=3)
    return y + high + float(chance.uniform(0.9, 1.5))


def _foreign(drawn: _Drawn, pen: Pen, chance: Chance) -> None:
    """Ink that chooses nothing: workings, large ticks; none of it over the middle of a label."""
    middles = np.array([(label.x, label.y) for label in drawn.labels])
    for _ in range(int(chance.integers(0, 14))):
        at = chance.uniform((1, 1), (WIDTH_EM - 4, HEIGHT_EM - 2))
        away = (middles / EM - at) / (1.0, 0.8)
        is_beside = (away[:, 0] > -9) & (away[:, 0] < 1.6) & (np.abs(away[:, 1]) < 1.3)
        if is_beside.any():
            continue
        if chance.random() < 0.8:
            letters = int(chance.integers(1, 7))
            pen.scribble(at[0] * EM, at[1] * EM, chance.uniform(0.5, 1.1), letters)
        else:
            pen.large_tick(at[0] * EM, at[1] * EM, chance.uniform(2, 5))


def _finished(drawn: _Drawn, chance: Chance) -> LabelPage:
    """The layers on paper, reduced to the page's size, scanned or photographed."""
    em = float(np.exp(chance.uniform(np.log(SMALLEST_EM), np.log(LARGEST_EM))))
    side = (round(WIDTH_EM * em), round(HEIGHT_EM * em))
    printed, tinted, written, red = (
        cv2.resize(np.asarray(layer), side, interpolation=cv2.INTER_AREA)[:, :, None]
        / np.float32(255)
        for layer in (drawn.print, drawn.coloured, drawn.pen, drawn.red)
    )
    paper = chance.uniform(205, 255) - chance.uniform(0, 14, 3)
    page = np.broadcast_to(paper, (side[1], side[0], 3)).astype(np.float32)
    if chance.random() < 0.25:
        # The back of the sheet shines through.
        back = np.roll(printed[:, ::-1], round(0.6 * em), axis=0)
        page = page * (1 - float(chance.uniform(0.04, 0.16)) * back)
    tint = TINTS[int(chance.integers(len(TINTS)))]
    colour = PENS[int(chance.choice(len(PENS), p=PEN_SHARES))]
    black = chance.uniform(10, 80)
    for cover, ink in (
        (printed, (black, black, black)),
        (tinted, tint),
        (written, np.clip(np.array(colour) + chance.normal(0, 10), 0, 255)),
        (red, RED),
    ):
        page = page + cover * (np.asarray(ink, np.float32) - page)
    degrees = float(chance.normal(0, 0.5))
    turn = cv2.getRotationMatrix2D((0, 0), degrees, 1.0)
    level = cv2.warpAffine(page, turn, side, borderValue=[float(v) for v in paper])
    image = _photographed(level, em, chance)
    labels = tuple(
        MarkedLabel(*(turn @ (label.x * em / EM, label.y * em / EM, 1.0)), label.state)
        for label in drawn.labels
        if label.x < (WIDTH_EM - 1) * EM and label.y < (HEIGHT_EM - 1) * EM
    )
    return LabelPage(image, em, labels)


def _photographed(page: NDArray[np.float32], em: float, chance: Chance) -> Pixels:
    """``page`` with uneven light, blur, noise and compression."""
    rows, columns = page.shape[:2]
    light = cv2.resize(
        chance.uniform(1 - chance.uniform(0, 0.35), 1.0, (4, 3)).astype(np.float32),
        (columns, rows),
        interpolation=cv2.INTER_CUBIC,
    )
    blur = float(chance.uniform(0.0, 0.05)) * em if chance.random() < 0.7 else 0.0
    if blur > 0.2:
        page = cv2.GaussianBlur(page, (0, 0), blur)
    noise = chance.standard_normal((rows, columns), np.float32) * float(chance.uniform(0, 7))
    image = np.clip(page * light[:, :, None] + noise[:, :, None], 0, 255).astype(np.uint8)
    if chance.random() < 0.08:
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        limit = float(np.median(grey)) * 0.7
        image = np.repeat(np.where(grey > limit, 255, 0).astype(np.uint8)[:, :, None], 3, axis=2)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(chance.integers(40, 96))]
    coded = cv2.imencode(".jpg", image[:, :, ::-1], quality)[1]
    decoded: Pixels = cv2.imdecode(coded, cv2.IMREAD_COLOR)[:, :, ::-1]
    return np.ascontiguousarray(decoded)
