"""Reads text with the stock RapidOCR pipeline, at its own image sizes and batches."""

import threading
from collections.abc import Sequence
from typing import Any

from rapidocr import RapidOCR

from services.ocr.adapters.chinese_words import simplified_forms
from services.ocr.domain.ink.raster import Quad, Rgb
from services.ocr.domain.text.ctc import ReadChar, Reading
from shared.contract.text_gate import storable


class RapidOcrReader:
    """RapidOCR's detector and recogniser as it ships; the reference for speed and accuracy.

    One call at a time: the library keeps the options of a call in its engine.
    """

    name = "rapidocr-pp-ocrv6-small"

    def __init__(self, threads: int = 2) -> None:
        self.simplified_forms = simplified_forms()
        self._lock = threading.Lock()
        self._engine: Any = RapidOCR(
            params={
                "Global.log_level": "critical",
                "EngineConfig.onnxruntime.intra_op_num_threads": threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )

    def find(self, image: Rgb) -> list[Quad]:
        """Quads of the text lines on ``image``."""
        with self._lock:
            found = self._engine(image[..., ::-1], use_det=True, use_cls=False, use_rec=False)
        return [] if found.boxes is None else list(found.boxes)

    def recognise(self, crops: Sequence[Rgb]) -> list[Reading]:
        """What each crop says; its characters are spread evenly over it."""
        return [self._recognise_one(crop) for crop in crops]

    def word(self, looks: Sequence[Reading], *, is_chinese: bool) -> None:
        """No word: the stock pipeline gives texts only, which a lexicon cannot correct."""

    def _recognise_one(self, crop: Rgb) -> Reading:
        if crop.size == 0:
            return Reading("", 0.0)
        with self._lock:
            read = self._engine(crop[..., ::-1], use_det=False, use_cls=False, use_rec=True)
        if not read.txts or not read.txts[0]:
            return Reading("", 0.0)
        text, confidence = storable(str(read.txts[0])), min(1.0, float(read.scores[0]))
        count = len(text)
        chars = tuple(
            ReadChar(char, confidence, i / count, (i + 1) / count) for i, char in enumerate(text)
        )
        return Reading(text, confidence, chars)
