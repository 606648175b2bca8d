"""Fonts of uploaded sheets, fetched once: faces of print, and more hands for children."""

import shutil
import subprocess
from pathlib import Path

from fonts import CACHE, Hand, load_hands, load_package

#: Packages of Debian, all under free licences, and the typst families in them, which print.
PRINT_PACKAGES = {
    "fonts-arphic-ukai": ("AR PL UKai",),
    "fonts-lxgw-wenkai": ("LXGW WenKai",),
    "fonts-wqy-zenhei": ("WenQuanYi Zen Hei",),
    "fonts-comic-neue": ("Comic Neue",),
}
#: Packages of hands with the file in them, and whether it writes Chinese.
HAND_PACKAGES = {
    "fonts-breip": ("Breip.ttf", False),
    "fonts-lxgw-wenkai": ("LXGWWenKai-Light.ttf", True),
    "fonts-arphic-ukai": ("ukai.ttc", True),
}
#: Packages of the npm registry, all under free licences: letters as children write them.
CHILD_PACKAGES = {
    "patrick-hand": "5.3.0",
    "schoolbell": "5.3.0",
    "coming-soon": "5.3.0",
    "indie-flower": "5.3.0",
}
#: Those of the exams' hands that children might have; the others are calligraphy.
_LATIN_HANDS = ("caveat", "dkg-regular", "dkg-italic")
_LATIN = (range(0x20, 0x7F),)
_CHINESE = (range(0x20, 0x7F), range(0xA0, 0x250), range(0x3000, 0xFFFF))


def print_folders(cache: Path = CACHE) -> tuple[Path, ...]:
    """Folders of the printing faces, fetching what the cache lacks; raises where apt cannot."""
    return tuple(_fetched(package, cache) for package in PRINT_PACKAGES)


def load_child_hands(cache: Path = CACHE) -> tuple[tuple[Hand, ...], tuple[Hand, ...]]:
    """Hands of Latin letters, and hands of Chinese ones."""
    others = {hand.name: hand for hand in load_hands(cache)}
    latin = [hand for name, hand in others.items() if name in _LATIN_HANDS]
    latin += [load_package(name, version, cache) for name, version in CHILD_PACKAGES.items()]
    chinese = [others["long-cang"]]
    for package, (file, writes_chinese) in HAND_PACKAGES.items():
        path = next(_fetched(package, cache).rglob(file))
        hand = Hand(f"{package}-{path.stem}", ((path, _CHINESE if writes_chinese else _LATIN),))
        (chinese if writes_chinese else latin).append(hand)
    return tuple(latin), tuple(chinese)


def _fetched(package: str, cache: Path) -> Path:
    folder = cache / package
    if folder.is_dir():
        return folder
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise FileNotFoundError(f"{package} is not in {cache}, and there is no apt to fetch it")
    cache.mkdir(parents=True, exist_ok=True)
    subprocess.run(["apt-get", "download", package], cwd=cache, check=True, capture_output=True)
    for archive in cache.glob(f"{package}_*.deb"):
        subprocess.run(["dpkg", "-x", archive.name, folder.name], cwd=cache, check=True)
        archive.unlink()
    return folder
