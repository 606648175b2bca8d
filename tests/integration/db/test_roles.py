"""Every service's database role may write its own tables and nothing else, on a real server."""

import base64
import hmac
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from shared.contract.services import SERVICE_NAMES
from shared.db.database import asyncpg_url
from shared.db.roles import (
    MONITORING,
    apply_roles,
    grants,
    role_name,
    scram_verifier,
    writers,
)
from shared.db.tables import metadata

pytestmark = pytest.mark.xdist_group("roles")

PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
_HELD = """
SELECT t.name, r.name, p.name
FROM unnest($1::text[]) AS t(name), unnest($2::text[]) AS r(name), unnest($3::text[]) AS p(name)
WHERE has_table_privilege(r.name, t.name, p.name)
"""


@pytest_asyncio.fixture
async def owner(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the tables' owner, after roles were made twice: it must be repeatable."""
    passwords = {name: f"secret-of-{name}" for name in (*SERVICE_NAMES, MONITORING)}
    for _ in range(2):
        await apply_roles(database_url, passwords)
    connection = await asyncpg.connect(asyncpg_url(database_url))
    yield connection
    await connection.close()


async def test_roles_hold_exactly_what_the_comments_of_the_tables_say(
    owner: asyncpg.Connection,
) -> None:
    tables = [table.name for table in metadata.sorted_tables]
    roles = [role_name(service) for service in SERVICE_NAMES]
    held = {tuple(row) for row in await owner.fetch(_HELD, tables, roles, list(PRIVILEGES))}
    due = {
        (table, role, privilege)
        for table, role, privileges in grants()
        for privilege in privileges.split(", ")
    }
    assert held == due


@pytest.mark.parametrize(
    ("service", "statement"),
    [
        ("ocr", "DELETE FROM read_papers"),
        ("parse", "DELETE FROM page_texts"),
        ("parse", "UPDATE analyses SET run = run"),
        ("report", "DELETE FROM uploads"),
        ("ingest", "SELECT secret_hash FROM api_keys"),
        ("diagnose", "SELECT secret FROM webhook_secrets"),
        ("gateway", "DELETE FROM artefacts"),
        ("relay", "INSERT INTO api_keys (id) VALUES ('x')"),
        ("gateway", "UPDATE alembic_version SET version_num = 'x'"),
        ("report", "CREATE TABLE mine (n int)"),
        ("relay", "ALTER TABLE exams ADD COLUMN mine int"),
    ],
)
async def test_a_service_is_refused_what_another_one_writes(
    owner: asyncpg.Connection, service: str, statement: str
) -> None:
    await owner.execute(f"SET ROLE {role_name(service)}")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await owner.execute(statement)


async def test_an_erased_exam_takes_along_rows_that_the_eraser_may_not_write(
    owner: asyncpg.Connection,
) -> None:
    await owner.execute("SET ROLE examlens_relay")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await owner.execute("DELETE FROM artefacts")
    await owner.execute("DELETE FROM exams WHERE id = gen_random_uuid()")


async def test_who_monitors_sees_statistics_and_no_table(owner: asyncpg.Connection) -> None:
    tables = [table.name for table in metadata.sorted_tables]
    monitor = role_name(MONITORING)
    assert not await owner.fetch(_HELD, tables, [monitor], list(PRIVILEGES))
    await owner.execute(f"SET ROLE {monitor}")
    assert await owner.fetchval("SELECT pg_database_size(current_database())") > 0
    # Of others' sessions only members of pg_monitor see more than the process id.
    assert await owner.fetchval("SELECT count(*) FROM pg_stat_activity WHERE state IS NOT NULL")


async def test_passwords_are_stored_as_scram_verifiers(owner: asyncpg.Connection) -> None:
    stored = await owner.fetchval(
        "SELECT rolpassword FROM pg_authid WHERE rolname = 'examlens_ocr'"
    )
    salt = base64.b64decode(stored.split("$")[1].partition(":")[2])
    assert stored == scram_verifier("secret-of-ocr", salt=salt)


def test_the_verifier_is_that_of_rfc_7677() -> None:
    # The exchange of section 3: its server signature follows from the server key.
    verifier = scram_verifier("pencil", salt=base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ=="))
    server_key = base64.b64decode(verifier.rpartition(":")[2])
    messages = (
        "n=user,r=rOprNGfwEbeRWgbNEkqO,"
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    )
    proof = hmac.digest(server_key, messages.encode(), "sha256")
    assert base64.b64encode(proof).decode() == "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def test_every_table_has_a_writer_or_belongs_to_the_command_line() -> None:
    for table in metadata.sorted_tables:
        assert writers(table) <= set(SERVICE_NAMES)
