"""All tables. The comment of each names its single writer."""

from shared.db.tables.accounts import api_keys, audit_entries, papers, tenants
from shared.db.tables.bank import bank_items, taggers, taxonomies
from shared.db.tables.batches import batch_exams, batches
from shared.db.tables.class_reports import class_reports
from shared.db.tables.exams import (
    analyses,
    artefacts,
    corrections,
    diagnoses,
    exam_identities,
    exams,
    idempotency_keys,
    page_texts,
    pages,
    read_papers,
    uploads,
)
from shared.db.tables.jobs import JOBS_DUE, JobState, jobs
from shared.db.tables.likenesses import answer_prints, page_prints
from shared.db.tables.model import cache_counts, cache_entries, model_spend
from shared.db.tables.practice import practice_papers, practices
from shared.db.tables.schema import metadata
from shared.db.tables.sharing import share_links
from shared.db.tables.webhooks import webhook_deliveries, webhook_secrets, webhook_targets
from shared.db.tables.work import (
    EXAM_CHANGED,
    IS_OPEN,
    IS_RUNNING,
    OPEN_STATES,
    OUTBOX_FILLED,
    TaskState,
    dead_letters,
    erasures,
    events,
    outbox,
    stage_tasks,
)

__all__ = [
    "EXAM_CHANGED",
    "IS_OPEN",
    "IS_RUNNING",
    "JOBS_DUE",
    "OPEN_STATES",
    "OUTBOX_FILLED",
    "JobState",
    "TaskState",
    "analyses",
    "answer_prints",
    "api_keys",
    "artefacts",
    "audit_entries",
    "bank_items",
    "batch_exams",
    "batches",
    "cache_counts",
    "cache_entries",
    "class_reports",
    "corrections",
    "dead_letters",
    "diagnoses",
    "erasures",
    "events",
    "exam_identities",
    "exams",
    "idempotency_keys",
    "jobs",
    "metadata",
    "model_spend",
    "outbox",
    "page_prints",
    "page_texts",
    "pages",
    "papers",
    "practice_papers",
    "practices",
    "read_papers",
    "share_links",
    "stage_tasks",
    "taggers",
    "taxonomies",
    "tenants",
    "uploads",
    "webhook_deliveries",
    "webhook_secrets",
    "webhook_targets",
]
