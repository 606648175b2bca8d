"""Settings of an ocr worker."""

from typing import Literal

from pydantic import Field

from shared.settings import ServiceSettings


class OcrSettings(ServiceSettings):
    """Which engine reads, and how many cores one page may use."""

    #: ``ppocr``: the PP-OCRv6 models run directly. ``rapidocr``: the stock RapidOCR pipeline.
    ocr_engine: Literal["ppocr", "rapidocr"] = "ppocr"
    #: Threads of each onnxruntime session; with several worker threads 1 is best.
    ocr_threads: int = Field(default=2, ge=1, le=64)
