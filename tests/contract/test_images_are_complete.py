"""What a service imports is in the lock that its image is built from."""

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from shared.contract.services import IMAGES, SERVICES, Service
from tests.contract.service_code import code_of

ROOT = Path(__file__).parents[2]
OWN = {"shared", "services", "examlens"}
#: Rooms of shared that lie in every image, but run only where a service imports them.
RUN_BY_SOME = ("shared.pdf", "shared.redis_client")


def imported(folder: Path) -> Iterator[tuple[str, Path]]:
    """Top-level names of other people's packages that the code in ``folder`` imports."""
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = [node.module]
            for name in names:
                top = name.partition(".")[0]
                if top not in OWN and top not in sys.stdlib_module_names:
                    yield top, path.relative_to(ROOT)


def is_run(path: Path, service: Service) -> bool:
    """Whether the code at ``path`` can run in the image of ``service``."""
    module = ".".join(path.with_suffix("").parts)
    return not module.startswith(RUN_BY_SOME) or module in code_of(service)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("service", SERVICES, ids=IMAGES)
def test_an_image_has_every_package_that_its_code_imports(service: Service) -> None:
    image = service.image
    text = (ROOT / "requirements" / f"{image}.txt").read_text()
    locked = {normal(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)}
    folders = [ROOT / "shared"]
    if image != "platform":
        folders.append(ROOT / "services" / image)
    distributions = packages_distributions()
    missing = {
        f"{top} ({path})"
        for folder in folders
        for top, path in imported(folder)
        if is_run(path, service)
        and not any(normal(name) in locked for name in distributions.get(top, [top]))
    }
    assert not missing
