"""Handwriting fonts, fetched once into a cache folder; none is kept in the repository."""

import re
import shutil
import subprocess
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

from PIL import ImageFont

#: Packages of the npm registry, all under the SIL Open Font License.
PACKAGES = {
    "long-cang": "5.3.0",
    "ma-shan-zheng": "5.3.1",
    "zhi-mang-xing": "5.3.0",
    "liu-jian-mao-cao": "5.3.0",
    "caveat": "5.3.0",
}
#: A Debian package; used where apt can fetch it.
DEBIAN_PACKAGE = "fonts-dkg-handwriting"
#: Where fonts are kept between runs; ignored by git.
CACHE = Path(__file__).resolve().parents[2] / ".run" / "fonts"

_FACE = re.compile(r"url\(\./files/([^)]+\.woff)\).*?unicode-range:\s*([^;]+);", re.DOTALL)


@dataclass(slots=True)
class Hand:
    """One person's handwriting: font files with the code points that each covers."""

    name: str
    faces: tuple[tuple[Path, tuple[range, ...]], ...]
    _fonts: dict[tuple[Path, int], ImageFont.FreeTypeFont] = field(default_factory=dict)

    def font(self, character: str, size_px: int) -> ImageFont.FreeTypeFont | None:
        """The font that draws ``character``, None when this hand cannot write it."""
        for path, ranges in self.faces:
            if any(ord(character) in codes for codes in ranges):
                font = self._load(path, size_px)
                # Published ranges promise more than some files hold: an empty box is no glyph.
                mask, missing = font.getmask(character), font.getmask("\U000f1234")
                is_missing = mask.size == missing.size and bytes(mask) == bytes(missing)
                return None if is_missing else font
        return None

    @property
    def capital_height(self) -> float:
        """Height of a capital letter as a share of the em."""
        font = self.font("B", 100)
        if font is None:
            raise ValueError(f"{self.name} has no Latin letters")
        _, top, _, bottom = font.getbbox("B", anchor="ls")
        return (bottom - top) / 100

    def can_write(self, text: str) -> bool:
        """Whether every character has a glyph; marks drawn as strokes need none."""
        return all(c in " √×✓✗" or self.font(c, 40) is not None for c in text)

    def _load(self, path: Path, size_px: int) -> ImageFont.FreeTypeFont:
        if (path, size_px) not in self._fonts:
            self._fonts[path, size_px] = ImageFont.truetype(path, size_px)
        return self._fonts[path, size_px]


def load_hands(cache: Path = CACHE) -> tuple[Hand, ...]:
    """All handwritings, fetching what the cache lacks. Needs ``npm`` the first time."""
    cache.mkdir(parents=True, exist_ok=True)
    hands = [load_package(name, version, cache) for name, version in PACKAGES.items()]
    hands.extend(_load_debian(cache))
    return tuple(hands)


def load_package(name: str, version: str, cache: Path) -> Hand:
    """One handwriting of the npm registry, fetched where the cache lacks it."""
    folder = cache / f"{name}-{version}"
    if not folder.is_dir():
        subprocess.run(
            ["npm", "pack", "--silent", f"@fontsource/{name}@{version}"],
            cwd=cache,
            check=True,
            capture_output=True,
        )
        archive = cache / f"fontsource-{name}-{version}.tgz"
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
        archive.unlink()
    styles = (folder / "package" / "index.css").read_text()
    return Hand(
        name,
        tuple(
            (folder / "package" / "files" / file, tuple(_ranges(codes)))
            for file, codes in _FACE.findall(styles)
        ),
    )


def _ranges(codes: str) -> list[range]:
    """Parse the CSS unicode-range notation, such as ``U+41-5a, U+d7``."""
    found = []
    for part in codes.replace("U+", "").split(","):
        first, _, last = part.strip().partition("-")
        found.append(range(int(first, 16), int(last or first, 16) + 1))
    return found


def _load_debian(cache: Path) -> list[Hand]:
    folder = cache / DEBIAN_PACKAGE
    if not folder.is_dir():
        if not (shutil.which("apt-get") and shutil.which("dpkg")):
            return []
        fetched = subprocess.run(
            ["apt-get", "download", DEBIAN_PACKAGE], cwd=cache, check=False, capture_output=True
        )
        archives = sorted(cache.glob(f"{DEBIAN_PACKAGE}_*.deb"))
        if fetched.returncode != 0 or not archives:
            return []
        subprocess.run(["dpkg", "-x", archives[0].name, folder.name], cwd=cache, check=True)
        archives[0].unlink()
    # Latin letters and digits only: the one hand without Chinese besides caveat.
    latin = (range(0x20, 0x7F),)
    return [
        Hand(f"dkg-{style}", ((path, latin),))
        for style, file in (("regular", "dkg.ttf"), ("italic", "dkgIt.ttf"))
        for path in sorted(folder.rglob(file))
    ]
