"""Times the OCR engines on the same pages in one run, with their character error.

Draws pages of Chinese and English text (typst, 150 dpi A4) unless files are named, then reads each
page with every engine in turn, so that a busy machine is as hard on one as on the other. Run it
from the project's root:

    .venv/bin/python benchmarks/ocr_timing.py [--pages 6] [--threads 2] [image ...]

``faster-paddle`` takes part when it is installed (``pip install faster-paddle``); the project does
not need it. A text file beside a named image, of the same stem, is its truth.
"""

import argparse
import random
import statistics
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import pylopdf_fonts_zh_cn
import typst
from rapidfuzz.distance import Levenshtein

sys.path.insert(0, str(Path(__file__).parents[1]))

from services.ocr.adapters.label_weights import read_classifier
from services.ocr.adapters.ppocr_reader import PpOcrReader
from services.ocr.domain.drawings.mark_removal import without_red_marks
from services.ocr.domain.ink.page_ink import page_ink, red_marks
from services.ocr.steps.label_reading import read_labels
from services.ocr.steps.line_reading import read_lines
from services.ocr.steps.mark_reading import read_marks
from services.ocr.steps.page_orientation import upright
from services.ocr.steps.place_reading import read_places
from services.ocr.steps.table_reading import read_tables

DPI = 150
CHINESE_TEXT = (
    "下列各组数中 互为相反数的是 已知函数 在区间上单调递增 求实数的取值范围 根据材料 "
    "结合所学知识 说明理由 某小组同学在实验室测量 电阻的阻值 连接电路 闭合开关 "
    "电流表的示数 溶液中滴加 产生白色沉淀 作者通过对比的手法 表达了怎样的思想感情 "
    "请概括第二自然段的主要内容 关于细胞结构的叙述 正确的是 该地区气候特征及其成因 "
    "这次改革的历史意义 从甲地到乙地 速度比原来提高 共需要多少小时"
)
CHINESE = CHINESE_TEXT.split()
ENGLISH_TEXT = (
    "the answer of this question depends on how many students took part in the second "
    "survey and why most people prefer to read the whole passage before they choose one "
    "of four options below while others think that it would be better if we could visit "
    "the museum next weekend instead of Monday"
)
ENGLISH = ENGLISH_TEXT.split()

Read = Callable[[np.ndarray], str]


@dataclass
class Measured:
    """What one engine did: seconds and error per page."""

    seconds: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)


def draw_pages(count: int) -> list[tuple[np.ndarray, str]]:
    """``count`` pages and the text on each, in reading order."""
    random_source = random.Random(20)  # noqa: S311 - the same pages every time, no secret
    return [_draw(_questions(random_source, is_chinese=n % 2 == 0)) for n in range(count)]


def _questions(source: random.Random, *, is_chinese: bool) -> list[str]:
    lines = []
    for number in range(1, 13):
        words = source.choices(CHINESE if is_chinese else ENGLISH, k=6 if is_chinese else 22)
        stem = "，".join(words) if is_chinese else " ".join(words)
        end = "（    ）" if is_chinese else "?"
        lines.append(f"{number}. {stem}{end}")
        options = source.sample(range(10, 99), 4)
        lines.append(
            "    ".join(f"{label}. {value}" for label, value in zip("ABCD", options, strict=True))
        )
    return lines


def _draw(lines: list[str]) -> tuple[np.ndarray, str]:
    body = "\n\n".join(line.replace("    ", "#h(2em)") for line in lines)
    source = f'#set page("a4", margin: 1.5cm)\n#set text(10.5pt, font: "Noto Serif SC")\n{body}'
    fonts = [str(Path(pylopdf_fonts_zh_cn.serif_path()).parent)]
    png = typst.compile(source.encode(), format="png", ppi=DPI, font_paths=fonts)
    page = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR_RGB)
    return page, "".join(lines)


def load_pages(paths: list[Path]) -> list[tuple[np.ndarray, str]]:
    """The named images with their truths, where there are any."""
    pages = []
    for path in paths:
        truth = path.with_suffix(".txt")
        image = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
        pages.append((image, truth.read_text() if truth.exists() else ""))
    return pages


def engines(threads: int) -> dict[str, Read]:
    """Every engine that is installed, by name: from an RGB page to its text."""
    found: dict[str, Read] = {"rapidocr stock": _stock(), "rapidocr stock, 1 thread": _stock(1)}
    for count in dict.fromkeys((threads, 1)):
        found[f"ours, {count} thread(s): lines"] = _ours(count)
        found[f"ours, {count} thread(s): whole stage"] = _whole_stage(count)
    for size in ("small", "tiny"):
        engine = _faster_paddle(size)
        if engine is not None:
            found[f"faster-paddle {size}"] = engine
    return found


def _stock(threads: int = -1) -> Read:
    from rapidocr import RapidOCR  # noqa: PLC0415 - its import configures logging

    params = {
        "Global.log_level": "critical",
        "EngineConfig.onnxruntime.intra_op_num_threads": threads,
    }
    engine = RapidOCR(params=params)
    return lambda page: "".join(engine(page[..., ::-1]).txts or ())


def _ours(threads: int) -> Read:
    reader = PpOcrReader(threads)
    return lambda page: "".join(line.text for line in read_lines(reader, page, reader.find(page)))


def _whole_stage(threads: int) -> Read:
    reader, classifier = PpOcrReader(threads), read_classifier()

    def read(page: np.ndarray) -> str:
        ink = page_ink(page)
        found = upright(reader, without_red_marks(page, ink))
        lines = read_lines(reader, found.image, found.quads)
        tables = read_tables(reader, page, lines, red_marks(ink))
        read_labels(classifier, ink, lines, tables)
        read_places(reader, page, ink, lines, tables)
        read_marks(reader, page, ink, lines)
        return "".join(line.text for line in lines)

    return read


def _faster_paddle(size: str) -> Read | None:
    try:
        import faster_paddle  # noqa: PLC0415 - optional, only compared with
    except ImportError:
        return None
    engine = faster_paddle.OcrEngine(model_size=size)

    def read(page: np.ndarray) -> str:
        png = cv2.imencode(".png", page[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()
        return "".join(line["text"] for line in engine.ocr(png)["bounds"].values())

    return read


def character_error(read: str, truth: str) -> float:
    """Edits per character of ``truth``; white space does not count, width of signs neither."""
    plain = [_plain(text) for text in (read, truth)]
    return Levenshtein.distance(*plain) / max(1, len(plain[1]))


def _plain(text: str) -> str:
    signs = str.maketrans("（），。？：；", "(),.?:;")
    return "".join(text.translate(signs).split())


def measure(pages: list[tuple[np.ndarray, str]], found: dict[str, Read]) -> dict[str, Measured]:
    """Every engine on every page, engines taking turns; the first page is read once to warm up."""
    results = {name: Measured() for name in found}
    for name, read in found.items():
        print(f"warming up: {name}", file=sys.stderr)
        read(pages[0][0])
    for page, truth in pages:
        for name, read in found.items():
            started = time.perf_counter()
            text = read(page)
            results[name].seconds.append(time.perf_counter() - started)
            if truth:
                results[name].errors.append(character_error(text, truth))
    return results


def pages_per_second(pages: list[tuple[np.ndarray, str]], workers: int) -> float:
    """Throughput of ``workers`` threads that share one reader with one-thread sessions."""
    read = _whole_stage(1)
    read(pages[0][0])
    queue = [page for page, _ in pages] * 2

    def work() -> None:
        while queue:
            try:
                page = queue.pop()
            except IndexError:
                return
            read(page)

    total = len(queue)
    threads = [threading.Thread(target=work) for _ in range(workers)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return total / (time.perf_counter() - started)


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", nargs="*", type=Path)
    parser.add_argument("--pages", type=int, default=6)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    pages = load_pages(arguments.images) if arguments.images else draw_pages(arguments.pages)
    results = measure(pages, engines(arguments.threads))
    stock = statistics.median(results["rapidocr stock"].seconds)
    print(f"| engine ({len(pages)} pages) | seconds a page | of stock | character error |")
    print("|---|---|---|---|")
    for name, result in results.items():
        seconds = statistics.median(result.seconds)
        error = f"{statistics.fmean(result.errors):.4f}" if result.errors else "-"
        print(f"| {name} | {seconds:.2f} | {seconds / stock:.2f} | {error} |")
    one, two = (pages_per_second(pages, workers) for workers in (1, 2))
    print(
        f"\npages a second, one-thread sessions: 1 worker {one:.2f}, 2 workers {two:.2f}, ", end=""
    )
    print(f"ratio {two / one:.2f}")


if __name__ == "__main__":
    main()
