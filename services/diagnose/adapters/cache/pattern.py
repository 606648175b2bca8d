"""Which keys are meant: ``knowledge_points:mathematics:*``, with ``*`` and ``?`` as in a shell."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeyPattern:
    """``*`` stands for any characters, ``?`` for one; every other character for itself."""

    text: str

    def matches(self, key: str) -> bool:
        """Whether ``key`` is meant."""
        parts = {"*": ".*", "?": "."}
        pattern = "".join(parts.get(sign, re.escape(sign)) for sign in self.text)
        return re.fullmatch(pattern, key, re.DOTALL) is not None

    @property
    def for_redis(self) -> str:
        """The same as a pattern of Redis, which knows sets of characters besides."""
        return re.sub(r"([\[\]\\^])", r"\\\1", self.text)

    @property
    def for_sql(self) -> str:
        """The same for LIKE, whose escape is a backslash."""
        escaped = re.sub(r"([\\%_])", r"\\\1", self.text)
        return escaped.replace("*", "%").replace("?", "_")


EVERY_KEY = KeyPattern("*")
