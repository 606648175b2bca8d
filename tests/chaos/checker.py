"""The judge of a run: what clients were told, against what is left.

Every rule reads the history and the final state and nothing else, so it can be tried on histories
that never were. A rule yields a sentence for everything that should not be.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import pairwise
from typing import Any

from shared.contract.stages import SPECS, TERMINAL, Stage, Status, is_transition_allowed
from shared.webhooks.signature import InvalidSignature, verify
from tests.chaos.final_state import FinalState, sha256_of
from tests.chaos.history import History, Told
from tests.chaos.quick_stages import digest_of, pages_of, report_of

#: What an exam ends as by itself, from the name of its customer.
ExpectedEnd = Callable[[str], str]
GONE = "gone"
_COMPLETED = Status.COMPLETED.value
#: What a promised request makes of an exam. A correction, a retry or a replay lets it complete.
_ENDS = {
    "cancel": Status.CANCELLED.value,
    "delete": GONE,
    "correct": _COMPLETED,
    "retry": _COMPLETED,
    "replay": _COMPLETED,
}


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that a rule may look at."""

    history: History
    final: FinalState
    expected_end: ExpectedEnd

    def customers(self) -> Iterator[tuple[str, str, list[Told]]]:
        """Name, exam and answers of everybody whose submission was accepted."""
        by_name: dict[str, list[Told]] = {}
        for told in self.history:
            by_name.setdefault(told.who, []).append(told)
        for who, answers in by_name.items():
            accepted = [t.exam_id for t in answers if t.request == "submit" and t.is_done]
            if accepted and accepted[0] is not None:
                yield who, accepted[0], answers

    def end_of(self, exam_id: str) -> str:
        """The exam's status with its code, or that it is gone."""
        exam = self.final.exams.get(exam_id)
        if exam is None:
            return GONE
        return f"{exam['status']} {exam['error_code'] or ''}".strip()


Rule = Callable[[Case], Iterator[str]]


def judge(history: History, final: FinalState, expected_end: ExpectedEnd) -> tuple[str, ...]:
    """Everything that should not be, in sentences; empty when all is well."""
    case = Case(history, final, expected_end)
    return tuple(sentence for rule in RULES for sentence in rule(case))


def one_exam_for_everything_that_is_repeated(case: Case) -> Iterator[str]:
    """A key, and the same bytes, stand for one exam, whatever was answered in between."""
    for who, exam_id, answers in case.customers():
        named = {t.exam_id for t in answers if t.request == "submit" and t.is_done}
        if named != {exam_id}:
            yield f"{who} was told of {len(named)} exams"
        others = {t.duplicate_of for t in answers if t.duplicate_of} - {exam_id}
        if others:
            yield f"{who} is said to repeat an exam of somebody else"
    owners = Counter(exam["student_ref"] for exam in case.final.exams.values())
    for who, count in owners.items():
        if count > 1:
            yield f"{who} has {count} exams"


def no_answer_is_a_defect(case: Case) -> Iterator[str]:
    """Whatever is away, the answer says so: a plain 500 is an error that nobody thought of."""
    for told in case.history:
        if told.answer == HTTPStatus.INTERNAL_SERVER_ERROR:
            yield f"{told.who} was answered 500 to {told.request}"


def every_exam_ends_as_it_should(case: Case) -> Iterator[str]:
    """What was promised last holds. What was not answered may hold as well."""
    for who, exam_id, answers in case.customers():
        possible = {case.expected_end(who)}
        for told in answers:
            end = _ENDS.get(told.request)
            if end is None or not (told.is_done or told.is_unknown or told.answer == 404):
                continue
            if told.answer == 404 and GONE not in possible:
                yield f"{who} was told that the exam is not there, and nobody had erased it"
            possible = {end} if told.is_done else possible | {end}
        found = case.end_of(exam_id)
        if found not in possible:
            yield f"{who} ended as {found}, not as {' or '.join(sorted(possible))}"


def what_is_told_moves_forward(case: Case) -> Iterator[str]:
    """Runs never go back, nor does progress within one, and an end is final."""
    for who, exam_id, answers in case.customers():
        told = [t for t in answers if t.run is not None and not t.is_replay]
        for old, new in pairwise(told):
            if old.run == new.run and old.status in TERMINAL and new.status != old.status:
                yield f"{who}: run {old.run} went from {old.status} to {new.status}"
            if (old.run, old.progress) > (new.run, new.progress):  # type: ignore[operator]
                yield f"{who}: {old.progress} of run {old.run}, then {new.progress} of {new.run}"
        exam = case.final.exams.get(exam_id)
        if not told or exam is None:
            continue
        last = max(told, key=lambda t: (t.run, t.progress))
        is_behind = exam["run"] < last.run or exam["progress"] < (
            last.progress if exam["run"] == last.run else 0
        )
        is_other = last.run == exam["run"] and last.status in TERMINAL
        if is_behind or (is_other and last.status != exam["status"]):
            yield f"{who} was told of {last.status} in run {last.run}, which is not there"


def events_follow_the_state_machine(case: Case) -> Iterator[str]:
    """Numbered without a gap, each an allowed step, none behind the end of its run."""
    for exam_id, exam in case.final.exams.items():
        events = case.final.of(case.final.events, exam_id)
        if [event["sequence"] for event in events] != list(range(1, len(events) + 1)):
            yield f"events of {exam_id} have a gap"
        for old, new in pairwise(events):
            before, after = Status(old["status"]), Status(new["status"])
            is_next_run = new["run"] == old["run"] + 1
            is_step = old["run"] == new["run"] and is_transition_allowed(before, after)
            if not (is_next_run or is_step) or (is_step and old["progress"] > new["progress"]):
                yield f"{exam_id} went from {before} in {old['run']} to {after} in {new['run']}"
        if events and (events[-1]["status"], events[-1]["run"]) != (exam["status"], exam["run"]):
            yield f"the last event of {exam_id} is not its status"


def every_effect_is_there_once(case: Case) -> Iterator[str]:
    """A task that is done has left one effect, every other none; nothing is left to do."""
    effects = {_task(row): row["n"] for row in case.final.effects}
    for task, count in effects.items():
        if count != 1:
            yield f"{task} was recorded {count} times"
    tasks = {_task(row): row["state"] for row in case.final.tasks}
    present = {task for task in effects if task[0] in case.final.exams}
    done = {task for task, state in tasks.items() if state == "done"}
    for task in sorted(present ^ done):
        yield f"{task} has {'no' if task in done else 'an'} effect but is {tasks.get(task)}"
    for task, state in tasks.items():
        if state not in {"done", "dead"}:
            yield f"{task} is still {state}"
    if case.final.unpublished:
        yield f"{case.final.unpublished} messages were never published"
    for exam_id, exam in case.final.exams.items():
        if exam["status"] == _COMPLETED:
            made = {(stage, page) for of, _, stage, page in done if of == exam_id}
            for stage, page in sorted(_wanted(exam["student_ref"]) - made):
                yield f"{exam_id} completed without {stage} {page}"


def files_are_what_clients_sent_and_rows_say(case: Case) -> Iterator[str]:
    """Uploads and reports are compared by hash; a report tells of the upload it was made from."""
    final = case.final
    for who, exam_id, answers in case.customers():
        if exam_id not in final.exams:
            continue
        sent = next(t.sha256 for t in answers if t.request == "submit")
        uploads = final.of(final.uploads, exam_id)
        if [upload["sha256"] for upload in uploads] != [sent]:
            yield f"{who}: the rows do not name the file that was sent"
        for row in (*uploads, *final.of(final.artefacts, exam_id)):
            content = final.blobs.get(row["blob_key"])
            if content is None or sha256_of(content) != row["sha256"]:
                yield f"{who}: {row['blob_key']} is {'lost' if content is None else 'another'}"
        if final.exams[exam_id]["status"] != _COMPLETED:
            continue
        reports = final.of(final.artefacts, exam_id)
        expected = report_of(digest_of([str(sent)]), final.answers.get(exam_id, ()))
        if not reports or final.blobs.get(reports[-1]["blob_key"]) != expected:
            yield f"{who}: the report is not about this upload and its answers"


def corrections_are_kept_and_applied(case: Case) -> Iterator[str]:
    """Those that were promised are there in their order, and the last is in the result."""
    for who, exam_id, answers in case.customers():
        asked = [t for t in answers if t.request == "correct" and (t.is_done or t.is_unknown)]
        if exam_id not in case.final.exams or not any(told.is_done for told in asked):
            continue
        rows = [row["answer"] for row in case.final.of(case.final.corrections, exam_id)]
        kept = iter(rows)
        if not all(told.correction in kept for told in asked if told.is_done):
            yield f"{who}: a correction that was promised is lost"
        if rows and case.final.answers.get(exam_id, ("",))[0] != rows[-1]:
            yield f"{who}: the last correction is not in the result"


def webhooks_equal_rows(case: Case) -> Iterator[str]:
    """Every end was announced once, delivered, signed, and as the rows have it."""
    final = case.final
    messages = {message.message_id: message for message in final.received}
    for exam_id, exam in final.exams.items():
        if exam["callback_url"] is None or exam["status"] not in TERMINAL:
            continue
        rows = [d for d in final.of(final.deliveries, exam_id) if d["run"] == exam["run"]]
        if [row["state"] for row in rows] != ["delivered"]:
            yield f"the end of {exam_id} was not delivered once: {[r['state'] for r in rows]}"
        elif f"msg_{rows[0]['id']}" not in messages:
            yield f"the end of {exam_id} is said to be delivered and never came"
    ends = {(e["exam_id"], e["run"]): e["status"] for e in final.events if e["status"] in TERMINAL}
    for message in messages.values():
        data = message.data
        end = ends.get((data["exam_id"], data["run"]))
        if data["exam_id"] in final.exams and data["status"] not in {None, end}:
            yield f"a webhook said {data['status']} of {data['exam_id']}, which was {end}"
        if not _is_signed(message.headers, message.body, final.secrets):
            yield f"{message.message_id} is not signed"


def what_was_erased_is_nowhere(case: Case) -> Iterator[str]:
    """No file of an exam that was erased, and no trace of its student anywhere."""
    for who, exam_id, answers in case.customers():
        erased_at = [n for n, t in enumerate(answers) if t.request == "delete" and t.is_done]
        if not erased_at:
            continue
        if any(t.request == "status" and t.is_done for t in answers[erased_at[0] :]):
            yield f"{who}: the exam was erased and is still served"
        for key in case.final.blobs:
            if key.startswith(f"exams/{exam_id}/"):
                yield f"{who}: {key} was erased and is there"
    for who, places in case.final.traces.items():
        yield f"{who} was erased and is found in {', '.join(places)}"
    named = {row["blob_key"] for row in case.final.uploads}
    for key in case.final.blobs:
        _, _, rest = key.partition("exams/")
        exam_id, _, inner = rest.partition("/")
        if inner.startswith("uploads/") and exam_id in case.final.exams and key not in named:
            yield f"{key} is named by no row"


def nobody_is_named_in_a_log(case: Case) -> Iterator[str]:
    """Logs tell of exams by their ids: no name, and nothing of what was sent."""
    for who, names in case.final.logged.items():
        yield f"{who} is told of in {', '.join(names)}"


RULES: tuple[Rule, ...] = (
    one_exam_for_everything_that_is_repeated,
    no_answer_is_a_defect,
    every_exam_ends_as_it_should,
    what_is_told_moves_forward,
    events_follow_the_state_machine,
    every_effect_is_there_once,
    files_are_what_clients_sent_and_rows_say,
    corrections_are_kept_and_applied,
    webhooks_equal_rows,
    what_was_erased_is_nowhere,
    nobody_is_named_in_a_log,
)


def _task(row: Mapping[str, Any]) -> tuple[str, int, str, int]:
    return row["exam_id"], row["run"], row["stage"], row["page"]


def _wanted(student_ref: str) -> set[tuple[str, int]]:
    pages = range(1, pages_of(student_ref) + 1)
    return {
        (stage.value, page)
        for stage in Stage
        for page in (pages if SPECS[stage].is_per_page else (0,))
    }


def _is_signed(headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> bool:
    for secret in secrets:
        try:
            verify(secret, headers, body, now=float(headers["webhook-timestamp"]))
        except (InvalidSignature, KeyError, ValueError):
            continue
        return True
    return False
