"""What both peers do for one stage, written the usual way: two updates and no guarantees.

No outbox, no lease, no fencing, no events: a process that ends at the wrong moment loses the exam
or repeats its stage.
"""

import os
import threading

import psycopg

STAGES = ("ingest", "ocr", "parsing", "analysis", "diagnostic", "report", "completion")
TABLE = "CREATE TABLE peer_exams (id text PRIMARY KEY, status text NOT NULL)"
_INSERT = "INSERT INTO peer_exams VALUES (%s, 'UPLOADED')"
_UPDATE = "UPDATE peer_exams SET status = %s WHERE id = %s"
_connections = threading.local()


def _connection() -> psycopg.Connection:
    """This thread's connection; every statement is a transaction."""
    if not hasattr(_connections, "mine"):
        _connections.mine = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    return _connections.mine


def work(number: int, exam_id: str) -> None:
    """Stage ``number`` of an exam, which computes nothing."""
    _connection().execute(_UPDATE, (f"{STAGES[number]} begun", exam_id))
    is_last = number == len(STAGES) - 1
    _connection().execute(_UPDATE, ("COMPLETED" if is_last else f"{STAGES[number]} done", exam_id))


def add(exam_id: str) -> None:
    """A submission."""
    _connection().execute(_INSERT, (exam_id,))
