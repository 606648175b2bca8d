"""What a phone or a scanner makes of a sheet: what it lies on, bend, light, blur, compression."""

from io import BytesIO

import cv2
import numpy as np
from PIL import Image

from uploads.light import Floats, Pixels, light, screen, surface
from uploads.shots import Shot

#: Below this brightness a scan in black and white is black, whatever lies around.
_BLACK = 110


def take(page: Image.Image, shot: Shot, random: np.random.Generator) -> bytes:
    """The picture of ``page`` as JPEG bytes, PNG where it is clean. No ink is cut off."""
    pixels = np.asarray(page.convert("RGB"))
    if shot.kind == "clean":
        return _encoded(page, "PNG")
    if shot.show_through:
        pixels = _shine_through(pixels, shot.show_through)
    pixels = _placed(pixels, shot, random)
    pixels = _scaled(pixels, shot.long_px)
    lit = pixels.astype(np.float32)
    if shot.kind == "photo":
        lit *= light(pixels.shape[:2], shot, random)
    if shot.moire:
        lit *= screen(pixels.shape[:2], shot.moire, random)[:, :, None]
    if shot.motion_px:
        lit = _moved(lit, shot.motion_px, random)
    lit = cv2.GaussianBlur(lit, (0, 0), max(0.2, shot.blur_px))
    lit += random.standard_normal(lit.shape[:2], dtype=np.float32)[:, :, None] * shot.noise
    image = Image.fromarray(np.clip(lit, 0, 255).astype(np.uint8))
    if shot.kind == "grey":
        image = image.convert("L")
    elif shot.kind == "binary":
        image = _binary(image)
    return _encoded(image, "JPEG", shot.quality, shot.exif_turn)


def _encoded(image: Image.Image, form: str, quality: int = 90, exif_turn: int = 1) -> bytes:
    """Image bytes; a camera held sideways stores turned pixels and says so."""
    buffer = BytesIO()
    if form == "PNG":
        image.save(buffer, "PNG", compress_level=3)
        return buffer.getvalue()
    exif = Image.Exif()
    turned = {6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}.get(exif_turn)
    if turned is not None:
        image = image.transpose(turned)
        exif[0x0112] = exif_turn
    image.save(buffer, "JPEG", quality=quality, exif=exif)
    return buffer.getvalue()


def _binary(image: Image.Image) -> Image.Image:
    """Black and white by the brightness around: pencil stays, and white words on dark ribbons."""
    grey = np.asarray(image.convert("L"))
    local = cv2.adaptiveThreshold(
        grey, 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY, blockSize=61, C=14
    )
    return Image.fromarray(np.where(grey < _BLACK, 0, local).astype(np.uint8))


def _shine_through(pixels: Pixels, share: float) -> Pixels:
    """The back of the sheet, mirrored, blurred and faint."""
    back = cv2.GaussianBlur(np.ascontiguousarray(pixels[:, ::-1]), (0, 0), 2.2).astype(np.float32)
    shade = 1 - (255 - back.mean(axis=2)) / 255 * share * 2.2
    return np.asarray(np.clip(pixels * shade[:, :, None], 0, 255), dtype=np.uint8)


def _ink_box(pixels: Pixels) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is drawn in a darker tone than tints have."""
    dark = pixels.min(axis=2) < 150
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]), int(rows[-1])


def _placed(pixels: Pixels, shot: Shot, random: np.random.Generator) -> Pixels:
    """The page in the picture: bent, tilted and turned, on a table or cut at its margins."""
    height, width = pixels.shape[:2]
    if shot.kind != "photo":
        return _tilted(
            pixels, shot, random, background=np.full((8, 8, 3), 252, np.uint8), margin=0.0
        )
    if shot.bend or shot.crumple:
        pixels = _bent(pixels, shot, random)
    tilted = _tilted(pixels, shot, random, background=surface(random), margin=shot.margin)
    if not shot.fills_frame:
        return tilted
    # Cut inside the page's edges but outside its ink, with room for what bend and tilt moved.
    left, top, right, bottom = _ink_box(pixels)
    spare = (0.02 + shot.tilt + shot.bend + abs(shot.turn_degrees) / 57 * 0.6) * width
    cut = [max(0.0, v - spare) for v in (left, top, width - right, height - bottom)]
    scale = shot.margin * width
    cuts = [int(scale + c * random.uniform(0.4, 1.0)) for c in cut]
    return np.ascontiguousarray(
        tilted[cuts[1] : tilted.shape[0] - cuts[3], cuts[0] : tilted.shape[1] - cuts[2]]
    )


def _bent(pixels: Pixels, shot: Shot, random: np.random.Generator) -> Pixels:
    """A page that rises towards a spine, with crumples and with the shade of both."""
    height, width = pixels.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    across = xs / width
    if random.random() < 0.5:
        across = 1 - across
    curve = np.exp(-across * random.uniform(2.5, 7)).astype(np.float32)
    wave = np.sin(across * np.pi * random.uniform(0.8, 1.4)).astype(np.float32)
    bow = (curve * 0.7 + wave * 0.5) * shot.bend * width
    dy = bow * (0.6 + 0.4 * ys / height)
    dx = np.zeros_like(dy)
    shade = 1 - curve * min(0.35, shot.bend * 12)
    if shot.crumple:
        coarse = random.standard_normal((9, 7)).astype(np.float32)
        folds = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        dx, dy = (
            dx + folds * shot.crumple * width,
            dy + np.roll(folds, 40, 0) * shot.crumple * width,
        )
        shade = shade * (
            1 + np.clip(cv2.Sobel(folds, cv2.CV_32F, 1, 1) * 2e4 * shot.crumple, -0.1, 0.1)
        )
    bent = cv2.remap(
        pixels,
        xs + dx,
        ys + dy,
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(246, 246, 244),
    )
    return np.asarray(np.clip(bent * shade[:, :, None], 0, 255), dtype=np.uint8)


def _tilted(
    pixels: Pixels, shot: Shot, random: np.random.Generator, *, background: Pixels, margin: float
) -> Pixels:
    height, width = pixels.shape[:2]
    angle = np.deg2rad(shot.turn_degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64)
    moved = (corners - corners.mean(axis=0)) @ turn.T
    moved += random.uniform(-1, 1, (4, 2)) * shot.tilt * width
    moved += margin * width - moved.min(axis=0)
    size = np.ceil(moved.max(axis=0) + margin * width).astype(int)
    table = cv2.resize(background, (int(size[0]), int(size[1])), interpolation=cv2.INTER_CUBIC)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), moved.astype(np.float32))
    whole = (int(size[0]), int(size[1]))
    sheet = cv2.warpPerspective(pixels, matrix, whole, flags=cv2.INTER_CUBIC)
    mask = cv2.warpPerspective(
        np.full((height, width), 255, np.uint8), matrix, whole, flags=cv2.INTER_LINEAR
    )
    # The sheet throws a soft shadow on what it lies on.
    soft = cv2.GaussianBlur(np.roll(mask, (9, 7), (0, 1)), (0, 0), 9).astype(np.float32) / 255
    under = table * (1 - 0.4 * soft[:, :, None] * (margin > 0))
    alpha = mask.astype(np.float32)[:, :, None] / 255
    return np.asarray(np.clip(sheet * alpha + under * (1 - alpha), 0, 255), dtype=np.uint8)


def _scaled(pixels: Pixels, long_px: int) -> Pixels:
    scale = long_px / max(pixels.shape[:2])
    if not long_px or scale >= 1:
        return pixels
    size = (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _moved(pixels: Floats, length_px: float, random: np.random.Generator) -> Floats:
    """Blur along a direction, as of a hand that was not still."""
    kernel = np.zeros((9, 9), np.float32)
    angle = random.uniform(0, np.pi)
    for step in np.linspace(-length_px / 2, length_px / 2, 21):
        kernel[round(4 + float(step * np.sin(angle))), round(4 + float(step * np.cos(angle)))] += 1
    return np.asarray(cv2.filter2D(pixels, -1, kernel / kernel.sum()), dtype=np.float32)
