"""The judge of a simulated story: what has to hold whatever went wrong on the way."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from shared.contract.failures import FailureCode
from shared.contract.stages import SPECS, TERMINAL, Status, is_transition_allowed
from shared.db.trouble import ServerAway
from tests.simulation.stages import Injected
from tests.simulation.world import Story, Wish

Rule = Callable[[Story], Iterator[str]]
#: What may end a hold although its process lives, or make a message late. Without any of them no
#: lease runs out, and nothing is sent again.
_ENDS_LEASES = (
    "kill_worker",
    "pause_worker",
    "cut_database",
    "lose_statements",
    "take_database_away",
)
_LOSES_MESSAGES = ("empty_broker", *_ENDS_LEASES, "disconnect_broker", "take_broker_away")
#: What stages are told to raise, and what a process meets whose connection has ended.
_EXPLAINED = (Injected.__name__, ServerAway.__name__, "ConnectionResetError", "InterfaceError")


def judge(story: Story) -> list[str]:
    """Everything that should not be, in sentences."""
    return [sentence for rule in _RULES for sentence in rule(story)]


def everything_comes_to_an_end(story: Story) -> Iterator[str]:
    """No exam, task or message is left over."""
    for exam_id, row in story.server.table("exams").items():
        if row["status"] not in TERMINAL:
            yield f"{exam_id} is still {row['status']}"
    for key, row in story.server.table("stage_tasks").items():
        if row["state"] in {"pending", "running"}:
            yield f"{key} is still {row['state']}"
    for row in story.server.table("outbox").values():
        if row["published_at"] is None:
            yield f"a message for {row['task']} is not published"
    if not story.exchange.is_empty:
        yield "messages are left at the broker"


def every_effect_is_there_once(story: Story) -> Iterator[str]:
    """A task that is done was recorded once, and one that is not was not."""
    counted = Counter(row["task"] for row in story.server.table("effects").values())
    for key, row in story.server.table("stage_tasks").items():
        wanted = int(row["state"] == "done")
        if counted[key] != wanted:
            yield f"{key} is {row['state']} and was recorded {counted[key]} times"
    yield from story.plan.missing


def events_tell_of_every_move(story: Story) -> Iterator[str]:
    """They are numbered without gaps and go forward; the last one is what the exam is."""
    events = story.server.table("events")
    for exam_id, row in story.server.table("exams").items():
        told = [events.get((exam_id, n)) for n in range(1, row["event_sequence"] + 1)]
        if None in told:
            yield f"events of {exam_id} have a gap"
            continue
        for old, new in pairwise(event for event in told if event is not None):
            if new["run"] == old["run"] and not _is_forward(old, new):
                yield f"{exam_id} went from {old['status']} to {new['status']}"
            if new["run"] not in {old["run"], old["run"] + 1}:
                yield f"{exam_id} went from run {old['run']} to {new['run']}"
        if told[-1] is not None and told[-1]["status"] != row["status"]:
            yield f"{exam_id} is {row['status']} and nobody was told"


def one_exam_for_every_customer(story: Story) -> Iterator[str]:
    """However often it submitted; its files are there."""
    owners = Counter(row["student_ref"] for row in story.server.table("exams").values())
    for wish in story.wishes:
        if len(wish.told) != 1:
            yield f"{wish.content} was told of {len(wish.told)} exams"
        if owners[wish.content] != 1:
            yield f"{wish.content} has {owners[wish.content]} exams"
        if f"exams/{wish.exam_id}/uploads/0" not in story.blobs.files:
            yield f"the file of {wish.content} is lost"


def exams_end_as_they_should(story: Story) -> Iterator[str]:
    """They complete, unless something happened that ends them otherwise."""
    for wish in story.wishes:
        row = story.server.table("exams").get(wish.exam_id)
        if row is None:
            yield f"{wish.content} was promised an exam that is not there"
        elif not _may_end_so(story, wish, row):
            yield f"{wish.content} ended as {row['status']} {row['error_code'] or ''}".strip()


def nothing_is_repeated_without_need(story: Story) -> Iterator[str]:
    """A worker that lives keeps its leases, and only what was lost is sent again."""
    deadly = bool(story.plan.deadly)
    if story.expired and not deadly and not story.had(*_ENDS_LEASES):
        yield f"{story.expired:.0f} leases ran out, and every worker was alive"
    if story.redriven and not deadly and not story.had(*_LOSES_MESSAGES):
        yield f"{story.redriven:.0f} messages were sent again, and none was lost"


def nobody_meets_an_error_of_our_own(story: Story) -> Iterator[str]:
    """Work fails when the story wants it, and servers are away; nothing else goes wrong."""
    for error in story.errors:
        if not error.startswith(_EXPLAINED):
            yield f"somebody met {error}"


def _may_end_so(story: Story, wish: Wish, row: dict[str, Any]) -> bool:
    asked = [(what, answer) for what, answer in wish.asked if answer != "refused"]
    if row["status"] == Status.COMPLETED:
        is_promised = bool(asked) and asked[-1] == ("cancel", "done")
        return not is_promised and wish.content not in story.plan.bad | story.plan.deadly
    if row["status"] == Status.CANCELLED:
        return any(what == "cancel" for what, _ in asked)
    return _may_fail_so(story, wish, row["error_code"])


def _may_fail_so(story: Story, wish: Wish, code: str) -> bool:
    if code == FailureCode.BROKEN_IMAGE:
        return wish.content in story.plan.bad
    if code == FailureCode.CRASHED_WORKER:
        ends = [kind for _, kind in story.faults if kind in _ENDS_LEASES]
        return wish.content in story.plan.deadly or len(ends) >= 3
    if code == FailureCode.ATTEMPTS_EXHAUSTED:
        return any(
            key[0] == wish.exam_id and count >= SPECS[key[2]].max_attempts
            for key, count in story.plan.failed.items()
        )
    return False


def _is_forward(old: dict[str, Any], new: dict[str, Any]) -> bool:
    allowed = is_transition_allowed(old["status"], new["status"])
    return allowed and new["progress"] >= old["progress"]


_RULES: tuple[Rule, ...] = (
    everything_comes_to_an_end,
    every_effect_is_there_once,
    events_tell_of_every_move,
    one_exam_for_every_customer,
    exams_end_as_they_should,
    nothing_is_repeated_without_need,
    nobody_meets_an_error_of_our_own,
)
