"""What requests are counted as: each group of routes has a quota of its own."""

from enum import StrEnum


class Policy(StrEnum):
    """The name of a quota, as clients see it in RateLimit headers."""

    #: Whatever is in no other group: lists, results, questions, pages of the browser.
    REQUESTS = "requests"
    #: Asking how far something is: status, events, batches, orders.
    POLLS = "polls"
    #: Files: reports, practice papers, page images, tables.
    DOWNLOADS = "downloads"
    #: What writes, but makes no new work: corrections, answer keys, cancelling, erasing.
    CHANGES = "changes"
    #: What makes work: exams, batches, practice papers.
    SUBMISSIONS = "submissions"
    #: Wrong keys of an address.
    WRONG_KEYS = "wrong-keys"
    #: Attempts of an address to sign in.
    SIGN_INS = "sign-ins"


_READING = frozenset({"GET", "HEAD"})
_POLLED = ("/status", "/events", "/batches/{batch_id}", "/practice-papers/{practice_id}")
_FILES = (".html", ".pdf", ".csv", ".json", "/crop", "/pages/{number}")


def policy_of(method: str, route: str) -> Policy:
    """The quota that a request of ``method`` to ``route``, a template of a path, is counted under.

    Submissions say themselves what they are: by method and path they are changes.
    """
    if method not in _READING:
        return Policy.CHANGES
    if route.endswith(_POLLED):
        return Policy.POLLS
    return Policy.DOWNLOADS if route.endswith(_FILES) else Policy.REQUESTS
