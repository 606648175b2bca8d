"""Links that show one exam to whoever has them: read only, for a while, until they are revoked.

A link is signed with the hash of the API key that made it, and ends with that key. Its id names
the row in which it can be revoked.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from uuid import UUID

_TOKEN = re.compile(r"([A-Za-z0-9_-]{22})-([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class ShareToken:
    """A link's token taken apart, not yet checked."""

    link_id: str
    signature: str

    def is_valid(self, secret_hash: bytes) -> bool:
        """Whether the key with this hash signed it."""
        return hmac.compare_digest(self.signature, _sign(self.link_id, secret_hash))


def share_token(link_id: str, secret_hash: bytes) -> str:
    """The token of the link with this id."""
    return f"{_short(link_id)}-{_sign(link_id, secret_hash)}"


def parse_share_token(text: str) -> ShareToken | None:
    """The parts of a token, or None when it is not one of ours."""
    found = _TOKEN.fullmatch(text)
    if found is None:
        return None
    return ShareToken(str(UUID(bytes=base64.urlsafe_b64decode(found[1] + "=="))), found[2])


def _short(link_id: str) -> str:
    return base64.urlsafe_b64encode(UUID(link_id).bytes).decode().rstrip("=")


def _sign(link_id: str, secret_hash: bytes) -> str:
    digest = hmac.new(secret_hash, f"share|{link_id}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
