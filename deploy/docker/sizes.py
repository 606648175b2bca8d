"""``make sizes``: how much each image adds to its base, and whether that is within its budget."""

import argparse
import subprocess
import sys

from shared.contract.services import SERVICES

MEGABYTE = 1_000_000
#: Megabytes above the base that an image may have.
BUDGETS = {service.image: service.image_megabytes for service in SERVICES}


def table(sizes: dict[str, int], base: int) -> tuple[list[str], bool]:
    """The lines to print, and whether every image is within its budget."""
    lines = [f"{'image':10} {'above base':>11} {'budget':>8} {'whole':>8}"]
    is_within = True
    for service, size in sizes.items():
        above, budget = (size - base) / MEGABYTE, BUDGETS[service]
        verdict = "" if above <= budget else "  over budget"
        is_within = is_within and not verdict
        lines.append(
            f"{service:10} {above:8.0f} MB {budget:5d} MB {size / MEGABYTE:5.0f} MB{verdict}"
        )
    return lines, is_within


def main() -> None:
    """Ask the engine for the sizes; exits with 1 when an image is over its budget."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--docker", default="docker")
    parser.add_argument("--base", required=True)
    parser.add_argument("--tag", default="dev")
    given = parser.parse_args()

    def size_of(image: str) -> int:
        command = [given.docker, "image", "inspect", "-f", "{{.Size}}", image]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    sizes = {service: size_of(f"examlens/{service}:{given.tag}") for service in BUDGETS}
    lines, is_within = table(sizes, size_of(given.base))
    print("\n".join(lines))
    sys.exit(0 if is_within else 1)


if __name__ == "__main__":
    main()
