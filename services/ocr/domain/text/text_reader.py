"""What the ocr stage asks of an engine."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from services.ocr.domain.ink.raster import Quad, Rgb
from services.ocr.domain.text.ctc import Reading
from services.ocr.domain.text.lexicon import Word


class TextReader(Protocol):
    """Finds and reads text. Calls may come from several threads at once."""

    @property
    def name(self) -> str:
        """Engine and model, as it stands in results."""
        ...

    @property
    def simplified_forms(self) -> Mapping[int, str]:
        """Traditional characters, by code point, and their simplified forms."""
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
