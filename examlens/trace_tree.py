"""``python -m examlens.trace_tree FILE [ID]``: traces of a trace file as text trees.

FILE is what EXAMLENS_TRACE_FILE named; ID is a trace's or an exam's; without it all are shown.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

#: Attributes that are shown behind a span's name, with the words before their values.
_SHOWN = {
    "http.response.status_code": "",
    "examlens.page": "page ",
    "examlens.attempt": "attempt ",
    "examlens.outcome": "",
}


@dataclass(frozen=True, slots=True)
class RecordedSpan:
    """One line of a trace file."""

    trace_id: str
    span_id: str
    parent_id: str | None
    name: str
    service: str
    begun_at: datetime
    seconds: float
    attributes: dict[str, Any]
    links: tuple[str, ...]
    #: The exception's type and place when the span failed.
    error: str | None

    @classmethod
    def parse(cls, line: str) -> Self:
        """The span in the SDK's JSON form."""
        document = json.loads(line)
        begun_at, ended_at = (datetime.fromisoformat(document[f"{e}_time"]) for e in _ENDS)
        return cls(
            document["context"]["trace_id"].removeprefix("0x"),
            document["context"]["span_id"].removeprefix("0x"),
            (document["parent_id"] or "").removeprefix("0x") or None,
            document["name"],
            document["resource"]["attributes"]["service.name"],
            begun_at,
            (ended_at - begun_at).total_seconds(),
            document["attributes"],
            tuple(link["context"]["span_id"].removeprefix("0x") for link in document["links"]),
            document["status"].get("description"),
        )

    @property
    def exam_id(self) -> str | None:
        """The exam that the span works for, where it says so."""
        return self.attributes.get("examlens.exam_id")


_ENDS = ("start", "end")


def read_traces(path: Path) -> dict[str, list[RecordedSpan]]:
    """The spans of every trace in ``path``, in the order in which they began."""
    traces: dict[str, list[RecordedSpan]] = defaultdict(list)
    for line in path.read_text().splitlines():
        span = RecordedSpan.parse(line)
        traces[span.trace_id].append(span)
    for spans in traces.values():
        spans.sort(key=lambda span: span.begun_at)
    return dict(traces)


def draw(spans: list[RecordedSpan]) -> Iterator[str]:
    """The lines of one trace: when each span began, how long it took, what came of it."""
    known = {span.span_id: span for span in spans}
    children: dict[str | None, list[RecordedSpan]] = defaultdict(list)
    for span in spans:
        # A parent may belong to the client that sent the traceparent header.
        children[span.parent_id if span.parent_id in known else None].append(span)
    begun_at = spans[0].begun_at
    yield f"trace {spans[0].trace_id}, {len(spans)} spans"

    def branch(span: RecordedSpan, lead: str, mark: str) -> Iterator[str]:
        offset = (span.begun_at - begun_at).total_seconds()
        yield f"{offset:8.3f} s {span.seconds:8.3f} s  {lead}{mark}{_label(span, known)}"
        below = children[span.span_id]
        deeper = lead + {"": "", "├─ ": "│  ", "└─ ": "   "}[mark]
        for number, child in enumerate(below, start=1):
            yield from branch(child, deeper, "└─ " if number == len(below) else "├─ ")

    for root in children[None]:
        yield from branch(root, "", "")


def _label(span: RecordedSpan, known: dict[str, RecordedSpan]) -> str:
    words = [span.name]
    words += [f"{word}{span.attributes[a]}" for a, word in _SHOWN.items() if span.attributes.get(a)]
    words += [f"repeats {known[link].name}" for link in span.links if link in known]
    if span.parent_id not in known and span.begun_at > min(s.begun_at for s in known.values()):
        words.append("in a span that was lost with its process")
    if span.error is not None:
        words.append(f"failed: {span.error}")
    return ", ".join(words)


def main() -> None:
    """Print the traces that the arguments name."""
    traces = read_traces(Path(sys.argv[1]))
    wanted = sys.argv[2] if len(sys.argv) > 2 else None
    for trace_id, spans in traces.items():
        exams = {span.exam_id for span in spans} - {None}
        if (wanted is None and exams) or wanted in {trace_id, *exams}:
            sys.stdout.writelines(f"{line}\n" for line in draw(spans))


if __name__ == "__main__":
    main()
