"""An audit that could ask nobody is not taken for one that found nothing."""

from typing import Any

import pytest

from tests.contract.deploy.test_compose import script

CLEAN = {"name": "alembic", "version": "1.20", "vulns": []}
VULNERABLE = {"name": "pillow", "version": "9.0", "vulns": [{"id": "CVE-2022-22817"}]}
SKIPPED = {"name": "alembic", "skip_reason": "could not be audited"}


@pytest.mark.parametrize(
    ("dependencies", "must_ask", "code"),
    [
        ([CLEAN], True, 0),
        ([CLEAN, VULNERABLE], False, 1),
        ([SKIPPED], False, 0),
        ([SKIPPED], True, 1),
        ([], True, 1),
    ],
)
def test_it_fails_for_what_is_vulnerable_and_where_it_must_ask(
    dependencies: list[dict[str, Any]], *, must_ask: bool, code: int
) -> None:
    audit = script("../supply/audit")
    findings = [audit.Finding.parse("ocr", dependency) for dependency in dependencies]
    assert audit.report(findings, must_ask=must_ask)[1] == code


def test_it_says_that_nobody_could_be_asked() -> None:
    audit = script("../supply/audit")
    lines, _ = audit.report([audit.Finding.parse("ocr", SKIPPED)], must_ask=False)
    assert lines[0].startswith("0 of 1 packages looked up")
    assert lines[1].startswith("NOT AUDITED")


def test_it_names_image_package_and_advisory() -> None:
    audit = script("../supply/audit")
    lines, _ = audit.report([audit.Finding.parse("ingest", VULNERABLE)], must_ask=False)
    assert lines[0] == "ingest\tpillow\tCVE-2022-22817"
