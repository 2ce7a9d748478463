"""Amounts of CPU and memory are read as Kubernetes writes them, and nothing else is."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.systems.kubernetes.quantities import quantity, thousandths

READ = {
    "0": "0", "64": "64", "250m": "0.25", "1.5": "1.5", ".5": "0.5", "1Ki": "1024", "256Gi": "274877906944",
    "1k": "1000", "1e3": "1000", "12E3": "12000", "1E": "1000000000000000000", "1Ei": "1152921504606846976",
    "182345678n": "0.182345678", "-5": "-5", "100n": "1e-7", "100k": "100000", "2M": "2000000",
}  # fmt: skip


@pytest.mark.parametrize("text", READ)
def test_an_amount_is_read(text: str) -> None:
    assert Decimal(READ[text]) == quantity(text)


@pytest.mark.parametrize(
    "text", ["", "m", "abc", "Gi", "1KiB", "1 Gi", "NaN", "Infinity", "1e999999999", "9" * 50, "1..2"]
)
def test_what_is_no_amount_is_nothing(text: str) -> None:
    assert Decimal(0) == quantity(text)


def test_cpu_is_counted_in_thousandths_of_a_core() -> None:
    assert [250, 182, 2000] == [thousandths(text) for text in ("250m", "182345678n", "2")]
