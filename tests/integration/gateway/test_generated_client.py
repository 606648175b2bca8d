"""A client that a generator makes of our description works against a real gateway."""

import asyncio
import sys
from pathlib import Path

import httpx2

from tests.availability import unavailable
from tests.integration.gateway.conftest import Edge
from tests.integration.gateway.pipeline import Pipeline

#: Made by ``make test``: the generator wants another typer than our command line.
GENERATOR = Path(sys.prefix) / "generator" / "bin"
HERE = Path(__file__).parent


async def generate(edge: Edge, folder: Path) -> str:
    """Write the package ``generated`` into ``folder``; what the generator said."""
    description = folder / "openapi.json"
    async with httpx2.AsyncClient() as http:
        answer = await http.get(f"{edge.address}/api/v1/openapi.json")
    description.write_bytes(answer.content)
    process = await asyncio.create_subprocess_exec(
        *(GENERATOR / "openapi-python-client", "generate", "--meta", "none", "--fail-on-warning"),
        *("--path", description, "--output-path", folder / "generated"),
        *("--config", HERE / "generated_client.yml"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode()


async def test_a_generated_client_submits_follows_reads_and_corrects(
    edge: Edge, pipeline: Pipeline, tmp_path: Path
) -> None:
    if not GENERATOR.exists():
        unavailable("the environment of the client generator (make test makes it)")
    await generate(edge, tmp_path)
    session = await asyncio.create_subprocess_exec(
        *(GENERATOR / "python", HERE / "generated_client_session.py", edge.address, edge.token),
        env={"PYTHONPATH": str(tmp_path)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert session.stdout is not None
    exam_id = (await session.stdout.readline()).decode().strip()
    if exam_id:
        await pipeline.run(exam_id)
    _, complaint = await session.communicate()
    assert session.returncode == 0, complaint.decode()
