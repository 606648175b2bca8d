"""``python -m shared.observability.probe [path [port]]``: whether the process is well."""

import http.client
import os
import sys
from http import HTTPStatus

PATIENCE_SECONDS = 4.0
DEFAULT_PORT = 9100


def is_well(port: int, path: str = "/livez", *, host: str = "127.0.0.1") -> bool:
    """Whether ``port`` answers ``path`` with 200 in time."""
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def main() -> None:
    """Exit with 0 when all is well and with 1 otherwise; needs nothing but Python itself."""
    given = dict(enumerate(sys.argv))
    port = given.get(2) or os.environ.get("EXAMLENS_METRICS_PORT") or DEFAULT_PORT
    raise SystemExit(0 if is_well(int(port), given.get(1, "/livez")) else 1)


if __name__ == "__main__":
    main()
