"""The guard asks this machine's resolver, which reads the odd spellings of an address too."""

import pytest

from shared.webhooks.sender import HttpSender, Outcome


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://127.0.0.1/", "forbidden_address"),
        ("https://[::1]:8080/", "forbidden_address"),
        ("http://169.254.169.254/latest/meta-data", "forbidden_address"),
        ("http://2130706433/", "forbidden_address"),
        ("http://0x7f.1/", "forbidden_address"),
        ("ftp://8.8.8.8/", "invalid_address"),
        ("http://", "invalid_address"),
        ("http://host:99999/", "invalid_address"),
    ],
)
async def test_no_connection_is_made_to_a_forbidden_or_senseless_address(
    url: str, error: str
) -> None:
    outcome = await HttpSender().send(url, {}, b"{}")
    assert outcome == Outcome(error=error)
    assert outcome.is_final
