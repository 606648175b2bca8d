"""Migrations beside the work of other processes, on a real server."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest_asyncio
from alembic import command
from sqlalchemy import Column, Table, Text

from examlens.servers.revision import write_revision
from shared.db.database import asyncpg_url
from shared.db.migrate import alembic_config, upgrade
from shared.db.tables import metadata

ROOT = Path(__file__).parents[3]
VERSIONS = ROOT / "shared" / "db" / "migrations" / "versions"

_INDEX = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)"


@pytest_asyncio.fixture
async def empty_url(postgres_url: str) -> AsyncIterator[str]:
    """A database without a schema."""
    server = await asyncpg.connect(asyncpg_url(postgres_url))
    name = f"examlens_migration_{uuid4().hex[:12]}"
    await server.execute(f'CREATE DATABASE "{name}"')
    base, mark, query = postgres_url.partition("?")
    yield base.rsplit("/", 1)[0] + f"/{name}" + mark + query
    await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await server.close()


async def test_nobody_waits_for_an_index_that_is_being_built(empty_url: str) -> None:
    await asyncio.to_thread(command.upgrade, alembic_config(empty_url), "0013")
    address = asyncpg_url(empty_url)
    older, writer = await asyncpg.connect(address), await asyncpg.connect(address)
    transaction = older.transaction()
    await transaction.start()
    # A transaction older than the index, whose end the build waits for.
    await older.execute("LOCK TABLE exams IN ROW EXCLUSIVE MODE")
    migrating = asyncio.create_task(asyncio.to_thread(upgrade, empty_url))
    while not await writer.fetchval("SELECT to_regclass('ix_exams_tenant_id_student_ref')"):  # noqa: ASYNC110 -- another process makes it
        await asyncio.sleep(0.05)
    async with writer.transaction():
        await writer.execute("SET LOCAL lock_timeout = '1s'")
        await writer.execute("LOCK TABLE exams IN ROW EXCLUSIVE MODE")
    assert not migrating.done()
    await transaction.rollback()
    await migrating
    assert await writer.fetchval(_INDEX, "ix_exams_tenant_id_student_ref")
    await older.close()
    await writer.close()


async def test_an_index_whose_build_was_interrupted_is_built_anew(empty_url: str) -> None:
    await asyncio.to_thread(command.upgrade, alembic_config(empty_url), "0013")
    connection = await asyncpg.connect(asyncpg_url(empty_url))
    await connection.execute(
        "CREATE INDEX ix_exams_tenant_id_student_ref ON exams (tenant_id, student_ref)"
    )
    await connection.execute(
        "UPDATE pg_index SET indisvalid = false"
        " WHERE indexrelid = 'ix_exams_tenant_id_student_ref'::regclass"
    )
    await asyncio.to_thread(upgrade, empty_url)
    assert await connection.fetchval(_INDEX, "ix_exams_tenant_id_student_ref")
    await connection.close()


async def test_processes_that_migrate_at_once_take_turns(empty_url: str) -> None:
    environment = os.environ | {"DATABASE_URL": empty_url}
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "shared.db.migrate", env=environment
        )
        for _ in range(3)
    ]
    assert [await process.wait() for process in started] == [0, 0, 0]
    connection = await asyncpg.connect(asyncpg_url(empty_url))
    assert await connection.fetchval("SELECT count(*) FROM alembic_version") == 1
    await connection.close()


def test_a_persons_alembic_tells_where_the_database_of_the_environment_is(
    database_url: str,
) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "alembic", "current"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": database_url, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    newest = max(path.stem for path in VERSIONS.glob("[0-9]*.py")).partition("_")[0]
    assert told.stdout.split() == [newest, "(head)"]


def test_the_draft_of_a_migration_holds_what_the_tables_have_more(
    empty_url: str, tmp_path: Path
) -> None:
    versions = tmp_path / "versions"
    shutil.copytree(VERSIONS, versions)
    table = Table("colours", metadata, Column("name", Text, primary_key=True))
    try:
        draft = write_revision(empty_url, "Colours", versions)
    finally:
        metadata.remove(table)
    newest = max(path.stem for path in VERSIONS.glob("[0-9]*.py")).partition("_")[0]
    assert draft.name == f"{int(newest) + 1:04}_colours.py"
    text = draft.read_text()
    assert f"down_revision = {newest!r}" in text
    assert text.count("op.create_table") == text.count("op.drop_table('colours')") == 1
