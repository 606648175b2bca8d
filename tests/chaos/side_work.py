"""Practice papers and class reports that are asked for while exams pass, over the API alone."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx2

from tests.chaos.shop import Shop

_LECTURE = (
    "一元二次方程的解法。我们学习用因式分解法和求根公式解一元二次方程。\n\n"
    "判别式决定一元二次方程根的个数。配方法也可以解一元二次方程。\n\n"
    "一元二次方程的应用：根与系数的关系。"
)
_KEY = {
    "title": "chaos",
    "subject": "maths",
    "sections": [
        {
            "label": "一",
            "questions": [
                {"number": str(n), "type": "single_choice", "answer": "A", "points": 2}
                for n in (1, 2)
            ],
        }
    ],
}
_PAUSE_SECONDS = 1.0
_PRACTICE_PAPERS = 6
#: A class report is computed when its paper's exams have ended, and again when one is corrected.
_CLASS_SECONDS = 60.0
_REQUEST_SECONDS = 40.0


@dataclass
class Asker:
    """Asks until a gateway answers with success."""

    http: httpx2.AsyncClient

    async def ask(self, method: str, address: str, **sent: Any) -> httpx2.Response:
        """The first answer that is a success. A refusal that no repeat mends is raised."""
        while True:
            try:
                answer = await self.http.request(method, address, timeout=_REQUEST_SECONDS, **sent)
            except httpx2.TransportError:
                answer = None
            if answer is not None and answer.is_success:
                return answer
            if answer is not None and answer.status_code in {400, 401, 403, 415, 422}:
                answer.raise_for_status()
            await asyncio.sleep(_PAUSE_SECONDS)


@dataclass
class PracticeOrder:
    """A practice paper of a lecture: ordered, awaited and fetched."""

    delay_seconds: float
    faults: list[str] = field(default_factory=list)
    is_done: bool = False

    async def carry_out(self, http: httpx2.AsyncClient) -> None:
        """Order it, and look at what comes."""
        await asyncio.sleep(self.delay_seconds)
        asker = Asker(http)
        ordered = await asker.ask(
            "POST",
            "/practice-papers",
            files=[("files", ("lecture.txt", _LECTURE.encode()))],
            data={"count": "2", "subject": "maths"},
            headers={"Idempotency-Key": str(uuid4())},
        )
        address = f"/practice-papers/{ordered.json()['id']}"
        job = await _awaited(asker, address)
        if job["state"] == "failed":
            self.faults.append(f"a practice paper failed: {job['error_code']}")
        else:
            for name in ("paper.pdf", "key.pdf"):
                file = await asker.ask("GET", f"{address}/{name}")
                if not file.content.startswith(b"%PDF-"):
                    self.faults.append(f"{name} of a practice paper is no PDF")
        self.is_done = True


async def _awaited(asker: Asker, address: str) -> dict[str, Any]:
    """The order at ``address`` once it has ended."""
    while True:
        job: dict[str, Any] = (await asker.ask("GET", address)).json()
        if job["state"] in {"ready", "failed"}:
            return job
        await asyncio.sleep(_PAUSE_SECONDS)


class SideWork:
    """Practice papers over ``seconds``, and one paper whose class report is looked at."""

    def __init__(self, shop: Shop, seconds: float) -> None:
        self._shop = shop
        share = seconds / _PRACTICE_PAPERS
        self.orders = [PracticeOrder(number * share) for number in range(_PRACTICE_PAPERS)]
        self.paper_id = asyncio.run(self._new_paper())

    def faults(self, exams: Iterable[Mapping[str, Any]]) -> list[str]:
        """What is wrong with them when ``exams`` are all there are."""
        members = {
            exam["id"]
            for exam in exams
            if exam["paper_id"] == self.paper_id and exam["status"] == "COMPLETED"
        }
        found = [fault for order in self.orders for fault in order.faults]
        found += ["a practice paper never ended" for order in self.orders if not order.is_done]
        return found + asyncio.run(self._class_faults(members))

    async def _new_paper(self) -> str:
        async with self._shop.open() as http:
            return str((await Asker(http).ask("POST", "/papers", json=_KEY)).json()["paper_id"])

    async def _class_faults(self, members: set[str]) -> list[str]:
        deadline = time.monotonic() + _CLASS_SECONDS
        async with self._shop.open() as http:
            while True:
                address = f"/papers/{self.paper_id}/class"
                body = (await Asker(http).ask("GET", address)).json()
                found = {student["exam_id"] for student in body["report"]["students"]}
                if body["is_current"] and found == members:
                    return []
                if time.monotonic() > deadline:
                    state = "current" if body["is_current"] else "stale"
                    return [f"the {state} class has {len(found)} students, not {len(members)}"]
                await asyncio.sleep(_PAUSE_SECONDS)
