"""Pen marks drawn on real pages and on generated papers, and how many of them are found."""

import json
import random
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "papers"))

# The drawing scripts are no package: their folder has to be on the path first.
from fonts import Hand, load_hands
from pen import BLUE, RED, Pen

from services.ocr.domain.ink.page_ink import page_ink
from services.ocr.domain.text.text_reader import TextReader
from services.ocr.steps.mark_reading import read_marks
from shared.contract.model import BBox
from shared.contract.reading import InkColour, PenMark

MARKS_PER_PAGE = 16
#: Room of one mark in pixels, and the share of dark pixels it may hold before.
ROOM_PX, MAX_INK_SHARE = 74, 0.004
#: How far a found mark's middle may be from where it was drawn, in its own size.
MAX_MISS = 0.6


@dataclass(frozen=True, slots=True)
class Drawn:
    """One mark: its kind as in ``MarkKind``, where it is, and a written number's text."""

    kind: str
    box: BBox
    text: str = ""


@dataclass(slots=True)
class MarkCounts:
    """Marks found, missed and made up, and how many of the written scores read right."""

    found: int = 0
    missed: int = 0
    extra: int = 0
    scores: int = 0
    scores_right: int = 0
    by_kind: Counter[str] = field(default_factory=Counter)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall; None without any marks."""
        total = 2 * self.found + self.missed + self.extra
        return 2 * self.found / total if total else None

    def add(self, drawn: Sequence[Drawn], seen: Sequence[PenMark]) -> None:
        """Count the marks of one page."""
        open_marks = list(seen)
        for mark in drawn:
            found = next((other for other in open_marks if _is_same(mark, other)), None)
            is_score = mark.kind == "score"
            self.scores += is_score
            if found is None:
                self.missed += 1
                self.by_kind[f"missed {mark.kind}"] += 1
                continue
            open_marks.remove(found)
            self.found += 1
            self.scores_right += is_score and found.text == mark.text
        self.extra += len(open_marks)
        self.by_kind.update(f"extra {mark.kind}" for mark in open_marks)


def on_real_pages(reader: TextReader, pages: Iterable[Path]) -> MarkCounts:
    """Ticks, crosses and numbers in red and blue on free places of ``pages``, always the same."""
    source = random.Random(47)  # noqa: S311 - the same marks every time, no secret
    hand = load_hands()[0]
    counts = MarkCounts()
    for path in pages:
        page = Image.open(path).convert("RGB")
        before = read_marks(reader, np.asarray(page), page_ink(np.asarray(page)), ())
        drawn = _draw(page, hand, source)
        image = np.asarray(page)
        seen = read_marks(reader, image, page_ink(image), ())
        # What the page had before is no mark of ours, right or wrong.
        counts.add(drawn, [mark for mark in seen if not any(_overlap(mark, o) for o in before)])
    return counts


def on_generated(reader: TextReader, folder: Path) -> MarkCounts:
    """The teacher's red marks on the clean PNG pages of a set of generated papers."""
    counts = MarkCounts()
    for path in sorted(folder.glob("*.truth.json")):
        truth = json.loads(path.read_text())
        for number in range(1, truth["pages"] + 1) if truth["marks"] else ():
            file = folder / f"{path.name.removesuffix('.truth.json')}-{number}.png"
            if not file.exists():
                continue
            image = np.asarray(Image.open(file).convert("RGB"))
            drawn = [
                Drawn(m["kind"], tuple(m["box"]), m["text"])
                for m in truth["marks"]
                if m["page"] == number
            ]
            seen = read_marks(reader, image, page_ink(image), ())
            counts.add(drawn, [mark for mark in seen if mark.colour is InkColour.RED])
    return counts


def _draw(page: Image.Image, hand: Hand, source: random.Random) -> list[Drawn]:
    dark = np.asarray(page.convert("L")) < 200
    drawn: list[Drawn] = []
    for _ in range(200 * MARKS_PER_PAGE):
        if len(drawn) == MARKS_PER_PAGE:
            break
        x = source.randrange(20, page.width - ROOM_PX - 20)
        y = source.randrange(20, page.height - ROOM_PX - 20)
        room = dark[y : y + ROOM_PX, x : x + ROOM_PX]
        if room.mean() > MAX_INK_SHARE or any(
            abs(mark.box[0] - x) < ROOM_PX and abs(mark.box[1] - y) < ROOM_PX for mark in drawn
        ):
            continue
        pen = Pen(hand, source.choice((RED, BLUE)), source, 2.6)
        centre = (x + ROOM_PX / 2, y + ROOM_PX / 2)
        size = source.uniform(26, 44)
        kind = source.choice(("tick", "cross", "score"))
        if kind == "score":
            text = str(source.randrange(0, 30))
            box = pen.write(page, text, (x + 12, y + 16, ROOM_PX - 24, 34))
            drawn.append(Drawn(kind, box, text))
        else:
            draw = pen.tick if kind == "tick" else pen.cross
            drawn.append(Drawn(kind, draw(page, centre, size)))
    return drawn


def _is_same(mark: Drawn, seen: PenMark) -> bool:
    x, y, width, height = mark.box
    left, top, wide, high = seen.bbox
    reach = MAX_MISS * max(width, height)
    aside, above = left + wide / 2 - x - width / 2, top + high / 2 - y - height / 2
    return seen.kind.value == mark.kind and abs(aside) < reach and abs(above) < reach


def _overlap(mark: PenMark, other: PenMark) -> bool:
    x, y, width, height = mark.bbox
    left, top, wide, high = other.bbox
    return x < left + wide and left < x + width and y < top + high and top < y + height
