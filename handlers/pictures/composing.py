"""From the series of a range to a chart, and to the words that say the same."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from handlers.alerts.model import Alert
from handlers.foreign import on_one_line
from handlers.pictures import wording as w
from handlers.pictures.expression import Measured
from handlers.pictures.values import spoken
from handlers.pictures.wanting import NoPicture
from handlers.ports.pictures import Chart, Curve, Series, Span
from policies.fields import format_duration

MOST_CURVES = 8
"""More lines than that nobody tells apart."""
_LONGEST_NAME, _LONGEST_TITLE, _LONGEST_QUERY = 60, 120, 400


def chart_of(
    alert: Alert,
    what: Measured,
    unit: str,
    span: Span,
    series: Sequence[Series],
    fired_at: datetime,
    *,
    tells: Collection[str] | None = None,
) -> Chart:
    """The chart, its texts as they were measured: `shortened` comes last.

    `tells` are the labels that curves may be named by; None for all of them.
    Raises NoPicture when nothing was measured: an empty one would look as if all were well.
    """
    drawn = [one for one in series if any(value is not None for value in one.values)]
    if not drawn:
        length = format_duration(timedelta(seconds=round((span.end - span.start).total_seconds())))
        raise NoPicture(w.NO_VALUES.format(length=length))
    drawn.sort(key=lambda one: (not _concerns(one.labels, alert.labels), -_last(one)))
    shown = drawn[:MOST_CURVES]
    differ = tuple(name for name in _telling(shown) if tells is None or name in tells)
    return Chart(
        title=on_one_line(alert.title)[:_LONGEST_TITLE],
        query=on_one_line(what.query),
        unit=unit,
        span=span,
        curves=tuple(Curve(name=_name(one.labels, differ), values=one.values) for one in shown),
        left_out=len(drawn) - len(shown),
        threshold=what.threshold,
        fired_at=fired_at,
    )


def _concerns(labels: Mapping[str, str], alerts: Mapping[str, str]) -> bool:
    """Whether a series is the alert's own: what both say is the same, and they have something in common."""
    both = labels.keys() & alerts.keys()
    return bool(both) and all(labels[name] == alerts[name] for name in both)


def _last(series: Series) -> float:
    """The latest value there is."""
    return next((value for value in reversed(series.values) if value is not None), 0.0)


def _telling(shown: Sequence[Series]) -> tuple[str, ...]:
    """The labels that tell the series apart; all of them where there is only one series."""
    names = sorted({name for one in shown for name in one.labels})
    differ = tuple(name for name in names if len({one.labels.get(name) for one in shown}) > 1)
    return differ or tuple(name for name in names if name != "__name__") or tuple(names)


def _name(labels: Mapping[str, str], differ: Sequence[str]) -> str:
    told = [f"{name}={labels[name]}" for name in differ if labels.get(name)]
    return on_one_line(", ".join(told)) if told else w.ALL_VALUES


def shortened(chart: Chart, query: str, names: Iterable[str]) -> Chart:
    """The chart with these texts in place of its own, each as long as there is room for it."""
    curves = tuple(
        curve.model_copy(update={"name": name[:_LONGEST_NAME]})
        for curve, name in zip(chart.curves, names, strict=True)
    )
    return chart.model_copy(update={"query": query[:_LONGEST_QUERY], "curves": curves})


def in_words(chart: Chart) -> str:
    """What the picture shows, for who cannot see it: name, last value, threshold, range."""
    first = chart.curves[0]
    place = max(index for index, value in enumerate(first.values) if value is not None)
    at = chart.span.start + place * chart.span.step
    count = len(chart.curves)
    curves = w.ONE_CURVE if count == 1 else w.CURVES
    threshold = chart.threshold
    length = chart.span.end - chart.span.start
    more = w.LEFT_OUT.format(more=chart.left_out) if chart.left_out else ""
    return w.ALT.format(
        title=chart.title,
        value=spoken(first.values[place] or 0.0, chart.unit),
        at=f"{at.astimezone(UTC):%H:%M}",
        against="" if threshold is None else w.AGAINST.format(threshold=spoken(threshold, chart.unit)),
        curves=curves.format(count=count, name=first.name) + more,
        length=format_duration(timedelta(seconds=round(length.total_seconds()))),
        until=f"{chart.span.end.astimezone(UTC):%Y-%m-%d %H:%M}",
    )
