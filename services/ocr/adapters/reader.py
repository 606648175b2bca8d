"""What the ocr stage asks of an engine."""

from collections.abc import Sequence
from typing import Protocol

from services.ocr.domain.ctc import Reading
from services.ocr.domain.lexicon import Word
from services.ocr.domain.raster import Quad, Rgb


class TextReader(Protocol):
    """Finds and reads text. Calls may come from several threads at once."""

    @property
    def name(self) -> str:
        """Engine and model, as it stands in results."""
        ...

    def find(self, image: Rgb) -> list[Quad]:
        """Quads of the text lines on ``image``, in its pixels, in no particular order."""
        ...

    def recognise(self, crops: Sequence[Rgb]) -> list[Reading]:
        """What each crop of one level line says, in the crops' order."""
        ...

    def word(self, looks: Sequence[Reading], *, is_chinese: bool) -> Word | None:
        """The Chinese or English word that readings of the same strokes spell.

        None for none, or without a lexicon.
        """
        ...
