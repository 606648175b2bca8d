"""Gives a process a wall clock that a fault can set: its offset stands in the file CHAOS_CLOCK.

What asks ``time`` is told the set time: Dramatiq's delays, tokens, signatures. The monotonic clock
goes on, as it does when somebody sets a real clock. (libfaketime 0.9.10 would have every
``time.sleep`` fail once it leaves the monotonic clock alone.)
"""

import os
import time
from pathlib import Path

_FILE = Path(os.environ["CHAOS_CLOCK"])
_LOOK_SECONDS = 0.5
_real = time.time
_offset = 0.0
_looked_at = float("-inf")


def _time() -> float:
    global _offset, _looked_at  # noqa: PLW0603 -- the process has one clock
    now = time.monotonic()
    if now - _looked_at >= _LOOK_SECONDS:
        _looked_at = now
        _offset = float(_FILE.read_text())
    return _real() + _offset


def _time_ns() -> int:
    return int(_time() * 1e9)


time.time, time.time_ns = _time, _time_ns
