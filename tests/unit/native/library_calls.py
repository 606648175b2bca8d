"""One call into each native library that several threads of one process use, and a pair of them.

Run with two names of ``CALLS``: ``python -m tests.unit.native.library_calls pages lecture``.
"""

import faulthandler
import functools
import io
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import typst
from PIL import Image

from services.diagnose.adapters.lecture_text import lecture_text
from services.ingest.adapters.pdfium_pages import PdfiumPages
from services.ingest.domain.files.limits import Limits

_SECONDS = 0.7
#: Small, so that documents are opened and closed often: most crashes are seen there.
_PAPER = b"#set page(width: 200pt, height: 100pt)\n1. Find the area of a circle's half."
_LECTURE = b"#for n in range(9) [#n. The area *of a circle* is $pi r^2 + 1/2$. #parbreak()]"


@functools.cache
def _pdf(source: bytes) -> bytes:
    return bytes(typst.compile(source, format="pdf"))


@functools.cache
def _jpeg() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.full((600, 400, 3), 200, np.uint8)).save(buffer, "JPEG")
    return buffer.getvalue()


def _page() -> None:
    PdfiumPages().read_page(_pdf(_PAPER), 0, Limits(render_dpi=36))


def _lecture() -> None:
    for source in (_LECTURE, _PAPER):
        lecture_text(_pdf(source), "application/pdf")


def _typesetting() -> None:
    typst.compile(_PAPER, format="pdf")


def _picture() -> None:
    array = np.asarray(Image.open(io.BytesIO(_jpeg())).convert("RGB"))
    cv2.resize(cv2.GaussianBlur(array, (5, 5), 0), (300, 450))


#: By name: what a thread of a worker asks of a native library.
CALLS: dict[str, Callable[[], None]] = {
    "lecture": _lecture,
    "page": _page,
    "picture": _picture,
    "typesetting": _typesetting,
}


def _repeat(call: Callable[[], None], start: threading.Barrier) -> None:
    start.wait(10)
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end:
        call()


def main() -> None:
    """Repeat the two named calls, each in two threads of its own."""
    faulthandler.enable()
    _pdf(_PAPER), _pdf(_LECTURE), _jpeg()
    start = threading.Barrier(4)
    with ThreadPoolExecutor(4) as threads:
        jobs = [threads.submit(_repeat, CALLS[name], start) for name in sys.argv[1:3] * 2]
        for job in jobs:
            job.result(30)


if __name__ == "__main__":
    main()
