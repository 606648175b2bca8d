"""Questions asked at once: 30 of one exam, 240 of eight, on a pool of eight connections.

Run from the project's folder: ``.venv/bin/python -m benchmarks.diagnosis.fan_out``. The stand-in
provider is a process of its own. Besides wall time, processor time is printed: on a machine that is
busy with other work only that says what the client itself costs. The floor is the same number of
requests of the same size over bare sockets: what the provider and the machine need by themselves.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import event

from examlens.servers.postgres import PrivatePostgres
from services.diagnose.adapters.taxonomy.tagged_taxonomy import shipped_points
from services.diagnose.domain.scoring.judgement import ScoringRules
from services.diagnose.settings import DiagnoseSettings
from services.diagnose.stage import AnalysisStage
from services.diagnose.worker import build_assistant
from shared.db.database import Database
from shared.db.migrate import upgrade
from tests.integration.diagnose.test_caches import class_of
from tests.unit.diagnose.point_indexes import SameIndex

LATENCY_SECONDS, QUESTIONS, POOL, ROUNDS = 0.5, 30, 8, 5
#: Of the prompt that offers the points of mathematics.
_PROMPT_CHARACTERS = 6000


async def measure(database_url: str, model_url: str, exams: int) -> None:
    """Prints the rounds' wall and processor times and the most connections that were in use."""
    database = Database(database_url, size=POOL, application="benchmark")
    in_use = {"now": 0, "most": 0}

    def checked_out(*_: object) -> None:
        in_use["now"] += 1
        in_use["most"] = max(in_use["most"], in_use["now"])

    event.listen(database.engine.sync_engine, "checkout", checked_out)
    event.listen(
        database.engine.sync_engine, "checkin", lambda *_: in_use.update(now=in_use["now"] - 1)
    )
    settings = DiagnoseSettings(
        database_url=database_url, model_base_url=model_url, model_grading=False
    )
    assistant = build_assistant(settings)
    assistant.open(database)
    stage = AnalysisStage(ScoringRules(), SameIndex(shipped_points()), assistant)
    walls, processor = [], []
    for _ in range(ROUNDS):
        papers = [class_of(1, QUESTIONS, noise=0.0)[0] for _ in range(exams)]
        began, worked = time.monotonic(), time.process_time()
        found = await asyncio.gather(*(stage.compute(paper) for paper in papers))
        walls.append(time.monotonic() - began)
        processor.append(time.process_time() - worked)
        if any(one.model is None or one.model.calls != QUESTIONS for one in found):
            raise RuntimeError("not every question was asked about")
    await assistant.close()
    await database.close()
    walls.sort()
    print(
        f"| {exams} x {QUESTIONS} | {LATENCY_SECONDS} | {walls[0]:.2f} | {walls[ROUNDS // 2]:.2f} "
        f"| {min(processor):.2f} | {in_use['most']} of {POOL} |"
    )


async def measure_floor(model_url: str, requests: int) -> None:
    """Prints the same row for requests that are written to sockets ready made."""
    host, port = model_url.split("/")[2].split(":")
    padding = " ".join(["point"] * (_PROMPT_CHARACTERS // 6))
    messages = [
        {"role": "system", "content": f"Points:\nmath: {padding}"},
        {"role": "user", "content": json.dumps({"stem": "1 + 1"})},
    ]
    body = json.dumps({"messages": messages}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\ncontent-length: {len(body)}\r\n\r\n"
    sockets = [await asyncio.open_connection(host, int(port)) for _ in range(requests)]

    async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(answer.split(b"content-length: ")[1].split()[0]))

    walls, processor = [], []
    for _ in range(ROUNDS):
        began, worked = time.monotonic(), time.process_time()
        await asyncio.gather(*(exchange(*socket) for socket in sockets))
        walls.append(time.monotonic() - began)
        processor.append(time.process_time() - worked)
    for _, writer in sockets:
        writer.close()
    walls.sort()
    print(
        f"| floor, {requests} | {LATENCY_SECONDS} | {walls[0]:.2f} | {walls[ROUNDS // 2]:.2f} "
        f"| {min(processor):.2f} | |"
    )


def main() -> None:
    """Print the table."""
    provider = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.diagnose.model_provider", str(LATENCY_SECONDS)],
        stdout=subprocess.PIPE,
        text=True,
    )
    if provider.stdout is None:
        raise RuntimeError("the provider has no output")
    model_url = provider.stdout.readline().strip()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        postgres = PrivatePostgres(Path(folder) / "postgres").start()
        try:
            upgrade(postgres.url)
            print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
            print(
                "| questions | model s | best wall s | median wall s | processor s | connections |"
            )
            print("|---|---|---|---|---|---|")
            for exams in (1, 8):
                asyncio.run(measure(postgres.url, model_url, exams))
                asyncio.run(measure_floor(model_url, exams * QUESTIONS))
        finally:
            postgres.stop()
            provider.terminate()
            provider.wait(10)


if __name__ == "__main__":
    main()
