"""An alerting expression is split into what is measured and the bound it is held against."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.pictures.expression import LONGEST, Measured, measured, unit_of


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("rate(x[5m]) > 0.5", Measured("rate(x[5m])", 0.5)),
        ("up == 0", Measured("up", 0.0)),
        ("0.5 < rate(x[5m])", Measured("rate(x[5m])", 0.5)),
        ("x > bool 1e-3", Measured("x", 0.001)),
        ("(x > 3)", Measured("x", 3.0)),
        ("x > -5", Measured("x", -5.0)),
        ("x >= (0x10)", Measured("x", 16.0)),
        ('sum (b{c=">3",d=~"x|y"}) / sum(d) > 2', Measured('sum (b{c=">3",d=~"x|y"}) / sum(d)', 2.0)),
        ("a > 5 and on (b) c < 3", Measured("a", 5.0)),
        ("a UNLESS b > 2", Measured("a")),
        ("a > b", Measured("a")),
        ("a > on (x) b", Measured("a")),
        ("x > 15 * 60", Measured("x")),
        ("x > Inf", Measured("x")),
        ('absent(up{job="x"})', Measured('absent(up{job="x"})')),
        ("a{b='}'} # > 9\n> 4", Measured("a{b='}'} # > 9", 4.0)),
    ],
)  # fmt: skip
def test_the_bound_is_taken_from_the_outermost_comparison(expression: str, expected: Measured) -> None:
    assert expected == measured(expression)


@pytest.mark.parametrize("expression", ["", "  ", "rate(x", "x)", "x" * (LONGEST + 1)])
def test_what_is_no_expression_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"characters|bracket"):
        measured(expression)


@given(st.text(max_size=200))
def test_any_text_is_split_or_refused(text: str) -> None:
    try:
        found = measured(text)
    except ValueError:
        return
    assert found.query.strip() == found.query
    assert found.query in text


@pytest.mark.parametrize(
    ("query", "unit"),
    [
        ('process_resident_memory_bytes{job="a_seconds"}', "bytes"),
        ("max by (pod) (request_duration_seconds)", "seconds"),
        ("job:errors_ratio", "ratio"),
        ("rate(request_duration_seconds_count[5m])", ""),
        ("process_cpu_seconds / node_memory_bytes", ""),
        ("up", ""),
    ],
)
def test_the_unit_is_the_metrics_own_word_for_it(query: str, unit: str) -> None:
    assert unit == unit_of(query)
