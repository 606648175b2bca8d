"""pdfium is never inside two calls at once, whichever service's thread asks."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pypdfium2.raw
import pytest

from tests.unit.native.library_calls import CALLS


class Overlaps:
    """Wraps functions of a library and names those entered while another thread was inside."""

    def __init__(self) -> None:
        self._inside: set[int] = set()
        self.seen: list[str] = []

    def watch(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any) -> Any:
            me = threading.get_ident()
            if self._inside - {me}:
                self.seen.append(name)
            self._inside.add(me)
            try:
                time.sleep(0.0002)  # lets the other thread run, as the library's own time would
                return function(*args)
            finally:
                self._inside.discard(me)

        return watched


@pytest.mark.parametrize("pair", [("lecture", "page"), ("lecture", "lecture"), ("page", "page")])
def test_an_exam_and_a_lecture_at_once_never_meet_inside_pdfium(
    pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    overlaps = Overlaps()
    for name in dir(pypdfium2.raw):
        if name.startswith("FPDF") and callable(getattr(pypdfium2.raw, name)):
            function = getattr(pypdfium2.raw, name)
            if not isinstance(function, type):
                monkeypatch.setattr(pypdfium2.raw, name, overlaps.watch(name, function))

    with ThreadPoolExecutor(2) as threads:
        jobs = [
            threads.submit(lambda call=CALLS[name]: [call() for _ in range(5)]) for name in pair
        ]
        for job in jobs:
            job.result(30)

    assert overlaps.seen == []
