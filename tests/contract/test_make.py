"""``make help`` tells of every target, in sections."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
MAKEFILES = [ROOT / "Makefile", ROOT / "deploy" / "deploy.mk"]


def phony_targets() -> set[str]:
    text = "\n".join(path.read_text().replace("\\\n", " ") for path in MAKEFILES)
    lines = re.findall(r"^\.PHONY:(.*)$", text, re.MULTILINE)
    return {name for line in lines for name in line.split()}


def test_every_target_stands_in_a_section_of_the_help() -> None:
    shown = subprocess.run(
        ["make", "help"],  # noqa: S607 -- make of PATH, as a person runs it
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    first, *sections = re.split(r"^(?=\S)", shown, flags=re.MULTILINE)
    assert not first.strip()
    told = [
        name for section in sections for name in re.findall(r"^  make (\S+)", section, re.MULTILINE)
    ]
    assert sorted(told) == sorted(phony_targets())
