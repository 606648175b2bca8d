"""Dashboards and alerts ask only for metrics that running processes really have."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import promql_parser
import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard
from prometheus_client.metrics import MetricWrapperBase

from examlens.embedded import Embedded
from examlens.servers.rabbitmq import PrivateRabbitmq, find_rabbitmq
from shared.messaging.broker import build_broker
from shared.observability import metrics
from tests.availability import unavailable
from tests.servers import server_directory

pytestmark = pytest.mark.xdist_group("embedded")

ROOT = Path(__file__).parents[2]
GRAFANA = ROOT / "deploy" / "grafana"
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((ROOT / "deploy/prometheus/rules.yml").read_text())["groups"]
    for rule in group["rules"]
]
#: What Prometheus itself makes, and the rules above.
OF_PROMETHEUS = {"up", "ALERTS"} | {rule["record"] for rule in RULES if "record" in rule}
#: Labels that Prometheus adds to whatever it scrapes, and the one of histograms.
ADDED_LABELS = {"job", "instance", "le"}


def expressions() -> dict[str, str]:
    """Every PromQL expression of this project by where it stands."""
    found = {rule.get("alert") or rule["record"]: rule["expr"] for rule in RULES}
    for path in sorted((GRAFANA / "dashboards").glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel.get("targets", ()):
                where = f"{path.stem}: {panel['title']} {target['refId']}"
                found[where] = target["expr"].replace("$__rate_interval", "5m")
    return found


EXPRESSIONS = expressions()


def selectors(expression: str) -> list[promql_parser.VectorSelector]:
    """Every selector in ``expression``. Raises ValueError when it does not parse."""
    found: list[promql_parser.VectorSelector] = []

    def look(part: Any) -> None:
        if isinstance(part, promql_parser.VectorSelector):
            found.append(part)
        elif isinstance(part, promql_parser.MatrixSelector):
            look(part.vector_selector)
        elif isinstance(part, promql_parser.Call):
            for argument in part.args:
                look(argument)
        elif isinstance(part, promql_parser.BinaryExpr):
            look(part.lhs)
            look(part.rhs)
        elif isinstance(
            part,
            promql_parser.AggregateExpr
            | promql_parser.ParenExpr
            | promql_parser.UnaryExpr
            | promql_parser.SubqueryExpr,
        ):
            look(part.expr)

    look(promql_parser.parse(expression))
    return found


def names_in(exposition: str) -> set[str]:
    """Names of all series that an exposition declares, whether or not they have samples yet."""
    names = set()
    for line in exposition.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(maxsplit=3)
            suffixes = ("_bucket", "_sum", "_count") if kind in {"histogram", "summary"} else ("",)
            names |= {name + suffix for suffix in suffixes}
    return names


@pytest.fixture(scope="module")
def live_names(embedded: Embedded) -> set[str]:
    exposition = httpx2.get(f"{embedded.metrics_address}/metrics").text
    listed = (ROOT / "tests/fixtures/metrics/postgres_exporter.txt").read_text().splitlines()
    return names_in(exposition) | {line for line in listed if not line.startswith("#")}


@pytest.fixture(scope="module")
def broker_names() -> Iterator[set[str]]:
    if find_rabbitmq() is None:
        unavailable("rabbitmq-server")
    with server_directory() as directory:
        server = PrivateRabbitmq(directory, with_metrics=True).start()
        try:
            broker = build_broker(server.url)
            for queue in broker.get_declared_queues():
                broker.declare_queue(queue, ensure=True)
            broker.close()
            yield _broker_names(f"http://127.0.0.1:{server.metrics_port}/metrics")
        finally:
            server.stop()


def _broker_names(address: str) -> set[str]:
    scrape = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    job = next(j for j in scrape["scrape_configs"] if j["job_name"] == "rabbitmq-queues")
    # The node counts its queues every few seconds.
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        detailed = httpx2.get(f"{address}/detailed", params=job["params"]).text
        if "rabbitmq_detailed_queue_consumers" in detailed:
            return names_in(httpx2.get(address).text) | names_in(detailed)
        time.sleep(0.5)
    pytest.fail("the broker tells nothing of its queues")


@pytest.mark.parametrize("where", EXPRESSIONS)
def test_every_expression_asks_for_known_metrics_and_labels(
    where: str, live_names: set[str]
) -> None:
    for selector in selectors(EXPRESSIONS[where]):
        name = str(selector.name)
        if name.startswith("rabbitmq_"):
            continue
        assert name in live_names | OF_PROMETHEUS
        ours = _labels_of(name)
        if ours is not None:
            assert {matcher.name for matcher in selector.matchers.matchers} <= ours | ADDED_LABELS


def _labels_of(name: str) -> set[str] | None:
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase) and name.startswith(metric._name):
            rest = name.removeprefix(metric._name)
            if rest in {"", "_total", "_bucket", "_sum", "_count"}:
                return set(metric._labelnames)
    return None


def test_every_expression_about_the_broker_asks_for_metrics_it_has(
    broker_names: set[str],
) -> None:
    asked = {
        str(selector.name)
        for expression in EXPRESSIONS.values()
        for selector in selectors(expression)
        if str(selector.name).startswith("rabbitmq_")
    }
    assert len(asked) > 10
    assert asked - broker_names == set()


def test_every_metric_of_ours_is_shown_or_watched() -> None:
    asked = {str(s.name) for expression in EXPRESSIONS.values() for s in selectors(expression)}
    shown = {re.sub("_(total|bucket|sum|count)$", "", name) for name in asked}
    declared = {m._name for m in vars(metrics).values() if isinstance(m, MetricWrapperBase)}
    assert declared - shown == set()


def test_the_committed_dashboards_are_the_generated_ones() -> None:
    ended = subprocess.run(
        [sys.executable, str(GRAFANA / "build.py"), "--check"], capture_output=True, check=False
    )
    assert ended.returncode == 0, ended.stderr.decode()


def test_grafanas_own_schema_knows_everything_in_the_dashboards() -> None:
    register_default_plugins()
    for path in (GRAFANA / "dashboards").glob("*.json"):
        document = json.loads(path.read_text())
        # What the schema does not know is lost on the way through its types.
        read = json.loads(json.dumps(Dashboard.from_json(document), cls=JSONEncoder))
        assert read == document, path.name


def test_dashboards_can_be_told_apart_and_provisioned() -> None:
    boards = [json.loads(path.read_text()) for path in (GRAFANA / "dashboards").glob("*.json")]
    assert len({board["uid"] for board in boards}) == len(boards) == 10
    source = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yml").read_text())
    uid = source["datasources"][0]["uid"]
    for board in boards:
        panels = [panel for panel in board["panels"] if panel["type"] != "row"]
        assert {panel["datasource"]["uid"] for panel in panels} == {uid}
        assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
