"""docker-compose.yml, RabbitMQ's definitions and the scripts beside them keep their promises."""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from shared.contract.jobs import ALL_QUEUES
from shared.contract.services import IMAGES, SERVICE_NAMES, WORKER_NAMES
from shared.contract.stages import SPECS

ROOT = Path(__file__).parents[3]
OWN = ("migrate", *SERVICE_NAMES)


def script(name: str) -> ModuleType:
    path = ROOT / "deploy" / "docker" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"deploy_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return document


@pytest.fixture(scope="module")
def definitions() -> dict[str, Any]:
    text = (ROOT / "deploy" / "rabbitmq" / "definitions.json").read_text()
    document: dict[str, Any] = json.loads(text)
    return document


def test_every_container_is_hardened_and_limited(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["read_only"] is True, name
        limits = service["deploy"]["resources"]["limits"]
        assert set(limits) == {"cpus", "memory", "pids"}, name
        assert name not in OWN or "cap_add" not in service, name


def test_only_the_gateways_proxy_may_be_published_beyond_loopback(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for port in service.get("ports", []):
            expected = "${EXAMLENS_BIND:-127.0.0.1}:" if name == "proxy" else "127.0.0.1:"
            assert port.startswith(expected), name


def test_every_image_can_be_replaced_by_a_variable(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert re.match(r"\$\{EXAMLENS_[A-Z0-9]+_IMAGE:-", service["image"]), name


def test_secrets_come_from_files_and_their_folder_must_be_named(compose: dict[str, Any]) -> None:
    for secret in compose["secrets"].values():
        assert secret["file"].startswith("${EXAMLENS_SECRETS:?")


def test_a_service_is_given_the_addresses_of_its_own_users_only(compose: dict[str, Any]) -> None:
    for name in OWN:
        given = {
            secret["source"]: secret["target"] for secret in compose["services"][name]["secrets"]
        }
        due = {f"{name}_database_url": "DATABASE_URL"}
        if name in {"relay", *WORKER_NAMES}:
            due[f"{name}_amqp_url"] = "AMQP_URL"
        if name == "diagnose":
            due["model_api_key"] = "EXAMLENS_MODEL_API_KEY"
        assert given == due, name


def test_everything_waits_for_the_migrations_and_workers_for_the_broker(
    compose: dict[str, Any],
) -> None:
    for name in SERVICE_NAMES:
        needs = compose["services"][name]["depends_on"]
        assert needs["migrate"]["condition"] == "service_completed_successfully"
        if name != "gateway":
            assert needs["rabbitmq"]["condition"] == "service_healthy"


def test_class_uploads_are_divided_on_disk_and_not_in_memory(compose: dict[str, Any]) -> None:
    ingest = compose["services"]["ingest"]
    assert ingest["tmpfs"] == []
    assert "/tmp" in ingest["volumes"]  # noqa: S108 -- a path inside the container


def test_containers_are_given_longer_to_stop_than_any_stage_may_take(
    compose: dict[str, Any],
) -> None:
    longest = max(spec.time_limit_seconds for spec in SPECS.values())
    for name in SERVICE_NAMES:
        service = compose["services"][name]
        given = service["environment"]["EXAMLENS_SHUTDOWN_GRACE_SECONDS"]
        grace = float(given.partition(":-")[2].strip("}"))
        assert float(service["stop_grace_period"].strip("s")) > grace >= longest


def test_only_who_talks_to_others_leaves_the_inner_network(compose: dict[str, Any]) -> None:
    assert compose["networks"]["backend"] == {"internal": True}
    leaving = {n for n, s in compose["services"].items() if "outside" in s["networks"]}
    assert leaving == {"report", "diagnose", "alertmanager"}


def test_each_queue_belongs_to_one_worker_and_all_to_the_relay(definitions: dict[str, Any]) -> None:
    may = {entry["user"]: entry for entry in definitions["permissions"]}
    for queue in ALL_QUEUES:
        for name in (queue, f"{queue}.DQ", f"{queue}.XQ"):
            for right in ("configure", "write", "read"):
                holders = {
                    user.removeprefix("examlens_")
                    for user, entry in may.items()
                    if user.startswith("examlens_") and re.search(entry[right], name)
                }
                assert "relay" in holders
                assert len(holders - {"relay"}) == 1, (name, right)


def test_definitions_hold_no_password_and_no_guest(definitions: dict[str, Any]) -> None:
    assert all(set(user) == {"name", "tags"} for user in definitions["users"])
    assert "guest" not in {user["name"] for user in definitions["users"]}
    assert {f"examlens_{service}" for service in ("relay", *WORKER_NAMES)} <= {
        user["name"] for user in definitions["users"]
    }


def test_policies_bound_every_queue(definitions: dict[str, Any]) -> None:
    for queue in ALL_QUEUES:
        for name in (queue, f"{queue}.DQ", f"{queue}.XQ"):
            matching = [p for p in definitions["policies"] if re.search(p["pattern"], name)]
            assert len(matching) == 1
            assert matching[0]["definition"]["max-length"] > 0


def test_secrets_are_made_once_and_derived_files_follow_them(tmp_path: Path) -> None:
    make = script("make_secrets")
    definitions = ROOT / "deploy" / "rabbitmq" / "definitions.json"

    def contents() -> dict[str, str]:
        files = (path for path in tmp_path.rglob("*") if path.is_file())
        return {str(path): path.read_text() for path in files}

    make.make_secrets(tmp_path, definitions)
    first = contents()
    make.make_secrets(tmp_path, definitions)
    assert contents() == first
    assert (tmp_path.stat().st_mode & 0o777) == 0o700
    password = (tmp_path / "roles" / "ocr").read_text()
    assert password in (tmp_path / "ocr_database_url").read_text()
    others = [path.read_text() for path in (tmp_path / "roles").iterdir()]
    assert len(set(others)) == len({*SERVICE_NAMES, "monitoring"})
    users = json.loads((tmp_path / "rabbitmq_definitions.json").read_text())["users"]
    assert all(user["password_hash"] for user in users)


def test_the_password_hash_is_rabbitmqs() -> None:
    # The example of RabbitMQ's documentation of its hashing.
    salt = bytes.fromhex("908DC60A")
    assert script("make_secrets").password_hash("test12", salt) == (
        "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR"
    )


def test_compose_finds_the_secrets_by_itself_and_keeps_what_is_set(tmp_path: Path) -> None:
    make, environment = script("make_secrets"), tmp_path / ".env"
    environment.write_text("EXAMLENS_PORT=9000\n")
    for _ in range(2):
        make.name_directory(environment, Path("deploy/secrets"))
    assert environment.read_text() == "EXAMLENS_PORT=9000\nEXAMLENS_SECRETS=./deploy/secrets\n"


@pytest.mark.parametrize("service", IMAGES)
def test_an_image_holds_its_own_service_and_starts_it(tmp_path: Path, service: str) -> None:
    script("assemble").assemble(service, ROOT, tmp_path / "app", tmp_path / "venv")
    (tmp_path / "app").joinpath("services").mkdir(exist_ok=True)
    folders = {path.name for path in (tmp_path / "app" / "services").iterdir() if path.is_dir()}
    assert folders == ({service} - {"platform"})
    launcher = (tmp_path / "venv" / "bin" / "serve").read_text()
    module = launcher.split()[-1]
    place = module.replace(".", "/")
    app = tmp_path / "app"
    found = [*app.glob(f"{place}.py"), *app.glob(f"{place}/__main__.py")]
    assert len(found) == 1
    show = "import importlib.metadata as m; print(m.version('examlens'))"
    version = subprocess.run(
        [sys.executable, "-S", "-c", show],
        cwd=tmp_path / "app",
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert f'version = "{version}"' in (ROOT / "pyproject.toml").read_text()


def test_a_size_over_its_budget_is_told() -> None:
    sizes = script("sizes")
    fits = dict.fromkeys(sizes.BUDGETS, 1_000_000_000 + 100 * sizes.MEGABYTE)
    assert sizes.table(fits, 1_000_000_000)[1]
    lines, is_within = sizes.table(fits | {"gateway": 1_251_000_000}, 1_000_000_000)
    assert not is_within
    assert next(line for line in lines if "over budget" in line).startswith("gateway")


def test_every_service_has_an_image_and_a_budget() -> None:
    budgets = script("sizes").BUDGETS
    assert set(budgets) == set(IMAGES)
    assert budgets["gateway"] <= 250
    assert budgets["ocr"] <= 700
