"""A chart as a PNG, by matplotlib: `python -m bot.pictures.drawing` reads one as JSON and writes the picture.

A program of its own: the library takes half a second to import and 70 MB, and would hold up the loop.
"""

from __future__ import annotations

import io
import math
import sys
from datetime import UTC
from itertools import cycle

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from matplotlib.ticker import FuncFormatter

from handlers.pictures.values import SHORT, spoken
from handlers.ports.pictures import Chart

WIDTH, HEIGHT, DOTS = 1200, 480, 100
PANEL, INK, FAINT, GRID = "#1b1f27", "#f2f4f8", "#b4bccb", "#39414f"
ALARM, FIRED = "#ff6b6b", "#ffd166"
LINES = ("#5ab4ff", "#f5a742", "#5fd3a4", "#d58bf0", "#e8e26b", "#ff9a8b", "#9ad0ff", "#c3c9d4")
"""Told apart on the panel; the strokes below tell apart who sees no colours."""
STROKES = ("-", (0, (6, 2)), (0, (2, 1.5)), (0, (7, 2, 1.5, 2)))
LONGEST_NAME, LONGEST_QUERY = 34, 128
_BEYOND = 0.012
"""Of the range, to the right of it: what happens at its very end must be seen."""


def draw(chart: Chart) -> bytes:
    """The picture: 1200 by 480 on a panel of its own, so that it reads the same in light and in dark mode."""
    # A label is foreign text: `$` must begin no formula.
    mpl.rcParams.update({"text.parse_math": False, "font.size": 11.5, "text.color": INK})
    figure = Figure(figsize=(WIDTH / DOTS, HEIGHT / DOTS), dpi=DOTS)
    figure.patch.set_alpha(0.0)
    rounded = FancyBboxPatch(
        (0.012, 0.03), 0.976, 0.94, boxstyle="round,pad=0,rounding_size=0.02", mutation_aspect=2.5,
        facecolor=PANEL, edgecolor=GRID, linewidth=1.2, transform=figure.transFigure, zorder=-1,
    )  # fmt: skip
    figure.add_artist(rounded)
    figure.text(0.03, 0.9, _cut(chart.title, 90), fontsize=14.5, fontweight="bold", va="center")
    figure.text(0.03, 0.837, _cut(chart.query, LONGEST_QUERY), color=FAINT, fontsize=9.5, va="center",
                family="monospace")  # fmt: skip
    axes = figure.add_axes((0.085, 0.14, 0.89, 0.645))
    _curves(axes, chart)
    _marks(axes, chart)
    _scales(axes, chart)
    _legend(axes, chart)
    made = io.BytesIO()
    FigureCanvasAgg(figure).print_png(made)  # type: ignore[no-untyped-call]
    return made.getvalue()


def _curves(axes: Axes, chart: Chart) -> None:
    moments = [chart.span.start + index * chart.span.step for index in range(chart.span.count)]
    looks = zip(cycle(LINES), (stroke for stroke in STROKES for _ in range(2)), strict=False)
    for curve, (colour, stroke) in zip(chart.curves, looks, strict=False):
        values = [math.nan if value is None else value for value in curve.values]
        axes.plot(moments, values, color=colour, linestyle=stroke, linewidth=1.9, label=_cut(curve.name),  # type: ignore[arg-type]
                  solid_capstyle="round", zorder=3)  # fmt: skip
        alone = [index for index in range(len(values)) if _alone(curve.values, index)]
        axes.plot([moments[index] for index in alone], [values[index] for index in alone], ".", color=colour,  # type: ignore[arg-type]
                  markersize=5, zorder=3)  # fmt: skip


def _alone(values: tuple[float | None, ...], index: int) -> bool:
    """Whether a value stands between gaps, where no line would show it."""
    around = (*values[max(0, index - 1) : index], *values[index + 1 : index + 2])
    return values[index] is not None and all(one is None for one in around)


def _marks(axes: Axes, chart: Chart) -> None:
    """The threshold, and when it fired."""
    if chart.threshold is not None:
        axes.axhline(chart.threshold, color=ALARM, linewidth=1.6, linestyle=(0, (8, 4)), zorder=4)
    if chart.fired_at is not None and chart.span.start <= chart.fired_at <= chart.span.end:
        axes.axvline(chart.fired_at, color=FIRED, linewidth=1.4, zorder=2)  # type: ignore[arg-type]


def _scales(axes: Axes, chart: Chart) -> None:
    axes.set_facecolor(PANEL)
    for side in axes.spines.values():
        side.set_color(GRID)
    axes.grid(color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(colors=FAINT, labelsize=12, length=0)
    axes.margins(x=0.0, y=0.12)
    axes.set_xlim(chart.span.start, chart.span.end + chart.span.step * chart.span.count * _BEYOND)  # type: ignore[arg-type]
    unit = chart.unit if chart.unit in SHORT else ""
    shown = [value for curve in chart.curves for value in curve.values if value is not None]
    if min(shown) >= 0 and (chart.threshold or 0.0) >= 0:
        axes.set_ylim(bottom=0.0, top=max(*shown, chart.threshold or 0.0) * 1.14 or 1.0)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: spoken(value, unit)))
    if unit != chart.unit:
        axes.set_ylabel(_cut(chart.unit), color=FAINT, fontsize=11.5)
    where = AutoDateLocator(tz=UTC, minticks=5, maxticks=11)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(where)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(where, tz=UTC))  # type: ignore[no-untyped-call]
    axes.xaxis.get_offset_text().set_visible(False)
    last = chart.span.end.astimezone(UTC)
    axes.set_xlabel(f"time in UTC, until {last:%Y-%m-%d %H:%M}", color=FAINT, fontsize=11.5, labelpad=6)


def _legend(axes: Axes, chart: Chart) -> None:
    handles, names = axes.get_legend_handles_labels()
    if chart.threshold is not None:
        handles.append(axes.plot([], [], color=ALARM, linewidth=1.6, linestyle=(0, (8, 4)))[0])
        names.append(f"threshold {spoken(chart.threshold, chart.unit)}")
    if chart.fired_at is not None:
        handles.append(axes.plot([], [], color=FIRED, linewidth=1.4)[0])
        names.append(f"fired {chart.fired_at.astimezone(UTC):%H:%M} UTC")
    if chart.left_out:
        handles.append(axes.plot([], [], alpha=0.0)[0])
        names.append(f"and {chart.left_out} more series")
    legend = axes.legend(
        handles, names, loc="best", ncols=2 if len(names) > 5 else 1, fontsize=10.5, labelcolor=INK,
        facecolor=PANEL, edgecolor=GRID, framealpha=0.82, borderaxespad=0.6,
    )  # fmt: skip
    legend.set_zorder(5)


def _cut(text: str, most: int = LONGEST_NAME) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def main() -> None:
    """One chart from standard input, one picture to standard output."""
    chart = Chart.model_validate_json(sys.stdin.buffer.read())
    sys.stdout.buffer.write(draw(chart))


if __name__ == "__main__":
    main()
