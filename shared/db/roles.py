"""One database role per service, which may write what the tables' comments let it write."""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlalchemy import Connection, MetaData, Table, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from shared.contract.services import SERVICE_NAMES, SERVICES, WORKER_NAMES
from shared.db.database import sqlalchemy_url
from shared.db.tables import metadata

#: Not a service: it reads the server's statistics, and no table. Made where it has a password.
MONITORING = "monitoring"

#: The services that the words of a comment stand for. Nobody: the owner of the tables.
_PARTIES: dict[str, tuple[str, ...]] = {
    "whoever moves an exam": SERVICE_NAMES,
    "whoever completes or erases an exam": ("gateway", "relay", "report"),
    "whoever wants a job": SERVICE_NAMES,
    "the stage runner": WORKER_NAMES,
    "the job runner": tuple(service.name for service in SERVICES if service.jobs),
    "the relay": ("relay",),
    "the command line": (),
    **{service: (service,) for service in SERVICE_NAMES},
}
_PARTY = re.compile("|".join(rf"\b{re.escape(words)}\b" for words in _PARTIES))
#: Nobody but its writers reads these: they hold secrets, or requests of other tenants.
_KEPT = frozenset({"api_keys", "audit_entries", "idempotency_keys", "webhook_secrets"})
_WRITING = "SELECT, INSERT, UPDATE, DELETE"
_ROLES_LOCK = 0x45584C52
_SCRAM_ITERATIONS = 4096


def role_name(service: str) -> str:
    """The role that ``service`` connects as."""
    return f"examlens_{service}"


def writers(table: Table) -> frozenset[str]:
    """The services that may write ``table``; raises ValueError when its comment names nobody."""
    kind, _, rest = (table.comment or "").partition("writer:")
    clauses = [part.strip() for part in re.split("[;,]", rest)]
    writing = [clause for clause in clauses if not clause.startswith("read by")]
    found: set[str] = set()
    for clause in writing:
        named = _PARTY.findall(clause)
        if kind or not named:
            raise ValueError(f"the comment of {table.name} names no writer: {table.comment!r}")
        found.update(service for words in named for service in _PARTIES[words])
    return frozenset(found)


def grants(tables: MetaData = metadata) -> Iterator[tuple[str, str, str]]:
    """Table, role and privileges, for every pair that has any."""
    for table in tables.sorted_tables:
        may_write = writers(table)
        for service in SERVICE_NAMES:
            if service in may_write:
                yield table.name, role_name(service), _WRITING
            elif table.name not in _KEPT:
                yield table.name, role_name(service), "SELECT"


def read_passwords(directory: Path) -> dict[str, str]:
    """The passwords in the files of ``directory`` that are named like the services."""
    found = {}
    for service in (*SERVICE_NAMES, MONITORING):
        path = directory / service
        if path.is_file():
            found[service] = path.read_text().strip()
    return found


async def apply_roles(database_url: str, passwords: Mapping[str, str]) -> None:
    """Make the roles and their grants. Safe to repeat.

    Whoever connects has to own the tables. A role that is missing is created, which needs
    CREATEROLE. A role without a password in ``passwords`` keeps the one it has. A grant that is no
    longer due is revoked.
    """
    engine = create_async_engine(sqlalchemy_url(database_url), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_apply, passwords)
    finally:
        await engine.dispose()


def _apply(connection: Connection, passwords: Mapping[str, str]) -> None:
    connection.execute(text("SET LOCAL lock_timeout = '10s'"))
    # Two processes that set up one database at once would collide in the catalogue.
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ROLES_LOCK})
    known = set(connection.scalars(text("SELECT rolname FROM pg_roles")))
    for service in (*SERVICE_NAMES, *passwords.keys() & {MONITORING}):
        role = role_name(service)
        if role not in known:
            connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN")
        if service in passwords:
            verifier = scram_verifier(passwords[service])
            connection.exec_driver_sql(f"ALTER ROLE {role} LOGIN PASSWORD '{verifier}'")
    roles = ", ".join(role_name(service) for service in SERVICE_NAMES)
    database = connection.dialect.identifier_preparer.quote(
        str(connection.scalar(text("SELECT current_database()")))
    )
    for statement in (
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {database} TO {roles}",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA public TO {roles}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {roles}",
        f"GRANT SELECT ON alembic_version TO {roles}",
    ):
        connection.exec_driver_sql(statement)
    if MONITORING in passwords:
        role = role_name(MONITORING)
        connection.exec_driver_sql(f"GRANT CONNECT ON DATABASE {database} TO {role}")
        connection.exec_driver_sql(f"GRANT pg_monitor TO {role}")
    for table, role, privileges in grants():
        connection.exec_driver_sql(f"GRANT {privileges} ON {table} TO {role}")


def scram_verifier(password: str, *, salt: bytes | None = None) -> str:
    """What PostgreSQL stores of a password (RFC 5803), so that it never sees the password itself.

    ``password`` is ASCII: other characters would have to be prepared (RFC 4013).
    """
    salt = secrets.token_bytes(16) if salt is None else salt
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, _SCRAM_ITERATIONS)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    stored_key = hashlib.sha256(client_key).digest()
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    shown = [base64.b64encode(part).decode() for part in (salt, stored_key, server_key)]
    return f"SCRAM-SHA-256${_SCRAM_ITERATIONS}:{shown[0]}${shown[1]}:{shown[2]}"
