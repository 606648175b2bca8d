"""Reads drawn answer cards for the tests of both: cards, and pages that are none."""

from collections.abc import Sequence

import numpy as np

from services.ocr.domain.bubbles.card_answers import CardReading
from services.ocr.domain.ink.page_ink import page_ink
from services.ocr.domain.text.ctc import Reading
from services.ocr.steps.card_reading import read_card
from tests.unit.ocr.bubbles.drawn_cards import Drawn

ANSWERS = tuple("BACDABDCADBCADCBABDC")
SURE = 0.8


class FakeReader:
    """Reads numbers that the test gives it, one for each crop; else nothing."""

    name = "fake"
    simplified_forms: frozenset[str] = frozenset()

    def __init__(self, texts: Sequence[str] = ()) -> None:
        self.texts = list(texts)

    def recognise(self, crops: Sequence[np.ndarray]) -> list[Reading]:
        return [Reading(self.texts.pop(0) if self.texts else "", 0.9) for _ in crops]


def card_of(drawn: Drawn, reader: FakeReader | None = None) -> CardReading | None:
    return read_card(reader or FakeReader(), page_ink(drawn.image), drawn.lines)


def answers_of(reading: CardReading | None) -> dict[str, tuple[str, float]]:
    """{number: (answer, confidence)} of all tables."""
    found: dict[str, tuple[str, float]] = {}
    for table in reading.tables if reading else ():
        numbers = {cell.column: cell.text for cell in table.cells if cell.row == 0}
        for cell in table.cells:
            if cell.row == 1:
                assert numbers[cell.column] not in found, "a number is answered twice"
                found[numbers[cell.column]] = cell.text, cell.confidence
    return found


def texts_of(reading: CardReading | None) -> list[str]:
    found = answers_of(reading)
    assert list(found) == [str(n) for n in range(1, len(found) + 1)]
    return [text for text, _ in found.values()]
