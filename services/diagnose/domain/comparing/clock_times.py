"""Times of day, however they are written: 下午3时, 15:00, 3:00 p.m., 三点半."""

import re
from dataclasses import dataclass

from services.diagnose.domain.comparing.outcomes import RIGHT, UNDECIDED, WRONG, Comparison
from shared.contract.notation.numerals import chinese_integer

_NUMBER = r"\d{1,2}|[零〇一二两三四五六七八九十]{1,3}"
_TIME = re.compile(
    r"^(?P<part>凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里)?\s*+"
    rf"(?P<hour>{_NUMBER})\s*(?:(?P<sign>:|时|点钟?)\s*+"
    rf"(?:(?P<minute>{_NUMBER})\s*+分?|(?P<half>半)|(?P<quarter>[一三1-3])刻|整)?)?\s*+"
    r"(?P<meridiem>[ap]\.?\s?m\.?)?$",
    flags=re.IGNORECASE,
)
_AFTERNOON = {"下午", "傍晚", "晚上", "夜里"}
_HALF_DAY = 12 * 60


@dataclass(frozen=True, slots=True)
class ClockTime:
    """Minutes after midnight.

    ``is_told``: the half of the day is said. ``is_sure``: it is a time of day and no duration.
    """

    minutes: int
    is_told: bool
    is_sure: bool


def compare_times(student: str, key: str) -> Comparison | None:
    """Compare two times of day; None where neither text must be one."""
    ours, theirs = clock_time(student), clock_time(key)
    sure = [time.is_sure for time in (ours, theirs) if time is not None]
    if not any(sure):
        return None
    if ours is None or theirs is None:
        # What only one side says as a time is not understood on the other.
        has_part = any(time.is_told and time.is_sure for time in (ours, theirs) if time)
        return UNDECIDED if has_part else None
    if ours.minutes == theirs.minutes:
        return RIGHT
    if abs(ours.minutes - theirs.minutes) == _HALF_DAY and not (ours.is_told and theirs.is_told):
        return UNDECIDED
    return WRONG if all(sure) else UNDECIDED


def clock_time(text: str) -> ClockTime | None:
    """The time of day that ``text`` in written form is, None for other text."""
    found = _TIME.match(text.strip())
    if found is None or not (found["sign"] or found["meridiem"]):
        return None
    if found["sign"] == ":" and len(found["minute"] or "") != 2:
        return None  # a ratio
    hour, minute = _value(found["hour"]), _minute(found)
    if hour is None or minute is None or hour > 24 or minute > 59:
        return None
    part, meridiem = found["part"], (found["meridiem"] or "").lower()
    is_later = part in _AFTERNOON or meridiem.startswith("p")
    if hour == 12 and (meridiem.startswith("a") or part == "凌晨"):
        hour = 0
    elif is_later and hour < 12:
        hour += 12
    is_told = bool(part or meridiem) or hour > 12
    is_sure = bool(part or meridiem) or (found["sign"] or "")[:1] in {":", "点"}
    return ClockTime(hour % 24 * 60 + minute, is_told, is_sure)


def _minute(found: re.Match[str]) -> int | None:
    if found["half"]:
        return 30
    if found["quarter"]:
        return 15 * (_value(found["quarter"]) or 0)
    return _value(found["minute"]) if found["minute"] else 0


def _value(text: str) -> int | None:
    return int(text) if text.isdecimal() else chinese_integer(text)
