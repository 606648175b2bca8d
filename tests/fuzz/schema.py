"""The gateway against its own description: schemathesis with every check, with a key and without."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

_ROOT = Path(__file__).parents[2]
_CONFIG = Path(__file__).with_name("schemathesis.toml")
_NOTHING = "00000000-0000-4000-8000-000000000001"
_SUMMARY = re.compile(r"^=+ SUMMARY =+$", re.MULTILINE)


@dataclass(frozen=True)
class SchemaRun:
    """What is asked of schemathesis; ``exams`` and ``papers`` are ids of what is there."""

    address: str
    token: str | None
    exams: Sequence[str] = ()
    papers: Sequence[str] = ()
    phases: Sequence[str] = ("examples", "coverage", "fuzzing", "stateful")
    max_examples: int = 50
    seed: int | None = None
    seconds: int = 1200

    def command(self, config: Path) -> list[str]:
        """The command line."""
        return [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run"),
            f"{self.address}/api/v1/openapi.json",
            *("--checks", "all", "--no-color", "--phases", ",".join(self.phases)),
            *("--max-examples", str(self.max_examples)),
            *(() if self.token is None else ("-H", f"Authorization: Bearer {self.token}")),
            *(() if self.seed is None else ("--seed", str(self.seed))),
        ]


@dataclass(frozen=True)
class Outcome:
    """How a run ended: ``report`` is all that schemathesis said."""

    is_fine: bool
    report: str = field(repr=False)

    @property
    def summary(self) -> str:
        """The end of the report: phases, failures, how many requests, the seed."""
        found = _SUMMARY.search(self.report)
        return self.report[-2000:] if found is None else self.report[found.end() :].strip()


def run_schemathesis(asked: SchemaRun) -> Outcome:
    """Run it in a process of its own, since its hooks are set for a whole process."""
    with tempfile.TemporaryDirectory(prefix="examlens-schema-") as folder:
        config = Path(folder) / "schemathesis.toml"
        given = {
            name: ", ".join(f'"{one}"' for one in ids or (_NOTHING,))
            for name, ids in (("exams", asked.exams), ("papers", asked.papers))
        }
        config.write_text(Template(_CONFIG.read_text()).substitute(given))
        done = subprocess.run(
            asked.command(config),
            check=False,
            capture_output=True,
            text=True,
            cwd=folder,
            timeout=asked.seconds,
            env={**os.environ, "PYTHONPATH": str(_ROOT), "COLUMNS": "120"},
        )
    return Outcome(done.returncode == 0, done.stdout + done.stderr)
