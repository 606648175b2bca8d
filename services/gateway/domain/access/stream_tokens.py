"""Stream tokens for a browser's EventSource, which can send no headers.

The address carries the token. It is good for the events of one exam and for a short time. It is
signed with the hash of the API key that asked for it, so every replica can check it, and it ends
with its key.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

#: How long a token is good for. An EventSource that reconnects later asks for a new one.
LIFETIME_SECONDS = 600
_TOKEN = re.compile(r"exs_([A-Za-z0-9]{12})_([0-9]{1,12})_([A-Za-z0-9_-]{43})", re.ASCII)


@dataclass(frozen=True, slots=True)
class StreamToken:
    """A token taken apart, not yet checked. ``expires_at`` is in seconds since the epoch."""

    key_id: str
    expires_at: int
    signature: str

    def is_valid(self, exam_id: str, secret_hash: bytes, now: float) -> bool:
        """Whether it was made for ``exam_id`` with this key and has not expired."""
        right = _signature(exam_id, self.key_id, self.expires_at, secret_hash)
        return hmac.compare_digest(self.signature, right) and now < self.expires_at


def new_stream_token(exam_id: str, key_id: str, secret_hash: bytes, expires_at: int) -> str:
    """A token for the events of ``exam_id``."""
    return f"exs_{key_id}_{expires_at}_{_signature(exam_id, key_id, expires_at, secret_hash)}"


def parse_stream_token(text: str) -> StreamToken | None:
    """The parts of a token, or None when it is not one of ours."""
    found = _TOKEN.fullmatch(text)
    return None if found is None else StreamToken(found[1], int(found[2]), found[3])


def _signature(exam_id: str, key_id: str, expires_at: int, secret_hash: bytes) -> str:
    message = f"events|{exam_id}|{key_id}|{expires_at}".encode()
    digest = hmac.new(secret_hash, message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
