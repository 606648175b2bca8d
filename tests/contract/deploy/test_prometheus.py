"""Prometheus understands our metrics and rules, and every alert was seen to fire."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import generate_latest
from prometheus_client.metrics import MetricWrapperBase

from shared.observability import metrics
from tests.availability import unavailable

ROOT = Path(__file__).parents[3]
PROMETHEUS = ROOT / "deploy" / "prometheus"


def _read(name: str) -> Any:
    return yaml.safe_load((PROMETHEUS / name).read_text())


ALERTS: list[dict[str, Any]] = [
    rule for group in _read("rules.yml")["groups"] for rule in group["rules"] if "alert" in rule
]


@pytest.fixture
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        unavailable("promtool")
    return str(found)


def run(*arguments: str, given: bytes = b"") -> None:
    ended = subprocess.run(arguments, cwd=PROMETHEUS, input=given, capture_output=True, check=False)
    said = (ended.stdout + ended.stderr).decode()
    assert ended.returncode == 0, said


def test_the_scrape_configuration_and_its_rules_are_valid(promtool: str) -> None:
    run(promtool, "check", "config", "prometheus.yml")


def test_every_alert_fires_when_it_should_and_not_before(promtool: str) -> None:
    run(promtool, "test", "rules", "rules_test.yml")


def test_every_metric_follows_the_conventions(promtool: str) -> None:
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase) and metric._labelnames:
            metric.labels(*["promtool"] * len(metric._labelnames))
    try:
        run(promtool, "check", "metrics", given=generate_latest())
    finally:
        for metric in vars(metrics).values():
            if isinstance(metric, MetricWrapperBase) and metric._labelnames:
                metric.remove(*["promtool"] * len(metric._labelnames))


def test_every_alert_has_a_test_in_which_it_fires() -> None:
    fired = {
        case["alertname"]
        for test in _read("rules_test.yml")["tests"]
        for case in test["alert_rule_test"]
        if case["exp_alerts"]
    }
    assert {alert["alert"] for alert in ALERTS} == fired


@pytest.mark.parametrize("alert", ALERTS, ids=[alert["alert"] for alert in ALERTS])
def test_every_alert_has_a_severity_and_a_section_of_the_runbook(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in {"warning", "critical"}
    page, _, anchor = alert["annotations"]["runbook_url"].partition("#")
    assert anchor == alert["alert"].lower()
    headings = re.findall(r"^#+ (\S+)$", (ROOT / page).read_text(), flags=re.MULTILINE)
    assert anchor in {heading.lower() for heading in headings}


def test_the_runbook_explains_no_alert_that_is_not_there() -> None:
    headings = re.findall(
        r"^### (ExamLens\S+)$", (ROOT / "docs/runbook.md").read_text(), re.MULTILINE
    )
    assert sorted(headings) == sorted(alert["alert"] for alert in ALERTS)


def test_alertmanager_understands_its_file_which_names_alerts_that_exist() -> None:
    amtool = shutil.which("amtool")
    if amtool is None:
        unavailable("amtool")
    run(str(amtool), "check-config", "alertmanager.yml")
    named = {
        name
        for rule in _read("alertmanager.yml")["inhibit_rules"]
        for matcher in rule["source_matchers"] + rule["target_matchers"]
        for name in re.findall(r"ExamLens\w+", matcher)
    }
    assert named
    assert named <= {alert["alert"] for alert in ALERTS}


def test_no_label_of_any_metric_could_hold_an_id() -> None:
    """Labels are words of a fixed list; an id in one would make a series per exam."""
    allowed = {
        "service", "version", "queue", "outcome", "stage", "pool", "status", "error_code",
        "engine", "method", "route", "code", "tier", "kind", "loop", "work",
    }  # fmt: skip
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            assert set(metric._labelnames) <= allowed
