"""API keys: ``exl_<id>_<secret>``, of which only a hash of the secret is stored."""

import hashlib
import hmac
import re
import secrets
import string
from dataclasses import dataclass
from enum import StrEnum

from shared.contract.model import Document

_ALPHABET = string.ascii_letters + string.digits
_ID_LENGTH = 12
#: 43 characters of 62 carry 256 bits. So a plain hash cannot be searched and needs no salt.
_SECRET_LENGTH = 43
_TOKEN = re.compile(rf"exl_([A-Za-z0-9]{{{_ID_LENGTH}}})_([A-Za-z0-9]{{{_SECRET_LENGTH}}})")
_NO_HASH = hashlib.sha256(b"").digest()


class Scope(StrEnum):
    """What a key may do."""

    #: Submit, cancel, retry and erase exams; store papers.
    SUBMIT = "submit"
    #: Submit with the priority ``urgent``, which goes before everybody else's work.
    URGENT = "urgent"
    #: Read exams, results and papers.
    READ = "read"
    #: Correct what was read or graded.
    CORRECT = "correct"
    #: See queues, act on dead letters.
    ADMIN = "admin"


ALL_SCOPES: tuple[Scope, ...] = tuple(Scope)


class Caller(Document):
    """Who sends a request: a key of a tenant, and what it may do."""

    key_id: str
    tenant_id: str
    scopes: frozenset[Scope]


@dataclass(frozen=True, slots=True)
class Credential:
    """A token taken apart. Its secret stays out of ``repr``, logs and error reports."""

    key_id: str
    secret_hash: bytes

    def __repr__(self) -> str:
        return f"Credential(key_id={self.key_id!r})"


def new_token() -> tuple[str, Credential]:
    """A fresh token and the part of it that is stored."""
    key_id = "".join(secrets.choice(_ALPHABET) for _ in range(_ID_LENGTH))
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET_LENGTH))
    return f"exl_{key_id}_{secret}", Credential(key_id, _hash(secret))


def parse_authorization(header: str | None) -> Credential | None:
    """The credential in an Authorization header, or None when it is not one of ours."""
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    found = _TOKEN.fullmatch(token.strip())
    return None if found is None else Credential(found[1], _hash(found[2]))


def is_right_secret(credential: Credential, stored_hash: bytes | None) -> bool:
    """Constant-time comparison; an unknown key takes the same steps as a wrong secret."""
    is_equal = hmac.compare_digest(credential.secret_hash, stored_hash or _NO_HASH)
    return is_equal and stored_hash is not None


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
