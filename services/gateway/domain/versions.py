"""What version of the software runs."""

from importlib.metadata import PackageNotFoundError, version


def package_version() -> str:
    """The installed version; ``0+unknown`` when the package runs from a bare folder."""
    try:
        return version("examlens")
    except PackageNotFoundError:
        return "0+unknown"
