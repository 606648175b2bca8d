"""Papers handed in at once, over HTTP, to all services as real processes: ``make load``.

Private PostgreSQL and RabbitMQ, every service as ``make up`` starts it, and locust in an
environment of its own. For 10, 50 and 100 distinct papers at once it prints how long papers took,
papers an hour, every route's latency and the hit rate of the caches. Exit status 1 where a paper
took longer than 60 seconds, or a route (p95, long-polls left out) longer than 200 ms.
"""

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
from PIL import Image

from examlens.processes import Supervisor
from examlens.servers.postgres import PrivatePostgres
from examlens.servers.rabbitmq import PrivateRabbitmq, free_port
from services.gateway.bootstrap import create_key
from services.gateway.domain.access.keys import ALL_SCOPES
from shared.contract.cache_statistics import HitRate
from shared.db.database import Database
from shared.db.migrate import upgrade

ROOT = Path(__file__).parents[2]
LOCUST = ROOT / ".venv" / "load" / "bin" / "locust"
MOST_PAPER_SECONDS, MOST_ROUTE_MS = 60.0, 200.0
_HELD_OPEN = "wait"


def draw_papers(count: int, directory: Path, seed: int) -> None:
    """Pages of the one-page samples as ``count`` scanners would give them: no two are alike."""
    chance = random.Random(seed)  # noqa: S311 -- repeatable
    pages = sorted((ROOT / "samples").glob("*/*.png")) + sorted((ROOT / "samples").glob("*/*.jpg"))
    directory.mkdir()
    for number in range(count):
        with Image.open(pages[number % len(pages)]) as page:
            scale, angle = chance.uniform(0.9, 1.0), chance.uniform(-0.7, 0.7)
            size = (round(page.width * scale), round(page.height * scale))
            scan = page.convert("RGB").resize(size).rotate(angle, fillcolor="white", expand=True)
            scan.save(directory / f"{number:03}.jpg", quality=chance.randint(80, 95))


class Deployment:
    """All services as processes on servers of their own."""

    def __init__(self, directory: Path, stack: ExitStack, replicas: dict[str, int]) -> None:
        postgres = PrivatePostgres(directory / "postgres").start()
        stack.callback(postgres.stop)
        rabbitmq = PrivateRabbitmq(directory / "rabbitmq").start()
        stack.callback(rabbitmq.stop)
        upgrade(postgres.url)
        self.database_url, self.port = postgres.url, free_port()
        environment = {
            "DATABASE_URL": postgres.url,
            "AMQP_URL": rabbitmq.url,
            "EXAMLENS_BLOB_URL": str(directory / "blobs"),
            "EXAMLENS_GATEWAY_PORT": str(self.port),
            "EXAMLENS_FIRST_KEY_FILE": str(directory / "key"),
            "EXAMLENS_GATEWAY_PROCESSES": str(replicas.pop("gateway", 1)),
        }
        self.supervisor = Supervisor(directory / "log", environment, replicas=replicas)
        self.supervisor.start()
        stack.callback(self.supervisor.stop)

    @property
    def address(self) -> str:
        """Where the gateway is."""
        return f"http://127.0.0.1:{self.port}"

    def wait_until_ready(self) -> None:
        """Return once the gateway serves. Raises TimeoutError."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                if httpx2.get(f"{self.address}/readyz", timeout=2).is_success:
                    return
            except httpx2.HTTPError:
                pass
            time.sleep(0.3)
        raise TimeoutError("the gateway does not serve")

    async def make_key(self) -> str:
        """A key that may do everything."""
        database = Database(self.database_url, size=1, application="load")
        async with database.transaction() as uow:
            token = await create_key(uow, name="load", scopes=ALL_SCOPES)
        await database.close()
        return token

    async def hit_rates(self) -> list[HitRate]:
        """What the workers looked up in their caches."""
        database = Database(self.database_url, size=1, application="load")
        async with database.transaction() as uow:
            rates = await uow.cache_counts.rates(1)
        await database.close()
        return rates


def hand_in(deployment: Deployment, token: str, papers: Path, out: Path) -> dict[str, Any]:
    """Everybody at once; the figures of it. Raises RuntimeError when locust does not run."""
    count = len(list(papers.iterdir()))
    ran = subprocess.run(
        [
            *(str(LOCUST), "-f", str(Path(__file__).with_name("locustfile.py")), "--headless"),
            *("--users", str(count), "--spawn-rate", str(count), "--host", deployment.address),
            *("--run-time", "3600", "--only-summary", "--loglevel", "ERROR"),
        ],
        env=os.environ | {"LOAD_PAPERS": str(papers), "LOAD_KEY": token, "LOAD_OUT": str(out)},
        # Its own tables: ours say the same of the routes, and more of the papers.
        capture_output=True,
        text=True,
        check=False,
    )
    if not out.exists():
        raise RuntimeError(ran.stderr[-2000:])
    figures: dict[str, Any] = json.loads(out.read_text())
    return figures


def tell(count: int, figures: dict[str, Any]) -> list[str]:
    """Print a round; what of it was past its limit."""
    papers, past = figures["papers"], []
    seconds = sorted(paper["seconds"] for paper in papers)
    statuses = {s: sum(p["status"] == s for p in papers) for s in {p["status"] for p in papers}}
    span = max(paper["ended_at"] for paper in papers) - figures["first_at"]
    print(
        f"\n{count} papers at once: {statuses}; seconds a paper: "
        f"p50 {seconds[len(seconds) // 2]:.1f}, longest {seconds[-1]:.1f}; "
        f"{count / span * 3600:.0f} papers an hour"
    )
    print(f"{'route':<32}{'requests':>9}{'failed':>8}{'p50':>8}{'p95':>8}{'p99':>8}  ms")
    for name, route in sorted(figures["routes"].items()):
        times = "".join(f"{route[share]:>8.0f}" for share in ("p50_ms", "p95_ms", "p99_ms"))
        print(f"{name:<32}{route['requests']:>9}{route['failures']:>8}{times}")
        if name != _HELD_OPEN and route["p95_ms"] > MOST_ROUTE_MS:
            past.append(f"{count} at once: {name} took {route['p95_ms']:.0f} ms (p95)")
        if route["failures"]:
            past.append(f"{count} at once: {route['failures']} requests of {name} failed")
    if seconds[-1] > MOST_PAPER_SECONDS:
        past.append(f"{count} at once: a paper took {seconds[-1]:.0f} s")
    if set(statuses) != {"COMPLETED"}:
        past.append(f"{count} at once: {statuses}")
    return past


def main() -> int:
    """Print the figures; 1 where one is past its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--papers", type=int, nargs="+", default=[10, 50, 100])
    parser.add_argument("--ocr", type=int, default=os.cpu_count() or 1, help="replicas of ocr")
    parser.add_argument("--gateway", type=int, default=1, help="processes of the gateway")
    given = parser.parse_args()
    past: list[str] = []
    with tempfile.TemporaryDirectory(prefix="examlens-load-") as name, ExitStack() as stack:
        directory = Path(name)
        replicas = {"ocr": given.ocr, "gateway": given.gateway}
        # One core for each: that is what the others have.
        os.environ.setdefault("EXAMLENS_OCR_THREADS", "1")
        os.environ.setdefault("EXAMLENS_WORKER_THREADS", "1")
        deployment = Deployment(directory, stack, replicas)
        deployment.wait_until_ready()
        token = asyncio.run(deployment.make_key())
        for count in (1, *given.papers):
            papers = directory / f"papers-{count}"
            draw_papers(count, papers, seed=count)
            figures = hand_in(deployment, token, papers, directory / f"figures-{count}.json")
            # The first warms what is loaded once: models, fonts, prepared statements.
            if count > 1:
                past += tell(count, figures)
            load = os.getloadavg()[0]
            print(f"machine: {os.cpu_count()} cores, load {load:.1f}", flush=True)
        deployment.supervisor.stop()
        print(f"\n{'cache':<20}{'tier':<12}{'hits':>7}{'misses':>8}  hit rate")
        for rate in asyncio.run(deployment.hit_rates()):
            share = "" if rate.rate is None else f"{rate.rate:.1%}"
            print(f"{rate.kind:<20}{rate.tier:<12}{rate.hits:>7}{rate.misses:>8}  {share}")
    print("\n" + ("\n".join(f"PAST ITS LIMIT: {one}" for one in past) or "within all limits"))
    return int(bool(past))


if __name__ == "__main__":
    sys.exit(main())
