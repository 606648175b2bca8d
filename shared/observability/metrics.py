"""Every metric of every process, declared once. No label ever holds an exam's or person's id."""

from importlib.metadata import PackageNotFoundError, version

from prometheus_client import Counter, Gauge, Histogram

# Where several processes serve one port (EXAMLENS_GATEWAY_PROCESSES), ``multiprocess_mode`` says
# how their gauges become one; a gauge without it is of a worker, which is always one process.

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
#: From the fastest paper to well past the alert on the mean of 35 minutes.
_EXAM_SECONDS = (1, 2.5, 5, 10, 15, 20, 30, 45, 60, 90, 120, 300, 600, 1200, 2100, 3600, 7200)

BUILD_INFO = Gauge(
    "examlens_build_info",
    "Always 1; the labels say what runs.",
    ["service", "version"],
    multiprocess_mode="livemax",
)
MESSAGES = Counter(
    "examlens_messages_total",
    "Messages handled, by what became of them.",
    ["queue", "outcome"],
)
STAGE_SECONDS = Histogram(
    "examlens_stage_duration_seconds",
    "Time from claiming a task to recording it.",
    ["stage"],
    buckets=_SECONDS,
)
QUEUE_WAIT_SECONDS = Histogram(
    "examlens_queue_wait_seconds",
    "Time from a task being due to its claim.",
    ["stage"],
    buckets=_SECONDS,
)
STAGE_ATTEMPTS = Histogram(
    "examlens_stage_attempts",
    "Attempt number at which tasks were recorded.",
    ["stage"],
    buckets=(1, 2, 3, 4, 5, 8),
)
#: ``work`` is ``computing``, or ``waiting`` for threads whose work mostly waits for others.
THREADS_BUSY = Gauge(
    "examlens_worker_threads_busy", "Worker threads with a message in hand.", ["work"]
)
THREADS_TOTAL = Gauge("examlens_worker_threads", "Worker threads of this process.", ["work"])
POOL_IN_USE = Gauge(
    "examlens_database_connections_in_use",
    "Database connections taken from the pool.",
    ["pool"],
    multiprocess_mode="livesum",
)
POOL_LIMIT = Gauge(
    "examlens_database_connections_limit",
    "Most connections that the pool may open.",
    ["pool"],
    multiprocess_mode="livesum",
)
EXAMS_FINISHED = Counter(
    "examlens_exams_finished_total",
    "Exams that reached a terminal status.",
    ["status", "error_code"],
)
EXAM_SECONDS = Histogram(
    "examlens_exam_duration_seconds",
    "Time from submission to completion, of exams completed in their first run.",
    buckets=_EXAM_SECONDS,
)
EXAM_PAGES = Histogram(
    "examlens_exam_pages", "Pages of exams.", buckets=(1, 2, 3, 4, 6, 8, 12, 20, 40, 60)
)
CONNECTIONS_ENDED = Counter(
    "examlens_connections_ended_total",
    "Connections without a request that the gateway ended: late, for others' sake, or for want of "
    "room.",
    ["outcome"],
)
FOLDERS_SWEPT = Counter(
    "examlens_blob_folders_swept_total",
    "Folders of files that no row named and that were erased.",
)
OCR_PAGE_SECONDS = Histogram(
    "examlens_ocr_page_duration_seconds",
    "Time that an engine took to read one page.",
    ["engine"],
    buckets=_SECONDS,
)
LOOP_SUCCEEDED = Gauge(
    "examlens_loop_last_success_timestamp_seconds",
    "When a loop that must never end last did what it is for.",
    ["loop"],
    multiprocess_mode="livemin",
)
# The census: counted in PostgreSQL by every relay, so take the maximum over relays, not the sum.
EXAMS_UNFINISHED = Gauge(
    "examlens_exams_unfinished", "Exams on their way, by what their clients see.", ["status"]
)
QUEUE_WAITING = Gauge(
    "examlens_queue_tasks_waiting",
    "Due tasks that nobody has begun, at the broker or not.",
    ["queue"],
)
QUEUE_RUNNING = Gauge("examlens_queue_tasks_running", "Tasks that a worker holds.", ["queue"])
QUEUE_OLDEST_SECONDS = Gauge(
    "examlens_queue_oldest_age_seconds",
    "For how long the oldest waiting task has been due.",
    ["queue"],
)
DEAD_LETTERS = Gauge("examlens_dead_letters", "Dead letters that nobody has decided on.", ["queue"])
CONNECTIONS_POSSIBLE = Gauge(
    "examlens_database_connections_possible",
    "Database connections when every connected process uses its pool to the limit.",
)
CONNECTIONS_ALLOWED = Gauge(
    "examlens_database_connections_allowed", "Connections that the database server takes at most."
)
PUBLISHED = Counter(
    "examlens_outbox_published_total", "Messages the broker has confirmed.", ["queue"]
)
PUBLISH_FAILURES = Counter(
    "examlens_outbox_publish_failures_total", "Publications that failed and will be repeated."
)
OUTBOX_WAITING = Gauge(
    "examlens_outbox_waiting", "Due messages not yet published, those held back included."
)
OUTBOX_LAG_SECONDS = Gauge(
    "examlens_outbox_lag_seconds",
    "Age of the oldest due message that is not published though its queue has room.",
)
LEASES_EXPIRED = Counter(
    "examlens_leases_expired_total", "Tasks taken back because their worker fell silent."
)
TASKS_HINDERED = Counter(
    "examlens_tasks_hindered_total",
    "Attempts that a server, a disk or the machine stood in the way of; they are not counted.",
    ["stage"],
)
TASKS_SLOW = Counter(
    "examlens_tasks_slow_total", "Attempts that took longer than the soft limit.", ["stage"]
)
TASKS_REDRIVEN = Counter(
    "examlens_tasks_redriven_total", "Tasks whose message was lost and sent once more."
)
HTTP_REQUESTS = Counter(
    "examlens_http_requests_total",
    "HTTP requests by route and answer.",
    ["method", "route", "code"],
)
HTTP_SECONDS = Histogram(
    "examlens_http_request_duration_seconds",
    "Time to answer a request.",
    ["method", "route"],
    buckets=_SECONDS,
)
HTTP_IN_FLIGHT = Gauge(
    "examlens_http_requests_in_flight",
    "HTTP requests that are being answered: ordinary ones, long polls and event streams.",
    ["kind"],
    multiprocess_mode="livesum",
)
RATE_LIMIT_STORE_ERRORS = Counter(
    "examlens_rate_limit_store_errors_total",
    "Times that Redis did not answer and the gateway went on counting requests by itself.",
)
UPLOAD_BYTES = Histogram(
    "examlens_upload_size_bytes",
    "Size of accepted uploads.",
    buckets=(1e4, 1e5, 5e5, 1e6, 5e6, 1e7, 5e7, 2e8),
)
SCORING_FAILURES = Counter(
    "examlens_scoring_failures_total",
    "Questions left to a person because scoring them raised, which is a defect.",
)
CACHE_REQUESTS = Counter(
    "examlens_cache_requests_total",
    "Look-ups in a cache by kind, tier (l1, l2, l3) and outcome (hit, negative_hit, miss, error).",
    ["kind", "tier", "outcome"],
)
MODEL_CALLS = Counter(
    "examlens_model_calls_total", "Calls of the language model by outcome.", ["outcome"]
)
MODEL_TOKENS = Counter(
    "examlens_model_tokens_total", "Tokens of the language model by kind.", ["kind"]
)
MODEL_COST = Counter(
    "examlens_model_cost_total", "What the language model cost, in the currency of its prices."
)
MODEL_BREAKER = Gauge(
    "examlens_model_breaker_state", "Circuit breaker: 0 closed, 1 half open, 2 open."
)


def tell_build(service: str) -> None:
    """Say which version of ``service`` this process runs."""
    try:
        release = version("examlens")
    except PackageNotFoundError:
        release = "unknown"
    BUILD_INFO.labels(service, release).set(1)
