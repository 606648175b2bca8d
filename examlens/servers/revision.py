"""``python -m examlens.servers.revision MESSAGE``: a migration for what the tables say by now."""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from examlens.servers.postgres import PrivatePostgres
from shared.db.migrate import alembic_config


def write_revision(database_url: str, message: str, migrations: Path | None = None) -> Path:
    """Write what leads from a migrated database to the declared tables; returns the file.

    Migrations are numbered. The file is a draft: whoever asked for it reads it, and leaves room in
    it for the version before (``tests/contract/test_migrations.py``).
    """
    config = alembic_config(database_url)
    if migrations is not None:
        config.set_main_option("path_separator", "newline")
        config.set_main_option("version_locations", str(migrations))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    newest = ScriptDirectory.from_config(config).get_current_head() or "0"
    command.upgrade(config, "head")
    written = command.revision(
        config, message=message, autogenerate=True, rev_id=f"{int(newest) + 1:04}"
    )
    if written is None or isinstance(written, list):
        raise RuntimeError("alembic wrote no single file")
    return Path(written.path)


def main() -> None:
    """Write the next migration against a private database."""
    message = " ".join(sys.argv[1:]).strip()
    if not message:
        raise SystemExit('Say what changes: make revision m="accounts have a colour"')
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = PrivatePostgres(Path(folder) / "data").start()
        try:
            sys.stdout.write(f"{write_revision(server.url, message)}\n")
        finally:
            server.stop()


if __name__ == "__main__":
    main()
