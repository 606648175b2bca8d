"""The Helm chart as the tests see it: rendered, and taken apart by kind."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
CHART = ROOT / "deploy" / "helm" / "examlens"
Manifest = dict[str, Any]


def find_helm() -> str | None:
    """The one of EXAMLENS_HELM, of PATH, or what `make test` put beside the run files."""
    local = ROOT / ".run" / "tools" / "helm"
    found = os.environ.get("EXAMLENS_HELM") or shutil.which("helm")
    return found or (str(local) if local.exists() else None)


HELM = find_helm()


def helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(HELM), *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def render(*options: str) -> list[Manifest]:
    answer = helm("template", "exam", str(CHART), "--namespace", "examlens", *options)
    assert answer.returncode == 0, answer.stderr
    return [document for document in yaml.safe_load_all(answer.stdout) if document]


def of_kind(manifests: list[Manifest], kind: str) -> dict[str, Manifest]:
    return {m["metadata"]["name"]: m for m in manifests if m["kind"] == kind}
