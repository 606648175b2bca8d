"""Draws the sample papers anew: ``python samples/draw.py``. Needs npm for the handwriting fonts."""

import json
import random
import sys
import tomllib
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE.parent), str(_HERE.parent / "benchmarks" / "papers")]

# Scripts, not packages: their folder has to be on the path first.
from fonts import Hand, load_hands  # noqa: E402
from manifest import answer_key, entry, printed_text  # noqa: E402
from markup import to_source  # noqa: E402
from paper import AnswerPlace, Item, Layout, Manner, Paper, Response, Section  # noqa: E402
from pen import BLACK, BLUE, Colour, Pen  # noqa: E402
from PIL import Image  # noqa: E402
from student import answer  # noqa: E402
from typeset import typeset  # noqa: E402

from shared.contract.questions import QuestionType  # noqa: E402

_PPI = 150


def main() -> None:
    """Write every sample folder and the manifest over all of them."""
    hands = {hand.name: hand for hand in load_hands()}
    entries = [
        draw("zh-maths", hands["long-cang"], BLUE, "paper.png"),
        draw("en-english", hands["caveat"], BLACK, "paper.jpg"),
        draw("zh-science-two-pages", hands["long-cang"], BLUE, "paper.pdf"),
    ]
    _write_json(_HERE / "manifest.json", {"papers": entries})


def draw(name: str, hand: Hand, colour: Colour, file: str) -> dict[str, object]:
    """Draw one sample into its folder; gives its manifest entry, relative to ``samples``."""
    folder = _HERE / name
    paper = read_paper(folder / "paper.toml")
    sheets = typeset(to_source(paper), _PPI)
    # A seed per sample keeps the others as they are when one is changed.
    pen = Pen(hand, colour, random.Random(name), stroke_px=2.6)  # noqa: S311 - no secret
    _save(answer(paper, sheets, pen), folder / file)
    (folder / "text.txt").write_text(printed_text(paper))
    key = answer_key(paper).model_dump(mode="json", exclude_none=True)
    _write_json(folder / "key.json", key)
    _write_json(folder / "truth.json", entry(paper, [file], "text.txt"))
    return entry(paper, [f"{name}/{file}"], f"{name}/text.txt")


def read_paper(path: Path) -> Paper:
    """The paper described in a TOML file."""
    described = tomllib.loads(path.read_text())
    layout = described["layout"]
    for name in ("margin_mm", "table_words"):
        if name in layout:
            layout[name] = tuple(layout[name])
    return Paper(
        title=described["title"],
        subject=described["subject"],
        grade=described["grade"],
        language=described["language"],
        subtitle=described["subtitle"],
        notice=tuple(described.get("notice", ())),
        head=tuple((label, value) for label, value in described["head"]),
        layout=Layout(**layout),
        sections=tuple(_section(section) for section in described["sections"]),
    )


def _section(described: dict[str, Any]) -> Section:
    return Section(
        label=described["label"],
        heading=described["heading"],
        title=described["title"],
        place=AnswerPlace(described["place"]),
        note=described.get("note", ""),
        items=tuple(
            Item(
                number=str(number),
                type=QuestionType(described["type"]),
                stem=stem,
                answer=right,
                points=described["points"],
                response=_response(written),
                options=tuple(options.split("|")) if options else (),
                knowledge_points=(point,),
                difficulty=difficulty,
            )
            for number, (stem, options, right, written, point, difficulty) in enumerate(
                described["rows"], described["first_number"]
            )
        ),
    )


def _response(written: str) -> Response:
    if not written:
        return Response("", Manner.EMPTY)
    first, _, final = written.rpartition(">")
    return Response(final, Manner.REWRITTEN if first else Manner.PLAIN, first)


def _save(pages: tuple[Image.Image, ...], path: Path) -> None:
    if path.suffix != ".pdf" and len(pages) > 1:
        raise ValueError(f"{path} takes one page, the paper has {len(pages)}")
    if path.suffix == ".png":
        # Maximum coverage keeps the few pixels of ink in their colour.
        few = pages[0].quantize(48, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(path, dpi=(_PPI, _PPI), optimize=True)
    elif path.suffix == ".jpg":
        pages[0].save(path, quality=72, dpi=(_PPI, _PPI), optimize=True)
    else:
        pages[0].save(
            path,
            save_all=True,
            append_images=pages[1:],
            resolution=_PPI,
            quality=62,
            # No dates: drawing again gives the same bytes.
            creationDate=None,
            modDate=None,
        )


def _write_json(path: Path, document: object) -> None:
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
