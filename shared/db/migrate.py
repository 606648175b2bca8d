"""Bringing a database to the schema of this code."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from shared.db.database import sqlalchemy_url
from shared.settings import ServiceSettings


def alembic_config(database_url: str) -> Config:
    """Alembic's configuration; there is no ini file to keep in step."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["database_url"] = sqlalchemy_url(database_url)
    return config


def upgrade(database_url: str) -> None:
    """Apply every migration that is missing. Safe to call from several processes at once."""
    command.upgrade(alembic_config(database_url), "head")


def main() -> None:
    """Migrate the database of ``DATABASE_URL``."""
    upgrade(ServiceSettings().database_url)


if __name__ == "__main__":
    main()
