"""The layout of the project shows its architecture, and stays that way."""

import re
import sys
import tomllib
from pathlib import Path

import pytest

from shared.contract.advice import ADVICE
from shared.contract.failures import FailureCode, Language
from shared.contract.jobs import ALL_QUEUES, JOB_QUEUES, JOB_SPECS, JobKind, JobMessage
from shared.contract.messages import StageTask
from shared.contract.services import WORKER_NAMES
from shared.contract.stages import QUEUES, SPECS, Stage

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRACTS = PROJECT["tool"]["importlinter"]["contracts"]
#: What a service has beside its stage and what that consists of.
OTHER_WORK = {"ingest": {"division"}, "report": {"practice", "templates", "webhooks"}}
GOLDEN = ROOT / "tests" / "fixtures" / "messages"


@pytest.mark.parametrize("service", WORKER_NAMES)
def test_every_worker_service_has_the_same_files(service: str) -> None:
    folder = ROOT / "services" / service
    for name in ("worker.py", "stage.py", "settings.py", "README.md", "domain"):
        assert (folder / name).exists(), f"{service} lacks {name}"
    # What has engines has steps that ask them through ports; what has none needs neither.
    assert (folder / "steps").is_dir() == (folder / "adapters").is_dir()


@pytest.mark.parametrize("service", WORKER_NAMES)
def test_a_worker_service_has_no_other_floors(service: str) -> None:
    modules = {path.stem for path in (ROOT / "services" / service).glob("*.py")}
    packages = {path.parent.name for path in (ROOT / "services" / service).glob("*/__init__.py")}
    assert modules - {"__init__", "worker", "stage", "settings"} <= OTHER_WORK.get(service, set())
    assert packages - {"steps", "domain", "adapters"} <= OTHER_WORK.get(service, set())


@pytest.mark.parametrize("floor", ["domain", "steps"])
@pytest.mark.parametrize("service", WORKER_NAMES)
def test_domain_and_steps_are_named_in_the_import_contracts(service: str, floor: str) -> None:
    if not (ROOT / "services" / service / floor).is_dir():
        return
    inside = next(c for c in CONTRACTS if c.get("containers") == [f"services.{service}"])
    assert inside["exhaustive"]
    assert any(floor in re.findall(r"\w+", layer) for layer in inside["layers"])


@pytest.mark.parametrize("service", [*WORKER_NAMES, "gateway"])
def test_every_service_has_a_dependency_group_and_its_lock(service: str) -> None:
    assert service in PROJECT["dependency-groups"]
    locked = (ROOT / "requirements" / f"{service}.txt").read_text()
    assert "--hash=sha256:" in locked


@pytest.mark.parametrize(
    ("service", "unwanted"),
    [("gateway", "onnxruntime"), ("ocr", "typst"), ("parse", "opencv"), ("report", "onnxruntime")],
)
def test_a_service_installs_only_what_it_needs(service: str, unwanted: str) -> None:
    locked = (ROOT / "requirements" / f"{service}.txt").read_text()
    assert f"\n{unwanted}" not in f"\n{locked}"


def test_no_module_of_the_platform_has_a_name_of_the_standard_library() -> None:
    names = {path.stem for path in (ROOT / "shared").rglob("*.py")}
    assert names & sys.stdlib_module_names == set()


def test_every_stage_has_a_queue_of_its_own() -> None:
    assert len(set(QUEUES)) == len(QUEUES) == len(Stage)
    assert set(SPECS) == set(Stage)


def test_every_kind_of_job_has_a_queue_of_its_own() -> None:
    assert len(set(JOB_QUEUES)) == len(JOB_QUEUES) == len(JobKind)
    assert set(JOB_SPECS) == set(JobKind)
    assert len(set(ALL_QUEUES)) == len(QUEUES) + len(JOB_QUEUES)
    # Actors are named by these, and one broker has them all.
    assert not {stage.value for stage in Stage} & {kind.value for kind in JobKind}


@pytest.mark.parametrize("kind", JobKind)
def test_messages_of_jobs_carry_an_id_and_nothing_of_a_person(kind: JobKind) -> None:
    message = JobMessage.model_validate_json(
        (GOLDEN / "jobs" / f"v1-{kind.value}.json").read_text()
    )
    assert message.kind is kind
    assert set(JobMessage.model_fields) == {"v", "id", "kind", "traceparent"}


@pytest.mark.parametrize("code", FailureCode)
def test_every_failure_code_says_what_to_do_in_both_languages(code: FailureCode) -> None:
    for language in Language:
        assert len(ADVICE[code].in_language(language)) > 15


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_messages_of_every_released_version_are_understood(path: Path) -> None:
    task = StageTask.model_validate_json(path.read_text())
    assert task.stage in SPECS
    assert task.run >= 1


def test_there_is_a_golden_message_of_the_present_version() -> None:
    assert list(GOLDEN.glob("v1*.json"))
