"""Every metric of every process, declared once. No label ever holds an exam's or person's id."""

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)

BUILD_INFO = Gauge(
    "examlens_build_info", "Always 1; the labels say what runs.", ["service", "version"]
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
THREADS_BUSY = Gauge("examlens_worker_threads_busy", "Worker threads with a message in hand.")
THREADS_TOTAL = Gauge("examlens_worker_threads", "Worker threads of this process.")
EXAMS_FINISHED = Counter(
    "examlens_exams_finished_total",
    "Exams that reached a terminal status.",
    ["status", "error_code"],
)
PUBLISHED = Counter(
    "examlens_outbox_published_total", "Messages the broker has confirmed.", ["queue"]
)
PUBLISH_FAILURES = Counter(
    "examlens_outbox_publish_failures_total", "Publications that failed and will be repeated."
)
OUTBOX_WAITING = Gauge("examlens_outbox_waiting", "Due messages not yet published.")
OUTBOX_OLDEST_SECONDS = Gauge(
    "examlens_outbox_oldest_age_seconds", "Age of the oldest due message not yet published."
)
LEASES_EXPIRED = Counter(
    "examlens_leases_expired_total", "Tasks taken back because their worker fell silent."
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
UPLOAD_BYTES = Histogram(
    "examlens_upload_size_bytes",
    "Size of accepted uploads.",
    buckets=(1e4, 1e5, 5e5, 1e6, 5e6, 1e7, 5e7, 2e8),
)
