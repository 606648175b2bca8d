"""When two requests ask for the same."""

import hashlib
from collections.abc import Mapping, Sequence

from shared.contract.exams import Upload
from shared.contract.identity import digest


def request_fingerprint(fields: Mapping[str, str], uploads: Sequence[Upload]) -> str:
    """The same for two requests that ask for the same: all fields, and the files in order."""
    return digest(sorted(fields.items()), [upload.sha256 for upload in uploads])


def batch_fingerprint(fields: Mapping[str, str], sha256: str, roster: bytes | None) -> str:
    """The same for two batches that ask for the same."""
    of_roster = None if roster is None else hashlib.sha256(roster).hexdigest()
    return digest("batch", sorted(fields.items()), sha256, of_roster)
