"""Bringing a database to the schema of this code, and its roles to their grants."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config

from shared.db.database import sqlalchemy_url
from shared.db.roles import apply_roles, read_passwords
from shared.settings import ServiceSettings


class MigrateSettings(ServiceSettings):
    """Settings of a migration, which connects as the owner of the tables."""

    #: Directory with one password file per service, named like the service. Each service then gets
    #: a database role of its own with the least grants. Unset: no roles.
    role_passwords: Path | None = None


def alembic_config(database_url: str) -> Config:
    """Alembic's configuration in programs, which may be installed without the ini file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["database_url"] = sqlalchemy_url(database_url)
    return config


def upgrade(database_url: str) -> None:
    """Apply every migration that is missing. Safe to call from several processes at once."""
    command.upgrade(alembic_config(database_url), "head")


def main() -> None:
    """Migrate the database of ``DATABASE_URL``; make the services' roles where they are used."""
    settings = MigrateSettings()
    upgrade(settings.database_url)
    if settings.role_passwords is not None:
        passwords = read_passwords(settings.role_passwords)
        asyncio.run(apply_roles(settings.database_url, passwords))


if __name__ == "__main__":
    main()
