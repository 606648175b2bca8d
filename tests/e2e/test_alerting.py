"""An alert of ours goes all the way: rules, a real Prometheus, a real Alertmanager, its API."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx2
import pytest
import yaml

from examlens.servers.rabbitmq import free_port
from tests.availability import unavailable

PROMETHEUS = Path(__file__).parents[2] / "deploy" / "prometheus"
PATIENCE_SECONDS = 60.0
#: What Debian calls them, else what their projects do.
ALERTMANAGER = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
SERVER = shutil.which("prometheus")
#: What a relay tells while ocr is gone and its queue grows.
EXPOSITION = """\
# TYPE examlens_build_info gauge
examlens_build_info{service="relay"} 1
# TYPE examlens_queue_tasks_waiting gauge
examlens_queue_tasks_waiting{queue="ocr"} 60
# TYPE examlens_dead_letters gauge
examlens_dead_letters{queue="ocr"} 1
"""


@contextmanager
def running(log: Path, *command: str) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


@contextmanager
def relay_metrics(directory: Path) -> Iterator[str]:
    """A metrics page like a relay's; yields its address."""
    directory.mkdir()
    (directory / "metrics").write_text(EXPOSITION)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def guess_type(self, path: Any) -> str:
            return "text/plain; version=0.0.4"

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(directory)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def write_configuration(directory: Path, alertmanager: str, relay: str) -> Path:
    """Ours, in which nothing waits and one relay and one dead ocr worker are scraped."""
    rules = yaml.safe_load((PROMETHEUS / "rules.yml").read_text())
    for group in rules["groups"]:
        for rule in group["rules"]:
            rule.pop("for", None)
    (directory / "rules.yml").write_text(yaml.safe_dump(rules))
    document = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
    document["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    document["alerting"]["alertmanagers"][0]["static_configs"] = [{"targets": [alertmanager]}]
    document["scrape_configs"] = [
        {"job_name": job, "static_configs": [{"targets": [target]}]}
        for job, target in (("relay", relay), ("ocr", f"127.0.0.1:{free_port()}"))
    ]
    path = directory / "prometheus.yml"
    path.write_text(yaml.safe_dump(document))
    return path


@pytest.fixture(scope="module")
def alerts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, Any]]]:
    """What Alertmanager's API shows, by name, once the last of the expected has arrived."""
    if ALERTMANAGER is None or SERVER is None:
        unavailable("Prometheus with its Alertmanager")
    folder = tmp_path_factory.mktemp("alerting")
    ports = free_port(), free_port()
    address = f"127.0.0.1:{ports[0]}"
    with (
        relay_metrics(folder / "relay") as relay,
        running(
            folder / "alertmanager.log",
            str(ALERTMANAGER),
            f"--config.file={PROMETHEUS / 'alertmanager.yml'}",
            f"--storage.path={folder / 'alertmanager'}",
            f"--web.listen-address={address}",
            "--cluster.listen-address=",
        ),
        running(
            folder / "prometheus.log",
            str(SERVER),
            f"--config.file={write_configuration(folder, address, relay)}",
            f"--storage.tsdb.path={folder / 'prometheus'}",
            f"--web.listen-address=127.0.0.1:{ports[1]}",
            # The first may be sent before Alertmanager listens.
            "--rules.alert.resend-delay=1s",
        ),
    ):
        yield _arrived(f"http://{address}/api/v2/alerts")


def _arrived(url: str) -> dict[str, dict[str, Any]]:
    expected = {"ExamLensTargetDown", "ExamLensServiceAbsent", "ExamLensDeadLetters"}
    found: dict[str, dict[str, Any]] = {}
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            found = {alert["labels"]["alertname"]: alert for alert in httpx2.get(url).json()}
        except httpx2.TransportError:
            found = {}
        if expected | {"ExamLensQueueLong"} <= set(found):
            return found
        time.sleep(0.5)
    pytest.fail(f"only {sorted(found)} arrived")


def test_what_is_wrong_arrives_with_its_page_of_the_runbook(
    alerts: dict[str, dict[str, Any]],
) -> None:
    target = alerts["ExamLensTargetDown"]
    assert target["labels"]["job"] == "ocr"
    assert target["labels"]["severity"] == "critical"
    assert target["status"]["state"] == "active"
    assert target["annotations"]["runbook_url"].endswith("#examlenstargetdown")
    assert alerts["ExamLensDeadLetters"]["status"]["state"] == "active"


def test_what_follows_from_a_service_that_is_gone_is_not_told_as_well(
    alerts: dict[str, dict[str, Any]],
) -> None:
    assert alerts["ExamLensServiceAbsent"]["status"]["state"] == "active"
    assert alerts["ExamLensQueueLong"]["status"]["state"] == "suppressed"
    assert alerts["ExamLensQueueLong"]["status"]["inhibitedBy"]


def test_nothing_else_arrives(alerts: dict[str, dict[str, Any]]) -> None:
    assert set(alerts) == {
        "ExamLensTargetDown",
        "ExamLensServiceAbsent",
        "ExamLensDeadLetters",
        "ExamLensQueueLong",
    }
