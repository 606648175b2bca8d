"""Fault of a model provider → what the analysis does about it: outcome, time, retries.

Run from the project's folder: ``.venv/bin/python -m benchmarks.diagnosis.provider_faults``.
"""

import asyncio
import time
from dataclasses import dataclass, field

import structlog

from services.diagnose.adapters.taxonomy.tagged_taxonomy import shipped_points
from services.diagnose.domain.scoring.judgement import ScoringRules
from services.diagnose.settings import DiagnoseSettings
from services.diagnose.stage import AnalysisStage
from services.diagnose.worker import build_assistant
from shared.contract.documents import Analysis
from shared.contract.questions import Verdict
from tests.integration.diagnose.conftest import essay_paper
from tests.integration.diagnose.model_provider import Fault, ModelProvider
from tests.unit.diagnose.point_indexes import SameIndex

QUESTIONS = 6
LATENCY_SECONDS = 0.1
#: As a user has them, but shorter where only waiting would be shown.
SETTINGS = {
    "database_url": "postgresql://unused",
    "model_name": "stand-in",
    "model_attempt_seconds": 2.0,
    "model_stage_seconds": 15.0,
    "model_breaker_seconds": 60.0,
}


@dataclass
class Case:
    """``first`` faults are met once, ``always`` by every call."""

    name: str
    first: list[Fault] = field(default_factory=list)
    always: Fault | None = None
    #: Analyses before the one that is shown.
    before: int = 0
    settings: dict[str, object] = field(default_factory=dict)
    is_up: bool = True


def cases() -> list[Case]:
    """Every fault, from none to no provider at all."""
    cut = '{"parts": [{"criterion": "x", "avail'
    nearly = (
        "```json\n{'parts': [{'criterion': 'x', 'available': 4, 'earned': 4, 'quote': '同位角',}],"
        " 'confidence': 0.9, 'cause': '', 'cause_quote': ''}\n```"
    )
    prices = {"model_prompt_price": 1.0, "model_completion_price": 1.0}
    return [
        Case("none"),
        Case("429, Retry-After: 1", [Fault(status=429, retry_after="1")]),
        Case("429, Retry-After: a date in 1-2 s", [Fault(status=429, retry_after="+2")]),
        Case("429 for an hour, always", always=Fault(status=429, retry_after="3600")),
        Case("500 twice", [Fault(status=500, body="")] * 2),
        Case("503 with an empty body", [Fault(status=503, body="")]),
        Case("500 always", always=Fault(status=500, body="")),
        Case("500 always, the exam after", always=Fault(status=500, body=""), before=1),
        Case("stalls once", [Fault(is_stalled=True)]),
        Case("stalls always", always=Fault(is_stalled=True)),
        Case("empty body", [Fault(body="")]),
        Case("only blank lines", [Fault(body="\n\n\n")]),
        Case("keep-alive blanks, then the answer", [Fault(blanks=10)]),
        Case("connection torn inside the body", [Fault(is_torn=True)]),
        Case("nearly JSON", [Fault(text=nearly)]),
        Case("prose instead of JSON", [Fault(text="I would rather not.")]),
        Case("prose always", always=Fault(text="I would rather not.")),
        Case("truncated once", [Fault(text=cut, finish_reason="length")]),
        Case("truncated always", always=Fault(text=cut, finish_reason="length")),
        Case("400: no JSON schema", [Fault(status=400, body="response_format unavailable")]),
        Case("401: bad key", always=Fault(status=401, body="")),
        Case("nobody listens", is_up=False),
        Case("exam cap after 3 calls", settings={**prices, "model_exam_cap": 0.0075}),
        Case("no provider configured", settings={"model_base_url": None}),
    ]


async def run(case: Case) -> tuple[Analysis, float]:
    """The analysis under ``case`` and its seconds."""
    provider = ModelProvider(latency_seconds=LATENCY_SECONDS, always=case.always)
    async with provider.serve():
        url = provider.url if case.is_up else "http://127.0.0.1:9"
        settings = SETTINGS | {"model_base_url": url} | case.settings
        assistant = build_assistant(DiagnoseSettings.model_validate(settings))
        stage = AnalysisStage(ScoringRules(), SameIndex(shipped_points()), assistant)
        for _ in range(case.before):
            await stage.compute(essay_paper(QUESTIONS))
        provider.faults.extend(case.first)
        began = time.monotonic()
        analysis = await stage.compute(essay_paper(QUESTIONS))
        seconds = time.monotonic() - began
        await assistant.close()
    return analysis, seconds


async def main() -> None:
    """Print the table."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    print(f"{QUESTIONS} short answers, model latency {LATENCY_SECONDS} s\n")
    print("| fault | graded by the model | left to review | seconds | calls | retries | note |")
    print("|---|---|---|---|---|---|---|")
    for case in cases():
        analysis, seconds = await run(case)
        graded = sum(q.verdict is not Verdict.NEEDS_REVIEW for q in analysis.questions)
        used = analysis.model
        calls = f"{used.calls} | {used.retries}" if used else "0 | 0"
        notes = ", ".join(detail for note in analysis.notes for detail in note.details)
        left = QUESTIONS - graded
        print(
            f"| {case.name} | {graded} | {left} | {seconds:.2f} | {calls} | {notes} |", flush=True
        )


if __name__ == "__main__":
    asyncio.run(main())
