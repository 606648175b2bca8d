"""``python -m tests.chaos.process NAME``: one process of the chaos run, with quick engines.

CHAOS_PATCH takes one protection out, to show that the account notices.
"""

import importlib
import os
import sys
from typing import Any

from services.report.settings import ReportSettings
from services.report.webhooks import WebhookDelivery
from shared.messaging.job_work import JobWork
from shared.messaging.relay.process import main as run_relay
from shared.messaging.relay.publisher import Publisher
from shared.messaging.worker import run_worker
from shared.settings import ServiceSettings
from shared.storage.blobs import BlobStore
from shared.webhooks.addresses import parse_networks
from shared.webhooks.sender import HttpSender
from tests.chaos.behaviour import SERVICES, quick_factory
from tests.chaos.patches import PATCHES

#: Services whose practice papers and class reports are real.
_WITH_SIDE_WORK = frozenset({"diagnose", "report"})


def _die_between_publish_and_commit() -> None:
    """Make this relay vanish after the broker has a message and before PostgreSQL knows."""
    send = Publisher._send
    sent = 0

    def send_and_sometimes_die(self: Publisher, row: Any) -> None:
        nonlocal sent
        send(self, row)
        sent += 1
        if sent == 5:
            os._exit(9)

    Publisher._send = send_and_sometimes_die  # type: ignore[method-assign]


def _run_service_with(name: str, build_stages: Any) -> None:
    """The service's own composition root, with all that it does beside its stages."""
    service: Any = importlib.import_module(f"services.{name}.worker")
    run = service.run_worker

    def run_quick(name: str, settings: Any, _: Any, *args: Any, **given: Any) -> None:
        run(name, settings, build_stages, *args, **given)

    service.run_worker = run_quick
    service.main()


def _announcements(settings: ReportSettings, _: BlobStore) -> tuple[JobWork, ...]:
    """The ends of exams are told by the real code in every run."""
    return (WebhookDelivery(HttpSender(allowed=parse_networks(settings.webhook_networks))),)


def main() -> None:
    """Run the process that the first argument names."""
    name = sys.argv[1]
    patch = os.environ.get("CHAOS_PATCH")
    if patch:
        PATCHES[patch]()
    if name in SERVICES:
        build_stages = quick_factory(name, float(os.environ.get("CHAOS_PAUSE_SECONDS", "0.1")))
        if name in _WITH_SIDE_WORK and os.environ.get("CHAOS_SIDE_WORK") == "1":
            _run_service_with(name, build_stages)
        elif name == "report":
            run_worker(name, ReportSettings(), build_stages, _announcements)
        else:
            run_worker(name, ServiceSettings(), build_stages)
    else:
        if name == "dying-relay":
            _die_between_publish_and_commit()
        run_relay()


if __name__ == "__main__":
    main()
