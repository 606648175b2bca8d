"""What the columns of the model's rows hold when nothing else is said."""

from datetime import datetime
from typing import Any

from shared.contract.stages import Status


def new_exam(values: dict[str, Any], now: datetime) -> dict[str, Any]:
    """A row of ``exams``."""
    return {
        "status": Status.UPLOADED,
        "run": 1,
        "paper_id": None,
        "student_ref": None,
        "subject": None,
        "grade": None,
        "callback_url": None,
        "progress": 0,
        "pages_total": 0,
        "pages_done": 0,
        "is_cancel_requested": False,
        "error_code": None,
        "failed_stage": None,
        "is_forced": False,
        "duplicate_of": None,
        "duplicate_layer": None,
        "event_sequence": 1,
        "created_at": now,
        "updated_at": now,
        "completed_at": None,
        **values,
    }


def new_task(now: datetime) -> dict[str, Any]:
    """A row of ``stage_tasks``, but for its key."""
    return {
        "state": "pending",
        "attempt": 0,
        "crashes": 0,
        "crashes_alone": 0,
        "is_alone": False,
        "token": None,
        "lease_until": None,
        "due_at": now,
        "dispatched_at": None,
        "started_at": None,
        "finished_at": None,
        "seconds": None,
    }
