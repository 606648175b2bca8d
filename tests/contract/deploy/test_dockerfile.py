"""The Dockerfile passes its linter and keeps to what every image promises."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
DOCKERFILE = ROOT / "deploy" / "docker" / "Dockerfile"
HADOLINT = shutil.which("hadolint", path=Path(sys.executable).parent) or shutil.which("hadolint")


def test_the_linter_finds_nothing() -> None:
    assert HADOLINT is not None, "the lint group installs it"
    answer = subprocess.run(
        [HADOLINT, str(DOCKERFILE)], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout


def test_only_locked_packages_are_installed_and_no_process_is_root() -> None:
    text = DOCKERFILE.read_text()
    installs = re.findall(r"^ .*&& pip .+", text, re.MULTILINE)
    assert len(installs) == 1
    assert "--require-hashes" in installs[0]
    assert re.findall(r"^USER (.+)$", text, re.MULTILINE)[-1] == "10001:10001"


def test_no_secret_and_no_address_of_an_index_gets_into_the_context() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[1] == "*"
    assert "deploy/*" in ignored
    assert not any(line.startswith("!") and "secret" in line for line in ignored)
    assert "://" not in DOCKERFILE.read_text()
