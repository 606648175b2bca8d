"""``make audit``: known vulnerabilities of the locked packages; tells when nobody can be asked."""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """One package of one image: its vulnerabilities, or that it could not be looked up."""

    group: str
    package: str
    vulnerabilities: tuple[str, ...]
    is_skipped: bool

    @classmethod
    def parse(cls, group: str, dependency: dict[str, Any]) -> "Finding":
        """From an entry of pip-audit's JSON."""
        return cls(
            group,
            dependency["name"],
            tuple(each["id"] for each in dependency.get("vulns", ())),
            "skip_reason" in dependency,
        )


def report(findings: Iterable[Finding], *, must_ask: bool) -> tuple[list[str], int]:
    """The lines to print; the exit code: 1 for vulnerabilities, or all unknown and ``must_ask``."""
    found = list(findings)
    vulnerable = [each for each in found if each.vulnerabilities]
    asked = {each.package for each in found if not each.is_skipped}
    lines = [f"{f.group}\t{f.package}\t{' '.join(f.vulnerabilities)}" for f in vulnerable]
    lines.append(
        f"{len(asked)} of {len({each.package for each in found})} packages looked up, "
        f"{len({each.package for each in vulnerable})} with known vulnerabilities"
    )
    if not asked:
        lines.append("NOT AUDITED: no advisory service answers from here; run it where one does.")
    return lines, int(bool(vulnerable) or (must_ask and not asked))


def ask(pip_audit: str, requirements: Path) -> list[dict[str, Any]]:
    """What pip-audit tells of one lock; nothing when it could not ask at all."""
    ended = subprocess.run(
        [
            pip_audit,
            "--progress-spinner=off",
            "--format=json",
            "--require-hashes",
            "--disable-pip",
            f"--requirement={requirements}",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        return list(json.loads(ended.stdout)["dependencies"])
    except json.JSONDecodeError:
        print(ended.stderr.strip().rpartition("\n")[2], file=sys.stderr)
        return []


def main() -> None:
    """Ask for every image."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pip-audit", default="pip-audit")
    parser.add_argument("--must-ask", action="store_true", help="fail when nobody could be asked")
    parser.add_argument("groups", nargs="+")
    given = parser.parse_args()
    findings = [
        Finding.parse(group, dependency)
        for group in given.groups
        for dependency in ask(given.pip_audit, Path("requirements") / f"{group}.txt")
    ]
    lines, code = report(findings, must_ask=given.must_ask)
    print("\n".join(lines))
    sys.exit(code)


if __name__ == "__main__":
    main()
