"""What a PostgreSQL server was asked, read from its own log."""

import re
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from examlens.servers.postgres import PrivatePostgres
from shared.db.database import asyncpg_url

#: Begins every line of the log that is not the continuation of a statement.
_LINE = re.compile(
    r"^(?P<pid>\d+)\|(?P<name>[^|]*)\|LOG:  (?:statement|execute [^:]+): (?P<sql>.*?)(?=^\d+\|)",
    re.MULTILINE | re.DOTALL,
)
_ENDS = frozenset({"COMMIT", "ROLLBACK"})
_RULES = {"log_statement": "all", "log_line_prefix": "%p|%a|", "log_duration": "off"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One statement, on one line, with the connection and the application that asked it."""

    connection: int
    application: str
    sql: str

    @property
    def verb(self) -> str:
        """Its first word."""
        return self.sql.split(maxsplit=1)[0].strip(";").upper() if self.sql else ""


class StatementLog:
    """The statements that ``server`` was asked, but for those of applications named reader."""

    def __init__(self, server: PrivatePostgres, directory: Path) -> None:
        self._server, self._path, self._read = server, directory / "log", 0

    async def start(self) -> None:
        """Have every statement logged, of connections that are open as well."""
        connection = await asyncpg.connect(
            asyncpg_url(self._server.url), server_settings={"application_name": "reader"}
        )
        for name, value in _RULES.items():
            await connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        await connection.execute("SELECT pg_reload_conf()")
        await connection.close()

    def read(self) -> list[Asked]:
        """The statements since the last call, in order."""
        with self._path.open(encoding="utf-8") as log:
            log.seek(self._read)
            found = log.read()
            self._read = log.tell()
        asked = [
            Asked(
                int(match["pid"]), match["name"].partition(" ")[0], " ".join(match["sql"].split())
            )
            for match in _LINE.finditer(found + "0|")
        ]
        return [statement for statement in asked if statement.application != "reader"]


def transactions(asked: list[Asked]) -> list[list[Asked]]:
    """The transactions that ``asked`` consists of: a statement outside of a block is one."""
    found, open_blocks = list[list[Asked]](), dict[int, list[Asked]]()
    for statement in asked:
        block = open_blocks.get(statement.connection)
        if block is None:
            found.append(block := [])
        block.append(statement)
        if statement.verb == "BEGIN":
            open_blocks[statement.connection] = block
        elif statement.verb in _ENDS:
            open_blocks.pop(statement.connection, None)
    return found
