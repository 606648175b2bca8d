"""What follows from the table of services does; what is written by hand has every service."""

import json
import re
import runpy
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from examlens.processes import PROCESSES
from examlens.workers import load_worker
from shared.contract.services import IMAGES, SERVICE_NAMES, SERVICES, WORKER_NAMES, WORKERS, Service
from shared.settings import ServiceSettings

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRACTS: dict[str, dict[str, Any]] = {
    contract["name"]: contract for contract in PROJECT["tool"]["importlinter"]["contracts"]
}
OWN_FOLDERS = [service.name for service in SERVICES if service.module.startswith("services.")]


def test_make_builds_the_images_of_the_table() -> None:
    answer = subprocess.run(
        ["make", "-n", "images"],  # noqa: S607 -- make of PATH, as a person runs it
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    listed = re.search(r"for service in ([a-z ]+);", answer.stdout)
    assert listed is not None
    assert tuple(listed[1].split()) == IMAGES


@pytest.mark.parametrize("worker", WORKERS, ids=WORKER_NAMES)
def test_one_process_finds_the_parts_of_every_worker(worker: Service) -> None:
    found = load_worker(worker)
    assert issubclass(found.settings, ServiceSettings)
    assert callable(found.build_stages)
    assert callable(found.build_jobs)


def test_every_module_that_is_started_is_there() -> None:
    assert set(PROCESSES) == set(SERVICE_NAMES)
    for module in PROCESSES.values():
        place = ROOT / module.replace(".", "/")
        assert place.with_suffix(".py").is_file() or (place / "__main__.py").is_file(), module


def test_every_image_has_a_group_of_packages_and_one_process_has_them_all() -> None:
    groups = PROJECT["dependency-groups"]
    assert set(IMAGES) <= set(groups)
    included = {
        entry.get("include-group") for entry in groups["embedded"] if isinstance(entry, dict)
    }
    assert set(OWN_FOLDERS) <= included


def test_import_contracts_speak_of_every_service() -> None:
    independent = CONTRACTS["Services do not know each other"]["modules"]
    assert set(independent) == {f"services.{name}" for name in OWN_FOLDERS}
    pure = set(CONTRACTS["Contract, domain and steps do no I/O"]["source_modules"])
    assert {f"services.{name}.domain" for name in OWN_FOLDERS} <= pure
    assert all(
        any(contract.startswith(f"Inside {name}") for contract in CONTRACTS) for name in OWN_FOLDERS
    )


def test_prometheus_scrapes_every_service_and_tells_when_it_is_absent() -> None:
    folder = ROOT / "deploy" / "prometheus"
    scraped = yaml.safe_load((folder / "prometheus.yml").read_text())["scrape_configs"]
    assert set(SERVICE_NAMES) <= {job["job_name"] for job in scraped}
    absent = re.findall(
        r'absent\(examlens_build_info\{service="(\w+)"\}\)', (folder / "rules.yml").read_text()
    )
    assert sorted(absent) == sorted(SERVICE_NAMES)


def test_compose_knows_the_secrets_of_every_service() -> None:
    secrets = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["secrets"]
    assert {f"{name}_database_url" for name in SERVICE_NAMES} <= set(secrets)


def test_the_broker_has_a_user_for_every_worker() -> None:
    definitions = json.loads((ROOT / "deploy" / "rabbitmq" / "definitions.json").read_text())
    assert {f"examlens_{name}" for name in WORKER_NAMES} <= {
        u["name"] for u in definitions["users"]
    }


def test_every_container_of_ours_is_killed_once() -> None:
    targets = runpy.run_path(str(ROOT / "deploy" / "docker" / "kill_each.py"))["TARGETS"]
    assert sorted(name for name, _ in targets) == sorted([*SERVICE_NAMES, "postgres", "rabbitmq"])
