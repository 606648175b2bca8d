"""What a file is by its first bytes."""

import pytest

from services.gateway.domain.intake.sniffing import JPEG, PDF, PNG, sniff


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n....", PNG),
        (b"\xff\xd8\xff\xe0JFIF", JPEG),
        (b"%PDF-1.4", PDF),
        (b"\xef\xbb\xbf\n%PDF-2.0", PDF),
        (b"x" * 1019 + b"%PDF-", PDF),
        (b"x" * 1020 + b"%PDF-", None),
        (b"\x89PN", None),
        (b"hello", None),
        (b"PK\x03\x04", None),
        (b"", None),
    ],
)
def test_a_file_is_what_its_first_bytes_say(head: bytes, media_type: str | None) -> None:
    assert sniff(head) == media_type
