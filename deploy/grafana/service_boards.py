"""Dashboards of the services: one each, built of the same rows."""

from grafana_foundation_sdk.builders.dashboard import Dashboard
from panels import board, graph, row

from shared.contract import services
from shared.contract.jobs import JOB_SPECS
from shared.contract.stages import SPECS

_RATE = "$__rate_interval"

#: Stages, kinds of jobs, and queues of the worker services.
WORKERS: dict[str, dict[str, str]] = {
    worker.name: {stage.value: SPECS[stage].queue for stage in worker.stages}
    | {kind.value: JOB_SPECS[kind].queue for kind in worker.jobs}
    for worker in services.WORKERS
}


def quantile(share: float, metric: str, by: str, matchers: str = "") -> str:
    """The quantile ``share`` of a histogram, per value of label ``by``."""
    buckets = f"rate({metric}_bucket{matchers}[{_RATE}])"
    return f"histogram_quantile({share}, sum by (le, {by}) ({buckets}))"


def rate(metric: str, by: str, matchers: str = "") -> str:
    """How much a counter grows per second, per value of label ``by``."""
    return f"sum by ({by}) (rate({metric}{matchers}[{_RATE}]))"


def _process(board_: Dashboard, job: str) -> Dashboard:
    """Memory, CPU and connections of the processes of ``job``."""
    of = f'{{job="{job}"}}'
    return (
        board_.with_row(row("Processes"))
        .with_panel(
            graph("Memory", {"{{instance}}": f"process_resident_memory_bytes{of}"}, unit="bytes")
        )
        .with_panel(
            graph("CPU cores", {"{{instance}}": f"rate(process_cpu_seconds_total{of}[{_RATE}])"})
        )
        .with_panel(
            graph(
                "Database connections taken",
                {
                    "{{instance}} {{pool}}": f"examlens_database_connections_in_use{of}",
                    "limit": f"max(examlens_database_connections_limit{of})",
                },
            )
        )
    )


def worker(service: str) -> Dashboard:
    """The dashboard of one worker service."""
    stages = "|".join(WORKERS[service])
    queues = "|".join(WORKERS[service].values())
    of_stage, of_queue = f'{{stage=~"{stages}"}}', f'{{queue=~"{queues}"}}'
    built = (
        board(service, f"ExamLens {service}", f"Work of {service}: {stages}", ["service"])
        .with_row(row("Work"))
        .with_panel(
            graph(
                "Messages by outcome",
                {
                    "{{queue}} {{outcome}}": rate(
                        "examlens_messages_total", "queue, outcome", of_queue
                    )
                },
                unit="cps",
            )
        )
        .with_panel(
            graph(
                "Stage duration",
                {
                    f"{name} {{{{stage}}}}": quantile(
                        share, "examlens_stage_duration_seconds", "stage", of_stage
                    )
                    for name, share in (("p50", 0.5), ("p95", 0.95))
                },
                unit="s",
            )
        )
        .with_panel(
            graph(
                "Queue wait, p95",
                {"{{stage}}": quantile(0.95, "examlens_queue_wait_seconds", "stage", of_stage)},
                unit="s",
            )
        )
        .with_panel(
            graph(
                "Waiting and running",
                {
                    "{{queue}} waiting": f"max by (queue) (examlens_queue_tasks_waiting{of_queue})",
                    "{{queue}} running": f"max by (queue) (examlens_queue_tasks_running{of_queue})",
                },
                limit=50,
            )
        )
        .with_panel(
            graph(
                "Oldest waiting task",
                {"{{queue}}": f"max by (queue) (examlens_queue_oldest_age_seconds{of_queue})"},
                unit="s",
                limit=600,
            )
        )
        .with_panel(
            graph(
                "Attempts per recorded task",
                {
                    "{{stage}}": f"{rate('examlens_stage_attempts_sum', 'stage', of_stage)}"
                    f" / {rate('examlens_stage_attempts_count', 'stage', of_stage)}"
                },
            )
        )
        .with_panel(
            graph(
                "Attempts past the soft limit",
                {"{{stage}}": rate("examlens_tasks_slow_total", "stage", of_stage)},
                unit="cps",
            )
        )
        .with_panel(
            graph(
                "Threads",
                {
                    "{{work}} busy": (
                        f'sum by (work) (examlens_worker_threads_busy{{job="{service}"}})'
                    ),
                    "{{work}} total": (
                        f'sum by (work) (examlens_worker_threads{{job="{service}"}})'
                    ),
                },
            )
        )
        .with_panel(
            graph(
                "Undecided dead letters",
                {"{{queue}}": f"max by (queue) (examlens_dead_letters{of_queue})"},
            )
        )
    )
    return _process(_own_panels(built, service), service)


def _own_panels(built: Dashboard, service: str) -> Dashboard:
    """What only this service has."""
    if service == "ocr":
        return built.with_panel(
            graph(
                "Seconds per page by engine",
                {
                    "p50 {{engine}}": quantile(0.5, "examlens_ocr_page_duration_seconds", "engine"),
                    "p95 {{engine}}": quantile(
                        0.95, "examlens_ocr_page_duration_seconds", "engine"
                    ),
                },
                unit="s",
            )
        )
    if service == "diagnose":
        of = f'{{job="{service}"}}'
        return (
            built.with_row(row("Model and caches"))
            .with_panel(
                graph(
                    "Model calls",
                    {"{{outcome}}": rate("examlens_model_calls_total", "outcome", of)},
                    unit="cps",
                )
            )
            .with_panel(
                graph("Tokens", {"{{kind}}": rate("examlens_model_tokens_total", "kind", of)})
            )
            .with_panel(
                graph(
                    "Cost per hour",
                    {"cost": f"sum(increase(examlens_model_cost_total{of}[1h]))"},
                    limit=10,
                )
            )
            .with_panel(
                graph(
                    "Breaker (0 closed, 1 half open, 2 open)",
                    {"{{instance}}": f"examlens_model_breaker_state{of}"},
                )
            )
            .with_panel(
                graph(
                    "Cache look-ups",
                    {
                        "{{tier}} {{outcome}}": rate(
                            "examlens_cache_requests_total", "tier, outcome", of
                        )
                    },
                    unit="cps",
                    width=16,
                )
            )
        )
    return built


def gateway() -> Dashboard:
    """The dashboard of the HTTP edge."""
    built = (
        board("gateway", "ExamLens gateway", "Requests, their answers and uploads", ["service"])
        .with_row(row("Requests"))
        .with_panel(
            graph(
                "Requests by route",
                {"{{method}} {{route}}": rate("examlens_http_requests_total", "method, route")},
                unit="reqps",
            )
        )
        .with_panel(
            graph(
                "Answers by code",
                {"{{code}}": rate("examlens_http_requests_total", "code")},
                unit="reqps",
                is_stacked=True,
            )
        )
        .with_panel(
            graph(
                "Time to answer, p95, without waiting routes",
                {
                    "{{method}} {{route}}": quantile(
                        0.95,
                        "examlens_http_request_duration_seconds",
                        "method, route",
                        '{route!~".*/(status|events)"}',
                    )
                },
                unit="s",
            )
        )
        .with_panel(
            graph(
                "Requests in flight",
                {"{{kind}}": "sum by (kind) (examlens_http_requests_in_flight)"},
            )
        )
        .with_panel(
            graph(
                "Connections ended without a request",
                {"{{outcome}}": rate("examlens_connections_ended_total", "outcome")},
                unit="cps",
            )
        )
        .with_panel(
            graph(
                "Rate limits without their Redis",
                {"{{instance}}": rate("examlens_rate_limit_store_errors_total", "instance")},
                unit="cps",
                note="Each gateway counts by itself meanwhile: replicas grant the limit each.",
            )
        )
        .with_panel(
            graph(
                "Size of submissions",
                {
                    "p50": quantile(0.5, "examlens_upload_size_bytes", "job"),
                    "p95": quantile(0.95, "examlens_upload_size_bytes", "job"),
                },
                unit="bytes",
            )
        )
        .with_panel(
            graph(
                "Submissions",
                {"accepted": f"sum(rate(examlens_upload_size_bytes_count[{_RATE}]))"},
                unit="cps",
            )
        )
        .with_panel(
            graph(
                "Share of 5xx",
                {"five minutes": "examlens:http_errors:ratio_rate5m"},
                unit="percentunit",
                limit=0.0144,
            )
        )
    )
    return _process(built, "gateway")


def relay() -> Dashboard:
    """The dashboard of whoever publishes, reaps and counts."""
    built = (
        board("relay", "ExamLens relay", "The outbox, leases and what was lost", ["service"])
        .with_row(row("Outbox"))
        .with_panel(
            graph(
                "Published by queue",
                {"{{queue}}": rate("examlens_outbox_published_total", "queue")},
                unit="cps",
                is_stacked=True,
            )
        )
        .with_panel(
            graph(
                "Due and unpublished",
                {"messages": "max(examlens_outbox_waiting)"},
                note="Held back on purpose while their queue is full; the lag counts the others.",
            )
        )
        .with_panel(graph("Lag", {"lag": "max(examlens_outbox_lag_seconds)"}, unit="s", limit=30))
        .with_panel(
            graph(
                "Failed publications",
                {"{{instance}}": rate("examlens_outbox_publish_failures_total", "instance")},
            )
        )
        .with_panel(
            graph(
                "Taken back and re-driven",
                {
                    "leases expired": f"sum(rate(examlens_leases_expired_total[{_RATE}]))",
                    "messages lost": f"sum(rate(examlens_tasks_redriven_total[{_RATE}]))",
                    "hindered": f"sum(rate(examlens_tasks_hindered_total[{_RATE}]))",
                },
            )
        )
        .with_panel(
            graph(
                "Folders swept that no row named",
                {"folders": f"sum(increase(examlens_blob_folders_swept_total[{_RATE}]))"},
            )
        )
        .with_panel(
            graph(
                "Undecided dead letters",
                {"{{queue}}": "max by (queue) (examlens_dead_letters)"},
            )
        )
    )
    return _process(built, "relay")
