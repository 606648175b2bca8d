"""Dashboards across services: the overview, and the two servers that everything rests on."""

from grafana_foundation_sdk.builders.dashboard import Dashboard
from panels import board, figure, graph, row
from service_boards import quantile, rate

_RATE = "$__rate_interval"
_SLO = 0.999
_AVAILABILITY = (
    '1 - (sum(increase(examlens_http_requests_total{code=~"5.."}[30d])) or vector(0))'
    " / sum(increase(examlens_http_requests_total[30d]))"
)


def overview() -> Dashboard:
    """Whether users get what was promised, and where time goes when they do not."""
    return (
        board("overview", "ExamLens overview", "Promises, throughput and latency", [])
        .with_row(row("Promises"))
        .with_panel(
            figure(
                "Availability, 30 days",
                _AVAILABILITY,
                unit="percentunit",
                decimals=3,
                steps=[("red", None), ("green", _SLO)],
                note="Share of requests not answered with 5xx; promised are 99.9 %.",
            )
        )
        .with_panel(
            figure(
                "Error budget left",
                f"1 - (1 - ({_AVAILABILITY})) / {1 - _SLO:.3f}",
                unit="percentunit",
                decimals=1,
                steps=[("red", None), ("orange", 0.2), ("green", 0.5)],
            )
        )
        .with_panel(
            figure(
                "Exams completed, 24 h",
                'sum(increase(examlens_exams_finished_total{status="COMPLETED"}[24h]))',
                decimals=0,
            )
        )
        .with_panel(
            figure(
                "Exams failed, 24 h",
                'sum(increase(examlens_exams_finished_total{status="FAILED"}[24h])) or vector(0)',
                decimals=0,
                steps=[("green", None), ("orange", 1)],
            )
        )
        .with_panel(
            figure(
                "One paper, p95",
                "examlens:exam_duration_seconds:p95_30m",
                unit="s",
                steps=[("green", None), ("red", 60)],
            )
        )
        .with_panel(
            figure(
                "Alerts firing",
                'count(ALERTS{alertstate="firing"}) or vector(0)',
                steps=[("green", None), ("red", 1)],
            )
        )
        .with_row(row("Throughput"))
        .with_panel(
            graph(
                "Exams ended",
                {
                    "{{status}} {{error_code}}": rate(
                        "examlens_exams_finished_total", "status, error_code"
                    )
                },
                unit="cps",
                is_stacked=True,
            )
        )
        .with_panel(
            graph(
                "Exams on their way",
                {"{{status}}": "max by (status) (examlens_exams_unfinished)"},
                is_stacked=True,
            )
        )
        .with_panel(
            graph(
                "Requests by code",
                {"{{code}}": rate("examlens_http_requests_total", "code")},
                unit="reqps",
                is_stacked=True,
            )
        )
        .with_panel(
            graph(
                "Waiting tasks",
                {"{{queue}}": "max by (queue) (examlens_queue_tasks_waiting)"},
                limit=50,
            )
        )
        .with_panel(
            graph(
                "Oldest waiting task",
                {"{{queue}}": "max by (queue) (examlens_queue_oldest_age_seconds)"},
                unit="s",
                limit=600,
            )
        )
        .with_panel(
            graph(
                "Utilisation of workers",
                {"{{job}}": "examlens:worker_utilisation:ratio10m"},
                unit="percentunit",
                limit=0.9,
            )
        )
        .with_row(row("Latency"))
        .with_panel(
            graph(
                "From submission to report",
                {
                    "mean": "examlens:exam_duration_seconds:mean30m",
                    "p50": "histogram_quantile(0.5, sum by (le) "
                    f"(rate(examlens_exam_duration_seconds_bucket[{_RATE}])))",
                    "p95": "examlens:exam_duration_seconds:p95_30m",
                },
                unit="s",
                limit=60,
            )
        )
        .with_panel(
            graph(
                "Stage duration, p95",
                {"{{stage}}": quantile(0.95, "examlens_stage_duration_seconds", "stage")},
                unit="s",
            )
        )
        .with_panel(
            graph(
                "Queue wait, p95",
                {"{{stage}}": quantile(0.95, "examlens_queue_wait_seconds", "stage")},
                unit="s",
            )
        )
        .with_panel(
            graph(
                "Time of a paper by stage",
                {"{{stage}}": rate("examlens_stage_duration_seconds_sum", "stage")},
                unit="s",
                is_stacked=True,
                width=12,
                note="Seconds of work per second: how many threads each stage keeps busy.",
            )
        )
        .with_panel(
            graph(
                "Pages per exam",
                {
                    "mean": f"sum(rate(examlens_exam_pages_sum[{_RATE}]))"
                    f" / sum(rate(examlens_exam_pages_count[{_RATE}]))"
                },
                width=12,
            )
        )
    )


def _by_queue(figure_name: str, matchers: str = "") -> str:
    return f"sum by (queue) (rabbitmq_detailed_queue_{figure_name}{matchers})"


def _messages(event: str) -> str:
    return f"sum(rate(rabbitmq_global_messages_{event}_total[{_RATE}]))"


def rabbitmq() -> Dashboard:
    """The broker, as its own Prometheus plugin tells."""
    return (
        board("rabbitmq", "ExamLens RabbitMQ", "The broker and its queues", ["server"])
        .with_row(row("Queues"))
        .with_panel(
            graph(
                "Ready",
                {"{{queue}}": _by_queue("messages_ready", '{queue!~".+Q"}')},
                note="Short on purpose: the backlog is in PostgreSQL.",
            )
        )
        .with_panel(
            graph(
                "In workers' hands",
                {"{{queue}}": _by_queue("messages_unacked")},
            )
        )
        .with_panel(
            graph(
                "Consumers",
                {"{{queue}}": _by_queue("consumers", '{queue!~".+Q"}')},
            )
        )
        .with_panel(
            graph(
                "Dead (.XQ) and delayed (.DQ)",
                {"{{queue}}": _by_queue("messages_ready", '{queue=~".+Q"}')},
            )
        )
        .with_panel(
            graph(
                "Messages per second",
                {
                    "received": _messages("received"),
                    "confirmed": _messages("confirmed"),
                    "acknowledged": _messages("acknowledged"),
                    "redelivered": _messages("redelivered"),
                },
                unit="cps",
            )
        )
        .with_panel(
            graph(
                "Connections and channels",
                {"connections": "sum(rabbitmq_connections)", "channels": "sum(rabbitmq_channels)"},
            )
        )
        .with_row(row("Node"))
        .with_panel(
            graph(
                "Memory",
                {
                    "{{instance}}": "rabbitmq_process_resident_memory_bytes",
                    "limit {{instance}}": "rabbitmq_resident_memory_limit_bytes",
                },
                unit="bytes",
            )
        )
        .with_panel(
            graph(
                "Free disk",
                {
                    "{{instance}}": "rabbitmq_disk_space_available_bytes",
                    "limit {{instance}}": "rabbitmq_disk_space_available_limit_bytes",
                },
                unit="bytes",
            )
        )
        .with_panel(
            graph(
                "Alarms",
                {
                    "memory": "max(rabbitmq_alarms_memory_used_watermark)",
                    "disk": "max(rabbitmq_alarms_free_disk_space_watermark)",
                },
            )
        )
    )


def postgres() -> Dashboard:
    """The truth, as postgres_exporter and our own pools tell."""
    own = '{datname!~"template.*|postgres"}'
    return (
        board("postgres", "ExamLens PostgreSQL", "Transactions, connections and size", ["server"])
        .with_row(row("Load"))
        .with_panel(
            graph(
                "Transactions per second",
                {
                    "committed": f"sum(rate(pg_stat_database_xact_commit{own}[{_RATE}]))",
                    "rolled back": f"sum(rate(pg_stat_database_xact_rollback{own}[{_RATE}]))",
                },
                unit="cps",
            )
        )
        .with_panel(
            graph(
                "Rows written per second",
                {
                    "inserted": f"sum(rate(pg_stat_database_tup_inserted{own}[{_RATE}]))",
                    "updated": f"sum(rate(pg_stat_database_tup_updated{own}[{_RATE}]))",
                    "deleted": f"sum(rate(pg_stat_database_tup_deleted{own}[{_RATE}]))",
                },
                unit="cps",
            )
        )
        .with_panel(
            graph(
                "Found in memory",
                {
                    "share": f"sum(rate(pg_stat_database_blks_hit{own}[{_RATE}])) / (sum(rate("
                    f"pg_stat_database_blks_hit{own}[{_RATE}])) + sum(rate("
                    f"pg_stat_database_blks_read{own}[{_RATE}])))"
                },
                unit="percentunit",
            )
        )
        .with_row(row("Connections"))
        .with_panel(
            graph(
                "Connections by state",
                {
                    "{{state}}": f"sum by (state) (pg_stat_activity_count{own})",
                    "limit": "max(pg_settings_max_connections)",
                },
            )
        )
        .with_panel(
            graph(
                "Taken from our pools",
                {"{{pool}}": "sum by (pool) (examlens_database_connections_in_use)"},
            )
        )
        .with_panel(
            graph(
                "If every pool were full",
                {
                    "possible": "max(examlens_database_connections_possible)",
                    "allowed": "max(examlens_database_connections_allowed)",
                },
            )
        )
        .with_panel(
            graph(
                "Longest transaction",
                {"{{state}}": f"max by (state) (pg_stat_activity_max_tx_duration{own})"},
                unit="s",
            )
        )
        .with_row(row("Health"))
        .with_panel(graph("Size", {"{{datname}}": f"pg_database_size_bytes{own}"}, unit="bytes"))
        .with_panel(graph("Locks", {"{{mode}}": f"sum by (mode) (pg_locks_count{own})"}))
        .with_panel(
            graph(
                "Deadlocks",
                {"{{datname}}": f"rate(pg_stat_database_deadlocks{own}[{_RATE}])"},
            )
        )
    )
