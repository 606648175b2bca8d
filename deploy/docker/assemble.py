"""Lays out what one image runs: shared, one service, its start command and its version."""

import argparse
import shutil
import tomllib
from pathlib import Path

from shared.contract.services import SERVICES

#: What an image runs, by its name; the one without a folder of its own runs the migrations as well.
MODULES = {service.image: service.module for service in SERVICES}
_IGNORED = shutil.ignore_patterns("__pycache__", "README.md")


def assemble(service: str, source: Path, to: Path, venv: Path) -> None:
    """Copy the code of ``service`` from ``source`` to ``to`` and write ``serve`` into ``venv``."""
    module = MODULES[service]
    shutil.copytree(source / "shared", to / "shared", ignore=_IGNORED)
    if module.startswith("services."):
        (to / "services").mkdir()
        shutil.copy(source / "services" / "__init__.py", to / "services")
        shutil.copytree(source / "services" / service, to / "services" / service, ignore=_IGNORED)
    project = tomllib.loads((source / "pyproject.toml").read_text())["project"]
    # What importlib.metadata needs to tell the version; the code itself is not installed.
    metadata = to / f"{project['name']}-{project['version']}.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text(
        f"Metadata-Version: 2.4\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    launcher = venv / "bin" / "serve"
    launcher.parent.mkdir(parents=True, exist_ok=True)
    # exec, so that the signals of a stop reach Python.
    launcher.write_text(f"#!/bin/sh\nexec {venv}/bin/python -m {module}\n")
    launcher.chmod(0o755)


def main() -> None:
    """Assemble from the present directory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--service", required=True, choices=MODULES)
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--venv", type=Path, required=True)
    arguments = parser.parse_args()
    assemble(arguments.service, Path.cwd(), arguments.to, arguments.venv)


if __name__ == "__main__":
    main()
