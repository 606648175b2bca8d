"""Opens the engine that the settings name."""

from typing import Literal

from services.ocr.adapters.ppocr_reader import PpOcrReader
from services.ocr.domain.text.text_reader import TextReader

EngineName = Literal["ppocr", "rapidocr"]


def open_reader(engine: EngineName, threads: int) -> TextReader:
    """A reader whose models are loaded; ``threads`` is for each of its onnxruntime sessions."""
    if engine == "rapidocr":
        # Imported on demand: the stock pipeline takes 60 MB that the default does not need.
        from services.ocr.adapters.rapidocr_reader import RapidOcrReader  # noqa: PLC0415

        return RapidOcrReader(threads)
    return PpOcrReader(threads)
