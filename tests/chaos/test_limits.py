"""A process that takes too much memory is ended, and one follows the clock that a fault sets."""

import subprocess
import sys
import time
from pathlib import Path

from examlens.processes import Supervised
from tests.chaos.clock import NOTICED_AFTER_SECONDS, Clock
from tests.chaos.memory import MemoryLimit

_HOARD = "kept = []\nwhile len(kept) < 40: kept.append(b'x' * 10_000_000)"
_TELL_TIME = (
    "import sys, time\nfor _ in sys.stdin: print(time.time(), time.monotonic(), flush=True)"
)


def a_process(directory: Path, name: str, program: str) -> Supervised:
    return Supervised(name, [sys.executable, "-c", program], {}, directory / f"{name}.log")


def test_a_process_that_takes_too_much_memory_is_ended_and_its_neighbour_is_not(
    tmp_path: Path,
) -> None:
    greedy = a_process(tmp_path, "greedy", f"{_HOARD}\nimport time\ntime.sleep(60)")
    modest = a_process(tmp_path, "modest", "import time\ntime.sleep(60)")
    limit = MemoryLimit([greedy, modest], limit_bytes=200_000_000)
    for process in (greedy, modest):
        process.start()
    limit.start()
    try:
        assert greedy.process is not None
        assert greedy.process.wait(30) == -9
        assert not modest.has_ended
    finally:
        limit.stop()
        for process in (greedy, modest):
            process.wait(0)
    assert limit.killed == 1


def test_a_process_follows_the_clock_and_its_monotonic_clock_goes_on(tmp_path: Path) -> None:
    clock = Clock(tmp_path / "clock")
    with subprocess.Popen(
        [sys.executable, "-c", _TELL_TIME],
        env=clock.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:

        def told() -> tuple[float, float]:
            assert running.stdin is not None
            assert running.stdout is not None
            running.stdin.write("\n")
            running.stdin.flush()
            wall, steady = map(float, running.stdout.readline().split())
            return wall - time.time(), steady - time.monotonic()

        for offset_seconds in (0, 3600, -3600):
            clock.set(offset_seconds)
            deadline = time.monotonic() + 10 * NOTICED_AFTER_SECONDS
            while abs(told()[0] - offset_seconds) > 1:
                assert time.monotonic() < deadline, told()
                time.sleep(0.1)
            assert abs(told()[1]) < 1
        running.stdin.close()
