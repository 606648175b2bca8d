"""Charts are well-formed and honest."""

from hypothesis import given
from hypothesis import strategies as st

from services.report.domain.drawing import charts
from shared.contract.documents import MasteryLevel
from shared.contract.questions import Verdict
from tests.unit.report.svg import SVG, parsed

_UNIT = st.floats(0, 1)


@given(_UNIT, _UNIT)
def test_the_score_ring_has_an_arc_for_what_was_earned_and_a_pale_one_for_what_is_open(
    one: float, other: float
) -> None:
    low, high = sorted((one, other))
    root = parsed(charts.score_ring(low, high))
    assert len(root.findall(f"{SVG}circle")) == 1 + bool(low) + (high > low)
    assert "".join(root.itertext()).endswith("%")


@given(st.fixed_dictionaries(dict.fromkeys(Verdict, st.integers(0, 300))))
def test_the_verdict_bar_shares_its_width_by_count(counts: dict[Verdict, int]) -> None:
    parts = parsed(charts.verdict_bar(counts)).findall(f"{SVG}rect")
    shown = [n for n in counts.values() if n]
    if not shown:
        assert len(parts) == 1
        return
    widths = [float(part.get("width", "0")) for part in parts]
    assert len(widths) == len(shown)
    room = 600 - 2 * (len(shown) - 1)
    for width, n in zip(widths, shown, strict=True):
        assert abs(width - room * n / sum(shown)) < 0.01


@given(_UNIT, _UNIT, _UNIT, st.sampled_from(MasteryLevel))
def test_a_mastery_bar_is_filled_only_when_there_is_enough_evidence(
    mastery: float, low: float, high: float, level: MasteryLevel
) -> None:
    root = parsed(charts.mastery_bar(mastery, (low, high), level))
    (bar,) = root.findall(f"{SVG}rect")
    is_outline = level is MasteryLevel.INSUFFICIENT_EVIDENCE
    assert ("stroke-dasharray" in bar.attrib) is is_outline


def test_every_verdict_has_a_symbol_of_its_own_shape() -> None:
    shapes = {charts.symbol(verdict).split("stroke-linejoin")[1] for verdict in Verdict}
    assert len(shapes) == len(Verdict)
    for verdict in Verdict:
        parsed(charts.symbol(verdict))
