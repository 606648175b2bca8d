"""Every setting is documented, and only settings are."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import services
import shared.db.migrate
import shared.messaging.relay  # noqa: F401 -- defines settings of its own
from shared.settings import ServiceSettings

ROOT = Path(__file__).parents[2]


def _all_settings() -> dict[str, str]:
    for service in pkgutil.iter_modules(services.__path__):
        importlib.import_module(f"services.{service.name}.settings")
    found = {}
    classes = [ServiceSettings, *ServiceSettings.__subclasses__()]
    for settings in classes:
        for name, field in settings.model_fields.items():
            variable = field.validation_alias or f"EXAMLENS_{name.upper()}"
            found[str(variable)] = settings.__name__
    return found


def test_the_example_environment_lists_exactly_the_settings_there_are() -> None:
    text = (ROOT / ".env.example").read_text()
    listed = re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", text, flags=re.MULTILINE)
    assert sorted(listed) == sorted(_all_settings())
    assert len(listed) == len(set(listed))


def test_a_setting_may_stand_in_a_file_and_the_environment_goes_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "DATABASE_URL").write_text("postgresql://from-a-file/\n")
    (tmp_path / "EXAMLENS_LOG_LEVEL").write_text("ERROR")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("EXAMLENS_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("EXAMLENS_LOG_LEVEL", "WARNING")
    settings = ServiceSettings()
    assert settings.database_url == "postgresql://from-a-file/"
    assert settings.log_level == "WARNING"
