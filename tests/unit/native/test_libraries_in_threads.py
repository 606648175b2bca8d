"""Native libraries are used by two threads at once: every pair lives, in a process of its own."""

import subprocess
import sys
from itertools import combinations_with_replacement

import pytest

from tests.unit.native.library_calls import CALLS


@pytest.mark.parametrize(("one", "other"), list(combinations_with_replacement(sorted(CALLS), 2)))
def test_two_threads_use_two_native_libraries_at_once(one: str, other: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.unit.native.library_calls", one, other],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    # A negative code is the signal that ended the process: -11 is a crash inside a library.
    assert run.returncode == 0, run.stderr
