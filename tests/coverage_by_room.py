"""``make coverage``: what share of each room's statements and branches the unit tests ran."""

import json
import tempfile
from collections import Counter
from pathlib import Path

from coverage import Coverage

ROOT = Path(__file__).parents[1]


def room_of(file: Path) -> Path:
    """A domain's folder or single module, or the folder of the contract."""
    if "domain" in file.parts:
        return Path(*file.parts[: file.parts.index("domain") + 2]).with_suffix("")
    return file.parent


def shares(report: dict[str, dict[str, dict[str, int]]]) -> dict[Path, float]:
    """Percent by room, from the files of coverage's JSON report."""
    ran: Counter[Path] = Counter()
    there: Counter[Path] = Counter()
    for name, file in report.items():
        room, summary = room_of(Path(name)), file["summary"]
        ran[room] += summary["covered_lines"] + summary["covered_branches"]
        there[room] += summary["num_statements"] + summary["num_branches"]
    return {room: 100 * ran[room] / there[room] for room in sorted(there) if there[room]}


def main() -> None:
    """Print a line for every room, and one for all of them."""
    coverage = Coverage(config_file=str(ROOT / "pyproject.toml"))
    coverage.load()
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "coverage.json"
        total = coverage.json_report(outfile=str(written))
        files = json.loads(written.read_text())["files"]
    for room, percent in shares(files).items():
        print(f"{percent:6.1f} %  {room}")
    print(f"{total:6.1f} %  all of them")


if __name__ == "__main__":
    main()
