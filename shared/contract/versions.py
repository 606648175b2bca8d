"""Which version of this software made a result."""

from importlib.metadata import PackageNotFoundError, version


def versions() -> dict[str, str]:
    """Names and versions that stand in results and on reports."""
    try:
        return {"examlens": version("examlens")}
    except PackageNotFoundError:
        return {"examlens": "unknown"}
