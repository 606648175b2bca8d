"""Sessions of browsers: what the cookie holds, and the token against forged requests.

A session is signed with the hash of the API key that opened it. So every replica can check it,
nothing is stored, and it ends with its key.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

_COOKIE = re.compile(r"exb_([A-Za-z0-9]{12})_([0-9]{1,12})_([A-Za-z0-9_-]{22})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class Session:
    """A cookie taken apart, not yet checked. ``expires_at`` is in seconds since the epoch."""

    key_id: str
    expires_at: int
    nonce: str
    signature: str

    def is_valid(self, secret_hash: bytes, now: float) -> bool:
        """Whether it was signed with this key and has not expired."""
        right = _sign(secret_hash, "session", self.key_id, str(self.expires_at), self.nonce)
        return hmac.compare_digest(self.signature, right) and now < self.expires_at

    def csrf_token(self, secret_hash: bytes) -> str:
        """What a request that changes something has to bring, and only our own pages know."""
        return _sign(secret_hash, "csrf", self.key_id, str(self.expires_at), self.nonce)

    @property
    def cookie(self) -> str:
        """The session as a cookie holds it."""
        return f"exb_{self.key_id}_{self.expires_at}_{self.nonce}_{self.signature}"


def new_session(key_id: str, secret_hash: bytes, expires_at: int) -> Session:
    """A session of the key ``key_id``."""
    nonce = secrets.token_urlsafe(16)
    signature = _sign(secret_hash, "session", key_id, str(expires_at), nonce)
    return Session(key_id, expires_at, nonce, signature)


def parse_session(cookie: str) -> Session | None:
    """The session in a cookie, or None when it is not one of ours."""
    found = _COOKIE.fullmatch(cookie)
    return None if found is None else Session(found[1], int(found[2]), found[3], found[4])


def is_right_token(given: str, right: str) -> bool:
    """Constant-time comparison of a token that was sent with the session's own."""
    return hmac.compare_digest(given.encode(), right.encode())


def _sign(secret_hash: bytes, *parts: str) -> str:
    digest = hmac.new(secret_hash, "|".join(("browser", *parts)).encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
