"""What documents tell an operator to type can be typed: at night nobody has time to guess."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
SERVICES = set(yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"])
_BLOCK = re.compile(r"^( *)```sh\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


def blocks(path: Path) -> Iterator[str]:
    """The shell commands of a document, without the indentation of the list they stand in."""
    for indentation, block in _BLOCK.findall(path.read_text()):
        yield re.sub(f"^{indentation}", "", block, flags=re.MULTILINE)


def named_services(command: str) -> set[str]:
    """What a ``docker compose`` command calls services."""
    words = command.split()
    for position, word in enumerate(words):
        if word in {"up", "stop", "rm", "logs", "exec", "run", "ps"}:
            # Options, and the values of --scale.
            after = [w for w in words[position + 1 :] if not w.startswith("-") and "=" not in w]
            # Of these the rest is what runs inside.
            return set(after[:1] if word in {"exec", "run"} else after)
    return set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_is_a_command(path: Path) -> None:
    for block in blocks(path):
        checked = subprocess.run(
            ["/bin/bash", "-n"], input=block, capture_output=True, text=True, check=False
        )
        assert checked.returncode == 0, f"{block}{checked.stderr}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_target_exists(path: Path) -> None:
    makefiles = (ROOT / "Makefile").read_text() + (ROOT / "deploy" / "deploy.mk").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefiles, re.MULTILINE))
    text = path.read_text()
    typed = [*re.findall(r"`([^`\n]*)`", text), *"\n".join(blocks(path)).splitlines()]
    asked = {
        target
        for line in typed
        for words in re.findall(r"^make ((?:[a-z-]+(?: |$))+)", line)
        for target in words.split()
    }
    assert asked <= targets


def test_compose_knows_every_service_that_a_document_names() -> None:
    commands = [
        found
        for path in DOCUMENTS
        for block in blocks(path)
        for found in re.findall(r"docker compose ([^\n|&;()<>\"'\\#$]+)", block)
    ]
    assert len(commands) > 10
    assert set().union(*map(named_services, commands)) >= {"postgres", "rabbitmq", "relay"}
    for command in commands:
        assert named_services(command) <= SERVICES, command


def test_every_link_inside_the_documents_leads_somewhere() -> None:
    def anchors(path: Path) -> set[str]:
        titles = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}

    for path in DOCUMENTS:
        for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
            if "://" in target:
                continue
            file, _, anchor = target.partition("#")
            other = (path.parent / file) if file else path
            assert other.exists(), f"{path.name}: {target}"
            assert not anchor or anchor in anchors(other), f"{path.name}: {target}"
