"""Writes a changed copy of a folder of papers: turned, smaller, larger, blurred, shaded or cropped.

What reads a paper well but not its copy has learned that picture. The copies keep the manifest, so
that ``examlens evaluate reading`` takes them as they are.

    python benchmarks/reading/copies.py --papers DIR --out DIR --change turned
"""

import argparse
import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from examlens.evaluate.reading_manifest import ReadingManifest

Image = NDArray[np.uint8]

MANIFEST = "manifest.json"
#: Quality of the JPEG files that are written; blurred copies lose more.
QUALITY, LOW_QUALITY = 92, 60
SEED = 3


def turned(image: Image) -> Image:
    """By 1.3 degrees, as a sheet lies on a scanner."""
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), 1.3, 1)
    size = (width, height)
    return _bytes(cv2.warpAffine(image, matrix, size, None, cv2.INTER_CUBIC, cv2.BORDER_REPLICATE))


def smaller(image: Image) -> Image:
    """To .8 of its size."""
    return _bytes(cv2.resize(image, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA))


def larger(image: Image) -> Image:
    """To 1.3 of its size."""
    return _bytes(cv2.resize(image, None, fx=1.3, fy=1.3, interpolation=cv2.INTER_CUBIC))


def blurred(image: Image) -> Image:
    """Out of focus, noisy and strongly compressed."""
    noise = np.random.default_rng(SEED).normal(0, 4, image.shape)
    return _bytes(cv2.GaussianBlur(image, (0, 0), 0.8) + noise)


def shaded(image: Image) -> Image:
    """Lit from the left and below."""
    height, width = image.shape[:2]
    across = np.linspace(1.0, 0.62, width)[None, :, None]
    down = np.linspace(0.9, 1.05, height)[:, None, None]
    return _bytes(image * across * down)


def cropped(image: Image) -> Image:
    """A few pixels less on every side, and a border of what was at the edge."""
    return _bytes(cv2.copyMakeBorder(image[7:-3, 5:-9], 31, 13, 17, 29, cv2.BORDER_REPLICATE))


CHANGES: dict[str, Callable[[Image], Image]] = {
    change.__name__: change for change in (turned, smaller, larger, blurred, shaded, cropped)
}


def copy_papers(papers: Path, out: Path, change: str) -> int:
    """Write every picture of ``papers`` changed to ``out``; returns how many.

    Raises ValueError for a manifest that is not valid and for a file that is no picture.
    """
    manifest = ReadingManifest.model_validate_json((papers / MANIFEST).read_bytes())
    out.mkdir(parents=True, exist_ok=True)
    shutil.copy(papers / MANIFEST, out / MANIFEST)
    quality = LOW_QUALITY if change == blurred.__name__ else QUALITY
    count = 0
    for name in (file for paper in manifest.papers for file in paper.files):
        image = cv2.imread(str(papers / name))
        if image is None:
            raise ValueError(f"{name} is no picture")
        target = out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        parameters = [cv2.IMWRITE_JPEG_QUALITY, quality] if target.suffix != ".png" else []
        cv2.imwrite(str(target), CHANGES[change](_bytes(image)), parameters)
        count += 1
    return count


def _bytes(image: NDArray[np.generic]) -> Image:
    return np.clip(image, 0, 255).astype(np.uint8)


def main() -> None:
    """Read the arguments and say what was written."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--papers", type=Path, required=True, help="folder with a manifest")
    parser.add_argument("--out", type=Path, required=True, help="folder to write the copies to")
    parser.add_argument("--change", choices=sorted(CHANGES), required=True)
    arguments = parser.parse_args()
    count = copy_papers(arguments.papers, arguments.out, arguments.change)
    print(f"{count} pictures {arguments.change} in {arguments.out}")


if __name__ == "__main__":
    main()
