"""How the embedded process starts."""

from pathlib import Path
from typing import Any

import pytest

from examlens import embedded
from examlens.embedded import Embedded
from examlens.home import Home


class RoutesReadError(Exception):
    """Ends the start where the routes are read."""


def test_routes_are_read_before_any_worker_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Reading them swaps the process's warning filters; another thread would swap them back.
    def end_here(*_: Any, **__: Any) -> None:
        raise RoutesReadError

    monkeypatch.setattr(embedded, "create_app", end_here)
    monkeypatch.setattr(Embedded, "_start_workers", lambda *_: pytest.fail("a worker came first"))
    with pytest.raises(RoutesReadError), Embedded(Home(tmp_path)):
        pass


def test_a_new_home_is_open_to_its_user_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "of a school" / "home")
    home.keep_key("key")
    assert home.directory.stat().st_mode & 0o077 == 0
