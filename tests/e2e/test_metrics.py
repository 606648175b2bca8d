"""Every process tells how it fares, in Prometheus' format and without anybody's ids."""

import re

import httpx2
import pytest
from prometheus_client import REGISTRY
from prometheus_client.exposition import generate_latest

# Importing declares; which process observes is the services' business.
from shared.observability import metrics
from shared.observability.health import HealthServer

UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}")


@pytest.fixture
def health() -> HealthServer:
    return HealthServer("127.0.0.1", 0, is_alive=lambda: ["a thread is dead"])


def test_the_internal_port_serves_metrics_and_health(health: HealthServer) -> None:
    metrics.MESSAGES.labels("ocr", "handled").inc()
    health.start()
    try:
        base = f"http://127.0.0.1:{health.port}"
        served = httpx2.get(f"{base}/metrics")
        assert 'examlens_messages_total{outcome="handled",queue="ocr"}' in served.text
        assert httpx2.get(f"{base}/readyz").status_code == 200
        alive = httpx2.get(f"{base}/livez")
        assert (alive.status_code, alive.text) == (503, "a thread is dead\n")
        assert httpx2.get(f"{base}/other").status_code == 404
    finally:
        health.stop()


def test_no_metric_carries_an_id() -> None:
    assert UUID.search(generate_latest(REGISTRY)) is None
