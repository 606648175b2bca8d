"""The directory of an embedded ExamLens: its database, its blobs and its first key."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


class AlreadyServed(Exception):
    """Another process serves this home."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where everything of one embedded installation is kept."""

    directory: Path

    @classmethod
    def from_environment(cls) -> "Home":
        """The directory of EXAMLENS_HOME, or the one that the XDG base directories give."""
        given = os.environ.get("EXAMLENS_HOME")
        if given:
            return cls(Path(given).expanduser().resolve())
        data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
        return cls(Path(data) / "examlens")

    @property
    def postgres(self) -> Path:
        """Data directory of the private PostgreSQL."""
        return self.directory / "postgres"

    @property
    def blobs(self) -> Path:
        """Directory of page images and reports."""
        return self.directory / "blobs"

    @contextmanager
    def served_alone(self) -> Iterator[None]:
        """Hold this home's lock. Raises AlreadyServed when another process holds it."""
        self._make()
        with (self.directory / "serving.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyServed(str(self.directory)) from None
            yield

    def _make(self) -> None:
        """Make the directory, for this user alone: below it are the papers of students."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def address_file(self) -> Path:
        """Where the serving process listens, for commands on the same machine."""
        return self.directory / "address"

    @property
    def key_file(self) -> Path:
        """The first admin key, for this user's eyes alone."""
        return self.directory / "admin-key"

    def keep_key(self, key: str) -> None:
        """Keep the first admin key where only this user can read it."""
        self._make()
        descriptor = os.open(self.key_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(key)

    def key(self) -> str | None:
        """The first admin key of this home, if it was made here."""
        return self.key_file.read_text() if self.key_file.exists() else None

    def address(self) -> str | None:
        """Where the process that serves this home listens, or None."""
        return self.address_file.read_text() if self.address_file.exists() else None
