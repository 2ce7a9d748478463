"""What a chart shows of many series, and the words that say the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from handlers.alerts.model import Alert
from handlers.pictures.composing import MOST_CURVES, chart_of, in_words, shortened
from handlers.pictures.expression import Measured
from handlers.pictures.spans import MOST, span_until
from handlers.pictures.values import spoken
from handlers.pictures.wanting import NoPicture, filled
from handlers.ports.pictures import Chart, Series, Span
from policies.pictures import Picture

NOW = datetime(2026, 11, 21, 14, 0, 30, tzinfo=UTC)
SPAN = Span(start=NOW - timedelta(hours=6), step=timedelta(hours=2), count=4)
ALERT = Alert(
    id="A-1", system="s", source="alertmanager", subject="f", severity="SEV1", title="Errors are high",
    channel="#c", received_at=NOW, labels={"service": "api", "severity": "page"},
)  # fmt: skip


def chart(*series: Series, threshold: float | None = 0.5) -> Chart:
    return chart_of(ALERT, Measured("m", threshold), "ratio", SPAN, series, NOW)


def one(value: float | None, **labels: str) -> Series:
    return Series(labels={"__name__": "m", **labels}, values=(0.1, 0.2, value, None))


def test_the_alerts_own_series_comes_first_and_the_highest_after_it() -> None:
    made = chart(one(0.9, service="db"), one(0.3, service="api"), one(0.7, service="web"))
    assert ["service=api", "service=db", "service=web"] == [curve.name for curve in made.curves]


def test_no_more_curves_are_drawn_than_one_can_tell_apart() -> None:
    made = chart(*(one(0.1, pod=f"p{number}") for number in range(20)))
    assert (MOST_CURVES, 20 - MOST_CURVES) == (len(made.curves), made.left_out)


def test_curves_are_named_by_what_differs() -> None:
    made = chart(one(0.1, job="x", pod="a"), one(0.1, job="x", pod="b"))
    assert {"pod=a", "pod=b"} == {curve.name for curve in made.curves}


@pytest.mark.parametrize("series", [(), (Series(labels={}, values=(None, None, None, None)),)])
def test_nothing_measured_is_no_picture(series: tuple[Series, ...]) -> None:
    with pytest.raises(NoPicture, match="no values of this in the last 6h"):
        chart(*series)


def test_the_words_say_value_threshold_and_range() -> None:
    told = in_words(chart(one(0.82, service="api")))
    expected = (
        "Errors are high: 82 % at 12:00 UTC, threshold 50 %. service=api over the last 6h, "
        "until 2026-11-21 14:00 UTC."
    )
    assert expected == told


def test_foreign_names_are_harmless() -> None:
    made = chart(Series(labels={"a": "x\n\u202ey" + "z" * 200}, values=(1.0, None, None, None)))
    assert "\n" not in made.curves[0].name
    assert "\u202e" not in made.curves[0].name
    assert 60 == len(shortened(made, made.query, [made.curves[0].name]).curves[0].name)


@pytest.mark.parametrize("hours", [0.25, 1, 6, 24, 168])
def test_a_span_ends_now_and_has_a_bounded_number_of_moments(hours: float) -> None:
    span = span_until(NOW, timedelta(hours=hours))
    assert MOST >= span.count
    assert timedelta(0) <= span.end - NOW <= timedelta(seconds=1)
    assert timedelta(hours=hours) - span.step <= span.end - span.start <= timedelta(hours=hours)


def test_an_alerts_words_stay_within_their_quotes() -> None:
    told = filled('m{a="$a",b="${b_c}"}', {"a": 'x"} or up{y="', "b_c": "back\\slash"})
    assert 'm{a="x\\"} or up{y=\\"",b="back\\\\slash"}' == told


def test_a_label_that_the_alert_does_not_have_is_told() -> None:
    with pytest.raises(NoPicture, match="needs the label `pod`"):
        filled('m{a="$pod"}', {})


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.034, "ratio", "3.4 %"),
        (0.25, "seconds", "250 ms"),
        (90, "seconds", "90 s"),
        (7980, "credits", "7,980 credits"),
        (2**31, "bytes", "2 GiB"),
        (0, "", "0"),
        (-1.5e9, "", "-1.5 G"),
    ],
)
def test_values_are_spoken_with_their_units(value: float, unit: str, words: str) -> None:
    assert words == spoken(value, unit)


@pytest.mark.parametrize(
    "query", ["up{pod='$pod'}", "$pod", "m{a=`${pod}`}", 'm{a="x"} > $limit', 'm{a="\\"$x']
)
def test_a_senders_words_stand_only_where_they_are_escaped(query: str) -> None:
    with pytest.raises(ValidationError, match="between double quotes"):
        Picture(query=query)


def test_words_between_double_quotes_and_words_of_prometheus_are_taken() -> None:
    query = """m{a="$pod",b=~"x-${team}-.*",c='it"s'} > 5 # "quoted" """
    assert query == Picture(query=query).query
