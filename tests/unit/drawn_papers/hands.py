"""A hand and a workshop without any download: the print font of the wheel writes, too."""

from pathlib import Path

import pylopdf_fonts_zh_cn
from fonts import Hand
from uploads.drawing import Workshop

_FONT = Path(pylopdf_fonts_zh_cn.__file__).parent / "NotoSansSC-Regular.otf"
HAND = Hand("print", ((_FONT, (range(0x20, 0xFFFF),)),))
WORKSHOP = Workshop((HAND,), (HAND,), ())
