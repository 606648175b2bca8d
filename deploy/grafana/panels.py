"""The kinds of panels that all dashboards are made of."""

from collections.abc import Mapping, Sequence

from grafana_foundation_sdk.builders import common, dashboard, stat, timeseries
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models.common import (
    BigValueGraphMode,
    LegendDisplayMode,
    LegendPlacement,
    StackingMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    Threshold,
    ThresholdsMode,
)

#: The uid of provisioning/datasources/prometheus.yml.
SOURCE = DataSourceRef(type_val="prometheus", uid="prometheus")

#: Expressions by the legend of what they show; ``{{label}}`` names the series of one.
Queries = Mapping[str, str]


def _targets(queries: Queries) -> list[Dataquery]:
    return [
        Dataquery().expr(expression).legend_format(legend).ref_id(f"Q{number}").datasource(SOURCE)
        for number, (legend, expression) in enumerate(queries.items(), start=1)
    ]


def graph(
    title: str,
    queries: Queries,
    *,
    unit: str = "short",
    width: int = 8,
    is_stacked: bool = False,
    limit: float | None = None,
    note: str = "",
) -> timeseries.Panel:
    """Curves over time; ``limit`` draws the line behind which an alert lies."""
    panel = (
        timeseries.Panel()
        .title(title)
        .description(note)
        .datasource(SOURCE)
        .unit(unit)
        .min(0)
        .span(width)
        .height(8)
        .line_width(1)
        .fill_opacity(20 if is_stacked else 0)
        .legend(
            common.VizLegendOptions()
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
            .show_legend(True)
        )
    )
    for target in _targets(queries):
        panel = panel.with_target(target)
    if is_stacked:
        panel = panel.stacking(common.StackingConfig().mode(StackingMode.NORMAL))
    if limit is not None:
        panel = panel.thresholds(_steps([("green", None), ("red", limit)])).thresholds_style(
            common.GraphThresholdsStyleConfig().mode("dashed")
        )
    return panel


def figure(
    title: str,
    expression: str,
    *,
    unit: str = "short",
    width: int = 4,
    steps: Sequence[tuple[str, float | None]] = (("green", None),),
    decimals: int | None = None,
    note: str = "",
) -> stat.Panel:
    """One number; ``steps`` colour it from their value on, the first one from the bottom."""
    panel = (
        stat.Panel()
        .title(title)
        .description(note)
        .datasource(SOURCE)
        .unit(unit)
        .span(width)
        .height(4)
        .graph_mode(BigValueGraphMode.NONE)
        .no_value("–")
        .thresholds(_steps(steps))
        .with_target(Dataquery().expr(expression).instant().ref_id("Q1").datasource(SOURCE))
    )
    return panel if decimals is None else panel.decimals(decimals)


def board(uid: str, title: str, description: str, tags: Sequence[str]) -> dashboard.Dashboard:
    """An empty dashboard in the house's order: the last six hours, read only."""
    return (
        dashboard.Dashboard(title)
        .uid(f"examlens-{uid}")
        .description(description)
        .tags(["examlens", *tags])
        .timezone("browser")
        .time("now-6h", "now")
        .refresh("30s")
        .readonly()
    )


def row(title: str) -> dashboard.Row:
    """A heading."""
    return dashboard.Row(title)


def _steps(steps: Sequence[tuple[str, float | None]]) -> dashboard.ThresholdsConfig:
    return (
        dashboard.ThresholdsConfig()
        .mode(ThresholdsMode.ABSOLUTE)
        .steps([Threshold(color=color, value=value) for color, value in steps])
    )
