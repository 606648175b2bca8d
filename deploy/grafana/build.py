"""Writes every dashboard as JSON to ``dashboards/``; ``--check`` only tells which differ."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from platform_boards import overview, postgres, rabbitmq
from service_boards import WORKERS, gateway, relay, worker

FOLDER = Path(__file__).parent / "dashboards"


def dashboards() -> Iterator[tuple[str, Dashboard]]:
    """Every dashboard with the name of its file."""
    yield "overview", overview()
    yield "gateway", gateway()
    yield "relay", relay()
    for service in WORKERS:
        yield service, worker(service)
    yield "rabbitmq", rabbitmq()
    yield "postgres", postgres()


def rendered() -> dict[str, str]:
    """The files as they ought to be."""
    files = {}
    for name, built in dashboards():
        document = json.loads(json.dumps(built.build(), cls=JSONEncoder))
        for number, panel in enumerate(document["panels"], start=1):
            # Links to a panel go by its number.
            panel["id"] = number
        files[f"{name}.json"] = json.dumps(document, indent=1, sort_keys=True) + "\n"
    return files


def main() -> None:
    """Write the files, or with ``--check`` exit with 1 when any of them is out of date."""
    wanted = rendered()
    present = {path.name: path.read_text() for path in FOLDER.glob("*.json")}
    if "--check" in sys.argv[1:]:
        differing = sorted(
            name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name)
        )
        if differing:
            raise SystemExit(f"run {Path(__file__).name} again: {', '.join(differing)}")
        return
    FOLDER.mkdir(exist_ok=True)
    for name in present.keys() - wanted.keys():
        (FOLDER / name).unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    main()
