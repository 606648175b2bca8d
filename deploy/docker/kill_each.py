"""``make kill-docker``: kills each container in turn while exams pass; prints what was lost.

Exams are submitted before every kill, and the kill waits until one of them is at the work of the
service that is hit. The container is started again as an orchestrator would do.
"""

import argparse
import os
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from examlens.client import ExamLensClient, ExamLensError, GatewayUnreachable
from shared.contract.api.exams import StatusBody
from shared.contract.stages import TERMINAL, Status

SAMPLES = Path(__file__).parents[2] / "samples"
PAPERS = ("zh-science-two-pages/paper.pdf", "en-english/paper.jpg")
#: Killed in this order, each when an exam has reached the status beside it.
TARGETS: tuple[tuple[str, Status], ...] = (
    ("ingest", Status.UPLOADED),
    ("ocr", Status.OCR_PROCESSING),
    ("parse", Status.OCR_PROCESSING),
    ("diagnose", Status.OCR_COMPLETED),
    ("report", Status.OCR_COMPLETED),
    ("relay", Status.OCR_PROCESSING),
    ("gateway", Status.OCR_PROCESSING),
    ("rabbitmq", Status.OCR_PROCESSING),
    ("postgres", Status.OCR_PROCESSING),
)
DOWN_SECONDS = 3.0
PATIENCE_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Round:
    """One kill and what was found after it."""

    container: str
    killed_at: str
    healthy_after_seconds: float
    ended: tuple[StatusBody | None, ...]

    @property
    def is_loss(self) -> bool:
        """Whether an exam is missing, did not complete, or has work that is not done once."""
        return any(
            body is None
            or body.status is not Status.COMPLETED
            or any(stage.tasks != stage.tasks_done for stage in body.stages)
            for body in self.ended
        )

    def row(self) -> str:
        """One line of the table."""
        statuses = ", ".join("lost" if body is None else body.status.value for body in self.ended)
        again = sum(
            max(stage.attempts - 1, 0)
            for body in self.ended
            if body is not None
            for stage in body.stages
        )
        return (
            f"{self.container:24} {self.killed_at:16} {self.healthy_after_seconds:7.1f} s   "
            f"{again:5d}    {statuses}"
        )


class Containers:
    """The containers of this project, by compose and docker."""

    def __init__(self, compose: str, docker: str) -> None:
        self._compose, self._docker = shlex.split(compose), docker

    def of(self, service: str) -> str:
        """The id of the first container of ``service``."""
        return self._run([*self._compose, "ps", "-q", service]).split()[0]

    def name(self, container: str) -> str:
        """What docker calls it."""
        return self._inspect(container, "{{.Name}}").strip("/")

    def kill(self, container: str) -> None:
        """SIGKILL, which no process can prepare for."""
        self._run([self._docker, "kill", container])

    def start(self, container: str) -> float:
        """Start it and wait until it is healthy; returns after how many seconds."""
        began = time.monotonic()
        self._run([self._docker, "start", container])
        while self._inspect(container, "{{.State.Health.Status}}") != "healthy":
            if time.monotonic() - began > PATIENCE_SECONDS:
                raise TimeoutError(f"{self.name(container)} does not become healthy")
            time.sleep(0.5)
        return time.monotonic() - began

    def _inspect(self, container: str, template: str) -> str:
        return self._run([self._docker, "inspect", "-f", template, container]).strip()

    @staticmethod
    def _run(command: list[str]) -> str:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def status_of(client: ExamLensClient, exam_id: str) -> StatusBody | None:
    """Where an exam is, or None while nobody can tell."""
    try:
        return client.status(exam_id)
    except (GatewayUnreachable, ExamLensError):
        return None


def wait_until(client: ExamLensClient, exam_id: str, wanted: Status) -> str:
    """Wait until the exam is at ``wanted`` or past it; returns where it is."""
    order = list(Status)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        body = status_of(client, exam_id)
        if body is not None and order.index(body.status) >= order.index(wanted):
            return str(body.status.value)
        time.sleep(0.05)
    raise TimeoutError(f"no exam reached {wanted}")


def wait_for_end(client: ExamLensClient, exam_id: str) -> StatusBody | None:
    """Wait for the exam's end, however often the gateway is away meanwhile."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    body = None
    while time.monotonic() < deadline:
        body = status_of(client, exam_id)
        if body is not None and body.status in TERMINAL:
            break
        time.sleep(0.5)
    return body


def kill_one(client: ExamLensClient, containers: Containers, service: str, moment: Status) -> Round:
    """Submit, kill at ``moment``, start again, wait for the exams."""
    exams = [client.submit([SAMPLES / paper], force=True).exam_id for paper in PAPERS]
    container = containers.of(service)
    killed_at = wait_until(client, exams[0], moment)
    containers.kill(container)
    time.sleep(DOWN_SECONDS)
    healthy_after = containers.start(container)
    ended = tuple(wait_for_end(client, exam_id) for exam_id in exams)
    return Round(containers.name(container), killed_at, healthy_after, ended)


def main() -> None:
    """Kill all, or those that are named; exits with 1 when anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("services", nargs="*")
    parser.add_argument("--compose", default="docker compose")
    parser.add_argument("--docker", default="docker")
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    given = parser.parse_args()
    containers = Containers(given.compose, given.docker)
    rounds = []
    print("container                at status          healthy   again    exams", flush=True)
    with ExamLensClient(given.url, os.environ["EXAMLENS_API_KEY"]) as client:
        for service, moment in TARGETS:
            if given.services and service not in given.services:
                continue
            rounds.append(kill_one(client, containers, service, moment))
            print(rounds[-1].row(), flush=True)
    losses = sum(each.is_loss for each in rounds)
    print(f"{len(rounds)} kills, {sum(len(each.ended) for each in rounds)} exams, {losses} losses")
    sys.exit(1 if losses else 0)


if __name__ == "__main__":
    main()
