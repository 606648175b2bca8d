"""Each service's broker user may touch its own queues and is refused those of others."""

import base64
import json
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pika
import pika.exceptions
import pytest

from shared.contract.stages import QUEUES
from shared.messaging.broker import build_broker
from tests.containers import BrokerServer

pytestmark = [pytest.mark.rabbitmq, pytest.mark.xdist_group("rabbitmq")]
DEPLOY = Path(__file__).parents[3] / "deploy"
DEFINITIONS = DEPLOY / "rabbitmq" / "definitions.json"
VIRTUAL_HOST = "examlens"
UrlOf = Callable[[str], str]


@pytest.fixture(scope="module")
def url_of(rabbitmq: BrokerServer) -> Iterator[UrlOf]:
    """A broker that has loaded the definitions as `make secrets` completes them."""
    make_secrets = runpy.run_path(str(DEPLOY / "docker" / "make_secrets.py"))
    complete = make_secrets["with_password_hashes"](DEFINITIONS.read_text(), lambda _: "secret")
    encoded = base64.b64encode(complete.encode()).decode()
    # One command: each starts a node of its own.
    rabbitmq.control("eval", f'rabbit_definitions:import_raw(base64:decode("{encoded}")).')
    parts = urlsplit(rabbitmq.url)

    def url(service: str) -> str:
        netloc = f"examlens_{service}:secret@{parts.hostname}:{parts.port}"
        return urlunsplit(parts._replace(netloc=netloc, path=f"/{VIRTUAL_HOST}"))

    yield url
    rabbitmq.control("delete_vhost", VIRTUAL_HOST)


def test_the_relay_declares_every_queue_and_the_policies_apply(
    url_of: UrlOf, rabbitmq: BrokerServer
) -> None:
    broker = build_broker(url_of("relay"))
    for queue in QUEUES:
        broker.declare_queue(queue, ensure=True)  # type: ignore[call-arg]
    broker.close()
    listed = rabbitmq.control("list_queues", "-p", VIRTUAL_HOST, "name", "policy", "--silent")
    policies = dict(line.split("\t") for line in listed.splitlines() if "\t" in line)
    assert policies == {
        name: "dead-letters" if name.endswith(".XQ") else "work"
        for queue in QUEUES
        for name in (queue, f"{queue}.DQ", f"{queue}.XQ")
    }


def test_a_worker_declares_and_reads_its_own_queues(url_of: UrlOf) -> None:
    broker = build_broker(url_of("diagnose"))
    for queue in ("analysis", "diagnostic"):
        consumer = broker.consume(queue, prefetch=1, timeout=100)
        assert next(consumer) is None
        consumer.close()
    broker.close()


@pytest.mark.parametrize("queue", ["ingest", "parsing", "report.XQ", "mine"])
def test_a_worker_is_refused_the_queues_of_others(url_of: UrlOf, queue: str) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(url_of("ocr")))
    try:
        with pytest.raises(pika.exceptions.ChannelClosedByBroker) as refused:
            connection.channel().queue_declare(queue, durable=True)
        assert refused.value.reply_code == 403
        with pytest.raises(pika.exceptions.ChannelClosedByBroker) as refused:
            connection.channel().basic_get(queue)
        assert refused.value.reply_code in {403, 404}
        with pytest.raises(pika.exceptions.ChannelClosedByBroker) as refused:
            connection.channel().queue_purge(queue)
        assert refused.value.reply_code in {403, 404}
    finally:
        connection.close()


def test_the_gateway_has_no_user() -> None:
    users = {user["name"] for user in json.loads(DEFINITIONS.read_text())["users"]}
    assert "examlens_gateway" not in users
