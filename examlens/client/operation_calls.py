"""The routes for operators, and those about the service itself, as calls."""

from examlens.client.call import Call, document
from shared.contract.api.exams import StatusBody
from shared.contract.api.operations import AuditList, DeadLetterList, JobBody, QueueList
from shared.contract.api.service import LimitsBody, VersionBody
from shared.contract.api.webhooks import (
    WebhookDeliveryBody,
    WebhookDeliveryList,
    WebhookSecretBody,
    WebhookTargetBody,
    WebhookTargetList,
)


def queues() -> Call[QueueList]:
    """What waits in each queue. Needs scope admin."""
    return Call("GET", "/queues", document(QueueList))


def dead_letters(limit: int = 100) -> Call[DeadLetterList]:
    """Unresolved dead letters. Needs scope admin."""
    return Call("GET", "/dead-letters", document(DeadLetterList), params={"limit": limit})


def replay(letter_id: int) -> Call[StatusBody]:
    """Resume the exam of a dead letter. Needs scope admin."""
    return Call("POST", f"/dead-letters/{letter_id}/replay", document(StatusBody))


def replay_job(job_id: str) -> Call[JobBody]:
    """Begin a dead job anew. Needs scope admin."""
    return Call("POST", f"/dead-letters/jobs/{job_id}/replay", document(JobBody))


def deliveries(exam_id: str | None = None, limit: int = 100) -> Call[WebhookDeliveryList]:
    """What was announced to callback addresses, newest first. Needs scope admin."""
    params = {"exam_id": exam_id, "limit": limit}
    return Call("GET", "/webhooks/deliveries", document(WebhookDeliveryList), params=params)


def redeliver(delivery_id: str) -> Call[WebhookDeliveryBody]:
    """Announce once more. Needs scope admin."""
    path = f"/webhooks/deliveries/{delivery_id}/redeliver"
    return Call("POST", path, document(WebhookDeliveryBody))


def targets() -> Call[WebhookTargetList]:
    """Callback addresses that have failed. Needs scope admin."""
    return Call("GET", "/webhooks/targets", document(WebhookTargetList))


def enable_target(target_id: int) -> Call[WebhookTargetBody]:
    """Send to a callback address again. Needs scope admin."""
    return Call("POST", f"/webhooks/targets/{target_id}/enable", document(WebhookTargetBody))


def secret() -> Call[WebhookSecretBody]:
    """The secret that signs webhooks. Needs scope admin."""
    return Call("GET", "/webhooks/secret", document(WebhookSecretBody))


def rotate_secret() -> Call[WebhookSecretBody]:
    """Replace the secret that signs webhooks. Needs scope admin."""
    return Call("POST", "/webhooks/secret/rotate", document(WebhookSecretBody))


def audit(limit: int = 100, before: int | None = None) -> Call[AuditList]:
    """Who did what, newest first. Needs scope admin."""
    return Call("GET", "/audit", document(AuditList), params={"limit": limit, "before": before})


def limits() -> Call[LimitsBody]:
    """What a submission may consist of."""
    return Call("GET", "/limits", document(LimitsBody))


def version() -> Call[VersionBody]:
    """What the gateway runs."""
    return Call("GET", "/version", document(VersionBody))


def is_alive() -> Call[bool]:
    """Whether the gateway's process answers; asks no dependency."""
    return Call("GET", "/livez", lambda response: bool(response.is_success))


def is_ready() -> Call[bool]:
    """Whether requests can be served; raises ExamLensError when not."""
    return Call("GET", "/readyz", lambda response: bool(response.is_success))
