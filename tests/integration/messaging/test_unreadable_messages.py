"""What can never be a task is dead-lettered at once, and nothing of it is kept or told."""

import io
import json
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import dramatiq
import pika
import pika.exceptions
import pytest

from shared.contract.messages import StageTask
from shared.contract.stages import SPECS, Stage
from shared.db.database import Database
from shared.messaging.broker import ExamLensRabbitmqBroker, build_broker
from shared.messaging.consumer import MOST_BODY_BYTES
from shared.messaging.worker import Workers, register_actors
from shared.observability.log_setup import configure_logging
from shared.settings import ServiceSettings
from tests.integration.messaging.conftest import ScriptedStage

pytestmark = [pytest.mark.rabbitmq, pytest.mark.xdist_group("rabbitmq")]
QUEUE = SPECS[Stage.REPORT].queue
SECRET = "柳絮池塘"
Publish = Callable[[bytes], None]


def message(task: Any, **changed: Any) -> bytes:
    """The body of a message with ``task``."""
    fields = dramatiq.Message(
        queue_name=QUEUE, actor_name=Stage.REPORT.value, args=(), kwargs={"task": task}, options={}
    ).asdict()
    return json.dumps(fields | changed).encode()


def task(**changed: Any) -> dict[str, Any]:
    right = StageTask(exam_id=str(uuid4()), run=1, stage=Stage.REPORT)
    return right.model_dump(mode="json") | changed


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    """What the workers' log says."""
    configure_logging("DEBUG", "json", "test")
    root, out = logging.getLogger(), io.StringIO()
    (handler,) = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(out)
    yield out
    root.handlers[:] = []


@pytest.fixture
def stage() -> ScriptedStage:
    return ScriptedStage(Stage.REPORT)


@pytest.fixture
def broker(
    amqp_server: str, database_url: str, stage: ScriptedStage, said: io.StringIO
) -> Iterator[ExamLensRabbitmqBroker]:
    """A broker whose queue of reports is worked on."""
    made = build_broker(amqp_server)
    assert isinstance(made, ExamLensRabbitmqBroker)
    made.declare_queue(QUEUE, ensure=True)
    made.flush(QUEUE)
    settings = ServiceSettings(database_url=database_url, amqp_url=amqp_server)
    register_actors(made, [stage], Database(database_url, size=2, application="test"), settings)
    running = Workers(made, {QUEUE}, threads=1)
    running.start()
    yield made
    running.stop(grace_seconds=5)
    made.flush_all()
    made.close()


@pytest.fixture
def publish(broker: ExamLensRabbitmqBroker) -> Publish:
    def send(body: bytes) -> None:
        broker.channel.basic_publish("", QUEUE, body, pika.BasicProperties(delivery_mode=2))

    return send


def is_dead_lettered(broker: ExamLensRabbitmqBroker, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if broker.get_queue_message_counts(QUEUE) == (0, 0, 1):
            return True
        time.sleep(0.05)
    return False


UNREADABLE = {
    "too large": message(task(traceparent=SECRET * (MOST_BODY_BYTES // 8))),
    "no JSON": SECRET.encode(),
    "no object": json.dumps([SECRET]).encode(),
    "no UTF-8": b"\xff\xfe" + SECRET.encode("utf-16"),
    "deeply nested": b"[" * 30_000,
    "no fields": json.dumps({"secret": SECRET}).encode(),
    "options of another kind": message(task(), options=SECRET),
    "a name of another kind": message(task(), actor_name=[SECRET]),
    "no task": message(None),
    "a task of another kind": message(SECRET),
    "a task without a run": message({"exam_id": SECRET, "stage": "report"}),
    "an exam that is no id": message(task(exam_id=SECRET)),
    "another stage": message(task(stage="ocr")),
    "an unknown stage": message(task(stage=SECRET)),
    "a run beyond all numbers": message(task(run=10**20)),
    "a later version": message(task(v=2)),
    "an unknown actor": message(task(), actor_name=SECRET),
    "other arguments": message(task(), kwargs={"other": SECRET}),
    "positional arguments": message(None, args=[SECRET], kwargs={}),
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_it_is_dead_lettered_at_once_and_nothing_of_it_is_told(
    broker: ExamLensRabbitmqBroker,
    publish: Publish,
    stage: ScriptedStage,
    said: io.StringIO,
    body: bytes,
) -> None:
    publish(body)
    assert is_dead_lettered(broker)
    assert stage.computed == []
    assert SECRET not in said.getvalue()
    assert len(said.getvalue()) < 10_000
    assert '"retries"' not in said.getvalue()


def test_a_message_with_more_than_we_know_is_read(
    broker: ExamLensRabbitmqBroker, publish: Publish, said: io.StringIO
) -> None:
    publish(message(task(later="x"), kwargs={"task": task(later="x"), "later": 1}))
    deadline = time.monotonic() + 10
    while "stage.skipped" not in said.getvalue() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "stage.skipped" in said.getvalue(), "no such exam"
    assert broker.get_queue_message_counts(QUEUE) == (0, 0, 0)


def test_the_broker_takes_no_message_that_nobody_would_read(
    broker: ExamLensRabbitmqBroker, publish: Publish
) -> None:
    with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="PRECONDITION_FAILED"):
        publish(b" " * 2 * 1024 * 1024)
    del broker.connection


def test_a_retry_carries_no_traceback(
    broker: ExamLensRabbitmqBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[bytes] = []
    monkeypatch.setattr(
        broker.channel, "basic_publish", lambda *_, **given: sent.append(given["body"])
    )
    retries = next(m for m in broker.middleware if type(m).__name__ == "DeadLetterOnFailedRetry")
    failed = dramatiq.Message.decode(message(task()))
    try:
        int(SECRET)
    except ValueError as error:
        retries.after_process_message(broker, failed, exception=error)
    assert len(sent) == 1
    assert json.loads(sent[0])["options"]["retries"] == 1
    assert "traceback" not in json.loads(sent[0])["options"]
