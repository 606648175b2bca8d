"""Draws one completed sheet of a kind: print, hand, teacher, camera; and what is true of it."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from fonts import CACHE, Hand
from PIL import Image
from typeset import Sheets, typeset

from shared.contract.answer_key import AnswerKey, KeyQuestion, KeySection
from uploads.camera import take
from uploads.cards import compose_card
from uploads.completing import complete
from uploads.drills import compose_drill
from uploads.faces import load_child_hands, print_folders
from uploads.hand import choose_child
from uploads.homework import compose_homework
from uploads.look import Look, choose_look
from uploads.sheet import Question, Sheet
from uploads.shots import Shot, choose_shot
from uploads.teacher import Marking, mark
from uploads.wordlists import compose_words
from uploads.worksheets import compose_worksheet

_COMPOSERS: dict[str, tuple[Callable[[Look, random.Random], Sheet], tuple[str, ...]]] = {
    "drill": (compose_drill, ("zh", "zh", "zh", "en")),
    "homework": (compose_homework, ("zh",)),
    "card": (compose_card, ("zh", "zh", "en")),
    "words": (compose_words, ("zh",)),
    "worksheet": (compose_worksheet, ("en",)),
}
#: Kinds that draw any of the sheets above, in coloured print, graded, or in hard photographs.
_ASPECTS = ("coloured", "graded", "photo")
KINDS = (*_COMPOSERS, *_ASPECTS)
#: Shares of the other kinds' sheets that are graded, and of all that come with a key.
_GRADED, _KEYED = 0.2, 0.35


@dataclass(frozen=True, slots=True)
class Workshop:
    """What sheets are drawn with: hands, faces, and digits of real writers where wanted."""

    latin: Sequence[Hand]
    chinese: Sequence[Hand]
    fonts: Sequence[Path]
    writers: Sequence[Mapping[str, Sequence[Image.Image]]] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawn sheet: its pictures, the manifest's entry without files, and more of the truth."""

    images: tuple[bytes, ...]
    suffix: str
    entry: dict[str, Any]
    details: dict[str, Any]


def open_workshop(
    cache: Path = CACHE, writers: Sequence[Mapping[str, Sequence[Image.Image]]] = ()
) -> Workshop:
    """Fetch what is needed to draw. Raises FileNotFoundError for fonts that no one can get."""
    latin, chinese = load_child_hands(cache)
    return Workshop(latin, chinese, print_folders(cache), writers)


def draw(
    kind: str, index: int, seed: int, shop: Workshop, *, ppi: int = 150, keys: str = "some"
) -> Drawn:
    """Sheet ``index`` of a set; the same arguments give the same pixels.

    ``keys`` says which come with an answer key: all, none or some.
    """
    rng = random.Random(f"{kind}:{seed}:{index}")  # noqa: S311 - no secret
    sheet, look = compose_sheet(kind, index, rng)
    printed = typeset(sheet.source, ppi, shop.fonts)
    crops = rng.choice(shop.writers) if shop.writers and rng.random() < 0.5 else {}
    pen = choose_child((shop.latin, _writers(sheet, shop.chinese)), rng, ppi, crops)
    pages = complete(sheet, printed, pen)
    marking = None
    if kind == "graded" or (kind != "card" and rng.random() < _GRADED):
        marking = mark(sheet, pages, printed, (shop.latin, shop.chinese), rng, ppi)
    noise = np.random.default_rng([seed, index, *kind.encode()])
    shot = choose_shot(noise, is_hard=kind == "photo")
    images = tuple(take(page, shot, noise) for page in pages)
    has_key = keys == "all" or (keys == "some" and rng.random() < _KEYED)
    return Drawn(
        images,
        "png" if shot.kind == "clean" else "jpg",
        entry(kind, sheet, marking, has_key=has_key),
        _details(sheet, look, printed, marking, shot),
    )


def compose_sheet(kind: str, index: int, rng: random.Random) -> tuple[Sheet, Look]:
    """The sheet before it is printed. Aspects go through the sorts of sheets in turn."""
    sort = kind if kind in _COMPOSERS else [*_COMPOSERS][index % len(_COMPOSERS)]
    composer, languages = _COMPOSERS[sort]
    look = choose_look(rng.choice(languages), rng, must_be_coloured=kind == "coloured")
    return composer(look, rng), look


def entry(kind: str, sheet: Sheet, marking: Marking | None, *, has_key: bool) -> dict[str, Any]:
    """The manifest's entry, without files."""
    truth: dict[str, Any] = {
        "answers": {q.address: q.response for q in sheet.questions if q.is_known},
        "verdicts": {q.address: _verdict(q) for q in sheet.questions if _verdict(q)},
        "section_points": dict(sheet.section_points),
    }
    if marking is not None and marking.total is not None:
        truth["earned"] = marking.total
    key = _key(sheet).model_dump(mode="json", exclude_none=True) if has_key else None
    return {
        "kind": kind,
        "subject": sheet.subject,
        "grade": sheet.grade,
        "key": key,
        "truth": truth,
    }


def _verdict(question: Question) -> str | None:
    """What has to be said; None where an answer of several parts is right in some of them."""
    if question.is_right:
        return "correct"
    if not question.response:
        return "unanswered"
    parts = zip(question.answer.split("；"), question.response.split("；"), strict=True)
    return None if any(wanted == given for wanted, given in parts) else "incorrect"


def _key(sheet: Sheet) -> AnswerKey:
    labels = dict.fromkeys(question.label for question in sheet.questions)
    return AnswerKey(
        title=sheet.title,
        subject=sheet.subject,
        grade=sheet.grade,
        sections=tuple(
            KeySection(
                label=label,
                title=sheet.section_titles.get(label, ""),
                questions=tuple(
                    KeyQuestion(number=q.number, type=q.type, answer=q.answer, points=q.points)
                    for q in sheet.questions
                    if q.label == label
                ),
            )
            for label in labels
        ),
    )


def _writers(sheet: Sheet, hands: Sequence[Hand]) -> Sequence[Hand]:
    """Those of ``hands`` that have every Chinese character of the sheet's writing."""
    text = "".join(w.text + w.first for w in sheet.writings)
    text = "".join(c for c in text if not c.isascii() and c not in "√×÷；")
    able = [hand for hand in hands if hand.can_write(text)]
    if not able:
        raise ValueError(f"no hand can write {text}")
    return able


def _details(
    sheet: Sheet, look: Look, printed: Sheets, marking: Marking | None, shot: Shot
) -> dict[str, Any]:
    """Truth beyond the manifest's, boxes on the pages before they were photographed."""
    return {
        "sheet": sheet.kind,
        "look": asdict(look),
        "full": sheet.full,
        "earned": sheet.earned,
        "questions": [
            {
                "address": q.address,
                "type": q.type,
                "answer": q.answer,
                "response": q.response,
                "points": q.points,
                "places": [
                    {
                        "page": printed.places[p].page,
                        "box": [round(v, 1) for v in printed.places[p].box],
                    }
                    for p in q.places
                ],
            }
            for q in sheet.questions
        ],
        "writings": [asdict(w) for w in sheet.writings],
        "marks": [asdict(m) for m in marking.marks] if marking else [],
        "shot": asdict(shot),
    }
