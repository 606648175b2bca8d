"""What the README tells a newcomer to type works as it is printed."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from shutil import which

import pytest

from examlens.home import Home
from tests.availability import unavailable
from tests.servers import server_directory

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
#: Where the README expects the gateway; the test gives it a free port instead.
PRINTED_PORT = 8000


def blocks_of(section: str) -> list[str]:
    """The shell blocks below the heading ``section``."""
    body = re.split(r"^## ", README.split(f"\n## {section}\n")[1], flags=re.MULTILINE)[0]
    return re.findall(r"^```sh\n(.*?)^```$", body, flags=re.MULTILINE | re.DOTALL)


SERVE, SUBMIT, CURL = blocks_of("A real submission")


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    """A newcomer's: a home of its own, a free port, and no settings of another ExamLens."""
    if which("curl") is None:
        unavailable("curl")
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    with server_directory() as home:
        yield {**kept, "EXAMLENS_HOME": str(home), "EXAMLENS_GATEWAY_PORT": "0"}


@pytest.fixture(scope="module")
def served(environment: dict[str, str]) -> Iterator[str]:
    """What the first block starts; gives the port."""
    home = Home(Path(environment["EXAMLENS_HOME"]))
    with (home.directory / "log").open("wb") as log:
        process = subprocess.Popen(
            ["/bin/sh", "-ec", SERVE],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        deadline = time.monotonic() + 90
        while home.address() is None and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        address = home.address()
        assert address is not None, (home.directory / "log").read_text()
        yield address.rpartition(":")[2]
        # As Ctrl-C at a terminal: the whole group hears it.
        os.killpg(process.pid, signal.SIGINT)
        process.wait(60)


@pytest.fixture
def checkout(tmp_path: Path, environment: dict[str, str], served: str) -> Path:
    """A folder that looks like the checkout and may be written to."""
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    (tmp_path / ".curlrc").write_text(
        f'connect-to = "127.0.0.1:{PRINTED_PORT}:127.0.0.1:{served}"\nmax-time = 90\n'
    )
    return tmp_path


def type_in(block: str, checkout: Path, environment: dict[str, str]) -> str:
    """What the shell printed, to which ``block`` was given as it stands."""
    typed = subprocess.run(
        ["/bin/sh", "-eu"],
        input=block,
        cwd=checkout,
        env={**environment, "CURL_HOME": str(checkout)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert typed.returncode == 0, typed.stdout + typed.stderr
    return typed.stdout


def test_the_command_line_submits_a_paper_and_brings_its_reports(
    checkout: Path, environment: dict[str, str]
) -> None:
    type_in(SUBMIT, checkout, environment)
    assert {path.suffix for path in checkout.glob("*.[hp]*")} == {".html", ".pdf"}


def test_curl_submits_a_paper_and_fetches_its_result_and_report(
    checkout: Path, environment: dict[str, str]
) -> None:
    printed = type_in(CURL, checkout, environment)
    decoder, documents, at = json.JSONDecoder(), [], 0
    while at < len(printed):
        document, end = decoder.raw_decode(printed, at)
        documents.append(document)
        at = end
    status, result = documents
    assert (status["status"], result.get("code")) == ("COMPLETED", None)
    assert result["score"]["full"] > 0
    assert (checkout / "report.pdf").read_bytes().startswith(b"%PDF-")


def test_every_target_that_the_readme_names_is_there() -> None:
    rules = (ROOT / "Makefile").read_text() + (ROOT / "deploy" / "deploy.mk").read_text()
    named = set(re.findall(r"(?:^| && |`)make ([a-z-]+)", README, flags=re.MULTILINE))
    assert named <= set(re.findall(r"^([a-z-]+):", rules, flags=re.MULTILINE))
