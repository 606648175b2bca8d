"""People who each hand in one paper at the same moment and look at what became of it.

Run by ``make load`` (``benchmarks/load/__main__.py``), which says by LOAD_PAPERS where the papers
lie, by LOAD_KEY with which API key, and by LOAD_OUT where the figures go.
"""

import json
import os
import time
from pathlib import Path

from locust import HttpUser, events, task
from locust.env import Environment
from locust.exception import StopUser

PAPERS = sorted(Path(os.environ["LOAD_PAPERS"]).iterdir())
HEADERS = {"Authorization": f"Bearer {os.environ['LOAD_KEY']}"}
API = "/api/v1"
_SHARES = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99}
_ended: list[dict[str, object]] = []
_begun_at: list[float] = []
_waiting = list(PAPERS)


class Teacher(HttpUser):
    """Submits a paper, watches it, and opens its result and reports."""

    @task
    def hand_in(self) -> None:
        """The way of one paper. Whoever has none left leaves."""
        paper = _waiting.pop()
        began = time.monotonic()
        _begun_at.append(began)
        status = self._follow(self._submit(paper))
        ended = time.monotonic()
        if status == "COMPLETED":
            self._read()
        _ended.append({"status": status, "seconds": ended - began, "ended_at": ended})
        if len(_ended) == len(PAPERS):
            self.environment.runner.quit()
        raise StopUser

    def _submit(self, paper: Path) -> str:
        answer = self.client.post(
            f"{API}/exams",
            files={"files": (paper.name, paper.read_bytes())},
            data={"force": "true"},
            headers=HEADERS,
            name="POST /exams",
        )
        answer.raise_for_status()
        return str(answer.json()["exam_id"])

    def _follow(self, exam_id: str) -> str:
        self.path = f"{API}/exams/{exam_id}"
        while True:
            self._get("/status", "GET /exams/{id}/status")
            # Held open on purpose: its time says nothing.
            answer = self._get("/status?wait=20&until=ended", "wait")
            status = str(answer.json()["status"])
            if answer.json()["completed_at"] or status in {"FAILED", "CANCELLED", "DUPLICATE"}:
                return status

    def _read(self) -> None:
        for part in ("/result", "/report.html", "/report.pdf", "/pages/1", "/questions"):
            self._get(part, f"GET /exams/{{id}}{part.replace('/1', '/{n}')}")
        self.client.get(f"{API}/exams?limit=20", headers=HEADERS, name="GET /exams")

    def _get(self, part: str, name: str):  # noqa: ANN202 -- locust's own response
        return self.client.get(self.path + part, headers=HEADERS, name=name)


@events.quitting.add_listener
def write_figures(environment: Environment, **_: object) -> None:
    """What was measured, as JSON."""
    routes = {
        entry.name: {
            "requests": entry.num_requests,
            "failures": entry.num_failures,
            **{name: entry.get_response_time_percentile(share) for name, share in _SHARES.items()},
        }
        for entry in environment.stats.entries.values()
    }
    figures = {"papers": _ended, "first_at": min(_begun_at, default=0.0), "routes": routes}
    Path(os.environ["LOAD_OUT"]).write_text(json.dumps(figures))
