"""``make licences``: the licences of what is in the images; fails on one that is forbidden."""

import argparse
import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

#: Their terms would reach the whole service: nothing under them may be in an image.
FORBIDDEN = re.compile(
    r"\b(AGPL|GPL|SSPL|BUSL)|Affero|(?<!Lesser )General Public License", re.IGNORECASE
)
#: Weak copyleft that is met by leaving the package as it is.
ALLOWED = re.compile(r"\b(LGPL|MPL)|Lesser General Public|Mozilla", re.IGNORECASE)
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)


def licence_of(found: Distribution) -> str:
    """The SPDX expression of a package, else its classifiers, else the name that it gives."""
    metadata = found.metadata
    expression = metadata.get("License-Expression")
    if expression:
        return str(expression)
    classifiers = [
        line.rpartition(" :: ")[2]
        for line in metadata.get_all("Classifier") or []
        if line.startswith("License :: ") and not line.endswith("OSI Approved")
    ]
    named = (metadata.get("License") or "").strip().splitlines()
    return " AND ".join(classifiers) or (named[0] if named else "unknown")


def is_allowed(licence: str) -> bool:
    """Whether a package under ``licence`` may be in an image."""
    choices = re.split(r"\bOR\b", licence)
    return any(not FORBIDDEN.search(ALLOWED.sub("", choice)) for choice in choices)


def packages_of(group: str, requirements: Path) -> list[str]:
    """Names that are locked for ``group``."""
    return sorted(set(_PIN.findall((requirements / f"{group}.txt").read_text())))


def main() -> None:
    """Print package, version, licence and images; needs all packages installed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requirements", type=Path, default=Path("requirements"))
    parser.add_argument("groups", nargs="+")
    given = parser.parse_args()
    users: dict[str, list[str]] = {}
    for group in given.groups:
        for name in packages_of(group, given.requirements):
            users.setdefault(name, []).append(group)
    refused = []
    for name, groups in sorted(users.items()):
        try:
            found = distribution(name)
        except PackageNotFoundError:
            # Locked for another platform or another Python.
            continue
        licence = licence_of(found)
        if not is_allowed(licence):
            refused.append(name)
        images = "all" if len(groups) == len(given.groups) else " ".join(groups)
        print(f"{name}\t{found.version}\t{licence}\t{images}")
    if refused:
        print(f"forbidden: {', '.join(refused)}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
