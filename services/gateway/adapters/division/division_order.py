"""What the process that divides is told. The gateway imports this, and so not qpdf."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class DivisionLimits:
    """Upper bounds of a division; ``memory_bytes`` and ``cpu_seconds`` are for the process."""

    max_students: int
    max_files: int
    max_file_bytes: int
    max_total_bytes: int
    memory_bytes: int = 2_000_000_000
    cpu_seconds: int = 120


@dataclass(frozen=True, slots=True)
class DivisionOrder:
    """What is to be divided how; the parts are written into ``folder``."""

    source: str
    folder: str
    is_pdf: bool
    pages_per_student: int | None
    limits: DivisionLimits

    def to_json(self) -> str:
        """The order as the process's argument."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "DivisionOrder":
        """The order in an argument."""
        document = json.loads(text)
        return cls(**{**document, "limits": DivisionLimits(**document["limits"])})
