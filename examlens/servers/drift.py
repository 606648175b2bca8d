"""``python -m examlens.servers.drift``: fails when migrations and declared tables differ."""

import tempfile
from pathlib import Path

from alembic import command

from examlens.servers.postgres import PrivatePostgres
from shared.db.migrate import alembic_config


def main() -> None:
    """Migrate a private database up, down and up again and compare it with the tables."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = PrivatePostgres(Path(folder) / "data").start()
        try:
            config = alembic_config(server.url)
            command.upgrade(config, "head")
            command.check(config)
            command.downgrade(config, "base")
            command.upgrade(config, "head")
        finally:
            server.stop()


if __name__ == "__main__":
    main()
