"""How a picture of a sheet is taken: scanned or photographed, and how well."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Shot:
    """How a picture is taken. Shares are of the page's width, ``long_px`` of the picture's side.

    ``kind`` is clean, scan, grey (a scan in grey), binary (black and white) or photo.
    """

    kind: str
    fills_frame: bool = False
    margin: float = 0.0
    tilt: float = 0.0
    turn_degrees: float = 0.0
    bend: float = 0.0
    crumple: float = 0.0
    warmth: float = 0.0
    slope: float = 0.0
    hand_shadow: float = 0.0
    show_through: float = 0.0
    blur_px: float = 0.0
    motion_px: float = 0.0
    noise: float = 0.0
    moire: float = 0.0
    long_px: int = 0
    quality: int = 90
    exif_turn: int = 1


def choose_shot(random: np.random.Generator, *, is_hard: bool) -> Shot:
    """A photograph that is hard, or any of the ways in which sheets arrive."""
    draw = random.random()
    if not is_hard and draw < 0.15:
        return Shot("clean")
    if not is_hard and draw < 0.4:
        kind = str(random.choice(["scan", "grey", "binary"]))
        return Shot(
            kind,
            turn_degrees=float(random.uniform(-1.2, 1.2)),
            blur_px=float(random.uniform(0.3, 0.8)),
            noise=float(random.uniform(1, 4)),
            show_through=float(random.choice([0.0, 0.05])) if kind != "binary" else 0.0,
            long_px=int(random.choice([1300, 1650, 2000])),
            quality=int(random.choice([60, 75, 85])),
        )
    hard = 1.0 if is_hard else 0.5
    chosen = random.random(7)
    return Shot(
        "photo",
        fills_frame=bool(chosen[0] < 0.45),
        margin=float(random.uniform(0.03, 0.2)),
        tilt=float(random.uniform(0.005, 0.05) * hard),
        turn_degrees=float(random.normal(0, 2.2) * hard),
        bend=float(random.uniform(0.008, 0.04) * hard) if chosen[1] < 0.7 else 0.0,
        crumple=float(random.uniform(0.001, 0.003) * hard) if chosen[2] < 0.35 else 0.0,
        warmth=float(random.normal(0.02, 0.06)),
        slope=float(random.uniform(0.05, 0.4) * hard),
        hand_shadow=float(random.uniform(0.15, 0.45) * hard) if chosen[3] < 0.55 else 0.0,
        show_through=float(random.uniform(0.03, 0.1)) if chosen[4] < 0.5 else 0.0,
        blur_px=float(random.uniform(0.3, 0.7) + (0.45 * random.random() if is_hard else 0)),
        motion_px=float(random.uniform(1.2, 2.6)) if is_hard and chosen[5] < 0.25 else 0.0,
        noise=float(random.uniform(2, 6)),
        moire=float(random.uniform(0.02, 0.06)) if is_hard and chosen[6] < 0.15 else 0.0,
        long_px=int(
            random.choice([1280, 1440, 1600, 1920] if is_hard else [1440, 1600, 1920, 2400])
        ),
        quality=int(random.choice([30, 40, 50, 60] if is_hard else [50, 60, 75, 85])),
        exif_turn=int(random.choice([1, 1, 1, 6, 8])),
    )
