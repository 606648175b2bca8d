"""The state machine of an exam: stages, statuses, queues and who follows whom."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Stage(StrEnum):
    """One step of the pipeline; each is the job of exactly one actor."""

    #: Uploaded files become upright, validated page images.
    INGEST = "ingest"
    #: One page image becomes text lines, tables and marks. One message per page.
    OCR = "ocr"
    #: Page texts become sections, questions and student answers.
    PARSING = "parsing"
    #: Answers become verdicts and scores.
    ANALYSIS = "analysis"
    #: Scores become mastery per knowledge point and advice.
    DIAGNOSTIC = "diagnostic"
    #: The diagnosis becomes HTML and PDF.
    REPORT = "report"
    #: The exam is closed and its subscribers are told.
    COMPLETION = "completion"


class Status(StrEnum):
    """What a client sees of an exam."""

    #: Accepted; its pages are being prepared.
    UPLOADED = "UPLOADED"
    #: At least one page is being read.
    OCR_PROCESSING = "OCR_PROCESSING"
    #: Every page is read.
    OCR_COMPLETED = "OCR_COMPLETED"
    #: Questions and answers are being found.
    PARSING = "PARSING"
    #: Questions and answers are known.
    PARSED = "PARSED"
    #: Answers are being scored.
    ANALYZING = "ANALYZING"
    #: Every question has a verdict.
    ANALYZED = "ANALYZED"
    #: Mastery is being estimated.
    DIAGNOSING = "DIAGNOSING"
    #: Mastery and advice are known.
    DIAGNOSED = "DIAGNOSED"
    #: The report is being drawn.
    REPORT_GENERATING = "REPORT_GENERATING"
    #: The report can be read.
    REPORT_GENERATED = "REPORT_GENERATED"
    #: Finished, subscribers told.
    COMPLETED = "COMPLETED"
    #: Ended by bad input or exhausted attempts; has an error code.
    FAILED = "FAILED"
    #: Ended on request.
    CANCELLED = "CANCELLED"
    #: Ended because the same sheet was submitted before.
    DUPLICATE = "DUPLICATE"


class Priority(IntEnum):
    """Broker priority of an exam's messages; higher is served first."""

    LOW = 0
    NORMAL = 1
    HIGH = 2
    URGENT = 3


#: Statuses that no stage leaves within a run.
TERMINAL: frozenset[Status] = frozenset(
    {Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.DUPLICATE}
)

#: Terminal statuses from which a new run may start.
RETRYABLE: frozenset[Status] = frozenset({Status.FAILED, Status.CANCELLED})

#: Progress in percent on entering a status. A terminal failure keeps the progress it had.
PROGRESS: dict[Status, int] = {
    Status.UPLOADED: 0,
    Status.OCR_PROCESSING: 10,
    Status.OCR_COMPLETED: 20,
    Status.PARSING: 30,
    Status.PARSED: 40,
    Status.ANALYZING: 50,
    Status.ANALYZED: 60,
    Status.DIAGNOSING: 70,
    Status.DIAGNOSED: 80,
    Status.REPORT_GENERATING: 90,
    Status.REPORT_GENERATED: 95,
    Status.COMPLETED: 100,
}

#: Seconds that remain on entering a status, before any exam was measured.
COLD_START_REMAINING_SECONDS: dict[Status, int] = dict(
    zip(PROGRESS, (45, 35, 30, 25, 20, 15, 10, 8, 5, 3, 1, 0), strict=True)
)


@dataclass(frozen=True, slots=True)
class StageSpec:
    """Everything the platform must know of a stage.

    A task of this stage may start in the statuses ``claimable_from``. The exam becomes ``working``
    on the first claim and ``done`` on the last record.
    """

    stage: Stage
    queue: str
    claimable_from: frozenset[Status]
    working: Status
    done: Status
    successor: Stage | None
    is_per_page: bool = False
    #: Attempts that may end with an error.
    max_attempts: int = 4
    #: Attempts that may end with the worker vanishing while it does nothing else.
    max_crashes: int = 3
    time_limit_seconds: int = 120


SPECS: dict[Stage, StageSpec] = {
    spec.stage: spec
    for spec in (
        StageSpec(
            Stage.INGEST,
            "ingest",
            frozenset({Status.UPLOADED}),
            Status.UPLOADED,
            Status.UPLOADED,
            Stage.OCR,
        ),
        StageSpec(
            Stage.OCR,
            "ocr",
            frozenset({Status.UPLOADED, Status.OCR_PROCESSING}),
            Status.OCR_PROCESSING,
            Status.OCR_COMPLETED,
            Stage.PARSING,
            is_per_page=True,
        ),
        StageSpec(
            Stage.PARSING,
            "parsing",
            frozenset({Status.OCR_COMPLETED, Status.PARSING}),
            Status.PARSING,
            Status.PARSED,
            Stage.ANALYSIS,
        ),
        StageSpec(
            Stage.ANALYSIS,
            "analysis",
            frozenset({Status.PARSED, Status.ANALYZING}),
            Status.ANALYZING,
            Status.ANALYZED,
            Stage.DIAGNOSTIC,
        ),
        StageSpec(
            Stage.DIAGNOSTIC,
            "diagnostic",
            frozenset({Status.ANALYZED, Status.DIAGNOSING}),
            Status.DIAGNOSING,
            Status.DIAGNOSED,
            Stage.REPORT,
        ),
        StageSpec(
            Stage.REPORT,
            "report",
            frozenset({Status.DIAGNOSED, Status.REPORT_GENERATING}),
            Status.REPORT_GENERATING,
            Status.REPORT_GENERATED,
            Stage.COMPLETION,
        ),
        StageSpec(
            Stage.COMPLETION,
            "default",
            frozenset({Status.REPORT_GENERATED}),
            Status.REPORT_GENERATED,
            Status.COMPLETED,
            None,
        ),
    )
}

QUEUES: tuple[str, ...] = tuple(spec.queue for spec in SPECS.values())


def status_before(stage: Stage) -> Status:
    """The status an exam has when ``stage`` is next: where a retry from that stage starts."""
    for spec in SPECS.values():
        if spec.successor is stage:
            return spec.done
    return Status.UPLOADED


def is_transition_allowed(old: Status, new: Status) -> bool:
    """Whether one run may go from ``old`` to ``new`` in one step.

    Staying is allowed, because every stage can be repeated. A terminal status is never left.
    """
    if old in TERMINAL:
        return False
    if new in {Status.FAILED, Status.CANCELLED, Status.DUPLICATE} or new is old:
        return True
    return any(
        (old in spec.claimable_from and new is spec.working)
        or (old is spec.working and new is spec.done)
        for spec in SPECS.values()
    )
