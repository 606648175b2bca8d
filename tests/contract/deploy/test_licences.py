"""What may be in an image is decided by licence, not by chance."""

import pytest

from tests.contract.deploy.test_compose import script


@pytest.mark.parametrize(
    ("licence", "is_allowed"),
    [
        ("MIT", True),
        ("Apache-2.0 OR GPL-3.0-only", True),
        ("GNU Lesser General Public License v3 or later (LGPLv3+)", True),
        ("Mozilla Public License 2.0 (MPL 2.0)", True),
        ("AGPL-3.0-or-later", False),
        ("GNU Affero General Public License v3", False),
        ("GNU General Public License v3 (GPLv3)", False),
        ("MIT AND GPL-2.0-only", False),
        ("SSPL-1.0", False),
    ],
)
def test_strong_copyleft_stays_out_of_the_images(licence: str, *, is_allowed: bool) -> None:
    assert script("../supply/licences").is_allowed(licence) is is_allowed
