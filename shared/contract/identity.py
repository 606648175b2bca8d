"""When two submissions are the same: hashes over what was sent and what was declared."""

import hashlib
import json
from collections.abc import Sequence

from shared.contract.api.submissions import SubmissionForm
from shared.contract.exams import Upload


def identity_digests(form: SubmissionForm, uploads: Sequence[Upload]) -> dict[int, str]:
    """Digests of duplicate layers 1 and 2, by layer.

    Layer 1 is the same bytes in the same order, for the same paper and student. Layer 2 is the same
    paper, student and sitting. It needs a declared paper and student, because otherwise nothing was
    identified.
    """
    paper = None if form.paper_id is None else str(form.paper_id)
    files = [upload.sha256 for upload in uploads]
    digests = {1: digest(paper, form.student_ref, files)}
    if paper is not None and form.student_ref is not None:
        digests[2] = digest(paper, form.student_ref, form.sitting)
    return digests


def digest(*parts: object) -> str:
    """SHA-256 of ``parts``, in hexadecimal."""
    # JSON keeps the parts apart, so that no two different lists become the same text.
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
