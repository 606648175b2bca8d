"""The services' wall clock, which a fault can set."""

import os
from dataclasses import dataclass
from pathlib import Path

from tests.chaos import clocked

#: How long a process goes on with the offset that it has read last, and some more.
NOTICED_AFTER_SECONDS = 1.0


@dataclass
class Clock:
    """The wall clock of every process that has its environment. Their monotonic clocks go on.

    The servers keep the machine's clock: PostgreSQL's alone decides what is due.
    """

    file: Path

    def __post_init__(self) -> None:
        self.set(0)

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to follow this clock."""
        folders = [str(Path(clocked.__file__).parent), os.environ.get("PYTHONPATH", "")]
        return {
            "CHAOS_CLOCK": str(self.file),
            "PYTHONPATH": os.pathsep.join(filter(None, folders)),
        }

    def set(self, offset_seconds: int) -> None:
        """Let the clock be so much before the machine's; a negative offset is behind it."""
        written = self.file.with_suffix(".new")
        written.write_text(f"{offset_seconds:+d}\n")
        # At once: a process may read it at any moment.
        written.replace(self.file)
